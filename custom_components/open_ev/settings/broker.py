"""Where a vehicle's broker settings come from: Home Assistant's own MQTT integration, or the vehicle's config entry."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_PROTOCOL, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback

from ..clients.ovms.broker import Broker, Protocol, Tls, Transport
from ..clients.ovms.errors import ConnectionRefused, LinkError, NoBroker, TlsFailed
from ..const import (
    CONF_BROKER,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_TLS,
    CONF_TLS_INSECURE,
    CONF_TRANSPORT,
    CONF_WEBSOCKET_PATH,
    BrokerSource,
)

_MQTT_DOMAIN = "mqtt"
# The MQTT integration's word for the machine's own trusted authorities.
_MACHINE_AUTHORITIES = "auto"


@callback
def broker_of(hass: HomeAssistant, data: Mapping[str, Any]) -> Broker:
    """The broker that a vehicle's entry data names, with today's settings.

    Raises:
        NoBroker: it is Home Assistant's own, and there is none.
    """
    if data[CONF_BROKER] == BrokerSource.OWN:
        return _own_broker(data)
    entry = home_assistant_broker_entry(hass)
    if entry is None:
        raise NoBroker("Home Assistant's MQTT integration is not set up")
    return _home_assistant_broker({**entry.data, **entry.options})


@callback
def home_assistant_broker_entry(hass: HomeAssistant) -> ConfigEntry | None:
    """The config entry of Home Assistant's MQTT integration, if there is one that is not switched off."""
    entries = hass.config_entries.async_entries(_MQTT_DOMAIN, include_ignore=False, include_disabled=False)
    return entries[0] if entries else None


def _own_broker(data: Mapping[str, Any]) -> Broker:
    tls = Tls(
        authority=data.get(CONF_CA_CERTIFICATE),
        certificate=data.get(CONF_CLIENT_CERTIFICATE),
        key=data.get(CONF_CLIENT_KEY),
        insecure=data.get(CONF_TLS_INSECURE, False),
    )
    return Broker(
        host=data[CONF_HOST],
        port=data[CONF_PORT],
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
        tls=tls if data.get(CONF_TLS) else None,
        transport=Transport(data.get(CONF_TRANSPORT, Transport.TCP)),
        websocket_path=data.get(CONF_WEBSOCKET_PATH, "/"),
        protocol=Protocol(data.get(CONF_PROTOCOL, Protocol.V311)),
    )


def _home_assistant_broker(data: Mapping[str, Any]) -> Broker:
    """Read the MQTT integration's settings as that integration does; `certificate` there switches TLS on."""
    authority = data.get("certificate")
    tls = Tls(
        authority=None if authority == _MACHINE_AUTHORITIES else authority,
        certificate=data.get("client_cert"),
        key=data.get("client_key"),
        insecure=bool(data.get("tls_insecure", False)),
    )
    return Broker(
        host=data["broker"],
        port=int(data.get(CONF_PORT, 1883)),
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
        tls=None if authority is None else tls,
        transport=Transport(data.get("transport", Transport.TCP)),
        websocket_path=data.get("ws_path", "/"),
        websocket_headers=data.get("ws_headers", {}),
        protocol=Protocol(data.get(CONF_PROTOCOL, Protocol.V311)),
    )


def link_error_key(error: LinkError) -> str:
    """The translation key of what is wrong with the way to a broker."""
    match error:
        case ConnectionRefused():
            return "refused"
        case TlsFailed():
            return "tls_failed"
        case NoBroker():
            return "mqtt_not_set_up"
    return "cannot_connect"
