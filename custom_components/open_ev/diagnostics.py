"""What a user can hand to who helps: everything but secrets, places and names."""

from datetime import time
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant

from .clients.ovms.values import Value
from .const import CONF_CA_CERTIFICATE, CONF_CLIENT_CERTIFICATE, CONF_CLIENT_KEY, CONF_PREFIX, CONF_WEBSOCKET_PATH
from .coordinator import VehicleConfigEntry
from .descriptions.vehicle import own_metrics

# The prefix contains the user's name at the broker and the vehicle's id.
_SECRET_SETTINGS = {
    CONF_HOST,
    CONF_USERNAME,
    CONF_PASSWORD,
    CONF_PREFIX,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_WEBSOCKET_PATH,
}

# Who the car is, where it is and was, and which networks it meets.
SECRET_METRICS = {
    "m.net.mdm.iccid",
    "m.net.mdm.network",
    "m.net.provider",
    "m.net.wifi.network",
    "m.serial",
    "v.p.altitude",
    "v.p.direction",
    "v.p.latitude",
    "v.p.location",
    "v.p.longitude",
    "v.p.valet.distance",
    "v.p.valet.latitude",
    "v.p.valet.longitude",
    "v.vin",
}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: VehicleConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of a vehicle."""
    vehicle = entry.runtime_data.device
    readings = {
        name: {"value": _plain(reading.value), "read_at": vehicle.read_at(name)}
        for name, reading in sorted(vehicle.readings.items())
    }
    return {
        "settings": async_redact_data(entry.data, _SECRET_SETTINGS),
        "options": dict(entry.options),
        "vehicle_type": vehicle.type.code,
        "firmware": vehicle.text("m.version"),
        "broker_connected": vehicle.link_connected,
        "module_connected": vehicle.online,
        "last_heard": vehicle.last_heard,
        "stored_commands": entry.runtime_data.link.has_stored_commands,
        "unreadable_payloads": vehicle.unreadable,
        "unknown_metrics": vehicle.unknown_metrics,
        "readings": async_redact_data(
            readings, SECRET_METRICS | own_metrics.SECRET_METRICS | own_metrics.PLACE_METRICS
        ),
    }


def _plain(value: Value) -> Value:
    """A value as Home Assistant can write it down; it has no form for a time of day."""
    return value.isoformat() if isinstance(value, time) else value
