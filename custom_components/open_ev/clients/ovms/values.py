"""The texts an OVMS module publishes, read into Python values.

A module publishes every metric as the text its firmware prints: in the metric's native unit and without a unit label
(firmware 3.3.006, server v3). What is read here comes over a network, so it is matched against what the firmware can
print before Python converts it: Python's own conversions would also accept ``1_000``, blanks, and digits of other
scripts.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import partial
import math
import re
from typing import Final

type Value = bool | int | float | str | datetime | time | tuple[float, ...] | tuple[int, ...]


class Kind(StrEnum):
    """How the text of a metric is to be read."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    TEXT = "text"
    FLOATS = "floats"
    INTS = "ints"
    BITS = "bits"
    """The numbers of the bits that are set, not their pattern."""
    UTC = "utc"
    LOCAL = "local"
    """A date and time in the time zone the module is set to."""
    TIME_OF_DAY = "time_of_day"


class UnreadableValue(ValueError):
    """A text is not what the firmware prints for a metric of its kind.

    The message names the kind and the fault but never repeats the text, because it ends in logs and a metric can hold a
    position or a name.
    """

    def __init__(self, kind: Kind, fault: str) -> None:
        """Remember the kind, for a caller that counts faults by it."""
        super().__init__(f"{kind}: {fault}")
        self.kind = kind


MAX_TEXT: Final = 255
"""Characters of a text; Home Assistant holds no longer state."""
MAX_ELEMENTS: Final = 1_000
"""Elements of a list; the largest pack in the firmware has a few hundred cells."""

# A scalar is never longer than a date, a time and the longest abbreviation a time zone may have (10 characters). A list
# may be as long as its most numerous elements with their commas.
_MAX_SCALAR: Final = 32
_MAX_LIST: Final = MAX_ELEMENTS * (_MAX_SCALAR + 1)

# int64_t is the widest integer of the firmware.
_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1

# C++ stream default: six significant digits, then an exponent of at least two digits, always with its sign.
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?")
_INT: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_BIT: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_DATE_TIME: Final = re.compile(
    r"((?:19|20|21)[0-9]{2})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r" ([A-Za-z]{3,6}|[+-][0-9]{2}(?:[0-9]{2})?)"
)
_TIME_OF_DAY: Final = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})")
# The controls of ASCII and of Latin-1, the two line ends Unicode adds, and halves of characters, which no UTF-8 holds.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = int(datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_SECONDS_PER_DAY: Final = 86_400

# Minutes east of UTC. Only abbreviations that mean one offset wherever the time zone database uses them: no CST
# (America, China, Cuba), IST (India, Ireland, Israel) or PST (America, Philippines). The zone the module is believed to
# be in is asked before this table.
_ABBREVIATIONS: Final = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "SAST": 120,
    "HKT": 480,
    "AWST": 480,
    "JST": 540,
    "KST": 540,
    "ACST": 570,
    "ACDT": 630,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "EDT": -240,
    "MDT": -360,
    "PDT": -420,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
}


def parse(kind: Kind, text: str, *, zone: tzinfo = UTC) -> Value | None:
    """Read the text of a metric.

    Both the encoding of today and that of firmware up to 3.3.003 are read, which published dates and times as numbers.

    Args:
        kind: How to read it.
        text: What the module published.
        zone: The time zone the module is believed to be in; it decides what an abbreviation such as ``IST`` means.

    Returns:
        The value in the metric's native unit; dates as moments in UTC. ``None`` when there is none: the module cleared
        the metric (firmware up to 3.3.005 publishes an empty text then) or a date was never set. An empty text of kind
        ``TEXT`` is a text, and one of kind ``BITS`` is the empty set of bits.

    Raises:
        UnreadableValue: The firmware cannot have printed this for a metric of this kind. Nothing is ever guessed: such
            a bool is not false, and such a time is not now.
    """
    if kind is Kind.TEXT:
        return _text(text)
    if not text:
        return () if kind is Kind.BITS else None
    match kind:
        case Kind.FLOATS:
            return _elements(kind, text, _float)
        case Kind.INTS:
            return _elements(kind, text, _int)
        case Kind.BITS:
            return _elements(kind, text, _bit)
    return _scalar(kind, text, zone)


def parser(kind: Kind, zone: tzinfo = UTC) -> Callable[[str], Value | None]:
    """Return `parse` for one kind and zone, for those who read many texts of it; numbers, which most are, at less cost."""
    return _optional_float if kind is Kind.FLOAT else partial(parse, kind, zone=zone)


def _optional_float(text: str) -> float | None:
    if len(text) > _MAX_SCALAR:
        raise UnreadableValue(Kind.FLOAT, "too long")
    return _float(Kind.FLOAT, text) if text else None


def _scalar(kind: Kind, text: str, zone: tzinfo) -> Value | None:
    if len(text) > _MAX_SCALAR:
        raise UnreadableValue(kind, "too long")
    match kind:
        case Kind.BOOL:
            return _bool(text)
        case Kind.INT:
            return _int(kind, text)
        case Kind.FLOAT:
            return _float(kind, text)
        case Kind.TIME_OF_DAY:
            return _time_of_day(text)
    return _moment(kind, text, zone)


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise UnreadableValue(Kind.TEXT, "too long")
    if _CONTROL.search(text):
        raise UnreadableValue(Kind.TEXT, "contains control characters")
    return text


