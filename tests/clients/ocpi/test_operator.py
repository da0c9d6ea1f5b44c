"""Following an operator: when it is asked, and what becomes of it when it cannot be."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import CONNECTION
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.errors import OcpiError, ResultTimeout, StatusError, Unauthorized
from custom_components.open_ev.clients.ocpi.operator import Operator
from custom_components.open_ev.clients.ocpi.pace import Pace
from simulators.cpo import Command, Cpo, Knobs, Module, Script, Version
from tests.clients.waiting import eventually
from tests.operator_pace import IMPATIENT, QUICK

from .conftest import DRIVER, TOKEN, Inbox, client_of, connected, credentials, enveloped, handshake, operator, serving

SLOW = replace(QUICK, idle=300)


class Watch:
    """Whether the operator is there, as it is told."""

    def __init__(self) -> None:
        """Nothing is told yet."""
        self.told: list[OcpiError | None] = []

    def __call__(self, error: OcpiError | None) -> None:
        """Take what is told."""
        self.told.append(error)


@asynccontextmanager
async def following(site: Operator) -> AsyncGenerator[Watch]:
    """Follow an operator until the end."""
    watch = Watch()
    task = asyncio.create_task(site.run(watch))
    await eventually(lambda: watch.told or task.done())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def _asked(cpo: Cpo, module: str, part: str = "") -> int:
    return sum(f"/{module}" in request.path and part in request.path for request in cpo.requests)


# When it is asked


def test_the_usual_pace_is_slow() -> None:
    """The standard wants hours, not minutes; fast is only what we ourselves have begun."""
    pace = Pace()
    assert pace.idle >= 1800
    assert pace.command < pace.expecting < pace.session < pace.idle


async def test_the_end_of_a_reservation_is_seen(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """Nobody waits for the next usual look, which may be an hour away, for a place that is free again."""
    async with connected(session, cpo, inbox, pace=SLOW) as (site, point), following(site):
        # OCPI 2.1.1 cannot tell that one is taken back.
        for is_taken_back in (False, True)[: 1 if cpo.versions == (Version.V2_1_1,) else 2]:
            await point.reserve(datetime.now(UTC) + timedelta(seconds=3600 if is_taken_back else 1.5))
            await eventually(lambda: point.text("status") == "reserved")
            if is_taken_back:
                cpo.cancel_reservation(cpo.reservations[0].id)
            await eventually(lambda: point.text("status") == "available")


async def test_one_that_is_closed_is_left_alone(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Whoever follows it may stop, and nobody can begin."""
    async with connected(session, cpo, None, pace=SLOW) as (site, _):
        watch = Watch()
        running = asyncio.create_task(site.run(watch))
        await eventually(lambda: bool(watch.told))
        await site.close()
        async with asyncio.timeout(5):
            await running
            looks = len(cpo.requests)
            await site.run(watch)
        assert len(cpo.requests) == looks


