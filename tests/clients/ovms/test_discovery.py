"""Cars are found on a broker by what they publish, whoever else publishes there."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
import time

from aiomqtt import Client
import pytest

from custom_components.open_ev.clients.ovms import discovery
from custom_components.open_ev.clients.ovms.broker import Broker
from custom_components.open_ev.clients.ovms.discovery import (
    MAX_VEHICLES,
    FoundVehicle,
    find_vehicles,
    is_harmless_prefix,
    is_prefix,
    published_metrics,
)
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule

VIN = "SJNFAAZE1U0123456"
PATIENCE = 5.0
SHORT = 0.4

LEAF = {"s.v3.connected": "yes", "v.type": "NL", "m.version": "3.3.006/ota_0/main", "v.vin": VIN, "v.b.soc": "55.5"}


@pytest.fixture
async def mqtt(socket_enabled: None) -> AsyncGenerator[EmbeddedBroker]:
    """A broker that lets everybody in."""
    async with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture
async def publisher(mqtt: EmbeddedBroker) -> AsyncGenerator[Client]:
    """Somebody who may publish anything."""
    async with Client(mqtt.host, mqtt.port) as client:
        yield client


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on loopback has told all it knows after less."""
    monkeypatch.setattr(discovery, "QUIET_SECONDS", 0.15)


def settings(mqtt: EmbeddedBroker, username: str | None = None, password: str | None = None) -> Broker:
    """How a client reaches the broker."""
    return Broker(host=mqtt.host, port=mqtt.port, username=username, password=password)


async def store(client: Client, prefix: str, metrics: Mapping[str, str | bytes], *, retain: bool = True) -> None:
    """Publish metrics as a module does, and wait until the broker has them."""
    for name, value in metrics.items():
        await client.publish(f"{prefix}metric/{name.replace('.', '/')}", value, qos=1, retain=retain)


async def prefixes(mqtt: EmbeddedBroker, prefix: str | None = None, seconds: float = PATIENCE) -> list[str]:
    """The prefixes of the cars that are found."""
    return [vehicle.prefix for vehicle in await find_vehicles(settings(mqtt), prefix=prefix, seconds=seconds)]


async def test_a_module_is_found_with_all_that_names_it(mqtt: EmbeddedBroker) -> None:
    """A real module's stored metrics tell its type, firmware and number."""
    prefix = "ovms/demo/DEMO1/"
    async with OvmsModule(mqtt.host, mqtt.port, prefix=prefix, vehicle_type="NL", speed=0) as module:
        firmware = module["m.version"]
        assert isinstance(firmware, str)
        (vehicle,) = await find_vehicles(settings(mqtt), prefix=None, seconds=PATIENCE)
    assert vehicle == FoundVehicle(prefix=prefix, type_code="NL", firmware=firmware, vin=VIN)
    assert vehicle.vehicle_id == "DEMO1"
    assert VIN not in repr(vehicle)


async def test_a_car_that_is_away_is_found_by_what_it_left(mqtt: EmbeddedBroker) -> None:
    """A sleeping car without network is still there in the stored metrics and the will."""
    async with OvmsModule(mqtt.host, mqtt.port, speed=0):
        pass
    assert await prefixes(mqtt) == ["ovms/demo/DEMO1/"]


@pytest.mark.parametrize("prefix", ["car/", "ovms/car/", "ovms/me/car/", "ovms//car/", "metric/metric/", "Ünï/ço dé/"])
async def test_prefixes_of_one_to_three_levels_are_searched(
    mqtt: EmbeddedBroker, publisher: Client, prefix: str
) -> None:
    """The firmware's default has three levels, one of them empty where no user is set."""
    await store(publisher, prefix, LEAF)
    assert await prefixes(mqtt) == [prefix]


@pytest.mark.parametrize("prefix", ["a/b/c/d/", "mycar", "/", "evil/[click](http://x.org)/", "evil/<b>/", "evil/`x`/"])
async def test_other_prefixes_are_not_found_by_searching(mqtt: EmbeddedBroker, publisher: Client, prefix: str) -> None:
    """Longer ones, those without a slash and those that could be formatting have to be typed."""
    await store(publisher, prefix, LEAF)
    assert await prefixes(mqtt, seconds=SHORT) == []


@pytest.mark.parametrize("typed", ["garage/mycar", "garage/mycar/"])
@pytest.mark.parametrize("used", ["garage/mycar", "garage/mycar/"])
async def test_the_slash_of_a_typed_prefix_is_found_out(
    mqtt: EmbeddedBroker, publisher: Client, typed: str, used: str
) -> None:
    """Modules use their prefix as it was typed there, which its owner need not remember."""
    await store(publisher, used, LEAF)
    await store(publisher, "garage/mycar2/", LEAF)
    assert await prefixes(mqtt, typed) == [used]


