"""How a charger is told what to do whose gateway owns it: firmware 4.0 and later.

What is asked for by the way is a claim of our own, which the charger's button, its own pages, OCPP and its safety all overrule.
A mode is what its three buttons would do. RAPI is left for what there is no other way to do, and most builds from 5.0 on block it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final, override

from ..known import Readings
from . import rapi_commands as rapi
from .authority import daily_events
from .control import Control, Sent, is_clock, is_total_reset
from .controller import finds_level_itself, resets_faults
from .decoding import km_per_unit
from .errors import InvalidArgument, NotAvailable, Refused
from .gateway import Gateway
from .models import OWN, Ability, Check, Claim, LimitType, Mode, ScheduleEvent, ServiceLevel
from .parts import Part
from .rapi_control import RapiControl
from .report import Json, JsonObject, Report, text, whole
from .settings import Settings

_STATES: Final = {True: "active", False: "disabled"}
_MOST_EVENTS: Final = 50
_LIMITS: Final = {LimitType.ENERGY: 10_000_000, LimitType.TIME: 100_000, LimitType.SOC: 100, LimitType.RANGE: 10_000}


class ManagerControl(Control):
    """Tells the gateway's manager."""

    def __init__(
        self, gateway: Gateway, report: Report, read_again: Callable[[Iterable[Part]], Awaitable[None]]
    ) -> None:
        """Begin without a claim."""
        super().__init__(gateway, report, read_again)
        self._rapi = RapiControl(gateway, report, read_again)
        self._settings = Settings(gateway, report, read_again)
        self._own_override: JsonObject | None = None
        self._has_claimed = False

    @override
    def can(self, ability: Ability) -> bool:
        report = self._report
        match ability:
            case Ability.ENERGY_LIMIT | Ability.TIME_LIMIT | Ability.SOC_LIMIT | Ability.RANGE_LIMIT:
                return report.has_limit
            case Ability.CHECKS | Ability.SERVICE_LEVEL | Ability.CALIBRATE:
                return report.writes_settings or self._writes
            case Ability.AUTOMATIC_SERVICE_LEVEL:
                return finds_level_itself(report) and not report.is_newest
            case Ability.RAPI_WRITES | Ability.SHOW_TEXT:
                return self._writes
            case Ability.LCD_COLOUR:
                return self._writes or report.is_newest
            case Ability.RESTART_CONTROLLER:
                return report.is_fifth or self._writes
            case Ability.RESET_ENERGY:
                return report.has_meter or self._writes
            case Ability.RESET_FAULTS:
                return resets_faults(report) and self._writes
            case Ability.SOCKET_LOCK:
                return report.controller.socket_lock is not None and self._writes
            case Ability.SHAPER:
                return "shaper" in report.status
            case Ability.PUSH_VEHICLE:
                return "claims_version" in report.status
        return True

    @property
    def _writes(self) -> bool:
        """Whether RAPI that writes is handed on, as it is up to 4.2."""
        return self._report.rapi_writes is True or not self._report.is_fifth

    # Charging

    @override
    async def start(self) -> Sent:
        return await self._charge(charge=True)

    @override
    async def stop(self) -> Sent:
        return await self._charge(charge=False)

    async def _charge(self, *, charge: bool) -> Sent:
        await self._read_again((Part.CLAIMS, Part.OVERRIDE))
        undo = await self._claim(replace(self._own, charge=charge))
        override = self._report.override
        if override and override == self._own_override and text(override, "state") != _STATES[charge]:
            # What we have asked for before, by its other name.
            await self._override(override | {"state": _STATES[charge]})

        def shows(readings: Readings) -> bool:
            if readings.get("active") is not charge:
                return False
            return readings.get("state") not in {"sleeping", "disabled"} if charge else not readings.get("charging")

        return Sent(shows=shows, parts=(Part.CLAIMS, Part.OVERRIDE), undo=undo)

    @override
    async def set_mode(self, mode: Mode, *, until_unplugged: bool) -> Sent:
        await self._read_again((Part.CLAIMS, Part.OVERRIDE))
        if mode is Mode.AUTO:
            await self._claim(replace(self._own, charge=None))
            await self._release_override()
        else:
            kept = {name: value for name, value in (self._report.override or {}).items() if name.endswith("_current")}
            state = _STATES[mode is Mode.ON]
            await self._override({"state": state, **kept, "auto_release": until_unplugged})
        return Sent(shows=lambda readings: readings.get("mode") == mode, parts=(Part.CLAIMS, Part.OVERRIDE))

    @override
    async def set_current(self, amperes: int) -> Sent:
        await self._read_again((Part.CLAIMS, Part.OVERRIDE))
        undo = await self._claim(replace(self._own, current=amperes))

        def shows(readings: Readings) -> bool:
            claimed = readings.get("claim_current") == OWN if self._report.has_claims else True
            return claimed and readings.get("pilot") == min(amperes, self._most)

        return Sent(
            shows=shows,
            parts=(Part.CLAIMS, Part.OVERRIDE),
            questions=(rapi.GET_SETTINGS.text,),
            decided="claim_current",
            undo=undo,
        )

    @property
    def _most(self) -> float:
        """A that are allowed by whatever limits the charger now, such as the shaper."""
        properties = (self._report.target or {}).get("properties")
        claimed = whole(properties, "max_current") if isinstance(properties, dict) else None
        bounds = (claimed, whole(self._report.status, "max_current"), whole(self._report.config, "max_current_soft"))
        # No car can be offered less than 6 A.
        return max(rapi.MINIMUM_CURRENT, min((bound for bound in bounds if bound is not None), default=float("inf")))

    @override
    async def set_limit(self, kind: LimitType, value: int | None) -> Sent:
        self._require_limits()
        await self._read_again((Part.LIMIT,))
        if value is None:
            # Another limit than the one that is not wanted any more stays.
            if text(self._report.limit, "type") == kind:
                await self._gateway.delete("/limit")
        else:
            if not 0 < value <= _LIMITS[kind]:
                raise InvalidArgument(f"{kind}_limit", "out_of_range")
            told = round(value / km_per_unit(self._report)) if kind is LimitType.RANGE else value
            await self._gateway.post("/limit", {"type": kind, "value": told, "auto_release": True})

        def shows(readings: Readings) -> bool:
            limit = readings.get(f"limit_{kind}")
            if value is None or not isinstance(limit, int | float):
                return value is None and limit is None
            return abs(limit - value) <= (1 if kind is LimitType.RANGE else 0)

        return Sent(shows=shows, parts=(Part.LIMIT,))

    @override
    async def clear_limits(self) -> Sent:
        self._require_limits()
        # It is not read before: one of a kind that nobody here knows, or that cannot be read, goes as well.
        await self._gateway.delete("/limit")
        return Sent(shows=lambda readings: readings.get("limit_set") is False, parts=(Part.LIMIT,))

    def _require_limits(self) -> None:
        if not self._report.has_limit:
            raise NotAvailable("this firmware has no limits")

    @override
    async def set_schedule(self, events: Sequence[ScheduleEvent]) -> Sent:
        if len(events) > _MOST_EVENTS:
            raise InvalidArgument("events", "too_many")
        if any(not event.days for event in events):
            raise InvalidArgument("days", "empty")
        await self._read_again((Part.SCHEDULE,))
        numbered = [replace(event, id=number) for number, event in enumerate(events, 1)]
        if numbered:
            await self._gateway.post("/schedule", [_event(event) for event in numbered])
        for event in self._report.schedule or ():
            if event.id is not None and event.id > len(numbered):
                await self._gateway.delete(f"/schedule/{event.id}")

        def shows(_: Readings) -> bool:
            return set(self._report.schedule or ()) == set(numbered)

        return Sent(shows=shows, parts=(Part.SCHEDULE,))

    @override
    async def set_timer(self, start: time | None, stop: time | None) -> Sent:
        if start is not None and start == stop:
            raise InvalidArgument("stop", "same_as_start")
        await self._read_again((Part.SCHEDULE,))
        if daily_events(self._report.schedule or ()) is None:
            # Somebody has made a schedule of days, which is not to be lost for a time.
            raise InvalidArgument("schedule", "not_a_timer")
        wanted = ((True, start), (False, stop))
        return await self.set_schedule([ScheduleEvent(start=what, at=at) for what, at in wanted if at is not None])

    @override
    async def release(self) -> None:
        if self._report.has_claims:
            await self._replace_claim(self._nothing)
        if not self._report.has_claims and self._own_override is not None:
            await self._release_override()

    # Settings

    @override
    async def set_service_level(self, level: ServiceLevel) -> Sent:
        if level is ServiceLevel.AUTO:
            self._require(Ability.AUTOMATIC_SERVICE_LEVEL)
        if not self._report.writes_settings:
            return await self._rapi.set_service_level(level)
        return await self._settings.set_service_level(level)

    @override
    async def set_check(self, check: Check, *, enabled: bool) -> Sent:
        if not self._report.writes_settings:
            return await self._rapi.set_check(check, enabled=enabled)
        return await self._settings.set_check(check, enabled=enabled)

    @override
    async def calibrate(self, scale: int, offset: int) -> Sent:
        # The same bounds, however it is sent.
        command = rapi.calibrate_ammeter(scale, offset)
        if not self._report.writes_settings:
            await self._gateway.run(command)
            return self._rapi.calibrated(scale, offset)
        return await self._settings.calibrate(scale, offset)

    @override
    async def set_clock(self, moment: datetime) -> Sent:
        body: JsonObject = {
            "time": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            # Without it the firmware would forget its zone; with it the clock goes on being set by the network.
            "time_zone": text(self._report.config, "time_zone") or "",
            "sntp_enable": False,
        }
        await self._gateway.post("/time", body)
        return Sent(shows=lambda readings: is_clock(readings, moment))

    @override
    async def restart_gateway(self) -> Sent:
        if self._report.is_fifth:
            await self._gateway.post("/restart", {"device": "gateway"})
            return Sent(unseen=True)
        return await self._rapi.restart_gateway()

    @override
    async def restart_controller(self) -> Sent:
        if self._report.is_fifth:
            await self._gateway.post("/restart", {"device": "evse"})
            return Sent(unseen=True)
        return await self._rapi.restart_controller()

    @override
    async def press_button(self) -> Sent:
        # The controller tells the gateway of its button, which does this.
        await self._gateway.patch("/override")
        return Sent(parts=(Part.CLAIMS, Part.OVERRIDE))

    @override
    async def reset_energy(self) -> Sent:
        if not self._report.has_meter:
            return await self._rapi.reset_energy()
        await self._gateway.delete("/emeter", {"hard": True, "import": False})
        return Sent(shows=is_total_reset)

    # Claims

    @property
    def _nothing(self) -> Claim:
        """A claim of our own that says nothing."""
        return Claim(client=self._report.own_client, who=OWN, priority=0)

    @property
    def _own(self) -> Claim:
        """What we claim now. A manager without claims (4.0) has an override in their place."""
        if self._report.has_claims:
            return self._report.own_claim or self._nothing
        override = self._report.override
        return replace(
            self._nothing,
            charge={"active": True, "disabled": False}.get(text(override, "state") or ""),
            current=whole(override, "charge_current"),
        )

    async def _claim(self, claim: Claim) -> Callable[[], Awaitable[None]]:
        """Claim that and nothing else, and return what takes it back."""
        before = self._own
        if self._report.has_claims:
            await self._replace_claim(claim)
        else:
            await self._override(_properties(claim))

        async def undo() -> None:
            await self._claim(before)

        return undo

    async def _replace_claim(self, claim: Claim) -> None:
        path = f"/claims/{self._report.own_client}"
        if not claim.is_empty:
            # Also if the answer gets lost.
            self._has_claimed = True
            await self._gateway.post(path, _properties(claim) | {"auto_release": claim.until_unplugged})
        elif self._has_claimed or self._report.own_claim is not None:
            # A gateway that was restarted meanwhile has forgotten it.
            with suppress(NotAvailable):
                await self._gateway.delete(path)
            self._has_claimed = False

    async def _override(self, properties: JsonObject) -> None:
        if not properties:
            await self._release_override()
            return
        body: Json = properties
        await self._gateway.post("/override", body)
        # Whatever it reads like, it is ours.
        self._own_override = properties
        self._own_override = await self._overridden()

    async def _release_override(self) -> None:
        """Give an override up. Where there is none, the firmware calls that a failure."""
        self._own_override = None
        if not self._report.override:
            return
        try:
            await self._gateway.delete("/override")
        except Refused:
            # Somebody else was faster.
            if await self._overridden():
                raise

    async def _overridden(self) -> JsonObject:
        await self._read_again((Part.OVERRIDE,))
        return self._report.override or {}


def _properties(claim: Claim) -> JsonObject:
    """Write what is claimed."""
    said: JsonObject = {"charge_current": claim.current, "max_current": claim.max_current}
    if claim.charge is not None:
        said["state"] = _STATES[claim.charge]
    return {name: value for name, value in said.items() if value is not None}


def _event(event: ScheduleEvent) -> Json:
    names: list[Json] = [day.value for day in sorted(event.days)]
    return {"id": event.id, "state": _STATES[event.start], "time": f"{event.at:%H:%M:%S}", "days": names}
