"""What six real controller firmwares answered to every command, each on a board of its own, and what it means.

The firmware that calls itself D6.2.1 failed its self-test on that board, so its states are those of a fault.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time
import json
from pathlib import Path

import pytest

from custom_components.open_ev.clients.openevse import rapi, rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import RapiRefused
from custom_components.open_ev.clients.openevse.rapi_results import (
    Calibration,
    Capacity,
    ChipId,
    Clock,
    CurrentSet,
    Energy,
    EnergyLimit,
    FaultCounters,
    Heartbeat,
    Measurement,
    SettingFlags,
    Settings,
    SocketLock,
    State,
    StateFlags,
    Temperatures,
    TimeLimit,
    Timer,
    VehicleConnected,
    Version,
)

from .frames import sealed

FIXTURE = Path(__file__).parents[2] / "fixtures" / "openevse" / "rapi_matrix.json"

_ENDED = StateFlags.SESSION_ENDED
_FAULT = _ENDED | StateFlags.GFCI_TRIPPED
# 0x0400 is what the controller remembers of the connection before; it has no name here, and is kept.
_CONNECTED = _ENDED | StateFlags.VEHICLE_CONNECTED | StateFlags(0x0400)
_LEVEL_2 = SettingFlags.LEVEL_2
_FIXED_LEVEL_2 = SettingFlags.LEVEL_2 | SettingFlags.AUTOMATIC_LEVEL_OFF


def _clock(minute: int, second: int) -> Clock:
    return Clock(present=True, moment=datetime(2026, 11, 20, 3, minute, second, tzinfo=UTC).replace(tzinfo=None))


MEANT = {
    ("$GV", "$OK D4.5.1 3.0.1"): Version("D4.5.1", "3.0.1"),
    ("$GV", "$OK 4.12.3.EU 4.0.1"): Version("4.12.3.EU", "4.0.1"),
    ("$GV", "$OK 5.0.1 4.0.1"): Version("5.0.1", "4.0.1"),
    ("$GV", "$OK D6.2.1 5.1.2"): Version("D6.2.1", "5.1.2"),
    ("$GV", "$OK 7.1.3 5.1.3"): Version("7.1.3", "5.1.3"),
    ("$GV", "$OK 8.2.3 5.2.1"): Version("8.2.3", "5.2.1"),
    ("$GS", "$OK 1 0"): State(1, 0),
    ("$GS", "$OK 2 0"): State(2, 0),
    ("$GS", "$OK 254 0"): State(254, 0),
    ("$GS", "$OK 255 0"): State(255, 0),
    ("$GS", "$OK 09 0 00 0280"): State(9, 0, 0, _FAULT),
    ("$GS", "$OK ff 0 00 0280"): State(255, 0, 0, _FAULT),
    ("$GS", "$OK fe 0 00 0280"): State(254, 0, 0, _FAULT),
    ("$GS", "$OK 00 0 00 0280"): State(0, 0, 0, _FAULT),
    ("$GS", "$OK 01 0 01 0200"): State(1, 0, 1, _ENDED),
    ("$GS", "$OK fe 0 01 0200"): State(254, 0, 1, _ENDED),
    ("$GS", "$OK ff 0 01 0200"): State(255, 0, 1, _ENDED),
    ("$GS", "$OK 02 0 02 0700"): State(2, 0, 2, _CONNECTED),
    ("$G0", "$OK 0"): VehicleConnected(connected=False),
    ("$G0", "$OK 1"): VehicleConnected(connected=True),
    ("$G3", "$OK 0"): TimeLimit(0),
    ("$G3", "$OK 4"): TimeLimit(60),
    ("$G5", "$OK 0 A"): SocketLock(locked=False, manual=False),
    ("$GA", "$OK 220 0"): Calibration(220, 0),
    ("$GC", "$OK 10 80"): Capacity(10, 80),
    ("$GC", "$OK 6 32"): Capacity(6, 32),
    ("$GC", "$OK 6 80"): Capacity(6, 80),
    ("$GC", "$OK 6 16 0 12"): Capacity(6, 16, 0, 12),
    ("$GC", "$OK 6 16 16 16"): Capacity(6, 16, 16, 16),
    ("$GC", "$OK 6 80 16 16"): Capacity(6, 80, 16, 16),
    ("$GC", "$OK 6 80 24 24"): Capacity(6, 80, 24, 24),
    ("$GD", "$OK 0 0 0 0"): Timer(on=False),
    ("$GD", "$OK 1 2 3 4"): Timer(on=True, start=time(1, 2), stop=time(3, 4)),
    ("$GE", "$OK 0 0000"): Settings(0, SettingFlags(0)),
    ("$GE", "$OK 16 0001"): Settings(16, _LEVEL_2),
    ("$GE", "$OK 24 0001"): Settings(24, _LEVEL_2),
    ("$GE", "$OK 32 0001"): Settings(32, _LEVEL_2),
    ("$GE", "$OK 16 0021"): Settings(16, _FIXED_LEVEL_2),
    ("$GE", "$OK 24 0021"): Settings(24, _FIXED_LEVEL_2),
    ("$GF", "$OK 0 0 0"): FaultCounters(0, 0, 0),
    ("$GG", "$OK 0 -1"): Measurement(0, None),
    ("$GG", "$OK 0 240000"): Measurement(0, 240),
    ("$GH", "$OK 0"): EnergyLimit(0),
    ("$GH", "$OK 10"): EnergyLimit(10_000),
    ("$GI", "$OK  \xf5\x01\x0c\x94\xf5\x010C94F501"): ChipId(b"\xf5\x01\x0c\x94\xf5\x01", "0C94F501"),
    ("$GP", "$OK 250 0 230"): Temperatures(25, 0, 23),
    ("$GP", "$OK 250 0 -2560"): Temperatures(25, 0, None),
    ("$GP", "$OK 250 -2560 0"): Temperatures(25, None, 0),
    ("$GT", "$OK 26 11 20 3 43 59"): _clock(43, 59),
    ("$GT", "$OK 26 11 20 3 44 28"): _clock(44, 28),
    ("$GT", "$OK 26 11 20 3 44 57"): _clock(44, 57),
    ("$GT", "$OK 26 11 20 3 45 27"): _clock(45, 27),
    ("$GT", "$OK 26 11 20 3 45 55"): _clock(45, 55),
    ("$GT", "$OK 26 11 20 3 46 25"): _clock(46, 25),
    ("$GU", "$OK 0 0"): Energy(0, 0),
    ("$GU", "$OK 0 5000"): Energy(0, 5000),
    ("$GY", "$OK 0 0 0"): Heartbeat(0, 0, 0),
    ("$SY", "$OK 0 0 0"): Heartbeat(0, 0, 0),
    ("$SC 16", "$OK 16"): CurrentSet(16, as_asked=True),
    ("$SC 20 V", "$OK 20"): CurrentSet(20, as_asked=True),
    ("$SC 20 V", "$NK 16"): CurrentSet(16, as_asked=False),
    ("$SC 24", "$OK 24"): CurrentSet(24, as_asked=True),
    ("$SC 24", "$NK 16"): CurrentSet(16, as_asked=False),
    ("$SC 5", "$NK 6"): CurrentSet(6, as_asked=False),
}
"""What each answer means that says more than yes or no."""

# What was sent to the controllers to see them clamp it, and is never sent from here.
OUT_OF_RANGE = {"$SC 5": commands.set_current(6)}


def _matrix() -> Iterator[tuple[str, str, str]]:
    for version, boards in json.loads(FIXTURE.read_text(encoding="utf-8")).items():
        for answers in boards.values():
            for command, answer in answers:
                yield version, command, answer


MATRIX = list(_matrix())


def test_the_matrix_is_whole() -> None:
    """Six controllers, alone and with a car."""
    assert len(MATRIX) == 6 * (71 + 8)
    assert {(command, answer) for _, command, answer in MATRIX} >= MEANT.keys()


@pytest.mark.parametrize(("version", "command", "reply"), sorted(set(MATRIX)), ids=ascii)
def test_every_answer_is_understood(version: str, command: str, reply: str) -> None:
    """A refusal is an error with the controller's words, everything else a result."""
    del version
    request = OUT_OF_RANGE.get(command) or commands.raw(command)
    if command not in OUT_OF_RANGE:
        assert request.frame == sealed(command)
    answer = rapi.read(sealed(reply))
    if reply == "$NK":
        with pytest.raises(RapiRefused) as raised:
            request.result(answer)
        assert raised.value.reply == "$NK"
    elif reply == "$OK":
        assert request.result(answer) is None
    else:
        assert request.result(answer) == MEANT[command, reply]


def test_an_absent_sensor_of_the_oldest_controller_is_absent() -> None:
    """It is 23.0 °C there, which is a temperature in every other."""
    answer = rapi.read(sealed("$OK 250 0 230"))
    old, new = Version("D4.5.1", "3.0.1"), Version("4.12.3.EU", "4.0.1")
    assert commands.get_temperatures(old).result(answer) == Temperatures(25, 0, None)
    assert commands.get_temperatures(new).result(answer) == Temperatures(25, 0, 23)
