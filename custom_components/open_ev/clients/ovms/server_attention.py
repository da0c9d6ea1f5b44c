"""How closely a vehicle is followed through a server, which is a matter of mobile data.

A module that is told of an app sends its state every minute and what matters at once, else every ten minutes: some
0.5 MB a day against 0.05 MB (firmware 3.3.006). It is told of apps (`A`) and not of batch clients (`B`), and what a
client is it says at its login. So to look closer is to log in anew; the car only hears that somebody came or went.
"""

import asyncio
from collections.abc import Callable
import contextlib
import time

from .attention import ATTENTION_SECONDS, REASONS_TO_LOOK, Mode
from .server_login import ClientKind
from .vehicle import Vehicle


class Attention:
    """Tells as what to log in."""

    def __init__(self, vehicle: Vehicle, mode: Mode, now: Callable[[], float] = time.monotonic) -> None:
        """Take whom it is about. Somebody who just began looks."""
        self._vehicle = vehicle
        self._mode = mode
        self._now = now
        self._until = 0.0
        self._changed = asyncio.Event()
        self.pay()

    def pay(self) -> None:
        """Somebody did something."""
        self._until = self._now() + ATTENTION_SECONDS
        self._changed.set()

    @property
    def kind(self) -> ClientKind:
        """What a client that follows the vehicle as it should be is now."""
        if self._mode is not Mode.AUTOMATIC:
            return ClientKind.APP if self._mode is Mode.LIVE else ClientKind.BATCH
        if any(map(self._vehicle.flag, REASONS_TO_LOOK)):
            # A car that went to rest is followed a little longer: each change is a login.
            self._until = self._now() + ATTENTION_SECONDS
        return ClientKind.APP if self._now() < self._until else ClientKind.BATCH

    async def other_than(self, kind: ClientKind) -> ClientKind:
        """Wait until a client of another kind is wanted."""
        forget = self._vehicle.subscribe(REASONS_TO_LOOK, self._changed.set)
        try:
            while self.kind is kind:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(self._until - self._now(), 1.0) if kind is ClientKind.APP else None):
                        await self._changed.wait()
            return self.kind
        finally:
            forget()
