"""What is read of a charger, and when: /status each time, the rest when a counter in /status says that it has changed."""

import asyncio
from collections.abc import Iterable
import logging
import math
from typing import Final

from .decoding import STATES, state_code
from .errors import BadAnswer, NotAvailable, OpenEvseError, RapiBlocked, RapiError, RapiRefused, Refused
from .gateway import Gateway
from .pace import Pace
from .parts import WAYS, Part, Way, read_config
from .questions import LIMITS, SOCKET_LOCK, STATE, VEHICLE, Question, questions
from .report import Json, JsonObject, Report, number, text, whole

_LOGGER = logging.getLogger(__name__)

# How many questions the controller is asked at a time: each takes the gateway up to half a second.
QUESTIONS_AT_A_TIME: Final = 3

# What only ever grows while a gateway runs, as far as its firmware tells it.
_GROWING: Final = ("uptime", "comm_sent")
# The MAC of whatever the gateway is connected by now (5.0 and later).
_ADDRESS: Final = "macaddress"

# The states that tell whether a car is connected.
_TELLING: Final = frozenset({"not_connected", "connected", "charging", "vent_required"})
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
        self._asked_at: dict[str, float] = {}
        self._asked_for: dict[str, tuple[Json, ...]] = {}
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

    def ask_again(self) -> None:
        """Ask the controller everything again, a few at a time."""
        self._ask_at.clear()

    async def read(self) -> None:
        """Read /status and what has changed.

        Raises:
            CannotConnect, Unauthorized: the charger cannot be reached.
            BadAnswer, NotAvailable, Refused: it answered /status with something else.
            WrongCharger: another charger answers at this address now.
        """
        await self.read_status()
        for part, way in WAYS.items():
            if way.exists(self._report) and self._is_due(part, way):
                await self._try(part, way)
        if not self._report.has_manager:
            await self._ask_state()
        await self._ask_some(QUESTIONS_AT_A_TIME)

    async def read_all(self) -> None:
        """Read everything there is; raises what `read` raises."""
        self.forget()
        await self.read()
        await self._ask_some(len(questions(self._report)))

    async def read_again(self, parts: Iterable[Part] = (), questions: Iterable[str] = ()) -> None:
        """Read /status and these now, whatever the counters say; raises what `read` raises."""
        self.read_next(parts)
        self._ask_at |= dict.fromkeys(questions, -math.inf)
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
            if (way := WAYS[part]).exists(self._report):
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
            await read_config(self._gateway, self._report)
        self._doubted = False
        self._report.status = status
        if not is_sure:
            self._note_read(Part.CONFIG, self._stamp(WAYS[Part.CONFIG]))

    # What has a counter

    def _is_due(self, part: Part, way: Way) -> bool:
        if self._stamps.get(part) != self._stamp(way):
            return True
        # Where /status tells nothing of who it is of, a counter that has not changed may be another charger's.
        may_be_another = part is Part.CONFIG and _ADDRESS not in self._report.status
        if way.counter in self._report.status and not may_be_another:
            return False
        return self._clock() - self._read_at[part] >= way.every(self._pace)

    def _stamp(self, way: Way) -> tuple[Json, ...]:
        return self._told((way.counter, *way.stamps))

    def _told(self, names: Iterable[str]) -> tuple[Json, ...]:
        return tuple(self._report.status.get(name) for name in names)

    async def _try(self, part: Part, way: Way) -> None:
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
        await self._ask(STATE)
        state = self._report.controller.state
        if state is None or before is None or state.state != before.state:
            # Limits end with the session, and the lock goes with the car.
            for question in (*LIMITS, SOCKET_LOCK):
                self._ask_at.pop(question.text, None)
        if (state is None or state.flags is None) and STATES.get(state_code(self._report) or 0) not in _TELLING:
            await self._ask(VEHICLE)
        else:
            VEHICLE.forget(self._report)

    async def _ask_some(self, most: int) -> None:
        """Ask what was not asked for the longest time."""
        if self._report.is_fifth and self._report.rapi_writes is None:
            await self._ask_for_writing()
        now, asked = self._clock(), questions(self._report)
        for question in asked:
            if question.stamps and self._asked_for.get(question.text) != self._told(question.stamps):
                self._ask_at.pop(question.text, None)
        due = [
            question
            for question in asked
            if question.text not in self._refused and now >= self._ask_at.get(question.text, now)
        ]
        for question in sorted(due, key=self._turn)[:most]:
            await self._ask(question)

    def _turn(self, question: Question) -> tuple[bool, float]:
        """Before those whose time has come, of which there may be more than are asked at a time, what an order has changed."""
        ordered = self._ask_at.get(question.text) == -math.inf
        return not ordered, self._asked_at.get(question.text, -math.inf)

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

    async def _ask(self, question: Question) -> None:
        if question.text in self._refused:
            return
        self._asked_at[question.text] = self._clock()
        self._ask_at[question.text] = self._clock() + question.every(self._pace)
        self._asked_for[question.text] = self._told(question.stamps)
        self._unanswered.discard(question.text)
        try:
            await question.ask(self._gateway, self._report)
        except RapiRefused, RapiBlocked:
            self._refused.add(question.text)
            question.forget(self._report)
        except (BadAnswer, RapiError, Refused) as error:
            _LOGGER.debug("The controller did not answer %s: %s", question.text, error)
            self._unanswered.add(question.text)
            self._ask_at[question.text] = self._clock() + min(question.every(self._pace), self._pace.question)
            if not question.lasts:
                question.forget(self._report)


def _began_anew(before: JsonObject, now: JsonObject) -> bool:
    """Whether a gateway was restarted since, so that all its counters are others."""
    pairs = [(number(before, name), number(now, name)) for name in _GROWING]
    return any(then is not None and here is not None and here < then for then, here in pairs)
