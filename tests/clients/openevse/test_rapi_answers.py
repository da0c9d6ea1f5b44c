"""Answers of every generation are read by their shape, and nothing is read from what no firmware prints."""

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest

from custom_components.open_ev.clients.openevse import rapi, rapi_answers as answers, rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import BadAnswer, RapiRefused
from custom_components.open_ev.clients.openevse.models import Check, ServiceLevel
from custom_components.open_ev.clients.openevse.rapi import Answer
from custom_components.open_ev.clients.openevse.rapi_results import (
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
from custom_components.open_ev.clients.openevse.rapi_table import Command

from .frames import nk, ok, sealed


@pytest.mark.parametrize(
    ("command", "text", "meant"),
    [
        (commands.GET_VEHICLE_CONNECTED, "2", VehicleConnected(connected=None)),
        (commands.GET_TIME_LIMIT, "255", TimeLimit(3825)),
        (commands.GET_AUTHENTICATION_LOCK, "1", AuthenticationLock(locked=True)),
        (commands.GET_AUTHENTICATION_LOCK, "0", AuthenticationLock(locked=False)),
        (commands.GET_SOCKET_LOCK, "1 M", SocketLock(locked=True, manual=True)),
        (commands.GET_AMMETER, "220 -12", Calibration(220, -12)),
        (commands.GET_VOLTMETER, "298 12500", Calibration(298, 12500)),
        (commands.GET_CAPACITY, "6 48 24", Capacity(6, 48, 24)),
        (commands.GET_CAPACITY, "6 80 24 48", Capacity(6, 80, 24, 48)),
        (commands.GET_TIMER, "0 0 6 30", Timer(on=True, start=time(0, 0), stop=time(6, 30))),
        # Whoever set this was not stopped by the controller.
        (commands.GET_TIMER, "25 0 6 61", Timer(on=True)),
        (commands.GET_TIMER, "23 59 255 255", Timer(on=True, start=time(23, 59))),
        (commands.GET_SETTINGS, "30 0121", Settings(30, SettingFlags(0x0121))),
        (commands.GET_FAULT_COUNTERS, "a 1F ff", FaultCounters(10, 31, 255)),
        (commands.GET_MEASUREMENT, "15730 -1", Measurement(15.73, None)),
        (commands.GET_MEASUREMENT, "-1 230500", Measurement(None, 230.5)),
        (commands.GET_MEASUREMENT, "-15 230500", Measurement(-0.015, 230.5)),
        (commands.GET_ENERGY_LIMIT, "255", EnergyLimit(255_000)),
        (commands.GET_CHIP_ID, " W1234 FF0A0B0C", ChipId(b"W1234 ", "FF0A0B0C")),
        (commands.GET_CHIP_ID, " \n\r   \xffFF0A0B0C", ChipId(b"\n\r   \xff", "FF0A0B0C")),
        (commands.GET_CHIP_ID, "0123456789abcdef0123456789ABCDEF", ChipId(b"", "0123456789abcdef0123456789ABCDEF")),
        (commands.GET_OVER_TEMPERATURE, "705", OverTemperature(70.5)),
        (commands.GET_OVER_TEMPERATURE, "650 720", OverTemperature(65, 72)),
        (commands.GET_TEMPERATURES, "-2560 -2560 -2560", Temperatures(None, None, None)),
        (commands.GET_TEMPERATURES, "282 -35 230", Temperatures(28.2, -3.5, 23)),
        (commands.GET_STATE, "3 4300", State(3, 4300)),
        (commands.GET_STATE, "10 4300", State(10, 4300)),
        (
            commands.GET_STATE,
            "10 4300 03 0140",
            State(16, 4300, 3, StateFlags.RELAY_CLOSED | StateFlags.VEHICLE_CONNECTED),
        ),
        (commands.GET_STATE, "fe 0 FF 8000", State(254, 0, 255, StateFlags.SOCKET_LOCK_MANUAL)),
        (commands.GET_CLOCK, "165 165 165 165 165 85", Clock(present=False)),
        # What a clock shows that was never set, or lost its battery.
        (commands.GET_CLOCK, "0 0 0 0 0 0", Clock(present=True)),
        (commands.GET_CLOCK, "26 2 30 1 2 3", Clock(present=True)),
        (commands.GET_CLOCK, "100 1 1 1 1 1", Clock(present=True)),
        (commands.GET_CLOCK, "165 165 165 165 165 84", Clock(present=True)),
        (
            commands.GET_CLOCK,
            "99 12 31 23 59 59",
            Clock(present=True, moment=datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC).replace(tzinfo=None)),
        ),
        (commands.GET_ENERGY, "9000 4294967295", Energy(2.5, 4_294_967_295)),
        (commands.GET_VERSION, "8.2.3.CGMI 5.2.1", Version("8.2.3.CGMI", "5.2.1")),
        (commands.GET_HEARTBEAT, "100 6 2", Heartbeat(100, 6, 2)),
        (commands.CLEAR_BOOT_LOCK, "0", BootLock(locked=False)),
        (commands.CLEAR_BOOT_LOCK, "1", BootLock(locked=True)),
        (commands.set_current(16), "16", CurrentSet(16, as_asked=True)),
        # As the oldest protocol answers.
        (commands.set_current(16), "", CurrentSet(None, as_asked=True)),
        (commands.SLEEP, "", None),
    ],
)
def test_each_shape_has_its_meaning(command: Command[object], text: str, meant: object) -> None:
    """All that a controller can answer to a question, as the firmware writes it."""
    answer = rapi.read(sealed(f"$OK {text}" if text else "$OK"))
    assert command.result(answer) == meant


