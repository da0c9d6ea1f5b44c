"""Switches."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, acting
from .descriptions import Device, SwitchRow
from .entity import OpenEvControl

# An operator's entry has many charge points, and a command to one of them may take minutes, for which no other shall wait.
# The clients do one thing after the other where a device needs that.
PARALLEL_UPDATES = 0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvSwitch(runtime, row) for row in runtime.rows.switches]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvSwitch[DeviceT: Device](OpenEvControl[DeviceT], SwitchEntity):
    """A switch made from one row. It moves when the device says that it did."""

    entity_description: SwitchRow[DeviceT]

    @property
    @override
    def is_on(self) -> bool | None:
        """What the device reported."""
        return self.entity_description.on_fn(self.device)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        async with acting():
            await self.entity_description.turn_on_fn(self.device)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        async with acting():
            await self.entity_description.turn_off_fn(self.device)
