"""The actions of a charge point."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from ..clients.ocpi.charge_point import Ability, ChargePoint
from ..clients.ocpi.errors import InvalidArgument, NotAvailable
from ..clients.ocpi.models import CommandType
from ..const import DOMAIN
from . import Action

ATTR_CHARGE_POINT: Final = "charge_point"
_RESERVATION_ID: Final = "reservation_id"


async def _reserve(point: ChargePoint, data: dict[str, Any]) -> ServiceResponse:
    if point.evse is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="charge_point_gone")
    # It may cost money, so who cannot be reserved is not asked on the off chance.
    if not point.can(Ability.RESERVE):
        raise NotAvailable(CommandType.RESERVE_NOW)
    expiry = _expiry(data)
    reservation_id = await point.reserve(expiry, reservation_id=data.get(_RESERVATION_ID))
    return {_RESERVATION_ID: reservation_id, "until": expiry.isoformat(timespec="seconds")}


def _expiry(data: Mapping[str, Any]) -> datetime:
    """When the reservation ends: at a moment, which is local if it has no zone, or after a time."""
    try:
        match data:
            case {"until": datetime() as until, **others} if "duration" not in others:
                return dt_util.as_utc(until)
            case {"duration": timedelta() as duration, **others} if "until" not in others:
                return dt_util.utcnow() + duration
    except OverflowError:
        # The calendar ends there, or has not begun.
        raise InvalidArgument("expiry", "out_of_range") from None
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_expiry")


async def _cancel_reservation(point: ChargePoint, data: dict[str, Any]) -> ServiceResponse:
    reservation_id = data.get(_RESERVATION_ID) or point.text("reservation")
    if reservation_id is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_reservation")
    await point.cancel_reservation(reservation_id)
    return {_RESERVATION_ID: reservation_id}


CHARGE_POINT_ACTIONS: dict[str, Action[ChargePoint]] = {
    "reserve": Action(
        handler=_reserve,
        fields={
            vol.Optional(ATTR_CHARGE_POINT): cv.string,
            vol.Optional("duration"): cv.positive_time_period,
            vol.Optional("until"): cv.datetime,
            vol.Optional(_RESERVATION_ID): cv.string,
        },
        response=SupportsResponse.OPTIONAL,
    ),
    "cancel_reservation": Action(
        handler=_cancel_reservation,
        fields={vol.Optional(ATTR_CHARGE_POINT): cv.string, vol.Optional(_RESERVATION_ID): cv.string},
        response=SupportsResponse.OPTIONAL,
    ),
}
