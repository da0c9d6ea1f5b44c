"""The fields of a server's messages, and what each of them says of a metric.

``server_fields.csv`` has a row for each field, and for each bit of the fields that are made of bits (firmware 3.3.006,
server v2). ``reads`` is how its text becomes the text that the module would publish over MQTT, so that a metric is the
same whatever way it came; ``unset`` is what the module sends while it knows nothing.

For that is the protocol's trap: a metric that was never read is sent as 0. ``server_metrics.csv`` tells for each metric
when such a text is believed nevertheless (``zero``, and the reason for it), and which types of vehicle have a module
that writes the metric at all (``written_by``; ``module`` if the firmware does it for all of them). What a type's module
never writes is not known, whatever stands in the field.

A module that started anew beside a car that sleeps knows nothing of it, and would say that it is unlocked. ``measured``
is what only comes of the car itself, and so shows that the module has read it. ``kept`` is what a module remembers over
a restart, as long as it has power (firmware 3.3.006): all of it or nothing.
"""

from collections.abc import Callable, Iterator, Mapping
import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import re
from types import MappingProxyType
from typing import Final

KILOMETERS_PER_MILE: Final = 1.609347
"""The firmware's own factor."""

_DECIMAL: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{1,8}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,12}")
_FLAGS: Final = {"0": "no", "1": "yes"}
# The protocol's numbers for what a charge waits for; the module has no number for any other.
_SUBSTATES: Final = {
    "0": "",
    "1": "scheduledstop",
    "2": "scheduledstart",
    "3": "onrequest",
    "5": "timerwait",
    "7": "powerwait",
    "13": "stopped",
    "14": "interrupted",
}
# A moment passes through a float of 32 bits on its way, which has seven digits.
_MOMENT_STEP: Final = 128
_FOR_ALL: Final = "module"


class Zero(StrEnum):
    """When the text of an unset metric is believed."""

    NEVER = "never"
    VALUE = "value"
    """If the vehicle's module writes the metric and has read the car, or it was something else before."""
    AFTER = "after"
    """If it was something else before."""
    DECIMALS = "decimals"
    """If it has decimals: those are printed for a known one only."""
    WITH = "with"
    """If another field of the message is set, and the vehicle's module writes the metric."""
    BESIDE = "beside"
    """As with another field, or if it was something else before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field, or one bit of a field."""

    code: str
    index: int
    metric: str
    reads: str
    unset: str
    zero: Zero
    companion: int | None
    companion_unset: frozenset[str]
    measured: bool
    kept: bool
    written_by: frozenset[str]
    bit: int | None

    @property
    def for_all(self) -> bool:
        """Whether the firmware writes the metric for every vehicle."""
        return _FOR_ALL in self.written_by

    @property
    def in_units(self) -> bool:
        """Whether it is a number in the units that the module's owner chose."""
        return self.reads in {"distance", "tenths_of_distance"}


class Units:
    """What the module's owner chose for distances and speeds; not known before the first message that says it."""

    def __init__(self) -> None:
        """Know nothing."""
        self.label = ""

    def take(self, label: str) -> bool:
        """Take K or M; return whether that is news."""
        if label not in {"K", "M"} or label == self.label:
            return False
        self.label = label
        return True

    def kilometers(self, text: str, *, divisor: int = 1) -> str | None:
        """Turn a distance, or a speed, into kilometers; None while the units are not known."""
        if not self.label:
            return None
        if self.label == "K" and divisor == 1:
            return text
        if not _DECIMAL.fullmatch(text):
            return text
        number = float(text) / divisor
        return str(number if self.label == "K" else round(number * KILOMETERS_PER_MILE, 1))


type Read = Callable[[str], str | None]


def _as_it_is(text: str) -> str:
    return text


def _flag(text: str) -> str:
    return _FLAGS.get(text, text)


def _tenths(text: str) -> str:
    return str(int(text) / 10) if _WHOLE.fullmatch(text) else text


def _with_commas(text: str) -> str:
    """Undo what the protocol does to commas, in texts that have no semicolons of their own."""
    return text.replace(";", ",")


def _hexadecimal(text: str) -> str:
    if not _HEXADECIMAL.fullmatch(text):
        return "?"
    number = int(text, 16)
    return str(number - (1 << 32) if number >> 31 else number)


def _signal(text: str) -> str:
    """Turn the mobile network's scale for a signal into dBm."""
    return str(2 * int(text) - 113) if _WHOLE.fullmatch(text) else text


def _speed(text: str) -> str:
    """Round a speed as the other message that carries it does, so that it does not change with each of them."""
    return str(round(float(text), 1)) if _DECIMAL.fullmatch(text) else text


def _substate(text: str) -> str | None:
    return _SUBSTATES.get(text)


class _Moment:
    """Reads a date, and does not let it flutter between two neighbours that it cannot tell apart."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, text: str) -> str:
        if not _WHOLE.fullmatch(text):
            return text
        seconds = int(text)
        if abs(seconds - self._last) > _MOMENT_STEP:
            self._last = seconds
        return str(self._last)


_READS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        "number": _as_it_is,
        "text": _as_it_is,
        "commas": _with_commas,
        "flag": _flag,
        "tenths": _tenths,
        "hexadecimal": _hexadecimal,
        "signal": _signal,
        "speed": _speed,
        "substate": _substate,
    }
)


def reader(row: Row, units: Units) -> Read:
    """How the text of a field, or 0 or 1 for a bit, becomes what the module publishes over MQTT.

    A text that no module sends is handed on as it is, for the catalogue to refuse. None is that nothing is told.
    """
    match row.reads:
        case "distance":
            return units.kilometers
        case "tenths_of_distance":
            return lambda text: units.kilometers(text, divisor=10)
        case "moment":
            return _Moment()
    return _READS["flag" if row.bit else row.reads]


def _table(name: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _unset_texts(field: Mapping[str, str]) -> frozenset[str]:
    """What a field says while nothing is known. A text that has a word for that was written where it is empty."""
    return frozenset({field["unset"]} if field["reads"] == "text" else {"", "0", "-1"})


def _rows() -> Iterator[Row]:
    metrics = {row["metric"]: row for row in _table("server_metrics.csv")}
    fields = {(field["code"], field["index"]): field for field in _table("server_fields.csv")}
    for field in _table("server_fields.csv"):
        metric = metrics[field["metric"]]
        zero, _, companion = metric["zero"].partition("_")
        kind, _, bit = field["reads"].partition("_")
        yield Row(
            code=field["code"],
            index=int(field["index"]),
            metric=field["metric"],
            reads=field["reads"],
            unset=field["unset"],
            zero=Zero(zero),
            companion=int(companion) if companion else None,
            companion_unset=_unset_texts(fields[field["code"], companion]) if companion else frozenset(),
            measured=metric["measured"] == "yes",
            kept=metric["kept"] == "yes",
            written_by=frozenset(filter(None, metric["written_by"].split("|"))),
            bit=int(bit, 16) if kind == "bit" else None,
        )


ROWS: Final = tuple(_rows())
"""Every field that says something of a metric, but for those of the tyres."""

KNOWN_TYPES: Final = frozenset[str]().union(*(row.written_by for row in ROWS)) - {_FOR_ALL}
"""The types of vehicle of which it is known what their modules write."""
