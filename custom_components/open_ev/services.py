"""The registration of the actions, each for the devices of one kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from homeassistant.auth.permissions.const import CAT_ENTITIES, POLICY_CONTROL
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
import probatio as vol

from .actions import Action
from .actions.charge_point import ATTR_CHARGE_POINT, CHARGE_POINT_ACTIONS
from .actions.charger import CHARGER_ACTIONS
from .actions.vehicle import VEHICLE_ACTIONS
from .clients.ocpi.charge_point import ChargePoint
from .const import CONF_KIND, DOMAIN, Kind
from .coordinator import DeviceConfigEntry, OperatorConfigEntry, Runtime, acting
from .descriptions import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an action is for, and the texts for an entry that is none, for several of which none was named, and for none."""

    kinds: frozenset[Kind]
    wrong: str
    several: str
    none: str


VEHICLE = Target(
    kinds=frozenset({Kind.VEHICLE_MQTT, Kind.VEHICLE_SERVER}),
    wrong="not_a_vehicle",
    several="which_vehicle",
    none="no_vehicle",
)
CHARGER = Target(kinds=frozenset({Kind.CHARGER}), wrong="not_a_charger", several="which_charger", none="no_charger")
OPERATOR = Target(
    kinds=frozenset({Kind.OPERATOR}), wrong="not_an_operator", several="which_charge_point", none="no_operator"
)

type Find[DeviceT: Device] = Callable[[HomeAssistant, Mapping[str, Any]], Runtime[DeviceT]]


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all entries."""
    for name, action in VEHICLE_ACTIONS.items():
        _register(hass, name, action, partial(_device, VEHICLE))
    for name, charger_action in CHARGER_ACTIONS.items():
        _register(hass, name, charger_action, partial(_device, CHARGER))
    for name, charge_point_action in CHARGE_POINT_ACTIONS.items():
        _register(hass, name, charge_point_action, _charge_point)


def _register[DeviceT: Device](hass: HomeAssistant, name: str, action: Action[DeviceT], find: Find[DeviceT]) -> None:
    async def handle(call: ServiceCall) -> ServiceResponse:
        runtime = find(hass, call.data)
        await _require_control(hass, call.context, runtime)
        async with acting(runtime.note):
            return await action.handler(runtime.device, dict(call.data))

    schema = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string, **action.fields})
    if action.admin:
        async_register_admin_service(hass, DOMAIN, name, handle, schema, supports_response=action.response)
    else:
        hass.services.async_register(DOMAIN, name, handle, schema, supports_response=action.response)


async def _require_control[DeviceT: Device](hass: HomeAssistant, context: Context, runtime: Runtime[DeviceT]) -> None:
    """Let nobody reach by an action what none of the device's entities lets them do.

    Raises:
        UnknownUser: Who asks is nobody that Home Assistant knows.
        Unauthorized: They may control none of its entities.
    """
    if context.user_id is None:
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context, permission=POLICY_CONTROL)
    registry = er.async_get(hass)
    ids = [
        registry.async_get_entity_id(platform, DOMAIN, runtime.unique_id_of(key))
        for platform, key in runtime.rows.entities()
    ]
    if not any(user.permissions.check_entity(each, POLICY_CONTROL) for each in ids if each is not None):
        raise Unauthorized(context=context, permission=POLICY_CONTROL, perm_category=CAT_ENTITIES)


def _device[DeviceT: Device](target: Target, hass: HomeAssistant, data: Mapping[str, Any]) -> Runtime[DeviceT]:
    """The device that is meant, which is the whole of an entry."""
    entry: DeviceConfigEntry[DeviceT] = _entry(hass, data.get(ATTR_CONFIG_ENTRY_ID), target)
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
        entry: OperatorConfigEntry = _entry(hass, named, OPERATOR)
        if len(entry.runtime_data.devices) == 1:
            return entry.runtime_data.devices[0]
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")
    device = dr.async_get(hass).async_get(device_id)
    entries = {entry.entry_id: entry for entry in hass.config_entries.async_entries(DOMAIN)}
    if device is None or device.config_entry_id not in entries:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")
    entry = _entry(hass, device.config_entry_id, OPERATOR)
    if named not in (None, entry.entry_id):
        # Which of the two is the slip nobody can know, and a reservation at the wrong one costs money too.
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_of_this_operator",
            translation_placeholders={
                "charge_point": device.name_by_user or device.name or "",
                "name": _entry(hass, named, OPERATOR).title,
            },
        )
    for runtime in entry.runtime_data.devices:
        if (DOMAIN, runtime.unique_id) in device.identifiers:
            return runtime
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_charge_point")


def _entry(hass: HomeAssistant, entry_id: str | None, target: Target) -> ConfigEntry:
    """The entry that is meant: the one that is named, or the only one of its kind.

    Raises:
        ServiceValidationError: There is no such entry, it is of another kind or not loaded, or it is not clear which.
    """
    if entry_id is not None:
        _refuse_device(hass, entry_id)
    entry = async_get_config_entry(hass, DOMAIN, _only(hass, target) if entry_id is None else entry_id)
    if entry.data[CONF_KIND] not in target.kinds:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key=target.wrong, translation_placeholders={"name": entry.title}
        )
    return entry


def _refuse_device(hass: HomeAssistant, given: str) -> None:
    """Tell who has given the id of a device, as most actions want it, the one of its entry.

    Raises:
        ServiceValidationError: It is a device of ours.
    """
    device = dr.async_get(hass).async_get(given)
    entry = None if device is None else hass.config_entries.async_get_entry(device.config_entry_id)
    if device is not None and entry is not None and entry.domain == DOMAIN:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="device_not_entry",
            translation_placeholders={
                "device": device.name_by_user or device.name or entry.title,
                "entry_id": entry.entry_id,
            },
        )


def _only(hass: HomeAssistant, target: Target) -> str:
    """The id of the only entry of these kinds.

    Raises:
        ServiceValidationError: There are none, or several. Home Assistant would speak of config entries and domains.
    """
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
    fitting = [entry.entry_id for entry in entries if entry.data[CONF_KIND] in target.kinds]
    if len(fitting) == 1:
        return fitting[0]
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key=target.several if fitting else target.none)
