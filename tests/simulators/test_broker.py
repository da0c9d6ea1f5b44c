"""The brokers do what MQTT asks for, where our other tests rely on it."""

import asyncio
from pathlib import Path
import socket
import ssl
import struct
from typing import Any

import aiomqtt
import pytest

from simulators.broker import BrokerFailed, EmbeddedBroker, Mosquitto
from simulators.ovms_module.mqtt import ConnectFailed, Connection, Credentials, Will
from tests.eavesdropper import Message

from .conftest import PATIENCE, PREFIX, QUIET, Broker, Watcher

ACCOUNTS = {"car": "correct"}
KEEPALIVE = 1


def persistent(broker: Broker, name: str = "sleeper") -> aiomqtt.Client:
    """A client whose session outlives its connection."""
    return aiomqtt.Client(broker.host, broker.port, identifier=name, clean_session=False)


async def silent_connection(broker: Broker, name: str = "silent", keepalive: int = 60) -> Connection:
    """A connection that never sends a ping, with a will on `gone`."""
    return await Connection.connect(
        broker.host,
        broker.port,
        Credentials(client_id=name, username=None, password=None),
        Will(topic=f"{PREFIX}gone", payload=b"yes"),
        keepalive,
        lambda _topic, _payload: None,
    )


async def received_by(client: aiomqtt.Client) -> list[tuple[str, bytes]]:
    """What a client is sent within a moment."""
    found: list[tuple[str, bytes]] = []

    async def listen() -> None:
        while True:
            message = await anext(client.messages)
            found.append((str(message.topic), message.payload))

    listening = asyncio.create_task(listen())
    await asyncio.wait([listening], timeout=QUIET * 2)
    listening.cancel()
    return found


async def test_what_is_published_arrives(any_broker: Broker) -> None:
    """A message reaches a subscriber; a retained one also who subscribes later, marked as retained."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as first:
        await first.publish("kept", "1", retain=True)
        await first.hears("kept", "1")
        async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as second:
            await second.hears("kept", "1")
            assert [message.retain for message in (*first.messages, *second.messages)] == [False, True]


async def test_a_megabyte_passes(any_broker: Broker) -> None:
    """Large payloads are delivered whole."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        payload = bytes(range(256)) * 4096
        await watcher.publish("large", payload)
        await watcher.hears("large", payload)


async def test_qos_0_is_never_queued(any_broker: Broker) -> None:
    """For a client that is away, QoS 1 is kept and QoS 0 is not, although it subscribed at QoS 1."""
    async with persistent(any_broker) as sleeper:
        await sleeper.subscribe("command/+", qos=1)
    async with aiomqtt.Client(any_broker.host, any_broker.port) as sender:
        await sender.publish("command/a", "lost", qos=0)
        await sender.publish("command/b", "kept", qos=1)
    async with persistent(any_broker) as sleeper:
        assert await received_by(sleeper) == [("command/b", b"kept")]


async def test_nobody_is_sent_what_others_subscribed_to(any_broker: Broker) -> None:
    """A client that comes back is not sent retained messages, least of all of others' subscriptions."""
    async with persistent(any_broker) as sleeper:
        await sleeper.subscribe("mine", qos=1)
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        await watcher.publish("theirs", "1", retain=True)
        await watcher.hears("theirs", "1")
        async with persistent(any_broker) as sleeper:
            assert await received_by(sleeper) == []


async def test_what_was_said_last_is_heard(any_broker: Broker) -> None:
    """A connection that ends right after its messages loses none of them, and its will comes after them."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        connection = await silent_connection(any_broker)
        for number in range(200):
            connection.publish(f"{PREFIX}many/{number}", b"1", retain=True)
        connection.close()
        await connection.wait_closed()
        await watcher.hears("gone", "yes")
        assert [message.topic for message in watcher.messages] == [f"many/{n}" for n in range(200)] + ["gone"]


async def test_will_after_silence(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """A client that says nothing for one and a half keepalives is given up, and its will published."""
    connection = await silent_connection(broker, keepalive=KEEPALIVE)
    await watcher.hears("gone", "yes")
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()


async def test_who_is_refused_may_hang_up_first(broker: EmbeddedBroker) -> None:
    """Home Assistant asks for MQTT 5 at every start, and is gone as soon as that is refused."""
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

    def ask_and_go() -> None:
        with socket.create_connection((broker.host, broker.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02hi")
            client.recv(1)

    for _ in range(50):
        await asyncio.to_thread(ask_and_go)
    assert faults == []


async def test_a_second_connection_takes_over(any_broker: Broker) -> None:
    """Of two connections with one client id the newer stays, and is sent what comes."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        first = await silent_connection(any_broker)
        heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        second = await Connection.connect(
            any_broker.host,
            any_broker.port,
            Credentials(client_id="silent", username=None, password=None),
            Will(topic=f"{PREFIX}gone", payload=b"again"),
            60,
            lambda topic, payload: heard.put_nowait((topic, payload)),
        )
        await second.subscribe([f"{PREFIX}word"])
        async with asyncio.timeout(PATIENCE):
            await first.wait_closed()
        await asyncio.sleep(QUIET)
        await watcher.publish("word", "hello", qos=1)
        async with asyncio.timeout(PATIENCE):
            assert await heard.get() == (f"{PREFIX}word", b"hello")
        second.close()
        await second.wait_closed()