def test_a_current_that_was_clamped_is_no_refusal() -> None:
    """`$NK 6` says that 6 A are set; `$NK` alone says that nothing is."""
    assert commands.set_current(16).result(nk("6")) == CurrentSet(6, as_asked=False)
    with pytest.raises(RapiRefused) as raised:
        commands.set_current(16).result(nk())
    assert raised.value.reply == "$NK"


def test_a_missed_heartbeat_refuses_and_tells() -> None:
    """As long as nobody acknowledges it."""
    heartbeat = commands.HEARTBEAT.result(nk("5 6 2"))
    assert heartbeat == Heartbeat(5, 6, 2)
    assert heartbeat.missed
    assert not commands.GET_HEARTBEAT.result(ok("5 6 1")).missed
    for answer in (nk(), nk("5"), nk("5 6")):
        with pytest.raises(RapiRefused):
            commands.GET_HEARTBEAT.result(answer)
    for answer in (ok(), ok("5 6"), ok("5 6 2 1")):
        with pytest.raises(BadAnswer, match="unknown_shape"):
            commands.GET_HEARTBEAT.result(answer)


# Each question with an answer as it should be, from which the answers are made that should not.
QUESTIONS: list[tuple[Command[object], str]] = [
    (commands.GET_VEHICLE_CONNECTED, "1"),
    (commands.GET_TIME_LIMIT, "4"),
    (commands.GET_AUTHENTICATION_LOCK, "1"),
    (commands.GET_SOCKET_LOCK, "1 A"),
    (commands.GET_AMMETER, "220 0"),
    (commands.GET_CAPACITY, "6 80 24 24"),
    (commands.GET_TIMER, "1 2 3 4"),
    (commands.GET_SETTINGS, "24 0001"),
    (commands.GET_FAULT_COUNTERS, "0 0 0"),
    (commands.GET_MEASUREMENT, "0 240000"),
    (commands.GET_ENERGY_LIMIT, "10"),
    (commands.GET_VOLTMETER, "298 0"),
    (commands.GET_OVER_TEMPERATURE, "650 650"),
    (commands.GET_TEMPERATURES, "250 0 -2560"),
    (commands.get_temperatures(Version("D4.5.1", "3.0.1")), "250 0 230"),
    (commands.GET_STATE, "01 0 01 0200"),
    (commands.GET_CLOCK, "26 11 20 3 46 25"),
    (commands.GET_ENERGY, "0 5000"),
    (commands.GET_HEARTBEAT, "100 6 0"),
    (commands.CLEAR_BOOT_LOCK, "1"),
    (commands.set_current(16), "16"),
]
WORDS = [
    "", "x", "-", "--1", "+1", "1_0", "0x1", "1.0", "1e+3", "nan", "１", "٣", "\n1", "1\n", "1\r", "99999999999", "-99999999999",
    "9" * 60,
]  # fmt: skip


