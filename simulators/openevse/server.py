"""The web server: one request after the other, and the websockets."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
import json
import re
import ssl
from typing import Final, override
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from simulators.web_server import WebServer, abort

from .access import Access
from .events import Events
from .gateway import Gateway
from .http import HTML, NOT_ALLOWED, Answer, Asked, Handler
from .knobs import Knobs
from .traffic import Request

_FORM: Final = "application/x-www-form-urlencoded"
_NUMBERED: Final = re.compile(r"(/\w+)/(\d+)")
_PORTAL: Final = b"<!DOCTYPE html><html><body>Please accept the terms of this network.</body></html>"
_HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache, private, no-store"}


class Server(WebServer):
    """Listens on loopback."""

    def __init__(
        self,
        host: str,
        port: int,
        gateway: Gateway,
        access: Access,
        events: Events,
        handlers: Mapping[str, Handler],
        tls: ssl.SSLContext | None,
    ) -> None:
        """Serve a gateway by the handlers of its paths."""
        super().__init__(host, port, tls)
        self._gateway = gateway
        self._knobs: Knobs = gateway.knobs
        self._access = access
        self._events = events
        self._handlers = handlers
        self._paths = gateway.firmware.paths
        self._websockets: set[asyncio.Transport] = set()
        self.requests: list[Request] = []

    @property
    def websockets(self) -> int:
        """How many are open."""
        return len(self._websockets)

    @override
    async def stop(self) -> None:
        """Break all connections."""
        self.drop_websockets()
        await super().stop()

    def drop_websockets(self) -> None:
        """Break them."""
        for transport in list(self._websockets):
            transport.abort()

    # Requests

    @override
    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode(errors="replace")
        self.requests.append(Request(request.method, request.path, dict(request.query), body))
        if request.path == "/ws" and self._gateway.firmware.websocket:
            return await self._listen(request)
        with self._answering():
            return await self._answer(request, body)

    async def _answer(self, request: web.Request, body: str) -> web.StreamResponse:
        faulty = self._is_faulty(request.path)
        if faulty:
            await asyncio.sleep(self._knobs.slow)
            if self._knobs.silent:
                await self._stopping.wait()
            if self._knobs.silent or self._knobs.hang_up:
                return abort(request)
        answer = self._fault() if faulty else None
        if answer is None:
            answer = self._handle(request, body)
            self._events.report()
        if faulty and self._knobs.restart_mid_answer:
            return await self._restart_mid_answer(request, answer)
        sent = answer.body[: len(answer.body) // 2] if faulty and self._knobs.cut_off else answer.body
        response = web.Response(
            status=answer.status, body=sent, content_type=answer.kind, headers={**_HEADERS, **answer.headers}
        )
        # As both kinds of gateway do: neither keeps a connection for another request.
        response.force_close()
        if answer.then is not None:
            await response.prepare(request)
            await response.write_eof()
            answer.then()
        return response

    def _is_faulty(self, path: str) -> bool:
        knobs = self._knobs
        if (knobs.paths and path not in knobs.paths) or not knobs.breaks_http:
            return False
        if knobs.for_requests is None:
            return True
        knobs.for_requests -= 1
        return knobs.for_requests >= 0

    def _fault(self) -> Answer | None:
        """Answer without doing anything."""
        if self._knobs.status == HTTPStatus.UNAUTHORIZED:
            return self._access.unauthorized()
        if self._knobs.status is not None:
            return Answer(status=self._knobs.status)
        return Answer(body=_PORTAL, kind=HTML) if self._knobs.html else None

    async def _restart_mid_answer(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=_HEADERS)
        response.content_type = answer.kind
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
        abort(request)
        self._gateway.restart()
        self.drop_websockets()
        return response

    def _handle(self, request: web.Request, body: str) -> Answer:
        numbered = _NUMBERED.fullmatch(request.path)
        path = f"{numbered[1]}/{{id}}" if numbered else request.path
        methods = self._paths.get(path)
        if methods is None:
            return self._unknown()
        asked = Asked(
            method=request.method,
            path=request.path,
            id=int(numbered[2]) if numbered else 0,
            query=dict(request.query),
            form=dict(parse_qsl(body, keep_blank_values=True)) if request.content_type == _FORM else {},
            body=body,
            headers=request.headers,
            cookies=request.cookies,
        )
        if (refusal := self._access.refuses(asked)) is not None:
            return refusal
        if request.method not in methods:
            return NOT_ALLOWED
        self._gateway.hear()
        return self._handlers[path](asked)

    def _unknown(self) -> Answer:
        """Lead to the front page while there is only the gateway's own network, as a captive portal does."""
        if not self._gateway.network.access_point:
            return Answer(status=404, kind=HTML)
        return Answer(status=301, kind=HTML, headers={"Location": f"http://{self._gateway.network.address}"})

    # Websockets

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        if not self._access.lets_listen(request.headers, request.cookies):
            return web.Response(status=401)
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        transport = request.transport
        if transport is None:
            return websocket
        self._websockets.add(transport)
        queue = self._events.join()
        sending = asyncio.create_task(self._send(websocket, queue))
        try:
            async for said in websocket:
                if said.type is WSMsgType.TEXT and _is_ping(said.data):
                    queue.put_nowait('{"pong": 1}')
        finally:
            self._websockets.discard(transport)
            self._events.leave(queue)
            sending.cancel()
            await asyncio.wait([sending])
        return websocket

    async def _send(self, websocket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
        with suppress(ConnectionError):
            while True:
                said = await queue.get()
                if not self._knobs.websocket_silent:
                    await websocket.send_str(said)


def _is_ping(said: str) -> bool:
    try:
        told = json.loads(said)
    except ValueError:
        return False
    return isinstance(told, dict) and "ping" in told
