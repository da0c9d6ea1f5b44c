"""Letting go of a charger while something is under way: nothing of ours stays behind."""

import asyncio

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import BadAnswer, CannotConnect, OpenEvseError, WrongCharger
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import OWN_CLIENT
from simulators.openevse import Generation, OpenEvse
from tests.clients.waiting import eventually

from .conftest import QUICK, WITH_MANAGER, charges

A_WHILE = 0.05
"""Seconds that each answer takes, so that one can be overtaken."""


async def _slow(session: aiohttp.ClientSession, evse: OpenEvse) -> Charger:
    charger = Charger(Gateway(session, evse.url), patience=1, pace=QUICK)
    await charger.connect()
    evse.knobs.slow = A_WHILE
    return charger


async def _asked(evse: OpenEvse, method: str, path: str) -> None:
    await eventually(lambda: any(request[:2] == (method, path) for request in evse.requests))


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_claim_that_is_under_way(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """It is released, and what waits behind it is not sent."""
    evse.plug_in()
    charger = await _slow(session, evse)
    orders = [asyncio.create_task(order) for order in (charger.stop(), charger.set_current(10))]
    await _asked(evse, "POST", "/claims/20271")
    await charger.close()
    outcomes = await asyncio.gather(*orders, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [CannotConnect, CannotConnect]
    assert evse.claims == {}
    assert charges(evse)
    assert not any("charge_current" in request.body for request in evse.requests)


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_who_closes_has_no_time_to_wait(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Then the claim that is under way is released by who made it."""
    evse.plug_in()
    charger = await _slow(session, evse)
    order = asyncio.create_task(charger.stop())
    await _asked(evse, "POST", "/claims/20271")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(charger.close(), A_WHILE / 10)
    with pytest.raises(CannotConnect):
        await order
    assert evse.claims == {}
    assert charges(evse)


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_claim_whose_answer_got_lost(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """It was made all the same."""
    charger = await _slow(session, evse)
    evse.knobs.heal()
    evse.knobs.paths, evse.knobs.cut_off = frozenset({"/claims/20271"}), True
    with pytest.raises(BadAnswer):
        await charger.stop()
    evse.knobs.heal()
    await charger.close()
    assert evse.claims == {}


async def test_a_text_that_is_being_written(session: aiohttp.ClientSession) -> None:
    """The display is handed back, and nobody writes on it any more."""
    async with OpenEvse(Generation.V2_9, "5.0.1") as evse:
        charger = await _slow(session, evse)
        order = asyncio.create_task(charger.show_text("hello", seconds=60))
        await eventually(lambda: "$F0 0" in evse.rapi)
        await charger.close()
        await order
        assert evse.rapi[-1] == "$F0 1"


@pytest.mark.parametrize("generation", [each for each in WITH_MANAGER if each is not Generation.V4_1_0])
async def test_another_charger_keeps_our_claim(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Who was looked for is not there: what is has a claim of our number, which is somebody else's to release."""
    evse.claim(OWN_CLIENT, state="disabled")
    charger = Charger(Gateway(session, evse.url), serial="0200000000ff", pace=QUICK)
    with pytest.raises(WrongCharger):
        await charger.connect()
    await charger.close()
    assert evse.claims.keys() == {OWN_CLIENT}
    assert {(request.method, request.path) for request in evse.requests} == {("GET", "/status"), ("GET", "/config")}


async def test_who_follows_it(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """It is followed no longer, nor can it be again."""
    charger = Charger(Gateway(session, newest.url), pace=QUICK)
    await charger.connect()
    async with asyncio.timeout(5):
        outcomes: list[OpenEvseError | None] = []
        running = asyncio.create_task(charger.run(outcomes.append))
        await eventually(lambda: charger.live)
        await charger.close()
        await running
        await charger.run(outcomes.append)
    assert outcomes == [None]
    await eventually(lambda: not newest.websockets)
