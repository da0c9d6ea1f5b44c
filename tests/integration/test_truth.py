"""What must not happen to a user here: wrong states made from what cannot be read, half places, wrong units, floods.

Beside these: links and sleeping cars in `test_link`, a broker that is down and cars that mix in `test_setup`, refusals in
`test_controls`, doors without a PIN in `test_lock`.
"""

import asyncio
from contextlib import AsyncExitStack
import itertools
import json
from pathlib import Path
import sys
import time

import aiomqtt
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest

from simulators.broker import EmbeddedBroker

from .garage import Car, becomes, eventually, parked, remember, vehicle_entry

ROOT = Path(__file__).parents[2]

# What no firmware prints for a number, a yes-or-no or a date.
UNREADABLE = (
    b"\xff\xfe\x00",
    b"\x00",
    b"<html><body>502 Bad Gateway</body></html>",
    b"null",
    b"unavailable",
    b"NaN%",
    b"1_000",
    b"0x10",
    "１２".encode(),
    b"\xe2\x80\xae55",
    b"[1, 2]",
    b"x" * 70_000,
)


# What cannot be read


async def test_an_unreadable_payload_keeps_the_last_good_value_and_is_counted(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A hiccup of a sensor must not cut a hole into a history or trigger an automation."""
    async with parked(hass, broker) as car:
        states = remember(hass, car.entity_id("state_of_charge", "sensor"))
        for payload in (*UNREADABLE, b"nan", b"inf", b"-inf", b"yes", b"12,5", b"12.5 %"):
            await car.module.publish_raw("v.b.soc", payload)
        await car.settled()
        assert states == []
        assert car.state("state_of_charge", "sensor") == "62.5"
        assert car.vehicle.unreadable == len(UNREADABLE) + 6


async def test_unreadable_doors_are_never_shown_unlocked(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Neither when they were locked, nor when nothing was known of them."""
    payloads = (*UNREADABLE, b"0", b"1", b"false", b"no ", b"NO", b"unlocked", b"off", b"no\n")
    async with parked(hass, broker, boot=False, set_up=False) as car:
        await car.module.clear("v.e.locked", publish=False)
        await car.module.boot()
        await car.set_up()
        states = remember(hass, car.entity_id("doors", "lock"))
        for payload in payloads:
            await car.module.publish_raw("v.e.locked", payload)
        await car.settled()
        assert car.state("doors", "lock") == "unknown"

        await car.module.set("v.e.locked", value=True)
        await car.shows("doors", "lock", "locked")
        for payload in payloads:
            await car.module.publish_raw("v.e.locked", payload)
        await car.settled()
        assert [state.state for state in states] == ["locked"]


@pytest.mark.usefixtures("everything_enabled")
async def test_an_unreadable_time_is_never_now(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is the last that could be read, or none."""
    async with parked(hass, broker) as car:
        clock = car.state("module_clock", "sensor")
        states = remember(hass, car.entity_id("module_clock", "sensor"))
        for payload in (*UNREADABLE, b"now", b"12:00", b"2026-13-01 00:00:00 UTC", b"2026-11-20T12:00:00Z", b"1e18"):
            await car.module.publish_raw("m.time.utc", payload)
        await car.settled()
        assert [state.state for state in states] == []
        assert car.state("module_clock", "sensor") == clock

        # The name of a time zone that could be anywhere.
        await car.module.publish_raw("v.p.gpstime", b"2026-11-20 14:00:00 XYZ")
        await car.settled()
        assert car.state("gps_time", "sensor") == "2026-11-20T12:00:00+00:00"


async def test_a_type_that_is_none_does_not_load_the_entry_again(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What lands on that topic decides about controls."""
    async with parked(hass, broker) as car:
        runtime = car.entry.runtime_data
        for payload in (*UNREADABLE[:-1], b"RT\n", b"../NL", b"a b", b"x" * 100):
            await car.module.publish_raw("v.type", payload)
        await car.settled()
        await hass.async_block_till_done()
        assert car.entry.runtime_data is runtime
        assert car.entry.data["vehicle_type"] == "VWEG"


async def test_a_zero_is_not_believed_until_it_is_read_twice(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Modules publish 0 % before they have read the car, and drop to it when the car falls asleep in mid-answer."""
    async with parked(hass, broker) as car:
        states = remember(hass, car.entity_id("state_of_charge", "sensor"))
        await car.module.publish_raw("v.b.soc", b"0")
        await car.module.publish_raw("v.b.soc", b"62")
        await car.shows("state_of_charge", "sensor", "62.0")
        assert [state.state for state in states] == ["62.0"]
        await car.module.publish_raw("v.b.soc", b"0")
        await car.module.publish_raw("v.b.soc", b"0")
        await car.shows("state_of_charge", "sensor", "0.0")


# Floods


async def test_thousands_of_odd_topics_make_no_entity(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A module can publish anything, and others may publish below its prefix."""
    odd = (
        "metric",
        "metric/",
        "metric//",
        "metric/v",
        "metric/v/b/soc/more",
        "metric/V/B/SOC",
        "metric/ключ/ü",
        "metric/" + "x/" * 200,
        "notify",
        "notify/info",
        "notify/nothing/x",
        "notify/alert/" + "x" * 5000,
        "event/",
        "event/" + "y/" * 500,
        "client",
        "client/somebody/response/1",
        "client/somebody/active",
        "client/open_ev/response/1",
    )
    async with parked(hass, broker) as car:
        registry = er.async_get(hass)
        before = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id)}
        states_before = {state.entity_id: state.state for state in hass.states.async_all() if state.domain != "event"}
        async with aiomqtt.Client(broker.host, broker.port) as stranger:
            for topic in itertools.chain(odd, (f"metric/xvu/odd/{number}" for number in range(2000))):
                await stranger.publish(f"{car.module.prefix}{topic}", "1")
            await eventually(lambda: car.vehicle.unknown_metrics >= 2000, "they were all taken")
        await car.settled()
        assert {entry.entity_id for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id)} == before
        assert {
            state.entity_id: state.state for state in hass.states.async_all() if state.domain != "event"
        } == states_before


