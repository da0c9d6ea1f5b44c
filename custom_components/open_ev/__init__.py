"""Open EV: cars with an OVMS module, OpenEVSE chargers and charge points of operators in Home Assistant."""

from collections.abc import Awaitable, Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import CONF_KIND, DOMAIN, Kind
from .entity import forget_former_entities
from .entries.broker_vehicle import async_start_broker_vehicle
from .entries.charger import async_start_charger
from .entries.operator import async_start_operator
from .entries.reservations import async_forget_reservations
from .entries.server_vehicle import async_start_server_vehicle
from .issues import async_forget_issues_of_disabled, forget_issues
from .services import async_setup_services

_VEHICLE_PLATFORMS = (
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
)
PLATFORMS_BY_KIND: dict[Kind, tuple[Platform, ...]] = {
    Kind.VEHICLE_MQTT: _VEHICLE_PLATFORMS,
    Kind.VEHICLE_SERVER: _VEHICLE_PLATFORMS,
    Kind.CHARGER: (
        Platform.BINARY_SENSOR,
        Platform.BUTTON,
        Platform.EVENT,
        Platform.LOCK,
        Platform.NUMBER,
        Platform.SELECT,
        Platform.SENSOR,
        Platform.SWITCH,
        Platform.TIME,
    ),
    Kind.OPERATOR: (Platform.BUTTON, Platform.EVENT, Platform.SENSOR, Platform.SWITCH),
}

_START: dict[Kind, Callable[[HomeAssistant, ConfigEntry], Awaitable[None]]] = {
    Kind.VEHICLE_MQTT: async_start_broker_vehicle,
    Kind.VEHICLE_SERVER: async_start_server_vehicle,
    Kind.CHARGER: async_start_charger,
    Kind.OPERATOR: async_start_operator,
}

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, and what holds for all entries."""
    async_setup_services(hass)
    async_forget_issues_of_disabled(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up a device."""
    await _START[entry.data[CONF_KIND]](hass, entry)
    forget_former_entities(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS_BY_KIND[entry.data[CONF_KIND]])
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take a device's entities away; the way to it ends with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS_BY_KIND[entry.data[CONF_KIND]])


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take away what was to be mended, and what was kept."""
    forget_issues(hass, entry)
    if entry.data[CONF_KIND] == Kind.OPERATOR:
        await async_forget_reservations(hass, entry)
