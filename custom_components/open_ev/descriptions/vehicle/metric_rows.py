"""Rows that show one metric each: what the catalogue says of a metric decides how it is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import time
import re
from types import MappingProxyType
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    DEGREE,
    PERCENTAGE,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfEnergyDistance,
    UnitOfLength,
    UnitOfPower,
    UnitOfPressure,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
)

from ...clients.ovms.metrics import STANDARD_METRICS, Metric, Unit
from ...clients.ovms.values import MAX_TEXT, Kind
from ...clients.ovms.vehicle import Vehicle
from .. import SensorRow
from ..measure import CODE, Measure
from ..readings import ReadingRows

type Numbers = tuple[float, ...]

_ROWS: Final = ReadingRows[Vehicle]()
flag: Final = _ROWS.flag
text: Final = _ROWS.text
moment: Final = _ROWS.moment
moment_of: Final = _ROWS.moment_of

# Energy has no state class here: of a number of kilowatt-hours alone nobody can say whether it counts up or is stored.
MEASURES: Final[Mapping[Unit, Measure]] = MappingProxyType(
    {
        Unit.PERCENT: Measure(None, PERCENTAGE, 0),
        Unit.CELSIUS: Measure(SensorDeviceClass.TEMPERATURE, UnitOfTemperature.CELSIUS, 1),
        Unit.CELSIUS_DIFFERENCE: Measure(SensorDeviceClass.TEMPERATURE_DELTA, UnitOfTemperature.CELSIUS, 1),
        Unit.VOLT: Measure(SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 1),
        Unit.AMPERE: Measure(SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
        Unit.AMPERE_HOUR: Measure(None, "Ah", 1),
        Unit.WATT: Measure(SensorDeviceClass.POWER, UnitOfPower.WATT, 0),
        Unit.KILOWATT: Measure(SensorDeviceClass.POWER, UnitOfPower.KILO_WATT, 1),
        Unit.WATT_HOUR: Measure(SensorDeviceClass.ENERGY, UnitOfEnergy.WATT_HOUR, 0, None),
        Unit.KILOWATT_HOUR: Measure(SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR, 1, None),
        Unit.WATT_HOUR_PER_KILOMETER: Measure(
            SensorDeviceClass.ENERGY_DISTANCE, UnitOfEnergyDistance.WATT_HOUR_PER_KM, 0
        ),
        Unit.KILOWATT_HOUR_PER_100_KILOMETERS: Measure(
            SensorDeviceClass.ENERGY_DISTANCE, UnitOfEnergyDistance.KILO_WATT_HOUR_PER_100_KM, 1
        ),
        Unit.METER: Measure(SensorDeviceClass.DISTANCE, UnitOfLength.METERS, 0),
        Unit.KILOMETER: Measure(SensorDeviceClass.DISTANCE, UnitOfLength.KILOMETERS, 0),
        Unit.KILOMETER_PER_HOUR: Measure(SensorDeviceClass.SPEED, UnitOfSpeed.KILOMETERS_PER_HOUR, 0),
        Unit.KILOMETER_PER_HOUR_PER_SECOND: Measure(None, "km/h/s", 1),
        Unit.METER_PER_SECOND_SQUARED: Measure(None, "m/s²", 1),
        Unit.DEGREE: Measure(None, DEGREE, 0, SensorStateClass.MEASUREMENT_ANGLE),
        Unit.SECOND: Measure(SensorDeviceClass.DURATION, UnitOfTime.SECONDS, 0),
        Unit.MINUTE: Measure(SensorDeviceClass.DURATION, UnitOfTime.MINUTES, 0),
        Unit.HOUR: Measure(SensorDeviceClass.DURATION, UnitOfTime.HOURS, 1),
        Unit.DAY: Measure(SensorDeviceClass.DURATION, UnitOfTime.DAYS, 1),
        Unit.KILOPASCAL: Measure(SensorDeviceClass.PRESSURE, UnitOfPressure.KPA, 0),
        Unit.BAR: Measure(SensorDeviceClass.PRESSURE, UnitOfPressure.BAR, 1),
        Unit.NEWTON_METER: Measure(None, "Nm", 0),
        Unit.DECIBEL_MILLIWATT: Measure(SensorDeviceClass.SIGNAL_STRENGTH, SIGNAL_STRENGTH_DECIBELS_MILLIWATT, 0),
    }
)


def measure_of(metric: Metric) -> Measure:
    """What the numbers of a metric measure; an integer has no decimals to show."""
    if metric.unit is None:
        return CODE
    measure = MEASURES[metric.unit]
    return replace(measure, decimals=0) if metric.kind is Kind.INT else measure


def numbers(vehicle: Vehicle, metric: str) -> Numbers:
    """The elements of a list; none if it was not read."""
    value = vehicle.value(metric)
    return value if isinstance(value, tuple) else ()


def number_of(metric: str) -> Callable[[Vehicle], float | None]:
    """Show a number as it is."""
    return lambda vehicle: vehicle.number(metric)


def per_distance(metric: str) -> Callable[[Vehicle], float | None]:
    """Show a consumption per distance.

    Standing still, modules publish 0. Nothing was consumed on no way then, which is no value, and 0 has none in the
    units that Home Assistant offers the other way around, distance per energy.
    """
    return lambda vehicle: vehicle.number(metric) or None


def not_negative(metric: str) -> Callable[[Vehicle], float | None]:
    """Show a time that remains; the firmware publishes -1 where there is none to tell."""

    def value(vehicle: Vehicle) -> float | None:
        number = vehicle.number(metric)
        return None if number is None or number < 0 else number

    return value


def mean(values: Numbers) -> float | None:
    """The mean. Dividing first keeps a sum of numbers that are all nonsense finite."""
    return sum(value / len(values) for value in values) if values else None


def highest(values: Numbers) -> float | None:
    """The highest value."""
    return max(values, default=None)


def lowest(values: Numbers) -> float | None:
    """The lowest value."""
    return min(values, default=None)


def furthest(values: Numbers) -> float | None:
    """The value that is furthest from zero, with its sign."""
    return max(values, key=abs, default=None)


def one_of(metric: str, choose: Callable[[Numbers], float | None]) -> Callable[[Vehicle], float | None]:
    """Show one number of a list, or of what can be said about it."""
    return lambda vehicle: choose(numbers(vehicle, metric))


def all_of(metric: str) -> Callable[[Vehicle], Mapping[str, object]]:
    """Show each number of a list."""
    return lambda vehicle: {"values": numbers(vehicle, metric)}


def quantity(
    key: str,
    metric: str,
    *,
    measure: Measure | None = None,
    decimals: int | None = None,
    counts_up: bool = False,
    shown_in: str | None = None,
    enabled: bool = False,
    diagnostic: bool = False,
    value_fn: Callable[[Vehicle], float | None] | None = None,
    attributes_fn: Callable[[Vehicle], Mapping[str, object]] | None = None,
) -> SensorRow[Vehicle]:
    """A sensor of a number, in the unit that the firmware publishes it in.

    Args:
        key: The entity.
        metric: What it shows.
        measure: What it measures, where that is not what the unit of the standard metric says.
        decimals: How many to show, where not as many as is usual for the measure.
        counts_up: Whether it only grows, but for being set back to zero.
        shown_in: The unit to show it in at first.
        enabled: Whether it is among the entities that a new vehicle starts with.
        diagnostic: Whether it is about the module, the network or single cells, and not about using the car.
        value_fn: Where its value comes from, if it is not simply the metric's.
        attributes_fn: What goes with the value.
    """
    measure = measure or measure_of(STANDARD_METRICS[metric])
    if measure.device_class is SensorDeviceClass.ENERGY_DISTANCE:
        value_fn = value_fn or per_distance(metric)
    return SensorRow(
        key=key,
        listens=(metric,),
        device_class=measure.device_class,
        state_class=SensorStateClass.TOTAL_INCREASING if counts_up else measure.state_class,
        native_unit_of_measurement=measure.unit,
        suggested_unit_of_measurement=shown_in,
        suggested_display_precision=measure.decimals if decimals is None else decimals,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        value_fn=value_fn or number_of(metric),
        attributes_fn=attributes_fn,
    )


def cells(
    key: str, metric: str, choose: Callable[[Numbers], float | None], *, decimals: int | None = None
) -> SensorRow[Vehicle]:
    """A sensor of what is true of all cells of a pack; each cell's own value is in the attribute `values`.

    A pack has up to a few hundred cells. As an entity each they would bury the car, and a list is no state.
    """
    return quantity(
        key,
        metric,
        decimals=decimals,
        diagnostic=True,
        value_fn=one_of(metric, choose),
        attributes_fn=all_of(metric),
    )


LEVELS: Final = ("normal", "warning", "alert")


def level(choose: Callable[[Vehicle], float | None]) -> Callable[[Vehicle], str | None]:
    """Show a level of alert: 0 is normal, 1 a warning, 2 an alert; the firmware has no other."""

    def value(vehicle: Vehicle) -> str | None:
        number = choose(vehicle)
        return LEVELS[int(number)] if number in {0, 1, 2} else None

    return value


def levels(key: str, metric: str) -> SensorRow[Vehicle]:
    """A sensor of the worst level of alert of all cells."""
    return SensorRow(
        key=key,
        listens=(metric,),
        device_class=SensorDeviceClass.ENUM,
        options=list(LEVELS),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=level(one_of(metric, highest)),
        attributes_fn=all_of(metric),
    )


def _slug(text: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()


def choice(
    key: str,
    metric: str,
    *,
    empty: str | None = None,
    enabled: bool = False,
    enabled_fn: Callable[[Vehicle], bool] | None = None,
    diagnostic: bool = False,
) -> SensorRow[Vehicle]:
    """A sensor of one text of a set.

    Some vehicle modules spell a text of the set with other capitals (`CHAdeMO`); it is the same one. The text
    `Unknown` is no state of its own: it is what Home Assistant says of a sensor without a value. `empty` is what an
    empty text means, if it means anything.
    """
    known = STANDARD_METRICS[metric]
    slugs = {text.lower(): _slug(text) for text in known.values if text != "Unknown"}

    def value(vehicle: Vehicle) -> str | None:
        text = vehicle.value(metric)
        if not isinstance(text, str) or text == "Unknown":
            return None
        return slugs.get(text.lower(), text) if text else empty

    return SensorRow(
        key=key,
        listens=(metric,),
        device_class=SensorDeviceClass.ENUM,
        options=[*slugs.values(), *([] if empty is None else [empty])],
        open_options=known.open,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        enabled_fn=enabled_fn,
        value_fn=value,
    )


def listed(separator: str, values: Iterable[object]) -> str | None:
    """Write a list as a text; none if it is longer than a state may be."""
    written = separator.join(str(value) for value in values)
    return written if len(written) <= MAX_TEXT else None


def bits(key: str, metric: str) -> SensorRow[Vehicle]:
    """A sensor of the numbers of the bits that are set; a dash if none is."""

    def value(vehicle: Vehicle) -> str | None:
        return None if vehicle.value(metric) is None else listed(", ", numbers(vehicle, metric) or ("-",))

    return SensorRow(
        key=key,
        listens=(metric,),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=value,
    )


def time_of_day(key: str, metric: str) -> SensorRow[Vehicle]:
    """A sensor of a time of day as the module has it, in UTC.

    It has no date, so it is no moment; and what it is on the clock on the wall changes with the season while the metric
    does not, so it is not converted either.
    """

    def value(vehicle: Vehicle) -> str | None:
        clock = vehicle.value(metric)
        return clock.strftime("%H:%M") if isinstance(clock, time) else None

    return SensorRow(key=key, listens=(metric,), entity_registry_enabled_default=False, value_fn=value)
