"""A broker, a car on it, a spy beside it, and a client that runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager
import gc
from pathlib import Path
import ssl
from typing import override

import aiomqtt
import pytest

from custom_components.open_ev.clients.ovms import broker as broker_module, follow_up, mqtt as mqtt_module
from custom_components.open_ev.clients.ovms.broker import Broker
from custom_components.open_ev.clients.ovms.mqtt import Mode, MqttLink
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.broker import EmbeddedBroker, Mosquitto
from simulators.ovms_module import OvmsModule
from tests.clients.waiting import eventually
from tests.eavesdropper import Eavesdropper, Message

from .certificates import Authority
from .clock import Clock
from .running_link import RunningLink, run_link

PREFIX = "ovms/demo/DEMO1/"
CLIENT = "tests"
QUIET = 0.1
"""Seconds in which a message over loopback would have come."""

SLACK = 3.0
"""Seconds that the network and a busy machine add to a time-out."""

type AnyBroker = EmbeddedBroker | Mosquitto


async def transmitted(mqtt: EmbeddedBroker, prefix: str = PREFIX) -> None:
    """Wait until the broker has all that a module says at first; the number of the vehicle comes last."""
    await eventually(lambda: f"{prefix}metric/v/vin" in mqtt.retained)


class TunedMosquitto(Mosquitto):
    """A mosquitto with more lines in its configuration."""

    def __init__(self, directory: Path, *lines: str, certificate: tuple[Path, Path] | None = None) -> None:
        super().__init__(directory, certificate=certificate)
        self._lines = lines

    @override
    def _write_configuration(self) -> Path:
        path = super()._write_configuration()
        with path.open("a") as file:
            file.writelines(f"{line}\n" for line in self._lines)
        return path


class Spy(Eavesdropper):
    """Another client, which keeps all that passes."""

    def __init__(self, host: str, port: int, prefix: str = PREFIX) -> None:
        super().__init__(aiomqtt.Client(host, port), prefix)

    def commands(self) -> list[Message]:
        """The commands that passed."""
        return [message for message in self.messages if "/command/" in message.topic]

    def presence(self, client: str = CLIENT) -> list[bytes]:
        """What a client said of its presence."""
        return self.payloads(f"client/{client}/active")

    async def store(self, metrics: Mapping[str, str | bytes]) -> None:
        """Leave metrics at the broker, as a module does."""
        for name, value in metrics.items():
            await self.publish(f"metric/{name.replace('.', '/')}", value, qos=1, retain=True)


type Running = RunningLink[MqttLink]


def at(broker: AnyBroker) -> Broker:
    """How a client reaches a broker that lets everybody in."""
    return Broker(host=broker.host, port=broker.port)


def on(port: int) -> Broker:
    """Whatever listens on a port."""
    return Broker(host="127.0.0.1", port=port)


@asynccontextmanager
async def running(
    broker: Broker | AnyBroker,
    *,
    vehicle: Vehicle | None = None,
    prefix: str = PREFIX,
    client_id: str = CLIENT,
    mode: Mode = Mode.ECONOMY,
) -> AsyncGenerator[Running]:
    """A vehicle whose link runs; it says nothing of its own accord, unless `mode` lets it."""
    settings = broker if isinstance(broker, Broker) else at(broker)

    async def ask() -> Broker:
        return settings

    car = vehicle or Vehicle()
    link = MqttLink(car, prefix=prefix, client_id=client_id, broker=ask, mode=mode)
    async with run_link(link, car) as client:
        yield client


def sockets() -> set[str]:
    """The sockets that this process holds open."""
    return {target for entry in Path("/proc/self/fd").iterdir() if (target := _target(entry)).startswith("socket:")}


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except FileNotFoundError:
        return ""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Leave the loop's debug mode off, in which a module's metrics take the embedded broker a second."""


@pytest.fixture(autouse=True)
def _no_follow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked after a command or an event that a test did not ask for, however long the test takes."""
    monkeypatch.setattr(mqtt_module, "ASK_SECONDS", ())
    monkeypatch.setattr(mqtt_module, "BLIND_ASK_SECONDS", ())
    monkeypatch.setattr(mqtt_module, "SURE_ASK_SECONDS", ())
    monkeypatch.setattr(follow_up, "CUE_SECONDS", 1e6)


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
async def vehicle(clock: Clock) -> AsyncGenerator[Vehicle]:
    """A Nissan Leaf that nobody has heard yet."""
    made = Vehicle(type_code="NL", extra_metrics=["xnl.v.b.e.capacity", "xvu.b.soc.abs", "nonsense"], now=clock)
    yield made
    made.close()


@pytest.fixture(scope="package", autouse=True)
def _light_garbage() -> Generator[None]:
    """Let the collector look at what tests leave, not at all that was ever imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
async def nothing_is_left(socket_enabled: None) -> AsyncGenerator[None]:
    """No socket outlives a test, and no error is overlooked; for tasks, timers and threads that is looked at anyway."""
    faults: list[dict[str, object]] = []

    def remember(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        # The embedded broker's side of a TLS handshake may fail in here too.
        if "transport" not in context:
            faults.append(context)

    asyncio.get_running_loop().set_exception_handler(remember)
    before = sockets()
    yield
    await eventually(lambda: sockets() <= before)
    gc.collect()
    assert faults == []


@pytest.fixture
async def mqtt(socket_enabled: None) -> AsyncGenerator[EmbeddedBroker]:
    """A broker that lets everybody in."""
    async with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture
async def mosquitto(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[Mosquitto]:
    """The broker that most people have."""
    async with Mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture(params=["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def any_broker(request: pytest.FixtureRequest, socket_enabled: None, tmp_path: Path) -> AsyncGenerator[AnyBroker]:
    """Each of the brokers."""
    chosen: AnyBroker = EmbeddedBroker() if request.param == "amqtt" else Mosquitto(tmp_path)
    async with chosen as broker:
        yield broker


@pytest.fixture
async def spy(mqtt: EmbeddedBroker) -> AsyncGenerator[Spy]:
    """Who listens to everything on the embedded broker."""
    async with Spy(mqtt.host, mqtt.port) as listening:
        yield listening


@pytest.fixture
async def module(mqtt: EmbeddedBroker) -> AsyncGenerator[OvmsModule]:
    """A Nissan Leaf on the newest firmware, whose time stands still."""
    async with OvmsModule(mqtt.host, mqtt.port, speed=0) as booted:
        await transmitted(mqtt)
        yield booted


@pytest.fixture
async def car(mqtt: EmbeddedBroker, module: OvmsModule) -> AsyncGenerator[Running]:
    """The client of that Leaf."""
    async with running(mqtt) as client:
        await client.online()
        yield client


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the certificates at home."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience with brokers that do not answer."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "HANDSHAKE_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "FAREWELL_TIMEOUT", 0.3)
    monkeypatch.setattr(broker_module, "KEEPALIVE_SECONDS", 1)


type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """A server on loopback that is no broker, or a bad one; its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except ConnectionError, asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(once(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await listening.wait_closed()
