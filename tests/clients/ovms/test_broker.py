"""One try to reach a broker ends in bounded time, with the right error, and leaves nothing behind."""

import _socket
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
import logging
import socket
import struct
import time

import pytest

from custom_components.open_ev.clients.ovms import broker as broker_module
from custom_components.open_ev.clients.ovms.broker import Broker, Protocol, Transport, connection
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError
from simulators.broker import EmbeddedBroker, Mosquitto

from .conftest import QUIET, AnyBroker, at, eventually, server

CONNACK = b"\x20\x02\x00\x00"
PASSWORD = "correct horse"
# What the network and a busy machine add to a time-out.
SLACK = 3.0


pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def connect(settings: Broker) -> None:
    """Try once."""
    async with connection(settings, client_id="tests"):
        pass


def on(port: int) -> Broker:
    """Whatever listens on a port."""
    return Broker(host="127.0.0.1", port=port)


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience with brokers that do not answer."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "HANDSHAKE_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "FAREWELL_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "KEEPALIVE_SECONDS", 1)


# Reaching one


async def test_connected_and_gone(any_broker: AnyBroker) -> None:
    """In order, and again."""
    for _ in range(3):
        async with connection(at(any_broker), client_id="tests") as client:
            await client.publish("a", "b", qos=1)
        if isinstance(any_broker, EmbeddedBroker):
            await eventually(lambda: "tests" not in any_broker.clients)


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", Protocol)
async def test_protocols(mosquitto: Mosquitto, protocol: Protocol) -> None:
    """All three; a session is always a new one."""
    for _ in range(2):
        async with connection(replace(at(mosquitto), protocol=protocol), client_id="tests") as client:
            await client.subscribe("a/#", 1)
            await client.publish("a/b", "c", qos=1)
            message = await anext(client.messages)
            assert (message.topic.value, message.payload, message.retain) == ("a/b", b"c", False)
    async with connection(replace(at(mosquitto), protocol=protocol), client_id="tests") as client:
        await client.publish("a/b", "d", qos=1)
        await asyncio.sleep(QUIET)
        assert len(client.messages) == 0


async def test_a_broker_that_does_not_speak_the_protocol(mqtt: EmbeddedBroker) -> None:
    """It knows MQTT 3.1.1 only."""
    with pytest.raises(CannotConnect):
        await connect(replace(at(mqtt), protocol=Protocol.V5))


async def test_websockets() -> None:
    """With a path and headers of one's own."""
    async with EmbeddedBroker(websocket=True) as running:
        port = running.websocket_port
        assert port
        settings = Broker(
            host=running.host,
            port=port,
            transport=Transport.WEBSOCKETS,
            websocket_path="/mqtt",
            websocket_headers={"X-Api-Key": "secret"},
        )
        assert "secret" not in repr(settings)
        async with connection(settings) as client:
            await client.subscribe("a", 0)
            await client.publish("a", "b")
            assert (await anext(client.messages)).payload == b"b"


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x00" * 10, b"", None],
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("_hurry")
async def test_no_websockets_there(answer: bytes | None) -> None:
    """Another server, or one that says nothing. The library leaves the socket to the garbage collector, which comes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(answer or b"")
        while answer is None and await reader.read(1024):
            pass

    async with server(talk) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect):
            await connect(replace(on(port), transport=Transport.WEBSOCKETS))
        assert time.monotonic() - began < SLACK


async def test_messages_may_be_handed_over_at_once(any_broker: AnyBroker) -> None:
    """Then they are in no queue."""
    received: list[tuple[str, bytes, bool]] = []
    async with connection(
        at(any_broker), receive=lambda topic, payload, retain: received.append((topic, payload, retain))
    ) as client:
        await client.publish("a/stored", "1", qos=1, retain=True)
        await client.subscribe("a/#", 0)
        await client.publish("a/live", "2", qos=1)
        await eventually(lambda: len(received) == 2)
        assert sorted(received) == [("a/live", b"2", False), ("a/stored", b"1", True)]
        assert len(client.messages) == 0


# Being refused


@pytest.mark.parametrize(
    ("username", "password"), [(None, None), ("car", "wrong"), ("nobody", PASSWORD), ("car", None)]
)
@pytest.mark.parametrize("protocol", [Protocol.V311, pytest.param(Protocol.V5, marks=pytest.mark.mosquitto)])
async def test_wrong_credentials(
    request: pytest.FixtureRequest, protocol: Protocol, username: str | None, password: str | None
) -> None:
    """Are refused, whoever refuses; the right ones are not."""
    accounts = {"car": PASSWORD}
    running: AnyBroker = EmbeddedBroker(accounts=accounts)
    if protocol is Protocol.V5:
        running = Mosquitto(request.getfixturevalue("tmp_path"), accounts=accounts)
    async with running:
        settings = replace(at(running), protocol=protocol)
        with pytest.raises(ConnectionRefused):
            await connect(replace(settings, username=username, password=password))
        right = replace(settings, username="car", password=PASSWORD)
        assert PASSWORD not in repr(right)
        await connect(right)


@pytest.mark.parametrize(
    ("code", "error"),
    [(1, CannotConnect), (2, ConnectionRefused), (3, CannotConnect), (4, ConnectionRefused), (5, ConnectionRefused)],
)
async def test_the_reasons_of_mqtt_3(code: int, error: type[LinkError]) -> None:
    """A broker that is busy, or of another version, has nothing against who asks."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"\x20\x02\x00" + bytes([code]))

    async with server(refuse) as port:
        with pytest.raises(LinkError) as raised:
            await connect(on(port))
        assert type(raised.value) is error


