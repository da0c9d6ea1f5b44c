"""Performing the actions of a car."""

from typing import Any

from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import probatio as vol
import pytest

from custom_components.open_ev.const import DOMAIN

from .garage import Car

# What each action needs at least.
LEAST: dict[str, dict[str, Any]] = {
    "send_command": {"command": "stat"},
    "request_metrics": {"metrics": ["v.b.soc"]},
    "homelink": {"button": 1},
    "set_climate_schedule": {"day": "mon", "times": ["07:30"]},
    "clear_climate_schedule": {},
    "copy_climate_schedule": {"day": "mon", "to_days": ["tue"]},
    "enable_climate_schedule": {"enabled": True},
    "get_climate_schedule": {},
    "get_config": {"param": "vehicle", "instance": "id"},
    "get_firmware": {},
    "list_metrics": {},
}
ANSWERING = {"get_climate_schedule", "get_config", "get_firmware", "list_metrics"}

type Response = dict[str, Any]


async def act(
    car: Car, action: str, *, response: bool = False, context: Context | None = None, **data: Any
) -> Response | None:
    """Perform an action."""
    return await car.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=response, context=context
    )


async def ask(car: Car, action: str, **data: Any) -> Response:
    """Perform an action for its response."""
    response = await act(car, action, response=True, **data)
    assert response is not None
    return response


async def refused(car: Car, action: str, **data: Any) -> HomeAssistantError:
    """Perform an action, and return the error that it must end with."""
    with pytest.raises(HomeAssistantError) as error:
        await act(car, action, response=action in ANSWERING, **data)
    return error.value


async def invalid(car: Car, action: str, **data: Any) -> None:
    """Perform an action that is turned down for its arguments."""
    with pytest.raises((vol.Invalid, ServiceValidationError)):
        await act(car, action, response=action in ANSWERING, **data)
