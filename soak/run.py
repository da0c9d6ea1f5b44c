"""The course of a soak: rounds of faults, each of which ends in everything being right again, and what is left at the end."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
import random
import time
from typing import Final
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform

from .actions import HOME_FAULTS, Household
from .checks import wrong
from .faults import DEVICE_FAULTS, Fault
from .home import Home, home, hurried
from .logs import Listener
from .memory import Memory
from .outside import Outside, outside
from .traces import connections_to, traces

_MINUTE: Final = 60.0
# A round begins with nothing wrong, then has its faults, then lives on; the rest of it is for looking.
_BEFORE, _DURING, _AFTER = 0.15, 0.45, 0.1
_LOOK_EVERY: Final = 0.5
_SETTLED: Final = 3.0
# A car tells most at its own interval only.
_TELL_EVERY: Final = 5.0
# Home Assistant keeps a connection that nobody uses for 15 s, and looks for such ones as often.
_CONNECTION_KEPT: Final = 35.0
_MOST_HURRY: Final = 20.0
# The longest pauses between two tries: a minute of the charger's websocket and of the server; twice that where a server that ends in
# a login was taken for one that refuses; 80 s of Home Assistant for an entry that could not be set up.
_PATIENCE: Final = 150.0
# The last of them does not hurry, and is 40 s after a few tries.
_LEAST_PATIENCE: Final = 50.0


# What shows something else when it was loaded again, as it should: whether a car has charged since it came is known to who has seen it.
_OTHERWISE: Final = (("charger", Platform.SENSOR, "why"),)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how often, and what by chance."""

    minutes: float
    interval: float
    seed: int

    @property
    def hurry(self) -> float:
        """How many times as often everything is done again that is done again and again."""
        return min(_MOST_HURRY, max(1.0, _MINUTE / self.interval))


@dataclass(kw_only=True)
class Verdict:
    """What was found wrong; nothing is what is hoped for."""

    faults: int = 0
    rounds: int = 0
    problems: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    memory: str = ""


class Soak:
    """A soak that is under way."""

    def __init__(self, plan: Plan, outside: Outside, home: Home, memory: Memory) -> None:
        """Begin with everything set up."""
        self._plan = plan
        self._outside = outside
        self._home = home
        self._memory = memory
        self._chance = random.Random(plan.seed)
        self._deck: list[Fault] = []
        self._patience = max(_PATIENCE / plan.hurry, _LEAST_PATIENCE)
        # Of its own, so that the same seed has the same faults however long commands take.
        self._household = Household(home, random.Random(plan.seed))
        self._could_be_unavailable = set(home.unavailable())
        self.verdict = Verdict(outcomes=self._household.outcomes)

    def begin(self, seconds: float, found: list[str]) -> None:
        """Say how it begins."""
        print(f"Set up in {seconds:.1f} s with {len(self._home.shown())} entities", flush=True)
        self.verdict.problems += [f"in the beginning: {each}" for each in found]

    async def rounds(self) -> None:
        """Have faults until the time is over."""
        until = time.monotonic() + self._plan.minutes * _MINUTE
        while time.monotonic() < until:
            began = time.monotonic()
            await self._round()
            await asyncio.sleep(max(0.0, began + self._plan.interval - time.monotonic()))

    async def _round(self) -> None:
        """Live, have faults, live on, come to rest, and look."""
        self.verdict.rounds += 1
        interval = self._plan.interval
        async with self._living(interval / 20):
            await asyncio.sleep(interval * _BEFORE)
            async with AsyncExitStack() as happening:
                texts = await self._begin(happening)
                await asyncio.sleep(interval * _DURING)
                await self._outside.end()
            await asyncio.sleep(interval * _AFTER)
        await self._household.finish(interval * _AFTER)
        await self._outside.calm()
        seconds, found = await self.right()
        self._memory.note()
        self._tell(texts, seconds, found)

    @asynccontextmanager
    async def _living(self, every: float) -> AsyncGenerator[None]:
        """Let the devices live, and let somebody use Home Assistant."""
        await self._outside.live()
        using = asyncio.create_task(self._household.command_now_and_then(every))
        try:
            yield
        finally:
            using.cancel()
            await asyncio.wait([using])

    async def _begin(self, happening: AsyncExitStack) -> list[str]:
        """Begin faults at two links, and every third time something at home in the midst of them."""
        texts = []
        for fault in self._drawn():
            await self._outside.begin(fault.name)
            texts.append(fault.text)
        self.verdict.faults += len(texts)
        device = self._chance.choice(list(self._home.entries))
        self._household.send_all(device)
        if self._chance.random() < 1 / 3:
            fault_at_home = self._chance.choice(HOME_FAULTS)
            await happening.enter_async_context(fault_at_home.happens(self._home, device))
            texts.append(f"the entry {device} {fault_at_home.text}")
        return texts

    def _drawn(self) -> Sequence[Fault]:
        """Two faults at different links; each fault once before any comes again."""
        if len({fault.link for fault in self._deck}) < 2:
            self._deck = list(DEVICE_FAULTS)
            self._chance.shuffle(self._deck)
        first = self._deck.pop()
        second = next(fault for fault in reversed(self._deck) if fault.link != first.link)
        self._deck.remove(second)
        return first, second

    async def right(self) -> tuple[float, list[str]]:
        """Wait until everything is right; returns the seconds that it took, and what is still wrong then."""
        began = told = time.monotonic()
        while True:
            await self._as_a_user()
            found = await self._wrong()
            seconds = time.monotonic() - began
            if not found or seconds > self._patience:
                return seconds, found
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                await self._outside.tell()
            await asyncio.sleep(_LOOK_EVERY)

    async def _as_a_user(self) -> None:
        """Load an entry again that waits for a person: a server that ends in the midst of a login looks like one that refuses."""
        for entry in self._home.entries.values():
            if entry.state is ConfigEntryState.SETUP_ERROR:
                self.verdict.said[f"The entry {entry.title} waited for a person"] += 1
                await self._home.hass.config_entries.async_reload(entry.entry_id)

    async def _wrong(self) -> list[str]:
        found = list(wrong(self._home, await self._outside.truths()))
        gone = set(self._home.unavailable()) - self._could_be_unavailable
        return found + [f"{entity_id} is unavailable" for entity_id in sorted(gone)]

    def _tell(self, texts: list[str], seconds: float, found: list[str]) -> None:
        outcome = f"not right after {seconds:.0f} s: {'; '.join(found)}" if found else f"right after {seconds:.1f} s"
        print(f"{self.verdict.rounds:4}  {outcome}  {self._memory}  {', and '.join(texts)}", flush=True)
        self.verdict.problems += [f"after {' and '.join(texts)}: {each}" for each in found]

    async def as_loaded_now(self) -> None:
        """Load everything again, and see whether it shows anything else than what has lived through all of it."""
        await self._household.set_charger_free()
        await self._outside.tell()
        await asyncio.sleep(_SETTLED)
        await self.right()
        lived = self._home.shown()
        await self._home.unload()
        await self._home.load()
        _, found = await self.right()
        fresh = self._home.shown()
        self.verdict.problems += [f"after loading again: {each}" for each in found]
        left_out = {self._home.entity_id(*each) for each in _OTHERWISE}
        changed = {each: (lived.get(each), fresh.get(each)) for each in lived.keys() | fresh.keys()}
        for entity_id, (before, after) in sorted(changed.items()):
            if entity_id not in left_out and not _alike(before, after):
                self.verdict.problems.append(f"{entity_id} showed {before}, and {after} when it was loaded again")


