"""Orders to a charger: one at a time, each followed by a look what came of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from ..known import Readings
from .control import Sent
from .errors import CannotConnect, OpenEvseError, Unauthorized, Unconfirmed, Unseen, WrongCharger
from .gateway import Gateway
from .reader import Reader

# How often to look for an effect: a manager thinks again every second or two.
_LOOKS: Final = (0.0, 0.25, 0.5, 1.0)


class Orders:
    """Has one charger do what is asked for."""

    def __init__(
        self,
        gateway: Gateway,
        reader: Reader,
        *,
        readings: Callable[[], Readings],
        looked: Callable[[], None],
        done: Callable[[], None],
        let_go: Callable[[], Awaitable[None]],
        patience: float,
    ) -> None:
        """Begin with nothing to do.

        Args:
            gateway: The way to the charger.
            reader: What looks at it.
            readings: What is known of it.
            looked: Called after each look.
            done: Called after each order.
            let_go: Has no say any more.
            patience: Seconds after which what is not done is believed not to be done.
        """
        self._gateway = gateway
        self._reader = reader
        self._readings = readings
        self._looked = looked
        self._done = done
        self._let_go = let_go
        self._patience = patience
        self._one_at_a_time = asyncio.Lock()
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return self._one_at_a_time.locked()

    @property
    def closed(self) -> bool:
        """Whether nothing is to be done any more."""
        return self._closed

    async def close(self) -> None:
        """Let go. What is under way ends first, and what waits behind it is not begun: either would be there for good."""
        self._closed = True
        async with self._one_at_a_time:
            await self._let_go()

    @asynccontextmanager
    async def giving(self, what: str, require: Callable[[], None]) -> AsyncGenerator[None]:
        """Do one thing at a time, on the right charger, and have it looked what has changed.

        Args:
            what: What is asked for.
            require: Raises when nothing can be done now.

        Raises:
            Unseen: something was sent, and then the charger was gone.
        """
        async with self._one_at_a_time:
            require()
            try:
                # Another charger may have its address by now.
                await self._reader.read_status()
                sent = self._gateway.orders
                try:
                    yield
                except CannotConnect as error:
                    if self._closed or self._gateway.orders == sent:
                        raise
                    raise Unseen(what) from error
            finally:
                self._done()
                if self._closed:
                    # Who closes may not have had the time to wait.
                    await self._let_go()

    async def confirm(self, what: str, sent: Sent) -> None:
        """Look until the charger shows that it followed.

        Raises:
            Unconfirmed: it shows something else.
            Unseen: it could not be looked at.
        """
        loop = asyncio.get_running_loop()
        end, looks = loop.time() + self._patience, iter(_LOOKS)
        while True:
            await asyncio.sleep(min(next(looks, _LOOKS[-1]), max(0.0, end - loop.time())))
            if self._closed:
                raise CannotConnect("let go of")
            unseen = await self._look(sent)
            if unseen is None and not sent.refused and sent.shows(self._readings()):
                return
            if sent.refused or loop.time() >= end or isinstance(unseen, Unauthorized | WrongCharger):
                break
        if unseen is not None and not sent.refused:
            raise Unseen(what) from unseen
        claim = self._readings().get(sent.decided)
        if sent.undo is not None:
            with suppress(OpenEvseError):
                await sent.undo()
                await self._reader.read_again(sent.parts)
        self._looked()
        raise Unconfirmed(what, str(claim) if claim else None)

    async def _look(self, sent: Sent) -> OpenEvseError | None:
        """Look once, and return what stood in the way."""
        try:
            await self._reader.read_again(sent.parts, sent.questions)
        except OpenEvseError as error:
            return error
        self._looked()
        return None
