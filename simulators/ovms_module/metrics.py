"""The module's metrics: which exist, and the two flags on which the firmware decides what to send."""

from collections.abc import Callable, Iterator, Mapping
import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from .encoding import Kind, MetricValue, StoredValue, initial, read, stored
from .firmware import Generation

_EMPTY_TEXT = "''"
"""How the data files write a text that is defined and empty; a blank one is undefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What is fixed about a metric."""

    name: str
    kind: Kind
    unit: str
    persistent: bool = False
    since: tuple[int, int, int] = (0, 0, 0)
    """The release that introduced it."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A metric of a simulated car and its first value; None is "registered, not set"."""

    definition: Definition
    value: MetricValue | None


class Metric:
    """One metric with its value.

    `defined` is that it was ever set; `modified` that the value differs from what was sent last. A metric that is set
    for the first time to its initial value becomes defined and not modified: only a full transmission shows it.
    """

    __slots__ = ("defined", "definition", "modified", "value")

    def __init__(self, definition: Definition) -> None:
        """Start undefined."""
        self.definition = definition
        self.value: StoredValue = initial(definition.kind)
        self.defined = False
        self.modified = False

    def set(self, value: MetricValue) -> bool:
        """Set the value; return whether it changed."""
        new = stored(self.definition.kind, value)
        self.defined = True
        if new == self.value:
            return False
        self.value = new
        self.modified = True
        return True

    def clear(self) -> None:
        """Make it undefined again."""
        self.value = initial(self.definition.kind)
        self.modified = self.modified or self.defined
        self.defined = False


class Metrics:
    """All metrics of one module."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        """Register the metrics, all undefined."""
        self._metrics = {name: Metric(definition) for name, definition in definitions.items()}
        self._watchers: dict[str, Callable[[], None]] = {}

    def __getitem__(self, name: str) -> Metric:
        """Return a metric, which must exist."""
        return self._metrics[name]

    def __contains__(self, name: str) -> bool:
        """Tell whether the module knows the metric."""
        return name in self._metrics

    def __iter__(self) -> Iterator[Metric]:
        """Go through the metrics in the firmware's order, by name."""
        return iter([self._metrics[name] for name in sorted(self._metrics)])

    def register(self, definition: Definition) -> None:
        """Add a metric at runtime."""
        self._metrics[definition.name] = Metric(definition)

    def boolean(self, name: str) -> bool:
        """Return whether a yes-no metric is defined and yes."""
        return name in self._metrics and self._metrics[name].value is True

    def number(self, name: str, default: float = 0.0) -> float:
        """Return a numeric metric, or the default where it does not exist or is undefined."""
        metric = self._metrics.get(name)
        if metric is None or not metric.defined or not isinstance(metric.value, int | float):
            return default
        return float(metric.value)

    def text(self, name: str) -> str:
        """Return a text metric, empty where it does not exist."""
        metric = self._metrics.get(name)
        return metric.value if metric is not None and isinstance(metric.value, str) else ""

    def integers(self, name: str) -> list[int]:
        """Return a metric's whole numbers, none where it does not exist."""
        value = self._metrics[name].value if name in self._metrics else ()
        return [each for each in value if isinstance(each, int)] if isinstance(value, tuple) else []

    def set(self, name: str, value: MetricValue) -> bool:
        """Set a metric if this module has it; return whether it changed."""
        metric = self._metrics.get(name)
        if metric is None or not metric.set(value):
            return False
        if (watcher := self._watchers.get(name)) is not None:
            watcher()
        return True

    def watch(self, name: str, watcher: Callable[[], None]) -> None:
        """Call when a metric changes."""
        self._watchers[name] = watcher


@cache
def standard_definitions() -> Mapping[str, Definition]:
    """The metrics of the framework, by name."""
    return {
        row["metric"]: Definition(
            name=row["metric"],
            kind=Kind(row["kind"]),
            unit=row["unit"],
            persistent=row["persistent"] == "yes",
            since=_release(row["since"]),
        )
        for row in _rows("standard")
    }


@cache
def car_types() -> tuple[str, ...]:
    """The vehicle types that have data of their own."""
    names = (entry.name for entry in resources.files(__package__).joinpath("cars").iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in names if name != "standard.csv"))


def seeds(vehicle_type: str, generation: Generation) -> list[Seed]:
    """The metrics that a car of this type has on this firmware, with their first values.

    Dates are written as seconds relative to the start of the simulation. A type without data of its own is a
    demonstration car that says it is that type.
    """
    known = vehicle_type if vehicle_type in car_types() else "DEMO"
    found = [_seed(row) for row in _rows(known)]
    return [seed for seed in found if seed.definition.since <= generation.number]


def _seed(row: Mapping[str, str]) -> Seed:
    name, text = row["metric"], row["value"]
    definition = standard_definitions().get(name) or Definition(name=name, kind=Kind(row["kind"]), unit=row["unit"])
    if not text:
        return Seed(definition, None)
    return Seed(definition, read(definition.kind, "" if text == _EMPTY_TEXT else text))


def _rows(name: str) -> list[dict[str, str]]:
    path = resources.files(__package__).joinpath("cars", f"{name}.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _release(tag: str) -> tuple[int, int, int]:
    major, minor, patch = tag.split(".")
    return int(major), int(minor), int(patch)
