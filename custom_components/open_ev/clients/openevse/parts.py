"""The parts of what a charger tells beside /status, and how each is read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Final

from .errors import WrongCharger
from .gateway import Gateway, Resource
from .models import Claim, ScheduleEvent, days
from .pace import Pace
from .report import Json, JsonObject, Report, flag, serial_of, text, whole


class Part(StrEnum):
    """What is read by itself."""

    CONFIG = "config"
    OVERRIDE = "override"
    CLAIMS = "claims"
    LIMIT = "limit"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a part is read.

    It is read again when one of `stamps` in /status is another than before; and every now and then where `counter`, which
    counts its changes, is not there.
    """

    exists: Callable[[Report], bool]
    read: Callable[[Gateway, Report], Awaitable[None]]
    counter: str
    stamps: tuple[str, ...] = ()
    every: Callable[[Pace], float] = lambda pace: pace.uncounted


async def read_config(gateway: Gateway, report: Report) -> None:
    """Read /config, which is the only one to tell whose answers these are; raises WrongCharger if they are another's."""
    take_config(report, await gateway.config())


def take_config(report: Report, config: JsonObject) -> None:
    """Take a /config, if it is of the charger that all the rest is of.

    Raises:
        WrongCharger: it is another's.
    """
    serial = serial_of(config)
    if serial is not None and report.serial is not None and serial != report.serial:
        raise WrongCharger("another charger answers at this address")
    report.config = config
    report.serial = report.serial or serial


async def _read_override(gateway: Gateway, report: Report) -> None:
    report.override = await gateway.get_object(Resource.OVERRIDE)


async def _read_claims(gateway: Gateway, report: Report) -> None:
    claims = (_claim(said, report) for said in await gateway.get_list(Resource.CLAIMS))
    report.claims = tuple(claim for claim in claims if claim is not None)
    report.target = await gateway.get_object(Resource.TARGET)


async def _read_limit(gateway: Gateway, report: Report) -> None:
    report.limit = await gateway.get_object(Resource.LIMIT)


async def _read_schedule(gateway: Gateway, report: Report) -> None:
    events = (_event(said) for said in await gateway.get_list(Resource.SCHEDULE))
    report.schedule = tuple(event for event in events if event is not None)


def _claim(said: Json, report: Report) -> Claim | None:
    """Read a claim; None if it is none."""
    if not isinstance(said, dict) or (client := whole(said, "client")) is None:
        return None
    return Claim(
        client=client,
        who=report.who(client),
        priority=whole(said, "priority") or 0,
        charge={"active": True, "disabled": False}.get(text(said, "state") or ""),
        current=whole(said, "charge_current"),
        max_current=whole(said, "max_current"),
        until_unplugged=flag(said, "auto_release") or False,
    )


def _event(said: Json) -> ScheduleEvent | None:
    """Read an event of a schedule; None if it is none."""
    if not isinstance(said, dict):
        return None
    names, at = said.get("days"), text(said, "time")
    try:
        moment = time.fromisoformat(at or "")
    except ValueError:
        return None
    return ScheduleEvent(
        id=whole(said, "id"),
        start=text(said, "state") == "active",
        at=moment,
        days=days(names if isinstance(names, list) else ()),
    )


WAYS: Final = {
    Part.CONFIG: Way(
        exists=lambda _: True, read=read_config, counter="config_version", every=lambda pace: pace.settings
    ),
    Part.OVERRIDE: Way(
        exists=lambda report: report.has_manager,
        read=_read_override,
        counter="override_version",
        stamps=("manual_override",),
    ),
    Part.CLAIMS: Way(
        exists=lambda report: report.has_claims,
        read=_read_claims,
        counter="claims_version",
        # Up to 4.1.5, without a counter, what follows from a claim tells that there is one; and one that ends with the
        # session is not counted before the newest.
        stamps=("override_version", "manual_override", "status", "pilot", "vehicle"),
    ),
    Part.LIMIT: Way(exists=lambda report: report.has_limit, read=_read_limit, counter="limit_version"),
    Part.SCHEDULE: Way(exists=lambda report: report.has_manager, read=_read_schedule, counter="schedule_version"),
}