_BROKER_ELSEWHERE = """
import asyncio, sys
import aiomqtt
from simulators.broker import EmbeddedBroker

async def main():
    async with EmbeddedBroker() as broker:
        print(broker.port, flush=True)
        async with aiomqtt.Client(broker.host, broker.port) as client:
            async def publish(path, payload):
                await client.publish("ovms/demo/DEMO1/" + path, payload, retain=path.startswith("metric"))
            await publish("metric/v/b/soc", "62.5")
            await publish("metric/v/p/location", "Home")
            while line := await asyncio.to_thread(sys.stdin.readline):
                await publish(line.strip(), b"9" * 1_000_000)

asyncio.run(main())
"""


async def test_a_megabyte_blocks_the_loop_for_less_than_five_milliseconds_and_ends_in_no_state(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Everything in Home Assistant waits while the loop is blocked. Broker and publisher are in a process of their own."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            # Processor time of this thread, so that a busy machine does not count.
            before = time.thread_time()
            await asyncio.sleep(0)
            worst = max(worst, time.thread_time() - before)

    elsewhere = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BROKER_ELSEWHERE, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert elsewhere.stdin is not None
    assert elsewhere.stdout is not None
    entry = vehicle_entry(broker, port=int(await elsewhere.stdout.readline()))
    entry.add_to_hass(hass)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(elsewhere.wait)
        stack.callback(elsewhere.stdin.close)
        assert await hass.config_entries.async_setup(entry.entry_id)
        stack.push_async_callback(hass.config_entries.async_unload, entry.entry_id)
        vehicle = entry.runtime_data.device
        await eventually(lambda: vehicle.text("v.p.location") == "Home", "the car was heard")
        await hass.async_block_till_done()

        blocked: list[float] = []
        for count in range(1, 4):
            worst = 0.0
            watching = asyncio.create_task(watch())
            elsewhere.stdin.write(b"notify/info/charge/done\nevent\nmetric/v/b/soc\nmetric/v/p/location\n")
            await becomes(lambda: vehicle.unreadable, 2 * count)
            watching.cancel()
            blocked.append(worst)
        assert min(blocked) < 0.005
        assert vehicle.number("v.b.soc") == 62.5
        assert vehicle.text("v.p.location") == "Home"
        assert all(len(json.dumps(state.as_dict(), default=str)) < 5000 for state in hass.states.async_all())


# Places and units


async def test_a_place_arrives_as_one_point(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Latitude now and longitude later is a place where the car never was, in another zone perhaps."""

    def points(states: list[State]) -> list[tuple[float, float]]:
        return [(state.attributes["latitude"], state.attributes["longitude"]) for state in states]

    async with parked(hass, broker, metrics={"v.p.latitude": 52.5, "v.p.longitude": 13.5, "v.p.gpshdop": 1.4}) as car:
        assert car.look("location", "device_tracker").attributes["gps_accuracy"] == 7.0
        states = remember(hass, car.entity_id("location", "device_tracker"))
        for latitude, longitude in ((52.75, 13.75), (48.25, 11.5)):
            await car.module.set("v.p.latitude", latitude)
            await car.module.set("v.p.longitude", longitude)
            await becomes(lambda: points(states)[-1:], [(latitude, longitude)])
        assert points(states) == [(52.75, 13.75), (48.25, 11.5)]

        for payload in (*UNREADABLE, b"181", b"-181"):
            await car.module.publish_raw("v.p.latitude", payload)
            await car.module.publish_raw("v.p.longitude", payload)
        await car.module.set("v.p.latitude", 0.0)
        await car.module.set("v.p.longitude", 0.0)
        await car.settled()
        assert len(states) == 2


async def test_one_half_of_a_place_that_changed_alone_is_a_place_too(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A road due north."""
    async with parked(hass, broker, metrics={"v.p.latitude": 52.5, "v.p.longitude": 13.5}) as car:
        await car.module.set("v.p.latitude", 52.75)
        await eventually(
            lambda: car.look("location", "device_tracker").attributes["latitude"] == 52.75, "the car is further north"
        )
        assert car.look("location", "device_tracker").attributes["longitude"] == 13.5


async def test_a_place_that_is_not_to_be_shown_is_nowhere(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Who switches this off does not want it in a sensor either."""
    entry = vehicle_entry(broker, options={"expose_location": False})
    place = {"v.p.latitude": 52.51234, "v.p.longitude": 13.41234, "v.p.location": "Grandmother"}
    async with parked(hass, broker, entry=entry, metrics=place) as car:
        assert not car.has("location", "device_tracker")
        shown = json.dumps([state.as_dict() for state in hass.states.async_all()], default=str)
        for secret in ("52.51", "13.41", "Grandmother"):
            assert secret not in shown


async def test_a_unit_that_a_user_chose_survives_a_restart_without_a_wrong_value_in_between(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A kilometre value with a mile behind it, for a moment, is a spike in every statistic."""
    async with parked(hass, broker) as car:
        entity_id = car.entity_id("odometer", "sensor")
        assert car.look("odometer", "sensor").attributes["unit_of_measurement"] == "km"
        er.async_get(hass).async_update_entity_options(entity_id, "sensor", {"unit_of_measurement": "mi"})
        await hass.async_block_till_done()
        miles = float(car.state("odometer", "sensor"))
        assert miles == pytest.approx(12345.6 / 1.609344, abs=0.1)

        states = remember(hass, entity_id)
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await eventually(lambda: car.state("odometer", "sensor") == str(miles), "the miles are back")
        await car.module.set("v.p.odometer", 12345.6 + 1.609344)
        await eventually(lambda: car.state("odometer", "sensor") != str(miles), "the car was driven a mile")
        for state in states:
            if state.state not in {"unavailable", "unknown"}:
                assert state.attributes["unit_of_measurement"] == "mi"
                assert miles <= float(state.state) <= miles + 1.01
        assert any(state.state == str(miles) for state in states)


async def test_nothing_that_is_enabled_is_added_later(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Whatever a car publishes on its first drive, the dashboard stays as its owner made it."""

    def entities(car: Car) -> dict[str, bool]:
        registry = er.async_get(hass)
        return {
            entry.entity_id: entry.disabled for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id)
        }

    async with parked(hass, broker) as car:
        before = entities(car)
        await car.module.drive()
        await car.module.tick(60)
        await car.module.park()
        await car.module.start_charging()
        await car.module.tick(60)
        await car.settled()
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await hass.async_block_till_done()
        assert entities(car) == before
        assert sum(not disabled for disabled in before.values()) < 50
