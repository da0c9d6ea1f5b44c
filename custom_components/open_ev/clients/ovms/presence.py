"""Tells a module whether somebody looks at its vehicle; it then sends more often, which costs mobile data."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import time

from .attention import ATTENTION_SECONDS, REASONS_TO_LOOK, Mode
from .vehicle import Vehicle

# The module forgets a client 120 s after its last word (all firmware).
PRESENCE_SECONDS = 60.0


class Announcer:
    """Keeps a module informed, for as long as `run` runs."""

    def __init__(self, vehicle: Vehicle, mode: Mode) -> None:
        """Take whom it is about, and when to speak."""
        self._vehicle = vehicle
        self._mode = mode
        self._attention_until = 0.0
        self._present = False
        self._count_anew = False
        self._due = asyncio.Event()

    def pay_attention(self) -> None:
        """A person just did something."""
        self._attention_until = time.monotonic() + ATTENTION_SECONDS
        self._reconsider()

    def announce_again(self) -> None:
        """The module was away, and knows of nobody."""
        self._due.set()

    def be_counted_anew(self) -> None:
        """Have the number of clients become another and the same again: each time the module sends what has changed.

        The one way to ask a firmware before 3.3.002 for it.
        """
        self._count_anew = True
        self._due.set()

    async def run(self, say: Callable[[str], Awaitable[None]]) -> None:
        """Announce until cancelled, and take it back at the end.

        `say` hands the module a payload: `1` that somebody looks, `0` that nobody does.
        """
        self._present = self._count_anew = False
        forget = self._vehicle.subscribe(REASONS_TO_LOOK, self._reconsider)
        try:
            while True:
                self._due.clear()
                wanted = self._wanted()
                if wanted or self._present or self._count_anew:
                    # Noted before, because what is being said when this is cancelled may have been heard.
                    self._present = True
                    if self._count_anew:
                        self._count_anew = False
                        await say("0" if wanted else "1")
                    await say("1" if wanted else "0")
                    self._present = wanted
                    # Somebody may have come while it was said that nobody is there.
                    self._reconsider()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PRESENCE_SECONDS):
                        await self._due.wait()
        finally:
            forget()
            if self._present:
                await say("0")

    def _reconsider(self) -> None:
        if self._wanted() is not self._present:
            self._due.set()

    def _wanted(self) -> bool:
        if self._mode is not Mode.AUTOMATIC:
            return self._mode is Mode.LIVE
        return time.monotonic() < self._attention_until or any(map(self._vehicle.flag, REASONS_TO_LOOK))
