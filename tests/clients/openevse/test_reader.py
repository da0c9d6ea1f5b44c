"""What is read of a charger, and when; and what becomes of parts that cannot be read."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import reader
from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Ability
from simulators.openevse import Generation, OpenEvse, RapiFault
from tests.clients.waiting import eventually

from .conftest import BLOCKED, Break, answering, asked_for, broken, connected, followed, hand_on, look


async def test_settings_are_read_when_they_have_changed(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """And not otherwise."""
    async with connected(session, newest) as charger:
        before = asked_for(newest, "/config")
        await look(charger)
        await look(charger)
        assert asked_for(newest, "/config") == before
        async with session.post(f"{newest.url}/config", json={"service": 1}) as response:
            assert response.status == 200
        await look(charger)
        assert charger.text("service_level") == "level_1"
        assert asked_for(newest, "/config") == before + 2


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V4_1_0])
async def test_settings_that_nobody_counts(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """They are read every few minutes."""
    async with connected(session, evse, pace=Pace()) as charger:
        before = asked_for(evse, "/config")
        await look(charger)
        assert asked_for(evse, "/config") == before
    async with connected(session, evse, pace=Pace(settings=0)) as charger:
        before = asked_for(evse, "/config")
        await look(charger)
        assert asked_for(evse, "/config") == before + 1


@pytest.mark.parametrize("generation", [Generation.V2_9])
async def test_questions_take_turns(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Not all of them are asked at a time; and those that were refused are not asked again."""
    async with connected(session, evse, pace=Pace(question=0, lock=0)) as charger:
        asked = len(evse.rapi)
        await look(charger)
        first = evse.rapi[asked:]
        assert len(first) == reader.QUESTIONS_AT_A_TIME + 1
        await look(charger)
        second = evse.rapi[asked + len(first) :]
        assert first[0] == second[0] == "$GS"
        assert not set(first[1:]) & set(second[1:])
        assert "$G5" not in first + second
    async with connected(session, evse, pace=Pace()) as charger:
        asked = len(evse.rapi)
        await look(charger)
        assert evse.rapi[asked:] == ["$GS"]


async def test_questions_that_got_lost(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """What a charger can do is not known until all of them are answered."""
    evse.knobs.rapi_fault = RapiFault.TIMEOUT
    async with connected(session, evse, pace=Pace(question=0, lock=0, heartbeat=0)) as charger:
        at_first = charger.all_answered
        assert not at_first
        evse.knobs.heal()
        for _ in range(4):
            await look(charger)
        assert charger.all_answered
        assert charger.can(Ability.RAPI_WRITES) is (evse.generation not in BLOCKED)


async def test_a_restarted_gateway_is_read_anew(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """Its counters began anew, and may stand where they stood."""
    async with connected(session, newest) as charger:
        newest.tick(60)
        await look(charger)
        newest.restart_gateway()
        before = asked_for(newest, "/config")
        await look(charger)
        assert asked_for(newest, "/config") == before + 1


@pytest.mark.parametrize("path", ["/config", "/override", "/claims", "/limit", "/schedule"])
@pytest.mark.parametrize("wrong", [broken(html=True), broken(cut_off=True), broken(status=500)])
async def test_a_part_that_cannot_be_used(
    session: aiohttp.ClientSession, newest: OpenEvse, path: str, wrong: Break
) -> None:
    """The rest goes on, and it is read the next time."""
    async with connected(session, newest) as charger, followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        before = charger.readings
        async with session.post(f"{newest.url}/claims/99", json={"state": "disabled"}) as response:
            assert response.status == 200
        async with session.post(f"{newest.url}/config", json={"service": 1}) as response:
            assert response.status == 200
        newest.knobs.paths = frozenset({path})
        wrong(newest)
        newest.plug_in()
        await eventually(lambda: charger.text("state") == "sleeping")
        charger.hurry()
        asked = asked_for(newest, path)
        await eventually(lambda: charger.flag("active") is False)
        assert charger.text("gateway_version") == before["gateway_version"]
        newest.knobs.heal()
        charger.hurry()
        await eventually(lambda: charger.text("claim") == "other")
        assert asked_for(newest, path) >= asked
        assert told.outcomes == [None]


async def test_a_part_that_is_not_there(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """A build without it is not asked again and again."""
    newest.knobs.paths = frozenset({"/limit"})
    newest.knobs.status = 404
    async with connected(session, newest) as charger:
        before = asked_for(newest, "/limit")
        await look(charger)
        assert asked_for(newest, "/limit") == before


async def test_claims_and_events_that_make_no_sense(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """They are passed over."""
    instead = {
        "/claims": ["claim", {"client": "me"}, {"client": 99, "state": "perhaps", "priority": "high"}],
        "/schedule": ["event", {"id": 1, "time": "noon"}, {"time": "12:00:00", "days": "monday", "state": "active"}],
    }

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path in instead:
            return web.json_response(instead[request.path])
        return await hand_on(session, newest, request)

    async with answering(answer) as url:
        charger = Charger(Gateway(session, url))
        await charger.connect()
        (claim,) = charger.claims
        assert (claim.who, claim.charge, claim.priority) == ("other", None, 0)
        (event,) = charger.schedule()
        assert (event.start, event.days, event.id) == (True, frozenset(), None)
        await charger.close()
