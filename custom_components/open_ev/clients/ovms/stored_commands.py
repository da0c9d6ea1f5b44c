"""Commands that somebody left at a broker as retained messages: a module runs them at each of its connections."""

import asyncio
import contextlib

from .broker import Connection

# Anybody may have left any number, so only so many are kept in mind at once; the broker is asked for the rest again.
MOST_KNOWN = 50
# A broker that was asked begins to tell within this time, or goes on: then it has told all. None says that it has.
QUIET_SECONDS = 1.0
# Somebody who waits for it sits before a screen.
CLEARING_SECONDS = 60.0


class StoredCommands:
    """Keeps in mind what a broker stores for one module, and has it forget it."""

    def __init__(self, prefix: str) -> None:
        """Take all that stands before `client/` in the module's topics."""
        self.topics = f"{prefix}client/+/command/+"
        self._known: set[str] = set()
        self._news = asyncio.Event()

    def __bool__(self) -> bool:
        """Whether any is known."""
        return bool(self._known)

    def found(self, topic: str) -> bool:
        """Take note of one that the broker told of; return whether it is the first."""
        if len(self._known) < MOST_KNOWN:
            self._known.add(topic)
            self._news.set()
        return len(self._known) == 1

    def forget(self) -> None:
        """Know of none: what a broker stores is told anew to each connection."""
        self._known.clear()

    async def clear(self, client: Connection) -> bool:
        """Have the broker forget all of them, also those that were too many to be known; False if a minute was not enough.

        Raises:
            aiomqtt.MqttError: the connection was lost; those that are left stay known.
        """
        try:
            async with asyncio.timeout(CLEARING_SECONDS):
                while self._known:
                    await self._clear_known(client)
                    # To subscribe again is to be told again of all that is stored (MQTT 3.1.1, 3.8.4).
                    await client.subscribe(self.topics, qos=0)
                    await self._all_told()
        except TimeoutError:
            return False
        return True

    async def _clear_known(self, client: Connection) -> None:
        while self._known:
            topic = next(iter(self._known))
            await client.publish(topic, b"", qos=1, retain=True)
            self._known.discard(topic)

    async def _all_told(self) -> None:
        """Wait until the broker has told all that it stores, or more than can be known."""
        with contextlib.suppress(TimeoutError):
            while len(self._known) < MOST_KNOWN:
                self._news.clear()
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._news.wait()
