"""What goes out on a connection, as whole as it was written, or as a bad network would deliver it."""

import asyncio
from contextlib import suppress

from .knobs import Knobs


class Outlet:
    """Writes to a stream in the order in which it is told to."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Write to a stream."""
        self._writer = writer
        self.knobs = Knobs()
        """What goes wrong; may be changed at any time."""
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()

    def put(self, data: bytes) -> None:
        """Send this after what was put before."""
        self._waiting.put_nowait(data)

    async def run(self) -> None:
        """Send until cancelled, or until nobody listens any more."""
        with suppress(ConnectionError):
            while True:
                await self._send(await self._waiting.get())

    async def _send(self, data: bytes) -> None:
        if (hold := self.knobs.join) is not None:
            await asyncio.sleep(hold)
            parts = [data]
            while not self._waiting.empty():
                parts.append(self._waiting.get_nowait())
            data = b"".join(parts)
        if (pause := self.knobs.dribble) is None:
            self._writer.write(data)
        else:
            for byte in data:
                self._writer.write(bytes((byte,)))
                await asyncio.sleep(pause)
        await self._writer.drain()
