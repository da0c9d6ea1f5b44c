"""The blueprint that warms or cools the cabin before departure."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from simulators.broker import EmbeddedBroker

from .automations import Clock, automated, begin_to_start, clock
from .dialog import uses_home_assistants_server
from .garage import Car, eventually, parked

pytestmark = uses_home_assistants_server

BLUEPRINT = "precondition_before_departure"
FRIDAY = datetime(2026, 11, 20, tzinfo=dt_util.get_time_zone("Europe/Berlin"))
ON, OFF = "climatecontrol on", "climatecontrol off"


@asynccontextmanager
async def morning(
    hass: HomeAssistant, broker: EmbeddedBroker, *, hour: int = 7, minute: int = 0, vehicle_type: str = "VWEG"
) -> AsyncGenerator[tuple[Clock, Car]]:
    """A car on the cable, in the morning of a working day."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    with clock(hass, FRIDAY + timedelta(hours=hour, minutes=minute)) as time:
        async with parked(hass, broker, vehicle_type) as car:
            await car.module.set("v.c.pilot", value=True)
            await car.shows("plugged_in", "binary_sensor", "on")
            yield time, car


def of(car: Car, **more: object) -> dict[str, object]:
    """What a user fills in."""
    return {
        "climate": car.entity_id("cabin", "climate"),
        "plugged_in": car.entity_id("plugged_in", "binary_sensor"),
        **more,
    }


async def switches_off(car: Car) -> None:
    """See the car switch its climate control off, and report it when it next reports."""
    await eventually(lambda: OFF in car.done)
    await car.module.send_modified()
    await car.shows("cabin", "climate", "off")


async def test_the_cabin_is_prepared_and_the_driver_leaves(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It starts a quarter of an hour before, and whoever drives away keeps it on."""
    async with morning(hass, broker) as (time, car), automated(hass, BLUEPRINT, **of(car)) as automation:
        await time.until(7, 13)
        assert car.told == []
        await time.until(7, 16)
        await car.shows("cabin", "climate", "heat_cool")
        await automation.rests()
        await time.until(7, 35)
        await car.module.set("v.c.pilot", value=False)
        await car.shows("plugged_in", "binary_sensor", "off")
        await time.until(8, 30)
        assert car.done == [ON]


async def test_whoever_stays_saves_energy(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A quarter of an hour after the time it is switched off, and not on again."""
    async with morning(hass, broker) as (time, car), automated(hass, BLUEPRINT, **of(car)) as automation:
        await time.until(7, 20)
        await automation.rests()
        await time.until(7, 43)
        assert car.done == [ON]
        await time.until(7, 46)
        await switches_off(car)
        await automation.rests()
        await time.until(12)
        assert car.done == [ON, OFF]


async def test_a_car_on_the_road_is_left_alone(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Without the mains it would cost range."""
    async with morning(hass, broker) as (time, car):
        await car.module.set("v.c.pilot", value=False)
        await car.shows("plugged_in", "binary_sensor", "off")
        async with automated(hass, BLUEPRINT, **of(car)):
            await time.until(7, 25)
            assert car.told == []
            # Plugged in at last: there is still some time.
            await car.module.set("v.c.pilot", value=True)
            await car.shows("plugged_in", "binary_sensor", "on")
            await time.until(7, 27)
            await car.shows("cabin", "climate", "heat_cool")


async def test_the_driver_has_the_last_word(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Switched off by hand it stays off."""
    async with morning(hass, broker) as (time, car), automated(hass, BLUEPRINT, **of(car)) as automation:
        await time.until(7, 17)
        await automation.rests()
        await car.call("cabin", "climate.turn_off")
        await switches_off(car)
        await time.until(9)
        assert car.done == [ON, OFF]


async def test_weekends_are_for_sleeping(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Saturday and Sunday nothing happens, on Monday again."""
    async with morning(hass, broker, hour=12) as (time, car), automated(hass, BLUEPRINT, **of(car)) as automation:
        await time.forward(48 * 3600, step=300)
        assert dt_util.now().strftime("%a") == "Sun"
        assert car.told == []
        await time.until(7, 17, step=300)
        await automation.rests()
        assert car.done == [ON]


@pytest.mark.parametrize(
    ("degrees", "does"), [("3", [ON]), ("31", [ON]), ("18", []), ("unavailable", [ON]), ("unknown", [ON])]
)
async def test_only_cold_and_heat_ask_for_it(
    hass: HomeAssistant, broker: EmbeddedBroker, degrees: str, does: list[str]
) -> None:
    """An unknown temperature is not 0 °C, and not fine weather: who asked for a warm car gets one."""
    hass.states.async_set("sensor.outside", degrees)
    async with (
        morning(hass, broker) as (time, car),
        automated(hass, BLUEPRINT, **of(car, temperature="sensor.outside")) as automation,
    ):
        await time.until(7, 20)
        await automation.rests()
        assert car.done == does


async def test_departure_shortly_after_midnight(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The day is the one of the departure, whatever the day of the start."""
    inputs = {"departure": "00:05:00", "days": ["sat"]}
    async with (
        morning(hass, broker, hour=23, minute=30) as (time, car),
        automated(hass, BLUEPRINT, **of(car, **inputs)) as automation,
    ):
        await time.until(23, 48)
        assert car.told == []
        await time.until(23, 52)
        await automation.rests()
        await time.until(0, 21)
        await switches_off(car)
        await automation.rests()
        assert car.done == [ON, OFF]


async def test_a_car_that_cannot_be_switched_off_is_not_told_to(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Some modules can only start."""
    async with morning(hass, broker, vehicle_type="RZ2") as (time, car):
        car.module.config["xrz2", "vcan_enabled"] = "yes"
        async with automated(hass, BLUEPRINT, **of(car)) as automation:
            await time.until(7, 20)
            await automation.rests()
            await time.until(8, 30)
            assert car.told == [ON]


async def test_a_car_out_of_reach_is_told_again_and_not_for_ever(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A garage has no network at times."""
    async with morning(hass, broker) as (time, car), automated(hass, BLUEPRINT, **of(car)):
        car.module.knobs.refuse = True
        await time.until(7, 17)
        await eventually(lambda: car.told == [ON])
        await time.until(7, 18)
        car.module.knobs.refuse = False
        await time.until(7, 20)
        await car.shows("cabin", "climate", "heat_cool")
        assert car.told == [ON, ON]


@pytest.mark.parametrize(("began", "minute", "does"), [(None, 20, [ON]), (16, 20, []), (16, 50, [OFF])])
async def test_after_a_restart_of_home_assistant_it_goes_on(
    hass: HomeAssistant, broker: EmbeddedBroker, began: int | None, minute: int, does: list[str]
) -> None:
    """What was missed is done, and what was done is not done twice."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    with clock(hass, FRIDAY + timedelta(hours=7, minutes=minute - 1)) as time:
        begin_to_start(hass, None if began is None else FRIDAY + timedelta(hours=7, minutes=began))
        async with parked(hass, broker) as car:
            await car.module.set("v.c.pilot", value=True)
            await car.module.set("v.e.hvac", value=minute == 50)
            await car.shows("plugged_in", "binary_sensor", "on")
            async with automated(hass, BLUEPRINT, **of(car)) as automation:
                await hass.async_start()
                await time.forward(100)
                if OFF in does:
                    await switches_off(car)
                await automation.rests()
                assert car.done == does
