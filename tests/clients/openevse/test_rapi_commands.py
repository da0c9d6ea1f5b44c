"""Every command is written as the controller reads it, and none outside its limits."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from math import inf, nan

import pytest

from custom_components.open_ev.clients.openevse import rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import InvalidArgument, NotAvailable
from custom_components.open_ev.clients.openevse.models import Check, LcdColour, ServiceLevel
from custom_components.open_ev.clients.openevse.rapi_commands import Keep, SocketLockMode
from custom_components.open_ev.clients.openevse.rapi_table import Command

from .frames import sealed

# The commands of the published guide, and those that came later. `$SE` is not one, and `$FF` has no E.
GUIDE = (
    "F0 F1 FB FD FE FP FR FS S0 S1 S2 S3 S4 SA SC SH SK SL ST FF G0 G3 G4 GA GC GD GE GF GG GH GO GP GS GT GU GV"
).split()
LATER = "FC S5 SB SD SF SG SM SR SV SY G5 GI GM GY".split()

MOMENT = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)

WRITTEN: list[tuple[Command[object], str]] = [
    (commands.set_lcd_updates(enabled=True), "$F0 1"),
    (commands.set_lcd_updates(enabled=False), "$F0 0"),
    (commands.PRESS_BUTTON, "$F1"),
    (commands.set_lcd_colour(LcdColour.OFF), "$FB 0"),
    (commands.set_lcd_colour(LcdColour.WHITE), "$FB 7"),
    (commands.RESET_COUNTERS, "$FC"),
    (commands.DISABLE, "$FD"),
    (commands.ENABLE, "$FE"),
    (commands.RESTART, "$FR"),
    (commands.SLEEP, "$FS"),
    (commands.set_button(enabled=False), "$FF B 0"),
    (commands.set_check(Check.DIODE, enabled=True), "$FF D 1"),
    (commands.set_check(Check.GFCI, enabled=True), "$FF F 1"),
    (commands.set_check(Check.GROUND, enabled=False), "$FF G 0"),
    (commands.set_check(Check.RELAY, enabled=True), "$FF R 1"),
    (commands.set_check(Check.TEMPERATURE, enabled=True), "$FF T 1"),
    (commands.set_check(Check.VENT, enabled=False), "$FF V 0"),
    (commands.set_old_check(Check.DIODE, enabled=True), "$SD 1"),
    (commands.set_old_check(Check.GFCI, enabled=False), "$SF 0"),
    (commands.set_old_check(Check.GROUND, enabled=True), "$SG 1"),
    (commands.set_old_check(Check.RELAY, enabled=True), "$SR 1"),
    (commands.set_old_check(Check.VENT, enabled=False), "$SV 0"),
    (commands.show(0, 0, "Hi"), "$FP 0 0 Hi"),
    (commands.show(15, 1, "x"), "$FP 15 1 x"),
    (commands.show(0, 1, "0123456789ABCDEF"), "$FP 0 1 0123456789ABCDEF"),
    (commands.show(0, 0, " 7.4 kW, 12:30 "), "$FP 0 0  7.4 kW, 12:30 "),
    (commands.show(0, 0, "!#%&'()+,-./;<=>"), "$FP 0 0 !#%&'()+,-./;<=>"),
    (commands.show(0, 0, "?@[]_`{|}~ a:b"), "$FP 0 0 ?@[]_`{|}~ a:b"),
    (commands.set_lcd_type(colours=True), "$S0 1"),
    (commands.set_lcd_type(colours=False), "$S0 0"),
    (commands.set_clock(MOMENT), "$S1 26 11 20 3 4 5"),
    (commands.set_clock(MOMENT.replace(year=2000, month=1, day=1)), "$S1 0 1 1 3 4 5"),
    (commands.set_clock(MOMENT.replace(year=2099)), "$S1 99 11 20 3 4 5"),
    (commands.set_ammeter_calibration(enabled=True), "$S2 1"),
    (commands.set_time_limit(0), "$S3 0"),
    (commands.set_time_limit(3825), "$S3 255"),
    (commands.set_authentication_lock(locked=True), "$S4 1"),
    (commands.set_socket_lock(SocketLockMode.AUTOMATIC), "$S5 A"),
    (commands.set_socket_lock(SocketLockMode.MANUAL), "$S5 M"),
    (commands.set_socket_lock(SocketLockMode.UNLOCK), "$S5 0"),
    (commands.set_socket_lock(SocketLockMode.LOCK), "$S5 1"),
    (commands.calibrate_ammeter(1, 0), "$SA 1 0"),
    (commands.calibrate_ammeter(32_767, 32_767), "$SA 32767 32767"),
    (commands.CLEAR_BOOT_LOCK, "$SB"),
    (commands.set_current(6), "$SC 6 V"),
    (commands.set_current(80.0), "$SC 80 V"),
    (commands.set_current(16, Keep.STORED), "$SC 16"),
    (commands.set_current(16, Keep.OLD_VOLATILE), "$SC 16 N"),
    (commands.set_energy_limit(0), "$SH 0"),
    (commands.set_energy_limit(255_000), "$SH 255"),
    (commands.set_total_energy(0), "$SK 0"),
    (commands.set_total_energy(2_147_483_647), "$SK 2147483647"),
    (commands.set_service_level(ServiceLevel.LEVEL_1), "$SL 1"),
    (commands.set_service_level(ServiceLevel.LEVEL_2), "$SL 2"),
    (commands.set_service_level(ServiceLevel.AUTO), "$SL A"),
    (commands.calibrate_voltmeter(298, 12_500), "$SM 298 12500"),
    (commands.set_timer(time(0, 0), time(23, 59)), "$ST 0 0 23 59"),
    (commands.set_timer(time(22, 30, 15), time(6, 0)), "$ST 22 30 6 0"),
    (commands.CLEAR_TIMER, "$ST 0 0 0 0"),
    (commands.set_voltage(60), "$SV 60000"),
    (commands.set_voltage(230.1), "$SV 230100"),
    (commands.set_voltage(300), "$SV 300000"),
    (commands.HEARTBEAT, "$SY"),
    (commands.GET_VEHICLE_CONNECTED, "$G0"),
    (commands.GET_TIME_LIMIT, "$G3"),
    (commands.GET_AUTHENTICATION_LOCK, "$G4"),
    (commands.GET_SOCKET_LOCK, "$G5"),
    (commands.GET_AMMETER, "$GA"),
    (commands.GET_CAPACITY, "$GC"),
    (commands.GET_TIMER, "$GD"),
    (commands.GET_SETTINGS, "$GE"),
    (commands.GET_FAULT_COUNTERS, "$GF"),
    (commands.GET_MEASUREMENT, "$GG"),
    (commands.GET_ENERGY_LIMIT, "$GH"),
    (commands.GET_CHIP_ID, "$GI"),
    (commands.GET_VOLTMETER, "$GM"),
    (commands.GET_OVER_TEMPERATURE, "$GO"),
    (commands.GET_TEMPERATURES, "$GP"),
    (commands.GET_STATE, "$GS"),
    (commands.GET_CLOCK, "$GT"),
    (commands.GET_ENERGY, "$GU"),
    (commands.GET_VERSION, "$GV"),
    (commands.GET_HEARTBEAT, "$GY"),
]


@pytest.mark.parametrize(("command", "text"), WRITTEN, ids=lambda value: getattr(value, "text", None))
def test_a_command_is_written_as_the_controller_reads_it(command: Command[object], text: str) -> None:
    """With its arguments at the ends of their ranges, and in a frame that fits."""
    assert command.text == text
    assert command.frame == sealed(text)
    assert command.asks == text.startswith("$G")


def test_every_command_can_be_had() -> None:
    """Of the published guide, and of the later firmware."""
    assert {text[1:3] for _, text in WRITTEN} == {*GUIDE, *LATER}


@pytest.mark.parametrize(
    ("make", "argument", "values"),
    [
        (commands.set_current, "current", (0, 5, 81, 300, -6, 16.5, nan, inf, -inf, 10**30)),
        (commands.set_time_limit, "time_limit", (-15, -1, 3826, 3840, nan, inf, -inf)),
        (commands.set_energy_limit, "energy_limit", (-1000, -1, 255_001, 256_000, nan, inf, -inf)),
        (commands.set_total_energy, "energy", (-1, 0.5, 2_147_483_648, nan, inf)),
        (commands.set_voltage, "voltage", (0, 1, 59.9, 300.1, -230, 230_000, 10**9, nan, inf, -inf)),
        (lambda scale: commands.calibrate_ammeter(scale, 0), "scale", (0, -1, 32_768)),
        (lambda offset: commands.calibrate_ammeter(220, offset), "offset", (-1, -5, 32_768)),
        (lambda scale: commands.calibrate_voltmeter(scale, 0), "scale", (0, 32_768)),
        (lambda offset: commands.calibrate_voltmeter(298, offset), "offset", (-1, 2_147_483_648)),
        (lambda column: commands.show(column, 0, "x"), "column", (-1, 16)),
        (lambda row: commands.show(0, row, "x"), "row", (-1, 2)),
        (lambda year: commands.set_clock(MOMENT.replace(year=year)), "year", (1999, 2100, 1970)),
    ],
)
def test_nothing_is_sent_that_is_out_of_range(
    make: Callable[[float], object], argument: str, values: tuple[float, ...]
) -> None:
    """The controller would take 300 A for 44 A, and minus five for minus twenty-five."""
    for value in values:
        with pytest.raises(InvalidArgument) as raised:
            make(value)
        assert (raised.value.argument, raised.value.reason) == (argument, "out_of_range")


@pytest.mark.parametrize("minutes", [1, 14, 16, 3824, 0.5])
def test_a_limit_of_time_goes_in_quarters_of_an_hour(minutes: float) -> None:
    """Who is told only that it is out of range would look for the range."""
    with pytest.raises(InvalidArgument, match="time_limit: not_quarters"):
        commands.set_time_limit(minutes)


@pytest.mark.parametrize("watt_hours", [1, 999, 1500, 254_999, 0.5])
def test_a_limit_of_energy_goes_in_whole_kilowatt_hours(watt_hours: float) -> None:
    """As above."""
    with pytest.raises(InvalidArgument, match="energy_limit: not_whole_kwh"):
        commands.set_energy_limit(watt_hours)


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        (0, "", "empty"),
        (0, "x" * 17, "too_long"),
        (0, "x" * 1_000_000, "too_long"),
        (1, "x" * 16, "too_long"),
        (15, "xy", "too_long"),
        (0, "a b c d e f g h", "too_many_words"),
        (0, " " * 7, "too_many_words"),
        (0, "5 €", "not_showable"),
        (0, "\xe9t\xe9", "not_showable"),
        (0, "\x00", "not_showable"),
        (0, "a\r$FD", "not_showable"),
        (0, "a\n", "not_showable"),
        (0, "\x1b[2J", "not_showable"),
        (0, "$FD", "not_showable"),
        (0, "2^8", "not_showable"),
        (0, "2*3", "not_showable"),
        (0, 'say "hi"', "not_showable"),
        (0, "\\n", "not_showable"),
        (0, ":5A", "not_showable"),
        (0, "hi :)", "not_showable"),
    ],
)
def test_only_a_text_that_can_be_shown_is_sent(column: int, text: str, reason: str) -> None:
    """None of them can end the command, begin another one, or break what the gateway answers."""
    with pytest.raises(InvalidArgument) as raised:
        commands.show(column, 0, text)
    assert (raised.value.argument, raised.value.reason) == ("text", reason)


@pytest.mark.parametrize(
    "text", ["", "Hi", "Charging 7.4 kW", "a b c d e f g h", "0123456789ABCDEF", " " * 16, " x", "a     b     c  d"]
)
def test_a_line_of_the_display_is_filled(text: str) -> None:
    """What was there before must not show, so the rest is blank; each command is short enough for the controller."""
    display = ["?"] * 16
    parts = commands.show_line(1, text)
    for command in parts:
        name, column, row, piece = command.text.split(" ", 3)
        assert (name, row) == ("$FP", "1")
        assert piece
        assert len(command.text.split(" ")) <= 10
        assert len(command.frame) <= 28
        display[int(column) : int(column) + len(piece)] = piece
    assert "".join(display) == f"{text:16}"
    assert len(parts) <= 3


def test_a_line_has_an_end() -> None:
    """16 columns, of characters that the display has."""
    for text, reason in (("x" * 17, "too_long"), ("a\nb", "not_showable"), ("ä", "not_showable")):
        with pytest.raises(InvalidArgument, match=f"text: {reason}"):
            commands.show_line(0, text)


def test_a_timer_that_ends_when_it_begins_is_none() -> None:
    """At midnight it would even be taken for no timer at all."""
    for at in (time(0, 0), time(6, 30)):
        with pytest.raises(InvalidArgument, match="stop: same_as_start"):
            commands.set_timer(at, at.replace(second=30))


def test_the_oldest_controllers_always_check_their_temperature() -> None:
    """There is nothing that could be sent."""
    with pytest.raises(NotAvailable):
        commands.set_old_check(Check.TEMPERATURE, enabled=False)
