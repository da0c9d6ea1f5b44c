"""The blueprint that charges to a target and stops."""

from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from simulators.broker import EmbeddedBroker

from .automations import automated, begin_to_start, clock
from .dialog import uses_home_assistants_server
from .driveway import Station, installed
from .garage import MOMENT, Car, eventually, parked

pytestmark = uses_home_assistants_server

BLUEPRINT = "charge_to_target"
HOUR = 3600.0


def of(car: Car) -> dict[str, object]:
    """What a user fills in who lets the car itself start and stop."""
    return {
        "state_of_charge": car.entity_id("state_of_charge", "sensor"),
        "charging": car.entity_id("charging", "switch"),
        "plugged_in": car.entity_id("plugged_in", "binary_sensor"),
    }


def on_mains(station: Station) -> bool:
    """Whether the relay is closed."""
    return station.evse.relay_closed


async def has(car: Car, percent: float) -> None:
    """Have the car report a state of charge."""
    await car.module.set("v.b.soc", percent)
    await eventually(lambda: car.state("state_of_charge", "sensor") == str(float(percent)))


async def charges(car: Car) -> None:
    """Have the car plugged in, and charging by itself."""
    await car.module.start_charging()
    await car.module.send_modified()
    await car.shows("charging", "switch", "on")
    await car.shows("plugged_in", "binary_sensor", "on")


