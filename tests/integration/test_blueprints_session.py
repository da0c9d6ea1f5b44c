"""The blueprint that ends a session at an operator's charge point when the car has enough."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from simulators.broker import EmbeddedBroker
from simulators.cpo import Command, Result, Script

from .automations import automated, begin_to_start, clock
from .garage import MOMENT, Car, eventually, parked
from .plaza import Plaza, operated, uses_webhooks

pytestmark = uses_webhooks

BLUEPRINT = "stop_session_at_target"
HOUR = 3600.0


def of(car: Car, plaza: Plaza) -> dict[str, object]:
    """What a user fills in."""
    return {
        "state_of_charge": car.entity_id("state_of_charge", "sensor"),
        "session": plaza.place().entity_id("session", "switch"),
    }


async def has(car: Car, percent: float) -> None:
    """Have the car report a state of charge."""
    await car.module.set("v.b.soc", percent)
    await eventually(lambda: car.state("state_of_charge", "sensor") == str(float(percent)))


async def charges(plaza: Plaza) -> None:
    """Have a session go on."""
    plaza.cpo.plug_in()
    await plaza.place().start()
    await plaza.place().shows("session", "on", "switch")


def stops(plaza: Plaza) -> int:
    """How often the operator was told to end a session."""
    return sum(request.path.endswith("STOP_SESSION") for request in plaza.cpo.requests)


@asynccontextmanager
async def garage(hass: HomeAssistant, broker: EmbeddedBroker) -> AsyncGenerator[tuple[Car, Plaza]]:
    """A car, and an operator's charge point."""
    async with parked(hass, broker) as car, operated(hass) as plaza:
        yield car, plaza


async def test_the_session_ends_at_the_target(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Once, and what is to be done besides is done then."""
    done = async_mock_service(hass, "test", "tell")
    with clock(hass, MOMENT) as time:
        async with (
            garage(hass, broker) as (car, plaza),
            automated(hass, BLUEPRINT, **of(car, plaza), when_ended=[{"action": "test.tell"}]) as automation,
        ):
            await has(car, 60)
            await charges(plaza)
            await has(car, 79.9)
            await time.forward(HOUR)
            assert stops(plaza) == 0
            await has(car, 80)
            await plaza.place().shows("session", "off", "switch")
            await automation.rests()
            assert not plaza.cpo.charging()
            assert len(done) == 1
            await has(car, 81)
            await time.forward(HOUR)
            assert (stops(plaza), len(done)) == (1, 1)


async def test_a_car_that_has_enough_already(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A session that begins then ends at once."""
    with clock(hass, MOMENT):
        async with garage(hass, broker) as (car, plaza), automated(hass, BLUEPRINT, **of(car, plaza)) as automation:
            await has(car, 90)
            assert stops(plaza) == 0
            await charges(plaza)
            await plaza.place().shows("session", "off", "switch")
            await automation.rests()
            assert stops(plaza) == 1


async def test_an_operator_that_does_not_follow(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is told again with patience, until it does; nothing is done that waits for the end."""
    done = async_mock_service(hass, "test", "tell")
    with clock(hass, MOMENT) as time:
        async with (
            garage(hass, broker) as (car, plaza),
            automated(hass, BLUEPRINT, **of(car, plaza), when_ended=[{"action": "test.tell"}]),
        ):
            await has(car, 60)
            await charges(plaza)
            plaza.cpo.scripts[Command.STOP_SESSION] = Script(immediate=Result.REJECTED)
            for tenth in range(60):
                await has(car, 80 + tenth / 10)
                await time.forward(10)
            assert 2 <= stops(plaza) <= 5
            assert not done
            plaza.cpo.heal()
            await time.forward(600)
            await plaza.place().shows("session", "off", "switch")


async def test_an_unknown_state_of_charge(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is not a full battery."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker, boot=False, set_up=False) as car, operated(hass) as plaza:
            await car.module.clear("v.b.soc", publish=False)
            await car.module.boot()
            await car.set_up()
            async with automated(hass, BLUEPRINT, **of(car, plaza)):
                await charges(plaza)
                await time.forward(HOUR)
                assert stops(plaza) == 0


@pytest.mark.parametrize("plugged_in", [True, False])
async def test_another_car_on_the_same_token(hass: HomeAssistant, broker: EmbeddedBroker, plugged_in: bool) -> None:
    """Its session goes on, if this car can tell that it is not the one on the cable."""
    with clock(hass, MOMENT) as time:
        async with garage(hass, broker) as (car, plaza):
            plug = car.entity_id("plugged_in", "binary_sensor")
            async with automated(hass, BLUEPRINT, **of(car, plaza), plugged_in=plug) as automation:
                await charges(plaza)
                await has(car, 90)
                await time.forward(600)
                assert stops(plaza) == 0
                if plugged_in:
                    await car.module.plug_in()
                    await car.module.send_modified()
                    await plaza.place().shows("session", "off", "switch")
                await automation.rests()
                assert stops(plaza) == plugged_in


async def test_the_target_comes_from_a_dashboard(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A helper counts instead of the fixed target, also during a session."""
    limits = {"min": 20, "max": 100, "initial": 90}
    assert await async_setup_component(hass, INPUT_NUMBER, {INPUT_NUMBER: {"target": limits}})
    helper = "input_number.target"
    with clock(hass, MOMENT):
        async with (
            garage(hass, broker) as (car, plaza),
            automated(hass, BLUEPRINT, **of(car, plaza), target_helper=helper) as automation,
        ):
            await has(car, 60)
            await charges(plaza)
            await has(car, 85)
            await automation.rests()
            assert stops(plaza) == 0
            data = {"entity_id": helper, "value": 82}
            await hass.services.async_call(INPUT_NUMBER, "set_value", data, blocking=True)
            await plaza.place().shows("session", "off", "switch")
            await automation.rests()


async def test_after_a_restart_of_home_assistant(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A target that was reached meanwhile still ends the session."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker, boot=False, set_up=False) as car, operated(hass, set_up=False) as plaza:
            await car.module.boot()
            await car.module.set("v.b.soc", 85)
            plaza.cpo.plug_in()
            plaza.cpo.swipe(driver="DRIVER-1")
            begin_to_start(hass)
            await car.set_up()
            await plaza.set_up()
            async with automated(hass, BLUEPRINT, **of(car, plaza)) as automation:
                assert stops(plaza) == 0
                await hass.async_start()
                await time.forward(60)
                await plaza.place().shows("session", "off", "switch")
                await automation.rests()
                assert stops(plaza) == 1