async def test_an_idle_one_is_left_alone(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """One look, and no more."""
    async with connected(session, cpo, None, pace=SLOW) as (site, _), following(site) as watch:
        assert watch.told == [None]
        asked = len(cpo.requests)
        await asyncio.sleep(0.2)
        assert len(cpo.requests) == asked


async def test_the_chosen_pace(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """It is looked at again and again."""
    async with connected(session, cpo, None, pace=replace(QUICK, idle=0.02)) as (site, point), following(site):
        cpo.out_of_order()
        await eventually(lambda: point.text("status") == "out_of_order")
        cpo.repair()
        await eventually(lambda: point.text("status") == "available")


async def test_fast_while_a_session_is_open(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """And only there: the neighbour is left alone."""
    async with connected(session, cpo, None, pace=SLOW) as (site, point):
        site.charge_point("LOC1", "EVSE2")
        await site.look()
        async with following(site):
            neighbour = _asked(cpo, "locations", "EVSE2")
            cpo.plug_in()
            await point.start()
            await eventually(lambda: point.flag("charging"))
            cpo.tick(3600)
            await eventually(lambda: (point.number("session_energy") or 0) > 10)
            cpo.unplug()
            await eventually(lambda: point.flag("charging") is False)
            assert _asked(cpo, "locations", "EVSE2") == neighbour
            asked = len(cpo.requests)
            await asyncio.sleep(0.15)
            assert len(cpo.requests) - asked <= 3


async def test_fast_while_something_is_expected(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """The operator said yes, and the driver is still to plug in; after a while that is not expected any more."""
    pace = replace(SLOW, expect_for=1)
    async with connected(session, cpo, inbox, pace=pace) as (site, point), following(site):
        await point.start()
        asked = len(cpo.requests)
        await eventually(lambda: len(cpo.requests) > asked + 6)
        await asyncio.sleep(1.1)
        asked = len(cpo.requests)
        await asyncio.sleep(0.2)
        assert len(cpo.requests) == asked


async def test_a_car_that_comes_later(session: aiohttp.ClientSession, version: Version) -> None:
    """It is seen soon, though nobody was told of it."""
    async with operator(version) as cpo, connected(session, cpo, None, pace=SLOW) as (site, point), following(site):
        starting = asyncio.create_task(point.start())
        await asyncio.sleep(0.1)
        cpo.plug_in()
        await starting
        await eventually(lambda: point.flag("charging"))


async def test_what_was_late(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """A command that nothing was heard of in time may be carried out after all, and that is seen soon."""
    pace = replace(IMPATIENT, idle=300)
    async with connected(session, cpo, None, pace=pace) as (site, point), following(site):
        cpo.plug_in()
        cpo.scripts[Command.START_SESSION] = Script(does_after=0.6)
        with pytest.raises(ResultTimeout):
            await point.start()
        await eventually(lambda: point.flag("charging"))


async def test_hurry(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Somebody wants to know now."""
    async with connected(session, cpo, None, pace=SLOW) as (site, point), following(site):
        cpo.out_of_order()
        site.hurry()
        await eventually(lambda: point.text("status") == "out_of_order")


async def test_one_that_is_added_later(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """It is known soon, with a session that began long before."""
    cpo.plug_in("EVSE2")
    theirs = cpo.swipe("EVSE2", DRIVER.uid)
    theirs.start = theirs.last_updated = datetime.now(UTC) - timedelta(days=2)
    async with connected(session, cpo, None, pace=SLOW) as (site, first), following(site):
        second = site.charge_point("LOC1", "EVSE2")
        await eventually(lambda: second.knows(["status"]))
        assert second.flag("charging") is True
        assert first.flag("charging") is False
        assert site.charge_points == (first, second)


async def test_one_that_is_added_during_a_look(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """That look asked for nothing of long ago; the next does."""
    cpo.plug_in("EVSE2")
    theirs = cpo.swipe("EVSE2", DRIVER.uid)
    theirs.start = theirs.last_updated = datetime.now(UTC) - timedelta(days=2)
    async with connected(session, cpo, None) as (site, _):
        cpo.knobs.modules, cpo.knobs.slow = frozenset({Module.SESSIONS}), 0.1
        asked = len(cpo.requests)
        looking = asyncio.create_task(site.look())
        await eventually(lambda: len(cpo.requests) > asked)
        second = site.charge_point("LOC1", "EVSE2")
        await looking
        await site.look()
        assert second.flag("charging") is True


async def test_no_charge_points(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Then there is nothing to look at, and an operator that is there."""
    site = Operator(client_of(session, cpo), pace=SLOW)
    await site.connect()
    async with following(site) as watch:
        assert watch.told == [None]
        assert site.link_connected
    await site.close()


async def test_sessions_are_asked_for_since_the_last_look(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """First of some days, then of no more than what may have changed."""
    async with connected(session, cpo, None) as (site, _):
        await site.look()
        since = [
            datetime.fromisoformat(request.query["date_from"])
            for request in cpo.requests
            if "date_from" in request.query
        ]
        now = datetime.now(UTC)
        assert since[0] < now - timedelta(days=6)
        assert now - timedelta(hours=2) < since[1] < now


async def test_a_session_elsewhere_is_not_missed(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """A look at one charge point brings the sessions of all."""
    async with connected(session, cpo, None) as (site, first):
        second = site.charge_point("LOC1", "EVSE2")
        await site.look()
        cpo.plug_in("EVSE2")
        cpo.swipe("EVSE2", DRIVER.uid)
        await site.look([first])
        assert second.flag("charging") is True


# When it cannot be asked


async def test_coming_and_going(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """One failure is tolerated; after more it is gone, and what was known is kept."""
    async with connected(session, cpo, None, pace=replace(QUICK, idle=0.02)) as (site, point):
        heard: list[bool] = []
        point.subscribe([CONNECTION], lambda: heard.append(point.link_connected))
        async with following(site) as watch:
            cpo.knobs.status, cpo.knobs.for_requests = 500, 1
            await eventually(lambda: cpo.knobs.for_requests == 0 or not cpo.knobs.breaks)
            await asyncio.sleep(0.1)
            assert watch.told == [None]
            cpo.knobs.status, cpo.knobs.for_requests = 500, None
            await eventually(lambda: len(watch.told) > 2)
            assert {type(error) for error in watch.told[1:]} == {StatusError}
            assert not point.link_connected
            assert point.text("status") == "available"
            cpo.heal()
            await eventually(lambda: watch.told[-1] is None)
            await eventually(lambda: heard == [False, True])


async def test_one_that_wants_to_be_left_alone(session: aiohttp.ClientSession) -> None:
    """It is, for as long as it says, and is there all the while."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/sessions" and is_busy:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return handshake(request) or enveloped([])

    is_busy = False
    async with serving(answer) as (url, seen):
        site = Operator(OcpiClient(session, credentials(f"{url}/versions")), pace=replace(QUICK, idle=0.05))
        await site.connect()
        async with following(site) as watch:
            is_busy = True
            asked = len(seen)
            await eventually(lambda: len(seen) > asked)
            is_busy = False
            await asyncio.sleep(0.3)
            # One may have been on its way.
            resting = len(seen)
            await asyncio.sleep(0.3)
            assert len(seen) == resting
            await eventually(lambda: len(seen) > resting + 2)
            assert watch.told == [None]
        await site.close()


async def test_one_that_is_not_there_at_first(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """It is connected when it comes."""
    await cpo.refuse_connections()
    site = Operator(client_of(session, cpo), pace=QUICK)
    point = site.charge_point("LOC1", "EVSE1")
    with pytest.raises(OcpiError):
        await site.connect()
    assert not site.link_connected
    async with following(site) as watch:
        assert watch.told[0] is not None
        await cpo.accept_connections()
        await eventually(lambda: watch.told[-1] is None)
        assert point.text("status") == "available"
    await site.close()


async def test_a_token_that_is_taken_back(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """That is no passing fault."""
    async with connected(session, cpo, None, pace=replace(QUICK, idle=0.02)) as (site, _), following(site) as watch:
        cpo.token = f"not-{TOKEN}"
        await eventually(lambda: watch.told[1:])
        assert isinstance(watch.told[1], Unauthorized)
        assert not site.link_connected
        cpo.token = TOKEN
        await eventually(lambda: watch.told[-1] is None)


async def test_one_that_has_learnt_another_version(session: aiohttp.ClientSession) -> None:
    """It is spoken once the old one is gone."""
    async with operator(Version.V2_1_1) as cpo:
        port = cpo.port
        linked = connected(session, cpo, None, pace=replace(QUICK, idle=0.02))
        async with linked as (site, point), following(site) as watch:
            await cpo.stop()
            await eventually(lambda: len(watch.told) > 1)
            async with Cpo(Version.V2_2_1, port, token=TOKEN):
                await eventually(lambda: watch.told[-1] is None)
                assert site.client.version == "2.2.1"
                assert point.text("status") == "available"


async def test_one_bad_evse_among_good_ones(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """What makes no sense keeps nobody from seeing the others. Once may be a bad moment, twice is not known any more."""
    async with connected(session, cpo, None) as (site, first):
        second = site.charge_point("LOC1", "EVSE2")
        await site.look()
        for known in (True, False):
            _set(cpo.knobs, Knobs(modules=frozenset({Module.LOCATIONS}), wrong_types=True, for_requests=1))
            await site.look()
            assert first.knows(["status"]) is known
            assert second.text("status") == "available"
            assert site.link_connected
        await site.look()
        assert first.text("status") == "available"


@pytest.mark.parametrize("gone", [True, False])
async def test_a_bad_moment_of_one_evse(session: aiohttp.ClientSession, cpo: Cpo, gone: bool) -> None:
    """It is soon looked at again, and not only when everything is; one that is gone for good is asked for less and less often."""
    async with connected(session, cpo, None, pace=replace(QUICK, idle=60, first_retry=0.05)) as (site, point):
        fault = Knobs(status=404) if gone else Knobs(wrong_types=True)
        _set(cpo.knobs, replace(fault, modules=frozenset({Module.LOCATIONS})))
        site.hurry()
        async with following(site):
            await eventually(lambda: not point.knows(["status"]))
            cpo.requests.clear()
            await asyncio.sleep(0.6)
            assert 0 < _asked(cpo, "locations") <= 6
            cpo.heal()
            await eventually(lambda: point.knows(["status"]))
            cpo.requests.clear()
            await asyncio.sleep(0.3)
            assert cpo.requests == []


def _set(knobs: Knobs, fault: Knobs) -> None:
    for name in Knobs.__dataclass_fields__:
        setattr(knobs, name, getattr(fault, name))
