"""Buttons."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, acting
from .descriptions import ButtonRow, Device
from .entity import OpenEvControl

# An operator's entry has many charge points, and a command to one of them may take minutes, for which no other shall wait.
# The clients do one thing after the other where a device needs that.
PARALLEL_UPDATES = 0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvButton(runtime, row) for row in runtime.rows.buttons]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvButton[DeviceT: Device](OpenEvControl[DeviceT], ButtonEntity):
    """A button made from one row."""

    entity_description: ButtonRow[DeviceT]

    @override
    async def async_press(self) -> None:
        """Do what the button says."""
        async with acting():
            await self.entity_description.press_fn(self.device)
