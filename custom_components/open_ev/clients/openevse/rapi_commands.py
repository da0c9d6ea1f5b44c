"""The commands of RAPI: what to send, between which limits, and what the answer means.

The controller checks next to nothing: `$SC 300` sets 44 A, `$SC abc` 75 A, `$ST 25 61 0 0` a timer (firmware 8.2.3). So
every argument is checked here, by the one table of commands, and those of a raw line too.

No controller has all of them, and official builds lack some that the published guide promises: `$S4`, `$G4` and `$GO`
everywhere, `$S3`, `$SH`, `$G3` and `$GH` from firmware 8 on. They refuse.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time
from enum import StrEnum
import re
from typing import Final

from . import rapi_answers as answers
from .errors import InvalidArgument, NotAvailable
from .models import Check, LcdColour, ServiceLevel
from .rapi import MAX_BYTES, Answer, additive_checksum, build, xor_checksum
from .rapi_results import CurrentSet, Temperatures, Version
from .rapi_table import Argument, Command, Letter, Row, Text, Whole

LCD_COLUMNS: Final = 16
# The controller takes a text apart at its blanks, and has room for ten words in all.
_BLANKS_OF_TEXT: Final = 6

MINIMUM_CURRENT: Final = 6
"""A; no car can be offered less."""
MAXIMUM_CURRENT: Final = 80
"""A; no controller takes more."""

_MINUTES_OF_STEP: Final = 15
_WATT_HOURS_OF_STEP: Final = 1000
_INT_16: Final = 0x7FFF
_INT_32: Final = 0x7FFF_FFFF

# Firmware 4.5 does not say that its infrared sensor is not there, firmware 4.12 does. In between none was seen.
_TRUTHFUL_TEMPERATURES: Final = (4, 6, 0)

_PIECE: Final = re.compile(rf"(?=.)(?:[^ ]* ){{0,{_BLANKS_OF_TEXT}}}[^ ]*", re.DOTALL)
_CHECKSUM: Final = re.compile(r"([*^])([0-9A-Fa-f]{2})\Z")
_MAX_RAW: Final = MAX_BYTES + 1

# From gateway firmware 4.0 on its manager undoes these within 1.5 s, and against a timer it switches on and off without
# end.
_UNDONE: Final = re.compile(r"\$(?:F[DES]|SC .* [VN])\Z")
_FLAPPING: Final = re.compile(r"\$ST ")


class Keep(StrEnum):
    """For how long a current is set."""

    STORED = ""
    """As the maximum, in the EEPROM, which wears out."""
    VOLATILE = "V"
    """Until the next restart, up to the stored maximum. Firmware 4.6 and later."""
    OLD_VOLATILE = "N"
    """As before, in firmware up to 4.5, which would store what has a `V`."""


class SocketLockMode(StrEnum):
    """What the lock of a type 2 socket does."""

    AUTOMATIC = "A"
    """It is locked while a car is connected."""
    MANUAL = "M"
    UNLOCK = "0"
    LOCK = "1"


_CHECKS: Final = {
    Check.DIODE: "D",
    Check.GFCI: "F",
    Check.GROUND: "G",
    Check.RELAY: "R",
    Check.TEMPERATURE: "T",
    Check.VENT: "V",
}
_LEVELS: Final = {ServiceLevel.LEVEL_1: "1", ServiceLevel.LEVEL_2: "2", ServiceLevel.AUTO: "A"}

_TABLE: Final[dict[str, list[Row[object]]]] = {}


def _row[T](name: str, parse: Callable[[Answer], T], *arguments: Argument, optional: int = 0) -> Row[T]:
    """Put a row into the table. A name has two rows where firmware generations use it for different things."""
    row = Row(name, parse, arguments, optional)
    _TABLE.setdefault(name, []).append(row)
    return row


_SWITCH: Final = Whole("enabled", 0, 1)
_QUARTERS: Final = Whole("time_limit", 0, 255)
_KILOWATT_HOURS: Final = Whole("energy_limit", 0, 255)
_SCALE: Final = Whole("scale", 1, _INT_16)

# Functions
_F0: Final = _row("F0", answers.done, _SWITCH)
PRESS_BUTTON: Final = _row("F1", answers.done).command()
_FB: Final = _row("FB", answers.done, Whole("colour", LcdColour.OFF, LcdColour.WHITE))
RESET_COUNTERS: Final = _row("FC", answers.done).command()
DISABLE: Final = _row("FD", answers.done).command()
ENABLE: Final = _row("FE", answers.done).command()
# L, O, P and Z are features of the newest boards. An E is none of them: see `rapi.build`.
_FF: Final = _row("FF", answers.done, Letter("feature", "BDFGLOPRTVZ"), _SWITCH)
_FP: Final = _row(
    "FP",
    answers.done,
    Whole("column", 0, LCD_COLUMNS - 1),
    Whole("row", 0, 1),
    Text("text", LCD_COLUMNS, _BLANKS_OF_TEXT),
)
RESTART: Final = _row("FR", answers.done).command()
SLEEP: Final = _row("FS", answers.done).command()

# Settings
_S0: Final = _row("S0", answers.done, Whole("type", 0, 1))
_S1: Final = _row(
    "S1",
    answers.done,
    Whole("year", 0, 99),
    Whole("month", 1, 12),
    Whole("day", 1, 31),
    Whole("hour", 0, 23),
    Whole("minute", 0, 59),
    Whole("second", 0, 59),
)
_S2: Final = _row("S2", answers.done, _SWITCH)
_S3: Final = _row("S3", answers.done, _QUARTERS)
_S4: Final = _row("S4", answers.done, Whole("locked", 0, 1))
_S5: Final = _row("S5", answers.done, Letter("mode", "AM01"))
_SA: Final = _row("SA", answers.done, _SCALE, Whole("offset", 0, _INT_16))
CLEAR_BOOT_LOCK: Final = _row("SB", answers.boot_lock).command()
_SC: Final = _row(
    "SC", answers.current_set, Whole("current", MINIMUM_CURRENT, MAXIMUM_CURRENT), Letter("keep", "VN"), optional=1
)
_SH: Final = _row("SH", answers.done, _KILOWATT_HOURS)
_SK: Final = _row("SK", answers.done, Whole("energy", 0, _INT_32))
_SL: Final = _row("SL", answers.done, Letter("level", "12A"))
_SM: Final = _row("SM", answers.done, _SCALE, Whole("offset", 0, _INT_32))
_ST: Final = _row(
    "ST",
    answers.done,
    Whole("start", 0, 23),
    Whole("start", 0, 59),
    Whole("stop", 0, 23),
    Whole("stop", 0, 59),
)
_SV: Final = _row("SV", answers.done, Whole("voltage", 60_000, 300_000))
# The gateway keeps the heartbeat, and sets it: without arguments this is one beat more.
HEARTBEAT: Final = _row("SY", answers.heartbeat).command()

# Settings of firmware up to 4.5, which has no `$FF`
_OLD_CHECKS: Final = {
    Check.DIODE: _row("SD", answers.done, _SWITCH),
    Check.GFCI: _row("SF", answers.done, _SWITCH),
    Check.GROUND: _row("SG", answers.done, _SWITCH),
    Check.RELAY: _row("SR", answers.done, _SWITCH),
    Check.VENT: _row("SV", answers.done, _SWITCH),
}

# Questions
GET_VEHICLE_CONNECTED: Final = _row("G0", answers.vehicle_connected).command()
GET_TIME_LIMIT: Final = _row("G3", answers.time_limit).command()
GET_AUTHENTICATION_LOCK: Final = _row("G4", answers.authentication_lock).command()
GET_SOCKET_LOCK: Final = _row("G5", answers.socket_lock).command()
GET_AMMETER: Final = _row("GA", answers.calibration).command()
GET_CAPACITY: Final = _row("GC", answers.capacity).command()
GET_TIMER: Final = _row("GD", answers.timer).command()
GET_SETTINGS: Final = _row("GE", answers.settings).command()
GET_FAULT_COUNTERS: Final = _row("GF", answers.fault_counters).command()
GET_MEASUREMENT: Final = _row("GG", answers.measurement).command()
GET_ENERGY_LIMIT: Final = _row("GH", answers.energy_limit).command()
GET_CHIP_ID: Final = _row("GI", answers.chip_id).command()
GET_VOLTMETER: Final = _row("GM", answers.calibration).command()
GET_OVER_TEMPERATURE: Final = _row("GO", answers.over_temperature).command()
GET_TEMPERATURES: Final = _row("GP", answers.temperatures).command()
GET_STATE: Final = _row("GS", answers.state).command()
GET_CLOCK: Final = _row("GT", answers.clock).command()
GET_ENERGY: Final = _row("GU", answers.energy).command()
GET_VERSION: Final = _row("GV", answers.version).command()
GET_HEARTBEAT: Final = _row("GY", answers.heartbeat).command()


def get_temperatures(version: Version) -> Command[Temperatures]:
    """Ask for the temperatures, and read them as that controller means them."""
    numbers = version.numbers
    old = numbers is not None and numbers < _TRUTHFUL_TEMPERATURES
    return Command(GET_TEMPERATURES.text, answers.old_temperatures if old else answers.temperatures)


def set_lcd_updates(*, enabled: bool) -> Command[None]:
    """Let the controller write on the display, or leave it to others."""
    return _F0.command(enabled)


def set_lcd_colour(colour: LcdColour) -> Command[None]:
    """Choose the display's colour; the controller chooses it anew with the next state."""
    return _FB.command(colour)


