"""What the module knows of its car, and what of that survives a restart."""

from collections.abc import Mapping

from .encoding import Kind, MetricValue, StoredValue
from .firmware import Generation
from .metrics import Definition, Metrics, seeds, standard_definitions

_OF_THE_MODULE = ("m.", "s.", "v.type")


class Memory:
    """The metrics of one module, seeded with a parked car."""

    def __init__(
        self, vehicle_type: str, generation: Generation, start: float, different: Mapping[str, MetricValue]
    ) -> None:
        """Begin with the values of the type, and those that are to differ; `start` is the Unix time at second 0."""
        self._unread: dict[str, StoredValue] = {}
        found = seeds(vehicle_type, generation)
        standard = {
            name: definition
            for name, definition in standard_definitions().items()
            if definition.since <= generation.number
        }
        self.metrics = Metrics(standard | {seed.definition.name: seed.definition for seed in found})
        self._made_with_value = {
            seed.definition.name for seed in found if seed.value is not None and seed.definition.name not in standard
        }
        for seed in found:
            if seed.value is not None:
                self.metrics.set(seed.definition.name, _absolute(seed.definition, seed.value, start))
        for name, value in different.items():
            self.set(name, value)

    def set(self, name: str, value: MetricValue) -> None:
        """Set a metric; one that the module does not have yet is added, of the type that the value has.

        Raises:
            TypeError: the value does not fit the metric's type.
        """
        if name not in self.metrics:
            self.metrics.register(Definition(name=name, kind=_kind_of(value), unit=""))
        self.metrics.set(name, value)

    def forget(self, *, keep_persistent: bool) -> None:
        """Lose what is only in memory; remember what the car could tell again.

        The vehicle's own metrics are made with 0 or no when the module starts, and are defined from then on.
        """
        for metric in self.metrics:
            name, persistent = metric.definition.name, metric.definition.persistent
            if name.startswith(_OF_THE_MODULE):
                continue
            if metric.defined:
                self._unread.setdefault(name, metric.value)
            if keep_persistent and persistent:
                continue
            metric.clear()
            metric.modified = False
            if name in self._made_with_value:
                metric.set(metric.value)

    def read_car(self) -> None:
        """Learn from the car what a restart has forgotten."""
        unread, self._unread = self._unread, {}
        for name, value in unread.items():
            if not self.metrics[name].defined or name in self._made_with_value:
                self.metrics.set(name, value)


def _absolute(definition: Definition, value: MetricValue, start: float) -> MetricValue:
    """Make a date of the data files, which is relative to the start, a real one."""
    if definition.kind in {Kind.UTC, Kind.LOCAL} and isinstance(value, int):
        return int(start) + value
    return value


def _kind_of(value: MetricValue) -> Kind:
    match value:
        case bool():
            return Kind.BOOL
        case int():
            return Kind.INT
        case float():
            return Kind.FLOAT
        case _:
            return Kind.TEXT
