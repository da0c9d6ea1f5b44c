"""The blueprints that tell of a car that is not plugged in, and of a low 12 V battery."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from simulators.broker import EmbeddedBroker

from .automations import Clock, automated, begin_to_start, clock, listen
from .dialog import uses_home_assistants_server
from .garage import Car, eventually, parked

pytestmark = uses_home_assistants_server

PLUG = "notify_not_plugged_in"
LOW = "notify_12v_low"
FRIDAY = datetime(2026, 11, 20, tzinfo=dt_util.get_time_zone("Europe/Berlin"))
NAME = "VW e-Golf DEMO1"
NOT_PLUGGED_IN = f"{NAME} is not plugged in."
NOT_KNOWN = f"It is not known whether {NAME} is plugged in."
MINUTE, HOUR = 60, 3600


@asynccontextmanager
async def at(
    hass: HomeAssistant, broker: EmbeddedBroker, hour: int, minute: int = 0, *, pilot: bool | None = False
) -> AsyncGenerator[tuple[Clock, Car]]:
    """A car at some time of a Friday; whether it is on the cable may be unknown."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    with clock(hass, FRIDAY + timedelta(hours=hour, minutes=minute)) as time:
        async with parked(hass, broker, boot=False, set_up=False) as car:
            if pilot is None:
                await car.module.clear("v.c.pilot", publish=False)
            await car.module.boot()
            if pilot is not None:
                await car.module.set("v.c.pilot", pilot)
            await car.set_up()
            yield time, car


def plug_of(car: Car, **more: object) -> dict[str, object]:
    """What a user fills in."""
    return {"plugged_in": car.entity_id("plugged_in", "binary_sensor"), **more}


def battery_of(car: Car, *, voltage: bool = False, **more: object) -> dict[str, object]:
    """What a user fills in."""
    inputs = {"alert": car.entity_id("battery_12v_alert", "binary_sensor"), **more}
    return {**inputs, "voltage": car.entity_id("battery_12v_voltage", "sensor")} if voltage else inputs


# Not plugged in


@pytest.mark.parametrize(("pilot", "says"), [(False, [NOT_PLUGGED_IN]), (True, []), (None, [NOT_KNOWN])])
async def test_it_looks_at_ten(
    hass: HomeAssistant, broker: EmbeddedBroker, pilot: bool | None, says: list[str]
) -> None:
    """And says what is the case, once; what is not known is neither."""
    told = await listen(hass)
    async with at(hass, broker, 21, pilot=pilot) as (time, car), automated(hass, PLUG, **plug_of(car)) as automation:
        await time.until(21, 58)
        assert told == []
        await time.until(22, 10)
        await automation.rests()
        assert told == says
        await time.until(20)
        assert told == says
        await time.until(22, 10)
        assert told == says * 2


