"""Events and notifications leave the module as each generation of the firmware sends them."""

import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule

from .conftest import Watcher, booted

OLD = [Firmware.V3_2_016, Firmware.V3_3_003]
NEW = [Firmware.V3_3_005, Firmware.V3_3_006]


# Events


@pytest.mark.parametrize("firmware", list(Firmware))
async def test_events(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware) -> None:
    """An event's name is a payload, and from 3.3.005 also a topic; some never leave the module."""
    async with booted(broker, watcher, firmware) as module:
        for name in ("vehicle.gear.forward", "ticker.60", "system.event", "system.wifi.scan.done", "clock.1200"):
            await module.emit_event(name)
        await watcher.hears("event", "vehicle.gear.forward")
        await watcher.settle()
        topics = {"event"} | ({"event/vehicle/gear/forward"} if firmware in NEW else set())
        payloads = [b"vehicle.gear.forward"] + ([] if firmware in NEW else [b"clock.1200"])
        assert watcher.topics() == topics
        assert watcher.payloads("event") == payloads


async def test_a_clock_strikes_every_minute(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Older releases tell the time as an event."""
    async with booted(broker, watcher, Firmware.V3_3_003) as module:
        await module.tick(61)
        await watcher.until(lambda: watcher.payloads("event"))
        assert all(payload.startswith(b"clock.") for payload in watcher.payloads("event"))


async def test_event_queue(module: OvmsModule, watcher: Watcher) -> None:
    """A hundred events wait for the link, and no more."""
    await module.lose_connection()
    await watcher.forget()
    for number in range(150):
        await module.emit_event(f"usr.{number}")
    await module.reconnect()
    await watcher.hears("event", "usr.90")
    await watcher.settle()
    assert len([payload for payload in watcher.payloads("event") if payload.startswith(b"usr.")]) < 100


async def test_changes_raise_events(module: OvmsModule, watcher: Watcher) -> None:
    """What the framework says when a metric changes."""
    await module.plug_in()
    await module.start_charging()
    await module.stop_charging()
    await module.unplug()
    await module.drive()
    await module.park()
    await module.sleep()
    await module.set("v.e.valet", value=True)
    await watcher.hears("event", "vehicle.valet.on")
    await watcher.hears("notify/info/valet/enabled", "Valet mode enabled")
    events = [payload.decode() for payload in watcher.payloads("event")]
    for name in (
        "vehicle.charge.prepare",
        "vehicle.charge.start",
        "vehicle.charge.state",
        "vehicle.charge.stop",
        "vehicle.charge.finish",
        "vehicle.on",
        "vehicle.off",
        "vehicle.asleep",
        "notify.info.valet.enabled",
    ):
        assert name in events


# Notifications


@pytest.mark.parametrize(
    ("firmware", "topic", "text"),
    [
        *((firmware, "notify/info/charge.done", "Done; at 80%\rSOC 80%") for firmware in OLD),
        *((firmware, "notify/info/charge/done", "Done, at 80%\nSOC 80%") for firmware in NEW),
    ],
)
async def test_notifications(
    broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware, topic: str, text: str
) -> None:
    """The subtype's dots and the text's commas are treated differently from 3.3.005 on."""
    async with booted(broker, watcher, firmware) as module:
        await module.notify("info", "charge.done", "Done, at 80%\nSOC 80%")
        await watcher.hears(topic, text)
        await watcher.hears("event", "notify.info.charge.done")


async def test_notifications_wait_for_their_second(module: OvmsModule, watcher: Watcher) -> None:
    """One of each type goes out a second; undelivered ones wait for the link."""
    await module.tick(1)
    await module.lose_connection()
    for number in range(3):
        await module.notify("alert", f"test.{number}", "text")
    await module.notify("error", "code", "NL,1,2")
    await module.reconnect()
    await watcher.hears("notify/alert/test/0", "text")
    await watcher.hears("notify/error/code", "NL,1,2")
    await watcher.settle()
    assert "notify/alert/test/1" not in watcher.topics()
    await module.tick(2)
    await watcher.hears("notify/alert/test/2", "text")


async def test_records(module: OvmsModule, watcher: Watcher) -> None:
    """Data goes out exactly once, with a number and an age, and only its first line."""
    await module.notify("data", "log.trip", "LOG-Trip,1,86400,12.3\nmore")
    await watcher.hears("notify/data/log/trip/1/0", "LOG-Trip,1,86400,12.3")
    await module.lose_connection()
    await module.notify("data", "log.grid", "LOG-Grid,1,86400,1")
    await module.tick(7)
    await module.reconnect()
    await watcher.hears("notify/data/log/grid/2/-7", "LOG-Grid,1,86400,1")


async def test_a_record_without_receipt_is_sent_again(module: OvmsModule, watcher: Watcher) -> None:
    """A record is kept until the broker has confirmed it, and the next one waits."""
    await module.lose_coverage()
    await module.notify("data", "log.trip", "first")
    await module.tick(1)
    await module.notify("data", "log.trip", "second")
    await module.lose_connection()
    await module.regain_coverage()
    await module.reconnect()
    await watcher.hears("notify/data/log/trip/1/-1", "first")
    await module.tick(1)
    await watcher.hears("notify/data/log/trip/2/-1", "second")


@pytest.mark.parametrize(("firmware", "longest"), [(Firmware.V3_3_005, 1024), (Firmware.V3_3_006, 65535)])
async def test_long_notifications(broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware, longest: int) -> None:
    """What is too long is never delivered."""
    async with booted(broker, watcher, firmware) as module:
        await module.notify("info", "long", "x" * (longest + 1))
        await module.tick(1)
        await module.notify("info", "fits", "x" * longest)
        await watcher.hears("notify/info/fits", "x" * longest)
        assert "notify/info/long" not in watcher.topics()


async def test_notifications_of_a_charge(module: OvmsModule, watcher: Watcher) -> None:
    """Three seconds after a change of state, with the text of `stat`."""
    await module.start_charging()
    await module.tick(3)
    await watcher.until(lambda: watcher.payloads("notify/info/charge/started"))
    assert watcher.payloads("notify/info/charge/started")[0].startswith(b"Standard - Charging\nSOC: ")
    await module.stop_charging()
    await module.tick(3)
    await watcher.until(lambda: watcher.payloads("notify/alert/charge/stopped"))
    await module.start_charging()
    module.run("charge stop")
    await module.tick(3)
    await watcher.until(lambda: watcher.payloads("notify/info/charge/stopped"))
    assert len(watcher.payloads("notify/info/charge/started")) == 1