async def test_restart(any_broker: Broker) -> None:
    """A broker comes back on the same port, its connections cut; only mosquitto speaks its clients' wills first."""
    port = any_broker.port
    connection = await silent_connection(any_broker)
    await any_broker.restart()
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    assert any_broker.port == port
    async with Watcher(aiomqtt.Client(any_broker.host, port)) as watcher:
        await watcher.settle()
        assert watcher.payloads("gone") == ([b"yes"] if isinstance(any_broker, Mosquitto) else [])


@pytest.mark.mosquitto
async def test_killed_mosquitto(socket_enabled: None, tmp_path: Path) -> None:
    """A mosquitto that is killed leaves no word, and starts again."""
    async with Mosquitto(tmp_path) as broker:
        connection = await silent_connection(broker)
        await broker.kill()
        async with asyncio.timeout(PATIENCE):
            await connection.wait_closed()
        await broker.start()
        async with Watcher(aiomqtt.Client(broker.host, broker.port)) as watcher:
            await watcher.settle()
            assert watcher.payloads("gone") == []


async def test_embedded_broker_keeps_nothing(broker: EmbeddedBroker) -> None:
    """Retained messages and sessions are gone after a restart."""
    async with persistent(broker) as sleeper:
        await sleeper.subscribe("command/+", qos=1)
        await sleeper.publish("kept", "1", retain=True, qos=1)
    assert broker.retained == {"kept": b"1"}
    await broker.restart()
    assert broker.retained == {}
    assert broker.clients == frozenset()
    async with aiomqtt.Client(broker.host, broker.port, identifier="sender") as sender:
        await sender.publish("command/a", "1", qos=1)
        assert broker.clients == {"sender"}
    async with persistent(broker) as sleeper:
        assert await received_by(sleeper) == []


@pytest.mark.mosquitto
async def test_mosquitto_keeps_what_is_queued(socket_enabled: None, tmp_path: Path) -> None:
    """Retained and queued messages survive a stop."""
    async with Mosquitto(tmp_path) as broker:
        async with persistent(broker) as sleeper:
            await sleeper.subscribe("command/+", qos=1)
        async with aiomqtt.Client(broker.host, broker.port) as sender:
            await sender.publish("command/a", "1", qos=1)
        await broker.restart()
        async with persistent(broker) as sleeper:
            assert await received_by(sleeper) == [("command/a", b"1")]


@pytest.mark.mosquitto
async def test_a_frozen_mosquitto_moves_nothing(socket_enabled: None, tmp_path: Path) -> None:
    """While it is frozen connections stay and nothing arrives; then everything does."""
    async with Mosquitto(tmp_path) as broker, Watcher(aiomqtt.Client(broker.host, broker.port)) as watcher:
        broker.freeze()
        await watcher.publish("late", "1")
        await watcher.settle()
        assert watcher.messages == []
        broker.thaw()
        await watcher.hears("late", "1")
        broker.freeze()
        await broker.stop()


@pytest.mark.mosquitto
async def test_mosquitto_says_why_it_does_not_start(
    broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port in use, or no mosquitto at all, is an error with a reason."""
    with pytest.raises(BrokerFailed, match="Address already in use"):
        await Mosquitto(tmp_path, broker.port).start()
    assert Mosquitto.available()
    monkeypatch.setattr("shutil.which", lambda _name, path=None: None)
    assert not Mosquitto.available()
    with pytest.raises(BrokerFailed, match="not installed"):
        await Mosquitto(tmp_path).start()


@pytest.mark.parametrize("kind", ["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_accounts(kind: str, socket_enabled: None, tmp_path: Path) -> None:
    """Only who has an account may connect."""
    broker: Broker = EmbeddedBroker(accounts=ACCOUNTS) if kind == "amqtt" else Mosquitto(tmp_path, accounts=ACCOUNTS)
    async with broker:
        for password in (None, "wrong"):
            username = None if password is None else "car"
            with pytest.raises(aiomqtt.MqttCodeError):
                async with aiomqtt.Client(broker.host, broker.port, username=username, password=password):
                    pass
        async with Watcher(aiomqtt.Client(broker.host, broker.port, username="car", password="correct")) as watcher:
            await watcher.publish("hello", "1")
            await watcher.hears("hello", "1")
        credentials = Credentials(client_id="car", username="car", password="wrong")
        with pytest.raises(ConnectFailed) as refused:
            await Connection.connect(
                broker.host, broker.port, credentials, Will(topic="gone", payload=b""), 60, lambda *_: None
            )
        assert refused.value.code == 5


@pytest.mark.parametrize("kind", ["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_tls(kind: str, socket_enabled: None, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """With a certificate the broker speaks TLS, which a client verifies."""
    broker: Broker = (
        EmbeddedBroker(certificate=certificate) if kind == "amqtt" else Mosquitto(tmp_path, certificate=certificate)
    )
    async with broker:
        trusting = ssl.create_default_context(cafile=certificate[0])
        async with Watcher(aiomqtt.Client(broker.host, broker.port, tls_context=trusting)) as watcher:
            await watcher.publish("hello", "1")
            await watcher.hears("hello", "1")
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(broker.host, broker.port, ssl=ssl.create_default_context())


async def test_websocket(socket_enabled: None) -> None:
    """The embedded broker also listens for WebSockets."""
    async with EmbeddedBroker(websocket=True) as broker:
        assert broker.websocket_port
        client = aiomqtt.Client(broker.host, broker.websocket_port, transport="websockets")
        async with Watcher(client) as watcher, aiomqtt.Client(broker.host, broker.port) as sender:
            await sender.publish(f"{PREFIX}hello", "1")
            await watcher.hears("hello", "1")
            assert watcher.messages == [Message("hello", b"1", retain=False, qos=0)]
