"""Simulated chargers of every generation, and what follows them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import ssl

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.clients.openevse.errors import OpenEvseError
from custom_components.open_ev.clients.openevse.gateway import Gateway
from simulators.openevse import Generation, OpenEvse
from tests.clients.waiting import eventually

SOON = 0.1
"""Seconds after which a charger that does not follow is believed not to."""

# Faster than in a house, and in the same order.
QUICK = Pace(
    idle=30,
    charging=30,
    alone_idle=0.05,
    alone_charging=0.02,
    soon=0.01,
    again=0.01,
    first_retry=0.02,
    last_retry=0.05,
    refused=0.05,
    first_listening=0.01,
    last_listening=0.05,
    no_websocket=0.05,
)

WITHOUT_MANAGER = (Generation.V2_7, Generation.V2_9, Generation.V3_3)
WITH_MANAGER = tuple(generation for generation in Generation if generation not in WITHOUT_MANAGER)
BLOCKED = (Generation.V5_0, Generation.V5_1, Generation.HEAD)


def usual_controller(generation: Generation) -> str:
    """The controller that such a gateway was mostly sold with."""
    return "5.0.1" if generation in {Generation.V2_7, Generation.V2_9} else "7.1.3"


def charges(evse: OpenEvse) -> bool:
    """Whether the simulated charger has its relay closed."""
    return evse.relay_closed


def asked_for(evse: OpenEvse, path: str) -> int:
    """How often something was asked for."""
    return sum(request.path == path for request in evse.requests)


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let tests talk over loopback."""


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """A client, as Home Assistant shares one."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=list(Generation), ids=str)
def generation(request: pytest.FixtureRequest) -> Generation:
    """Each generation of gateway firmware."""
    found: Generation = request.param
    return found


@pytest.fixture
async def evse(generation: Generation) -> AsyncGenerator[OpenEvse]:
    """A charger of that generation, with nothing on its cable."""
    async with OpenEvse(generation, usual_controller(generation)) as evse:
        yield evse


@pytest.fixture
async def newest() -> AsyncGenerator[OpenEvse]:
    """A charger of 5.1."""
    async with OpenEvse(Generation.V5_1) as evse:
        yield evse


@pytest.fixture
async def charger(session: aiohttp.ClientSession, evse: OpenEvse) -> AsyncGenerator[Charger]:
    """The charger, read for the first time."""
    async with connected(session, evse) as charger:
        yield charger


@asynccontextmanager
async def connected(
    session: aiohttp.ClientSession, evse: OpenEvse, *, patience: float = SOON, pace: Pace = QUICK
) -> AsyncGenerator[Charger]:
    """Read a charger for the first time, and let go of it in the end."""
    charger = Charger(Gateway(session, evse.url), patience=patience, pace=pace)
    await charger.connect()
    try:
        yield charger
    finally:
        await charger.close()


type Break = Callable[[OpenEvse], None]


def broken(**values: object) -> Break:
    """Turn some knobs."""

    def turn(evse: OpenEvse) -> None:
        for name, value in values.items():
            setattr(evse.knobs, name, value)

    return turn


type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def always(body: bytes, status: int = 200) -> Handler:
    """Answer the same to whatever is asked."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    return answer


async def hand_on(session: aiohttp.ClientSession, evse: OpenEvse, request: web.Request) -> web.Response:
    """Have a charger answer what somebody in between was asked."""
    async with session.request(
        request.method,
        f"{evse.url}{request.path}",
        data=await request.read(),
        headers={"Content-Type": request.headers.get("Content-Type", "")},
    ) as response:
        return web.Response(status=response.status, body=await response.read())


@asynccontextmanager
async def answering(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """A web server of a few lines, by its address."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Followed:
    """What was told of a charger that is followed."""

    outcomes: list[OpenEvseError | None] = field(default_factory=list)

    @property
    def errors(self) -> Iterator[OpenEvseError]:
        """The looks in vain."""
        return (outcome for outcome in self.outcomes if outcome is not None)


async def look(charger: Charger) -> None:
    """Have a charger read once more, and all be told of it."""
    async with followed(charger) as told:
        await eventually(lambda: told.outcomes)
    await asyncio.sleep(0)


@asynccontextmanager
async def followed(charger: Charger) -> AsyncGenerator[Followed]:
    """Follow a charger; what ends it by itself is a fault."""
    told = Followed()
    running = asyncio.create_task(charger.run(told.outcomes.append))
    try:
        yield told
        assert not running.done(), running.exception()
    finally:
        running.cancel()
        await asyncio.wait([running])
