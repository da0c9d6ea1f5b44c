"""Sensors."""

from collections.abc import Mapping
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry
from .descriptions import Device, SensorRow
from .entity import OpenEvEntity

PARALLEL_UPDATES = 0

# An enumeration that firmware goes on extending shows what it says; one that somebody else's topic feeds must not grow
# without end.
MAX_UNLISTED_OPTIONS = 20
MAX_OPTION_LENGTH = 40


async def async_setup_entry(
    hass: HomeAssistant, entry: OpenEvConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of an entry."""
    runtime = entry.runtime_data
    async_add_entities(OpenEvSensor(runtime, row) for row in runtime.rows.sensors)


class OpenEvSensor[DeviceT: Device](OpenEvEntity[DeviceT], SensorEntity):
    """A sensor made from one row."""

    entity_description: SensorRow[DeviceT]
    _unrecorded_attributes = frozenset({"values"})

    @property
    @override
    def native_value(self) -> str | float | datetime | None:
        """What the device reported."""
        value = self.entity_description.value_fn(self.device)
        if self.device_class is SensorDeviceClass.ENUM and isinstance(value, str):
            return value if value in (self.options or ()) or self._took_option(value) else None
        return value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """What belongs to the value, if the row has anything."""
        return (
            self.entity_description.attributes_fn(self.device)
            if self.entity_description.attributes_fn is not None
            else None
        )

    def _took_option(self, value: str) -> bool:
        listed = len(self.entity_description.options or ())
        options = self.options or []
        if len(options) - listed >= MAX_UNLISTED_OPTIONS or len(value) > MAX_OPTION_LENGTH or not value.isprintable():
            return False
        self._attr_options = [*options, value]
        return True
