"""Numbers."""

from typing import override

from homeassistant.components.number import NumberEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, acting
from .descriptions import Device, NumberRow
from .entity import OpenEvControl

PARALLEL_UPDATES = 1


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvNumber(runtime, row) for row in runtime.rows.numbers]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvNumber[DeviceT: Device](OpenEvControl[DeviceT], NumberEntity):
    """A number made from one row."""

    entity_description: NumberRow[DeviceT]

    @property
    @override
    def native_value(self) -> float | None:
        """What the device reported."""
        return self.entity_description.value_fn(self.device)

    @property
    @override
    def native_min_value(self) -> float:
        """The least that the device takes."""
        least = self.entity_description.min_fn(self.device)
        return super().native_min_value if least is None else least

    @property
    @override
    def native_max_value(self) -> float:
        """The most that the device takes."""
        most = self.entity_description.max_fn(self.device)
        return super().native_max_value if most is None else most

    @property
    @override
    def native_step(self) -> float | None:
        """What the device rounds to."""
        step = self.entity_description.step_fn(self.device)
        return super().native_step if step is None else step

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it."""
        async with acting():
            await self.entity_description.set_fn(self.device, value)