async def test_phones_are_told(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Those that were chosen, in one's own words."""
    calls = async_mock_service(hass, "notify", "send_message")
    phones = ["notify.phone", "notify.watch"]
    async with at(hass, broker, 21) as (time, car):
        inputs = plug_of(car, tell=phones, message="{{ car }} steht ohne Kabel da.", time="21:30:00")
        async with automated(hass, PLUG, **inputs):
            await time.until(22, 10)
    assert [call.data for call in calls] == [{"entity_id": phones, "message": f"{NAME} steht ohne Kabel da."}]


@pytest.mark.parametrize(
    ("where", "percent", "says"),
    [
        ((52.516275, 13.377704), 40, [NOT_PLUGGED_IN]),
        ((48.137, 11.575), 40, []),
        (None, 40, [NOT_PLUGGED_IN]),
        ((52.516275, 13.377704), 90, []),
        ((52.516275, 13.377704), None, [NOT_PLUGGED_IN]),
    ],
)
async def test_a_car_that_is_elsewhere_or_full_enough_may_stand_there(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    where: tuple[float, float] | None,
    percent: float | None,
    says: list[str],
) -> None:
    """What is not known is no reason to be silent."""
    await hass.config.async_update(latitude=52.516275, longitude=13.377704)
    told = await listen(hass)
    async with at(hass, broker, 21) as (time, car):
        location = car.entity_id("location", "device_tracker")
        soc = car.entity_id("state_of_charge", "sensor")
        if where is None:
            hass.states.async_set(location, "unknown")
        else:
            await car.module.set("v.p.gpslock", value=True)
            await car.module.set("v.p.latitude", where[0])
            await car.module.set("v.p.longitude", where[1])
            here = where[0] > 50
            await eventually(lambda: (car.state("location", "device_tracker") == "home") is here)
        if percent is None:
            hass.states.async_set(soc, "unavailable")
        else:
            await car.module.set("v.b.soc", percent)
            await car.shows("state_of_charge", "sensor", str(float(percent)))
        async with automated(hass, PLUG, **plug_of(car, location=location, state_of_charge=soc)):
            await time.until(22, 10)
            assert told == says


async def test_only_on_chosen_evenings(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Not on a Friday, but on Sunday."""
    told = await listen(hass)
    async with at(hass, broker, 21) as (time, car), automated(hass, PLUG, **plug_of(car, days=["sun"])):
        await time.until(20)
        await time.until(23)
        assert told == []
        await time.until(21)
        await time.until(23)
        assert told == [NOT_PLUGGED_IN]


@pytest.mark.parametrize(
    ("hour", "minute", "looked", "says"),
    [
        (22, 20, None, [NOT_PLUGGED_IN]),
        (22, 20, timedelta(hours=22), []),
        (22, 20, timedelta(hours=-2), [NOT_PLUGGED_IN]),
        (3, 0, timedelta(hours=-2), []),
    ],
)
async def test_after_a_restart_of_home_assistant_it_looks_if_it_had_not(
    hass: HomeAssistant, broker: EmbeddedBroker, hour: int, minute: int, looked: timedelta | None, says: list[str]
) -> None:
    """Late in the evening is better than never; in the middle of the night it is not."""
    told = await listen(hass)
    begin_to_start(hass, None if looked is None else FRIDAY + looked)
    async with at(hass, broker, hour, minute) as (time, car), automated(hass, PLUG, **plug_of(car)):
        await hass.async_start()
        await time.forward(10 * MINUTE)
        assert told == says


# 12 V


async def test_a_low_battery_is_told_once_and_again_the_next_day(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module's own alert."""
    told = await listen(hass)
    async with at(hass, broker, 12) as (time, car), automated(hass, LOW, **battery_of(car)):
        await time.forward(HOUR)
        assert told == []
        await car.module.set("v.b.12v.voltage.alert", value=True)
        await car.shows("battery_12v_alert", "binary_sensor", "on")
        await time.forward(12 * MINUTE)
        assert told == [f"The 12 V battery of {NAME} is low."]
        await time.forward(22 * HOUR, step=300)
        assert len(told) == 1
        await time.forward(3 * HOUR)
        assert len(told) == 2


async def test_a_dip_is_not_told_and_a_second_time_is(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Something heavy runs for a moment; but a battery that was well and gets low again is news."""
    told = await listen(hass)
    async with at(hass, broker, 12) as (time, car), automated(hass, LOW, **battery_of(car, voltage=True)):

        async def volts(value: float) -> None:
            await car.module.set("v.b.12v.voltage", value)
            await eventually(lambda: float(car.state("battery_12v_voltage", "sensor")) == pytest.approx(value))

        await volts(12.6)
        await volts(11.5)
        await time.forward(3 * MINUTE)
        await volts(12.5)
        await time.forward(HOUR)
        assert told == []

        await volts(11.5)
        await time.forward(15 * MINUTE)
        assert told == [f"The 12 V battery of {NAME} is low. 11.5 V"]
        for value in (11.9, 11.7, 12.0, 11.6):
            await volts(value)
            await time.forward(HOUR)
        assert len(told) == 1
        await volts(12.7)
        await time.forward(HOUR)
        await volts(11.4)
        await time.forward(15 * MINUTE)
        assert len(told) == 2


async def test_what_is_not_known_is_not_low_and_not_well(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A broker that goes away takes both values along."""
    told = await listen(hass)
    async with at(hass, broker, 12) as (time, car), automated(hass, LOW, **battery_of(car, voltage=True)):
        await broker.stop()
        await car.shows("battery_12v_voltage", "sensor", "unavailable")
        await time.forward(2 * HOUR)
        assert told == []
        await broker.start()
        await car.module.reconnect()
        await car.module.set("v.b.12v.voltage", 11.2)
        await eventually(lambda: car.state("battery_12v_voltage", "sensor").startswith("11.2"))
        await time.forward(15 * MINUTE)
        assert len(told) == 1
        await broker.stop()
        await car.shows("battery_12v_voltage", "sensor", "unavailable")
        await time.forward(HOUR)
        await broker.start()
        await car.module.reconnect()
        await eventually(lambda: car.state("battery_12v_voltage", "sensor").startswith("11.2"))
        await time.forward(HOUR)
        assert len(told) == 1


async def test_phones_are_told_of_the_battery(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """In one's own words."""
    calls = async_mock_service(hass, "notify", "send_message")
    async with at(hass, broker, 12) as (time, car):
        inputs = battery_of(car, voltage=True, tell=["notify.phone"], message="{{ car }}: {{ volts }}", below=12.9)
        async with automated(hass, LOW, **inputs):
            await car.module.set("v.b.12v.voltage", 12.1)
            await time.forward(30 * MINUTE)
    assert [call.data["message"] for call in calls] == [f"{NAME}: 12.1 V"]


async def test_a_battery_that_was_low_before_a_restart_is_still_told(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """It may have become low meanwhile."""
    told = await listen(hass)
    begin_to_start(hass, FRIDAY)
    async with at(hass, broker, 12) as (time, car):
        await car.module.set("v.b.12v.voltage.alert", value=True)
        await car.shows("battery_12v_alert", "binary_sensor", "on")
        async with automated(hass, LOW, **battery_of(car)):
            await hass.async_start()
            await time.forward(15 * MINUTE)
            assert len(told) == 1
