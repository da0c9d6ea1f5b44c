"""A link feeds a vehicle with what its module publishes, and tells the module when somebody looks."""

import asyncio

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.broker import Broker, Protocol
from custom_components.open_ev.clients.ovms.mqtt import Mode
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from simulators.broker import EmbeddedBroker, Mosquitto
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_module.relay import Relay
from tests.clients.waiting import eventually

from .conftest import QUIET, Running, Spy, running, transmitted

pytestmark = pytest.mark.usefixtures("nothing_is_left")


# Feeding the vehicle


async def test_stored_and_live(mqtt: EmbeddedBroker, module: OvmsModule) -> None:
    """What the broker kept comes without a time, what the module says with one."""
    async with running(mqtt) as client:
        assert client.changes == []
        await client.online()
        assert client.changes == [None]
        soc, clock = client.vehicle.reading("v.b.soc"), module.now.replace(microsecond=0)
        assert soc is not None
        assert (soc.value, soc.at) == (module["v.b.soc"], None)
        assert client.vehicle.read_at("v.b.soc") == client.vehicle.last_heard == clock
        assert client.vehicle.type.code == "NL"
        assert not client.vehicle.heard_within(60)
        await module.set("v.b.soc", 56.0)
        await eventually(lambda: client.vehicle.number("v.b.soc") == 56.0)
        soc = client.vehicle.reading("v.b.soc")
        assert soc is not None
        assert soc.at is not None
        assert client.vehicle.heard_within(60)
        assert client.vehicle.link_connected
    assert not client.link.connected
    assert not client.vehicle.link_connected


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", [Protocol.V311, Protocol.V5])
async def test_both_protocols(mosquitto: Mosquitto, protocol: Protocol) -> None:
    """A car is followed and commanded in each, the client's will is left in each, and no session is."""
    async with (
        OvmsModule(mosquitto.host, mosquitto.port, speed=0) as module,
        Spy(mosquitto.host, mosquitto.port) as spy,
        Relay(mosquitto.host, mosquitto.port) as relay,
    ):
        await eventually(lambda: spy.payloads("metric/v/vin"))
        through = Broker(host="127.0.0.1", port=relay.local_port, protocol=protocol)
        async with running(through, mode=Mode.LIVE) as client:
            await client.online()
            assert client.vehicle.read_at("v.vin") == module.now.replace(microsecond=0)
            assert await client.vehicle.send(commands.lock("1234")) == "Vehicle locked"
            await eventually(spy.presence)
            relay.cut()
            await eventually(lambda: spy.presence()[:3] == [b"1", b"0", b"1"])
            await client.connected()
            assert await client.vehicle.send(commands.unlock("1234")) == "Vehicle unlocked"
        assert [line for line in module.executed if "lock" in line] == ["lock 1234", "unlock 1234"]


@pytest.mark.parametrize("firmware", Firmware)
async def test_every_metric_of_every_firmware_is_readable(mqtt: EmbeddedBroker, firmware: Firmware) -> None:
    """In all its encodings, and none is unknown; a zero may wait for a second one, and what is empty is not sent."""
    async with OvmsModule(mqtt.host, mqtt.port, firmware=firmware, speed=0) as module:
        await transmitted(mqtt)
        names = {metric.definition.name for metric in module.metrics}
        car = Vehicle(type_code="NL", extra_metrics=names)
        async with running(mqtt, vehicle=car) as client:
            await client.online()
            expected = {name for name in names if module[name] not in {None, 0, "", frozenset()}}
            await eventually(lambda: car.readings.keys() >= expected)
            assert (car.unreadable, car.unknown_metrics) == (0, 0)


async def test_a_module_that_comes_and_goes(mqtt: EmbeddedBroker) -> None:
    """Its word and its will are followed, and each change is told."""
    told: list[bool | None] = []
    async with running(mqtt) as client:
        client.vehicle.subscribe([Aspect.CONNECTION], lambda: told.append(client.vehicle.online))
        await client.connected()
        assert client.vehicle.online is None
        module = OvmsModule(mqtt.host, mqtt.port, speed=0)
        await module.boot()
        await eventually(lambda: client.vehicle.online)
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
        await module.boot()
        await eventually(lambda: client.vehicle.online)
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
    assert [online for online in told if online is not None] == [True, False, True, False, False]


