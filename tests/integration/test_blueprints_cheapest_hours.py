"""The blueprint that charges in the cheapest hours."""

from datetime import timedelta
from itertools import chain

from homeassistant.core import HomeAssistant
import pytest

from simulators.broker import EmbeddedBroker

from .automations import automated, begin_to_start
from .dialog import uses_home_assistants_server
from .garage import parked, remember
from .night import BLUEPRINT, MIDNIGHT, NIGHT, PRICE, QUARTER, announce, charged_quarters, evening, hours, of, tariff

pytestmark = uses_home_assistants_server


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
            # On a busy machine the charger follows minutes of this clock later, but in the same quarter of an hour.
            switched = [state.last_changed.timestamp() // QUARTER.total_seconds() for state in states]
            assert len(switched) == len(set(switched)) >= 15


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
