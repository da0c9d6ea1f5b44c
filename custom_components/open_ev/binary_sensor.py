"""Binary sensors."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry
from .descriptions import BinarySensorRow, Device
from .entity import OpenEvEntity

PARALLEL_UPDATES = 0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvBinarySensor(runtime, row) for row in runtime.rows.binary_sensors]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvBinarySensor[DeviceT: Device](OpenEvEntity[DeviceT], BinarySensorEntity):
    """A binary sensor made from one row."""

    entity_description: BinarySensorRow[DeviceT]

    @property
    @override
    def is_on(self) -> bool | None:
        """What the device reported."""
        return self.entity_description.value_fn(self.device)