def _alike(one: str | None, other: str | None) -> bool:
    """Whether two states are the same, or what goes on changing while one looks: numbers not far apart, and moments."""
    if one is None or other is None:
        return one == other
    try:
        first, second = float(one), float(other)
    except ValueError:
        # The last time something was heard, or a clock.
        return one == other or (one[:2] == other[:2] == "20" and "T" in one and "T" in other)
    return abs(first - second) <= max(2.0, 0.05 * abs(first))


async def soak(plan: Plan, listener: Listener) -> Verdict:
    """Do all of it."""
    async with AsyncExitStack() as stack:
        devices = await stack.enter_async_context(outside(plan.seed, plan.interval / 20))
        addresses = await devices.addresses()
        stack.enter_context(hurried(plan.hurry))
        house = await stack.enter_async_context(home(addresses))
        await house.add()
        # What is there after the first time stays: platforms, services, caches.
        await house.unload()
        await _connections_closed(addresses)
        before = traces(house.hass)
        await house.load()
        under_way = Soak(plan, devices, house, memory := Memory())
        await devices.calm()
        under_way.begin(*await under_way.right())
        await under_way.rounds()
        verdict = under_way.verdict
        await under_way.as_loaded_now()
        verdict.problems += memory.problems()
        verdict.memory = memory.told()
        await devices.part()
        await house.unload()
        left = await _connections_closed(addresses)
        verdict.problems += [f"{left} connections are still open"] if left else []
        verdict.problems += _left(before, traces(house.hass))
        await house.remove()
    verdict.said += listener.expected
    verdict.problems += [f"in the log, {count} times: {text}" for text, count in listener.unexpected.items()]
    return verdict


async def _connections_closed(addresses: dict[str, int | str]) -> int:
    """Wait until nobody here is connected to a device; returns how many still are."""
    ports = {each if isinstance(each, int) else urlsplit(each).port or 0 for each in addresses.values()}
    until = time.monotonic() + _CONNECTION_KEPT
    while True:
        found = connections_to(ports)
        if not found or time.monotonic() > until:
            return found
        await asyncio.sleep(_LOOK_EVERY)


def _left(before: Counter[str], after: Counter[str]) -> list[str]:
    return [f"left behind: {count} of {what}" for what, count in sorted((after - before).items())]
