"""What a user can hand to who helps: everything but secrets, places and names."""

from dataclasses import asdict
from datetime import UTC, datetime, time
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PASSWORD, CONF_TOKEN, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .clients.ocpi.charge_point import Ability as ChargePointAbility, ChargePoint
from .clients.openevse.charger import Charger
from .clients.openevse.models import Ability
from .clients.openevse.report import Json, JsonObject
from .clients.ovms.mqtt import MqttLink
from .clients.ovms.server import ServerLink
from .clients.ovms.values import Value
from .const import (
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_CONTRACT_ID,
    CONF_COUNTRY_CODE,
    CONF_DRIVER_UID,
    CONF_FOR_OPERATOR,
    CONF_ISSUER,
    CONF_PARTY_ID,
    CONF_PREFIX,
    CONF_VEHICLE_ID,
    CONF_VERSIONS_URL,
    CONF_WEBSOCKET_PATH,
)
from .coordinator import (
    BrokerVehicleConfigEntry,
    ChargerConfigEntry,
    OperatorConfigEntry,
    OperatorRuntime,
    ServerVehicleConfigEntry,
    VehicleRuntime,
)
from .private_metrics import PRIVATE_METRICS

# The prefix contains the user's name at the broker and the vehicle's id.
_SECRET_SETTINGS = {
    CONF_HOST,
    CONF_MAC,
    CONF_URL,
    CONF_USERNAME,
    CONF_PASSWORD,
    CONF_PREFIX,
    CONF_VEHICLE_ID,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_WEBSOCKET_PATH,
    CONF_VERSIONS_URL,
    CONF_TOKEN,
    CONF_FOR_OPERATOR,
    CONF_COUNTRY_CODE,
    CONF_PARTY_ID,
    CONF_DRIVER_UID,
    CONF_CONTRACT_ID,
    CONF_ISSUER,
}

# Of /status and /config: who the owner is, where the charger is, and what opens it or the accounts that it uses.
_SECRET_FIELDS = re.compile(
    r"(ap|mqtt|ocpp|ohm|rfid|tesla|www)_.*|.*(_apikey|_fingerprint|_id|_pass|_password|_secret|_serial|_token|address)"
    r"|hostname|ohm|pass|ssid|time_zone"
)
# These begin as those do, and tell how it works.
_HARMLESS_FIELDS = {
    "mqtt_connected",
    "mqtt_enabled",
    "mqtt_status",
    "mqtt_vehicle_range_miles",
    "ocpp_connected",
    "ocpp_enabled",
    "ohm_enabled",
    "ohm_hour",
    "rfid_enabled",
    "tesla_enabled",
}
# A text that a firmware to come adds may be anything.
_HARMLESS_TEXTS = {
    "buildenv",
    "charge_mode",
    "espinfo",
    "firmware",
    "limit_default_type",
    "mode",
    "mqtt_status",
    "ohm_hour",
    "protocol",
    "status",
    "time",
    "version",
}
_SECRET_READINGS = {"ip_address", "ipv6_address", "rfid_tag"}
# Whoever has it can give the reservation up.
_SECRETS_OF_CHARGE_POINTS = {"reservation", "reservation_cancelled"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,
    entry: BrokerVehicleConfigEntry | ServerVehicleConfigEntry | ChargerConfigEntry | OperatorConfigEntry,
) -> dict[str, Any]:
    """Return the diagnostics of a device, or of an operator; of what could not be set up, how it was to be."""
    told = _device(entry) if entry.state is ConfigEntryState.LOADED else {}
    return {
        "set_up": entry.state.value,
        "settings": async_redact_data(entry.data, _SECRET_SETTINGS),
        "options": dict(entry.options),
        **told,
    }


def _device(
    entry: BrokerVehicleConfigEntry | ServerVehicleConfigEntry | ChargerConfigEntry | OperatorConfigEntry,
) -> dict[str, Any]:
    match entry.runtime_data:
        case VehicleRuntime() as runtime:
            return _vehicle(runtime)
        case OperatorRuntime() as runtime:
            return _operator(runtime)
        case runtime:
            return _charger(runtime.device)


def _vehicle(runtime: VehicleRuntime[MqttLink] | VehicleRuntime[ServerLink]) -> dict[str, Any]:
    vehicle = runtime.device
    readings = {
        name: {"value": _plain(reading.value), "read_at": vehicle.read_at(name)}
        for name, reading in sorted(vehicle.readings.items())
    }
    return {
        "vehicle_type": vehicle.type.code,
        "firmware": vehicle.text("m.version"),
        "connected": vehicle.link_connected,
        "module_connected": vehicle.online,
        "last_heard": vehicle.last_heard,
        **_link(runtime.link),
        "unreadable_payloads": vehicle.unreadable,
        "unknown_metrics": vehicle.unknown_metrics,
        "readings": async_redact_data(readings, PRIVATE_METRICS),
    }


def _link(link: MqttLink | ServerLink) -> dict[str, Any]:
    """What only one kind of link has to tell."""
    if isinstance(link, ServerLink):
        return {"paranoid": link.paranoid}
    return {"stored_commands": link.has_stored_commands}


def _plain(value: Value) -> Value:
    """A value as Home Assistant can write it down; it has no form for a time of day."""
    return value.isoformat() if isinstance(value, time) else value


def _charger(charger: Charger) -> dict[str, Any]:
    identity = charger.identity
    return {
        "model": identity.model,
        "generation": identity.generation,
        "gateway_version": identity.gateway_version,
        "controller_version": identity.controller_version,
        "connected": charger.link_connected,
        "tells_by_itself": charger.live,
        "abilities": [ability for ability in Ability if charger.can(ability)],
        "readings": async_redact_data(
            {name: _utc(value) for name, value in sorted(charger.readings.items())}, _SECRET_READINGS
        ),
        "details": dict(charger.details()),
        "claims": [asdict(claim) for claim in charger.claims],
        "schedule": [
            {"start": event.start, "at": event.at.isoformat(), "days": sorted(event.days)}
            for event in charger.schedule()
        ],
        "status": _told(charger.status),
        "config": _told(charger.config),
    }


def _operator(runtime: OperatorRuntime) -> dict[str, Any]:
    operator = runtime.operator
    return {
        "version": operator.client.version,
        "connected": operator.link_connected,
        "pace": asdict(operator.pace),
        # Where it is, is told by what it is called as well.
        "charge_points": [_charge_point(device.device) for device in runtime.devices],
    }


def _charge_point(point: ChargePoint) -> dict[str, Any]:
    evse = point.evse
    return {
        "known": evse is not None,
        "abilities": [ability for ability in ChargePointAbility if point.can(ability)],
        "connectors": [] if evse is None else [asdict(connector) for connector in evse.connectors],
        "readings": async_redact_data(
            {name: _utc(value) for name, value in sorted(point.readings.items())}, _SECRETS_OF_CHARGE_POINTS
        ),
    }


def _utc(value: object) -> object:
    """A moment without the zone of who lives there."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _told(answer: JsonObject) -> dict[str, Any]:
    """What a gateway answered, but for what is private. That something is not set is no secret."""
    return {
        name: value if value == "" or _is_harmless(name, value) else REDACTED for name, value in sorted(answer.items())
    }


def _is_harmless(name: str, value: Json) -> bool:
    if _SECRET_FIELDS.fullmatch(name) and name not in _HARMLESS_FIELDS:
        return False
    return isinstance(value, bool | int | float) or name in _HARMLESS_TEXTS
