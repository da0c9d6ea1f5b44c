"""The registration of the actions, each for the devices of one kind."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service, verify_domain_control
import probatio as vol

from .actions import Action
from .actions.charge_point import ATTR_CHARGE_POINT, CHARGE_POINT_ACTIONS
from .actions.charger import CHARGER_ACTIONS
from .actions.vehicle import VEHICLE_ACTIONS
from .clients.ocpi.charge_point import ChargePoint
from .const import CONF_KIND, DOMAIN, Kind
from .coordinator import DeviceConfigEntry, OperatorConfigEntry, Runtime, acting
from .descriptions import Device

_VEHICLES = frozenset({Kind.VEHICLE_MQTT, Kind.VEHICLE_SERVER})
_CHARGERS = frozenset({Kind.CHARGER})
_OPERATORS = frozenset({Kind.OPERATOR})

type Find[DeviceT: Device] = Callable[[HomeAssistant, Mapping[str, Any]], Runtime[DeviceT]]


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all entries."""
    for name, action in VEHICLE_ACTIONS.items():
        _register(hass, name, action, partial(_device, _VEHICLES))
    for name, charger_action in CHARGER_ACTIONS.items():
        _register(hass, name, charger_action, partial(_device, _CHARGERS))
    for name, charge_point_action in CHARGE_POINT_ACTIONS.items():
        _register(hass, name, charge_point_action, _charge_point)


def _register[DeviceT: Device](hass: HomeAssistant, name: str, action: Action[DeviceT], find: Find[DeviceT]) -> None:
    async def handle(call: ServiceCall) -> ServiceResponse:
        runtime = find(hass, call.data)
        async with acting(runtime.note):
            return await action.handler(runtime.device, dict(call.data))

    schema = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string, **action.fields})
    if action.admin:
        async_register_admin_service(hass, DOMAIN, name, handle, schema, supports_response=action.response)
    else:
        # Who may only look at the entities must not reach by an action what none of them lets them do.
        permitted = verify_domain_control(DOMAIN)(handle)
        hass.services.async_register(DOMAIN, name, permitted, schema, supports_response=action.response)


def _device[DeviceT: Device](kinds: frozenset[Kind], hass: HomeAssistant, data: Mapping[str, Any]) -> Runtime[DeviceT]:
    """The device that is meant, which is the whole of an entry."""
    entry: DeviceConfigEntry[DeviceT] = _entry(hass, data.get(ATTR_CONFIG_ENTRY_ID), kinds)
    return entry.runtime_data


def _charge_point(hass: HomeAssistant, data: Mapping[str, Any]) -> Runtime[ChargePoint]:
    """The charge point that is meant: the one that is named, or the only one of its operator.

    Raises:
        ServiceValidationError: There is no such charge point, or there are several; its operator is not loaded, or is
            another one than is named.
    """
    device_id: str | None = data.get(ATTR_CHARGE_POINT)
    named: str | None = data.get(ATTR_CONFIG_ENTRY_ID)
    if device_id is None:
        entry: OperatorConfigEntry = _entry(hass, named, _OPERATORS)
        if len(entry.runtime_data.devices) == 1:
            return entry.runtime_data.devices[0]
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")
    device = dr.async_get(hass).async_get(device_id)
    entries = {entry.entry_id: entry for entry in hass.config_entries.async_entries(DOMAIN)}
    if device is None or device.config_entry_id not in entries:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")
    entry = _entry(hass, device.config_entry_id, _OPERATORS)
    if named not in (None, entry.entry_id):
        # Which of the two is the slip nobody can know, and a reservation at the wrong one costs money too.
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_of_this_operator",
            translation_placeholders={
                "charge_point": device.name_by_user or device.name or "",
                "name": _entry(hass, named, _OPERATORS).title,
            },
        )
    for runtime in entry.runtime_data.devices:
        if (DOMAIN, runtime.unique_id) in device.identifiers:
            return runtime
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")


def _entry(hass: HomeAssistant, entry_id: str | None, kinds: frozenset[Kind]) -> ConfigEntry:
    """The entry that is meant: the one that is named, or the only one of these kinds.

    Raises:
        ServiceValidationError: There is no such entry, it is of another kind or not loaded, or it is not clear which.
    """
    if entry_id is None:
        entry_id = _only(hass, kinds)
    entry = async_get_config_entry(hass, DOMAIN, entry_id)
    if entry.data[CONF_KIND] in kinds:
        return entry
    wrong = {"name": entry.title}
    if kinds == _VEHICLES:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_a_vehicle", translation_placeholders=wrong
        )
    if kinds == _OPERATORS:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_an_operator", translation_placeholders=wrong
        )
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="not_a_charger", translation_placeholders=wrong
    )


def _only(hass: HomeAssistant, kinds: frozenset[Kind]) -> str | None:
    """The id of the only entry of these kinds; None where at most another one is there, and it is told why not that one.

    Raises:
        ServiceValidationError: It is not clear which is meant. Home Assistant would speak of config entries and domains.
    """
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
    fitting = [entry.entry_id for entry in entries if entry.data[CONF_KIND] in kinds]
    if len(fitting) == 1:
        return fitting[0]
    if len(entries) < 2:
        return None
    if kinds == _VEHICLES:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_vehicle")
    if kinds == _CHARGERS:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charger")
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")
