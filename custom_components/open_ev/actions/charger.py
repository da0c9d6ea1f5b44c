"""The actions of a charger."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import Flag
from typing import Any, Final

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType, JsonValueType
import probatio as vol

from ..clients.openevse import rapi_commands
from ..clients.openevse.charger import Charger
from ..clients.openevse.models import EVERY_DAY, Check, Day, Mode, ScheduleEvent
from ..const import DOMAIN
from . import Action

# A text that stays for longer is no notice any more; the display belongs to the charger.
LONGEST_TEXT: Final = timedelta(days=1)

_START, _STOP = "start", "stop"
_PERCENT = vol.All(vol.Coerce(float), vol.Range(min=0, max=100))
_DURATION = cv.positive_time_period

_WATT_HOURS_PER_KILOWATT_HOUR = 1000
_MINUTE = timedelta(minutes=1)


# RAPI


async def _send_rapi(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    line: str = data["command"]
    answer = await charger.send_rapi(line)
    # A refusal is raised here: in an automation nobody would look for it in the response.
    result = rapi_commands.raw(line).result(answer)
    return {"answer": answer.line, "values": list(answer.tokens), "result": _plain(result)}


def _plain(value: object) -> JsonValueType:
    """What a controller's answer means, as Home Assistant can write it down."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Flag():
            return [str(flag.name).lower() for flag in value]
        case datetime() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case tuple():
            # Of a command that is not known here, its words are all that is known.
            return [_plain(each) for each in value]
        case bool() | int() | float() | str():
            return value
    return None


# The display


async def _show_text(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    await charger.show_text(data["line_1"], data["line_2"], seconds=data["duration"].total_seconds())
    return None


# Charging


async def _set_override(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    await charger.set_mode(data["mode"], until_unplugged=data.get("until_unplugged"))
    return None


async def _set_schedule(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    await charger.set_schedule(
        ScheduleEvent(start=event["action"] == _START, at=event["time"], days=frozenset(event["days"]))
        for event in data["events"]
    )
    return None


async def _get_schedule(charger: Charger, _: dict[str, Any]) -> ServiceResponse:
    return {"events": [_written(event) for event in charger.schedule()]}


def _written(event: ScheduleEvent) -> JsonObjectType:
    """An event as `set_schedule` takes it."""
    return {
        "action": _START if event.start else _STOP,
        "time": event.at.isoformat(),
        "days": [day.value for day in Day if day in event.days],
    }


async def _set_limit(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    match _only_limit(data):
        case "energy", energy:
            await charger.set_energy_limit(round(energy * _WATT_HOURS_PER_KILOWATT_HOUR))
        case "duration", duration:
            await charger.set_time_limit(duration / _MINUTE)
        case "state_of_charge", percent:
            await charger.set_soc_limit(percent)
        case _, distance:
            await charger.set_range_limit(distance)
    return None


def _only_limit(data: Mapping[str, Any]) -> tuple[str, Any]:
    """The one limit that is given. A gateway has one at a time, and the last of several would win."""
    given = [(name, data[name]) for name in ("energy", "duration", "state_of_charge", "range") if name in data]
    if len(given) != 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_limit")
    return given[0]


async def _clear_limit(charger: Charger, _: dict[str, Any]) -> ServiceResponse:
    await charger.clear_limits()
    return None


# The car


async def _push_vehicle(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    time_to_full: timedelta | None = data.get("time_to_full")
    await charger.push_vehicle(
        data.get("state_of_charge"),
        data.get("range"),
        None if time_to_full is None else time_to_full.total_seconds(),
    )
    return None


# Safety


async def _set_check(charger: Charger, data: dict[str, Any]) -> ServiceResponse:
    if not data["enabled"] and not data["confirm"]:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="check_not_confirmed")
    await charger.set_check(data["check"], enabled=data["enabled"])
    return None


_EVENT = vol.Schema(
    {
        vol.Required("action"): vol.In((_START, _STOP)),
        vol.Required("time"): cv.time,
        vol.Optional("days", default=sorted(EVERY_DAY)): vol.All(cv.ensure_list, [vol.Coerce(Day)], vol.Length(min=1)),
    }
)

CHARGER_ACTIONS: dict[str, Action[Charger]] = {
    "send_rapi": Action(
        handler=_send_rapi,
        fields={vol.Required("command"): cv.string},
        response=SupportsResponse.OPTIONAL,
        admin=True,
    ),
    "show_text": Action(
        handler=_show_text,
        fields={
            vol.Required("line_1"): cv.string,
            vol.Optional("line_2", default=""): cv.string,
            vol.Optional("duration", default=timedelta(minutes=1)): vol.All(
                _DURATION, vol.Range(min=timedelta(seconds=1), max=LONGEST_TEXT)
            ),
        },
    ),
    "set_override": Action(
        handler=_set_override,
        fields={
            vol.Required("mode"): vol.Coerce(Mode),
            vol.Optional("until_unplugged"): cv.boolean,
        },
    ),
    "set_schedule": Action(handler=_set_schedule, fields={vol.Required("events"): vol.All(cv.ensure_list, [_EVENT])}),
    "get_schedule": Action(handler=_get_schedule, fields={}, response=SupportsResponse.ONLY),
    "set_limit": Action(
        handler=_set_limit,
        fields={
            vol.Optional("energy"): vol.All(vol.Coerce(float), vol.Range(min=0.1, max=255)),
            vol.Optional("duration"): vol.All(_DURATION, vol.Range(min=_MINUTE)),
            vol.Optional("state_of_charge"): _PERCENT,
            vol.Optional("range"): vol.All(vol.Coerce(float), vol.Range(min=1, max=1000)),
        },
    ),
    "clear_limit": Action(handler=_clear_limit, fields={}),
    "push_vehicle": Action(
        handler=_push_vehicle,
        fields={
            vol.Optional("state_of_charge"): _PERCENT,
            vol.Optional("range"): vol.All(vol.Coerce(float), vol.Range(min=0, max=1000)),
            vol.Optional("time_to_full"): _DURATION,
        },
    ),
    "set_check": Action(
        handler=_set_check,
        fields={
            vol.Required("check"): vol.Coerce(Check),
            vol.Required("enabled"): cv.boolean,
            vol.Optional("confirm", default=False): cv.boolean,
        },
        admin=True,
    ),
}
