"""The forms of a vehicle on a broker: which fields they have, and how what was typed becomes a config entry's data."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_PROTOCOL, CONF_USERNAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.util import dt as dt_util
import probatio as vol

from ..clients.ovms.broker import Protocol, Tls, Transport
from ..clients.ovms.errors import TlsFailed
from ..clients.ovms.mqtt import Mode
from ..const import (
    CONF_BROKER,
    CONF_CA_CERTIFICATE,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_EXPOSE_LOCATION,
    CONF_EXTRA_METRICS,
    CONF_LOGIN_CHANGED,
    CONF_PREFIX,
    CONF_PRESENCE,
    CONF_TLS,
    CONF_TLS_INSECURE,
    CONF_TRANSPORT,
    CONF_WEBSOCKET_PATH,
    BrokerSource,
)
from .fields import SECRET, TEXT, USERNAME, is_host, without_secrets

SECTION_ADVANCED: Final = "advanced"
CONF_VEHICLE: Final = "vehicle"
# No prefix that is found by searching lacks a slash.
OTHER_PREFIX: Final = "other"

_PORT = 1883
_PORT_TLS = 8883

_PEM = TextSelector(TextSelectorConfig(multiline=True))
_PORT_NUMBER = NumberSelector(NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX))

PREFIX_SCHEMA: Final = vol.Schema({vol.Required(CONF_PREFIX): TEXT})

_ADVANCED_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_CA_CERTIFICATE): _PEM,
        vol.Optional(CONF_CLIENT_CERTIFICATE): _PEM,
        vol.Optional(CONF_CLIENT_KEY): _PEM,
        vol.Required(CONF_TLS_INSECURE, default=False): BooleanSelector(),
        vol.Required(CONF_TRANSPORT, default=Transport.TCP.value): SelectSelector(
            SelectSelectorConfig(
                options=[transport.value for transport in Transport],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key=CONF_TRANSPORT,
            )
        ),
        vol.Required(CONF_WEBSOCKET_PATH, default="/"): TEXT,
        vol.Required(CONF_PROTOCOL, default=Protocol.V311.value): SelectSelector(
            SelectSelectorConfig(
                options=[Protocol.V311.value, Protocol.V5.value], mode=SelectSelectorMode.DROPDOWN, sort=False
            )
        ),
    }
)

OWN_BROKER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TEXT,
        vol.Optional(CONF_PORT): _PORT_NUMBER,
        vol.Optional(CONF_USERNAME): USERNAME,
        vol.Optional(CONF_PASSWORD): SECRET,
        vol.Required(CONF_TLS, default=False): BooleanSelector(),
        vol.Required(SECTION_ADVANCED): section(_ADVANCED_SCHEMA, {"collapsed": True}),
    }
)

OWN_BROKER_AND_PREFIX_SCHEMA: Final = vol.Schema({**PREFIX_SCHEMA.schema, **OWN_BROKER_SCHEMA.schema})

_CERTIFICATES = (CONF_CA_CERTIFICATE, CONF_CLIENT_CERTIFICATE, CONF_CLIENT_KEY)
# Whom a password was typed for, and how it is kept from others on the way.
_ADDRESS = (CONF_HOST, CONF_PORT, CONF_TLS, CONF_TLS_INSECURE)


def choice_schema(labels: Mapping[str, str]) -> vol.Schema:
    """The form to choose one of the vehicles that were found, `labels` by prefix, or to type a prefix."""
    options = [SelectOptionDict(value=prefix, label=label) for prefix, label in labels.items()]
    options.append(SelectOptionDict(value=OTHER_PREFIX, label=OTHER_PREFIX))
    return vol.Schema(
        {
            vol.Required(CONF_VEHICLE, default=next(iter(labels))): SelectSelector(
                SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST, translation_key=CONF_VEHICLE)
            )
        }
    )


def options_schema(extra_metrics: Iterable[str], published: Collection[str] = ()) -> vol.Schema:
    """The form of a vehicle's options.

    `extra_metrics` are those of its type, which the form has no field for if there are none; `published` are those that
    the car is known to have, marked and first.
    """
    schema: dict[vol.Marker, Any] = {
        vol.Required(CONF_PRESENCE, default=Mode.AUTOMATIC.value): SelectSelector(
            SelectSelectorConfig(
                options=[mode.value for mode in Mode],
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_PRESENCE,
            )
        ),
        vol.Required(CONF_EXPOSE_LOCATION, default=True): BooleanSelector(),
    }
    names = sorted(extra_metrics, key=lambda name: (name not in published, name))
    if names:
        choices = [SelectOptionDict(value=name, label=f"✓ {name}" if name in published else name) for name in names]
        schema[vol.Optional(CONF_EXTRA_METRICS, default=list)] = SelectSelector(
            SelectSelectorConfig(options=choices, multiple=True, mode=SelectSelectorMode.DROPDOWN)
        )
    return vol.Schema(schema)


def own_broker_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the broker's form shows of a config entry's data."""
    advanced = {str(key) for key in _ADVANCED_SCHEMA.schema}
    return without_secrets(
        {
            **{key: value for key, value in data.items() if key not in advanced},
            SECTION_ADVANCED: {key: value for key, value in data.items() if key in advanced},
        }
    )