def set_lcd_type(*, colours: bool) -> Command[None]:
    """Say whether the display has colours."""
    return _S0.command(colours)


def show(column: int, row: int, text: str) -> Command[None]:
    """Write on the display: columns 0 to 15, rows 0 and 1, ASCII. Refused in a fault that only a restart clears."""
    command = _FP.command(column, row, text)
    if column + len(text) > LCD_COLUMNS:
        raise InvalidArgument("text", "too_long")
    return command


def show_line(row: int, text: str) -> tuple[Command[None], ...]:
    """Fill a row of the display with up to 16 characters; in several commands, as no text may have many blanks."""
    if len(text) > LCD_COLUMNS:
        raise InvalidArgument("text", "too_long")
    pieces = _PIECE.finditer(text.ljust(LCD_COLUMNS))
    return tuple(show(piece.start(), row, piece[0]) for piece in pieces)


def set_check(check: Check, *, enabled: bool) -> Command[None]:
    """Switch a safety check on or off, for good; firmware 4.6 and later."""
    return _FF.command(_CHECKS[check], enabled)


def set_old_check(check: Check, *, enabled: bool) -> Command[None]:
    """Switch a safety check on or off, for good; firmware up to 4.5, where the one of temperature is always on."""
    if check not in _OLD_CHECKS:
        raise NotAvailable("this firmware cannot leave its temperature check out")
    return _OLD_CHECKS[check].command(enabled)


