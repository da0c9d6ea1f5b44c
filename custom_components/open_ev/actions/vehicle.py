"""The actions of a vehicle."""

from datetime import timedelta
from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonValueType
import probatio as vol

from ..clients.ovms import commands
from ..clients.ovms.commands import Day
from ..clients.ovms.server_commands import listed_metrics
from ..clients.ovms.vehicle import Vehicle
from ..private_metrics import is_private
from . import Action

# Who asks to wait for a car does not want to find the command running days later.
LONGEST_WAIT = timedelta(days=1)

_DAY = vol.Coerce(Day)
_WORDS = vol.All(cv.ensure_list, [cv.string], vol.Length(min=1, max=100))


async def _send_command(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    wait = data["wait_for_vehicle"].total_seconds()
    return {"reply": await vehicle.send(commands.raw(data["command"]), wait_for_vehicle=wait)}


async def _request_metrics(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    await vehicle.request(data["metrics"])
    return None


async def _homelink(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    duration = data.get("duration")
    await vehicle.send(commands.homelink(data["button"], None if duration is None else round(duration * 1000)))
    return None


async def _set_schedule(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    await vehicle.send(commands.schedule_set(data["day"], data["times"]))
    return None


async def _clear_schedule(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    await vehicle.send(commands.schedule_clear(data.get("day")))
    return None


async def _copy_schedule(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    await vehicle.send(commands.schedule_copy(data["day"], data["to_days"]))
    return None


async def _enable_schedule(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    await vehicle.send(commands.schedule_enable(enable=data["enabled"]))
    return None


async def _get_schedule(vehicle: Vehicle, _: dict[str, Any]) -> ServiceResponse:
    status = await vehicle.send(commands.schedule_status())
    return {
        "enabled": status.startswith("Scheduled precondition: ENABLED"),
        "status": _lines(status),
        "schedule": _lines(await vehicle.send(commands.schedule_list())),
    }


async def _get_config(vehicle: Vehicle, data: dict[str, Any]) -> ServiceResponse:
    return {"value": await vehicle.read_config(data["param"], data["instance"])}


async def _get_firmware(vehicle: Vehicle, _: dict[str, Any]) -> ServiceResponse:
    return {"firmware": _lines(await vehicle.send(commands.firmware_status()))}


async def _list_metrics(vehicle: Vehicle, _: dict[str, Any]) -> ServiceResponse:
    listed = listed_metrics(await vehicle.send(commands.metrics_list()))
    code = vehicle.type.code
    return {"metrics": {name: text for name, text in listed.items() if not is_private(name, code)}}


def _lines(reply: str) -> list[JsonValueType]:
    return [line.strip() for line in reply.splitlines() if line.strip()]


VEHICLE_ACTIONS: dict[str, Action[Vehicle]] = {
    "send_command": Action(
        handler=_send_command,
        fields={
            vol.Required("command"): cv.string,
            vol.Optional("wait_for_vehicle", default=timedelta): vol.All(
                cv.positive_time_period, vol.Range(max=LONGEST_WAIT)
            ),
        },
        response=SupportsResponse.OPTIONAL,
        admin=True,
    ),
    "request_metrics": Action(handler=_request_metrics, fields={vol.Required("metrics"): _WORDS}),
    "homelink": Action(
        handler=_homelink,
        fields={
            vol.Required("button"): vol.All(vol.Coerce(float), vol.In((1, 2, 3)), vol.Coerce(int)),
            vol.Optional("duration"): vol.All(vol.Coerce(float), vol.Range(min=0.1, max=60)),
        },
    ),
    "set_climate_schedule": Action(
        handler=_set_schedule, fields={vol.Required("day"): _DAY, vol.Required("times"): _WORDS}
    ),
    "clear_climate_schedule": Action(handler=_clear_schedule, fields={vol.Optional("day"): _DAY}),
    "copy_climate_schedule": Action(
        handler=_copy_schedule,
        fields={vol.Required("day"): _DAY, vol.Required("to_days"): vol.All(cv.ensure_list, [_DAY])},
    ),
    "enable_climate_schedule": Action(handler=_enable_schedule, fields={vol.Required("enabled"): cv.boolean}),
    "get_climate_schedule": Action(handler=_get_schedule, fields={}, response=SupportsResponse.ONLY),
    "get_config": Action(
        handler=_get_config,
        fields={vol.Required("param"): cv.string, vol.Required("instance"): cv.string},
        response=SupportsResponse.ONLY,
        admin=True,
    ),
    "list_metrics": Action(handler=_list_metrics, fields={}, response=SupportsResponse.ONLY, admin=True),
    "get_firmware": Action(handler=_get_firmware, fields={}, response=SupportsResponse.ONLY),
}
