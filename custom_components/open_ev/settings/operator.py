"""How an operator is reached: from its config entry to its OCPI server, and what may be wrong on the way or with a command."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..clients.ocpi.client import OcpiClient
from ..clients.ocpi.credentials import Credentials, DriverToken, Encoding, TokenType
from ..clients.ocpi.errors import (
    BadAnswer,
    CannotConnect,
    CommandRefused,
    NotAvailable,
    NotOcpi,
    OcpiError,
    ResultTimeout,
    StatusError,
    TlsFailed,
    Unanswered,
    Unauthorized,
    UnsupportedVersion,
)
from ..clients.ocpi.pace import Pace
from ..clients.plain import plain
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

# The standard asks for hours; a place that is free or not changes sooner, and one request a charge point harms nobody.
DEFAULT_POLL_MINUTES: Final = 30

# What stands where an operator offers no version.
_NOTHING: Final = "–"


@callback
def client_of(hass: HomeAssistant, data: Mapping[str, Any]) -> OcpiClient:
    """The OCPI server that an operator's entry data names.

    Raises:
        InvalidArgument: the data cannot be sent.
    """
    return OcpiClient(async_get_clientsession(hass), credentials_of(data))


def credentials_of(data: Mapping[str, Any]) -> Credentials:
    """What was agreed with an operator, and who charges.

    Raises:
        InvalidArgument: something of it cannot be sent.
    """
    return Credentials(
        versions_url=data[CONF_VERSIONS_URL],
        token=data[CONF_TOKEN],
        own_token=data[CONF_FOR_OPERATOR],
        country_code=data[CONF_COUNTRY_CODE],
        party_id=data[CONF_PARTY_ID],
        driver=DriverToken(
            uid=data[CONF_DRIVER_UID],
            contract_id=data[CONF_CONTRACT_ID],
            issuer=data[CONF_ISSUER],
            type=TokenType(data[CONF_DRIVER_TYPE]),
        ),
        encoding=Encoding(data[CONF_ENCODING]),
    )


def pace_of(options: Mapping[str, Any]) -> Pace:
    """How often an operator is asked, from its entry's options."""
    return Pace(idle=60.0 * options.get(CONF_POLL_MINUTES, DEFAULT_POLL_MINUTES))


def operator_error_key(error: OcpiError) -> str:
    """The translation key of what is wrong with the way to an operator."""
    match error:
        case Unauthorized():
            return "operator_unauthorized"
        case TlsFailed():
            return "operator_tls_failed"
        case CannotConnect():
            return "operator_unreachable"
        case NotOcpi():
            return "not_ocpi"
        case BadAnswer():
            return "operator_bad_answer"
        case UnsupportedVersion():
            return "operator_versions"
        case NotAvailable():
            return "operator_modules"
        case StatusError():
            return "operator_status_saying" if error.reply else "operator_status"
    return "operator_status"


def operator_acting_key(error: OcpiError) -> str:
    """The translation key of what a command came to, or of what kept it from being sent."""
    match error:
        case CommandRefused():
            # The second one leaves room for the operator's own words.
            return f"command_{error.result}_saying" if error.reply else f"command_{error.result}"
        case ResultTimeout():
            return "command_no_result"
        case NotAvailable():
            return "operator_cannot"
        case TlsFailed():
            return "operator_tls_failed"
        case CannotConnect():
            return "command_not_sent"
        case Unanswered():
            return "command_unsure"
    return operator_error_key(error)


def operator_said(error: OcpiError) -> dict[str, str]:
    """What the text of an error names; some of these are shown as forms are."""
    match error:
        case CommandRefused():
            return _reply(error.reply)
        case StatusError():
            return {"code": str(error.code)} | _reply(error.reply)
        case UnsupportedVersion():
            return {"offered": plain(", ".join(error.offered)) or _NOTHING}
        case NotAvailable():
            return {"what": error.what}
    return {}


def _reply(words: str) -> dict[str, str]:
    return {"reply": plain(words) or _NOTHING} if words else {}
