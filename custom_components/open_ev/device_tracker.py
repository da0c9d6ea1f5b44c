"""Places on the map."""

from typing import override

from homeassistant.components.device_tracker import TrackerEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry
from .descriptions import Device, TrackerRow
from .entity import OpenEvEntity

PARALLEL_UPDATES = 0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the places of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvTracker(runtime, row) for row in runtime.rows.trackers]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvTracker[DeviceT: Device](OpenEvEntity[DeviceT], TrackerEntity):
    """A place made from one row."""

    entity_description: TrackerRow[DeviceT]

    @property
    @override
    def entity_category(self) -> EntityCategory | None:
        """Home Assistant files places under diagnosis; where a car is, is among the first things its owner looks for."""
        return self.entity_description.entity_category

    @property
    @override
    def latitude(self) -> float | None:
        """Degrees north of the equator."""
        position = self.entity_description.position_fn(self.device)
        return None if position is None else position[0]

    @property
    @override
    def longitude(self) -> float | None:
        """Degrees east of Greenwich."""
        position = self.entity_description.position_fn(self.device)
        return None if position is None else position[1]

    @property
    @override
    def location_accuracy(self) -> float:
        """Metres around the place within which the device is."""
        return self.entity_description.accuracy_fn(self.device)
