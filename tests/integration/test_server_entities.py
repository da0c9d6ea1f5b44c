"""Every entity of a car at a server, beside the same car on a broker."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.open_ev import PLATFORMS_BY_KIND
from custom_components.open_ev.clients.ovms.server_table import ROWS
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.const import DOMAIN, Kind
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from custom_components.open_ev.entries.server_vehicle import carries
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import OvmsServer

from .garage import MOMENT, Car, InHomeAssistant, parked, vehicle_entry
from .server_garage import ServerCar, at_server, server_entry
from .shown import entities, line

VEHICLE_TYPES = ("FT5E", "KS", "NL", "RT", "RZ2", "SE", "TR", "VWEG", "VWUP")
# The simulated one knows more than a real one's module writes, and a zero of what is never written is not believed.
KNOWS_TOO_MUCH = {"VWEG"}
PLATFORMS = PLATFORMS_BY_KIND[Kind.VEHICLE_SERVER]
# Distances go through the server in whole kilometres, and moments in steps of 128 s.
WHOLE = {
    "v.b.range.est": 215.0,
    "v.b.range.ideal": 231.0,
    "v.c.timestamp": 128 * 13_000_000,
    "v.e.serv.time": 128 * 14_000_000,
    # What is known of a generator is sent while it runs.
    "v.g.current": 8.0,
}


@pytest.fixture(autouse=True)
def _clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear each car at the same moment."""
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: MOMENT))


def lines(car: InHomeAssistant) -> dict[tuple[str, str], str]:
    """All entities of a car, by platform and key."""
    found = {}
    for platform in PLATFORMS:
        for key, entry in entities(car, platform).items():
            state = car.hass.states.get(entry.entity_id)
            assert state is not None, key
            found[str(platform), key] = line(car, entry, state)
    return found


def enabled(car: InHomeAssistant) -> set[tuple[str, str]]:
    """The entities that a new car starts with."""
    return {
        (str(platform), key)
        for platform in PLATFORMS
        for key, entry in entities(car, platform).items()
        if not entry.disabled
    }


def shown_of(car: ServerCar, wanted: Callable[[str], bool]) -> set[tuple[str, str]]:
    """The entities that show a metric that is wanted."""
    rows = car.entry.runtime_data.rows
    tables = {"sensor": rows.sensors, "binary_sensor": rows.binary_sensors}
    return {(platform, row.key) for platform, some in tables.items() for row in some if wanted(row.listens[0])}


def never_written(vehicle_type: str) -> set[str]:
    """What the modules of a type of car never write."""
    return {row.metric for row in ROWS if not row.for_all and vehicle_type not in row.written_by}


@asynccontextmanager
async def parked_twice(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, vehicle_type: str
) -> AsyncGenerator[tuple[Car, ServerCar]]:
    """Set one car up on a broker and at a server; nobody looks, so that the module does not count who does."""
    on_broker = vehicle_entry(broker, vehicle_type, options={"presence": "economy"})
    at = server_entry(server, vehicle_type, options={"mode": "economy"})
    async with (
        parked(hass, broker, vehicle_type, entry=on_broker, boot=False, set_up=False, metrics=WHOLE) as car,
        at_server(hass, server, entry=at, module=car.module) as same,
    ):
        await car.set_up()
        await same.settled()
        await car.settled()
        yield car, same


@pytest.mark.parametrize("vehicle_type", VEHICLE_TYPES)
@pytest.mark.usefixtures("everything_enabled")
async def test_the_same_car_is_shown_the_same(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, vehicle_type: str
) -> None:
    """Name, state, unit, class and all else of each entity that both links can tell something of."""
    async with parked_twice(hass, broker, server, vehicle_type) as (car, same):
        on_broker, at_server = lines(car), lines(same)
        untold = shown_of(same, lambda name: not carries(name))
        if vehicle_type in KNOWS_TOO_MUCH:
            untold |= shown_of(same, lambda name: name in never_written(vehicle_type))
        for key in untold:
            del on_broker[key], at_server[key]
        del on_broker["event", "vehicle_event"]
        assert at_server == on_broker
        assert sum("unavailable" not in each for each in at_server.values()) > 60


@pytest.mark.parametrize("vehicle_type", VEHICLE_TYPES)
async def test_a_new_car_starts_with_nothing_that_never_comes(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, vehicle_type: str
) -> None:
    """What a server does not tell is there for who asks the module for it; events cannot be asked for."""
    async with parked_twice(hass, broker, server, vehicle_type) as (car, same):
        assert enabled(car) - enabled(same) == {("binary_sensor", "battery_12v_alert"), ("event", "vehicle_event")}
        assert enabled(same) < enabled(car)
        assert not same.has("vehicle_event", "event")
        assert same.has("battery_12v_alert", "binary_sensor")


@pytest.mark.usefixtures("everything_enabled")
async def test_what_a_server_does_not_tell_can_be_asked_for(hass: HomeAssistant, server: OvmsServer) -> None:
    """By the action that asks for metrics, as on a broker."""
    async with at_server(hass, server, "NL", metrics={"v.b.p.voltage.avg": 3.875}) as car:
        assert car.state("cell_voltage_average", "sensor") == "unavailable"
        fields = {"config_entry_id": car.entry.entry_id, "metrics": ["v.b.p.*"]}
        await hass.services.async_call(DOMAIN, "request_metrics", fields, blocking=True)
        await car.shows("cell_voltage_average", "sensor", "3.875")


async def test_one_car_with_both_links_is_two_devices(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer
) -> None:
    """Which happens where no number tells that they are one. Neither takes anything of the other's, nor goes with it."""
    async with parked_twice(hass, broker, server, "NL") as (car, same):
        devices, registry = dr.async_get(hass), er.async_get(hass)
        for one in (car, same):
            (device,) = dr.async_entries_for_config_entry(devices, one.entry.entry_id)
            assert {entry.device_id for entry in er.async_entries_for_config_entry(registry, one.entry.entry_id)} == {
                device.id
            }
        assert car.entity_id("state_of_charge", "sensor") != same.entity_id("state_of_charge", "sensor")
        await hass.config_entries.async_remove(car.entry.entry_id)
        await same.module.set("v.b.soc", 33.0)
        await same.link.send_all()
        await same.shows("state_of_charge", "sensor", "33.0")
