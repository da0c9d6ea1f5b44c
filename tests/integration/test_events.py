"""What a car says of its own accord: alerts, notifications, and what happened to it."""

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.translation import async_get_translations
import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware

from .garage import Car, becomes, eventually, parked, remember, vehicle_entry

GENERATIONS = pytest.mark.parametrize("firmware", list(Firmware), ids=lambda firmware: firmware.name)


def told(states: list[State]) -> list[tuple[str, str]]:
    """Types and texts of what an event entity has told."""
    return [
        (state.attributes["event_type"], state.attributes.get("text", state.attributes.get("event", "")))
        for state in states
        if state.attributes.get("event_type") is not None and state.state != "unavailable"
    ]


async def heard_out(car: Car) -> None:
    """Wait until everything that the module has said is here; it says one thing of each kind a second."""
    for _ in range(3):
        await car.module.tick(1)
    await car.settled()


@GENERATIONS
async def test_each_thing_is_told_once(hass: HomeAssistant, broker: EmbeddedBroker, firmware: Firmware) -> None:
    """Also by firmware that sends each event on two topics."""
    async with parked(hass, broker, firmware=firmware) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        notifications = remember(hass, car.entity_id("notification", "event"))
        events = remember(hass, car.entity_id("vehicle_event", "event"))

        await car.module.notify("alert", "batt.12v.alert", "12V Battery critical: 11.4V")
        await car.module.notify("info", "charge.done", "Standard - Done\nSOC: 80.0%")
        await car.module.emit_event("vehicle.unlocked")
        await heard_out(car)
        assert told(alerts) == [("batt_12v_alert", "12V Battery critical: 11.4V")]
        assert told(notifications) == [("charge_done", "Standard - Done\nSOC: 80.0%")]
        assert ("vehicle_unlocked", "vehicle.unlocked") in told(events)
        assert [event for event, _ in told(events)].count("vehicle_unlocked") == 1


