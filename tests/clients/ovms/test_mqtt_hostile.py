"""Anybody may publish anything below a prefix; nothing of it is believed, kept, or shown."""

import asyncio
import gc
import sys

import pytest

from custom_components.open_ev.clients.ovms.mqtt import MAX_PAYLOAD
from custom_components.open_ev.clients.ovms.notifications import Notification
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule
from tests.clients.waiting import eventually

from .conftest import QUIET, Running, Spy, running

HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
ODD = 250
"""Topics of each odd kind, three times over: thousands."""

pytestmark = pytest.mark.usefixtures("nothing_is_left")


class News:
    """What a vehicle told of its own accord."""

    def __init__(self, client: Running) -> None:
        self.events: list[str] = []
        self.notifications: list[Notification] = []
        client.vehicle.subscribe_events(self.events.append)
        client.vehicle.subscribe_notifications(self.notifications.append)


# Payloads


@pytest.mark.parametrize(
    "payload",
    [b"x" * 1_000_000, b"1" * (MAX_PAYLOAD + 1), b"\xff\xfe\x00", HTML, b"nan", b"inf", b"80\x00", "８０".encode()],
    ids=["megabyte", "digits", "binary", "html", "nan", "inf", "nul", "wide"],
)
@pytest.mark.parametrize("metric", ["v.b.soc", "v.e.locked", "m.time.utc", "v.t.pressure"])
async def test_unreadable_payloads(car: Running, module: OvmsModule, payload: bytes, metric: str) -> None:
    """They are counted, and the last good value stays."""
    known = car.vehicle.reading(metric)
    await module.publish_raw(metric, payload)
    await eventually(lambda: car.vehicle.unreadable == 1)
    assert car.vehicle.reading(metric) == known
    await module.send_all()
    await eventually(lambda: car.vehicle.heard_within(60))
    assert car.vehicle.value(metric) == (known and known.value)
    assert car.link.connected


# Topics


async def test_thousands_of_odd_topics(car: Running, spy: Spy) -> None:
    """They cost a count each, and no memory; the car goes on."""
    await odd_topics(car, spy, "first")
    before, unknown = known_size(car), car.vehicle.unknown_metrics
    await odd_topics(car, spy, "second")
    await odd_topics(car, spy, "third")
    assert known_size(car) == before
    await spy.publish("metric/v/b/soc", "12")
    await eventually(lambda: car.vehicle.number("v.b.soc") == 12.0)
    assert car.vehicle.unknown_metrics == unknown + 2 * ODD
    assert not car.link.has_stored_commands


async def odd_topics(car: Running, spy: Spy, word: str) -> None:
    """Publish what no module does, and wait until it has passed."""
    unreadable = car.vehicle.unreadable
    for number in range(ODD):
        await spy.publish(f"metric/{word}/{number}", HTML)
        await spy.publish(f"client/{word}/command/{number}", "unlock 1")
        await spy.publish(f"client/tests/response/{word}{number}", "Vehicle locked")
        await spy.publish(f"client/tests/config/{word}/{number}", "secret")
    await spy.publish("metric/v/b/soc", word)
    await eventually(lambda: car.vehicle.unreadable > unreadable)


def known_size(car: Running) -> int:
    """How many objects the vehicle and its link hold."""
    gc.collect()
    seen: set[int] = set()
    todo: list[object] = [car.vehicle, car.link]
    while todo:
        held = todo.pop()
        if id(held) in seen or isinstance(held, type | type(sys)):
            continue
        seen.add(id(held))
        if type(held).__module__.startswith("custom_components") or isinstance(held, dict | set | list | tuple):
            todo += gc.get_referents(held)
    return len(seen)


@pytest.mark.parametrize(
    "topic",
    [
        "metric",
        "metric/",
        "notify",
        "notify/",
        "notify/alert",
        "event/",
        "client",
        "client/",
        "client/tests",
        "client/tests/",
        "client/tests/response/",
        "metric/v/b/soc/",
        "metric//v/b/soc",
        "metric/V/B/SOC",
    ],
)
async def test_short_topics(car: Running, spy: Spy, topic: str) -> None:
    """Half a topic is no whole one."""
    news = News(car)
    known = car.vehicle.reading("v.b.soc")
    await spy.publish(topic, "1")
    await spy.publish("metric/v/p/speed", "12")
    await eventually(lambda: car.vehicle.number("v.p.speed") == 12.0)
    assert car.vehicle.reading("v.b.soc") == known
    assert (news.events, news.notifications) == ([], [])


