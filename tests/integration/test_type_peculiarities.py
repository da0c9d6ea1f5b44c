"""What single types of car do with a command that others do otherwise."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from simulators.broker import EmbeddedBroker

from .garage import parked

# The type of car, the entity, what it is told, what already is so, and what the module is sent.
SAME_AGAIN: dict[str, tuple[str, str, str, str, bool, str]] = {
    "e-Up charges": ("VWUP", "charging", "switch.turn_on", "v.c.charging", True, "charge start"),
    "e-Up does not charge": ("VWUP", "charging", "switch.turn_off", "v.c.charging", False, "charge stop"),
    "e-Up is warmed": ("VWUP", "cabin", "climate.turn_on", "v.e.hvac", True, "climatecontrol on"),
    "e-Up is not warmed": ("VWUP", "cabin", "climate.turn_off", "v.e.hvac", False, "climatecontrol off"),
    "Volt is warmed": ("VA", "cabin", "climate.turn_on", "v.e.hvac", True, "climatecontrol on"),
    "Volt is not warmed": ("VA", "cabin", "climate.turn_off", "v.e.hvac", False, "climatecontrol off"),
    "Zoe is warmed": ("RZ2", "cabin", "climate.turn_on", "v.e.hvac", True, "climatecontrol on"),
}

every_same_again = pytest.mark.parametrize(
    ("vehicle_type", "key", "action", "metric", "so", "line"), SAME_AGAIN.values(), ids=SAME_AGAIN.keys()
)


@every_same_again
async def test_what_already_is_so_is_no_failure(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    caplog: pytest.LogCaptureFixture,
    vehicle_type: str,
    key: str,
    action: str,
    metric: str,
    so: bool,
    line: str,
) -> None:
    """These modules refuse it, and an automation that says it twice must not end there."""
    caplog.set_level(logging.DEBUG, "custom_components.open_ev")
    async with parked(hass, broker, vehicle_type, metrics={metric: so}) as car:
        platform = action.partition(".")[0]
        before = car.look(key, platform)
        await car.call(key, action)
        assert car.told == [line]
        assert car.done == [], "the module refused"
        assert car.look(key, platform) == before
        assert f"{metric} is what was asked for, so it is no failure that the module refused" in caplog.messages


@every_same_again
async def test_a_failure_stays_one_where_it_is_not_so(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    vehicle_type: str,
    key: str,
    action: str,
    metric: str,
    so: bool,
    line: str,
) -> None:
    """The same answer, and the car reports the other state: then the user is told, in the module's words."""
    async with parked(hass, broker, vehicle_type, metrics={metric: not so}) as car:
        car.module.knobs.refuse = True
        with pytest.raises(HomeAssistantError, match=r"Error: (Could not|Climate Control failed)") as error:
            await car.call(key, action)
        assert error.value.translation_key == "failed"
        assert car.told == [line]


async def test_a_failure_stays_one_where_nothing_is_known(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A Volt says nothing of its climate control before it was used for the first time."""
    async with parked(hass, broker, "VA", boot=False, set_up=False) as car:
        await car.module.clear("v.e.hvac", publish=False)
        await car.module.boot()
        await car.set_up()
        assert car.state("cabin", "climate") == "unknown"
        with pytest.raises(HomeAssistantError, match="Error: Climate Control failed"):
            await car.call("cabin", "climate.turn_off")


@every_same_again
@pytest.mark.usefixtures("impatient")
async def test_what_is_no_failure_of_the_car_is_told(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    vehicle_type: str,
    key: str,
    action: str,
    metric: str,
    so: bool,
    line: str,
) -> None:
    """That the car has no such function, that nobody understood, that nobody answered: it is not hidden by the state."""
    async with parked(hass, broker, vehicle_type, metrics={metric: so}) as car:
        for reply, error_key in {
            "Error: Climate Control functionality not available": "unsupported",
            "Unrecognised command": "unknown_command",
            "Usage: climatecontrol on|off": "usage_error",
            "": "empty_answer",
        }.items():
            car.module.knobs.reply_override = reply
            with pytest.raises(HomeAssistantError) as error:
                await car.call(key, action)
            assert error.value.translation_key == error_key
        car.module.knobs.reply_override = None
        car.module.knobs.lose_replies = True
        car.module.knobs.troubled = line
        with pytest.raises(HomeAssistantError) as error:
            await car.call(key, action)
        assert error.value.translation_key == "no_answer"


def _range(attributes: dict[str, Any]) -> tuple[float, float, float]:
    return attributes["min"], attributes["max"], attributes["step"]


async def test_a_twizy_charges_with_one_of_seven_currents(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Its module would take 4 A for no limit at all and 16 A for 15, and say that it set what was asked."""
    async with parked(hass, broker, "RT") as car:
        assert _range(dict(car.look("charge_current", "number").attributes)) == (5, 35, 5)
        for value in (0, 4, 36, 40):
            with pytest.raises(ServiceValidationError) as error:
                await car.call("charge_current", "number.set_value", value=value)
            assert error.value.translation_key == "out_of_range"
        for value in (6, 12, 16, 34):
            with pytest.raises(ServiceValidationError) as error:
                await car.call("charge_current", "number.set_value", value=value)
            assert error.value.translation_key == "invalid_out_of_range"
        assert car.told == []
        assert car.state("charge_current", "number") == "10.0"

        for value in (5, 15, 35):
            await car.call("charge_current", "number.set_value", value=value)
            await car.settled()
            assert car.state("charge_current", "number") == f"{value}.0"
            assert car.module.config["xrt", "chargelevel"] == str(value // 5)
        assert car.told == ["charge current 5", "charge current 15", "charge current 35"]


async def test_a_twizy_knows_two_charge_modes(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Its module takes the two others for storage."""
    async with parked(hass, broker, "RT") as car:
        assert car.look("charge_mode", "select").attributes["options"] == ["standard", "storage"]
        for mode in ("range", "performance"):
            with pytest.raises(ServiceValidationError):
                await car.call("charge_mode", "select.select_option", option=mode)
        assert car.told == []
        for mode in ("storage", "standard"):
            await car.call("charge_mode", "select.select_option", option=mode)
            await car.settled()
            assert car.state("charge_mode", "select") == mode


async def test_other_cars_are_offered_everything(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What a module can do is not known to be less."""
    async with parked(hass, broker, "TR") as car:
        assert _range(dict(car.look("charge_current", "number").attributes)) == (1, 80, 1)
        assert car.look("charge_mode", "select").attributes["options"] == [
            "standard",
            "storage",
            "range",
            "performance",
        ]


async def test_a_volt_charges_with_the_highest_of_its_currents_below(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """What is shown is what it reports, and below its lowest it fails."""
    async with parked(hass, broker, "VA") as car:
        await car.call("charge_current", "number.set_value", value=8)
        await car.settled()
        assert car.state("charge_current", "number") == "6.0"
        with pytest.raises(HomeAssistantError, match="Could not set charge current limit to 5A"):
            await car.call("charge_current", "number.set_value", value=5)
        await car.settled()
        assert car.state("charge_current", "number") == "6.0"
