"""Simulated operators of every version, and what talks to them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import logging

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.open_ev.clients.ocpi.callbacks import MAX_RESULT, PendingResults, Reply
from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.credentials import Credentials, DriverToken, Encoding
from custom_components.open_ev.clients.ocpi.operator import Operator
from custom_components.open_ev.clients.ocpi.pace import Pace
from simulators.cpo import Cpo, Quirk, Version
from tests.operator_pace import QUICK

DRIVER = DriverToken(uid="DRIVER-1", contract_id="NL-HOM-DRIVER-1", issuer="Home")
TOKEN, OWN_TOKEN = "operator-secret-1", "own-secret-2"


class Inbox:
    """What operators can reach, as Home Assistant's webhooks are reached: real HTTP, and silence where nothing is open."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self.results: PendingResults | None = None
        self.open_ids: set[str] = set()
        self.opened: list[str] = []
        self.replies: list[Reply] = []
        self.then: bytes | None = None
        """What the operator posts at once after each result."""
        app = web.Application()
        app.router.add_post("/{id}", self._post)
        self._server = TestServer(app)

    async def start(self) -> None:
        """Listen."""
        await self._server.start_server()

    async def stop(self) -> None:
        """Listen no more."""
        await self._server.close()

    async def open(self, pending_id: str) -> str | None:
        """Take results at an address of their own."""
        self.open_ids.add(pending_id)
        self.opened.append(pending_id)
        return str(self._server.make_url(f"/{pending_id}"))

    def close(self, pending_id: str) -> None:
        """Take none there any more."""
        self.open_ids.remove(pending_id)

    async def _post(self, request: web.Request) -> web.Response:
        pending_id = request.match_info["id"]
        if pending_id not in self.open_ids or self.results is None:
            return web.Response()
        body = b""
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > MAX_RESULT:
                break
        reply = self.results.deliver(pending_id, request.headers.get("Authorization"), body)
        self.replies.append(reply)
        if self.then is not None:
            self.results.deliver(pending_id, request.headers.get("Authorization"), self.then)
        return web.json_response(reply.body, status=reply.status)


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let tests talk over loopback."""


@pytest.fixture(autouse=True)
def nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterable[None]:
    """No token is in any line, whatever happens."""
    caplog.set_level(logging.DEBUG, "custom_components.open_ev")
    yield
    said = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components.open_ev")
    )
    for secret in (TOKEN, OWN_TOKEN, *(Encoding.BASE64.write(token) for token in (TOKEN, OWN_TOKEN))):
        assert secret not in said


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """A client, as Home Assistant shares one."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def inbox() -> AsyncGenerator[Inbox]:
    """Where operators can reach us."""
    inbox = Inbox()
    await inbox.start()
    yield inbox
    await inbox.stop()


@pytest.fixture(params=list(Version), ids=str)
def version(request: pytest.FixtureRequest) -> Version:
    """Each version."""
    found: Version = request.param
    return found


@pytest.fixture
async def cpo(version: Version) -> AsyncGenerator[Cpo]:
    """An operator that speaks that version."""
    async with operator(version) as cpo:
        yield cpo


@asynccontextmanager
async def operator(
    versions: Version | Iterable[Version] = Version.V2_2_1, quirks: Iterable[Quirk] = (), *, page: int = 50
) -> AsyncGenerator[Cpo]:
    """Run an operator with the tokens that were agreed."""
    async with Cpo(versions, token=TOKEN, callback_token=OWN_TOKEN, quirks=quirks, page=page) as cpo:
        yield cpo


def credentials(url: str, *, encoding: Encoding = Encoding.AUTO, token: str = TOKEN) -> Credentials:
    """What was agreed with an operator."""
    return Credentials(
        versions_url=url,
        token=token,
        own_token=OWN_TOKEN,
        country_code="nl",
        party_id="hom",
        driver=DRIVER,
        encoding=encoding,
    )


def client_of(session: aiohttp.ClientSession, cpo: Cpo, *, encoding: Encoding = Encoding.AUTO) -> OcpiClient:
    """The way to an operator."""
    return OcpiClient(session, credentials(cpo.versions_url, encoding=encoding))


@asynccontextmanager
async def connected(
    session: aiohttp.ClientSession,
    cpo: Cpo,
    inbox: Inbox | None,
    *,
    pace: Pace = QUICK,
    evse: str = "EVSE1",
    connector: str | None = None,
) -> AsyncGenerator[tuple[Operator, ChargePoint]]:
    """Connect to an operator with one charge point, and let go of it in the end."""
    operator = Operator(client_of(session, cpo), callbacks=inbox, pace=pace)
    if inbox is not None:
        inbox.results = operator.results
    point = operator.charge_point("LOC2" if evse == "EVSE3" else "LOC1", evse, connector_id=connector)
    await operator.connect()
    try:
        yield operator, point
    finally:
        await operator.close()
        if inbox is not None:
            assert not inbox.open_ids


@pytest.fixture
async def linked(
    session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox
) -> AsyncGenerator[tuple[Operator, ChargePoint]]:
    """An operator that can reach us, with a charge point."""
    async with connected(session, cpo, inbox) as found:
        yield found


@pytest.fixture
def point(linked: tuple[Operator, ChargePoint]) -> ChargePoint:
    """The charge point."""
    return linked[1]


# Servers that answer as they like


@dataclass(slots=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]


type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[tuple[str, list[Seen]]]:
    """Answer every request in one way; yields the address, and what is asked."""
    seen: list[Seen] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(Seen(request.method, request.path_qs, dict(request.headers)))
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/"), seen
    finally:
        await server.close()


def enveloped(data: object, code: int = 1000, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer as the standard has it."""
    return web.json_response({"data": data, "status_code": code, "timestamp": "2026-11-20T00:00:00Z"}, headers=headers)


MODULES = {"locations": "SENDER", "sessions": "SENDER", "commands": "RECEIVER"}


def handshake(request: web.Request, version: str = "2.2.1", more: Iterable[str] = ()) -> web.Response | None:
    """Answer what is asked before anything else; None is something else."""
    base = f"http://{request.host}"
    match request.path:
        case "/versions":
            return enveloped([{"version": version, "url": f"{base}/details"}])
        case "/details":
            endpoints = [
                {"identifier": name, "role": role, "url": f"{base}/{name}"}
                for name, role in [*MODULES.items(), *((name, "SENDER") for name in more)]
            ]
            return enveloped({"version": version, "endpoints": endpoints})
    return None
