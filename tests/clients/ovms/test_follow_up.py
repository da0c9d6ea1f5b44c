"""What a command changed is asked for until it is seen, and no longer."""

import asyncio
from collections.abc import AsyncGenerator, Collection

import pytest

from custom_components.open_ev.clients.ovms import follow_up as follow_up_module
from custom_components.open_ev.clients.ovms.errors import LinkError, NoAnswer
from custom_components.open_ev.clients.ovms.follow_up import Effect, FollowUp
from tests.clients.waiting import eventually

from .conftest import QUIET

OLD = (3, 3, 5)
SOON = tuple(number / 50 for number in range(1, 6))
NEVER = (1e6,)


class Module:
    """Who is asked to send."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.seen: set[str] = set()
        self.error: LinkError | NoAnswer | None = None

    async def ask(self, names: Collection[str]) -> None:
        """Ask it."""
        self.asked.append(tuple(names))
        if self.error is not None:
            raise self.error

    def effect(self, name: str) -> Effect:
        """An effect that is seen when the test says so."""
        return Effect(name, lambda: name in self.seen)


@pytest.fixture
def module() -> Module:
    """Nobody has asked yet."""
    return Module()


@pytest.fixture
async def following(module: Module) -> AsyncGenerator[FollowUp]:
    """A follow-up that runs."""
    follow_up = FollowUp()
    running = asyncio.create_task(follow_up.run(module.ask))
    await asyncio.sleep(0)
    yield follow_up
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


async def test_what_is_never_seen_is_asked_for_to_the_end(following: FollowUp, module: Module) -> None:
    """And is forgotten then."""
    following.begin(module.effect("v.e.hvac"), SOON)
    await eventually(lambda: module.asked == [("v.e.hvac",)] * len(SOON))
    await asyncio.sleep(QUIET)
    following.begin(module.effect("v.e.valet"), SOON[:1])
    await eventually(lambda: module.asked[len(SOON) :] == [("v.e.valet",)])
    await asyncio.sleep(QUIET)
    assert len(module.asked) == len(SOON) + 1


async def test_what_is_seen_is_not_asked_for(following: FollowUp, module: Module) -> None:
    """Neither before the first ask nor after any other."""
    module.seen.add("v.e.locked")
    following.begin(module.effect("v.e.locked"), SOON)
    await asyncio.sleep(2 * SOON[-1])
    assert module.asked == []
    following.begin(module.effect("v.e.hvac"), [0.01, 0.02, *(number / 4 for number in range(1, 9))])
    await eventually(lambda: len(module.asked) >= 2)
    module.seen.add("v.e.hvac")
    before = len(module.asked)
    await asyncio.sleep(0.6)
    assert len(module.asked) <= before + 1


async def test_a_newer_command_takes_over(following: FollowUp, module: Module) -> None:
    """Its moments count; what is not seen yet of the older one is asked for along with it."""
    following.begin(module.effect("v.e.locked"), [1e6])
    following.begin(module.effect("v.e.hvac"), [1e6])
    following.begin(module.effect("v.c.climit"), SOON[:1])
    await eventually(lambda: module.asked == [("v.e.locked", "v.e.hvac", "v.c.climit")])
    await asyncio.sleep(QUIET)
    module.seen |= {"v.e.locked", "v.e.hvac"}
    following.begin(module.effect("v.e.locked"), [*SOON[:1], *NEVER])
    await asyncio.sleep(QUIET)
    assert len(module.asked) == 1


async def test_an_effect_that_is_not_known_can_be_anything(following: FollowUp, module: Module) -> None:
    """So whatever has changed is asked for, however much of it was seen."""
    following.begin(module.effect("v.e.hvac"), NEVER)
    following.begin(None, SOON[:2])
    await eventually(lambda: module.asked == [()] * 2)


async def test_an_ask_that_fails_is_no_end(following: FollowUp, module: Module) -> None:
    """The next one may do."""
    for error in (LinkError("not connected"), NoAnswer("stuck")):
        module.error = error
        module.asked.clear()
        following.begin(module.effect("v.e.hvac"), SOON)
        await eventually(lambda: len(module.asked) == len(SOON))


async def test_what_was_left_of_another_connection_is_asked_for_once(
    module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been sent while nobody listened."""
    monkeypatch.setattr(follow_up_module, "BACK_SECONDS", 0.02)
    follow_up = FollowUp()
    follow_up.begin(module.effect("v.e.hvac"), NEVER)
    for _ in range(2):
        running = asyncio.create_task(follow_up.run(module.ask))
        await eventually(lambda: module.asked)
        await asyncio.sleep(QUIET)
        assert module.asked == [("v.e.hvac",)]
        running.cancel()
        await asyncio.wait([running])


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are followed within moments."""
    monkeypatch.setattr(follow_up_module, "CUE_SECONDS", 0.02)


@pytest.mark.usefixtures("_quick")
async def test_a_burst_of_events_is_asked_after_once(following: FollowUp, module: Module) -> None:
    """And the next burst not before a pause is over, so that a flapping contact costs no data."""
    for name in ("vehicle.unlocked", "vehicle.on", "vehicle.charge.stop", "vehicle.valet.off"):
        following.event(name, OLD)
    await eventually(lambda: module.asked == [()])
    following.event("vehicle.off", OLD)
    await asyncio.sleep(QUIET)
    assert module.asked == [()]


@pytest.mark.usefixtures("_quick")
async def test_events_of_which_nothing_is_to_be_asked(following: FollowUp, module: Module) -> None:
    """What says nothing of the car, what a newer module sends for by itself, and what a module of no known age says."""
    following.event("vehicle.headlights.on", OLD)
    following.event("vehicle.locked", (3, 3, 6))
    following.event("vehicle.locked", None)
    await asyncio.sleep(QUIET)
    assert module.asked == []


@pytest.mark.usefixtures("_quick")
async def test_an_event_takes_nothing_from_a_command(
    following: FollowUp, module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are asked after."""
    monkeypatch.setattr(follow_up_module, "CUE_PAUSE_SECONDS", 0.0)
    following.begin(module.effect("v.e.locked"), [0.1, 0.2])
    following.event("vehicle.locked", OLD)
    await eventually(lambda: sorted(module.asked) == [(), ("v.e.locked",), ("v.e.locked",)])
