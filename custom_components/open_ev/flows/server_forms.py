"""The forms for a vehicle at an OVMS server: which fields they have, and how what was typed becomes an entry's data."""

from collections.abc import Iterable, Mapping
import ipaddress
from types import MappingProxyType
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio as vol

from ..clients.ovms.server import PLAIN_PORT, TLS_PORT, Mode
from ..const import CONF_EXPOSE_LOCATION, CONF_MODE, CONF_TLS, CONF_VEHICLE_ID, CONF_VERIFY_TLS
from .fields import SECRET, TEXT, USERNAME, is_host

CONF_SERVER: Final = "server"
CONF_UNENCRYPTED: Final = "unencrypted"
OWN_SERVER: Final = "own"

# By the part of the world that they are for, as the module's documentation names them.
PUBLIC_SERVERS: Final = MappingProxyType({"europe": "ovms.dexters-web.de", "asia_pacific": "api.openvehicles.com"})

ADDRESS: Final = (CONF_HOST, CONF_PORT, CONF_TLS, CONF_VERIFY_TLS)

SERVER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_SERVER, default=next(iter(PUBLIC_SERVERS))): SelectSelector(
            SelectSelectorConfig(
                options=[*PUBLIC_SERVERS, OWN_SERVER],
                mode=SelectSelectorMode.LIST,
                translation_key="ovms_server",
            )
        )
    }
)

OWN_SERVER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TEXT,
        vol.Optional(CONF_PORT): NumberSelector(
            NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
        ),
        vol.Required(CONF_TLS, default=True): BooleanSelector(),
        vol.Required(CONF_VERIFY_TLS, default=True): BooleanSelector(),
    }
)

PASSWORD_SCHEMA: Final = vol.Schema({vol.Required(CONF_PASSWORD): SECRET})

SERVER_OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_MODE, default=Mode.AUTOMATIC.value): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in Mode],
                mode=SelectSelectorMode.LIST,
                translation_key="server_mode",
            )
        ),
        vol.Required(CONF_EXPOSE_LOCATION, default=True): BooleanSelector(),
    }
)


def vehicle_login_schema(*, kept: bool) -> vol.Schema:
    """The form for a vehicle's own login; with one that is `kept`, its password need not be typed again."""
    return vol.Schema({vol.Required(CONF_VEHICLE_ID): TEXT, _password(kept=kept): SECRET})


def account_login_schema(*, kept: bool, encrypted: bool) -> vol.Schema:
    """The form for an account, likewise; where nothing is encrypted, that has to be agreed to."""
    fields: dict[vol.Marker, Any] = {vol.Required(CONF_USERNAME): USERNAME, _password(kept=kept): SECRET}
    if not encrypted:
        fields[vol.Required(CONF_UNENCRYPTED, default=False)] = BooleanSelector()
    return vol.Schema(fields)


def _password(*, kept: bool) -> vol.Marker:
    return vol.Optional(CONF_PASSWORD) if kept else vol.Required(CONF_PASSWORD)


def server_vehicle_schema(vehicle_ids: Iterable[str]) -> vol.Schema:
    """The form to choose one of an account's vehicles."""
    options = list(vehicle_ids)
    return vol.Schema(
        {
            vol.Required(CONF_VEHICLE_ID, default=options[0]): SelectSelector(
                SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
            )
        }
    )


def public_address(server: str) -> dict[str, Any]:
    """How a public server is reached, as a config entry keeps it."""
    return {CONF_HOST: PUBLIC_SERVERS[server], CONF_PORT: TLS_PORT, CONF_TLS: True, CONF_VERIFY_TLS: True}


def server_choice(address: Mapping[str, Any]) -> str:
    """Which of the servers to choose from this is."""
    return next((server for server in PUBLIC_SERVERS if public_address(server) == address), OWN_SERVER)


def own_address(typed: Mapping[str, Any]) -> dict[str, Any]:
    """How a typed server is reached, as a config entry keeps it."""
    tls: bool = typed[CONF_TLS]
    return {
        CONF_HOST: _one_spelling(typed[CONF_HOST].strip().removeprefix("[").removesuffix("]").lower()),
        CONF_PORT: int(typed.get(CONF_PORT) or _usual_port(tls=tls)),
        CONF_TLS: tls,
        CONF_VERIFY_TLS: typed[CONF_VERIFY_TLS],
    }


def _usual_port(*, tls: bool) -> int:
    return TLS_PORT if tls else PLAIN_PORT


def typed_address(address: Mapping[str, Any]) -> dict[str, Any]:
    """What the form for an address shows of it: not the usual port, which follows the encryption that is chosen yet."""
    shown = dict(address)
    if shown.get(CONF_PORT) == _usual_port(tls=shown[CONF_TLS]):
        del shown[CONF_PORT]
    return shown


def _one_spelling(host: str) -> str:
    """Write an IP address in the one way that tells whether two are the same."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def address_errors(address: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an address before anything is tried."""
    return {} if is_host(address[CONF_HOST]) else {CONF_HOST: "invalid_server_host"}


def known_ids(listed: Iterable[str]) -> list[str]:
    """The ids that a server lists as it knows them, which is in upper case; each once, and none that no form can show."""
    return list(dict.fromkeys(each.upper() for each in listed if _is_word(each)))


def vehicle_login(typed: Mapping[str, Any]) -> dict[str, Any]:
    """A vehicle's own login as a config entry keeps it; a server knows ids in upper case only."""
    return _with_password(typed, {CONF_VEHICLE_ID: typed[CONF_VEHICLE_ID].strip().upper()})


def account_login(typed: Mapping[str, Any]) -> dict[str, Any]:
    """An account's login as a config entry keeps it."""
    return _with_password(typed, {CONF_USERNAME: typed[CONF_USERNAME].strip()})


def _with_password(typed: Mapping[str, Any], login: dict[str, Any]) -> dict[str, Any]:
    password = typed.get(CONF_PASSWORD)
    return {**login, CONF_PASSWORD: password} if password else login


def login_errors(login: Mapping[str, Any]) -> dict[str, str]:
    """What no server can take: the protocol ends a name at a blank, and an account's password as well."""
    if CONF_PASSWORD not in login:
        return {CONF_PASSWORD: "password_needed"}
    if CONF_USERNAME not in login:
        return {} if _is_word(login[CONF_VEHICLE_ID]) else {CONF_VEHICLE_ID: "invalid_vehicle_id"}
    if not _is_word(login[CONF_USERNAME]):
        return {CONF_USERNAME: "invalid_account"}
    return {} if _is_word(login[CONF_PASSWORD]) else {CONF_PASSWORD: "blank_in_password"}


def _is_word(text: str) -> bool:
    return text.isprintable() and text.split() == [text]