def own_broker_data(typed: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """A config entry's data of the broker that was typed into its form.

    A secret that was left empty is taken from `stored` as long as what it belongs to is the same.
    """
    fields = {**typed, **typed[SECTION_ADVANCED]}
    tls: bool = fields[CONF_TLS]
    data: dict[str, Any] = {
        CONF_BROKER: BrokerSource.OWN.value,
        CONF_HOST: _bare_host(fields[CONF_HOST]),
        CONF_PORT: int(fields.get(CONF_PORT) or (_PORT_TLS if tls else _PORT)),
        CONF_TLS: tls,
        CONF_TRANSPORT: fields[CONF_TRANSPORT],
        CONF_PROTOCOL: fields[CONF_PROTOCOL],
    }
    if fields[CONF_TRANSPORT] == Transport.WEBSOCKETS:
        data[CONF_WEBSOCKET_PATH] = fields[CONF_WEBSOCKET_PATH].strip() or "/"
    if tls:
        data[CONF_TLS_INSECURE] = fields[CONF_TLS_INSECURE]
    is_same_broker = all(data.get(key, False) == stored.get(key, False) for key in _ADDRESS)
    data |= credentials_data(fields, stored if is_same_broker else {})
    certificates = {key: text for key in _CERTIFICATES if (text := fields.get(key, "").strip())}
    if CONF_CLIENT_KEY not in certificates and _same(CONF_CLIENT_CERTIFICATE, certificates, stored):
        certificates[CONF_CLIENT_KEY] = stored[CONF_CLIENT_KEY]
    return data | certificates


def credentials_data(typed: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """User and password as a config entry keeps them; without a user there is no password either."""
    username = typed.get(CONF_USERNAME, "").strip()
    if not username:
        return {}
    data = {CONF_USERNAME: username}
    if password := typed.get(CONF_PASSWORD):
        data[CONF_PASSWORD] = password
    elif CONF_PASSWORD in stored and _same(CONF_USERNAME, data, stored):
        data[CONF_PASSWORD] = stored[CONF_PASSWORD]
    return data


def login_change(data: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, str]:
    """Since when the login at the same own broker is this one, if it was ever another.

    The module has a login of its own there, and mostly it is the same.
    """
    if {data[CONF_BROKER], stored[CONF_BROKER]} != {BrokerSource.OWN}:
        return {}
    if any(data.get(key) != stored.get(key) for key in (CONF_USERNAME, CONF_PASSWORD, CONF_CLIENT_CERTIFICATE)):
        return {CONF_LOGIN_CHANGED: dt_util.utcnow().isoformat()}
    return {key: stored[key] for key in (CONF_LOGIN_CHANGED,) if key in stored}


def _same(key: str, data: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    return key in stored and data.get(key) == stored[key]


def own_broker_errors(data: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a broker's data before anything is tried. It reads files, so call it where that may block.

    Frontends show no errors inside a section; those end at the form.
    """
    if not is_host(data[CONF_HOST]):
        return {CONF_HOST: "invalid_host"}
    authority, certificate, key = (data.get(field) for field in _CERTIFICATES)
    if not data[CONF_TLS]:
        return {"base": "certificates_without_tls"} if authority or certificate or key else {}
    if authority and not _is_authority(authority):
        return {"base": "invalid_ca_certificate"}
    if (certificate or key) and not _is_pair(certificate, key):
        return {"base": "invalid_client_certificate"}
    return {}


def _is_authority(pem: str) -> bool:
    return pem.isascii() and _readable(Tls(authority=pem))


def _is_pair(certificate: str | None, key: str | None) -> bool:
    if certificate is None or key is None:
        return False
    # A certificate is shown again when its form is; a key that was pasted along with it must not be.
    return "PRIVATE KEY" not in certificate and _readable(Tls(certificate=certificate, key=key))


def _readable(tls: Tls) -> bool:
    try:
        tls.context()
    except TlsFailed:
        return False
    return True


def _bare_host(text: str) -> str:
    return text.strip().removeprefix("[").removesuffix("]")
