"""What the figures are held against: the least that a program on aiomqtt can do with a message."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Self, override

import aiomqtt
from homeassistant.core import HomeAssistant

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Metric

from .broker import Address
from .traffic import MARK, Receiver, topic


class Bare(Receiver):
    """A bare loop: each message's payload goes into a dictionary, and that is all."""

    def __init__(self, prefix: str) -> None:
        """Know nothing yet."""
        super().__init__(prefix)
        self.values: dict[str, bytes] = {}

    @asynccontextmanager
    async def running(self, address: Address) -> AsyncGenerator[Self]:
        """Be connected and subscribed."""
        async with aiomqtt.Client(address.host, address.port) as client:
            await client.subscribe(f"{self.prefix}#")
            loop = asyncio.create_task(self._loop(client))
            try:
                yield self
            finally:
                loop.cancel()
                await asyncio.wait([loop])

    async def _loop(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic = message.topic.value
            self.values[topic] = message.payload
            if topic == self.mark_topic:
                self.dealt_with(message.payload.decode())


class Floor(Bare):
    """A bare loop that also writes a state for each message, as whatever shows a value has to."""

    def __init__(self, prefix: str, hass: HomeAssistant, metrics: Iterable[Metric]) -> None:
        """Take what is going to be published."""
        super().__init__(prefix)
        self._states = hass.states
        name = prefix.strip("/").replace("/", "_").lower()
        self.entity_ids = {
            topic(prefix, metric.name): f"sensor.{name}_{metric.name.replace('.', '_')}"
            for metric in [*metrics, STANDARD_METRICS[MARK]]
        }

    @override
    async def _loop(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic = message.topic.value
            self.values[topic] = message.payload
            self._states.async_set(self.entity_ids[topic], message.payload.decode())
            if topic == self.mark_topic:
                self.dealt_with(message.payload.decode())
