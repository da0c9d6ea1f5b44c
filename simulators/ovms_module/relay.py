"""The mobile network between a module and its broker: a TCP relay that can go quiet without breaking a connection."""

import asyncio
from typing import Self, override


class _End(asyncio.Protocol):
    """One end of a relayed connection."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        self.transport = transport
        self.relay.joined(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.relay.left(self)
        if self.other is not None:
            self.other.close()

    def close(self) -> None:
        """End the connection; what was written to it still goes out."""
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Break the connection."""
        if self.transport is not None:
            self.transport.abort()


class _Inner(_End):
    """The module's end: connects onwards as soon as the module does."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.transport is not None:
            self.transport.pause_reading()
        self.relay.connect(self)


class Relay:
    """Forwards connections to `host` and `port`.

    While it is frozen nothing is read from either side, so both see an open connection and the kernel's buffers fill:
    a half-open connection, as a car in a tunnel has.
    """

    def __init__(self, host: str, port: int) -> None:
        """Aim at a broker."""
        self.host = host
        self.port = port
        self.local_port = 0
        self.frozen = False
        self.failures = 0
        """How often there was no connection to be had; whoever asked for it sees one that ends at once."""
        self._server: asyncio.Server | None = None
        self._ends: set[_End] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self) -> None:
        """Listen on a free loopback port."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Inner(self), "127.0.0.1", 0)
            self.local_port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection, pass on what was on its way unless the relay is frozen, and stop listening."""
        if self.frozen:
            self.frozen = False
            for end in list(self._ends):
                end.abort()
        self.cut()
        for task in self._connecting:
            task.cancel()
        if (server := self._server) is not None:
            self._server = None
            server.close()
            await server.wait_closed()
        await self._empty.wait()

    def cut(self) -> None:
        """End every connection without a word from the module."""
        for end in list(self._ends):
            end.close()

    def freeze(self) -> None:
        """Let nothing through, in either direction."""
        self.frozen = True
        for end in self._ends:
            if end.transport is not None:
                end.transport.pause_reading()

    def thaw(self) -> None:
        """Let through what has waited, and what comes."""
        self.frozen = False
        for end in self._ends:
            if end.transport is not None and end.other is not None:
                end.transport.resume_reading()

    def joined(self, end: _End) -> None:
        """Keep count of an end."""
        self._ends.add(end)
        self._empty.clear()

    def left(self, end: _End) -> None:
        """Forget an end."""
        self._ends.discard(end)
        if not self._ends:
            self._empty.set()

    def connect(self, inner: _End) -> None:
        """Connect onwards for an end that has just joined."""
        task = asyncio.get_running_loop().create_task(self._connect(inner))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, inner: _End) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, outer = await loop.create_connection(lambda: _End(self), self.host, self.port)
        except OSError:
            self.failures += 1
            inner.abort()
            return
        outer.other, inner.other = inner, outer
        if inner.transport is None or inner.transport.is_closing():
            outer.abort()
        elif not self.frozen:
            inner.transport.resume_reading()
        elif outer.transport is not None:
            outer.transport.pause_reading()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()