@pytest.mark.parametrize(("command", "text"), QUESTIONS, ids=lambda value: getattr(value, "text", "answer"))
@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_no_value_is_read_from_what_is_no_number(command: Command[object], text: str, word: str) -> None:
    """Wherever it stands."""
    assert command.result(ok(text)) is not None
    words = text.split(" ")
    for place in range(len(words)):
        bad = " ".join((*words[:place], word, *words[place + 1 :]))
        if not bad:
            continue
        with pytest.raises(BadAnswer) as raised:
            command.result(ok(bad))
        assert raised.value.reason in {"not_a_number", "unknown_shape"}


@pytest.mark.parametrize(("command", "text"), QUESTIONS, ids=lambda value: getattr(value, "text", "answer"))
def test_no_value_is_read_from_another_shape(command: Command[object], text: str) -> None:
    """An answer with too much or nothing may be that of another command."""
    for bad in (f"{text} 1", f"{text} 1 1 1 1 1 1", f"{text} ", f" {text}"):
        with pytest.raises(BadAnswer):
            command.result(ok(bad))
    if command.text != "$SC 16 V":
        with pytest.raises(BadAnswer, match="unknown_shape"):
            command.result(ok())


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (commands.GET_VEHICLE_CONNECTED, "3"),
        (commands.GET_VEHICLE_CONNECTED, "-1"),
        (commands.GET_TIME_LIMIT, "256"),
        (commands.GET_AUTHENTICATION_LOCK, "2"),
        (commands.GET_SOCKET_LOCK, "2 A"),
        (commands.GET_SOCKET_LOCK, "1 B"),
        (commands.GET_SOCKET_LOCK, "1 "),
        (commands.GET_AMMETER, "220 2147483648000"),
        (commands.GET_CAPACITY, "6"),
        (commands.GET_CAPACITY, "6 256"),
        (commands.GET_CAPACITY, "-6 80"),
        (commands.GET_SETTINGS, "24 10000"),
        (commands.GET_SETTINGS, "24 -001"),
        (commands.GET_SETTINGS, "256 0001"),
        (commands.GET_FAULT_COUNTERS, "100 0 0"),
        (commands.GET_MEASUREMENT, "2147483648 -1"),
        (commands.GET_STATE, "256 0"),
        (commands.GET_STATE, "fe 0"),
        (commands.GET_STATE, "1 -1"),
        (commands.GET_STATE, "1 0 1"),
        (commands.GET_STATE, "100 0 01 0200"),
        (commands.GET_STATE, "01 0 01 10200"),
        (commands.GET_TEMPERATURES, "32768 0 0"),
        (commands.GET_CLOCK, "256 1 1 1 1 1"),
        (commands.GET_ENERGY, "-1 0"),
        (commands.GET_ENERGY, "0 4294967296"),
        (commands.GET_VERSION, "8.2.3"),
        (commands.GET_VERSION, "8.2.3 5.2\x1b"),
        (commands.GET_VERSION, "8.2.3 \xe9"),
        (commands.GET_VERSION, f"{'8' * 33} 5"),
        (commands.GET_HEARTBEAT, "65536 6 0"),
        (commands.GET_CHIP_ID, ""),
        (commands.GET_CHIP_ID, " W12345FF0A0B0"),
        (commands.GET_CHIP_ID, " W12345FF0A0B0CX"),
        (commands.GET_CHIP_ID, " W12345FF0A0B0C\n"),
        (commands.GET_CHIP_ID, "W123456FF0A0B0C"),
        (commands.GET_CHIP_ID, "0123456789abcdef0123456789ABCDE"),
        (commands.set_current(16), "256"),
        (commands.SLEEP, "1"),
    ],
)
def test_what_no_firmware_prints_is_refused(command: Command[object], text: str) -> None:
    """Rather no value than a wrong one."""
    with pytest.raises(BadAnswer):
        command.result(ok(text))


