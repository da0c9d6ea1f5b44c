"""The results that are posted to the eMSP, and what may be wrong with them."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
import io
import json
import ssl
from typing import Final
import uuid

import aiohttp

from .commands import Later, display_text
from .quirks import Quirk
from .scripts import CallbackFault, Command, Result, Script
from .traffic import Callback, Json, JsonObject
from .versions import Encoding, Version
from .wire import write_moment

_HUGE: Final = 4_000_000
_PATIENCE: Final = 5.0
"""Seconds of real time for the eMSP to answer."""
_FAREWELL: Final = 0.5
"""Seconds of real time for it while the operator stops."""


class Callbacks:
    """Posts results, each in its time."""

    def __init__(
        self, token: str, encoding: Encoding | None, quirks: set[Quirk], trusts: ssl.SSLContext | None
    ) -> None:
        """Show this token; without an encoding it is as each version has it. `trusts` vouches for the eMSP's https."""
        self.token = token
        self.posted: list[Callback] = []
        self._encoding = encoding
        self._quirks = quirks
        self._trusts = trusts
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._posting: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Get ready."""
        connector = aiohttp.TCPConnector(ssl=self._trusts or True)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)

    async def stop(self) -> None:
        """Post nothing more; who is just being told may hear it to the end, for a moment."""
        for task in self._tasks - self._posting:
            task.cancel()
        if self._posting & self._tasks:
            await asyncio.wait(self._posting & self._tasks, timeout=_FAREWELL)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def settle(self) -> None:
        """Wait until all that is due was posted, and done."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def schedule(self, later: Later) -> None:
        """Post the result of a command when it is time."""
        self._spawn(self._wait(later))

    async def _wait(self, later: Later) -> None:
        await asyncio.sleep(later.script.delay)
        await self.conclude(later)

    async def conclude(self, later: Later) -> None:
        """Decide, do and post."""
        script = later.script
        if script.result is None:
            found = later.plan.check() if script.does else Result.ACCEPTED
            result: str = found.old if later.version.old else found
        else:
            result = script.result
        if result == Result.ACCEPTED and script.does:
            if script.does_after > 0:
                self._spawn(self._do(later))
            else:
                later.plan.do()
        await self.post(later.command, later.version, later.url, result, script)

    async def _do(self, later: Later) -> None:
        await asyncio.sleep(later.script.does_after)
        # Much may have happened since.
        if later.plan.check() == Result.ACCEPTED:
            later.plan.do()

    def tell(self, command: Command, version: Version, url: str, result: str, script: Script) -> None:
        """Post a result that belongs to no command now."""
        self._spawn(self.post(command, version, url, result, script))

    async def post(self, command: Command, version: Version, url: str, result: str, script: Script) -> None:
        """Post a result, with what is wrong with it."""
        fault = script.fault
        if fault is CallbackFault.NEVER:
            return
        body = self._body(version, result, script)
        if fault is CallbackFault.WRONG_TOKEN_FIRST:
            await self._send(command, url, body, self._headers(version, CallbackFault.WRONG_TOKEN))
        for _ in range(2 if fault is CallbackFault.TWICE else 1):
            await self._send(command, url, body, self._headers(version, fault))

    def _headers(self, version: Version, fault: CallbackFault | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if not version.old and Quirk.NO_REQUEST_IDS not in self._quirks:
            headers |= {"X-Request-ID": str(uuid.uuid4()), "X-Correlation-ID": str(uuid.uuid4())}
        token = f"not-{self.token}" if fault is CallbackFault.WRONG_TOKEN else self.token
        encoding = self._encoding or version.encoding
        if fault is CallbackFault.OTHER_ENCODING:
            encoding = encoding.other
        scheme = "Bearer" if fault is CallbackFault.OTHER_SCHEME else "Token"
        if fault is not CallbackFault.NO_TOKEN:
            headers["Authorization"] = f"{scheme} {encoding.write(token)}"
        return headers

    def _body(self, version: Version, result: str, script: Script) -> bytes:
        told: JsonObject = {"result": result}
        if not version.old:
            told["message"] = display_text(script.message)
        said: Json = told
        match script.fault:
            case CallbackFault.GARBAGE:
                return b'\xff{"result": ACCEPTED'
            case CallbackFault.HUGE:
                told["message"] = [{"language": "en", "text": "x" * _HUGE}]
            case CallbackFault.NOT_AN_OBJECT:
                said = result
            case CallbackFault.NO_RESULT:
                del told["result"]
            case CallbackFault.WRAPPED:
                said = {"data": told, "status_code": 1000, "timestamp": write_moment(datetime.now(UTC))}
            case CallbackFault.LISTED:
                said = [told]
            case CallbackFault.LOWER_CASE:
                told["result"] = result.lower()
            case _:
                pass
        return json.dumps(said).encode()

    async def _send(self, command: Command, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        if self._session is None:
            return
        status, answer = None, b""
        posting = asyncio.current_task()
        if posting is not None:
            self._posting.add(posting)
        # A stream, because aiohttp warns of many bytes at once.
        sent = io.BytesIO(body)
        try:
            async with self._session.post(url, data=sent, headers=headers, allow_redirects=False) as response:
                status = response.status
                answer = await response.read()
        except aiohttp.ClientError, TimeoutError:
            # Whoever cannot be reached hears nothing: no operator has to try again.
            pass
        finally:
            if posting is not None:
                self._posting.discard(posting)
        self.posted.append(Callback(command=command, url=url, headers=headers, body=body, status=status, answer=answer))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
