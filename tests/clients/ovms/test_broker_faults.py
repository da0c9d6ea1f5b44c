"""A connection that breaks, is cancelled or is lied to leaves nothing behind, and says nothing twice."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
import gc
import logging
import socket
import struct
import threading
import time
from typing import override

import pytest

from custom_components.open_ev.clients.ovms import broker as broker_module
from custom_components.open_ev.clients.ovms.broker import Broker, Connection, connection
from custom_components.open_ev.clients.ovms.errors import CannotConnect
from simulators.broker import EmbeddedBroker

from .conftest import SLACK, at, on, server

CONNACK = b"\x20\x02\x00\x00"
PASSWORD = "correct horse"


pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x30\x03\x00\x01\xff",  # a topic that is no UTF-8
        b"\x30\x03\x00\x09a",  # a topic that is longer than its packet
        b"\x90\x01\x00",  # half an answer
        b"\x30\xff\xff\xff\xff\xff",  # a length that is none
        b"",
    ],
)
async def test_a_broker_that_sends_nonsense(nonsense: bytes) -> None:
    """What cannot be read ends the connection, also where the library keeps its socket."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK + nonsense)
        while nonsense and await reader.read(1024):
            pass

    async with server(talk) as port:
        with pytest.raises(CannotConnect):
            async with connection(on(port), receive=lambda *_: None) as client:
                await client.ended()


class LateExecutor(ThreadPoolExecutor):
    """Hands each result over a while after it is there, as on a machine that has much to do."""

    @override
    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def run() -> T:
            result = fn(*args, **kwargs)
            threading.Event().wait(0.1)
            return result

        return super().submit(run)


@pytest.mark.parametrize("farewell", [b"\x30\x03\x00\x01\xff", b""], ids=["nonsense", "nothing"])
def test_a_connection_that_ended_before_it_was_seen_to_begin(farewell: bytes) -> None:
    """Where the answer and the end are read in one go, nobody waits on a connection that is gone."""
    faults: list[dict[str, object]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK + farewell)
        writer.close()

    async def attempt() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, fault: faults.append(fault))
        loop.set_default_executor(LateExecutor())
        async with server(talk) as port:
            with pytest.raises(CannotConnect, match="the broker closed it, or fell silent"):
                async with connection(on(port), receive=lambda *_: None):
                    pytest.fail("there is no connection")
        gc.collect()

    # Home Assistant's loop, which the other tests run on, does not let its executor be replaced.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(attempt())
    assert faults == []


async def test_a_broker_that_dies_while_it_is_asked() -> None:
    """Nobody waits for the answer to a subscription on a connection that is gone."""

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await reader.read(1024)

    async with server(die) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect, match="closed it"):
            async with connection(on(port)) as client:
                await client.subscribe("a/#")
        assert time.monotonic() - began < SLACK


async def test_a_connection_that_breaks(mqtt: EmbeddedBroker) -> None:
    """Is an error of whoever is inside."""

    async def use() -> None:
        async with connection(at(mqtt)) as client:
            await mqtt.stop()
            await client.ended()

    with pytest.raises(CannotConnect):
        await use()


async def connected(broker: Broker, use: Callable[[Connection], Awaitable[None]]) -> None:
    """Be connected, and do something meanwhile."""
    async with connection(broker) as client:
        await use(client)


async def test_a_connection_that_ends_in_the_turn_in_which_it_is_written_to() -> None:
    """Nothing is awaited of a closed socket, whose number may be that of the next one by then."""
    loop = asyncio.get_running_loop()
    faults: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: faults.append(context))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)

        async def let_in() -> socket.socket:
            peer, _ = await loop.sock_accept(listening)
            await loop.sock_recv(peer, 1024)
            await loop.sock_sendall(peer, CONNACK)
            return peer

        async def break_off(client: Connection) -> None:
            (await arriving).close()
            # In the next turn it is written first, and then seen that there is nobody any more.
            writing = asyncio.create_task(client.publish("topic", "payload", qos=0))
            try:
                await client.ended()
            finally:
                writing.cancel()
                await asyncio.wait([writing])

        arriving = asyncio.create_task(let_in())
        with pytest.raises(CannotConnect):
            await connected(on(listening.getsockname()[1]), break_off)
    loop.set_exception_handler(None)
    assert faults == []