async def test_a_car_charges_to_the_target_and_stops(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """From the cable to the message that it is done."""
    done = async_mock_service(hass, "test", "tell")
    with clock(hass, MOMENT) as time:
        async with (
            parked(hass, broker) as car,
            automated(hass, BLUEPRINT, **of(car), when_reached=[{"action": "test.tell"}]) as automation,
        ):
            await car.module.plug_in()
            await car.module.send_modified()
            await car.shows("plugged_in", "binary_sensor", "on")
            await time.forward(5)
            assert car.done == []
            await time.forward(10)
            await car.shows("charging", "switch", "on")
            await has(car, 79.5)
            await time.forward(HOUR)
            assert car.done == ["charge start"]
            assert not done
            await has(car, 80)
            await car.shows("charging", "switch", "off")
            await automation.rests()
            assert car.done == ["charge start", "charge stop"]
            assert len(done) == 1


async def test_a_charger_stops_for_a_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """And charges the next time that the car is plugged in."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car, installed(hass) as station:
            inputs = {
                **of(car),
                "charging": station.entity_id("charging_enabled", "switch"),
                "plugged_in": station.entity_id("vehicle_connected", "binary_sensor"),
            }
            station.evse.plug_in()
            station.evse.tick(5)
            await station.shows("charging", "binary_sensor", "on")
            async with automated(hass, BLUEPRINT, **inputs) as automation:
                await has(car, 80.5)
                await station.shows("charging", "binary_sensor", "off")
                await automation.rests()
                assert not on_mains(station)

                station.evse.unplug()
                station.evse.tick(5)
                await station.shows("vehicle_connected", "binary_sensor", "off")
                await has(car, 40)
                await time.forward(HOUR)
                station.evse.plug_in()
                station.evse.tick(5)
                await station.shows("vehicle_connected", "binary_sensor", "on")
                await time.forward(40)
                await automation.rests()
                station.evse.tick(5)
                assert on_mains(station)
            assert car.told == []


async def test_a_charger_that_waits_for_a_full_car_is_left_alone(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The state of charge of a car that is elsewhere is no reason to switch the charger off for others."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car, installed(hass) as station:
            charging = station.entity_id("charging_enabled", "switch")
            plug = station.entity_id("vehicle_connected", "binary_sensor")
            async with automated(hass, BLUEPRINT, **{**of(car), "charging": charging, "plugged_in": plug}):
                await has(car, 90)
                await time.forward(HOUR)
                assert station.state("charging_enabled", "switch") == "on"


async def test_it_does_not_begin_again_close_to_the_target(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A battery settles by some tenths of a percent after charging."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car, automated(hass, BLUEPRINT, **of(car)):
            await charges(car)
            await time.forward(60)
            await has(car, 80)
            await car.shows("charging", "switch", "off")
            for percent in (79.8, 79.3, 80.1, 78.9):
                await has(car, percent)
                await time.forward(600)
            await broker.restart()
            await eventually(lambda: car.state("charging", "switch") == "unavailable")
            await car.module.reconnect()
            await eventually(lambda: car.state("charging", "switch") == "off")
            await time.forward(600)
            assert car.done == ["charge stop"]


async def test_what_is_switched_off_by_hand_stays_off(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Whoever stops charging has a reason."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car, automated(hass, BLUEPRINT, **of(car)):
            await charges(car)
            await time.forward(60)
            await car.call("charging", "switch.turn_off")
            await car.shows("charging", "switch", "off")
            for percent in (50, 49, 48):
                await has(car, percent)
                await time.forward(HOUR)
            assert car.done == ["charge stop"]


async def test_an_unknown_state_of_charge_neither_starts_nor_stops(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Nothing known is not an empty battery, and not a full one."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker, boot=False, set_up=False) as car:
            await car.module.clear("v.b.soc", publish=False)
            await car.module.boot()
            await car.set_up()
            async with automated(hass, BLUEPRINT, **of(car)) as automation:
                assert car.state("state_of_charge", "sensor") in {"unavailable", "unknown"}
                await car.module.plug_in()
                await car.module.send_modified()
                await car.shows("plugged_in", "binary_sensor", "on")
                await time.forward(HOUR)
                assert car.told == []
                # As soon as it is known, it is known that there is something to do.
                await has(car, 30)
                await time.forward(40)
                await automation.rests()
                assert car.done == ["charge start"]


async def test_a_car_that_does_not_follow_is_told_again_with_patience(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """It reports every ten seconds, and is not told every ten seconds."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker) as car, automated(hass, BLUEPRINT, **of(car)):
            await charges(car)
            car.module.knobs.confirm = False
            for tenth in range(60):
                await has(car, 80 + tenth / 10)
                await time.forward(10)
            assert 5 <= car.told.count("charge stop") <= 11
            car.module.knobs.confirm = True
            await time.forward(HOUR)
            await car.shows("charging", "switch", "off")


async def test_the_target_comes_from_a_dashboard(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A helper counts instead of the fixed target, also while the car charges."""
    limits = {"min": 20, "max": 100, "initial": 90}
    assert await async_setup_component(hass, INPUT_NUMBER, {INPUT_NUMBER: {"target": limits}})
    helper = "input_number.target"
    with clock(hass, MOMENT) as time:
        async with (
            parked(hass, broker) as car,
            automated(hass, BLUEPRINT, **of(car), target_helper=helper) as automation,
        ):
            await charges(car)
            await time.forward(60)
            await has(car, 85)
            await automation.rests()
            assert car.state("charging", "switch") == "on"
            data = {"entity_id": helper, "value": 82}
            await hass.services.async_call(INPUT_NUMBER, "set_value", data, blocking=True)
            await car.shows("charging", "switch", "off")
            await automation.rests()


@pytest.mark.parametrize(
    ("percent", "charging", "does"), [(85, True, ["charge stop"]), (50, False, ["charge start"]), (77, False, [])]
)
async def test_after_a_restart_of_home_assistant_it_goes_on(
    hass: HomeAssistant, broker: EmbeddedBroker, percent: float, charging: bool, does: list[str]
) -> None:
    """Whatever was missed: the target reached, or the cable plugged in."""
    with clock(hass, MOMENT) as time:
        async with parked(hass, broker, boot=False, set_up=False) as car:
            await car.module.boot()
            await car.module.set("v.b.soc", percent)
            await (car.module.start_charging() if charging else car.module.plug_in())
            begin_to_start(hass)
            await car.set_up()
            async with automated(hass, BLUEPRINT, **of(car)) as automation:
                assert car.told == []
                await hass.async_start()
                await time.forward(60)
                await automation.rests()
                assert car.done == does
                await time.forward(HOUR)
                assert car.done == does
