"""What a server's message of many fields says that it did not say before.

A module sends all fields of a message whenever one of them changed, and every minute. Only what is new is handed on, so
the cost of a message grows with what changed.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import compress
from operator import methodcaller, ne
from typing import Final, Protocol

from .server_table import KNOWN_TYPES, ROWS, Row, Units, Zero, reader
from .values import Kind
from .vehicle import Vehicle

# What stands for bytes that are no UTF-8.
_UNREADABLE: Final = "\ufffd"
_BITS: Final = frozenset(map(str, range(0x100)))


class Evidence:
    """What shows that the module has read its car since it may have started: before, all that it sends is unset."""

    def __init__(self) -> None:
        """Have none."""
        self._kept = False
        self._read = False
        self._news = False

    def forget(self) -> None:
        """The module may have started anew."""
        self._kept = self._read = self._news = False

    def add(self, row: Row) -> None:
        """Take note of a field that is set."""
        if not row.measured or (self._read if not row.kept else self._kept):
            return
        # What is set and not kept was read after the start, and then all else could be.
        self._kept = True
        self._read = self._read or not row.kept
        self._news = True

    def covers(self, row: Row) -> bool:
        """Whether an unset text of this field can be what the car says."""
        return row.for_all or self._read or (row.kept and self._kept)

    def is_news(self) -> bool:
        """Whether more is covered than at the last call."""
        news, self._news = self._news, False
        return news


class _Place(Protocol):
    """What stands at one place of a message."""

    def prove(self, text: str) -> None:
        """Take note of what is set, without handing it on."""

    def take(self, text: str, texts: list[str], at: datetime | None) -> bool:
        """Take the text, with those of the whole message, heard at a moment or stored; return whether it is wanted again."""

    def forget(self) -> None:
        """Take all metrics for unset again, because the module may have started anew."""


class _Nothing:
    """A place that says nothing of a metric."""

    def prove(self, text: str) -> None:
        pass

    def take(self, text: str, texts: list[str], at: datetime | None) -> bool:
        return False

    def forget(self) -> None:
        pass


def _set_test(row: Row) -> Callable[[str], object]:
    """How to tell whether a text says more than an unset one; for numbers without a step into Python, as most are."""
    if row.unset == "0":
        return methodcaller("strip", "-0.")
    # Where the firmware has a word for an unset text, an empty one was written (firmware 3.3.006, server v2).
    unset = {row.unset} if row.reads == "text" else {"", row.unset}
    return lambda text: text not in unset


class Field:
    """One field of one vehicle."""

    __slots__ = ("_evidence", "_is_set", "_metric", "_proved", "_read", "_receive", "_row", "_vehicle")

    def __init__(self, row: Row, vehicle: Vehicle, units: Units, evidence: Evidence) -> None:
        """Take the row, and the vehicle that its metric is of."""
        self._row = row
        self._is_set = _set_test(row)
        self._vehicle = vehicle
        self._receive = vehicle.dated_receiver(row.metric)
        self._read = reader(row, units)
        self._metric = vehicle.metrics[row.metric]
        self._evidence = evidence
        self._proved = False

    @property
    def mask(self) -> int:
        """The bit that this is, 0 if it is a whole field."""
        return self._row.bit or 0

    def forget(self) -> None:
        """Take the metric for unset again."""
        self._proved = False

    def prove(self, text: str) -> None:
        """Take note of the metric if it is set."""
        if self._is_set(text) or (self._row.zero is Zero.DECIMALS and "." in text):
            self._proved = True
            self._evidence.add(self._row)

    def take(self, text: str, texts: list[str], at: datetime | None) -> bool:
        """Take the field's text; return whether the same one is wanted again, because it cannot be believed or read yet."""
        if not self._is_set(text):
            return self._take_unset(text, texts, at)
        if not self._proved:
            self.prove(text)
        told = self._read(text)
        if told is None:
            return self._row.in_units
        self._receive(told, at)
        return False

    def _take_unset(self, text: str, texts: list[str], at: datetime | None) -> bool:
        self.prove(text)
        if not text:
            if self._proved and self._metric.kind is Kind.TEXT:
                self._receive(text, at)
            return False
        if not self._believes(text, texts):
            return self._waits()
        told = self._read(text)
        if told is None:
            return self._row.in_units
        self._receive(told, at)
        # A zero that is in doubt wants to be confirmed.
        return self._metric.zero_is_doubtful and at is not None and self._vehicle.value(self._metric.name) != 0

    def _believes(self, text: str, texts: list[str]) -> bool:
        match self._row.zero:
            case Zero.VALUE:
                return self._proved or (self._is_written() and self._evidence.covers(self._row))
            case Zero.AFTER:
                return self._proved
            case Zero.DECIMALS:
                return "." in text
            case Zero.WITH:
                return self._companion_speaks(texts) and (self._proved or self._is_written())
            case Zero.BESIDE:
                return self._proved or (self._companion_speaks(texts) and self._is_written())
        return False

    def _waits(self) -> bool:
        """Whether more evidence would help."""
        return self._row.zero is Zero.VALUE and self._is_written() and not self._evidence.covers(self._row)

    def _companion_speaks(self, texts: list[str]) -> bool:
        place = self._row.companion or 0
        return place < len(texts) and texts[place] not in self._row.companion_unset

    def _is_written(self) -> bool:
        if self._row.for_all:
            return True
        code = self._vehicle.type.code
        return code in self._row.written_by or code not in KNOWN_TYPES


