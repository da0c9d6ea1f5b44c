"""The broker: mosquitto, so that it runs in a process of its own and is never what everybody waits for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import tempfile

import aiomqtt

from simulators.broker import Mosquitto

_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens on this machine."""

    host: str
    port: int


@asynccontextmanager
async def broker_process() -> AsyncGenerator[tuple[Address, str]]:
    """Run a broker; gives where it is and what it is.

    Raises:
        BrokerFailed: mosquitto is not installed, or does not run.
    """
    with tempfile.TemporaryDirectory() as directory:
        async with Mosquitto(Path(directory), persistence=False) as mosquitto:
            address = Address(mosquitto.host, mosquitto.port)
            yield address, await _version(address)


async def _version(address: Address) -> str:
    async with asyncio.timeout(_TIMEOUT), aiomqtt.Client(address.host, address.port) as client:
        await client.subscribe("$SYS/broker/version")
        message = await anext(client.messages)
        return str(message.payload, "ascii").replace(" version", "")
