"""What the module sends when, and what it makes of what it is sent."""

import asyncio

import aiomqtt
import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, Knobs, MetricValue, OvmsModule

from .conftest import PREFIX, QUIET, Watcher, booted

SOC = "metric/v/b/soc"
ACTIVE = "client/watcher/active"


# Intervals


@pytest.mark.parametrize(
    ("firmware", "idle", "connected", "on", "charging", "awake", "on_and_connected"),
    [
        (Firmware.V3_2_016, 600, 60, 600, 600, 600, 60),
        (Firmware.V3_3_003, 600, 60, 600, 600, 600, 60),
        (Firmware.V3_3_005, 600, 60, 600, 600, 600, 60),
        (Firmware.V3_3_006, 600, 10, 5, 10, 60, 5),
    ],
)
async def test_intervals(
    firmware: Firmware, idle: int, connected: int, on: int, charging: int, awake: int, on_and_connected: int
) -> None:
    """The interval depends on the car's state and on who listens, by rules that changed twice."""
    module = OvmsModule(firmware=firmware, speed=0)
    transmission = module.server.transmission

    async def interval(peers: int = 0, **states: bool) -> float:
        for name in ("v.e.on", "v.c.charging", "v.e.awake"):
            await module.set(name, states.get(name.rpartition(".")[2], False), publish=False)
        return transmission.interval(peers)

    assert await interval() == idle
    assert await interval(1) == connected
    assert await interval(on=True) == on
    assert await interval(charging=True) == charging
    assert await interval(awake=True) == awake
    assert await interval(1, on=True, awake=True) == on_and_connected
    module.config["server.v3", "updatetime.connected"] = "30"
    module.config["server.v3", "updatetime.awake"] = "7"
    shortest = firmware is Firmware.V3_3_005
    assert await interval(1, awake=True) == (7 if shortest else 30)