async def test_a_stored_will_is_known_at_once(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """A module that was away before; what it says later counts more, also before its yes."""
    await spy.store({"s.v3.connected": "no", "v.b.soc": "80"})
    async with running(mqtt) as client:
        await eventually(lambda: client.vehicle.online is False)
        assert client.vehicle.last_heard is None
        await spy.publish("metric/v/b/soc", "81", retain=True)
        await eventually(lambda: client.vehicle.online)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("time", "online"), [("2026-05-31 11:59:00", None), ("2026-05-31 12:01:00", True)])
async def test_a_stored_yes_of_a_module_that_is_long_gone(
    mqtt: EmbeddedBroker, spy: Spy, vehicle: Vehicle, time: str, online: bool | None, order: int
) -> None:
    """A broker that broke down published nobody's will, and says yes until the module comes back. It is noon, 1 June."""
    stored = {"s.v3.connected": "yes", "m.time.utc": f"{time} UTC", "v.b.soc": "80"}
    for name in list(stored)[::order]:
        await spy.store({name: stored[name]})
    async with running(mqtt, vehicle=vehicle) as client:
        await eventually(lambda: {"m.time.utc", "s.v3.connected", "v.b.soc"} <= vehicle.readings.keys())
        assert vehicle.online is online
        await spy.publish("metric/v/b/soc", "81", retain=True)
        await eventually(lambda: vehicle.online)
        assert client.link.connected


async def test_a_broker_that_lost_its_memory(mqtt: EmbeddedBroker, module: OvmsModule) -> None:
    """Who was there before it broke down may be so no more."""
    async with running(mqtt) as client:
        await client.online()
        await module.lose_coverage()
        await mqtt.stop()
        await client.disconnected()
        await mqtt.start()
        await client.connected()
        await asyncio.sleep(QUIET)
        assert client.vehicle.online is None
        await module.regain_coverage()


@pytest.mark.parametrize("payload", [b"", b"maybe", b"\xff\xfe", b"x" * 100_000, b"1", b"YES"])
async def test_an_unreadable_word_about_the_connection(car: Running, spy: Spy, payload: bytes) -> None:
    """Changes nothing; an empty one is somebody who deleted the word, after which nothing is known."""
    await spy.publish("metric/s/v3/connected", payload)
    if payload:
        await eventually(lambda: car.vehicle.unreadable == 1)
        assert car.vehicle.online is True
    else:
        await eventually(lambda: car.vehicle.online is None)


@pytest.mark.parametrize("prefix", ["ovms/a/car/", "ovms/a/car", "car", "ovms//car/", "Ünï/ço dé/"])
async def test_any_prefix(mqtt: EmbeddedBroker, prefix: str) -> None:
    """It is used as it is, with or without a slash at its end."""
    async with (
        OvmsModule(mqtt.host, mqtt.port, prefix=prefix, speed=0) as module,
        running(mqtt, prefix=prefix) as client,
    ):
        await client.online()
        assert await client.vehicle.send(commands.lock("1234")) == "Vehicle locked"
        assert await client.vehicle.read_config("vehicle", "id") == "DEMO1"
        assert module.executed[-1] == "lock 1234"


async def test_similar_prefixes_never_mix(mqtt: EmbeddedBroker) -> None:
    """Two cars on one broker, one prefix the beginning of the other, with the same client's name."""
    first, second = "ovms/a/car", "ovms/a/car2"
    async with (
        OvmsModule(mqtt.host, mqtt.port, prefix=first, vehicle_id="one", metrics={"v.b.soc": 11.0}, speed=0) as one,
        OvmsModule(mqtt.host, mqtt.port, prefix=second, vehicle_id="two", metrics={"v.b.soc": 22.0}, speed=0) as two,
        OvmsModule(
            mqtt.host, mqtt.port, prefix=first + "/", vehicle_id="3", metrics={"v.b.soc": 33.0}, speed=0
        ) as three,
        running(mqtt, prefix=first, client_id="a") as car,
        running(mqtt, prefix=second, client_id="b") as car2,
        running(mqtt, prefix=first + "/", client_id="c") as car3,
    ):
        clients, socs, pins = (car, car2, car3), [11.0, 22.0, 33.0], ["1", "2", "3"]
        for client in clients:
            await client.online()
        await asyncio.gather(
            *(client.vehicle.send(commands.lock(pin)) for client, pin in zip(clients, pins, strict=True))
        )
        for module, pin in zip((one, two, three), pins, strict=True):
            assert [line for line in module.executed if "lock" in line] == [f"lock {pin}"]
        assert [client.vehicle.number("v.b.soc") for client in clients] == socs