@pytest.mark.parametrize(
    "parse",
    [
        answers.anything, answers.authentication_lock, answers.boot_lock, answers.calibration, answers.capacity,
        answers.chip_id, answers.clock, answers.current_set, answers.done, answers.energy, answers.energy_limit,
        answers.fault_counters, answers.heartbeat, answers.measurement, answers.old_temperatures,
        answers.over_temperature, answers.settings, answers.socket_lock, answers.state, answers.temperatures,
        answers.time_limit, answers.timer, answers.vehicle_connected, answers.version,
    ],
)  # fmt: skip
def test_a_refusal_is_an_error_of_its_own(parse: Callable[[Answer], object]) -> None:
    """Whatever was asked: this controller does not have it, or not now."""
    with pytest.raises(RapiRefused, match=r"\$NK"):
        parse(nk())


def test_the_words_of_a_refusal_can_be_shown() -> None:
    """Bytes that could do something to a log are left out."""
    with pytest.raises(RapiRefused) as raised:
        commands.SLEEP.result(nk("what now"))
    assert raised.value.reply == "$NK what now"
    with pytest.raises(RapiRefused) as raised:
        commands.SLEEP.result(nk("\nERROR all is lost"))
    assert raised.value.reply == "$NK"


@pytest.mark.parametrize(
    ("check", "flag"),
    [
        (Check.DIODE, 0x0002),
        (Check.VENT, 0x0004),
        (Check.GROUND, 0x0008),
        (Check.RELAY, 0x0010),
        (Check.GFCI, 0x0200),
        (Check.TEMPERATURE, 0x0400),
    ],
)
def test_a_bit_that_is_set_is_a_check_that_is_not_made(check: Check, flag: int) -> None:
    """The guide and a library say the opposite; the flag's name in the firmware ends in DISABLED."""
    settings = commands.GET_SETTINGS.result(ok(f"24 {flag:04x}"))
    assert {each: settings.enabled(each) for each in Check} == {each: each is not check for each in Check}


def test_the_service_level_is_told_by_two_bits() -> None:
    """Which one is in force, and whether the controller found out itself."""
    levels = {text: commands.GET_SETTINGS.result(ok(f"24 {text}")) for text in ("0000", "0001", "0021", "0020")}
    assert {text: settings.service_level for text, settings in levels.items()} == {
        "0000": ServiceLevel.LEVEL_1,
        "0001": ServiceLevel.LEVEL_2,
        "0021": ServiceLevel.LEVEL_2,
        "0020": ServiceLevel.LEVEL_1,
    }
    assert {text: settings.automatic_level for text, settings in levels.items()} == {
        "0000": True,
        "0001": True,
        "0021": False,
        "0020": False,
    }


@pytest.mark.parametrize(
    ("controller", "numbers"),
    [
        ("8.2.3", (8, 2, 3)),
        ("D4.5.1", (4, 5, 1)),
        ("4.12.3.EU", (4, 12, 3)),
        ("8.2.3.CGMI", (8, 2, 3)),
        ("8.2", None),
        ("master", None),
    ],
)
def test_a_version_has_numbers(controller: str, numbers: tuple[int, int, int] | None) -> None:
    """Whatever stands around them."""
    assert commands.GET_VERSION.result(ok(f"{controller} 5.2.1")).numbers == numbers


@pytest.mark.parametrize(
    ("controller", "infrared", "meant"),
    [
        ("D4.5.1", 230, None),
        ("D4.5.1", 0, None),
        ("D4.5.1", -2560, None),
        ("D4.5.1", 231, 23.1),
        ("3.11.3", 230, None),
        ("4.6.0", 230, 23),
        ("8.2.3", 0, 0),
        ("unknown", 230, 23),
    ],
)
def test_the_oldest_infrared_sensor_lies_when_it_is_absent(controller: str, infrared: int, meant: float | None) -> None:
    """So only the oldest controllers are not believed."""
    command = commands.get_temperatures(Version(controller, "3.0.1"))
    assert command.text == "$GP"
    assert command.result(ok(f"250 -2560 {infrared}")) == Temperatures(25, None, meant)


def test_a_chip_has_one_number() -> None:
    """Of both of the forms it is told in."""
    assert ChipId(b"\xf5\x01\x0c\x94\xf5\x01", "0c94f501").number == "F5010C94F5010C94F501"
    assert ChipId(b"", "0123456789abcdef" * 2).number == "0123456789ABCDEF" * 2
