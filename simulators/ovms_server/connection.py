"""One connection to the server, from its login line on."""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Protocol

from .cipher import Lines
from .database import VehicleRecord
from .knobs import Knobs
from .outlet import Outlet

LINE_LIMIT = 2**22
"""Bytes. The real server has no limit; a simulator that a test lets run must not fill the memory."""

_PATIENCE = 1.0
"""Seconds of real time for the last bytes of a connection that is closed."""


class Kind(StrEnum):
    """Who connects."""

    APP = "A"
    """An app, which the car is told of."""
    BATCH = "B"
    """A batch client, which it is not."""
    CAR = "C"
    SERVER = "S"


class Connection:
    """A connection; until it has logged in it has neither a kind nor a vehicle."""

    def __init__(self, writer: asyncio.StreamWriter, knobs: Knobs, now: float) -> None:
        """Take over a stream; `now` is the server's time."""
        self._writer = writer
        self._knobs = knobs
        self._outlet = Outlet(writer)
        self._sending = asyncio.create_task(self._outlet.run())
        self.kind: Kind | None = None
        self.vehicle: VehicleRecord | None = None
        self.lines: Lines | None = None
        self.askers: deque[Connection] | None = None
        """Who waits for this car's replies, the longest wait first; None until the first command has come."""
        self.unheard = False
        """Its messages are not listened to any more."""
        self.groups: set[str] = set()
        self.heard_at = self.told_at = self.pinged_at = now
        self.closed = False

    @property
    def is_client(self) -> bool:
        """Whether it is an app or a batch client."""
        return self.kind in {Kind.APP, Kind.BATCH}

    def become(self, kind: Kind, vehicle: VehicleRecord, lines: Lines) -> None:
        """Log in; what goes wrong on purpose does so for clients only."""
        self.kind, self.vehicle, self.lines = kind, vehicle, lines
        if self.is_client:
            self._outlet.knobs = self._knobs

    def welcome(self, line: str) -> None:
        """Answer a login; this line is never hidden."""
        self._outlet.put(f"{line}\r\n".encode())

    def transmit(self, message: str, now: float) -> int:
        """Send a message, and return how many bytes that are; 0 where nothing is sent."""
        if self.closed or self.lines is None or (self._knobs.silent and self.is_client):
            return 0
        line = self.lines.encode(message) + b"\r\n"
        self.told_at = now
        self._outlet.put(line)
        return len(line)

    def blurt(self, data: bytes) -> None:
        """Send bytes as they are, past the cipher."""
        self._outlet.put(data)

    def close(self) -> None:
        """End it at once; what was not sent yet is lost."""
        if not self.closed:
            self.closed = True
            self._sending.cancel()
            self._writer.close()

    async def finish(self) -> None:
        """Wait until nothing of it is left."""
        self.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._writer.wait_closed()
        except OSError:
            # Broken, or somebody who does not take what is sent.
            self._writer.transport.abort()
        await asyncio.wait([self._sending])


class Serves(Protocol):
    """What is done for a connection."""

    def log_in(self, connection: Connection, line: str) -> bool:
        """Take the first line; false where the connection is to be closed without a word."""
        ...

    def take(self, connection: Connection, line: bytes) -> bool:
        """Take any other line; false where the connection is to be closed."""
        ...

    def left(self, connection: Connection) -> None:
        """Forget it."""
        ...


async def serve(connection: Connection, reader: asyncio.StreamReader, server: Serves) -> None:
    """Read a connection's lines until it ends."""
    try:
        first = await _line(reader)
        if first is not None and server.log_in(connection, first.decode(errors="replace")):
            while (line := await _line(reader)) is not None and server.take(connection, line):
                pass
    finally:
        server.left(connection)
        await connection.finish()


async def _line(reader: asyncio.StreamReader) -> bytes | None:
    """Read a line, which ends with LF or CR LF; None at the end of the stream, or of our patience."""
    try:
        line = await reader.readuntil(b"\n")
    except OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError:
        return None
    return line.rstrip(b"\r\n")
