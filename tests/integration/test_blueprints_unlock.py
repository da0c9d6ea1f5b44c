"""The blueprint that unlocks only when somebody is home."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from homeassistant.components.input_button import DOMAIN as INPUT_BUTTON
from homeassistant.components.lock import LockState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from simulators.broker import EmbeddedBroker

from .automations import Automation, Clock, automated, clock, listen
from .dialog import uses_home_assistants_server
from .garage import MOMENT, PIN, Car, eventually, parked

pytestmark = [uses_home_assistants_server, pytest.mark.usefixtures("impatient")]

BLUEPRINT = "unlock_when_home"
BUTTON = "input_button.open"
PEOPLE = ["person.ada", "person.bob"]
NAME = "VW e-Golf DEMO1"
CONFIRM = f"Press again to unlock {NAME}."
NOBODY = f"{NAME} stays locked: nobody is home."
AWAY = f"{NAME} stays locked: it is not known to be home."
FAILED = f"{NAME} was not unlocked. Is it in reach, and has its lock a default code?"


@dataclass(frozen=True, kw_only=True)
class Home:
    """A household with a car, a button and an automation."""

    time: Clock
    car: Car
    automation: Automation
    told: list[str]

    async def press(self, *, then: float = 2) -> None:
        """Press the button, and let some seconds pass."""
        target = {"entity_id": BUTTON}
        await self.car.hass.services.async_call(INPUT_BUTTON, "press", target=target, blocking=True)
        await self.time.forward(then, step=1)

    async def ends(self) -> None:
        """Wait until the automation has ended, whatever it waits for."""
        await self.time.forward(60, step=5)
        await self.automation.rests()


@asynccontextmanager
async def home(
    hass: HomeAssistant, broker: EmbeddedBroker, *, code: bool = True, **inputs: object
) -> AsyncGenerator[Home]:
    """A locked car whose lock has a default code, unless that is left out; one person of two is home."""
    assert await async_setup_component(hass, INPUT_BUTTON, {INPUT_BUTTON: {"open": {}}})
    for person, state in zip(PEOPLE, ("not_home", "home"), strict=True):
        hass.states.async_set(person, state)
    told = await listen(hass)
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car:
            doors = car.entity_id("doors", "lock")
            if code:
                er.async_get(hass).async_update_entity_options(doors, "lock", {"default_code": PIN})
            await car.module.set("v.e.locked", value=True)
            await car.shows("doors", "lock", LockState.LOCKED)
            async with automated(hass, BLUEPRINT, button=BUTTON, lock=doors, people=PEOPLE, **inputs) as automation:
                yield Home(time=time, car=car, automation=automation, told=told)


async def test_two_presses_unlock_when_somebody_is_home(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The first one asks, the second one confirms; the PIN is the lock's own."""
    async with home(hass, broker) as house:
        await house.press()
        assert house.told == [CONFIRM]
        assert house.car.told == []
        await house.press()
        await house.car.shows("doors", "lock", LockState.UNLOCKED)
        await house.automation.rests()
        assert house.car.done == [f"unlock {PIN}"]
        assert house.told == [CONFIRM]


