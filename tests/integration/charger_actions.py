"""Performing the actions of a charger."""

from typing import Any

from homeassistant.core import Context, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.open_ev.actions.charger import CHARGER_ACTIONS
from custom_components.open_ev.const import DOMAIN

from .driveway import Station

ANSWERING = {name for name, action in CHARGER_ACTIONS.items() if action.response is SupportsResponse.ONLY}

type Response = dict[str, Any]


async def act(
    station: Station, action: str, *, response: bool = False, context: Context | None = None, **data: Any
) -> Response:
    """Perform an action."""
    told = await station.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=response, context=context
    )
    return dict(told or {})


async def ask(station: Station, action: str, **data: Any) -> Response:
    """Perform an action for its response."""
    return await act(station, action, response=True, **data)


async def refused(station: Station, action: str, **data: Any) -> HomeAssistantError:
    """Perform an action, and return the error that it must end with, which has a text."""
    with pytest.raises(HomeAssistantError) as error:
        await act(station, action, response=action in ANSWERING, **data)
    assert error.value.translation_key
    assert str(error.value) != error.value.translation_key
    return error.value
