"""The blueprint that charges in the cheapest hours."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulators.broker import EmbeddedBroker
from simulators.openevse import Car

from .automations import Automation, Clock, automated, begin_to_start, clock
from .dialog import uses_home_assistants_server
from .driveway import Station, installed
from .garage import eventually, parked, remember

pytestmark = uses_home_assistants_server

BLUEPRINT = "charge_in_cheapest_hours"
PRICE = "sensor.price"
MIDNIGHT = datetime(2026, 11, 20, tzinfo=dt_util.get_time_zone("Europe/Berlin"))
QUARTER = timedelta(minutes=15)

type Row = dict[str, JsonValueType]


def tariff(cheap: Mapping[int, float]) -> list[tuple[datetime, datetime, float]]:
    """Prices of two days, hour by hour: 0.30, but for the hours that are cheap."""
    hours = [MIDNIGHT + timedelta(hours=hour) for hour in range(48)]
    return [(hour, hour + timedelta(hours=1), cheap.get(hour.hour, 0.3)) for hour in hours]


NIGHT = tariff({22: 0.2, 1: 0.1, 2: 0.12, 3: 0.25})


def announce(hass: HomeAssistant, prices: list[tuple[datetime, datetime, float]], now: float = 0.3) -> None:
    """Have a price sensor whose integration lists its prices."""
    rows = [{"start": start, "end": end, "value": value} for start, end, value in prices]
    hass.states.async_set(PRICE, str(now), {"raw_today": rows[:24], "raw_tomorrow": rows[24:]})


@asynccontextmanager
async def evening(hass: HomeAssistant, hour: int = 16) -> AsyncGenerator[tuple[Clock, Station]]:
    """A charger with a car on it, shortly before a time of the evening at which the automation looks."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    start = MIDNIGHT + timedelta(hours=hour, minutes=59)
    with clock(hass, start) as time:
        async with installed(hass, start=start) as station:
            station.evse.plug_in(Car(capacity=200_000))
            station.evse.tick(5)
            await station.shows("vehicle_connected", "binary_sensor", "on")
            yield time, station


def of(station: Station, **more: object) -> dict[str, object]:
    """What a user fills in."""
    return {
        "price": PRICE,
        "charging": station.entity_id("charging_enabled", "switch"),
        "plugged_in": station.entity_id("vehicle_connected", "binary_sensor"),
        "progress": station.entity_id("session_time", "sensor"),
        **more,
    }


async def nothing() -> None:
    """Let a quarter of an hour of charging pass without more ado."""


async def a_quarter_of_charging(station: Station) -> None:
    """Let the charger charge for as long, and see it counted."""

    def minutes() -> float:
        return float(station.state("session_time", "sensor"))

    await station.looked()
    before = minutes()
    station.evse.tick(15 * 60)
    await eventually(lambda: minutes() > before + 14.9, "it is counted")


async def charged_quarters(
    time: Clock,
    station: Station,
    automation: Automation,
    until: int,
    *,
    after_each: Callable[[], Awaitable[None]] = nothing,
) -> list[str]:
    """Let the night pass, and note the quarters of an hour in which the charger charged, with what comes after each."""
    charged = []
    await time.forward(60)
    while dt_util.now().hour != until:
        await time.forward(5 * 60, step=300)
        await automation.rests()
        station.evse.tick(1)
        if station.evse.relay_closed:
            charged.append(f"{dt_util.now():%-H}:{dt_util.now().minute // 15 * 15:02}")
            await a_quarter_of_charging(station)
            await after_each()
        await time.forward(10 * 60, step=600)
    return charged


def hours(*begun: int) -> list[str]:
    """The quarters of some hours."""
    return [f"{hour}:{minute:02}" for hour in begun for minute in (0, 15, 30, 45)]


