"""A client beside those under test, which keeps all that passes through a broker."""

import asyncio
from typing import NamedTuple, Self

import aiomqtt


class Message(NamedTuple):
    """A message as it arrived; the topic without the prefix."""

    topic: str
    payload: bytes
    retain: bool
    qos: int


class Eavesdropper:
    """Hears everything on a broker."""

    def __init__(self, client: aiomqtt.Client, prefix: str) -> None:
        """Take a client that is not connected yet; `prefix` is left out of what is heard."""
        self._client = client
        self._prefix = prefix
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.messages: list[Message] = []

    async def __aenter__(self) -> Self:
        """Connect and listen."""
        await self._client.__aenter__()
        await self._client.subscribe("#", qos=2)
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.__aexit__(None, None, None)

    async def _listen(self) -> None:
        async for message in self._client.messages:
            topic = str(message.topic).removeprefix(self._prefix)
            self.messages.append(Message(topic, message.payload, message.retain, message.qos))
            self._news.set()

    def payloads(self, topic: str) -> list[bytes]:
        """Everything heard on a topic."""
        return [message.payload for message in self.messages if message.topic == topic]

    async def publish(self, topic: str, payload: bytes | str, *, qos: int = 0, retain: bool = False) -> None:
        """Say something below the prefix."""
        await self._client.publish(self._prefix + topic, payload, qos=qos, retain=retain)
