"""What the controller's answers mean: one parser for each command that is answered with more than yes or no.

The shapes changed with the firmware, and neither the protocol's version nor the gateway's tells which is spoken. So an
answer is read by its shape: by how many values it has, and by what only one of the shapes can hold. The shapes are those
of firmware 4.5.1 to 8.2.3, as the controllers were seen to answer. What no firmware prints is refused, never guessed.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
import re
from typing import Final

from .errors import BadAnswer, RapiRefused
from .rapi import Answer
from .rapi_results import (
    AuthenticationLock,
    BootLock,
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
    OverTemperature,
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

_DECIMAL: Final = re.compile(r"-?[0-9]{1,10}")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{1,4}")
_WORD: Final = re.compile(r"[!-~]{1,32}")
# Six bytes of an AVR's serial number are told as they are, the others in hexadecimal; all of a SAMD's so.
_CHIP_ID: Final = re.compile(r" (.{6})([0-9A-Fa-f]{8})|([0-9A-Fa-f]{32})", re.DOTALL)

_MAX_8: Final = 0xFF
_MAX_15: Final = 0x7FFF
_MAX_16: Final = 0xFFFF
_MAX_31: Final = 0x7FFF_FFFF
_MAX_32: Final = 0xFFFF_FFFF

_ABSENT: Final = -2560
# What the infrared sensor is up to firmware 4.5 when there is none.
_OLD_ABSENT: Final = (0, 230)
# What is read from a bus on which no clock answers.
_NO_CLOCK: Final = ("165", "165", "165", "165", "165", "85")


def decimal(token: str, low: int = 0, high: int = _MAX_32) -> int:
    """Read a decimal; raise BadAnswer if it is none, or out of its range."""
    if not _DECIMAL.fullmatch(token) or not low <= (value := int(token)) <= high:
        raise BadAnswer("not_a_number")
    return value


def hexadecimal(token: str, high: int) -> int:
    """Read a number in hexadecimal; raise BadAnswer if it is none, or out of its range."""
    if not _HEXADECIMAL.fullmatch(token) or (value := int(token, 16)) > high:
        raise BadAnswer("not_a_number")
    return value


def word(token: str) -> str:
    """Read a word that can be shown; raise BadAnswer if it cannot."""
    if not _WORD.fullmatch(token):
        raise BadAnswer("not_a_word")
    return token


def _accepted(answer: Answer) -> Answer:
    if not answer.accepted:
        raise RapiRefused(answer.line if answer.line.isprintable() else "$NK")
    return answer


def _tokens(answer: Answer, *counts: int) -> tuple[str, ...]:
    """Return the values of a success, which has as many as one of its shapes."""
    tokens = _accepted(answer).tokens
    if len(tokens) not in counts:
        raise BadAnswer("unknown_shape")
    return tokens


def _one[T](make: Callable[[int], T], high: int) -> Callable[[Answer], T]:
    """Make a parser of a single decimal."""

    def parse(answer: Answer) -> T:
        (token,) = _tokens(answer, 1)
        return make(decimal(token, high=high))

    return parse


def done(answer: Answer) -> None:
    """Read the answer of what says no more than that it was done."""
    _tokens(answer, 0)


def anything(answer: Answer) -> tuple[str, ...]:
    """Read the answer of what is not known here."""
    return _accepted(answer).tokens


vehicle_connected: Final = _one(lambda code: VehicleConnected((False, True, None)[code]), 2)
time_limit: Final = _one(lambda quarters: TimeLimit(quarters * 15), _MAX_8)
energy_limit: Final = _one(lambda kilowatt_hours: EnergyLimit(kilowatt_hours * 1000), _MAX_8)
authentication_lock: Final = _one(lambda locked: AuthenticationLock(bool(locked)), 1)
boot_lock: Final = _one(lambda locked: BootLock(bool(locked)), 1)


def socket_lock(answer: Answer) -> SocketLock:
    """Read `$G5`: whether it is locked, and `A` or `M`."""
    locked, mode = _tokens(answer, 2)
    if mode not in ("A", "M"):
        raise BadAnswer("unknown_shape")
    return SocketLock(bool(decimal(locked, high=1)), mode == "M")


def calibration(answer: Answer) -> Calibration:
    """Read `$GA` or `$GM`."""
    scale, offset = _tokens(answer, 2)
    return Calibration(decimal(scale, -_MAX_31), decimal(offset, -_MAX_31))


def capacity(answer: Answer) -> Capacity:
    """Read `$GC`, which grew from two values to four."""
    return Capacity(*(decimal(token, high=_MAX_8) for token in _tokens(answer, 2, 3, 4)))


def current_set(answer: Answer) -> CurrentSet:
    """Read `$SC`: a refusal with a number is none, but another current than the one that was asked for."""
    if not answer.tokens:
        _accepted(answer)
        return CurrentSet(None, as_asked=True)
    if len(answer.tokens) > 1:
        raise BadAnswer("unknown_shape")
    return CurrentSet(decimal(answer.tokens[0], high=_MAX_8), as_asked=answer.accepted)


def timer(answer: Answer) -> Timer:
    """Read `$GD`; four zeros are no timer."""
    numbers = [decimal(token, high=_MAX_8) for token in _tokens(answer, 4)]
    if not any(numbers):
        return Timer(on=False)
    return Timer(on=True, start=_time_of_day(*numbers[:2]), stop=_time_of_day(*numbers[2:]))


def _time_of_day(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None


def settings(answer: Answer) -> Settings:
    """Read `$GE`: the current in decimal, the flags in hexadecimal."""
    current, flags = _tokens(answer, 2)
    return Settings(decimal(current, high=_MAX_8), SettingFlags(hexadecimal(flags, _MAX_16)))


def fault_counters(answer: Answer) -> FaultCounters:
    """Read `$GF`, in hexadecimal without saying so."""
    return FaultCounters(*(hexadecimal(token, _MAX_8) for token in _tokens(answer, 3)))


def measurement(answer: Answer) -> Measurement:
    """Read `$GG`, in mA and mV; -1 is not measured."""
    current, voltage = (decimal(token, -_MAX_31, _MAX_31) for token in _tokens(answer, 2))
    return Measurement(None if current == -1 else current / 1000, None if voltage == -1 else voltage / 1000)


def chip_id(answer: Answer) -> ChipId:
    """Read `$GI`: not words, but two blanks and bytes that may be blanks as well."""
    if not (match := _CHIP_ID.fullmatch(_accepted(answer).text)):
        raise BadAnswer("unknown_shape")
    raw, rest, whole = match.groups()
    return ChipId(b"", whole) if whole else ChipId(raw.encode("latin-1"), rest)


def over_temperature(answer: Answer) -> OverTemperature:
    """Read `$GO`, in 1/10 °C: one value since there is one threshold for all sensors, two before."""
    return OverTemperature(*(decimal(token, -_MAX_15, _MAX_15) / 10 for token in _tokens(answer, 1, 2)))


def temperatures(answer: Answer) -> Temperatures:
    """Read `$GP`, in 1/10 °C; -2560 is a sensor that is not there."""
    return Temperatures(*(_temperature(token) for token in _tokens(answer, 3)))


def old_temperatures(answer: Answer) -> Temperatures:
    """Read `$GP` of firmware up to 4.5, in which an infrared sensor that is not there has 0 or 23.0 °C.

    No shape tells: a later controller says the same of a sensor that is there and has 23.0 °C.
    """
    clock, lcd, infrared = _tokens(answer, 3)
    absent = decimal(infrared, -_MAX_15, _MAX_15) in _OLD_ABSENT
    return Temperatures(_temperature(clock), _temperature(lcd), None if absent else _temperature(infrared))


def _temperature(token: str) -> float | None:
    tenths = decimal(token, -_MAX_15, _MAX_15)
    return None if tenths == _ABSENT else tenths / 10


def state(answer: Answer) -> State:
    """Read `$GS`: two decimals up to firmware 5; since then four values, all but the second in hexadecimal."""
    tokens = _tokens(answer, 2, 4)
    if len(tokens) == 2:
        return State(decimal(tokens[0], high=_MAX_8), decimal(tokens[1]))
    code, elapsed, pilot_state, flags = tokens
    return State(
        hexadecimal(code, _MAX_8),
        decimal(elapsed),
        hexadecimal(pilot_state, _MAX_8),
        StateFlags(hexadecimal(flags, _MAX_16)),
    )


def clock(answer: Answer) -> Clock:
    """Read `$GT`. The controller takes and shows any date, so one that cannot be is the clock's, not an error."""
    tokens = _tokens(answer, 6)
    if tokens == _NO_CLOCK:
        return Clock(present=False)
    year, month, day, hour, minute, second = (decimal(token, high=_MAX_8) for token in tokens)
    if year > 99:
        return Clock(present=True)
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return Clock(present=True)
    # The controller knows no zones: its clock shows what it was set to.
    return Clock(present=True, moment=moment.replace(tzinfo=None))


def energy(answer: Answer) -> Energy:
    """Read `$GU`: the session in W·s, the total in Wh (the published guide says kWh)."""
    session, total = (decimal(token) for token in _tokens(answer, 2))
    return Energy(session / 3600, total)


def version(answer: Answer) -> Version:
    """Read `$GV`."""
    controller, protocol = (word(token) for token in _tokens(answer, 2))
    return Version(controller, protocol)


def heartbeat(answer: Answer) -> Heartbeat:
    """Read `$GY` or `$SY`, which refuses and yet tells its values while a pulse was missed."""
    if len(answer.tokens) != 3:
        _accepted(answer)
        raise BadAnswer("unknown_shape")
    interval, current, trigger = answer.tokens
    return Heartbeat(decimal(interval, high=_MAX_16), decimal(current, high=_MAX_8), decimal(trigger, high=_MAX_8))