async def test_the_cheapest_hours_of_the_night_are_taken(hass: HomeAssistant) -> None:
    """Four of them, unless more or less is asked for."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station)) as automation:
        assert await charged_quarters(time, station, automation, 9) == hours(22, 1, 2, 3)


async def test_a_car_that_is_plugged_in_waits_for_them(hass: HomeAssistant) -> None:
    """The charger charges by itself as soon as there is a car, and is stopped soon."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station)):
        station.evse.unplug()
        station.evse.tick(5)
        await station.shows("vehicle_connected", "binary_sensor", "off")
        await station.call("charging_enabled", "switch.turn_on")
        station.evse.plug_in()
        station.evse.tick(5)
        await station.shows("charging", "binary_sensor", "on")
        await time.forward(15, step=5)
        await station.shows("charging_enabled", "switch", "off")
        assert not station.evse.relay_closed


async def test_a_charger_without_a_car_is_left_alone(hass: HomeAssistant) -> None:
    """What the price does while nobody charges is nobody's business."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station):
        station.evse.unplug()
        station.evse.tick(5)
        await station.shows("vehicle_connected", "binary_sensor", "off")
        async with automated(hass, BLUEPRINT, **of(station)):
            states = remember(hass, station.entity_id("charging_enabled", "switch"))
            await time.until(9)
            assert states == []


async def test_it_charges_as_long_as_the_battery_needs(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """30 % of 50 kWh, with losses, are an hour and a half at 11 kW; the cheapest quarters are taken, and no more."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station), parked(hass, broker) as car:
        await car.module.set("v.b.soc", 50)
        battery = {"progress": car.entity_id("state_of_charge", "sensor"), "power": 11}

        async def fill() -> None:
            soc = float(car.state("state_of_charge", "sensor")) + 5
            await car.module.set("v.b.soc", soc)
            await car.shows("state_of_charge", "sensor", str(soc))

        async with automated(hass, BLUEPRINT, **of(station, **battery)) as automation:
            assert await charged_quarters(time, station, automation, 9, after_each=fill) == [*hours(1), "2:00", "2:15"]
            assert car.state("state_of_charge", "sensor") == "80.0"


async def test_hours_that_the_charger_has_charged_count(hass: HomeAssistant) -> None:
    """What the car got before the automation was made is not charged again."""
    announce(hass, NIGHT)
    async with evening(hass, 20) as (time, station):
        station.evse.tick(3600)
        await station.looked()
        async with automated(hass, BLUEPRINT, **of(station, hours=3)) as automation:
            assert await charged_quarters(time, station, automation, 9) == hours(1, 2)