class Bits:
    """A field whose bits are fields. Only those of the table count: the firmware leaves the others as they happen to be."""

    __slots__ = ("_fields", "_known", "_last", "_vehicle", "_wanted")

    def __init__(self, fields: list[Field], vehicle: Vehicle) -> None:
        """Take the bits."""
        self._fields = [(field.mask, field) for field in fields]
        self._vehicle = vehicle
        self._known = sum(field.mask for field in fields)
        self._last: int | None = None
        self._wanted = 0

    def forget(self) -> None:
        """Take the metrics for unset again."""
        for _, field in self._fields:
            field.forget()

    def prove(self, text: str) -> None:
        """Take note of the bits that are set."""
        if text in _BITS:
            number = int(text)
            for mask, field in self._fields:
                field.prove("1" if mask & number else "0")

    def take(self, text: str, texts: list[str], at: datetime | None) -> bool:
        """Take the field's text, and hand on the bits that changed; all of them if it is the same text once more.

        Return whether one of them is wanted again.
        """
        if text not in _BITS:
            self._vehicle.unreadable += bool(text)
            return False
        number, last = int(text), self._last
        self._last = number
        due = self._known if last is None or last == number else ((number ^ last) & self._known) | self._wanted
        if due:
            self._wanted = 0
            for mask, field in self._fields:
                if mask & due and field.take("1" if mask & number else "0", texts, at):
                    self._wanted |= mask
        return bool(self._wanted)


class Fields:
    """The fields of all messages of one kind, and what the last one said."""

    def __init__(self, code: str, vehicle: Vehicle, units: Units, evidence: Evidence) -> None:
        """Make the fields of the messages with this code."""
        rows = [row for row in ROWS if row.code == code]
        self._vehicle = vehicle
        self._count = max(row.index for row in rows) + 1
        self._places: list[_Place] = [_Nothing()] * self._count
        self._dependents: dict[int, set[int]] = {}
        bits: dict[int, list[Field]] = {}
        for row in rows:
            field = Field(row, vehicle, units, evidence)
            if row.bit is None:
                self._places[row.index] = field
            else:
                bits.setdefault(row.index, []).append(field)
            if row.companion is not None:
                self._dependents.setdefault(row.companion, set()).add(row.index)
        for index, several in bits.items():
            self._places[index] = Bits(several, vehicle)
        self._indexes = range(self._count)
        self._texts: list[str] = []
        self._at: datetime | None = None
        self._wanted: set[int] = set()
        # Whether the next message has another meaning than the one before: then what it says again is news as well.
        self._anew = True
        self._live = False

    @property
    def wants_again(self) -> bool:
        """Whether the same message once more has something to say."""
        return bool(self._wanted)

    def forget(self) -> None:
        """The module may have started anew, so what is unset now may have been known before."""
        for place in self._places:
            place.forget()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Compare the next message with none, unless it is stored: then what it does not change was heard already."""
        self._anew = True
        self._live = False
        self._wanted.clear()

    def take(self, payload: str, at: datetime | None) -> None:
        """Take the fields of a message; those beyond the known ones are left out, missing ones are not told.

        `at` is when it was heard, None if it was stored.
        """
        texts = payload.split(",", self._count)
        del texts[self._count :]
        before = self._texts
        if _UNREADABLE in payload:
            texts = self._readable(texts)
        self._texts, self._at = texts, at
        if self._anew:
            self._anew = False
            for place, text in zip(self._places, texts, strict=False):
                place.prove(text)
        if at is not None and not self._live:
            # Whatever was stored before, this is what the module says now.
            self._live = True
            self._hand_on(range(len(texts)))
            return
        if len(before) < len(texts):
            before = [*before, *[""] * (len(texts) - len(before))]
        changed = list(compress(self._indexes, map(ne, texts, before, strict=False)))
        if changed or self._wanted:
            self._hand_on(self._with_dependents(changed))

    def again(self) -> None:
        """Take what was wanted again out of the last message, because more is known now."""
        if not self._anew:
            self._hand_on(list(self._wanted))

    def _readable(self, texts: list[str]) -> list[str]:
        """Put in place of what cannot be read what was there before."""
        before = dict(enumerate(self._texts))
        readable = []
        for index, text in enumerate(texts):
            unreadable = _UNREADABLE in text
            self._vehicle.unreadable += unreadable
            readable.append(before.get(index, "") if unreadable else text)
        return readable

    def _with_dependents(self, changed: list[int]) -> Iterable[int]:
        if not self._wanted and self._dependents.keys().isdisjoint(changed):
            return changed
        return self._wanted.union(changed, *(self._dependents[index] for index in changed if index in self._dependents))

    def _hand_on(self, indexes: Iterable[int]) -> None:
        places, texts, at, wanted = self._places, self._texts, self._at, self._wanted
        count = len(texts)
        for index in indexes:
            if index < count and places[index].take(texts[index], texts, at):
                wanted.add(index)
            elif wanted:
                wanted.discard(index)
