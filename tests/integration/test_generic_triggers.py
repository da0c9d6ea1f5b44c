"""Home Assistant's triggers for anything of a kind, pointed at cars, chargers and charge points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from simulators.broker import EmbeddedBroker
from simulators.openevse import Car as PluggedIn, Generation, OpenEvse
from simulators.ovms_server import OvmsServer
from tests.operator_pace import WATCHFUL

from .dialog import uses_home_assistants_server
from .driveway import charging, installed
from .garage import InHomeAssistant, eventually, parked
from .plaza import operated, uses_webhooks
from .server_garage import at_server

pytestmark = [uses_home_assistants_server, uses_webhooks]

FIRED = "a_trigger_fired"
ANY: Final = {"threshold": {"type": "any"}}
LINKS = pytest.mark.parametrize("link", ["broker", "server"])


def above(number: float, unit: str | None = None) -> Mapping[str, Any]:
    """A threshold that is crossed upwards."""
    value = {"number": number} if unit is None else {"number": number, "unit_of_measurement": unit}
    return {"threshold": {"type": "above", "value": value}}


def device_of(device: InHomeAssistant) -> str:
    """What triggers are pointed at: not an entity, but all of a car or a charger."""
    [found] = dr.async_entries_for_config_entry(dr.async_get(device.hass), device.entry.entry_id)
    return found.id


@dataclass(kw_only=True)
class Watch:
    """The entities that have made a trigger fire."""

    hass: HomeAssistant
    fired: list[str] = field(default_factory=list)

    async def start(self, trigger: Mapping[str, Any]) -> None:
        """Wait for a trigger, in an automation."""

        @callback
        def note(event: Event) -> None:
            self.fired.append(event.data["entity_id"])

        self.hass.bus.async_listen(FIRED, note)
        action = {"event": FIRED, "event_data": {"entity_id": "{{ trigger.entity_id }}"}}
        automation = {"alias": "Under test", "mode": "queued", "triggers": [trigger], "actions": [action]}
        assert await async_setup_component(self.hass, AUTOMATION, {AUTOMATION: [automation]})
        await self.hass.async_block_till_done()
        assert [state.state for state in self.hass.states.async_all(AUTOMATION)] == ["on"]
        assert self.fired == []

    async def sees(self, entity_id: str) -> None:
        """Wait until it has fired, once, because of an entity."""
        await eventually(lambda: bool(self.fired), f"{entity_id} makes it fire")
        await self.hass.async_block_till_done()
        assert self.fired == [entity_id]


def of_kind(name: str, device_id: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """A trigger for a kind of thing."""
    return {"trigger": name, "target": {"device_id": device_id}, **({"options": options} if options else {})}


def of_device(device: InHomeAssistant, kind: str, key: str) -> Mapping[str, Any]:
    """A trigger that the page of a device offers for a binary sensor: Home Assistant has none for any connection or plug."""
    entry = er.async_get(device.hass).async_get(device.entity_id(key, "binary_sensor"))
    assert entry is not None
    where = {"domain": "binary_sensor", "device_id": device_of(device), "entity_id": entry.id}
    return {"trigger": "device", "type": kind, **where}


# Cars

type Case = tuple[str, Mapping[str, Any], str, bool | float, bool | float, str, str]

OF_CARS: tuple[Case, ...] = (
    ("battery.started_charging", {}, "v.c.charging", False, True, "binary_sensor", "charging"),
    ("battery.stopped_charging", {}, "v.c.charging", True, False, "binary_sensor", "charging"),
    ("battery.level_changed", ANY, "v.b.soc", 62.0, 64.0, "sensor", "state_of_charge"),
    ("battery.level_crossed_threshold", above(70), "v.b.soc", 62.0, 75.0, "sensor", "state_of_charge"),
    # Cars tell kilowatts.
    ("power.changed", ANY, "v.c.power", 1.0, 3.5, "sensor", "charge_power"),
    ("power.crossed_threshold", above(2000, "W"), "v.c.power", 1.0, 3.5, "sensor", "charge_power"),
    ("lock.locked", {}, "v.e.locked", False, True, "lock", "doors"),
    ("lock.unlocked", {}, "v.e.locked", True, False, "lock", "doors"),
    ("door.opened", {}, "v.d.fl", False, True, "binary_sensor", "door_front_left"),
    ("door.closed", {}, "v.d.fl", True, False, "binary_sensor", "door_front_left"),
    ("switch.turned_on", {}, "v.c.charging", False, True, "switch", "charging"),
    ("switch.turned_off", {}, "v.c.charging", True, False, "switch", "charging"),
    ("climate.turned_on", {}, "v.e.hvac", False, True, "climate", "cabin"),
    ("climate.turned_off", {}, "v.e.hvac", True, False, "climate", "cabin"),
)


@LINKS
@pytest.mark.parametrize("case", OF_CARS, ids=[name for name, *_ in OF_CARS])
async def test_what_a_car_does(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str, case: Case
) -> None:
    """Each of the triggers fires once, because of the entity that is meant."""
    name, options, metric, before, after, platform, key = case
    set_up = partial(parked, hass, broker) if link == "broker" else partial(at_server, hass, server)
    async with set_up("NL", metrics={metric: before}) as car:
        watch = Watch(hass=hass)
        await watch.start(of_kind(name, device_of(car), options))
        await car.module.set(metric, after)
        await car.settled()
        await watch.sees(car.entity_id(key, platform))


@LINKS
@pytest.mark.parametrize(("kind", "before"), [("plugged_in", False), ("not_plugged_in", True)])
async def test_a_plug(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str, kind: str, before: bool
) -> None:
    """In and out."""
    set_up = partial(parked, hass, broker) if link == "broker" else partial(at_server, hass, server)
    async with set_up("NL", metrics={"v.c.pilot": before}) as car:
        watch = Watch(hass=hass)
        await watch.start(of_device(car, kind, "plugged_in"))
        await car.module.set("v.c.pilot", not before)
        await car.settled()
        await watch.sees(car.entity_id("plugged_in", "binary_sensor"))


@pytest.mark.parametrize("kind", ["connected", "not_connected"])
async def test_a_connection_of_a_car(hass: HomeAssistant, broker: EmbeddedBroker, kind: str) -> None:
    """Lost in a garage below the ground, and found again."""
    async with parked(hass, broker) as car:
        if kind == "connected":
            await car.module.lose_connection()
            await car.shows("module_connected", "binary_sensor", "off")
        watch = Watch(hass=hass)
        await watch.start(of_device(car, kind, "module_connected"))
        if kind == "connected":
            await car.module.reconnect()
        else:
            await car.module.lose_connection()
        await watch.sees(car.entity_id("module_connected", "binary_sensor"))


async def test_news_of_a_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Of one type among all."""
    async with parked(hass, broker) as car:
        watch = Watch(hass=hass)
        await watch.start(of_kind("event.received", device_of(car), {"event_type": ["tpms_alert"]}))
        await car.module.notify("alert", "batt.12v.alert", "12 V battery low")
        await car.module.notify("alert", "tpms.alert", "A tire loses air")
        # A module tells one thing of each kind a second.
        await car.module.tick(2)
        await watch.sees(car.entity_id("alert", "event"))


