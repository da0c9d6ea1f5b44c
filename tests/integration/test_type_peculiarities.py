"""What single types of car do with a command that others do otherwise."""

import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
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
        assert any(metric in text and "Error: " in text for text in caplog.messages)


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
