"""The forms of an operator: which fields they have, and how what was typed becomes a config entry's data."""

from collections.abc import Mapping
import secrets
from typing import Any, Final

from homeassistant.const import CONF_TOKEN
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from ..clients.ocpi.addresses import operator_url
from ..clients.ocpi.credentials import Encoding, TokenType
from ..clients.ocpi.errors import InvalidArgument
from ..const import (
    CONF_CONTRACT_ID,
    CONF_COUNTRY_CODE,
    CONF_DRIVER_TYPE,
    CONF_DRIVER_UID,
    CONF_ENCODING,
    CONF_FOR_OPERATOR,
    CONF_ISSUER,
    CONF_PARTY_ID,
    CONF_POLL_MINUTES,
    CONF_VERSIONS_URL,
)
from ..settings.operator import DEFAULT_POLL_MINUTES, credentials_of
from .fields import SECRET, TEXT

SECTION_ADVANCED: Final = "advanced"

CONNECTION_FIELDS: Final = (
    CONF_VERSIONS_URL,
    CONF_TOKEN,
    CONF_FOR_OPERATOR,
    CONF_COUNTRY_CODE,
    CONF_PARTY_ID,
    CONF_ENCODING,
)
DRIVER_FIELDS: Final = (CONF_DRIVER_UID, CONF_CONTRACT_ID, CONF_DRIVER_TYPE, CONF_ISSUER)

# Nobody is told who drives before there is a command.
_ANY_DRIVER: Final = {
    CONF_DRIVER_UID: "-",
    CONF_CONTRACT_ID: "-",
    CONF_DRIVER_TYPE: TokenType.OTHER.value,
    CONF_ISSUER: "-",
}

# The texts of what cannot be sent, by why an address cannot, and by which of the other fields cannot.
_WRONG_URLS: Final = {
    "not_a_url": "operator_url_not_a_url",
    "credentials": "operator_url_credentials",
    "not_encrypted": "operator_url_not_encrypted",
}
_MALFORMED: Final = {
    CONF_TOKEN: "malformed_token",
    CONF_FOR_OPERATOR: "malformed_own_token",
    CONF_COUNTRY_CODE: "malformed_country_code",
    CONF_PARTY_ID: "malformed_party_id",
    CONF_DRIVER_UID: "malformed_driver_uid",
    CONF_CONTRACT_ID: "malformed_contract_id",
    CONF_ISSUER: "malformed_issuer",
}

_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL, autocomplete="off"))


def _connection_schema(token: vol.Marker) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_VERSIONS_URL): _URL,
            token: SECRET,
            vol.Required(CONF_FOR_OPERATOR): TEXT,
            vol.Required(CONF_COUNTRY_CODE): TEXT,
            vol.Required(CONF_PARTY_ID): TEXT,
            vol.Required(SECTION_ADVANCED): section(
                vol.Schema(
                    {
                        vol.Required(CONF_ENCODING, default=Encoding.AUTO.value): SelectSelector(
                            SelectSelectorConfig(
                                options=[encoding.value for encoding in Encoding],
                                mode=SelectSelectorMode.DROPDOWN,
                                translation_key="token_encoding",
                            )
                        )
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


CONNECTION_SCHEMA: Final = _connection_schema(vol.Required(CONF_TOKEN))
# Without a token the stored one is kept.
RECONNECTION_SCHEMA: Final = _connection_schema(vol.Optional(CONF_TOKEN))

DRIVER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_DRIVER_UID): TEXT,
        vol.Required(CONF_CONTRACT_ID): TEXT,
        vol.Required(CONF_DRIVER_TYPE, default=TokenType.APP_USER.value.lower()): SelectSelector(
            SelectSelectorConfig(
                options=[kind.value.lower() for kind in TokenType],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="driver_token_type",
            )
        ),
        vol.Required(CONF_ISSUER): TEXT,
    }
)

TOKEN_SCHEMA: Final = vol.Schema({vol.Required(CONF_TOKEN): SECRET})

OPERATOR_OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_POLL_MINUTES, default=DEFAULT_POLL_MINUTES): NumberSelector(
            NumberSelectorConfig(min=1, max=24 * 60, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="min")
        )
    }
)


def new_own_token() -> str:
    """Make up what the operator is to show: as long as nobody guesses, and easy to copy."""
    return secrets.token_urlsafe(32)


def connection(typed: Mapping[str, Any]) -> dict[str, Any]:
    """How an operator is reached, as a config entry keeps it."""
    flat = {**typed, **typed[SECTION_ADVANCED]}
    data = {key: flat[key].strip() for key in CONNECTION_FIELDS if flat.get(key, "").strip()}
    data[CONF_COUNTRY_CODE] = data.get(CONF_COUNTRY_CODE, "").upper()
    data[CONF_PARTY_ID] = data.get(CONF_PARTY_ID, "").upper()
    return data


def shown_connection(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of that. Our own token is shown: it is for the operator, and somebody has to hand it over."""
    shown = {key: data[key] for key in CONNECTION_FIELDS if key in data and key not in {CONF_TOKEN, CONF_ENCODING}}
    return {**shown, SECTION_ADVANCED: {CONF_ENCODING: data.get(CONF_ENCODING, Encoding.AUTO)}}


def driver(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Who charges, as a config entry keeps it."""
    return {key: typed[key].strip() for key in DRIVER_FIELDS} | {CONF_DRIVER_TYPE: typed[CONF_DRIVER_TYPE].upper()}


def shown_driver(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of that."""
    shown = {key: data[key] for key in DRIVER_FIELDS if key in data}
    return shown | ({CONF_DRIVER_TYPE: data[CONF_DRIVER_TYPE].lower()} if CONF_DRIVER_TYPE in data else {})


def with_any_driver(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an entry of which it is not known yet who drives."""
    return {**_ANY_DRIVER, **data}


def malformed(data: Mapping[str, Any], *, had_token: bool = False) -> dict[str, str]:
    """What no operator could take, by its field; nothing if all is well.

    `had_token` says that there is a stored token, which is not used for this address.
    """
    if CONF_TOKEN not in data:
        return {CONF_TOKEN: "token_not_stored" if had_token else "token_needed"}
    try:
        credentials_of({CONF_FOR_OPERATOR: "", CONF_VERSIONS_URL: "", **with_any_driver(data)})
    except InvalidArgument as error:
        if error.argument == "url":
            return {CONF_VERSIONS_URL: _WRONG_URLS[error.reason]}
        return {error.argument: _MALFORMED[error.argument]}
    return {}


def normal_url(typed: str) -> str:
    """The address of an operator's versions as a config entry keeps it."""
    return str(operator_url(typed))
