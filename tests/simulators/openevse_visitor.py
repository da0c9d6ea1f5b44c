"""Somebody who asks a simulated OpenEVSE over HTTP, with nothing but a web client."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
import json
import ssl
from typing import NamedTuple

import aiohttp

from simulators.openevse import OpenEvse, State

PATIENCE = 3.0
"""Seconds of real time after which what was expected is not coming."""

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


def basic(user: str, password: str) -> dict[str, str]:
    """The header that a browser sends."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body, whatever it is."""
        return self.body.decode("latin-1")

    @property
    def json(self) -> Json:
        """The body as JSON."""
        found: Json = json.loads(self.body)
        return found


class Visitor:
    """Asks one charger."""

    def __init__(self, evse: OpenEvse, session: aiohttp.ClientSession) -> None:
        self._evse = evse
        self._session = session

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        said: Json | Mapping[str, Json] = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> Reply:
        """Ask."""
        async with (
            asyncio.timeout(PATIENCE),
            self._session.request(
                method,
                f"{self._evse.url}{path}",
                params=query,
                data=json.dumps(said).encode() if said is not None else form if form is not None else body,
                headers={**(headers or {}), **({} if login is None else basic(*login))},
                allow_redirects=False,
            ) as response,
        ):
            return Reply(response.status, await response.read(), dict(response.headers))

    async def get(self, path: str, **query: str) -> Reply:
        """Ask for something."""
        return await self.ask("GET", path, query=query)

    async def post(self, path: str, said: Json | Mapping[str, Json]) -> Reply:
        """Say something as JSON."""
        return await self.ask("POST", path, said=said)

    async def delete(self, path: str) -> Reply:
        """Have something taken away."""
        return await self.ask("DELETE", path)

    async def status(self) -> dict[str, Json]:
        """Ask for /status."""
        return await self.object("/status")

    async def config(self) -> dict[str, Json]:
        """Ask for /config."""
        return await self.object("/config")

    async def object(self, path: str) -> dict[str, Json]:
        """Ask for an object."""
        found = (await self.get(path)).json
        assert isinstance(found, dict)
        return found

    async def rapi(self, command: str) -> str:
        """Send a command; returns the answer without its checksum, or the reason why there is none."""
        reply = await self.get("/r", json="1", rapi=command)
        told = reply.json
        assert isinstance(told, dict)
        answer = told.get("ret", told.get("error"))
        assert isinstance(answer, str)
        return answer.partition("^")[0]

    @asynccontextmanager
    async def listening(self, **headers: str) -> AsyncGenerator[Listener]:
        """Listen on the websocket."""
        async with self._session.ws_connect(f"{self._evse.url}/ws", headers=headers) as websocket:
            yield Listener(websocket)


class Listener:
    """The other end of a websocket."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self._websocket = websocket

    async def hear(self) -> dict[str, Json]:
        """Wait for the next message."""
        told: Json = await self._websocket.receive_json(timeout=PATIENCE)
        assert isinstance(told, dict)
        return told

    async def hear_of(self, name: str) -> Json:
        """Wait for a message that has a field."""
        async with asyncio.timeout(PATIENCE):
            while name not in (told := await self.hear()):
                pass
        return told[name]

    async def say(self, said: Json) -> None:
        """Say something."""
        await self._websocket.send_json(said)

    async def ends(self) -> bool:
        """Whether the next thing is the end."""
        return (await self._websocket.receive(timeout=PATIENCE)).type in {
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        }


@asynccontextmanager
async def visit(evse: OpenEvse, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Visitor]:
    """Start a charger, and visit it, trusting what the context trusts."""
    # Cookies of an address without a name are kept only if one says so.
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=tls or True)
    async with evse, aiohttp.ClientSession(cookie_jar=jar, connector=connector) as session:
        yield Visitor(evse, session)


def state_of(evse: OpenEvse) -> State:
    """Ask afresh: for a type checker an attribute does not change by itself."""
    return evse.state
