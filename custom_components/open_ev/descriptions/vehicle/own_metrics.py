"""Rows for the metrics that only some types of vehicle have, made from what the catalogue says of them.

The user chose each of these by its name, so they are enabled, and the name is all there is to call them by.
"""

from collections.abc import Iterator
from dataclasses import replace

from ...clients.ovms.metrics import STANDARD_METRICS, Metric
from ...clients.ovms.values import Kind
from ...clients.ovms.vehicle import Vehicle
from .. import BinarySensorRow, SensorRow
from ..measure import Measure
from .metric_rows import (
    all_of,
    bits,
    flag,
    listed,
    mean,
    measure_of,
    moment,
    numbers,
    one_of,
    quantity,
    text,
    time_of_day,
)

TRANSLATION_KEY = "vehicle_metric"

_UNKNOWN_QUANTITY = Measure(None, None)

# As with the standard metrics, whose car it is is no state, and where it is only if the user shows it.
SECRET_METRICS = frozenset({"xse.mybms.batt.vin", "xsq.v.bat.serial"})
PLACE_METRICS = frozenset({"xks.e.pos.street"})


def own_sensors(vehicle: Vehicle, *, expose_location: bool) -> tuple[SensorRow[Vehicle], ...]:
    """The sensors of the metrics that this vehicle has beyond the standard ones."""
    hidden = SECRET_METRICS if expose_location else SECRET_METRICS | PLACE_METRICS
    return tuple(
        replace(
            sensor_of(metric),
            translation_key=TRANSLATION_KEY,
            translation_placeholders={"metric": metric.name},
            entity_registry_enabled_default=True,
        )
        for metric in _own_metrics(vehicle)
        if metric.kind is not Kind.BOOL and metric.name not in hidden
    )


def own_binary_sensors(vehicle: Vehicle) -> tuple[BinarySensorRow[Vehicle], ...]:
    """The binary sensors of the metrics that this vehicle has beyond the standard ones."""
    return tuple(
        replace(
            flag(metric.name, metric.name, enabled=True),
            translation_key=TRANSLATION_KEY,
            translation_placeholders={"metric": metric.name},
        )
        for metric in _own_metrics(vehicle)
        if metric.kind is Kind.BOOL
    )


def _own_metrics(vehicle: Vehicle) -> Iterator[Metric]:
    return (metric for name, metric in vehicle.metrics.items() if name not in STANDARD_METRICS)


def sensor_of(metric: Metric) -> SensorRow[Vehicle]:
    """A sensor that fits the kind of a metric and its unit."""
    name = metric.name
    match metric.kind:
        case Kind.FLOATS | Kind.INTS if metric.unit is None:
            return _list(name)
        case Kind.FLOATS | Kind.INTS:
            return quantity(
                name,
                name,
                measure=measure_of(metric),
                value_fn=one_of(name, mean),
                attributes_fn=all_of(name),
            )
        case Kind.FLOAT if metric.unit is None:
            return quantity(name, name, measure=_UNKNOWN_QUANTITY)
        case Kind.BITS:
            return bits(name, name)
        case Kind.UTC | Kind.LOCAL:
            return moment(name, name)
        case Kind.TIME_OF_DAY:
            return time_of_day(name, name)
        case Kind.TEXT:
            return text(name, name)
    return quantity(name, name, measure=measure_of(metric))


def _list(name: str) -> SensorRow[Vehicle]:
    """A list of nobody knows what has no mean; it is shown as it is, as far as a state can hold it."""
    return SensorRow(
        key=name,
        listens=(name,),
        value_fn=lambda vehicle: listed(", ", numbers(vehicle, name)) or None,
        attributes_fn=all_of(name),
    )
