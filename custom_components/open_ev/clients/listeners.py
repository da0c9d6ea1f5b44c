"""Who listens to what, and when they are called."""

import asyncio
from collections.abc import Callable, Iterable

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

    def notify(self, listeners: Iterable[Listener]) -> None:
        """Have these called."""
        for listener in listeners:
            if listener not in self._due:
                self._due[listener] = self._loop.call_soon(self._call, listener)

    def forget(self, listener: Listener) -> None:
        """Do not call a listener that is still due."""
        if (call := self._due.pop(listener, None)) is not None:
            call.cancel()

    def close(self) -> None:
        """Call nobody any more."""
        for call in self._due.values():
            call.cancel()
        self._due.clear()

    def _call(self, listener: Listener) -> None:
        del self._due[listener]
        listener()