async def test_after_a_restart_of_home_assistant_it_goes_on(hass: HomeAssistant) -> None:
    """In the middle of the night, in the middle of a cheap hour."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station):
        # Two of four hours are done.
        station.evse.tick(2 * 3600)
        await station.looked()
        await station.call("charging_enabled", "switch.turn_off")
        await time.until(2, 20)
        begin_to_start(hass)
        async with automated(hass, BLUEPRINT, **of(station)) as automation:
            await hass.async_start()
            await station.shows("charging_enabled", "switch", "on")
            await time.until(2, 29)
            assert await charged_quarters(time, station, automation, 9) == ["2:30", "2:45", *hours(3), "4:00", "4:15"]


async def test_without_prices_it_charges_at_last(hass: HomeAssistant) -> None:
    """A price that is not known is not nought; a car that has to be ready is charged all the same."""
    hass.states.async_set(PRICE, "unavailable")
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=2)) as automation:
        assert await charged_quarters(time, station, automation, 9) == hours(5, 6)


async def test_a_known_price_is_taken_before_an_unknown_one(hass: HomeAssistant) -> None:
    """Where the list ends before the night does."""
    announce(hass, NIGHT[:26])
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=10)) as automation:
        charged = await charged_quarters(time, station, automation, 9)
        assert charged == hours(17, 18, 19, 20, 21, 22, 23, 0, 1, 6)


async def test_an_unknown_state_of_charge_is_no_empty_battery(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is no full one either: the hours count then."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station), parked(hass, broker, boot=False, set_up=False) as car:
        await car.module.clear("v.b.soc", publish=False)
        await car.module.boot()
        await car.set_up()
        battery = {"progress": car.entity_id("state_of_charge", "sensor"), "hours": 1}
        async with automated(hass, BLUEPRINT, **of(station, **battery)) as automation:
            assert await charged_quarters(time, station, automation, 2) == hours(1)


async def test_a_gift_is_taken(hass: HomeAssistant) -> None:
    """At a price of nought or below the car charges, whatever other hours cost."""
    announce(hass, NIGHT)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station)):
        await time.until(18, 10)
        await station.shows("charging_enabled", "switch", "off")
        announce(hass, NIGHT, now=-0.01)
        await time.forward(10, step=5)
        await station.shows("charging_enabled", "switch", "on")
        announce(hass, NIGHT, now=0.3)
        await time.forward(10, step=5)
        await station.shows("charging_enabled", "switch", "off")


async def test_a_charger_out_of_reach_is_told_when_it_is_back(hass: HomeAssistant) -> None:
    """The hour began without it."""
    announce(hass, NIGHT)
    async with evening(hass, 20) as (time, station), automated(hass, BLUEPRINT, **of(station)):
        await time.until(21, 50)
        await station.shows("charging_enabled", "switch", "off")
        await station.evse.refuse_connections()
        await station.shows("charging_enabled", "switch", "unavailable")
        await time.until(22, 5)
        await station.evse.accept_connections()
        await station.shows("charging_enabled", "switch", "off")
        await time.forward(20, step=5)
        await station.shows("charging_enabled", "switch", "on")


async def test_it_does_not_switch_to_and_fro(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A tariff whose quarters alternate, a sensor that reports each minute, and a battery close to its target."""
    quarters = [MIDNIGHT + QUARTER * number for number in range(192)]
    prices = [(quarter, quarter + QUARTER, 0.2 + 0.1 * (quarter.minute in {15, 45})) for quarter in quarters]
    async with evening(hass) as (time, station), parked(hass, broker) as car:
        announce(hass, prices)
        soc = car.entity_id("state_of_charge", "sensor")
        async with automated(hass, BLUEPRINT, **of(station, progress=soc)):
            await time.forward(60)
            states = remember(hass, station.entity_id("charging_enabled", "switch"))
            for minute in range(4 * 60):
                announce(hass, prices, now=0.2 + minute / 1000)
                hass.states.async_set(soc, str(79.5 + minute % 2))
                await time.forward(60)
            moments = [state.last_changed for state in states]
            assert all(later - earlier > timedelta(minutes=14) for earlier, later in pairwise(moments))


# How integrations list their prices


def iso(moment: datetime) -> str:
    """A moment as JSON has it."""
    return moment.isoformat()


FORMATS: dict[str, Callable[[], dict[str, object]]] = {
    "Nord Pool from HACS": lambda: {
        "raw_today": [{"start": start, "end": end, "value": value} for start, end, value in NIGHT[:24]],
        "raw_tomorrow": [{"start": start, "end": end, "value": value} for start, end, value in NIGHT[24:]],
        "today": [value for _, _, value in NIGHT[:24]],
    },
    "ENTSO-e": lambda: {
        "prices_today": [{"time": str(start), "price": value} for start, _, value in NIGHT[:24]],
        "prices": [{"time": str(start), "price": value} for start, _, value in NIGHT],
    },
    "EPEX Spot": lambda: {
        "data": [
            {"start_time": iso(start), "end_time": iso(end), "price_per_kwh": value} for start, end, value in NIGHT
        ]
    },
    "Amber": lambda: {
        "forecasts": [{"start_time": iso(start), "end_time": iso(end), "per_kwh": value} for start, end, value in NIGHT]
    },
    "Tibber by hand": lambda: {"prices": [{"startsAt": iso(start), "total": value} for start, _, value in NIGHT]},
    "quarters of an hour": lambda: {
        "data": [
            {"start": iso(start + QUARTER * part), "price": value} for start, _, value in NIGHT for part in range(4)
        ]
    },
    "gaps and nonsense": lambda: {
        "data": [
            {"start": None, "price": 0.01},
            {"start": "tomorrow", "price": 0.01},
            {"start": iso(MIDNIGHT + timedelta(hours=20)), "price": None},
            {"start": iso(MIDNIGHT + timedelta(hours=21)), "price": float("inf")},
            *({"start": iso(start), "price": str(value)} for start, _, value in NIGHT if start.hour not in {20, 21}),
        ],
        "options": ["a", "b"],
    },
}


