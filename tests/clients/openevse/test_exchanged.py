"""An address that goes to another charger without a break: nothing of it is shown, and nothing is done to it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import lcd
from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.clients.openevse.errors import OpenEvseError, WrongCharger
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Mode
from simulators.openevse import Generation, OpenEvse
from tests.clients.waiting import eventually

from .conftest import QUICK, SOON, Followed, answering, followed, hand_on

TELLS_ADDRESS = (Generation.V5_0, Generation.V5_1, Generation.HEAD)
TELLS_SERIAL_ONLY = (Generation.V4_1_7, Generation.V4_2)
OTHER_SERIAL = "0200000000ff"


@dataclass
class Address:
    """An address, and which charger has it."""

    charger: OpenEvse
    url: str = ""
    credentials: list[str | None] = field(default_factory=list)
    """What each request said of who asks."""


@asynccontextmanager
async def address(session: aiohttp.ClientSession, first: OpenEvse) -> AsyncGenerator[Address]:
    """Give an address to a charger."""
    given = Address(first)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/ws":
            return web.Response(status=404)
        given.credentials.append(request.headers.get("Authorization"))
        return await hand_on(session, given.charger, request)

    async with answering(answer) as given.url:
        yield given


@dataclass
class Exchange:
    """Two chargers, one address, and who follows it."""

    ours: OpenEvse
    other: OpenEvse
    place: Address
    charger: Charger

    def happens(self) -> None:
        """Give the address to the other one, which charges a car."""
        self.other.plug_in()
        self.place.charger = self.other

    def assert_other_is_left_alone(self) -> None:
        """Check that it was looked at, and no more."""
        assert self.other.claims == {}
        assert {(request.method, request.path) for request in self.other.requests} <= {
            ("GET", "/status"),
            ("GET", "/config"),
        }


@pytest.fixture
async def exchange(session: aiohttp.ClientSession, generation: Generation) -> AsyncGenerator[Exchange]:
    """The charger that was set up has the address."""
    async with (
        OpenEvse(generation, "7.1.3") as ours,
        OpenEvse(generation, "7.1.3", serial=OTHER_SERIAL) as other,
        address(session, ours) as place,
    ):
        charger = Charger(Gateway(session, place.url), patience=SOON, pace=QUICK)
        await charger.connect()
        yield Exchange(ours, other, place, charger)
        await charger.close()


@pytest.mark.parametrize("generation", TELLS_ADDRESS)
async def test_what_is_asked_for_is_not_done_to_another(exchange: Exchange) -> None:
    """It is looked first who is there."""
    charger = exchange.charger
    await charger.set_current(10)
    exchange.happens()
    for order in (
        charger.stop(),
        charger.set_mode(Mode.OFF),
        charger.set_current(8),
        charger.set_energy_limit(5000),
        charger.restart_gateway(),
        charger.reset_energy(),
        charger.send_rapi("$GC"),
    ):
        with pytest.raises(WrongCharger):
            await order
    exchange.assert_other_is_left_alone()
    assert charger.text("state") == "not_connected"


@pytest.mark.parametrize("generation", TELLS_ADDRESS)
async def test_nothing_of_another_is_shown(exchange: Exchange) -> None:
    """With the first look it is gone, and it is back when its own charger is."""
    charger = exchange.charger
    shown: set[str | None] = set()
    charger.subscribe(["state"], lambda: shown.add(charger.text("state")))
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        exchange.happens()
        charger.hurry()
        await eventually(lambda: len(told.outcomes) > 1)
        assert isinstance(told.outcomes[1], WrongCharger)
        assert not charger.link_connected
        exchange.assert_other_is_left_alone()
        exchange.place.charger = exchange.ours
        await eventually(lambda: charger.link_connected)
    assert shown == set()


async def looked(told: Followed, outcomes: int) -> None:
    """Wait until so much was told."""
    await eventually(lambda: len(told.outcomes) >= outcomes)


@pytest.mark.parametrize("generation", TELLS_SERIAL_ONLY)
async def test_a_status_that_does_not_tell_whose_it_is(session: aiohttp.ClientSession, generation: Generation) -> None:
    """A gateway that has said less than before was restarted, or is another; and now and then it is looked in any case."""
    async with (
        OpenEvse(generation, "7.1.3") as ours,
        OpenEvse(generation, "7.1.3", serial=OTHER_SERIAL) as other,
        address(session, ours) as place,
    ):
        for comm_sent, settings in ((1, 300.0), (1_000_000, 0.05)):
            place.charger = ours
            other.say(comm_sent=comm_sent)
            pace = Pace(alone_idle=0.02, soon=0.01, settings=settings, again=0.01, first_retry=0.02, last_retry=0.02)
            charger = Charger(Gateway(session, place.url), patience=SOON, pace=pace)
            await charger.connect()
            async with followed(charger) as told:
                await looked(told, 1)
                place.charger = other
                await looked(told, 2)
                assert isinstance(told.outcomes[1], WrongCharger)
                with pytest.raises(OpenEvseError):
                    await charger.stop()
            await charger.close()
        assert other.claims == {}


@pytest.mark.parametrize("generation", TELLS_ADDRESS)
async def test_the_same_charger_on_another_cable(exchange: Exchange) -> None:
    """It has another MAC there, and is the same."""
    charger = exchange.charger
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        exchange.ours.say(macaddress="02:00:00:00:00:AA")
        exchange.ours.plug_in()
        charger.hurry()
        await eventually(lambda: charger.text("state") == "charging")
        assert told.outcomes == [None]
        await charger.stop()
        assert charger.text("state") == "sleeping"


@pytest.mark.parametrize("generation", [Generation.V4_2])
async def test_a_text_is_not_written_on_another(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even to hand the display back."""
    monkeypatch.setattr(lcd, "REPAINT_EVERY", 0.01)
    charger = exchange.charger
    exchange.other.say(comm_sent=1)
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes == [None])
        await charger.show_text("hello", seconds=60)
        exchange.happens()
        charger.hurry()
        await eventually(lambda: not charger.link_connected)
        exchange.other.rapi.clear()
        looks = len(exchange.other.requests)
        await eventually(lambda: len(exchange.other.requests) > looks + 5)
    await charger.close()
    assert exchange.other.rapi == []


