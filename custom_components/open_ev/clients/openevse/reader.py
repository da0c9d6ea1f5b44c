"""What is read of a charger, and when: /status each time, the rest when a counter in /status says that it has changed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
import logging
from typing import Final

from . import rapi_commands as rapi
from .decoding import STATES, state_code
from .errors import BadAnswer, NotAvailable, OpenEvseError, RapiBlocked, RapiError, RapiRefused, Refused, WrongCharger
from .gateway import Gateway, Resource
from .models import Claim, ScheduleEvent, days
from .pace import Pace
from .rapi_table import Command
from .report import ControllerReport, Json, JsonObject, Report, flag, number, serial_of, text, whole

_LOGGER = logging.getLogger(__name__)

# How many questions the controller is asked at a time: each takes the gateway up to half a second.
QUESTIONS_AT_A_TIME: Final = 3


class Part(StrEnum):
    """What is read by itself."""

    CONFIG = "config"
    OVERRIDE = "override"
    CLAIMS = "claims"
    LIMIT = "limit"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a part is read.

    It is read again when one of `stamps` in /status is another than before; and every now and then where `counter`, which
    counts its changes, is not there.
    """

    exists: Callable[[Report], bool]
    read: Callable[[Gateway, Report], Awaitable[None]]
    counter: str
    stamps: tuple[str, ...] = ()
    every: Callable[[Pace], float] = lambda pace: pace.uncounted


async def _read_config(gateway: Gateway, report: Report) -> None:
    """Read /config, which is the only one to tell whose answers these are."""
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


_WAYS: Final = {
    Part.CONFIG: _Way(
        exists=lambda _: True, read=_read_config, counter="config_version", every=lambda pace: pace.settings
    ),
    Part.OVERRIDE: _Way(
        exists=lambda report: report.has_manager,
        read=_read_override,
        counter="override_version",
        stamps=("manual_override",),
    ),
    Part.CLAIMS: _Way(
        exists=lambda report: report.has_claims,
        read=_read_claims,
        counter="claims_version",
        # Up to 4.1.5, without a counter, what follows from a claim tells that there is one.
        stamps=("override_version", "manual_override", "status", "pilot"),
    ),
    Part.LIMIT: _Way(exists=lambda report: report.has_limit, read=_read_limit, counter="limit_version"),
    Part.SCHEDULE: _Way(exists=lambda report: report.has_manager, read=_read_schedule, counter="schedule_version"),
}


