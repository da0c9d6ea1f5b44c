"""How closely a vehicle is followed through a server, which is a matter of mobile data.

A module that is told of an app sends its state every minute and what matters at once, else every ten minutes: some
0.5 MB a day against 0.05 MB (firmware 3.3.006). It is told of apps (`A`) and not of batch clients (`B`), and what a
client is it says at its login. So to look closer is to log in anew; the car only hears that somebody came or went.
"""

import asyncio
from collections.abc import Callable
import contextlib
from enum import StrEnum
import time
from typing import Final

from .server_login import ClientKind
from .vehicle import Vehicle

# How long somebody who did something goes on looking; also how long a car that went to rest is still followed.
ATTENTION_SECONDS = 300.0

# While one of these holds, the car does something worth following.
_REASONS_TO_LOOK: Final = ("v.e.on", "v.c.charging", "v.e.awake")


class Mode(StrEnum):
    """How closely a vehicle is followed."""

    AUTOMATIC = "automatic"
    """Closely while it is on, charging or awake, and for five minutes after that, or after the user did something."""
    LIVE = "live"
    """Always closely."""
    ECONOMY = "economy"
    """Never; the module is asked to send after the user did something, and now and then while it charges."""


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
        if any(map(self._vehicle.flag, _REASONS_TO_LOOK)):
            self._until = self._now() + ATTENTION_SECONDS
        return ClientKind.APP if self._now() < self._until else ClientKind.BATCH

    async def other_than(self, kind: ClientKind) -> ClientKind:
        """Wait until a client of another kind is wanted."""
        forget = self._vehicle.subscribe(_REASONS_TO_LOOK, self._changed.set)
        try:
            while self.kind is kind:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(self._until - self._now(), 1.0) if kind is ClientKind.APP else None):
                        await self._changed.wait()
            return self.kind
        finally:
            forget()