@pytest.mark.parametrize("name", FORMATS)
async def test_lists_of_many_integrations_are_understood(hass: HomeAssistant, name: str) -> None:
    """They call the same by different names."""
    hass.states.async_set(PRICE, "0.3", FORMATS[name]())
    async with evening(hass, 19) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


def price_sensor(hass: HomeAssistant, domain: str, identifier: str, name: str) -> str:
    """The price sensor of an integration that lists no prices."""
    entry = MockConfigEntry(domain=domain)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(domain, identifier)}, name=name
    )
    sensor = er.async_get(hass).async_get_or_create(
        "sensor", domain, identifier, config_entry=entry, device_id=device.id, suggested_object_id="price"
    )
    hass.states.async_set(sensor.entity_id, "0.3", {"friendly_name": f"{name} price"})
    assert sensor.entity_id == PRICE
    return entry.entry_id


def offer(hass: HomeAssistant, action: str, answer: Callable[[Mapping[str, Any]], ServiceResponse]) -> None:
    """Offer an action that answers."""
    domain, _, name = action.partition(".")

    async def handle(call: ServiceCall) -> ServiceResponse:
        return answer(call.data)

    hass.services.async_register(domain, name, handle, supports_response=SupportsResponse.ONLY)


async def test_nord_pool_is_asked(hass: HomeAssistant) -> None:
    """The integration of Home Assistant itself: for both days, in its price area."""
    entry_id = price_sensor(hass, "nordpool", "SE3", "Nord Pool SE3")

    def answer(asked: Mapping[str, Any]) -> ServiceResponse:
        assert asked["config_entry"] == entry_id
        rows: list[Row] = [
            {"start": iso(start), "end": iso(end), "price": value * 1000}
            for start, end, value in NIGHT
            if iso(start).startswith(asked["date"])
        ]
        others: list[Row] = [{**row, "price": 1.0 if "T19" in str(row["start"]) else 500.0} for row in rows]
        return {"SE3": list(rows), "SE4": list(others)}

    offer(hass, "nordpool.get_prices_for_date", answer)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


async def test_tibber_is_asked(hass: HomeAssistant) -> None:
    """The integration of Home Assistant itself: for the home of the sensor."""
    price_sensor(hass, "tibber", "home", "Lake House")

    def answer(asked: Mapping[str, Any]) -> ServiceResponse:
        begin, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
        rows: list[Row] = [{"start_time": iso(at), "price": value} for at, _, value in NIGHT if begin <= at < end]
        others: list[Row] = [{**row, "price": 0.001} for row in rows[20:24]]
        return {"prices": {"City": list(others), "Lake House": list(rows)}}

    offer(hass, "tibber.get_prices", answer)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


async def test_an_integration_that_does_not_answer_is_no_reason_not_to_charge(hass: HomeAssistant) -> None:
    """Whoever has to drive in the morning does not care why."""
    price_sensor(hass, "nordpool", "SE3", "Nord Pool SE3")

    def refuse(_: Mapping[str, Any]) -> ServiceResponse:
        raise TimeoutError

    offer(hass, "nordpool.get_prices_for_date", refuse)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 9) == hours(6)


async def test_it_really_saves(hass: HomeAssistant) -> None:
    """Over a night, what was charged cost no more than any other four hours would have."""
    wave = tariff({hour: 0.3 + 0.07 * ((hour * 7) % 13 - 6) / 6 for hour in range(24)})
    announce(hass, wave)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station)) as automation:
        charged = await charged_quarters(time, station, automation, 9)
    night = [
        value for start, _, value in wave if MIDNIGHT + timedelta(hours=17) <= start < MIDNIGHT + timedelta(hours=31)
    ]
    paid = sum(
        next(value for start, _, value in wave if start.hour == int(quarter.split(":")[0])) for quarter in charged
    )
    assert len(charged) == 16
    assert paid == pytest.approx(sum(chain.from_iterable([value] * 4 for value in sorted(night)[:4])))
