"""Climate controls."""

from typing import override

from homeassistant.components.climate import ClimateEntity, ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import OpenEvConfigEntry, Runtime, acting
from .descriptions import ClimateRow, Device
from .entity import OpenEvControl

PARALLEL_UPDATES = 1


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the climate controls of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvClimate(runtime, row) for row in runtime.rows.climates]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvClimate[DeviceT: Device](OpenEvControl[DeviceT], ClimateEntity):
    """A cabin's climate control made from one row. It runs or not; the car chooses between heating and cooling."""

    entity_description: ClimateRow[DeviceT]
    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_temperature_unit = UnitOfTemperature.CELSIUS  # the name of the same before Home Assistant 2026.11

    def __init__(self, runtime: Runtime[DeviceT], row: ClimateRow[DeviceT]) -> None:
        """Offer to stop only where the device can be told to stop."""
        super().__init__(runtime, row)
        self._attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]
        self._attr_supported_features = ClimateEntityFeature.TURN_ON
        if row.can_turn_off_fn(runtime.device):
            self._attr_supported_features |= ClimateEntityFeature.TURN_OFF

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        """Whether the device reported that it runs."""
        match self.entity_description.on_fn(self.device):
            case None:
                return None
            case True:
                return HVACMode.HEAT_COOL
            case False:
                return HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        """What the device reported that it does; nothing is guessed while it runs and says no more."""
        if self.hvac_mode is HVACMode.OFF:
            return HVACAction.OFF
        if self.entity_description.heating_fn(self.device):
            return HVACAction.HEATING
        if self.entity_description.cooling_fn(self.device):
            return HVACAction.COOLING
        return None

    @property
    def native_current_temperature(self) -> float | None:
        """The cabin's temperature in degrees Celsius."""
        return self.entity_description.temperature_fn(self.device)

    @property
    @override
    def current_temperature(self) -> float | None:
        """The same, under its name before Home Assistant 2026.11."""
        return self.native_current_temperature

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Start or stop.

        Raises:
            ServiceValidationError: The device cannot be told to stop; what it takes for that may do something else.
        """
        if hvac_mode is HVACMode.OFF and not self.supported_features & ClimateEntityFeature.TURN_OFF:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="cannot_turn_off")
        row = self.entity_description
        async with acting():
            await (row.turn_off_fn if hvac_mode is HVACMode.OFF else row.turn_on_fn)(self.device)

    @override
    async def async_turn_on(self) -> None:
        """Start."""
        await self.async_set_hvac_mode(HVACMode.HEAT_COOL)

    @override
    async def async_turn_off(self) -> None:
        """Stop."""
        await self.async_set_hvac_mode(HVACMode.OFF)
