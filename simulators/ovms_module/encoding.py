"""How the firmware writes a metric's value as text.

Server v3 sends a metric's default text: always the metric's own unit, never a unit's label. Written from the firmware's
description and on purpose independent of the client's parsers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from enum import Enum
import struct

from .firmware import Generation

type MetricValue = bool | int | float | str | datetime | Sequence[int] | Sequence[float] | frozenset[int]
type StoredValue = bool | int | float | str | tuple[int, ...] | tuple[float, ...] | frozenset[int]


class Kind(Enum):
    """The firmware's metric types, as far as their text differs."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    TEXT = "text"
    FLOATS = "floats"
    INTS = "ints"
    BITS = "bits"
    DEGREES = "degrees"
    UTC = "utc"
    LOCAL = "local"
    TIME = "time"


_INITIAL: dict[Kind, StoredValue] = {
    Kind.BOOL: False,
    Kind.INT: 0,
    Kind.FLOAT: 0.0,
    Kind.TEXT: "",
    Kind.FLOATS: (),
    Kind.INTS: (),
    Kind.BITS: frozenset(),
    Kind.DEGREES: 0.0,
    Kind.UTC: 0,
    Kind.LOCAL: 0,
    Kind.TIME: 0,
}
_DAY = 86400


def initial(kind: Kind) -> StoredValue:
    """Return the value a metric has before it is set."""
    return _INITIAL[kind]


def stored(kind: Kind, value: MetricValue) -> StoredValue:
    """Convert a value to what the module keeps: dates as seconds, floats in single precision.

    Raises:
        TypeError: the value does not fit the metric's type.
    """
    match kind, value:
        case Kind.BOOL, bool():
            return value
        case ((Kind.FLOAT | Kind.DEGREES), (int() | float())):
            return single_precision(value)
        case ((Kind.UTC | Kind.LOCAL), datetime()):
            return int(value.timestamp())
        case ((Kind.INT | Kind.UTC | Kind.LOCAL | Kind.TIME), int()):
            return int(value)
        case Kind.TEXT, str():
            return value
        case Kind.BITS, frozenset():
            return value
        case Kind.FLOATS, list() | tuple():
            return tuple(single_precision(element) for element in value)
        case Kind.INTS, list() | tuple():
            return tuple(int(element) for element in value)
        case _:
            raise TypeError(f"{value!r} is not a value of type {kind.value}")


def read(kind: Kind, text: str) -> MetricValue:
    """Read a value as `metrics set` and the data files write it."""
    match kind:
        case Kind.BOOL:
            return text in {"yes", "1", "true"}
        case Kind.INT | Kind.UTC | Kind.LOCAL | Kind.TIME:
            return int(text)
        case Kind.FLOAT | Kind.DEGREES:
            return float(text)
        case Kind.TEXT:
            return text
        case Kind.BITS:
            return frozenset(int(bit) for bit in _elements(text))
        case Kind.INTS:
            return [int(element) for element in _elements(text)]
        case Kind.FLOATS:
            return [float(element) for element in _elements(text)]


def encode(kind: Kind, value: StoredValue, generation: Generation, zone: tzinfo) -> str:
    """Write a value as this generation of the firmware does; `zone` is the module's time zone."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return ",".join(str(bit) for bit in sorted(value))
        case tuple():
            return ",".join(_number(element) for element in value)
        case float() if kind is Kind.DEGREES and generation.fixed_degrees:
            return f"{value:.6f}"
        case int() if generation.dates_as_text and kind in {Kind.UTC, Kind.LOCAL, Kind.TIME}:
            return _date(kind, value, zone)
        case _:
            return _number(value)


def _number(value: float) -> str:
    """A C++ output stream's default: six significant digits, an exponent from a million on."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def _date(kind: Kind, value: int, zone: tzinfo) -> str:
    if kind is Kind.TIME:
        minutes, seconds = divmod(value % _DAY, 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    moment = datetime.fromtimestamp(value, UTC if kind is Kind.UTC else zone)
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")


def single_precision(value: float) -> float:
    """The module computes in single precision, which shows in the decimals of a position."""
    narrowed: float = struct.unpack("f", struct.pack("f", value))[0]
    return narrowed


def _elements(text: str) -> list[str]:
    return [element for element in text.split(",") if element]
