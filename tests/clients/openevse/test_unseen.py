"""A charger that is gone just after it was told something: it is said that it may have followed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import gateway as gateway_module
from custom_components.open_ev.clients.openevse.charger import BUTTON, Charger
from custom_components.open_ev.clients.openevse.errors import CannotConnect, Unseen
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Mode
from simulators.openevse import OpenEvse
from tests.clients.waiting import eventually

from .conftest import QUICK, WITH_MANAGER, WITHOUT_MANAGER, answering, charges, connected, hand_on, look

PATIENCE = 0.4
managed = pytest.mark.parametrize("generation", WITH_MANAGER)

type Fault = Callable[[web.Request], web.Response]


def gone(request: web.Request) -> web.Response:
    """Break the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def broken_down(_: web.Request) -> web.Response:
    """Answer that something is wrong."""
    return web.Response(status=500)


def replaced(_: web.Request) -> web.Response:
    """Have somebody in between answer."""
    return web.Response(text="<html></html>", content_type="text/html")


every_fault = pytest.mark.parametrize("fault", [gone, broken_down, replaced])


@dataclass
class Road:
    """What lies between a charger and who tells it something."""

    url: str = ""
    fault: Fault = gone
    faults: int = 0
    """How many requests meet it, after an order has passed."""
    loses_answer: bool = False
    """Whether the order's own answer meets it, too."""


@asynccontextmanager
async def road(session: aiohttp.ClientSession, evse: OpenEvse) -> AsyncGenerator[Road]:
    """Lead to a charger, until it was told something."""
    way = Road()
    passed = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal passed
        if passed and way.faults:
            way.faults -= 1
            return way.fault(request)
        said = await request.text()
        # A question to the controller is no order.
        if way.faults and request.method != "GET" and "%24G" not in said:
            passed += 1
        answered = await hand_on(session, evse, request)
        return way.fault(request) if passed and way.loses_answer else answered

    async with answering(answer) as way.url:
        yield way


@asynccontextmanager
async def reached(session: aiohttp.ClientSession, way: Road) -> AsyncGenerator[Charger]:
    """The charger at the end of a road."""
    charger = Charger(Gateway(session, way.url), patience=PATIENCE, pace=QUICK)
    await charger.connect()
    yield charger
    await charger.close()


@every_fault
async def test_what_came_of_it_cannot_be_seen(session: aiohttp.ClientSession, evse: OpenEvse, fault: Fault) -> None:
    """It was done, and shows once the charger is back."""
    evse.plug_in()
    async with road(session, evse) as way, reached(session, way) as charger:
        way.fault, way.faults = fault, 1000
        with pytest.raises(Unseen) as caught:
            await charger.stop()
        assert caught.value.what == "stop"
        assert isinstance(caught.value.__cause__, Exception)
        assert not charges(evse)
        way.faults = 0
        await look(charger)
        assert charger.flag("active") is False


@managed
async def test_an_answer_that_got_lost(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Nobody knows whether it had arrived; here it had."""
    evse.plug_in()
    orders: list[Callable[[Charger], Awaitable[None]]] = [
        lambda charger: charger.stop(),
        lambda charger: charger.set_mode(Mode.OFF),
    ]
    for order in orders:
        async with road(session, evse) as way, reached(session, way) as charger:
            way.faults, way.loses_answer = 1000, True
            with pytest.raises(Unseen):
                await order(charger)
            assert not charges(evse)
            way.faults, way.loses_answer = 0, False
            await charger.set_mode(Mode.AUTO)


@managed
@pytest.mark.parametrize("loses_answer", [False, True])
async def test_it_was_nobody_elses_hand(session: aiohttp.ClientSession, evse: OpenEvse, loses_answer: bool) -> None:
    """What shows once the charger is back is what was asked for; what is chosen later is somebody's."""
    pressed: list[str | None] = []
    evse.plug_in()
    async with road(session, evse) as way, reached(session, way) as charger:
        charger.subscribe([BUTTON], lambda: pressed.append(charger.text("mode")))
        way.faults, way.loses_answer = 1000, loses_answer
        with pytest.raises(Unseen):
            await charger.set_mode(Mode.OFF)
        way.faults, way.loses_answer = 0, False
        await look(charger)
        assert charger.text("mode") == "off"
        assert pressed == []
        evse.press_button()
        await look(charger)
        assert pressed == ["auto"]


@managed
async def test_who_gives_up_waiting_is_nobody_else(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """A script that is stopped has chosen all the same."""
    pressed: list[str | None] = []
    evse.plug_in()
    async with connected(session, evse) as charger:
        charger.subscribe([BUTTON], lambda: pressed.append(charger.text("mode")))
        evse.knobs.slow = 0.05
        order = asyncio.create_task(charger.set_mode(Mode.OFF))
        await eventually(lambda: any(request[:2] == ("POST", "/override") for request in evse.requests))
        order.cancel()
        await asyncio.wait([order])
        await look(charger)
        assert charger.text("mode") == "off"
        assert pressed == []


@managed
async def test_an_order_that_did_nothing(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """The next to choose the same is somebody else."""
    pressed: list[str | None] = []
    evse.plug_in()
    async with connected(session, evse) as charger:
        charger.subscribe([BUTTON], lambda: pressed.append(charger.text("mode")))
        evse.knobs.paths, evse.knobs.hang_up = frozenset({"/override"}), True
        with pytest.raises(CannotConnect):
            await charger.set_mode(Mode.OFF)
        evse.knobs.heal()
        await look(charger)
        evse.press_button()
        await look(charger)
        assert pressed == ["off"]


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_command_whose_answer_got_lost(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """The same by RAPI; a question does nothing, so its loss is a loss of the connection only."""
    async with road(session, evse) as way, reached(session, way) as charger:
        way.faults, way.loses_answer = 1000, True
        with pytest.raises(Unseen):
            await charger.send_rapi("$SC 10 V")
        assert evse.pilot == 10
    async with connected(session, evse) as charger:
        evse.knobs.paths, evse.knobs.hang_up = frozenset({"/r"}), True
        with pytest.raises(CannotConnect):
            await charger.send_rapi("$GC")


@every_fault
async def test_one_look_in_vain_is_not_the_end(session: aiohttp.ClientSession, evse: OpenEvse, fault: Fault) -> None:
    """A gateway that has just been told something is busy."""
    evse.plug_in()
    async with road(session, evse) as way, reached(session, way) as charger:
        way.fault, way.faults = fault, 1
        await charger.stop()
        assert not charges(evse)
        assert charger.flag("active") is False


async def test_what_is_counted(
    session: aiohttp.ClientSession, newest: OpenEvse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders that have gone out, and nothing else."""
    gateway = Gateway(session, newest.url)
    await gateway.status()
    await gateway.rapi("$GC")
    assert gateway.orders == 0
    await gateway.post("/claims/99", {"state": "disabled"})
    assert gateway.orders == 1
    await newest.refuse_connections()
    with pytest.raises(CannotConnect) as caught:
        await gateway.delete("/claims/99")
    assert not caught.value.sent
    assert gateway.orders == 1
    await newest.accept_connections()
    monkeypatch.setattr(gateway_module, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    newest.knobs.silent = True
    with pytest.raises(CannotConnect) as caught:
        await gateway.delete("/claims/99")
    assert caught.value.sent
    assert gateway.orders == 2
    with pytest.raises(CannotConnect):
        await gateway.status()
    assert gateway.orders == 2
