"""Sensors."""

from collections.abc import Mapping
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, Runtime
from .descriptions import CountRow, Device, SensorRow
from .entity import OpenEvEntity

PARALLEL_UPDATES = 0

# An enumeration that firmware goes on extending shows what it says; one that somebody else's topic feeds must not grow
# without end.
MAX_UNLISTED_OPTIONS = 20
MAX_OPTION_LENGTH = 40


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [_sensor(runtime, row) for row in runtime.rows.sensors]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


def _sensor[DeviceT: Device](runtime: Runtime[DeviceT], row: SensorRow[DeviceT]) -> OpenEvSensor[DeviceT]:
    if isinstance(row, CountRow):
        return OpenEvCount(runtime, row)
    return (OpenEvEnumSensor if row.device_class is SensorDeviceClass.ENUM else OpenEvSensor)(runtime, row)


class OpenEvSensor[DeviceT: Device](OpenEvEntity[DeviceT], SensorEntity):
    """A sensor made from one row."""

    entity_description: SensorRow[DeviceT]
    # Lists of hundreds of cells, which would fill the database and be cut there.
    _unrecorded_attributes = frozenset({"values"})

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """What the device reported."""
        return self.entity_description.value_fn(self.device)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """What belongs to the value, if the row has anything."""
        attributes_fn = self.entity_description.attributes_fn
        return None if attributes_fn is None else attributes_fn(self.device)


class OpenEvCount[DeviceT: Device](OpenEvSensor[DeviceT]):
    """A sensor that begins anew now and then, as a session does."""

    entity_description: CountRow[DeviceT]

    @property
    @override
    def last_reset(self) -> datetime | None:
        """When it began."""
        return self.entity_description.since_fn(self.device)

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """What it counts in."""
        row = self.entity_description
        return row.native_unit_of_measurement if row.unit_fn is None else row.unit_fn(self.device)


class OpenEvEnumSensor[DeviceT: Device](OpenEvSensor[DeviceT]):
    """A sensor of one option of several; what is no option, and cannot become one, is no value."""

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """What the device reported."""
        value = super().native_value
        return value if value in (self.options or ()) else None

    @override
    async def async_added_to_hass(self) -> None:
        """Know the options before the first state is written."""
        self._learn_option()
        await super().async_added_to_hass()

    @callback
    @override
    def _changed(self) -> None:
        self._learn_option()
        super()._changed()

    def _learn_option(self) -> None:
        """Make an option of what the device says, where the row leaves its options open."""
        if not self.entity_description.open_options:
            return
        value = super().native_value
        options = self.options or []
        if not isinstance(value, str) or value in options:
            return
        learned = len(options) - len(self.entity_description.options or ())
        if learned < MAX_UNLISTED_OPTIONS and len(value) <= MAX_OPTION_LENGTH and value.isprintable():
            self._attr_options = [*options, value]