def set_button(*, enabled: bool) -> Command[None]:
    """Let the controller obey its button, or only tell of it; firmware 6.3 and later."""
    return _FF.command("B", enabled)


def set_clock(moment: datetime) -> Command[None]:
    """Set the clock to a local time in this century, to the second."""
    return _S1.command(moment.year - 2000, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def set_ammeter_calibration(*, enabled: bool) -> Command[None]:
    """Read the ammeter also when the relay is open; up to firmware 7."""
    return _S2.command(enabled)


def set_time_limit(minutes: float) -> Command[None]:
    """Limit this session to 0 (no limit) to 3825 minutes, a multiple of 15; only while a car is connected."""
    if _is_between(_QUARTERS, minutes / _MINUTES_OF_STEP):
        raise InvalidArgument("time_limit", "not_quarters")
    return _S3.command(minutes / _MINUTES_OF_STEP)


def set_energy_limit(watt_hours: float) -> Command[None]:
    """Limit this session to 0 (no limit) to 255,000 Wh, a multiple of 1,000; only while a car is connected."""
    if _is_between(_KILOWATT_HOURS, watt_hours / _WATT_HOURS_OF_STEP):
        raise InvalidArgument("energy_limit", "not_whole_kwh")
    return _SH.command(watt_hours / _WATT_HOURS_OF_STEP)


def _is_between(steps: Whole, value: float) -> bool:
    """Whether a value lies within the limits and between two steps."""
    return steps.low <= value <= steps.high and value != int(value)


def set_authentication_lock(*, locked: bool) -> Command[None]:
    """Keep the charger from charging, or allow it. The published guide calls it a socket's lock, which it is not."""
    return _S4.command(locked)


def set_socket_lock(mode: SocketLockMode) -> Command[None]:
    """Lock or unlock the socket, which takes manual mode first; firmware 8.1 and later."""
    return _S5.command(mode)


def calibrate_ammeter(scale: int, offset: int) -> Command[None]:
    """Say how the ammeter's readings become mA: 1 to 32,767 times, plus 0 to 32,767. Less is read as garbage."""
    return _SA.command(scale, offset)


def calibrate_voltmeter(scale: int, offset: int) -> Command[None]:
    """Say how the voltmeter's readings become mV; no official build has one."""
    return _SM.command(scale, offset)


def set_current(amperes: float, keep: Keep = Keep.VOLATILE) -> Command[CurrentSet]:
    """Offer the car 6 to 80 A, in whole numbers; the result tells what was set, which may be another current.

    There is a third way to keep it, as the hardware's maximum, once and for ever. It is not offered here.
    """
    return _SC.command(amperes, *((keep,) if keep else ()))


def set_total_energy(watt_hours: float) -> Command[None]:
    """Set the meter of all sessions, in whole Wh (the published guide says kWh)."""
    return _SK.command(watt_hours)


def set_service_level(level: ServiceLevel) -> Command[None]:
    """Set the level, and with it the current stored for that level; European builds refuse the automatic one."""
    return _SL.command(_LEVELS[level])


def set_timer(start: time, stop: time) -> Command[None]:
    """Charge every day from a local time to another, to the minute. No seconds are kept."""
    if (start.hour, start.minute) == (stop.hour, stop.minute):
        raise InvalidArgument("stop", "same_as_start")
    return _ST.command(start.hour, start.minute, stop.hour, stop.minute)


CLEAR_TIMER: Final = _ST.command(0, 0, 0, 0)


def set_voltage(volts: float) -> Command[None]:
    """Say the voltage that energy is computed with, 60 to 300 V, until the next restart; firmware 7 and later."""
    millivolts = volts * 1000
    # What is not finite is refused by its range, and cannot be rounded.
    return _SV.command(round(millivolts) if abs(millivolts) < _INT_32 else millivolts)


def raw(line: str, *, managed: bool = False) -> Command[object]:
    """Any one command, for people who know what they do; what is known here is checked all the same.

    Args:
        line: With or without `$` and checksum; the name in either case.
        managed: Whether the gateway has a manager of its own, firmware 4.0 and later.

    Raises:
        InvalidArgument: It is not one whole command; it is known, and its arguments are out of range; or it is one of
            those that do harm: `$FF E` and `$SE`, which make the gateway deaf, `$SC n M`, which cannot be undone, `$SY`
            with arguments, which the gateway keeps for itself, and those that a manager fights.
    """
    if len(line) > _MAX_RAW:
        raise InvalidArgument("command", "too_long")
    if not line.strip(" "):
        raise InvalidArgument("command", "empty")
    if not line.isascii():
        raise InvalidArgument("command", "not_ascii")
    name, _, rest = _without_checksum(line.strip(" ")).removeprefix("$").partition(" ")
    name = name.upper()
    text = f"${name} {rest}" if rest else f"${name}"
    build(text)
    if name[0] not in "FGS":
        # What is left are tests, of which `$Z0` stores how the relay is driven.
        raise InvalidArgument("command", "not_a_command")
    command = _from_table(name, rest) or Command(text, answers.anything)
    if managed and _FLAPPING.match(command.text):
        raise InvalidArgument("command", "flaps")
    if managed and _UNDONE.match(command.text):
        raise InvalidArgument("command", "undone")
    return command


def _without_checksum(line: str) -> str:
    """Take a right checksum away; a wrong one stays, and is refused like every other use of its mark."""
    if not (match := _CHECKSUM.search(line)):
        return line
    body = line[: match.start()]
    checksum = xor_checksum(body) if match[1] == "^" else additive_checksum(body)
    return body if int(match[2], 16) == checksum else line


def _from_table(name: str, rest: str) -> Command[object] | None:
    """Make a command of the row that it fits; raise what is wrong with it if it fits none."""
    if not (rows := _TABLE.get(name)):
        return None
    for row in rows[:-1]:
        with suppress(InvalidArgument):
            return row.from_text(rest)
    return rows[-1].from_text(rest)
