"""Events."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry
from .descriptions import OTHER_EVENT, Device, EventRow
from .entity import OpenEvControl

PARALLEL_UPDATES = 0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the events of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvEvent(runtime, row) for row in runtime.rows.events]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvEvent[DeviceT: Device](OpenEvControl[DeviceT], EventEntity):
    """News made from one row."""

    entity_description: EventRow[DeviceT]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the news."""
        await super().async_added_to_hass()
        self.async_on_remove(self.entity_description.listen_fn(self.device, self._happened))

    @callback
    def _happened(self, event_type: str, attributes: Mapping[str, str | float]) -> None:
        self._trigger_event(event_type if event_type in self.event_types else OTHER_EVENT, dict(attributes))
        self.async_write_ha_state()