async def test_a_password_is_not_told_to_another_that_asks_for_none(session: aiohttp.ClientSession) -> None:
    """What is not asked for is not said once it is known that there may be somebody else."""
    user, password = "admin", "correct horse"
    async with (
        OpenEvse(Generation.V5_1, username=user, password=password) as ours,
        OpenEvse(Generation.V5_1, serial=OTHER_SERIAL) as other,
        address(session, other) as place,
    ):
        gateway = Gateway(session, ours.url, username=user, password=password)
        charger = Charger(gateway, patience=SOON, pace=QUICK)
        await charger.connect()
        async with followed(charger) as told:
            await eventually(lambda: told.outcomes == [None])
            gateway.url = Gateway(session, place.url).url
            charger.hurry()
            await eventually(lambda: not charger.link_connected)
            place.credentials.clear()
            await eventually(lambda: len(place.credentials) > 5)
            assert set(place.credentials) == {None}
        await charger.close()


async def test_a_websocket_of_another(session: aiohttp.ClientSession) -> None:
    """It is opened before anybody has looked, and is not believed."""
    async with (
        OpenEvse(Generation.V5_1) as ours,
        OpenEvse(Generation.V5_1, serial=OTHER_SERIAL) as other,
    ):
        has_it = [ours]
        sockets: list[web.WebSocketResponse] = []

        async def answer(request: web.Request) -> web.StreamResponse:
            if request.path != "/ws":
                return await hand_on(session, has_it[0], request)
            websocket = web.WebSocketResponse()
            await websocket.prepare(request)
            sockets.append(websocket)
            async with session.get(f"{has_it[0].url}/status") as status:
                await websocket.send_str(await status.text())
            await websocket.receive()
            return websocket

        async with answering(answer) as url:
            charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
            await charger.connect()
            shown: set[str | None] = set()
            charger.subscribe(["state"], lambda: shown.add(charger.text("state")))
            async with followed(charger) as told:
                await eventually(lambda: charger.live)
                other.plug_in()
                has_it[0] = other
                await sockets[0].close()
                await eventually(lambda: not charger.link_connected)
                assert isinstance(told.outcomes[-1], WrongCharger)
            assert shown == set()
            await charger.close()
        assert other.claims == {}
