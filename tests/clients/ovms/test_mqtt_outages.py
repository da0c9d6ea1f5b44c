"""Whatever happens to the broker, the car is back within seconds of its return, and nothing is left behind."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import itertools
import time

import pytest

from custom_components.open_ev.clients.ovms import (
    broker as broker_module,
    mqtt as mqtt_module,
    position as position_module,
)
from custom_components.open_ev.clients.ovms.broker import Broker
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError
from custom_components.open_ev.clients.ovms.mqtt import REFUSALS_OF_A_START, Mode, MqttLink
from custom_components.open_ev.clients.ovms.position import Position
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from simulators.broker import EmbeddedBroker, Mosquitto
from simulators.ovms_module.relay import Relay
from tests.clients.waiting import eventually

from .conftest import PREFIX, AnyBroker, Spy, running, server

# How long a car may stay away after its broker came back.
RETURN = 5.0

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again sooner than a house full of clients should."""
    monkeypatch.setattr(mqtt_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(mqtt_module, "LAST_RETRY_SECONDS", 0.1)


async def killed_and_back(broker: AnyBroker, seconds: float, rounds: int) -> None:
    """The link is up again soon, each time; each end and each beginning is told once."""
    async with running(broker) as client:
        await client.connected()
        for _ in range(rounds):
            await (broker.kill() if isinstance(broker, Mosquitto) else broker.stop())
            await client.disconnected()
            await asyncio.sleep(seconds)
            await broker.start()
            await client.connected(RETURN)
        assert len([change for change in client.changes if change is None]) == rounds + 1
        assert all(isinstance(change, CannotConnect) for change in client.changes if change is not None)


async def test_a_broker_that_restarts(any_broker: AnyBroker) -> None:
    """Again and again."""
    await killed_and_back(any_broker, 0.1, rounds=2)


@pytest.mark.mosquitto
async def test_a_broker_that_is_away_for_longer(mosquitto: Mosquitto) -> None:
    """The pauses between the tries have grown by then."""
    await killed_and_back(mosquitto, 3.0, rounds=1)


@pytest.mark.usefixtures("_eager")
async def test_a_broker_that_is_not_there_yet(socket_enabled: None) -> None:
    """Started before its broker, the link is tried until that is up."""
    late = EmbeddedBroker()
    async with late:
        pass
    async with running(late) as client:
        await eventually(lambda: len(client.changes) >= 2)
        assert client.vehicle.online is None
        async with late:
            await client.connected(RETURN)


@pytest.mark.usefixtures("_eager")
async def test_a_link_that_comes_and_goes_is_told(mqtt: EmbeddedBroker) -> None:
    """To whoever listens to the vehicle."""
    told: list[bool] = []
    async with running(mqtt) as client:
        client.vehicle.subscribe([Aspect.CONNECTION], lambda: told.append(client.vehicle.link_connected))
        await client.connected()
        await mqtt.stop()
        await client.disconnected()
        await mqtt.start()
        await client.connected(RETURN)
    await asyncio.sleep(0)
    assert told == [True, False, True, False]


@pytest.mark.mosquitto
@pytest.mark.usefixtures("_eager")
async def test_a_half_open_broker(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that hangs with its connections open is noticed, and reached again when it goes on."""
    monkeypatch.setattr(broker_module, "KEEPALIVE_SECONDS", 1)
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 0.2)
    async with running(mosquitto, mode=Mode.LIVE) as client:
        await client.connected()
        mosquitto.freeze()
        frozen = time.monotonic()
        await client.disconnected()
        # The library looks once a second.
        assert time.monotonic() - frozen < 2 * broker_module.KEEPALIVE_SECONDS + 2
        await eventually(lambda: len(client.changes) >= 3)
        mosquitto.thaw()
        await client.connected(RETURN)


@pytest.mark.usefixtures("_eager")
async def test_a_network_that_is_quiet(mqtt: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets that get lost are no end of a connection, until nothing was heard for too long."""
    monkeypatch.setattr(broker_module, "KEEPALIVE_SECONDS", 1)
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 0.5)
    async with (
        Relay(mqtt.host, mqtt.port) as relay,
        running(Broker(host="127.0.0.1", port=relay.local_port)) as client,
    ):
        await client.connected()
        relay.freeze()
        await asyncio.sleep(0.3)
        relay.thaw()
        await asyncio.sleep(0.3)
        assert client.link.connected
        relay.freeze()
        await client.disconnected()
        relay.thaw()
        await client.connected(RETURN)


async def test_the_pauses_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """They grow, and never so far that a broker's return is missed for longer than promised."""
    tries: list[float] = []

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        tries.append(time.monotonic())
        await reader.read(1024)

    monkeypatch.setattr(mqtt_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(mqtt_module, "LAST_RETRY_SECONDS", 0.16)
    async with server(hang_up) as port, running(Broker(host="127.0.0.1", port=port)):
        await eventually(lambda: len(tries) >= 8)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert min(pauses[4:]) > 0.16 * 0.7


async def test_the_promise() -> None:
    """The longest pause and a try that starts in vain leave time for one that does not."""
    assert mqtt_module.LAST_RETRY_SECONDS < RETURN - 1
    assert mqtt_module.FIRST_RETRY_SECONDS < mqtt_module.LAST_RETRY_SECONDS < mqtt_module.REFUSED_RETRY_SECONDS


async def test_a_connection_that_was_steady_is_tried_again_soon(
    mqtt: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that broke at once is not: a hundred times a minute is what two clients of one name make of each other."""
    monkeypatch.setattr(mqtt_module, "STEADY_SECONDS", 0.2)
    monkeypatch.setattr(mqtt_module, "FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(mqtt_module, "LAST_RETRY_SECONDS", 1.0)
    async with (
        Relay(mqtt.host, mqtt.port) as relay,
        running(Broker(host="127.0.0.1", port=relay.local_port)) as client,
    ):
        for _ in range(7):
            await client.connected()
            relay.cut()
            await client.disconnected()
        await client.connected()
        await asyncio.sleep(0.3)
        relay.cut()
        await client.disconnected()
        began = time.monotonic()
        await client.connected()
        assert time.monotonic() - began < 0.6


# Refused


@pytest.mark.parametrize("kind", [EmbeddedBroker, pytest.param(Mosquitto, marks=pytest.mark.mosquitto)])
async def test_refused_until_the_account_is_there(
    request: pytest.FixtureRequest, kind: type[AnyBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again with more patience, and with the settings of the day."""
    monkeypatch.setattr(mqtt_module, "REFUSED_RETRY_SECONDS", 0.1)
    accounts = {"car": "right"}
    broker: AnyBroker = EmbeddedBroker(accounts=accounts)
    if kind is Mosquitto:
        broker = Mosquitto(request.getfixturevalue("tmp_path"), accounts=accounts)
    async with broker:
        passwords = ["wrong", "wrong", "right"]

        async def settings() -> Broker:
            return Broker(host=broker.host, port=broker.port, username="car", password=passwords.pop(0))

        changes: list[LinkError | None] = []
        link = MqttLink(Vehicle(), prefix="car/", client_id="tests", broker=settings)
        task = asyncio.create_task(link.run(changes.append))
        await eventually(lambda: link.connected)
        assert [type(change) for change in changes] == [ConnectionRefused, ConnectionRefused, type(None)]
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize(("refusals", "is_soon"), [(REFUSALS_OF_A_START, True), (REFUSALS_OF_A_START + 1, False)])
async def test_a_broker_that_refuses_at_its_start(
    mqtt: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, refusals: int, is_soon: bool
) -> None:
    """One that has not read its list of users yet is asked again soon, and one that goes on refusing is not."""
    monkeypatch.setattr(mqtt_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(mqtt_module, "LAST_RETRY_SECONDS", 0.04)
    monkeypatch.setattr(mqtt_module, "REFUSED_RETRY_SECONDS", 60.0)
    mqtt.accounts["car"] = "right"
    await mqtt.restart()
    passwords = [*["wrong"] * refusals, "right"]

    async def settings() -> Broker:
        return Broker(host=mqtt.host, port=mqtt.port, username="car", password=passwords.pop(0))

    changes: list[LinkError | None] = []
    link = MqttLink(Vehicle(), prefix="car/", client_id="tests", broker=settings)
    task = asyncio.create_task(link.run(changes.append))
    await eventually(lambda: len(changes) == refusals)
    await asyncio.sleep(0.3)
    assert link.connected is is_soon
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def granting(codes: bytes, *news: bytes) -> AsyncGenerator[Broker]:
    """A broker that answers a subscription with these codes, and before that, to each connection, with one of the news."""
    coming = iter(news)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"\x20\x02\x00\x00")
        # The packet's length has two bytes, with so many topics.
        packet_id = (await reader.read(1024))[3:5]
        writer.write(next(coming, b""))
        writer.write(b"\x90" + bytes([2 + len(codes)]) + packet_id + codes)
        while await reader.read(1024):
            pass

    async with server(serve) as port:
        yield Broker(host="127.0.0.1", port=port)


@pytest.mark.parametrize("refused", range(5))
@pytest.mark.parametrize("code", [0x80, 0x87])
async def test_a_subscription_that_is_refused(refused: int, code: int) -> None:
    """A broker that lets the client in and not read is as good as none."""
    codes = bytearray(6)
    codes[refused] = code
    async with granting(bytes(codes)) as broker, running(broker) as client:
        error = await client.error()
        assert type(error) is ConnectionRefused
        assert not client.link.connected


async def test_a_subscription_that_may_be_refused() -> None:
    """That to others' commands only serves to warn."""
    async with granting(bytes([0, 1, 0, 1, 0, 0x80])) as broker, running(broker) as client:
        await client.connected()
        assert client.changes == [None]


# Cut off


def stored(metric: str, value: str) -> bytes:
    """A metric that a broker has kept, as it sends it."""
    topic = f"{PREFIX}metric/{metric.replace('.', '/')}".encode()
    body = len(topic).to_bytes(2) + topic + value.encode()
    return bytes([0x31, len(body)]) + body


async def test_half_a_place_from_a_connection_that_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes no whole one with what the next connection brings."""
    monkeypatch.setattr(mqtt_module, "REFUSED_RETRY_SECONDS", 0.02)
    halves = (stored("v.p.latitude", "52.1"), stored("v.p.longitude", "4.3"))
    async with granting(bytes([0x80] * 6), *halves) as broker, running(broker) as client:
        await eventually(lambda: client.vehicle.reading("v.p.longitude"))
        assert client.vehicle.number("v.p.latitude") == 52.1
        assert client.vehicle.position is None
    async with granting(bytes([0x80] * 6), b"".join(halves)) as broker, running(broker) as client:
        await eventually(lambda: client.vehicle.position == Position(52.1, 4.3))


async def test_half_a_place_before_the_broker_restarts(mqtt: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A car that drove on is at none of the two places that its halves would make."""
    monkeypatch.setattr(position_module, "SETTLE_SECONDS", 0.3)
    async with running(mqtt) as client:
        await client.connected()
        places: list[Position | None] = []
        client.vehicle.subscribe([Aspect.POSITION], lambda: places.append(client.vehicle.position))
        async with Spy(mqtt.host, mqtt.port) as spy:
            await spy.store({"v.p.latitude": "52.1", "v.p.longitude": "4.3"})
            await eventually(lambda: places)
            await spy.store({"v.p.latitude": "52.2"})
            await eventually(lambda: client.vehicle.number("v.p.latitude") == 52.2)
        await mqtt.restart()
        await client.disconnected()
        await client.connected()
        async with Spy(mqtt.host, mqtt.port) as spy:
            await spy.store({"v.p.longitude": "4.9"})
            await eventually(lambda: client.vehicle.number("v.p.longitude") == 4.9)
            await asyncio.sleep(0.4)
            assert places == [Position(52.1, 4.3)]
            await spy.store({"v.p.latitude": "52.8"})
            await eventually(lambda: places == [Position(52.1, 4.3), Position(52.8, 4.9)])