def _question[T](
    command: Command[T],
    take: Callable[[ControllerReport, T | None], None],
    every: Callable[[Pace], float] = lambda pace: pace.question,
) -> _Question:
    async def ask(gateway: Gateway, controller: ControllerReport) -> None:
        take(controller, await gateway.run(command))

    return _Question(text=command.text, ask=ask, forget=lambda controller: take(controller, None), every=every)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What the controller is asked."""

    text: str
    ask: Callable[[Gateway, ControllerReport], Awaitable[None]]
    forget: Callable[[ControllerReport], None]
    every: Callable[[Pace], float]


def _into(name: str) -> Callable[[ControllerReport, object], None]:
    return lambda controller, value: setattr(controller, name, value)


_STATE: Final = _question(rapi.GET_STATE, _into("state"))
_VEHICLE: Final = _question(rapi.GET_VEHICLE_CONNECTED, _into("vehicle"))
_CLOCK: Final = _question(rapi.GET_CLOCK, _into("clock"))
_CAPACITY: Final = _question(rapi.GET_CAPACITY, _into("capacity"))
_TIMER: Final = _question(rapi.GET_TIMER, _into("timer"))
_SOCKET_LOCK: Final = _question(rapi.GET_SOCKET_LOCK, _into("socket_lock"), lambda pace: pace.lock)
_LIMITS: Final = (
    _question(rapi.GET_TIME_LIMIT, _into("time_limit")),
    _question(rapi.GET_ENERGY_LIMIT, _into("energy_limit")),
)
# Of a controller without a manager in front of it.
_OF_CONTROLLER: Final = (
    _question(rapi.GET_VERSION, _into("version")),
    _CAPACITY,
    _question(rapi.GET_SETTINGS, _into("settings")),
    _question(rapi.GET_MEASUREMENT, _into("measurement")),
    *_LIMITS,
    _TIMER,
    _CLOCK,
    _SOCKET_LOCK,
)
# What no gateway tells.
_OF_ANY: Final = (_SOCKET_LOCK, _question(rapi.GET_HEARTBEAT, _into("heartbeat"), lambda pace: pace.heartbeat))

# What only ever grows while a gateway runs, as far as its firmware tells it.
_GROWING: Final = ("uptime", "comm_sent")
# The MAC of whatever the gateway is connected by now (5.0 and later).
_ADDRESS: Final = "macaddress"

# A command that no controller has: it refuses, unless the gateway did before.
_HARMLESS: Final = "$XX"


class Reader:
    """Reads one charger into its report."""

    def __init__(self, gateway: Gateway, report: Report, pace: Pace) -> None:
        """Begin with nothing read."""
        self._gateway = gateway
        self._pace = pace
        self._report = report
        self._clock = asyncio.get_running_loop().time
        self._stamps: dict[Part, tuple[Json, ...]] = {}
        self._read_at: dict[Part, float] = {}
        self._ask_at: dict[str, float] = {}
        self._refused: set[str] = set()
        self._unanswered: set[str] = set()
        self._unread: dict[Part, OpenEvseError] = {}
        self._doubted = False

    @property
    def all_answered(self) -> bool:
        """Whether each question was answered or refused when it was last asked, so that what is not known is not there."""
        asks_for_writing = self._report.is_fifth and self._report.rapi_writes is None
        return not self._unanswered and not asks_for_writing

    @property
    def doubts(self) -> bool:
        """Whether it is not sure, until the next look, that it is still the same charger."""
        return self._doubted

    def doubt(self) -> None:
        """Make sure the next time that it is still the same charger: its address may have been given to another."""
        self._doubted = True

    def is_of_another(self, said: JsonObject) -> bool:
        """Whether a status may be another charger's, or that of ours on another cable."""
        now, before = text(said, _ADDRESS), text(self._report.status, _ADDRESS)
        return now is not None and before is not None and now != before

    def forget(self) -> None:
        """Read everything again the next time: the charger may have been restarted, updated, or exchanged."""
        self.doubt()
        self._stamps.clear()
        self._read_at.clear()
        self._ask_at.clear()
        self._refused.clear()
        self._unanswered.clear()
        self._report.rapi_writes = None

    async def read(self) -> None:
        """Read /status and what has changed.

        Raises:
            CannotConnect, Unauthorized: the charger cannot be reached.
            BadAnswer, NotAvailable, Refused: it answered /status with something else.
            WrongCharger: another charger answers at this address now.
        """
        await self.read_status()
        for part, way in _WAYS.items():
            if way.exists(self._report) and self._is_due(part, way):
                await self._try(part, way)
        if not self._report.has_manager:
            await self._ask_state()
        await self._ask_some(QUESTIONS_AT_A_TIME)

    async def read_all(self) -> None:
        """Read everything there is; raises what `read` raises."""
        self.forget()
        await self.read()
        await self._ask_some(len(_OF_CONTROLLER))

    async def read_again(self, parts: Iterable[Part] = (), questions: Iterable[str] = ()) -> None:
        """Read /status and these now, whatever the counters say; raises what `read` raises."""
        self.read_next(parts)
        for question in questions:
            self._ask_at.pop(question, None)
        await self.read()

    def read_next(self, parts: Iterable[Part]) -> None:
        """Have these read the next time, whatever the counters say."""
        for part in parts:
            self._stamps.pop(part, None)
            self._read_at.pop(part, None)

    def has_read(self, part: Part) -> bool:
        """Whether a part was read since it was last to be."""
        return part in self._stamps

    async def read_to_change(self, parts: Iterable[Part]) -> None:
        """Read what is to be changed now: who does not know what is there would write over it.

        Raises:
            BadAnswer, Refused: one of the parts could not be read.
            CannotConnect, Unauthorized: the charger cannot be reached.
        """
        for part in parts:
            if (way := _WAYS[part]).exists(self._report):
                await self._try(part, way)
            if (error := self._unread.get(part)) is not None:
                raise error

    # /status

    async def read_status(self) -> None:
        """Read /status, and believe it only if it is of the charger that it was before; raises what `read` raises."""
        status = await self._gateway.status()
        if whole(status, "state") is None:
            raise BadAnswer("wrong_type")
        if _began_anew(self._report.status, status):
            self.forget()
        is_sure = not (self._doubted or self.is_of_another(status)) or self._report.serial is None
        if not is_sure:
            await _read_config(self._gateway, self._report)
        self._doubted = False
        self._report.status = status
        if not is_sure:
            self._note_read(Part.CONFIG, self._stamp(_WAYS[Part.CONFIG]))

    # What has a counter

    def _is_due(self, part: Part, way: _Way) -> bool:
        if self._stamps.get(part) != self._stamp(way):
            return True
        # Where /status tells nothing of who it is of, a counter that has not changed may be another charger's.
        may_be_another = part is Part.CONFIG and _ADDRESS not in self._report.status
        if way.counter in self._report.status and not may_be_another:
            return False
        return self._clock() - self._read_at[part] >= way.every(self._pace)

    def _stamp(self, way: _Way) -> tuple[Json, ...]:
        return tuple(self._report.status.get(name) for name in (way.counter, *way.stamps))

    async def _try(self, part: Part, way: _Way) -> None:
        """Read a part. What cannot be used is no reason to believe nothing, but to read it again the next time."""
        stamp = self._stamp(way)
        self._unread.pop(part, None)
        try:
            await way.read(self._gateway, self._report)
        except NotAvailable:
            pass
        except (BadAnswer, Refused) as error:
            _LOGGER.debug("The charger's %s could not be read: %s", part, error)
            self._stamps.pop(part, None)
            self._unread[part] = error
            return
        self._note_read(part, stamp)

    def _note_read(self, part: Part, stamp: tuple[Json, ...]) -> None:
        self._stamps[part] = stamp
        self._read_at[part] = self._clock()

    # What only the controller tells

    async def _ask_state(self) -> None:
        """Ask for the state, which gateways up to 2.8 cannot read from all controllers; and for the car where it is open."""
        before = self._report.controller.state
        await self._ask(_STATE)
        state = self._report.controller.state
        if state is None or before is None or state.state != before.state:
            # Limits end with the session, and the lock goes with the car.
            for question in (*_LIMITS, _SOCKET_LOCK):
                self._ask_at.pop(question.text, None)
        if (state is None or state.flags is None) and STATES.get(state_code(self._report) or 0) not in _TELLING:
            await self._ask(_VEHICLE)
        else:
            _VEHICLE.forget(self._report.controller)

    async def _ask_some(self, most: int) -> None:
        """Ask what was not asked for the longest time."""
        if self._report.is_fifth and self._report.rapi_writes is None:
            await self._ask_for_writing()
        now = self._clock()
        due = [
            question
            for question in self._questions()
            if question.text not in self._refused and now >= self._ask_at.get(question.text, now)
        ]
        for question in sorted(due, key=lambda question: self._ask_at.get(question.text, 0))[:most]:
            await self._ask(question)

    def _questions(self) -> tuple[_Question, ...]:
        if not self._report.has_manager:
            return _OF_CONTROLLER
        # Settings are the gateway's own from 4.1.2 on, and before that the bounds of the current are not among them.
        return _OF_ANY if self._report.writes_settings else (*_OF_ANY, _CAPACITY)

    async def _ask_for_writing(self) -> None:
        """Find out whether this build hands on what is no question: only builds for developers do, from 5.1.2 on."""
        try:
            await self._gateway.rapi(_HARMLESS)
        except RapiBlocked:
            self._report.rapi_writes = False
        except (BadAnswer, RapiError, Refused) as error:
            _LOGGER.debug("It could not be found out whether commands are blocked: %s", error)
        else:
            self._report.rapi_writes = True

    async def _ask(self, question: _Question) -> None:
        if question.text in self._refused:
            return
        self._ask_at[question.text] = self._clock() + question.every(self._pace)
        self._unanswered.discard(question.text)
        try:
            await question.ask(self._gateway, self._report.controller)
        except RapiRefused, RapiBlocked:
            self._refused.add(question.text)
            question.forget(self._report.controller)
        except (BadAnswer, RapiError, Refused) as error:
            _LOGGER.debug("The controller did not answer %s: %s", question.text, error)
            self._unanswered.add(question.text)
            question.forget(self._report.controller)


def _began_anew(before: JsonObject, now: JsonObject) -> bool:
    """Whether a gateway was restarted since, so that all its counters are others."""
    pairs = [(number(before, name), number(now, name)) for name in _GROWING]
    return any(then is not None and here is not None and here < then for then, here in pairs)


# The states that tell whether a car is connected.
_TELLING: Final = frozenset({"not_connected", "connected", "charging", "vent_required"})


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
