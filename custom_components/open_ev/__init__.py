"""Open EV: cars with an OVMS module and OpenEVSE chargers in Home Assistant."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import CONF_KIND, DOMAIN, Kind
from .coordinator import OpenEvConfigEntry
from .entity import forget_former_entities
from .repairs import VehicleIssues, forget_issues
from .services import async_setup_services
from .vehicle_entry import async_start_vehicle

PLATFORMS_BY_KIND: dict[Kind, tuple[Platform, ...]] = {
    Kind.VEHICLE_MQTT: (
        Platform.BINARY_SENSOR,
        Platform.BUTTON,
        Platform.CLIMATE,
        Platform.DEVICE_TRACKER,
        Platform.EVENT,
        Platform.LOCK,
        Platform.NUMBER,
        Platform.SELECT,
        Platform.SENSOR,
        Platform.SWITCH,
    ),
}


CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: OpenEvConfigEntry) -> bool:
    """Set up a vehicle."""
    entry.runtime_data = await async_start_vehicle(hass, entry)
    VehicleIssues(hass, entry).start()
    forget_former_entities(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS_BY_KIND[entry.data[CONF_KIND]])
    return True


async def async_unload_entry(hass: HomeAssistant, entry: OpenEvConfigEntry) -> bool:
    """Take a vehicle's entities away; its link ends with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS_BY_KIND[entry.data[CONF_KIND]])


async def async_remove_entry(hass: HomeAssistant, entry: OpenEvConfigEntry) -> None:
    """Take away what was to be mended."""
    forget_issues(hass, entry)