# Chargers


def plug_in(evse: OpenEvse) -> None:
    """A car comes and is charged."""
    evse.plug_in(PluggedIn(limit=16, capacity=40_000, soc=50))
    evse.tick(30)


@pytest.mark.parametrize(
    ("name", "options", "platform", "key"),
    [
        ("battery.started_charging", {}, "binary_sensor", "charging"),
        # Chargers tell watts.
        ("power.crossed_threshold", above(2, "kW"), "sensor", "charge_power"),
        ("event.received", {"event_type": ["started"]}, "event", "session"),
    ],
)
async def test_a_charger_begins(
    hass: HomeAssistant, name: str, options: Mapping[str, Any], platform: str, key: str
) -> None:
    """A car comes."""
    async with installed(hass, Generation.V5_1) as station:
        watch = Watch(hass=hass)
        await watch.start(of_kind(name, device_of(station), options))
        plug_in(station.evse)
        await station.looked()
        await watch.sees(station.entity_id(key, platform))


@pytest.mark.parametrize(
    ("name", "platform", "key"),
    [("battery.stopped_charging", "binary_sensor", "charging"), ("switch.turned_off", "switch", "charging_enabled")],
)
async def test_a_charger_stops(hass: HomeAssistant, name: str, platform: str, key: str) -> None:
    """Whoever has stopped it."""
    async with charging(hass, Generation.V5_1) as station:
        watch = Watch(hass=hass)
        await watch.start(of_kind(name, device_of(station), {}))
        station.evse.press_button()
        station.evse.tick(5)
        await station.looked()
        await watch.sees(station.entity_id(key, platform))


async def test_a_fault_of_a_charger(hass: HomeAssistant) -> None:
    """As news with its name."""
    async with charging(hass, Generation.V5_1) as station:
        watch = Watch(hass=hass)
        await watch.start(of_kind("event.received", device_of(station), {"event_type": ["gfci_fault"]}))
        station.evse.fault(6)
        await station.looked()
        await watch.sees(station.entity_id("fault", "event"))


async def test_a_plug_of_a_charger(hass: HomeAssistant) -> None:
    """As a car's own."""
    async with installed(hass, Generation.V5_1) as station:
        watch = Watch(hass=hass)
        await watch.start(of_device(station, "plugged_in", "vehicle_connected"))
        plug_in(station.evse)
        await station.looked()
        await watch.sees(station.entity_id("vehicle_connected", "binary_sensor"))


async def test_a_connection_of_a_charger(hass: HomeAssistant) -> None:
    """Also while everything else of it is unavailable."""
    async with installed(hass, Generation.V5_1) as station:
        watch = Watch(hass=hass)
        await watch.start(of_device(station, "not_connected", "connected"))
        await station.evse.refuse_connections()
        await watch.sees(station.entity_id("connected", "binary_sensor"))
        await station.evse.accept_connections()
        await station.shows("connected", "binary_sensor", "on")


# Charge points


async def test_a_session_at_a_charge_point(hass: HomeAssistant) -> None:
    """The switch turns on when it has begun."""
    async with operated(hass, pace=WATCHFUL, inbound=False) as plaza:
        place = plaza.place()
        watch = Watch(hass=hass)
        await watch.start(of_kind("switch.turned_on", place.device.id, {}))
        plaza.cpo.plug_in()
        await place.start()
        await watch.sees(place.entity_id("session", "switch"))