def _bool(text: str) -> bool:
    match text:
        case "yes":
            return True
        case "no":
            return False
    raise UnreadableValue(Kind.BOOL, "neither yes nor no")


def _float(kind: Kind, text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise UnreadableValue(kind, "not a number")
    value = float(text)
    if not math.isfinite(value):
        raise UnreadableValue(kind, "not finite")
    # The firmware prints a small negative rounded away as "-0"; the sum of that and zero is zero without a sign.
    return value + 0.0


def _int(kind: Kind, text: str) -> int:
    if _INT.fullmatch(text):
        value = int(text)
    else:
        # Some vehicles fill an integer from a float, and from a million on the firmware prints those with an exponent.
        number = _float(kind, text)
        if not number.is_integer():
            raise UnreadableValue(kind, "not a whole number")
        value = int(number)
    if not _INT_MIN <= value <= _INT_MAX:
        raise UnreadableValue(kind, "out of range")
    return value


def _bit(kind: Kind, text: str) -> int:
    if not _BIT.fullmatch(text):
        raise UnreadableValue(kind, "not the number of a bit")
    return int(text)


def _elements[T](kind: Kind, text: str, read: Callable[[Kind, str], T]) -> tuple[T, ...]:
    """Read a comma separated list; one unreadable element spoils it, since the elements are known by their place."""
    if len(text) > _MAX_LIST or text.count(",") >= MAX_ELEMENTS:
        raise UnreadableValue(kind, "too long")
    elements = text.split(",")
    if any(len(element) > _MAX_SCALAR for element in elements):
        raise UnreadableValue(kind, "element too long")
    return tuple(read(kind, element) for element in elements)


def _time_of_day(text: str) -> time:
    if _INT.fullmatch(text):
        seconds = int(text)
        if not 0 <= seconds < _SECONDS_PER_DAY:
            raise UnreadableValue(Kind.TIME_OF_DAY, "out of range")
        return (_EPOCH + timedelta(seconds=seconds)).timetz()
    if not (fields := _TIME_OF_DAY.fullmatch(text)):
        raise UnreadableValue(Kind.TIME_OF_DAY, "not a time of day")
    hour, minute, second = (int(field) for field in fields.groups())
    try:
        return time(hour, minute, second, tzinfo=UTC)
    except ValueError as err:
        raise UnreadableValue(Kind.TIME_OF_DAY, "out of range") from err


def _moment(kind: Kind, text: str, zone: tzinfo) -> datetime | None:
    """Read a date and time; the epoch, and all before it, is what the firmware prints for one that was never set."""
    if _INT.fullmatch(text):
        seconds = int(text)
        if seconds > _LAST_SECOND:
            raise UnreadableValue(kind, "out of range")
        moment = _EPOCH + timedelta(seconds=max(seconds, 0))
    else:
        moment = _printed_moment(kind, text, zone)
    return moment if moment > _EPOCH else None


def _printed_moment(kind: Kind, text: str, zone: tzinfo) -> datetime:
    if not (fields := _DATE_TIME.fullmatch(text)):
        raise UnreadableValue(kind, "not a date and time")
    *numbers, abbreviation = fields.groups()
    year, month, day, hour, minute, second = (int(number) for number in numbers)
    try:
        wall = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as err:
        raise UnreadableValue(kind, "out of range") from err
    if kind is Kind.LOCAL:
        return _localized(wall, abbreviation, zone)
    if abbreviation != "UTC":
        raise UnreadableValue(kind, "not in UTC")
    return wall


def _localized(wall: datetime, abbreviation: str, zone: tzinfo) -> datetime:
    """Give what a clock on the wall shows the offset its abbreviation stands for, in place of the one it came with.

    Asking the zone with both folds also tells the two passes of the hour apart that a change to winter time repeats.
    """
    for fold in (0, 1):
        local = wall.replace(tzinfo=zone, fold=fold)
        if local.tzname() == abbreviation:
            return local.astimezone(UTC)
    return wall.replace(tzinfo=timezone(_offset(abbreviation))).astimezone(UTC)


def _offset(abbreviation: str) -> timedelta:
    """Tell what is east of UTC; zones without a name of their own have their offset for an abbreviation (``+0530``)."""
    if (minutes := _ABBREVIATIONS.get(abbreviation)) is not None:
        return timedelta(minutes=minutes)
    if abbreviation[0] not in "+-":
        raise UnreadableValue(Kind.LOCAL, "unknown time zone")
    hours, minutes = int(abbreviation[1:3]), int(abbreviation[3:] or 0)
    # The database's "-00" is the name of an unknown offset; no place is more than 14 hours from UTC.
    if abbreviation.startswith("-00") or hours > 14 or minutes > 59:
        raise UnreadableValue(Kind.LOCAL, "unknown time zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return offset if abbreviation[0] == "+" else -offset
