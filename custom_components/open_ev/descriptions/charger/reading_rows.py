"""Rows that show one reading of a charger each."""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfInformation,
    UnitOfLength,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from ...clients.openevse.charger import Charger
from .. import SensorRow
from ..measure import Measure
from ..readings import ReadingRows

_ROWS: Final = ReadingRows[Charger]()
flag: Final = _ROWS.flag
text: Final = _ROWS.text
moment: Final = _ROWS.moment
moment_of: Final = _ROWS.moment_of

# The client has one unit for each kind of reading, whatever the firmware writes.
CURRENT: Final = Measure(SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1)
WHOLE_CURRENT: Final = Measure(SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 0)
VOLTAGE: Final = Measure(SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0)
POWER: Final = Measure(SensorDeviceClass.POWER, UnitOfPower.WATT, 0)
# Shown in kW, as a car shows what it takes; sun, grid and house are counted in W.
CHARGE_POWER: Final = Measure(SensorDeviceClass.POWER, UnitOfPower.WATT, 1)
FREQUENCY: Final = Measure(SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, 2)
SESSION_ENERGY: Final = Measure(SensorDeviceClass.ENERGY, UnitOfEnergy.WATT_HOUR, 1, SensorStateClass.TOTAL_INCREASING)
ENERGY: Final = Measure(SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR, 1, SensorStateClass.TOTAL_INCREASING)
SESSION_TIME: Final = Measure(SensorDeviceClass.DURATION, UnitOfTime.SECONDS, 0, SensorStateClass.TOTAL_INCREASING)
DURATION: Final = Measure(SensorDeviceClass.DURATION, UnitOfTime.SECONDS, 0)
# Home Assistant writes hours with decimals as hours and minutes, and minutes as they are; a car's own sensor is like this.
TIME_LEFT: Final = Measure(SensorDeviceClass.DURATION, UnitOfTime.SECONDS, 2)
TEMPERATURE: Final = Measure(SensorDeviceClass.TEMPERATURE, UnitOfTemperature.CELSIUS, 1)
BATTERY_LEVEL: Final = Measure(SensorDeviceClass.BATTERY, PERCENTAGE, 0)
PERCENT: Final = Measure(None, PERCENTAGE, 0)
DISTANCE: Final = Measure(SensorDeviceClass.DISTANCE, UnitOfLength.KILOMETERS, 0)
SIGNAL: Final = Measure(SensorDeviceClass.SIGNAL_STRENGTH, SIGNAL_STRENGTH_DECIBELS_MILLIWATT, 0)
MEMORY: Final = Measure(SensorDeviceClass.DATA_SIZE, UnitOfInformation.BYTES, 0)
# Set back to zero by whoever has looked into the faults.
COUNTER: Final = Measure(None, None, 0, SensorStateClass.TOTAL_INCREASING)


def quantity(
    key: str,
    reading: str,
    measure: Measure,
    *,
    shown_in: str | None = None,
    enabled: bool = False,
    enabled_fn: Callable[[Charger], bool] | None = None,
    diagnostic: bool = False,
) -> SensorRow[Charger]:
    """A sensor of a number.

    Args:
        key: The entity.
        reading: What it shows.
        measure: What it measures.
        shown_in: The unit to show it in at first.
        enabled: Whether it is among the entities that a new charger starts with.
        enabled_fn: The same, where that depends on the charger.
        diagnostic: Whether it is about the charger itself, and not about using it.
    """
    return SensorRow(
        key=key,
        listens=(reading,),
        device_class=measure.device_class,
        state_class=measure.state_class,
        native_unit_of_measurement=measure.unit,
        suggested_unit_of_measurement=shown_in,
        suggested_display_precision=measure.decimals,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        enabled_fn=enabled_fn,
        value_fn=lambda charger: charger.number(reading),
    )


def choice(
    key: str,
    reading: str,
    options: Iterable[str],
    *,
    is_open: bool = False,
    enabled: bool = False,
    diagnostic: bool = False,
    exists_fn: Callable[[Charger], bool] = lambda _: True,
) -> SensorRow[Charger]:
    """A sensor of one slug of a set, which `is_open` if a firmware to come may add to it."""
    return SensorRow(
        key=key,
        listens=(reading,),
        device_class=SensorDeviceClass.ENUM,
        options=list(options),
        open_options=is_open,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        exists_fn=exists_fn,
        value_fn=lambda charger: charger.text(reading),
    )
