"""One try to reach a broker ends in bounded time, with the right error, and leaves nothing behind."""

import _socket
import asyncio
from dataclasses import replace
import socket
import time

import pytest

from custom_components.open_ev.clients.ovms.broker import Broker, Protocol, Transport, connection
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError
from simulators.broker import EmbeddedBroker, Mosquitto
from tests.clients.waiting import eventually

from .conftest import QUIET, SLACK, AnyBroker, at, on, server

PASSWORD = "correct horse"


pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def connect(settings: Broker) -> None:
    """Try once."""
    async with connection(settings, client_id="tests"):
        pass


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
