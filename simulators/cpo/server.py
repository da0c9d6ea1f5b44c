"""The web server: who asks, for what, and how the answer is spoilt on its way."""

import asyncio
from collections.abc import Mapping
import ssl
from typing import Final

from aiohttp import web

from .answers import Answer
from .callbacks import Callbacks
from .commands import Later
from .doors import Doors
from .envelope import Envelope
from .knobs import Knobs, Module
from .paths import Place, locate
from .scripts import Order
from .traffic import Request

_PAGE: Final = b"<!DOCTYPE html><html><body>Please accept the terms of this network.</body></html>"
_JSON: Final = "application/json"
# A connection that was accepted has its two ends after two turns of the loop.
_TURNS_TO_COME_IN: Final = 5
_LEVELS: Final = 200_000


class Server:
    """Listens on loopback."""

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        doors: Doors,
        envelope: Envelope,
        callbacks: Callbacks,
        knobs: Knobs,
    ) -> None:
        """Serve what is behind these doors."""
        self._host = host
        self.port = port
        self._tls = tls
        self._doors = doors
        self._envelope = envelope
        self._callbacks = callbacks
        self._knobs = knobs
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._stopping = asyncio.Event()
        self._busy = 0
        self.requests: list[Request] = []
        self.most_at_once = 0
        """How many requests were being answered at the same time, at most."""

    async def start(self) -> None:
        """Listen; a port that was free the first time is kept."""
        self._stopping.clear()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.accept()

    async def accept(self) -> None:
        """Listen for connections."""
        if self._runner is not None and self._runner.server is not None and self._listener is None:
            self._listener = await asyncio.get_running_loop().create_server(
                self._runner.server, self._host, self.port, ssl=self._tls, reuse_address=True
            )
            self.port = self._listener.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Listen no more, and break what is connected."""
        if self._listener is not None and self._runner is not None:
            for listening in self._listener.sockets:
                asyncio.get_running_loop().remove_reader(listening)
            # Who was let in just now would be left half-connected, without a word, if the listener closed at once.
            for _ in range(_TURNS_TO_COME_IN):
                await asyncio.sleep(0)
            self._listener.close()
            self._listener = None
            if self._runner.server is not None:
                # Not 0, which aiohttp takes for "as long as it takes": an idle client would keep its connection open.
                await self._runner.server.shutdown(0.01)

    async def stop(self) -> None:
        """Break all connections."""
        self._stopping.set()
        await self.refuse()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # Requests

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode(errors="replace")
        self.requests.append(
            Request(request.method, request.raw_path.partition("?")[0], dict(request.query), request.headers, body)
        )
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            return await self._answer(request, body)
        finally:
            self._busy -= 1

    async def _answer(self, request: web.Request, body: str) -> web.StreamResponse:
        place = locate(request.path)
        knobs = self._knobs
        faulty = place is not None and self._is_faulty(place.module)
        if faulty:
            await asyncio.sleep(knobs.slow)
            if knobs.silent:
                await self._stopping.wait()
            if knobs.silent or knobs.hang_up:
                return _abort(request)
            if (response := self._in_place(request)) is not None:
                return response
        answer, later = self._doors.handle(request, place, body)
        if later is not None and later.script.order is Order.BEFORE:
            await self._callbacks.conclude(later)
            later = None
        return await self._write(request, place, answer, later, faulty=faulty)

    def _is_faulty(self, module: Module) -> bool:
        knobs = self._knobs
        if (knobs.modules and module not in knobs.modules) or not knobs.breaks:
            return False
        if knobs.for_requests is None:
            return True
        knobs.for_requests -= 1
        return knobs.for_requests >= 0

    def _in_place(self, request: web.Request) -> web.Response | None:
        """Answer without doing anything."""
        knobs = self._knobs
        if knobs.status is not None:
            return web.Response(status=knobs.status)
        if knobs.redirect is not None:
            return web.Response(status=302 if request.method == "GET" else 307, headers={"Location": knobs.redirect})
        if knobs.html:
            return web.Response(body=_PAGE, content_type="text/html")
        if knobs.code is not None:
            refused = Answer(code=knobs.code, message="Something went wrong")
            return _json(self._envelope.write(refused, None))
        if knobs.wrong_types:
            return _json(self._envelope.write(Answer(data=7), None))
        if knobs.no_data:
            return _json(self._envelope.write(Answer(), None))
        if knobs.empty:
            return _json(b"")
        if knobs.not_an_envelope:
            return _json(b'{"hello": "world"}')
        if knobs.nested:
            return _json(b"[" * _LEVELS + b"]" * _LEVELS)
        return None

    async def _write(
        self, request: web.Request, place: Place | None, answer: Answer, later: Later | None, *, faulty: bool
    ) -> web.StreamResponse:
        body = self._envelope.write(answer, place)
        headers = {**self._envelope.ids(request.headers, place), **answer.headers}
        response: web.StreamResponse = web.Response(
            status=answer.status, body=body, content_type=_JSON, headers=headers
        )
        try:
            if faulty:
                response = await self._spoil(request, answer.status, body, headers)
            else:
                await response.prepare(request)
                await response.write_eof()
        finally:
            if later is not None:
                self._callbacks.schedule(later)
        return response

    async def _spoil(
        self, request: web.Request, status: int, body: bytes, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """Send an answer with what is wrong with it."""
        knobs = self._knobs
        body += b" " * knobs.huge
        if knobs.cut_off:
            body = body[: len(body) // 2]
        response = web.StreamResponse(status=status, headers=headers)
        response.content_type = _JSON
        if knobs.compressed:
            response.enable_compression(web.ContentCoding.gzip)
        elif knobs.chunked:
            response.enable_chunked_encoding()
        else:
            response.content_length = len(body)
        await response.prepare(request)
        if knobs.hang_up_midway:
            await response.write(body[: len(body) // 2])
            _abort(request)
        else:
            await response.write(body)
            await response.write_eof()
        return response


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=_JSON)


def _abort(request: web.Request) -> web.Response:
    """Break the connection of a request; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
