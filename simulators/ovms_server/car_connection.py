"""The car's end of a connection to a v2 server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import ssl

from .cipher import CipherLines, digest, new_token, session_key

_PATIENCE = 10.0
_LINE_LIMIT = 2**20


class Unreachable(Exception):
    """There is no connection to be had."""


class Refused(Exception):
    """The server has closed the connection in place of a welcome, or has not proved who it is."""


class CarConnection:
    """A connection that is logged in."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_message: Callable[[str], None]
    ) -> None:
        """Take over a stream; `on_message` is called with every message."""
        self._reader = reader
        self._writer = writer
        self._on_message = on_message
        self._lines: CipherLines | None = None
        self._task: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    @classmethod
    async def connect(
        cls,
        port: int,
        vehicle_id: str,
        password: str,
        on_message: Callable[[str], None],
        tls: ssl.SSLContext | None,
    ) -> CarConnection:
        """Connect to a port of this machine and log in as a car.

        Raises:
            Unreachable: no connection.
            Refused: no welcome.
        """
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None, limit=_LINE_LIMIT
            )
        except OSError as err:
            raise Unreachable from err
        connection = cls(reader, writer, on_message)
        try:
            await connection._log_in(vehicle_id, password)
            connection._task = asyncio.create_task(connection._run())
        except OSError as err:
            raise Unreachable from err
        except (EOFError, ValueError) as err:
            raise Refused from err
        finally:
            if connection._task is None:
                writer.close()
        return connection

    def send(self, message: str) -> None:
        """Send a message."""
        if self._lines is not None and not self._writer.is_closing():
            self._writer.write(self._lines.encode(message) + b"\r\n")

    async def flush(self) -> None:
        """Wait until the operating system has taken what was written."""
        with suppress(OSError):
            await self._writer.drain()

    async def close(self) -> None:
        """End the connection; what was written still goes out."""
        self._writer.close()
        if self._task is not None:
            await asyncio.wait([self._task])
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _log_in(self, vehicle_id: str, password: str) -> None:
        token = new_token()
        self._writer.write(f"MP-C 0 {token} {digest(password, token)} {vehicle_id}\r\n".encode())
        async with asyncio.timeout(_PATIENCE):
            line = await self._reader.readuntil(b"\n")
        match line.decode(errors="replace").split():
            case ["MP-S", "0", server_token, proof] if server_token != token and proof == digest(
                password, server_token
            ):
                self._lines = CipherLines(session_key(password, server_token, token))
            case _:
                raise ValueError("no welcome")

    async def _run(self) -> None:
        with suppress(OSError, EOFError, asyncio.LimitOverrunError):
            while self._lines is not None:
                line = await self._reader.readuntil(b"\n")
                message = self._lines.decode(line.rstrip(b"\r\n"))
                if message is None:
                    break
                self._on_message(message)
        self._writer.close()
        self.closed.set()