async def test_both_spellings_can_be_cars(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """Who changed the slash at the module left the old topics at the broker."""
    await store(publisher, "mycar", LEAF)
    await store(publisher, "mycar/", LEAF)
    assert await prefixes(mqtt, "mycar") == ["mycar", "mycar/"]


async def test_any_standard_metric_proves_a_typed_prefix(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """A module's owner may have switched the telling metrics off."""
    await store(publisher, "mycar/", {"v.p.odometer": "12345", "my.own": "1"})
    await store(publisher, "other/", {"my.own": "1"})
    assert await prefixes(mqtt, "mycar", SHORT) == ["mycar/"]
    assert await prefixes(mqtt, "other", SHORT) == []


async def test_a_module_without_stored_metrics_is_heard_live(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """What is not stored is heard when it is sent, as long as somebody listens."""
    searching = asyncio.create_task(find_vehicles(settings(mqtt), prefix=None, seconds=PATIENCE))
    while not searching.done():
        await store(publisher, "car/", LEAF, retain=False)
        await asyncio.sleep(0.02)
    assert [vehicle.type_code for vehicle in await searching] == ["NL"]


async def test_a_search_ends_when_the_broker_has_told_all(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """Nobody waits for a fixed time; but while a car's name is missing, it may still come."""
    await store(publisher, "car/", LEAF)
    started = time.monotonic()
    await find_vehicles(settings(mqtt), prefix=None, seconds=60)
    assert time.monotonic() - started < PATIENCE
    await store(publisher, "nameless/", {"s.v3.connected": "no"})
    started = time.monotonic()
    assert await prefixes(mqtt, seconds=1.0) == ["car/", "nameless/"]
    assert time.monotonic() - started >= 1.0


async def test_each_news_is_told(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """A listener learns of a car as soon as it is heard, and again when more is known."""
    news: list[FoundVehicle] = []
    await store(publisher, "car/", LEAF)
    (vehicle,) = await find_vehicles(settings(mqtt), prefix=None, seconds=PATIENCE, found=news.append)
    assert news[-1] == vehicle
    assert len(news) == len(set(news)) > 1
    assert {each.prefix for each in news} == {"car/"}


@pytest.mark.parametrize(
    ("metric", "payload"),
    [
        ("s.v3.connected", "maybe"),
        ("v.type", "a car; drop table"),
        ("v.type", "T" * 17),
        ("m.version", " "),
        ("m.version", "x" * 201),
        ("m.version", b"\xff\xfe\x00"),
        ("m.version", b"x" * 1_000_000),
        ("v.b.soc", "<html>"),
    ],
    ids=["flag", "code", "long code", "blank", "long", "binary", "megabyte", "number"],
)
async def test_what_no_module_publishes_is_no_car(
    mqtt: EmbeddedBroker, publisher: Client, metric: str, payload: str | bytes
) -> None:
    """Somebody else may use such topics."""
    await store(publisher, "thing/", {metric: payload})
    assert await prefixes(mqtt, seconds=SHORT) == []


async def test_an_unreadable_number_is_no_number(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """A placeholder in place of the vehicle identification number would make all cars one."""
    await store(publisher, "car/", LEAF | {"v.vin": "UNKNOWN"})
    (vehicle,) = await find_vehicles(settings(mqtt), prefix=None, seconds=PATIENCE)
    assert vehicle.vin is None


async def test_strangers_make_no_more_cars_than_a_garage_holds(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """A flood of topics costs time, and nothing else."""
    for number in range(300):
        await publisher.publish(f"flood/{number}/metric/v/type", "NL", qos=0, retain=True)
        await publisher.publish(f"flood/{number}/metric/v/b/soc/{'deep/' * 20}", "NL", qos=0, retain=True)
    await publisher.publish("flood/last/metric/v/type", "NL", qos=1, retain=True)
    news: list[FoundVehicle] = []
    found = await find_vehicles(settings(mqtt), prefix=None, seconds=1.0, found=news.append)
    assert len(found) == len(news) == MAX_VEHICLES


async def test_known_cars_keep_no_new_one_from_being_found(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """A fleet that is set up, and one car more."""
    fleet = {f"fleet/{number}/" for number in range(MAX_VEHICLES + 5)}
    for prefix in fleet:
        await publisher.publish(f"{prefix}metric/v/type", "NL", qos=0, retain=True)
    await publisher.publish("new/metric/v/type", "NL", qos=1, retain=True)
    found = await find_vehicles(settings(mqtt), prefix=None, seconds=1.0, known=fleet)
    assert {vehicle.prefix for vehicle in found} == fleet | {"new/"}


@pytest.mark.parametrize(
    "prefix",
    ["", "/", "//", "a/+/b", "a/#", "#", "+", "$SYS/", "a\nb", "a\x00b", "a\udcffb", "x" * 201],
    ids=["empty", "slash", "slashes", "level", "tree", "all", "any", "broker", "line", "zero", "surrogate", "long"],
)
async def test_impossible_prefixes_are_refused(mqtt: EmbeddedBroker, prefix: str) -> None:
    """A wildcard would listen to other people's cars; a surrogate cannot be sent."""
    assert not is_prefix(prefix)
    assert not is_harmless_prefix(prefix)
    with pytest.raises(ValueError, match="no module"):
        await find_vehicles(settings(mqtt), prefix=prefix, seconds=0)


async def test_no_time_still_proves_that_the_broker_lets_one_read(mqtt: EmbeddedBroker) -> None:
    """With nothing to wait for, the connection and the subscription are what counts."""
    async with Client(mqtt.host, mqtt.port) as publisher:
        await store(publisher, "car/", LEAF)
    assert await prefixes(mqtt, "car/", 0) in ([], ["car/"])
    mqtt.accounts["me"] = "secret"
    await mqtt.restart()
    with pytest.raises(ConnectionRefused):
        await prefixes(mqtt, "car/", 0)
    assert await find_vehicles(settings(mqtt, username="me", password="secret"), prefix="car/", seconds=0) == []
    await mqtt.stop()
    with pytest.raises(CannotConnect):
        await prefixes(mqtt, "car/", 0)


async def test_a_lost_broker_ends_a_search(mqtt: EmbeddedBroker) -> None:
    """A connection that breaks is no answer."""
    heard = asyncio.Event()
    async with Client(mqtt.host, mqtt.port) as publisher:
        await store(publisher, "nameless/", {"s.v3.connected": "no"})
    searching = asyncio.create_task(find_vehicles(settings(mqtt), prefix=None, seconds=60, found=lambda _: heard.set()))
    async with asyncio.timeout(PATIENCE):
        await heard.wait()
    await mqtt.stop()
    with pytest.raises(CannotConnect):
        await searching


async def test_which_metrics_are_published(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """Only those that were asked for, of this car, that say something."""
    await store(publisher, "car/", {"xnl.v.b.hx": "55", "xnl.v.b.health": "", "v.b.soc": "50"})
    await store(publisher, "other/", {"xnl.v.e.hvac.auto": "no"})
    names = ["xnl.v.b.hx", "xnl.v.b.health", "xnl.v.e.hvac.auto"]
    started = time.monotonic()
    assert await published_metrics(settings(mqtt), prefix="car/", names=names, seconds=60) == {"xnl.v.b.hx"}
    assert time.monotonic() - started < PATIENCE
    assert await published_metrics(settings(mqtt), prefix="none/", names=names, seconds=SHORT) == set()


async def test_metrics_that_are_taken_back_while_one_listens(mqtt: EmbeddedBroker, publisher: Client) -> None:
    """An empty message says that there is none any more."""
    asking = asyncio.create_task(
        published_metrics(settings(mqtt), prefix="car/", names=["xnl.v.b.hx", "xnl.v.b.health"], seconds=SHORT)
    )
    while not asking.done():
        await store(publisher, "car/", {"xnl.v.b.hx": "", "xnl.v.b.health": "55"}, retain=False)
        await asyncio.sleep(0.02)
    assert await asking == {"xnl.v.b.health"}


@pytest.fixture
async def deaf(socket_enabled: None) -> AsyncGenerator[Broker]:
    """A broker that lets everybody in and nobody subscribe (a fixed list of topics in its access rules)."""
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        await _packet(reader)
        writer.write(b"\x20\x02\x00\x00")
        subscription = await _packet(reader)
        filters = sum(1 for _ in _filters(subscription[2:]))
        writer.write(bytes([0x90, 2 + filters]) + subscription[:2] + b"\x80" * filters)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        yield Broker(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        for writer in connections:
            writer.close()


async def _packet(reader: asyncio.StreamReader) -> bytes:
    await reader.readexactly(1)
    length = shift = 0
    while True:
        (byte,) = await reader.readexactly(1)
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return await reader.readexactly(length)


def _filters(payload: bytes) -> Iterable[bytes]:
    while payload:
        end = 2 + int.from_bytes(payload[:2])
        yield payload[2:end]
        payload = payload[end + 1 :]


async def test_who_may_not_search_is_told_nothing(deaf: Broker) -> None:
    """Rights for one's own topics only are no fault: the prefix can be typed."""
    assert await find_vehicles(deaf, prefix=None, seconds=PATIENCE) == []


async def test_who_may_not_read_the_prefix_is_refused(deaf: Broker) -> None:
    """Without the right to read, nothing would ever come."""
    with pytest.raises(ConnectionRefused):
        await find_vehicles(deaf, prefix="car/", seconds=PATIENCE)
