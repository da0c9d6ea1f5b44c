"""How a vehicle's OVMS server is reached: what the config entry says, and what is wrong with the way there."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME

from ..clients.ovms.errors import ConnectionRefused, LinkError, TlsFailed
from ..clients.ovms.server import AccountLogin, Login, Server, VehicleLogin
from ..const import CONF_TLS, CONF_VEHICLE_ID, CONF_VERIFY_TLS


def server_of(data: Mapping[str, Any]) -> Server:
    """The server that a vehicle's entry data names, with the login for the vehicle."""
    return Server(
        host=data[CONF_HOST],
        port=data[CONF_PORT],
        tls=data[CONF_TLS],
        verify_tls=data[CONF_VERIFY_TLS],
        login=_login(data),
    )


def _login(data: Mapping[str, Any]) -> Login:
    """An account's login if there is an account, else the vehicle's own."""
    if (account := data.get(CONF_USERNAME)) is None:
        return VehicleLogin(vehicle_id=data[CONF_VEHICLE_ID], password=data[CONF_PASSWORD])
    # Of a new account it is not known yet which vehicles it has.
    chosen = {"vehicle_id": data[CONF_VEHICLE_ID]} if CONF_VEHICLE_ID in data else {}
    return AccountLogin(account=account, secret=data[CONF_PASSWORD], **chosen)


def server_error_key(error: LinkError) -> str:
    """The translation key of what is wrong with the way to a server."""
    match error:
        case ConnectionRefused():
            return "server_refused"
        case TlsFailed():
            return "server_tls_failed"
    return "server_unreachable"
