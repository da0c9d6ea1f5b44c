"""A charger's forms: which fields they have, and how what was typed becomes a config entry's data."""

from collections.abc import Iterable, Mapping
import ipaddress
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio as vol
from yarl import URL

from ..clients.openevse.networks import Network
from ..clients.web_address import web_address
from ..const import CONF_PAUSES_DISABLED, CONF_UNTIL_UNPLUGGED, CONF_VERIFY_TLS
from .fields import SECRET, TEXT, is_host

CONF_SSID: Final = "ssid"

# What WPA takes as a passphrase; 64 are the key itself, in hexadecimal.
_PASSPHRASE_LENGTHS = range(8, 65)
_MAX_SSID_BYTES = 32


def address_schema(*, encrypted: bool) -> vol.Schema:
    """The form for a charger's address; how its certificate is checked matters to an encrypted one only."""
    fields: dict[vol.Marker, Any] = {vol.Required(CONF_HOST): TEXT}
    if encrypted:
        fields[vol.Required(CONF_VERIFY_TLS, default=True)] = BooleanSelector()
    return vol.Schema(fields)


def habits_schema(*, managed: bool = True, unmanaged: bool = True) -> vol.Schema:
    """The form of a charger's options: what a gateway that owns the controller can do, and what others can."""
    fields = {CONF_UNTIL_UNPLUGGED: managed, CONF_PAUSES_DISABLED: unmanaged}
    return vol.Schema(
        {vol.Required(name, default=False): BooleanSelector() for name, offered in fields.items() if offered}
    )


def network_schema(networks: Iterable[Network]) -> vol.Schema:
    """The form to choose one of the networks that a charger sees, or to type one that hides."""
    options = [SelectOptionDict(value=network.ssid, label=network.ssid) for network in networks]
    return vol.Schema(
        {
            vol.Required(CONF_SSID): SelectSelector(
                SelectSelectorConfig(options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN, sort=False)
            ),
            vol.Optional(CONF_PASSWORD): SECRET,
        }
    )


def network_errors(typed: Mapping[str, Any]) -> dict[str, str]:
    """What no network can have: the charger would only find out after it has left its own."""
    if not 0 < len(typed[CONF_SSID].encode()) <= _MAX_SSID_BYTES:
        return {CONF_SSID: "invalid_ssid"}
    password = typed.get(CONF_PASSWORD, "")
    return {CONF_PASSWORD: "invalid_passphrase"} if password and len(password) not in _PASSPHRASE_LENGTHS else {}


def normal_url(typed: str) -> str | None:
    """The address `http://host[:port]` of what was typed: a host, an address, or a page of the charger's own.

    None if it is none of these. A user name in a URL is refused, because it would come with a password in plain sight.
    """
    text = typed.strip()
    url = web_address(text if "://" in text else f"http://{_bracketed(text)}")
    return None if url is None or url.user is not None or not is_host(url.host or "") else str(url.origin())


def is_encrypted(address: str) -> bool:
    """Whether an address, as it was typed or as it is kept, is one of https."""
    return address.strip().lower().startswith("https:")


def is_same_server(one: str, other: str) -> bool:
    """Whether two addresses are of the same web server: scheme, host and port."""
    servers = [(url.scheme, url.host, url.port) for url in map(URL, (one, other))]
    return servers[0] == servers[1]


def credentials(typed: Mapping[str, Any]) -> dict[str, str]:
    """User and password as a config entry keeps them; firmware after 5.1.5 knows a password without a user."""
    named = {CONF_USERNAME: typed.get(CONF_USERNAME, "").strip(), CONF_PASSWORD: typed.get(CONF_PASSWORD, "")}
    return {key: text for key, text in named.items() if text}


def moved_urls(url: str, hosts: Iterable[str], port: int | None = None) -> list[str]:
    """Where a charger may be now that was at `url`, when it is heard at `hosts`: where it was first, if that is among them.

    A name stays: it was chosen, and leads to the new address by itself. Discovery tells the port of http, which says
    nothing about https.
    """
    known = URL(url)
    if not _is_address(known.host or ""):
        return [url]
    # Stable, so that the others stay in their order.
    moved = (known.with_host(host) for host in sorted(dict.fromkeys(hosts), key=lambda host: host != known.host))
    return [str(one if port is None or known.scheme == "https" else one.with_port(port).origin()) for one in moved]


def _bracketed(text: str) -> str:
    """An IPv6 address as it stands in a URL."""
    return f"[{text}]" if _is_address(text) and ":" in text else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
