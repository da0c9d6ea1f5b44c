"""The registration of the actions, each for the devices of one kind."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
import probatio as vol

from .actions import Action
from .actions.charger import CHARGER_ACTIONS
from .actions.vehicle import VEHICLE_ACTIONS
from .const import CONF_KIND, DOMAIN, Kind
from .coordinator import DeviceConfigEntry, acting
from .descriptions import Device

ACTIONS: Mapping[str, Action[Any]] = {**VEHICLE_ACTIONS, **CHARGER_ACTIONS}

_VEHICLES = frozenset({Kind.VEHICLE_MQTT, Kind.VEHICLE_SERVER})
_CHARGERS = frozenset({Kind.CHARGER})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all entries."""
    for name, action in VEHICLE_ACTIONS.items():
        _register(hass, name, action, _VEHICLES)
    for name, charger_action in CHARGER_ACTIONS.items():
        _register(hass, name, charger_action, _CHARGERS)


def _register[DeviceT: Device](hass: HomeAssistant, name: str, action: Action[DeviceT], kinds: frozenset[Kind]) -> None:
    async def handle(call: ServiceCall) -> ServiceResponse:
        entry: DeviceConfigEntry[DeviceT] = _entry(hass, call.data.get(ATTR_CONFIG_ENTRY_ID), kinds)
        async with acting(entry.runtime_data.note):
            return await action.handler(entry.runtime_data.device, dict(call.data))

    schema = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string, **action.fields})
    if action.admin:
        async_register_admin_service(hass, DOMAIN, name, handle, schema, supports_response=action.response)
    else:
        hass.services.async_register(DOMAIN, name, handle, schema, supports_response=action.response)


def _entry(hass: HomeAssistant, entry_id: str | None, kinds: frozenset[Kind]) -> ConfigEntry:
    """The entry that is meant: the one that is named, or the only one of these kinds.

    Raises:
        ServiceValidationError: There is no such entry, it is of another kind or not loaded, or there are several.
    """
    if entry_id is None:
        entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
        fitting = [entry.entry_id for entry in entries if entry.data[CONF_KIND] in kinds]
        if len(fitting) == 1:
            entry_id = fitting[0]
    entry = async_get_config_entry(hass, DOMAIN, entry_id)
    if entry.data[CONF_KIND] in kinds:
        return entry
    wrong = {"name": entry.title}
    if kinds == _VEHICLES:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_a_vehicle", translation_placeholders=wrong
        )
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="not_a_charger", translation_placeholders=wrong
    )
