"""Choices."""

from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, Runtime, acting
from .descriptions import Device, SelectRow
from .entity import OpenEvControl

PARALLEL_UPDATES = 1


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the choices of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvSelect(runtime, row) for row in runtime.rows.selects]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvSelect[DeviceT: Device](OpenEvControl[DeviceT], SelectEntity):
    """A choice made from one row."""

    entity_description: SelectRow[DeviceT]

    def __init__(self, runtime: Runtime[DeviceT], row: SelectRow[DeviceT]) -> None:
        """Offer what the device knows."""
        super().__init__(runtime, row)
        if row.options_fn is not None:
            self._attr_options = list(row.options_fn(runtime.device))

    @property
    @override
    def current_option(self) -> str | None:
        """What the device reported, if it is one of the options."""
        value = self.entity_description.value_fn(self.device)
        return value if value in self.options else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose."""
        async with acting():
            await self.entity_description.select_fn(self.device, option)
