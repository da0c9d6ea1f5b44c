"""Who listens to what, and when they are called."""

import asyncio
from collections.abc import Callable, Iterable
from typing import override

type Listener = Callable[[], None]
type Unsubscribe = Callable[[], None]
type Listeners = dict[Listener, None]


class Notifier:
    """Calls listeners in the next turn of the event loop, once, however many calls were due by then.

    Each has a call of its own, so that one that fails keeps no other from hearing.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop whose turns count."""
        self._loop = loop
        self._due: dict[Listener, asyncio.Handle] = {}
        self._is_closed = False

    def notify(self, listeners: Iterable[Listener]) -> None:
        """Have these called."""
        if self._is_closed:
            return
        for listener in listeners:
            if listener not in self._due:
                self._due[listener] = self._loop.call_soon(self._call, listener)

    def forget(self, listener: Listener) -> None:
        """Do not call a listener that is still due."""
        if (call := self._due.pop(listener, None)) is not None:
            call.cancel()

    def close(self) -> None:
        """Call nobody any more."""
        self._is_closed = True
        for call in self._due.values():
            call.cancel()
        self._due.clear()

    def _call(self, listener: Listener) -> None:
        del self._due[listener]
        listener()


class Subscriptions(Notifier):
    """Listeners to things that have names, and those who wait for one of them to become something."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listeners_to: Callable[[str], Listeners]) -> None:
        """`listeners_to` returns the one place where the listeners to a name are kept."""
        super().__init__(loop)
        self._listeners_to = listeners_to
        self._waiting: set[asyncio.Event] = set()

    def subscribe(self, names: Iterable[str], listener: Listener) -> Unsubscribe:
        """Call `listener` after any of these changed, once for all that changed within one loop turn."""
        places = [self._listeners_to(name) for name in names]
        for place in places:
            place[listener] = None

        def unsubscribe() -> None:
            for place in places:
                place.pop(listener, None)
            self.forget(listener)

        return unsubscribe

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until `condition` holds, looked at whenever one of these changed.

        False if it did not in time, or not before `close`.
        """
        over = asyncio.Event()

        def look() -> None:
            if condition():
                over.set()

        unsubscribe = self.subscribe(names, look)
        self._waiting.add(over)
        if self._is_closed:
            over.set()
        look()
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(over)
            unsubscribe()
        return condition()

    @override
    def close(self) -> None:
        """Stop what still waits, and call nobody any more."""
        super().close()
        for waiting in self._waiting:
            waiting.set()


class News[NewsT]:
    """Those who want to hear of each thing that happens, instead of how something is now."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop whose turns are used."""
        self._loop = loop
        self._listeners: dict[Callable[[NewsT], None], None] = {}

    def subscribe(self, listener: Callable[[NewsT], None]) -> Unsubscribe:
        """Call `listener` with each of them."""
        self._listeners[listener] = None

        def unsubscribe() -> None:
            self._listeners.pop(listener, None)

        return unsubscribe

    def tell(self, news: NewsT) -> None:
        """Hand it to who listens.

        Each has a turn of its own, because whoever is in the midst of reading must not see a listener's fault.
        """
        for listener in self._listeners:
            self._loop.call_soon(self._call, listener, news)

    def _call(self, listener: Callable[[NewsT], None], news: NewsT) -> None:
        if listener in self._listeners:
            listener(news)
