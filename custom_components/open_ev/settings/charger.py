"""How a charger is reached: from its config entry to its web server, and what may be wrong with the way there."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_PASSWORD, CONF_URL, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    FirmwareTooOld,
    NotAnOpenEvse,
    OpenEvseError,
    TlsFailed,
    TlsWanted,
    Unauthorized,
)
from ..clients.openevse.gateway import Gateway
from ..clients.openevse.models import Habits
from ..const import CONF_PAUSES_DISABLED, CONF_UNTIL_UNPLUGGED, CONF_VERIFY_TLS


@callback
def gateway_of(hass: HomeAssistant, data: Mapping[str, Any]) -> Gateway:
    """The web server that a charger's entry data names."""
    return Gateway(
        async_get_clientsession(hass),
        data[CONF_URL],
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
        verify_tls=data.get(CONF_VERIFY_TLS, True),
    )


def habits_of(options: Mapping[str, Any]) -> Habits:
    """How a charger is told what can be done in two ways, from its entry's options."""
    return Habits(
        until_unplugged=options.get(CONF_UNTIL_UNPLUGGED, False),
        pauses_disabled=options.get(CONF_PAUSES_DISABLED, False),
    )


def charger_error_key(error: OpenEvseError) -> str:
    """The translation key of what is wrong with the way to a charger."""
    match error:
        case Unauthorized(retry_later=True):
            return "charger_locked_out"
        case Unauthorized():
            return "charger_unauthorized"
        case TlsFailed():
            return "charger_tls_failed"
        case CannotConnect():
            return "charger_unreachable"
        case NotAnOpenEvse():
            return "not_an_openevse"
        case FirmwareTooOld():
            return "charger_too_old"
        case TlsWanted():
            return "charger_wants_tls"
        case BadAnswer():
            return "charger_bad_answer"
    return "charger_refused"
