"""What a server's message of many fields says that it did not say before.

A module sends all fields of a message whenever one of them changed, and every minute. Only what is new is handed on, so
the cost of a message grows with what changed.
"""

from collections.abc import Iterable
from typing import Final

from .server_table import KNOWN_TYPES, ROWS, Row, Units, Zero, reader
from .values import Kind
from .vehicle import Receiver, Vehicle

# What stands for bytes that are no UTF-8.
_UNREADABLE: Final = "\ufffd"
_BITS: Final = frozenset(map(str, range(0x100)))


class Field:
    """One field of one vehicle."""

    __slots__ = ("_metric", "_proved", "_read", "_receive", "_row", "_vehicle", "index")

    def __init__(self, row: Row, vehicle: Vehicle, receive: Receiver, units: Units) -> None:
        """Take the row, and where its metric goes."""
        self.index = row.index
        self._row = row
        self._vehicle = vehicle
        self._receive = receive
        self._read = reader(row, units)
        self._metric = vehicle.metrics[row.metric]
        self._proved = False

    @property
    def mask(self) -> int:
        """The bit that this is, 0 if it is a whole field."""
        return self._row.bit or 0

    def forget(self) -> None:
        """Take the metric for unset again, because the module may have started anew."""
        self._proved = False

    def take(self, text: str, texts: list[str], *, stored: bool) -> bool:
        """Take the field's text, with those of the whole message; return whether the same one is wanted again."""
        if _UNREADABLE in text:
            self._vehicle.unreadable += 1
            return False
        if not text and not (self._proved and self._metric.kind is Kind.TEXT):
            return False
        if text and not self._is_unset(text):
            self._proved = True
        elif text and not self._believes(text, texts):
            return False
        told = self._read(text)
        if told is None or not (told or self._proved):
            return False
        self._receive(told, stored)
        # A zero that is in doubt wants to be confirmed.
        return (
            self._metric.zero_is_doubtful
            and not stored
            and self._is_unset(text)
            and self._vehicle.value(self._metric.name) != 0
        )

    def _is_unset(self, text: str) -> bool:
        return not text.strip("-0.") if self._row.unset == "0" else text == self._row.unset

    def _believes(self, text: str, texts: list[str]) -> bool:
        match self._row.zero:
            case Zero.VALUE:
                return self._proved or self._is_written()
            case Zero.AFTER:
                return self._proved
            case Zero.DECIMALS:
                return "." in text
            case Zero.WITH:
                return self._companion_speaks(texts) and (self._proved or self._is_written())
        return False

    def _companion_speaks(self, texts: list[str]) -> bool:
        place = self._row.companion or 0
        return place < len(texts) and texts[place] not in {"", "0", "-1"}

    def _is_written(self) -> bool:
        if self._row.for_all:
            return True
        code = self._vehicle.type.code
        return code in self._row.written_by or code not in KNOWN_TYPES


class Bits:
    """A field whose bits are fields. Only those of the table count: the firmware leaves the others as they happen to be."""

    __slots__ = ("_fields", "_known", "_last", "_vehicle")

    def __init__(self, fields: list[Field], vehicle: Vehicle) -> None:
        """Take the bits."""
        self._fields = fields
        self._vehicle = vehicle
        self._known = 0
        for field in fields:
            self._known |= field.mask
        self._last: int | None = None

    def take(self, text: str, texts: list[str], *, stored: bool) -> bool:
        """Take the field's text, and hand on the bits that changed; all of them, if it is the same text once more."""
        if text not in _BITS:
            self._vehicle.unreadable += bool(text)
            return False
        number = int(text)
        changed = self._known if self._last in {None, number} else number ^ (self._last or 0)
        self._last = number
        for field in self._fields:
            if field.mask & changed:
                field.take("1" if field.mask & number else "0", texts, stored=stored)
        return False

    def forget(self) -> None:
        """Take the metrics for unset again."""
        for field in self._fields:
            field.forget()


class Fields:
    """The fields of all messages of one kind, and what the last one said."""

    def __init__(self, code: str, vehicle: Vehicle, units: Units) -> None:
        """Make the fields of the messages with this code."""
        rows = [row for row in ROWS if row.code == code]
        self._places: dict[int, Field | Bits] = {}
        self._dependents: dict[int, set[int]] = {}
        bits: dict[int, list[Field]] = {}
        for row in rows:
            field = Field(row, vehicle, vehicle.receiver(row.metric), units)
            if row.bit is None:
                self._places[row.index] = field
            else:
                bits.setdefault(row.index, []).append(field)
            if row.companion is not None:
                self._dependents.setdefault(row.companion, set()).add(row.index)
        self._places |= {index: Bits(fields, vehicle) for index, fields in bits.items()}
        self.count = max(self._places) + 1
        self._texts: list[str] = []
        self._stored = True
        self._again: set[int] = set()

    @property
    def in_doubt(self) -> bool:
        """Whether the same message once more would confirm something."""
        return bool(self._again)

    def begin(self) -> None:
        """A connection begins: what it tells first was stored, and the module may have started anew meanwhile."""
        self._stored = True
        self.forget()

    def forget(self) -> None:
        """The module may have started anew, so what is unset now may have been known before."""
        for field in self._places.values():
            field.forget()

    def take(self, texts: list[str], *, stored: bool) -> None:
        """Take the fields of a message; those beyond the known ones are left out, missing ones are not told."""
        del texts[self.count :]
        before, self._texts = self._texts, texts
        if self._stored and not stored:
            # Whatever was stored before, this is what the module says now.
            self._stored = False
            self._hand_on(range(len(texts)))
            return
        self._stored = stored
        changed = [index for index, (text, old) in enumerate(zip(texts, before, strict=False)) if text != old]
        changed.extend(range(len(before), len(texts)))
        if changed or self._again:
            self._hand_on(self._with_dependents(changed))

    def again(self) -> None:
        """Take the last message once more, because its fields have another meaning now."""
        self._hand_on(range(len(self._texts)))

    def _with_dependents(self, changed: list[int]) -> Iterable[int]:
        also = self._again.union(*(also for index, also in self._dependents.items() if index in changed))
        return also.union(changed) if also else changed

    def _hand_on(self, indexes: Iterable[int]) -> None:
        texts, stored = self._texts, self._stored
        for index in indexes:
            place = self._places.get(index)
            if place is None or index >= len(texts):
                continue
            if place.take(texts[index], texts, stored=stored):
                self._again.add(index)
            else:
                self._again.discard(index)
