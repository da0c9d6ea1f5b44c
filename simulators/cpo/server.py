"""The web server: who asks, for what, and how the answer is spoilt on its way."""

import asyncio
from collections.abc import Mapping
import ssl
from typing import Final, override

from aiohttp import web

from simulators.web_server import WebServer, abort

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
_LEVELS: Final = 200_000


class Server(WebServer):
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
        super().__init__(host, port, tls)
        self._doors = doors
        self._envelope = envelope
        self._callbacks = callbacks
        self._knobs = knobs
        self.requests: list[Request] = []

    # Requests

    @override
    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode(errors="replace")
        self.requests.append(
            Request(request.method, request.raw_path.partition("?")[0], dict(request.query), request.headers, body)
        )
        with self._answering():
            return await self._answer(request, body)

    async def _answer(self, request: web.Request, body: str) -> web.StreamResponse:
        place = locate(request.path)
        knobs = self._knobs
        faulty = place is not None and self._is_faulty(place.module)
        if faulty:
            await asyncio.sleep(knobs.slow)
            if knobs.silent:
                await self._stopping.wait()
            if knobs.silent or knobs.hang_up:
                return abort(request)
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
            abort(request)
        else:
            await response.write(body)
            await response.write_eof()
        return response


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=_JSON)