async def test_other_faults_pass(mqtt: EmbeddedBroker) -> None:
    """A bug inside is not a broker that cannot be reached."""
    with pytest.raises(ValueError, match="a bug"):
        async with connection(at(mqtt)):
            raise ValueError("a bug")


@pytest.mark.usefixtures("_hurry")
async def test_a_broker_that_stops_reading() -> None:
    """Leaving does not wait for ever for a last word to get through."""

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await stalled.wait()

    stalled = asyncio.Event()
    async with server(stall) as port:
        began = time.monotonic()
        async with connection(on(port)) as client:
            with pytest.raises(Exception, match="timed out"):
                await client.publish("a", b"x" * 30_000_000, timeout=0.1)
        assert time.monotonic() - began < SLACK
        stalled.set()


# Cancelling


@asynccontextmanager
async def slow_broker() -> AsyncGenerator[Broker]:
    """A broker that thinks before each answer."""

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        await asyncio.sleep(0.03)
        writer.write(CONNACK)
        while data := await reader.read(1024):
            await asyncio.sleep(0.03)
            if data[0] == 0x82:
                writer.write(b"\x90\x03" + data[2:4] + b"\x00")

    async with server(think) as port:
        yield on(port)


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 5, 10, 20, 29, 31, 40, 60, 100])
@pytest.mark.parametrize("times", [1, 3])
async def test_cancelled_at_any_moment(milliseconds: int, times: int) -> None:
    """However often; the task ends cancelled, not with another error, and what it opened is closed."""

    async def use() -> None:
        async with connection(settings) as client:
            await client.subscribe("a/#")
            await client.ended()

    async with slow_broker() as settings:
        task = asyncio.create_task(use())
        await asyncio.sleep(milliseconds / 1000)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([task], timeout=SLACK)
        assert task.cancelled()


@pytest.mark.usefixtures("_hurry")
async def test_cancelled_while_it_leaves() -> None:
    """The second cancellation does not leave the socket open either."""
    async with slow_broker() as settings:

        async def use() -> None:
            async with connection(settings) as client:
                inside.set()
                await client.ended()

        inside = asyncio.Event()
        task = asyncio.create_task(use())
        await inside.wait()
        for _ in range(5):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([task], timeout=SLACK)
        assert task.cancelled()


# What is logged


async def test_the_library_logs_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """Who uses the connection is told by an exception, and says it once."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await reader.read(1024)
        connected: socket.socket = writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def use(port: int) -> None:
        async with connection(on(port)) as client:
            await client.publish("a", "b")
            await client.ended()

    async with server(reset) as port:
        for level, expected in ((logging.INFO, False), (logging.DEBUG, True)):
            caplog.clear()
            with caplog.at_level(level, logger=broker_module.__name__), pytest.raises(CannotConnect):
                await use(port)
            said = [record for record in caplog.records if record.name.startswith(broker_module.__name__)]
            assert bool(said) is expected
            assert {record.levelno for record in said} <= {logging.DEBUG}


async def test_a_password_is_in_no_log(mqtt: EmbeddedBroker, caplog: pytest.LogCaptureFixture) -> None:
    """Nor what is said and where, with everything talking that can."""
    caplog.set_level(logging.DEBUG)
    settings = replace(at(mqtt), username="car", password=PASSWORD)
    async with connection(settings) as client:
        await client.publish("a/secret/topic", "a secret payload")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("amqtt", "transitions"))]
    assert not any(PASSWORD in message or "secret" in message for message in ours)