async def test_one_press_is_not_enough(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Neither is one that comes too late, which asks anew, nor a button that bounces."""
    async with home(hass, broker) as house:
        await house.press(then=30)
        assert not house.automation.running
        await house.press(then=0)
        await house.press(then=30)
        assert house.told == [CONFIRM, CONFIRM]
        assert house.car.told == []
        assert house.car.state("doors", "lock") == LockState.LOCKED


@pytest.mark.parametrize("state", ["not_home", "work", "unknown", "unavailable"])
async def test_nobody_is_home(hass: HomeAssistant, broker: EmbeddedBroker, state: str) -> None:
    """Who is not known to be home is not home."""
    async with home(hass, broker) as house:
        hass.states.async_set("person.bob", state)
        await house.press()
        await house.press()
        await house.ends()
        assert set(house.told) == {NOBODY}
        assert house.car.told == []


async def test_whoever_leaves_in_between_takes_the_key_along(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is looked again just before the car is unlocked."""
    async with home(hass, broker) as house:
        await house.press()
        hass.states.async_set("person.bob", "not_home")
        await house.press()
        await house.ends()
        assert house.told == [CONFIRM, NOBODY]
        assert house.car.told == []


@pytest.mark.parametrize(("here", "opens"), [(True, True), (False, False), (None, False)])
async def test_the_car_has_to_be_home_too(
    hass: HomeAssistant, broker: EmbeddedBroker, here: bool | None, opens: bool
) -> None:
    """If that is asked for: a car at the station is not opened from the sofa."""
    tracker = "device_tracker.vw_e_golf_demo1_location"
    await hass.config.async_update(latitude=52.516275, longitude=13.377704)
    async with home(hass, broker, location=tracker) as house:
        await house.car.module.set("v.p.gpslock", value=True)
        await house.car.module.set("v.p.latitude", 52.516275 if here else 48.137)
        await house.car.module.set("v.p.longitude", 13.377704 if here else 11.575)
        await eventually(lambda: (house.car.state("location", "device_tracker") == "home") is bool(here))
        if here is None:
            hass.states.async_set(tracker, "unknown")
        await house.press()
        await house.press()
        await house.ends()
        assert house.car.done == ([f"unlock {PIN}"] if opens else [])
        assert set(house.told) == ({CONFIRM} if opens else {AWAY})


async def test_without_a_default_code_it_says_that_it_cannot(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """There is no other way to the PIN."""
    async with home(hass, broker, code=False) as house:
        await house.press()
        await house.press()
        await house.ends()
        assert house.told == [CONFIRM, FAILED]
        assert house.car.told == []


@pytest.mark.parametrize("fail", [lambda car: setattr(car.module.knobs, "refuse", True), None])
async def test_a_car_that_does_not_open_is_told(
    hass: HomeAssistant, broker: EmbeddedBroker, fail: Callable[[Car], None] | None
) -> None:
    """Refused, or said to be done and not done."""
    async with home(hass, broker) as house:
        if fail is None:
            house.car.module.knobs.confirm = False
        else:
            fail(house.car)
        await house.press()
        await house.press()
        await house.ends()
        assert house.told == [CONFIRM, FAILED]
        assert house.car.state("doors", "lock") == LockState.LOCKED


async def test_a_car_out_of_reach_is_not_tried(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """An unlocking that runs when the car is back would be worse than none."""
    async with home(hass, broker) as house:
        await broker.stop()
        await house.car.shows("doors", "lock", "unavailable")
        await house.press()
        await house.press()
        await house.ends()
        assert set(house.told) == {f"{NAME} was not unlocked: it does not tell whether it is locked."}


async def test_a_button_that_comes_back_was_not_pressed(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Home Assistant restores the moment of the last press when it starts or reloads."""
    async with home(hass, broker) as house:
        before = dt_util.utcnow().isoformat()
        await house.time.forward(60)
        hass.states.async_set(BUTTON, "unavailable")
        hass.states.async_set(BUTTON, before)
        hass.states.async_remove(BUTTON)
        hass.states.async_set(BUTTON, before)
        await house.ends()
        assert house.told == []
        # Neither does it confirm.
        now = dt_util.utcnow().isoformat()
        hass.states.async_set(BUTTON, now)
        await house.time.forward(2, step=1)
        assert house.told == [CONFIRM]
        hass.states.async_remove(BUTTON)
        hass.states.async_set(BUTTON, now)
        await house.ends()
        assert house.car.told == []


async def test_an_open_car_is_left_alone(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """There is nothing to do and nothing to say."""
    async with home(hass, broker) as house:
        await house.car.module.set("v.e.locked", value=False)
        await house.car.shows("doors", "lock", LockState.UNLOCKED)
        await house.press()
        await house.ends()
        assert house.told == []
        assert house.car.told == []
