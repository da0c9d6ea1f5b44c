"""An eMSP that asks a simulated operator over HTTP, and hears its results, with nothing but a web client and server."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import ssl
from typing import NamedTuple

import aiohttp
from aiohttp import web

from simulators.cpo import Command, Cpo, Encoding, Json, Result, Version

PATIENCE = 3.0
"""Seconds of real time after which what was expected is not coming."""
LONG_AGO = "2026-01-01T00:00:00Z"

type Object = dict[str, Json]


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Json:
        """The body as JSON."""
        found: Json = json.loads(self.body)
        return found

    @property
    def envelope(self) -> Object:
        """The body as an object."""
        return an_object(self.json)

    @property
    def code(self) -> Json:
        """The status of OCPI."""
        return self.envelope["status_code"]

    @property
    def data(self) -> Object:
        """One object."""
        return an_object(self.envelope["data"])

    @property
    def list(self) -> list[Object]:
        """A list of objects."""
        return objects(self.envelope["data"])


class Heard(NamedTuple):
    """A result that arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def result(self) -> Json:
        """What it says."""
        return an_object(json.loads(self.body))["result"]


def an_object(found: Json) -> Object:
    """Make sure of an object."""
    assert isinstance(found, dict)
    return found


def objects(found: Json) -> list[Object]:
    """Make sure of a list of objects."""
    assert isinstance(found, list)
    return [an_object(each) for each in found]


def token(version: Version, uid: str = "ME", **more: Json) -> Object:
    """A token with what must be in it."""
    common: Object = {
        "uid": uid,
        "type": "RFID",
        "issuer": "Home",
        "valid": True,
        "whitelist": "NEVER",
        "last_updated": LONG_AGO,
    }
    if version is Version.V2_1_1:
        return common | {"auth_id": f"NL-HOM-{uid}"} | more
    return common | {"country_code": "NL", "party_id": "HOM", "contract_id": f"NL-HOM-{uid}"} | more


def refined(version: Version, result: Result) -> Result:
    """What a version can say of a result."""
    return result.old if version is Version.V2_1_1 else result


def in_a_while(seconds: float = 3600) -> str:
    """A moment to come."""
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


class Emsp:
    """Has one operator, and speaks one version."""

    def __init__(self, cpo: Cpo, version: Version, session: aiohttp.ClientSession) -> None:
        self.cpo = cpo
        self.version = version
        self.heard: list[Heard] = []
        self.url = ""
        """Where results are taken."""
        self.waits: asyncio.Event | None = None
        """Results are answered when it is set."""
        self._session = session
        self._news = asyncio.Condition()

    # Hearing

    async def take(self, request: web.Request) -> web.Response:
        """Take a result."""
        heard = Heard(request.path, request.headers, await request.read())
        async with self._news:
            self.heard.append(heard)
            self._news.notify_all()
        if self.waits is not None:
            await self.waits.wait()
        return web.json_response({"status_code": 1000, "timestamp": LONG_AGO})

    async def hear(self, number: int = 1) -> Heard:
        """Wait for so many results; returns the last of them."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.heard) >= number)
        return self.heard[number - 1]

    async def results(self) -> list[Json]:
        """All that was heard, once all that was due is posted."""
        async with asyncio.timeout(PATIENCE):
            await self.cpo.settle()
        return [heard.result for heard in self.heard]

    # Asking

    def authorization(self, encoding: Encoding | None = None, *, scheme: str = "Token") -> dict[str, str]:
        """The header that lets in."""
        return {"Authorization": f"{scheme} {(encoding or self.version.encoding).write(self.cpo.token)}"}

    async def ask(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        said: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask; headers are those that let in if none are given."""
        async with (
            asyncio.timeout(PATIENCE),
            self._session.request(
                method,
                url if "://" in url else f"{self.cpo.url}{url}",
                params=query,
                data=json.dumps(said).encode() if body is None and said is not None else body,
                headers=self.authorization() if headers is None else headers,
                allow_redirects=False,
            ) as response,
        ):
            return Reply(response.status, await response.read(), response.headers)

    async def get(self, path: str, **query: str) -> Reply:
        """Ask for something."""
        return await self.ask("GET", path, query=query)

    def at(self, module: str) -> str:
        """The path of a module, of which the version details speak."""
        return f"/ocpi/cpo/{self.version}/{module}"

    async def locations(self) -> list[Object]:
        """Ask for the first page of locations."""
        return (await self.get(self.at("locations"))).list

    async def evse(self, uid: str = "EVSE1", location: str = "LOC1") -> Object:
        """Ask for an EVSE."""
        return (await self.get(self.at(f"locations/{location}/{uid}"))).data

    async def sessions(self) -> list[Object]:
        """Ask for the first page of sessions."""
        return (await self.get(self.at("sessions"), date_from=LONG_AGO)).list

    # Commands

    def body(self, command: Command, **more: Json) -> Object:
        """What a command has to say about EVSE1, and its reservation 7."""
        told: Object = {"response_url": f"{self.url}/{command}"}
        here: Object = {"location_id": "LOC1", "evse_uid": "EVSE1"}
        match command:
            case Command.START_SESSION:
                told |= {**here, "token": token(self.version)}
            case Command.STOP_SESSION:
                told |= {"session_id": "SESSION-1"}
            case Command.RESERVE_NOW:
                told |= {**here, "token": token(self.version), "expiry_date": in_a_while()}
                told |= {"reservation_id": 7 if self.version is Version.V2_1_1 else "7"}
            case Command.CANCEL_RESERVATION:
                told |= {"reservation_id": "7"}
            case Command.UNLOCK_CONNECTOR:
                told |= {**here, "connector_id": "1"}
        return {name: value for name, value in (told | more).items() if value != "absent"}

    async def send(self, command: Command, **more: Json) -> Reply:
        """Send a command; "absent" leaves out what is usual."""
        return await self.ask("POST", self.at(f"commands/{command}"), said=self.body(command, **more))

    async def do(self, command: Command, **more: Json) -> list[Json]:
        """Send a command; returns what was answered, and then all results that were heard since the beginning."""
        reply = await self.send(command, **more)
        assert reply.code == 1000
        return [reply.data["result"], *await self.results()]


@asynccontextmanager
async def meet(cpo: Cpo, version: Version | None = None, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Emsp]:
    """Start an operator, and an eMSP that trusts what the context trusts."""
    connector = aiohttp.TCPConnector(ssl=tls or True)
    async with aiohttp.ClientSession(connector=connector) as session:
        emsp = Emsp(cpo, version or cpo.versions[0], session)
        application = web.Application()
        application.router.add_post("/{path:.*}", emsp.take)
        # What it does not take it does not wait for, either.
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, lingering_time=0)
        await runner.setup()
        server = runner.server
        assert server is not None
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        emsp.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        try:
            async with cpo:
                yield emsp
        finally:
            listener.close()
            await runner.cleanup()