# Not being there


async def test_nobody_listens() -> None:
    """A closed port says so at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(CannotConnect):
            await connect(on(taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("", 1883),
        ("a..b", 1883),
        ("x" * 64, 1883),
        ("127.0.0.1\x00", 1883),
        ("127.0.0.1", 0),
        ("127.0.0.1", -1),
        ("127.0.0.1", 65536),
    ],
)
async def test_what_is_no_address(monkeypatch: pytest.MonkeyPatch, host: str, port: int) -> None:
    """The library and the resolver complain about these in ways of their own."""
    monkeypatch.setattr(socket, "getaddrinfo", _socket.getaddrinfo)
    with pytest.raises(CannotConnect):
        await connect(Broker(host=host, port=port))


@pytest.mark.usefixtures("_hurry")
async def test_a_broker_that_never_answers() -> None:
    """It takes the connection and the request, and that is all."""

    async def ignore(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass

    async with server(ignore) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect):
            await connect(on(port))
        assert time.monotonic() - began < SLACK


async def test_a_broker_that_hangs_up() -> None:
    """A proxy whose broker is away takes connections and closes them; nobody waits for an answer then."""

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1024)

    async with server(hang_up) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect, match="without an answer"):
            await connect(on(port))
        assert time.monotonic() - began < SLACK


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"\x00" * 100,
        b"\xff" * 100,
        b"\x20\x7f" + b"x" * 200,
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"\x20\x05\x00\x00\x00\x00\x00",
    ],
)
@pytest.mark.usefixtures("_hurry")
async def test_something_else_answers(nonsense: bytes) -> None:
    """Another server, on the wrong port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(nonsense)
        while await reader.read(1024):
            pass

    async with server(talk) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect):
            await connect(on(port))
        assert time.monotonic() - began < SLACK


# A connection that goes wrong


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


async def test_a_broker_that_dies_while_it_is_asked() -> None:
    """Nobody waits for the answer to a subscription on a connection that is gone."""

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await reader.read(1024)

    async with server(die) as port:
        began = time.monotonic()
        with pytest.raises(CannotConnect, match="lost"):
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


async def test_a_password_is_in_no_log(mqtt: EmbeddedBroker, caplog: pytest.LogCaptureFixture) -> None:
    """Nor what is said and where, with everything talking that can."""
    caplog.set_level(logging.DEBUG)
    settings = replace(at(mqtt), username="car", password=PASSWORD)
    async with connection(settings) as client:
        await client.publish("a/secret/topic", "a secret payload")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("amqtt", "transitions"))]
    assert not any(PASSWORD in message or "secret" in message for message in ours)
