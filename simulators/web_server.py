"""A web server on loopback that can be stopped, refuse connections and break them, as devices and their networks do."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Generator
from contextlib import contextmanager
import ssl
from typing import Final

from aiohttp import web

# A connection that was accepted has its two ends after two turns of the loop.
_TURNS_TO_COME_IN: Final = 5


class WebServer(ABC):
    """Listens, and hands every request of whatever method and path to `_serve`."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Take where to listen, and with which certificate; port 0 takes a free one."""
        self._host = host
        self.port = port
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._stopping = asyncio.Event()
        self._busy = 0
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

    @abstractmethod
    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""

    @contextmanager
    def _answering(self) -> Generator[None]:
        """Count a request among those that are being answered."""
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            yield
        finally:
            self._busy -= 1


def abort(request: web.Request) -> web.Response:
    """Break the connection of a request; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
