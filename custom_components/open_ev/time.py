"""Times of day."""

from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, acting
from .descriptions import Device, TimeRow
from .entity import OpenEvControl

PARALLEL_UPDATES = 1


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the times of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvTime(runtime, row) for row in runtime.rows.times]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvTime[DeviceT: Device](OpenEvControl[DeviceT], TimeEntity):
    """A time of day made from one row."""

    entity_description: TimeRow[DeviceT]

    @property
    @override
    def native_value(self) -> time | None:
        """What the device reported."""
        return self.entity_description.value_fn(self.device)

    @override
    async def async_set_value(self, value: time) -> None:
        """Set it."""
        async with acting():
            await self.entity_description.set_fn(self.device, value)