async def test_the_same_thing_twice_is_told_twice(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """An alarm that sounds again is another one."""
    async with parked(hass, broker) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        for count in (1, 2):
            await car.module.notify("alert", "alarm.sounding", "Vehicle alarm is sounding!")
            await car.module.tick(2)
            await becomes(lambda: len(told(alerts)), count)
        assert len({state.state for state in alerts}) == 2


async def test_what_is_not_listed_is_told_as_other_with_its_name(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Each vehicle's part of the firmware has words of its own, some with blanks and capitals."""
    async with parked(hass, broker, "VWUP") as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        notifications = remember(hass, car.entity_id("notification", "event"))
        events = remember(hass, car.entity_id("vehicle_event", "event"))
        await car.module.notify("alert", "Emergency.Alert", "Help")
        await car.module.notify("error", "TPMS", "VWUP,17,4")
        await car.module.notify("info", "Climatecontrol", "Cabin is warm")
        await car.module.emit_event("location.enter.Home")
        await heard_out(car)
        assert sorted(told(alerts)) == [("other", "Help"), ("other", "VWUP,17,4")]
        assert {state.attributes["subtype"] for state in alerts} == {"Emergency.Alert", "TPMS"}
        assert told(notifications) == [("other", "Cabin is warm")]
        assert ("other", "location.enter.Home") in told(events)


@pytest.mark.parametrize(("language", "word"), [("en", "text"), ("de", "Text"), ("pl", "tekst")])
async def test_what_is_not_listed_leads_to_its_text(
    hass: HomeAssistant, broker: EmbeddedBroker, language: str, word: str
) -> None:
    """A server tells the kind of no alert, so that all of them are shown by this word: it must not be an empty one."""
    async with parked(hass, broker):
        texts = await async_get_translations(hass, language, "entity", ["open_ev"])
        for key in ("alert", "notification"):
            path = f"component.open_ev.entity.event.{key}.state_attributes.event_type.state.other"
            assert word in texts[path]


async def test_who_hides_where_the_car_is_is_told_no_place(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module names the places that it enters, and an alert of theft carries the position."""
    theft = "Vehicle is being transported while parked - possible theft/flatbed (@52.516275,-13.377704)"
    entry = vehicle_entry(broker, options={"expose_location": False})
    async with parked(hass, broker, entry=entry) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        events = remember(hass, car.entity_id("vehicle_event", "event"))
        await car.module.emit_event("location.enter.Home")
        await car.module.emit_event("location.leave.Home")
        await car.module.emit_event("vehicle.locked")
        await car.module.notify("alert", "flatbed.moved", theft)
        await heard_out(car)
        assert told(alerts) == [("flatbed_moved", theft.replace("@52.516275,-13.377704", "..."))]
        assert ("vehicle_locked", "vehicle.locked") in told(events)
        assert "Home" not in str(told(events))


async def test_records_for_machines_are_not_told(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """They are tables, and a trip has hundreds of lines."""
    async with parked(hass, broker) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        notifications = remember(hass, car.entity_id("notification", "event"))
        await car.module.notify("data", "log.trip", "*-LOG-Trip,1,86400,12.5")
        await heard_out(car)
        assert told(alerts) == []
        assert told(notifications) == []


async def test_what_somebody_left_at_the_broker_is_no_news(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A module retains none of these; an alarm of last year must not wake the house at each restart."""
    topics = ("notify/alert/alarm/sounding", "notify/info/charge/done", "event", "event/vehicle/alarm/on")
    async with parked(hass, broker, set_up=False) as car:
        for topic in topics:
            await car.module.publish_topic(topic, b"vehicle.alarm.on", qos=1, retain=True)
        left = {f"{car.module.prefix}{topic}" for topic in topics}
        await eventually(lambda: left <= broker.retained.keys(), "the broker keeps them")
        await car.set_up()
        for key in ("alert", "notification", "vehicle_event"):
            assert car.state(key, "event") == "unknown"


async def test_nothing_is_told_again_after_a_restart(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The last alert is still shown, with the time when it came."""
    async with parked(hass, broker) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        await car.module.notify("alert", "alarm.sounding", "Vehicle alarm is sounding!")
        await eventually(lambda: len(told(alerts)) == 1, "the alert is told")
        when = car.state("alert", "event")
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.settled()
        assert car.state("alert", "event") == when
        await broker.restart()
        await car.shows("alert", "event", "unavailable")
        await eventually(lambda: car.vehicle.link_connected, "the connection is back")
        await car.module.reconnect()
        await car.settled()
        assert {state.state for state in alerts} <= {when, "unavailable"}
        assert car.state("alert", "event") == when


async def test_a_long_text_is_cut_and_a_hostile_one_is_harmless(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It ends in a notification on somebody's phone."""
    async with parked(hass, broker) as car:
        alerts = remember(hass, car.entity_id("alert", "event"))
        await car.module.publish_topic("notify/alert/tpms/alert", "ä".encode() * 30_000, qos=1)
        await becomes(lambda: len(told(alerts)), 1)
        await car.module.publish_topic("notify/alert/tpms/alert", b"\x1b[2J{{ states }}\x00\r\nfine\xff", qos=1)
        await becomes(lambda: len(told(alerts)), 2)
        (_, cut), (_, hostile) = told(alerts)
        assert len(cut) == 1000
        assert hostile == "{{ states }}\nfine\ufffd"


async def test_a_drive_tells_its_story(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Gears, lights and the 12 V battery have sensors; they would fill the activity with events that have no name."""
    async with parked(hass, broker) as car:
        events = remember(hass, car.entity_id("vehicle_event", "event"))
        await car.module.drive()
        for name in ("vehicle.gear.forward", "vehicle.headlights.on", "vehicle.aux.12v.on", "vehicle.alert.12v.on"):
            await car.module.emit_event(name)
        await car.module.park()
        await heard_out(car)
        kinds = [kind for kind, _ in told(events)]
        assert kinds.index("vehicle_on") < kinds.index("vehicle_off")
        assert "other" not in kinds


async def test_a_charge_tells_its_story(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """As a user's automations see it."""
    async with parked(hass, broker) as car:
        notifications = remember(hass, car.entity_id("notification", "event"))
        events = remember(hass, car.entity_id("vehicle_event", "event"))
        heard: list[str] = []
        car.vehicle.subscribe_events(heard.append)
        await car.module.start_charging()
        await car.module.tick(5)
        await car.call("charging", "switch.turn_off")
        await car.module.tick(5)
        await car.settled()
        assert {kind for kind, _ in told(notifications)} == {"charge_started", "charge_stopped"}
        kinds = [kind for kind, _ in told(events)]
        assert kinds.index("vehicle_charge_prepare") < kinds.index("vehicle_charge_start")
        assert kinds.index("vehicle_charge_start") < kinds.index("vehicle_charge_stop")
        # What sensors and notifications show is not told once more, so that nothing of it is any other event.
        assert "other" not in kinds
        assert {"vehicle.charge.state", "vehicle.charge.12v.start", "notify.info.charge.started"} <= set(heard)