async def test_modified_metrics_wait_for_the_interval(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Only what changed is sent, and only when the interval is over."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        await module.set("v.b.soc", 60.0, publish=False)
        await module.tick(599)
        await watcher.settle()
        assert watcher.messages == []
        await module.tick(1)
        await watcher.hears(SOC, "60")
        await watcher.settle()
        assert watcher.topics() == {
            f"metric/{name}" for name in ("v/b/soc", "m/monotonic", "m/time/utc", "v/e/parktime", "v/p/gpstime")
        }


async def test_everything_is_sent_every_twenty_minutes(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """From 3.3.006, in portions of 100 metrics a second."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        await module.tick(1199)
        await watcher.forget()
        await module.tick(1)
        await watcher.hears("metric/m/freeram", "3275588")
        await watcher.settle()
        assert len(watcher.messages) < 110
        await module.tick(1)
        await watcher.hears("metric/v/vin", "SJNFAAZE1U0123456")
    async with booted(broker, watcher, Firmware.V3_3_005) as module:
        await module.tick(1300)
        await watcher.settle()
        assert "metric/v/vin" not in watcher.topics()


async def test_state_changes_are_sent_at_once(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """From 3.3.006 locked, on and charging do not wait; climate does."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        assert await watcher.command("unlock 1234") == "Vehicle unlocked\n"
        await watcher.hears("metric/v/e/locked", "no")
        await module.wake()
        await watcher.forget()
        await watcher.command("climatecontrol on")
        await watcher.settle()
        assert watcher.payloads("metric/v/e/hvac") == []
        await module.tick(600)
        await watcher.hears("metric/v/e/hvac", "yes")
        await module.start_charging()
        await watcher.hears("metric/v/c/charging", "yes")
        await module.drive()
        await watcher.hears("metric/v/e/on", "yes")


@pytest.mark.parametrize("firmware", [Firmware.V3_2_016, Firmware.V3_3_003, Firmware.V3_3_005])
async def test_older_releases_send_no_state_change_at_once(
    broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware
) -> None:
    """The event goes out, and the metric with the interval or when the number of clients becomes another."""
    async with booted(broker, watcher, firmware) as module:
        assert await watcher.command("unlock 1234") == "Vehicle unlocked\n"
        await watcher.hears("event", "vehicle.unlocked")
        await module.start_charging()
        await watcher.hears("event", "vehicle.charge.start")
        await module.tick(590)
        await watcher.settle()
        assert watcher.payloads("metric/v/e/locked") == watcher.payloads("metric/v/c/charging") == []
        await module.tick(10)
        await watcher.hears("metric/v/e/locked", "no")
        await watcher.hears("metric/v/c/charging", "yes")
        await watcher.command("lock 1234")
        await watcher.publish(ACTIVE, "1")
        await watcher.hears("metric/v/e/locked", "yes")


@pytest.mark.parametrize("firmware", list(Firmware))
async def test_cleared_metrics(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware) -> None:
    """Up to 3.3.005 the broker's value is deleted, from 3.3.006 it stays."""
    async with booted(broker, watcher, firmware) as module:
        await module.clear("v.p.location")
        await watcher.settle()
        cleared = firmware is not Firmware.V3_3_006
        assert watcher.payloads("metric/v/p/location") == ([b""] if cleared else [])
        assert (f"{PREFIX}metric/v/p/location" in broker.retained) is not cleared


@pytest.mark.parametrize("firmware", list(Firmware))
async def test_empty_texts(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware) -> None:
    """A full transmission of an older release skips a text that is empty."""
    async with booted(broker, watcher, firmware) as module:
        await module.set("v.c.substate", "", publish=False)
        await module.send_all()
        await watcher.hears(SOC, "62.5")
        await watcher.settle()
        assert watcher.payloads("metric/v/c/substate") == ([b""] if firmware is Firmware.V3_3_006 else [])


async def test_first_zero_is_not_a_change(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """A metric that is first set to its initial value shows only in a full transmission."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        await module.set("v.g.kwh.grid", 0.0, publish=False)
        await module.send_modified()
        await watcher.settle()
        assert watcher.payloads("metric/v/g/kwh/grid") == []
        await module.send_all()
        await watcher.hears("metric/v/g/kwh/grid", "0")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("all", "metric/v/vin"), ("modified", "metric/v/b/soh"), ("priority", "metric/v/p/altitude")],
)
async def test_update_on_request(broker: EmbeddedBroker, watcher: Watcher, kind: str, expected: str) -> None:
    """A transmission that was asked for goes out with the next second."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        await module.set("v.b.soh", 80.0, publish=False)
        await module.set("v.p.altitude", 100.0, publish=False)
        await watcher.command(f"server v3 update {kind}")
        await watcher.forget()
        await module.tick(2)
        await watcher.until(lambda: watcher.payloads(expected))
        await watcher.settle()
        assert ("metric/v/vin" in watcher.topics()) == (kind == "all")
        assert ("metric/v/b/soh" in watcher.topics()) == (kind != "priority")


# Clients


@pytest.mark.parametrize("firmware", list(Firmware))
async def test_presence(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware) -> None:
    """A client counts for two minutes after it said so, or until it takes it back."""
    async with booted(broker, watcher, firmware) as module:
        await module.tick(40)
        await watcher.publish(ACTIVE, "1")
        await watcher.hears("event", "app.connected")
        await watcher.hears("metric/s/v3/peers", "1")
        await watcher.publish("client/other/active", "yes")
        await watcher.hears("metric/s/v3/peers", "2")
        await watcher.publish("client/other/active", "0")
        await watcher.hears("event", "app.disconnected")
        await module.tick(1)
        assert ("metric/v/vin" in watcher.topics()) == (firmware is Firmware.V3_3_006)
        await module.tick(100)
        await watcher.publish(ACTIVE, "1")
        await watcher.settle()
        await module.tick(110)
        assert module["s.v3.peers"] == 1
        await module.tick(70)
        assert module["s.v3.peers"] == 0
        await watcher.publish(ACTIVE, "1")
        await watcher.until(lambda: module["s.v3.peers"] == 1)
        await watcher.publish(ACTIVE, "")
        await watcher.until(lambda: module["s.v3.peers"] == 0)


async def test_presence_soon_after_a_full_transmission(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Within 30 seconds of everything a new client is sent what changed."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        await module.tick(25)
        await module.set("v.b.soc", 61.0, publish=False)
        await watcher.publish(ACTIVE, "1")
        await watcher.hears(SOC, "61")
        await watcher.settle()
        assert "metric/v/vin" not in watcher.topics()


# Commands and requests


async def test_slow_and_lost_and_doubled_replies(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Commands run one after the other, and nothing else is sent meanwhile."""
    knobs = Knobs(reply_delay=5, reply_copies=2)
    async with booted(broker, watcher, Firmware.V3_3_006, knobs) as module:
        await watcher.publish("client/a/command/1", "unlock 1234")
        await watcher.publish("client/b/command/2", "lock 1234")
        await watcher.until(lambda: module.received)
        await watcher.forget()
        await module.tick(4)
        await watcher.settle()
        assert watcher.messages == []
        assert module.received == ["unlock 1234"]
        await module.tick(1)
        await watcher.until(lambda: len(watcher.payloads("client/a/response/1")) == 2)
        await watcher.hears("metric/v/e/locked", "no")
        await watcher.until(lambda: len(module.received) == 2)
        await module.tick(5)
        await watcher.hears("client/b/response/2", "Vehicle locked\n")
        module.knobs.lose_replies = True
        await watcher.publish("client/c/command/3", "unlock 1234")
        await watcher.until(lambda: len(module.received) == 3)
        await module.tick(5)
        await watcher.settle()
        assert watcher.payloads("client/c/response/3") == []
        assert module.executed == ["unlock 1234", "lock 1234", "unlock 1234"]


async def test_a_button_that_blocks(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Homelink 2 of a Zoe keeps the module busy for a while."""
    async with OvmsModule(broker.host, broker.port, vehicle_type="RZ2", speed=0) as module:
        await watcher.publish("client/a/command/1", "homelink 2")
        await watcher.until(lambda: module.received)
        await module.tick(19)
        await watcher.settle()
        assert watcher.payloads("client/a/response/1") == []
        await module.tick(1)
        await watcher.hears("client/a/response/1", "Homelink #2 activated\n")


async def test_odd_topics_are_ignored(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Commands have exactly four levels."""
    async with booted(broker, watcher, Firmware.V3_3_006) as module:
        for topic in ("client/a/command", "client/a/command/1/2", "client/command/1", "client/a/request/x"):
            await watcher.publish(topic, "unlock 1234")
        await watcher.command("wakeup")
        assert module.received == ["wakeup"]


async def test_requests(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """From 3.3.006 metrics can be asked for by name or with a star at one end."""
    async with booted(broker, watcher, Firmware.V3_3_006):
        await watcher.publish("client/a/request/metric", "v.b.soc, v.t.*,*.latitude,v.*.vin,v.g.timestamp")
        await watcher.hears("metric/v/t/pressure", "248.2,251.6,244.8,246.2")
        await watcher.hears("metric/v/p/latitude", "52.516273")
        await watcher.settle()
        assert watcher.topics() >= {SOC, "metric/v/t/pressure", "metric/v/p/latitude"}
        assert not watcher.topics() & {"metric/v/vin", "metric/v/g/timestamp"}
        await watcher.publish("client/a/request/metric", "*")
        await watcher.hears("metric/v/vin", "SJNFAAZE1U0123456")


async def test_requests_for_configuration(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """The hazard: passwords are handed out in clear."""
    async with booted(broker, watcher, Firmware.V3_3_006):
        await watcher.publish("client/a/request/config", "password/pin")
        await watcher.hears("client/a/config/password/pin", "1234")
        await watcher.publish("client/a/request/config", "vehicle/climate.precondition")
        await watcher.hears("client/a/config/vehicle/climate/precondition", "")


@pytest.mark.parametrize("firmware", [Firmware.V3_2_016, Firmware.V3_3_003, Firmware.V3_3_005])
async def test_older_releases_know_no_requests(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware) -> None:
    """They do not even subscribe."""
    async with booted(broker, watcher, firmware):
        await watcher.publish("client/a/request/metric", "*")
        await watcher.publish("client/a/request/config", "password/pin")
        await watcher.settle()
        assert watcher.topics() == {"client/a/request/metric", "client/a/request/config"}


# What a test says in the module's name


async def test_raw_payloads(module: OvmsModule, watcher: Watcher) -> None:
    """Anything can be put on a metric's topic, and on any other."""
    for payload in (b"\x00\xff\xfe", b"<html></html>", b"x" * 2**20, b""):
        await module.publish_raw("v.b.soc", payload)
        await watcher.hears(SOC, payload)
    await module.publish_topic("odd/topic", b"1", qos=1)
    await watcher.hears("odd/topic", b"1")


async def test_new_metrics(module: OvmsModule, watcher: Watcher) -> None:
    """A metric that the module does not have is added."""
    for name, value, text in (
        ("x.bool", True, "yes"),
        ("x.int", 3, "3"),
        ("x.float", 0.5, "0.5"),
        ("x.text", "a,b", "a,b"),
    ):
        await module.set(name, value)
        await watcher.hears(f"metric/{name.replace('.', '/')}", text)
    with pytest.raises(TypeError):
        await module.set("v.b.soc", "much")


async def test_first_values(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """A test can start with other values, also for metrics of its own."""
    first: dict[str, MetricValue] = {"v.b.soc": 12.5, "x.own": "here"}
    async with OvmsModule(broker.host, broker.port, metrics=first, speed=0):
        await watcher.hears(SOC, "12.5")
        await watcher.hears("metric/x/own", "here")


async def test_two_modules(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Cars on one broker do not hear each other's commands."""
    async with (
        OvmsModule(broker.host, broker.port, speed=0) as one,
        OvmsModule(broker.host, broker.port, prefix="ovms/demo/TWO/", vehicle_id="TWO", speed=0) as two,
        aiomqtt.Client(broker.host, broker.port) as client,
    ):
        await client.publish("ovms/demo/TWO/client/a/command/1", "unlock 1234")
        await watcher.hears("ovms/demo/TWO/client/a/response/1", "Vehicle unlocked\n")
        await asyncio.sleep(QUIET)
        assert (one.received, two.received) == ([], ["unlock 1234"])
