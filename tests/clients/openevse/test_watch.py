"""Following a charger: what it tells by itself, and how often it is looked at."""

import asyncio

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import websocket
from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.clients.openevse.gateway import Gateway
from simulators.openevse import Generation, OpenEvse
from tests.clients.waiting import eventually

from .conftest import QUICK, SOON, WITH_MANAGER, answering, asked_for, connected, followed

WITH_WEBSOCKET = tuple(generation for generation in Generation if generation not in {Generation.V2_7, Generation.V2_9})
live = pytest.mark.parametrize("generation", WITH_WEBSOCKET)


# What it tells


async def test_changes_are_seen(charger: Charger, evse: OpenEvse) -> None:
    """By listening, or by looking often enough."""
    async with followed(charger) as told:
        evse.plug_in()
        await eventually(lambda: charger.text("state") == "charging")
        evse.unplug()
        await eventually(lambda: charger.text("state") == "not_connected")
        assert told.outcomes == [None]
    assert evse.most_at_once == 1


@live
async def test_what_is_told_is_taken_at_once(charger: Charger, evse: OpenEvse) -> None:
    """Without another look."""
    evse.plug_in()
    async with followed(charger):
        await eventually(lambda: charger.live and charger.text("state") == "charging")
        await asyncio.sleep(0.05)
        before = asked_for(evse, "/status")
        evse.say(amp=9999)
        evse.tick(1)
        await eventually(lambda: charger.number("current") == 9.999)
        assert asked_for(evse, "/status") == before
    assert not charger.live or evse.websockets == 0


@live
async def test_what_is_told_in_passing(charger: Charger, evse: OpenEvse) -> None:
    """It is no reading, because nobody would know when it is over; and it is forgotten with the websocket."""
    async with followed(charger):
        await eventually(lambda: charger.live)
        readings = dict(charger.readings)
        evse.tell(ota="started", ota_progress=40, pears=3)
        await eventually(lambda: charger.details().get("update_progress") == 40)
        assert charger.details()["update_state"] == "started"
        assert charger.readings.keys() == readings.keys()
        await evse.stop()
        await eventually(lambda: not charger.live)
        assert "update_progress" not in charger.details()


@live
async def test_what_depends_on_it_is_read_soon(charger: Charger, evse: OpenEvse) -> None:
    """A counter says that there is something to be read."""
    async with followed(charger):
        await eventually(lambda: charger.live)
        if evse.generation in WITH_MANAGER:
            evse.press_button()
            await eventually(lambda: charger.text("mode") == "off")
        else:
            evse.plug_in()
            await eventually(lambda: charger.flag("vehicle_connected"))


@pytest.mark.parametrize("generation", [Generation.V5_1])
async def test_what_is_told_makes_no_sense(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """It is passed over, and what is not known is not kept."""
    said: asyncio.Queue[str] = asyncio.Queue()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path != "/ws":
            async with session.request(
                request.method, f"{evse.url}{request.path}", data=await request.read()
            ) as response:
                return web.Response(status=response.status, body=await response.read())
        listener = web.WebSocketResponse()
        await listener.prepare(request)
        while (text := await said.get()) != "over":
            await listener.send_str(text)
        return listener

    async with answering(answer) as url:
        charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
        await charger.connect()
        known = set(charger.status)
        async with followed(charger):
            for text in ("[1]", "7", "{", "null", "", '{"nonsense":1}', "{}", '{"state":"three","amp":1234}'):
                said.put_nowait(text)
            await eventually(lambda: charger.number("current") == 1.234)
            assert "state" not in charger.readings
            assert set(charger.status) == known
            said.put_nowait("over")
            await eventually(lambda: charger.text("state") == "not_connected")
        said.put_nowait("over")
        await charger.close()


@live
async def test_a_websocket_that_breaks(charger: Charger, evse: OpenEvse) -> None:
    """Another one is opened, and meanwhile it is looked."""
    async with followed(charger) as told:
        await eventually(lambda: charger.live)
        before = asked_for(evse, "/status")
        evse.drop_websockets()
        await eventually(lambda: not charger.live or asked_for(evse, "/status") > before)
        await eventually(lambda: charger.live and evse.websockets == 1)
        assert told.outcomes == [None]


@pytest.mark.parametrize("generation", [Generation.V4_2, Generation.V5_1, Generation.HEAD])
async def test_a_restart_that_is_told_before_it_is_seen(session: aiohttp.ClientSession, generation: Generation) -> None:
    """The websocket may be back before the next look, and everything is read anew all the same."""
    pace = Pace(idle=60, charging=60, soon=0.3, first_listening=0.01, heartbeat=60)
    async with OpenEvse(generation) as evse:
        evse.tick(60)
        evse.lose_heartbeat()
        async with connected(session, evse, pace=pace) as charger, followed(charger):
            assert charger.flag("heartbeat_missed") is True
            await eventually(lambda: charger.live)
            evse.restart_gateway()
            await eventually(lambda: charger.flag("heartbeat_missed") is False)


@live
async def test_a_websocket_that_falls_silent(charger: Charger, evse: OpenEvse, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked, and when it does not answer it is given up."""
    monkeypatch.setattr(websocket, "PING_EVERY", 0.02)
    monkeypatch.setattr(websocket, "SILENCE", 0.1)
    async with followed(charger) as told:
        await eventually(lambda: charger.live)
        # As long as it answers it stays.
        await asyncio.sleep(0.25)
        assert asked_for(evse, "/ws") == 1
        evse.knobs.websocket_silent = True
        await eventually(lambda: asked_for(evse, "/ws") > 1)
        evse.knobs.websocket_silent = False
        await eventually(lambda: charger.live)
        assert told.outcomes == [None]


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V2_9])
async def test_generations_without_a_websocket(charger: Charger, evse: OpenEvse) -> None:
    """They are asked for it again and again, in case somebody was in between."""
    async with followed(charger):
        await eventually(lambda: asked_for(evse, "/ws") > 1)
        assert not charger.live


# How often


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V5_1])
async def test_how_often_it_is_looked(session: aiohttp.ClientSession, evse: OpenEvse, generation: Generation) -> None:
    """More often while it charges; a charger that tells by itself is left alone."""
    pace = Pace(idle=60, charging=0.02, alone_idle=60, alone_charging=0.02, soon=0.01)
    async with connected(session, evse, pace=pace) as charger, followed(charger) as told:
        await eventually(lambda: told.outcomes and (charger.live or generation is Generation.V2_9))
        await asyncio.sleep(0.1)
        before = asked_for(evse, "/status")
        await asyncio.sleep(0.2)
        assert asked_for(evse, "/status") == before
        evse.plug_in()
        await charger.start()
        await eventually(lambda: asked_for(evse, "/status") > before + 5)
