"""A text on the display of a charger, for a while."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
import logging
from typing import Final

from . import rapi_commands as rapi
from .errors import InvalidArgument, OpenEvseError
from .gateway import Gateway
from .rapi_table import Command

_LOGGER = logging.getLogger(__name__)

# A gateway with a manager has the display for itself, and paints over what others write.
REPAINT_EVERY: Final = 2.0
LONGEST: Final = 24 * 3600


class Lcd:
    """Writes, and gives the display back."""

    def __init__(self, gateway: Gateway) -> None:
        """Begin without a text."""
        self._gateway = gateway
        self._showing: asyncio.Task[None] | None = None
        self._shared = False

    async def show(self, line1: str, line2: str, seconds: float, *, shared: bool) -> None:
        """Show two lines of up to 16 characters, for so many seconds.

        `shared` says that a gateway writes on the display too, which has taken it from the controller already.

        Raises:
            InvalidArgument: the display has no such characters, or not so many; or the time is out of range.
            RapiError, and what every request raises: nothing is shown.
        """
        if not 0 < seconds <= LONGEST:
            raise InvalidArgument("seconds", "out_of_range")
        lines = (*rapi.show_line(0, line1), *rapi.show_line(1, line2))
        await self._stop()
        self._shared = shared
        try:
            if not shared:
                await self._gateway.run(rapi.set_lcd_updates(enabled=False))
            await self._write(lines)
        except OpenEvseError, asyncio.CancelledError:
            # In a task, because who has given up may not wait either, and the display would stay dark for good.
            self._showing = asyncio.create_task(self._hand_back())
            await asyncio.wait([self._showing])
            raise
        self._showing = asyncio.create_task(self._keep(lines, seconds))

    async def close(self) -> None:
        """Show nothing more, and give the display back."""
        if await self._stop():
            await self._hand_back()

    def forget(self) -> None:
        """Write nothing more, and leave the display alone: it is another charger's."""
        showing, self._showing = self._showing, None
        if showing is not None:
            showing.cancel()

    async def _stop(self) -> bool:
        """End the text that is shown; false if there is none."""
        showing, self._showing = self._showing, None
        if showing is None or showing.done():
            return False
        showing.cancel()
        await asyncio.wait([showing])
        return True

    async def _keep(self, lines: Iterable[Command[None]], seconds: float) -> None:
        """Keep the text for its time. Who paints over it once, or is away for a moment, does not end it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await asyncio.sleep(REPAINT_EVERY if self._shared else seconds)
                    with suppress(OpenEvseError):
                        await self._write(lines)
        await self._hand_back()

    async def _write(self, lines: Iterable[Command[None]]) -> None:
        for line in lines:
            await self._gateway.run(line)

    async def _hand_back(self) -> None:
        """Let the controller write again; a gateway that has the display paints over it by itself."""
        if self._shared:
            return
        try:
            await self._gateway.run(rapi.set_lcd_updates(enabled=True))
        except OpenEvseError as error:
            _LOGGER.debug("The display could not be handed back: %s", error)