async def test_leftovers_are_no_news(mqtt: EmbeddedBroker, spy: Spy, module: OvmsModule) -> None:
    """A module stores nothing but metrics, so what else is stored was left by somebody else."""
    for topic, payload in {
        "event": "vehicle.alarm.on",
        "event/vehicle/alarm/on": "",
        "notify/alert/alarm/sounding": "Alarm!",
        "client/tests/response/1": "Vehicle unlocked",
        "client/tests/config/password/pin": "1234",
    }.items():
        await spy.publish(topic, payload or "1", qos=1, retain=True)
    async with running(mqtt) as client:
        news = News(client)
        await client.online()
        await asyncio.sleep(QUIET)
        assert (news.events, news.notifications) == ([], [])
        assert not client.vehicle.heard_within(60)


# News


@pytest.mark.parametrize("firmware", Firmware)
async def test_events_come_once(mqtt: EmbeddedBroker, firmware: Firmware) -> None:
    """Newer firmware sends each on two topics, older on one; the same event twice is two events."""
    async with OvmsModule(mqtt.host, mqtt.port, firmware=firmware, speed=0) as module, running(mqtt) as client:
        await client.online()
        await asyncio.sleep(QUIET)
        news = News(client)
        expected = ["vehicle.locked", "vehicle.locked", "vehicle.unlocked", "location.enter.Home", "vehicle.locked"]
        for name in expected:
            await module.emit_event(name)
        await eventually(lambda: len(news.events) >= len(expected))
        await asyncio.sleep(QUIET)
        assert news.events == expected


async def test_events_on_the_new_topic_only(car: Running, spy: Spy) -> None:
    """As with legacy topics switched off in the module."""
    news = News(car)
    for name in ("vehicle/locked", "vehicle/locked", "vehicle/unlocked"):
        await spy.publish(f"event/{name}", b"")
    await spy.publish("event", b"\xff\xff\n")
    await spy.publish("event", b"x" * 1_000_000)
    await spy.publish("event", b"vehicle.on")
    await eventually(lambda: len(news.events) == 4)
    assert news.events == ["vehicle.locked", "vehicle.locked", "vehicle.unlocked", "vehicle.on"]


@pytest.mark.parametrize("firmware", Firmware)
async def test_notifications_of_every_firmware(mqtt: EmbeddedBroker, firmware: Firmware) -> None:
    """They read the same, but for the commas that older firmware replaces; records for machines are left out."""
    async with OvmsModule(mqtt.host, mqtt.port, firmware=firmware, speed=0) as module, running(mqtt) as client:
        await client.online()
        news = News(client)
        await module.notify("alert", "charge.stopped", "Not charging\nSOC: 80%")
        await module.notify("info", "Charge control", "a, b")
        await module.notify("error", "MG.1", "MG,1,2")
        await module.notify("data", "log.trip", "*-LOG-Trip,1,86400,1,2,3")
        await eventually(lambda: len(news.notifications) == 3)
        await asyncio.sleep(QUIET)
        said = [(note.kind, note.subtype, note.text.replace(";", ",")) for note in news.notifications]
        assert sorted(said) == [
            ("alert", "charge.stopped", "Not charging\nSOC: 80%"),
            ("error", "MG.1", "MG,1,2"),
            ("info", "Charge control", "a, b"),
        ]


async def test_odd_notifications(car: Running, spy: Spy) -> None:
    """A message in another encoding is shown as far as it can be read, and a report is cut."""
    news = News(car)
    await spy.publish("notify/info/modem/received/sms", b"Gr\xfc\xdfe")
    await spy.publish("notify/alert/a", b"x" * 1_000_000)
    await spy.publish("notify/stream/a", b"x")
    await eventually(lambda: len(news.notifications) == 2)
    assert [len(note.text) for note in news.notifications] == [5, 1000]


async def test_who_does_not_listen_any_more(car: Running, module: OvmsModule) -> None:
    """Is told nothing, also when another one stops listening meanwhile."""
    told: list[str] = []

    def once(name: str) -> None:
        told.append(name)
        forget()

    forget = car.vehicle.subscribe_events(once)
    car.vehicle.subscribe_events(lambda name: told.append(f"second {name}"))
    forget_notifications = car.vehicle.subscribe_notifications(lambda note: told.append(note.text))
    forget_notifications()
    forget_notifications()
    await module.emit_event("vehicle.on")
    await module.emit_event("vehicle.off")
    await module.notify("info", "a", "text")
    await eventually(lambda: len(told) >= 3 and told[-1] == "second notify.info.a")
    assert told[:3] == ["vehicle.on", "second vehicle.on", "second vehicle.off"]
