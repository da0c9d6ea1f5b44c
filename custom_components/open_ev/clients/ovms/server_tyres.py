"""What a server's messages say of the tyres: `Y` has any number of wheels, the older `W` has four (firmware 3.3.006).

Over MQTT the wheels are in the order front left, front right, rear left, rear right, whatever the message's order.
"""

from collections.abc import Iterator
import re
from typing import Final

from .vehicle import Vehicle

# No vehicle has more, and who says so does not say the truth.
MAX_WHEELS: Final = 32
KILOPASCAL_PER_PSI: Final = 1 / 0.14503773773020923
"""The firmware's own factor."""

_ORDER: Final = ("FL", "FR", "RL", "RR")
# How `W` has them, by pairs of pressure and temperature.
_W_ORDER: Final = ("FR", "RR", "FL", "RL")
METRICS: Final = ("v.t.pressure", "v.t.temp", "v.t.health", "v.t.alert")
_UNDEFINED: Final = "-1"
_DECIMAL: Final = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?")


class Tyres:
    """Hands on what is new of the tyres; `W` counts only as long as no `Y` was heard."""

    def __init__(self, vehicle: Vehicle) -> None:
        """Take the vehicle."""
        self._vehicle = vehicle
        self._told: dict[str, str] = {}
        self._live: set[str] = set()
        self._has_groups = False

    def take_groups(self, payload: str, *, stored: bool) -> None:
        """Take a `Y`: the wheels' names, then for each metric a count, as many values, and whether they are valid."""
        texts = iter(payload.split(",", 8 * MAX_WHEELS))
        if (names := _group(texts)) is None:
            self._vehicle.unreadable += 1
            return
        self._has_groups = True
        for metric in METRICS:
            values = _group(texts)
            if values is None or next(texts, _UNDEFINED) == _UNDEFINED:
                continue
            # A list has no place for a wheel that is not known.
            if values and all(values):
                self._tell(metric, _in_order(names, values), stored=stored)

    def take_pairs(self, payload: str, *, stored: bool) -> None:
        """Take a `W`: pressure in PSI and temperature of each wheel, and whether they are valid."""
        texts = payload.split(",", 9)[:9]
        if self._has_groups or len(texts) < 9 or texts[8] == _UNDEFINED:
            return
        if not all(map(_DECIMAL.fullmatch, texts)):
            self._vehicle.unreadable += 1
            return
        numbers = [float(text) for text in texts[:8]]
        pressures, temperatures = numbers[0::2], numbers[1::2]
        # A list has no place for a wheel that is not known, and that is what a 0 is here.
        if all(pressures):
            in_kilopascals = [str(round(pressure * KILOPASCAL_PER_PSI, 1)) for pressure in pressures]
            self._tell("v.t.pressure", _in_order(_W_ORDER, in_kilopascals), stored=stored)
        # The firmware puts a 1 in place of what is no more than that, for an app that showed nothing otherwise.
        if all(temperature > 1 for temperature in temperatures):
            self._tell("v.t.temp", _in_order(_W_ORDER, texts[1:8:2]), stored=stored)

    def begin(self) -> None:
        """A connection begins: what it tells first was stored."""
        self._live.clear()

    def _tell(self, metric: str, values: list[str], *, stored: bool) -> None:
        text = ",".join(values)
        if self._told.get(metric) == text and (stored or metric in self._live):
            return
        self._told[metric] = text
        if not stored:
            self._live.add(metric)
        self._vehicle.update(metric, text, stored=stored)


def _group(texts: Iterator[str]) -> list[str] | None:
    """Read a count and as many values; None if there are none, or fewer."""
    count = next(texts, "")
    if not count.isdecimal() or len(count) > 2 or int(count) > MAX_WHEELS:
        return None
    values = [text for _, text in zip(range(int(count)), texts, strict=False)]
    return values if len(values) == int(count) else None


def _in_order(names: tuple[str, ...] | list[str], values: list[str]) -> list[str]:
    """Put the values of four wheels in MQTT's order; wheels of other names stay in their own."""
    if sorted(names) != list(_ORDER) or len(values) != len(_ORDER):
        return values
    by_name = dict(zip(names, values, strict=True))
    return [by_name[name] for name in _ORDER]
