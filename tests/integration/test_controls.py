"""Everything that can be switched, set, chosen or pressed: what the car does of it, and what is shown when it does not."""

import asyncio
from typing import Any

from homeassistant.components.climate import (
    ATTR_CURRENT_TEMPERATURE,
    ATTR_HVAC_ACTION,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceNotSupported, ServiceValidationError
import pytest

from simulators.broker import EmbeddedBroker

from .garage import Car, eventually, parked

# A control of each kind: the type of car, the entity, what is done, and what the module is sent.
CONTROLS: dict[str, tuple[str, str, str, dict[str, Any], str]] = {
    "climate on": ("VWEG", "cabin", "climate.turn_on", {}, "climatecontrol on"),
    "climate off": ("VWEG", "cabin", "climate.turn_off", {}, "climatecontrol off"),
    "climate mode": ("NL", "cabin", "climate.set_hvac_mode", {"hvac_mode": "heat_cool"}, "climatecontrol on"),
    "start charging": ("VWEG", "charging", "switch.turn_on", {}, "charge start"),
    "stop charging": ("FT5E", "charging", "switch.turn_off", {}, "charge stop"),
    "charge current": ("RT", "charge_current", "number.set_value", {"value": 10}, "charge current 10"),
    "target": ("VWUP", "target_state_of_charge", "number.set_value", {"value": 70}, "config set xvu chg_soclimit 70"),
    "charge mode": ("TR", "charge_mode", "select.select_option", {"option": "range"}, "charge mode range"),
    "wake up": ("RZ2", "wake_up", "button.press", {}, "wakeup"),
    "cool down": ("TR", "cool_down", "button.press", {}, "charge cooldown"),
    "homelink": ("NL", "homelink_1", "button.press", {}, "homelink 1"),
    "refresh": ("KS", "refresh", "button.press", {}, "server v3 update all"),
    "restart": ("KS", "restart_module", "button.press", {}, "module reset"),
}

# What a module can answer instead of doing it, and the error that the user sees.
REFUSALS = {
    "Error: Vehicle wake functionality not available": "unsupported",
    "Error: Could not do it": "failed",
    "ERROR:too many tokens or invalid quoting": "failed",
    "Unrecognised command\nUsage: charge start|stop": "unknown_command",
    "Usage: charge current <amps>": "usage_error",
    "Subcommand required\nUsage: charge start|stop": "usage_error",
    "": "empty_answer",
}

every_control = pytest.mark.parametrize(
    ("vehicle_type", "key", "action", "data", "line"), CONTROLS.values(), ids=CONTROLS.keys()
)


@every_control
@pytest.mark.usefixtures("everything_enabled", "impatient")
async def test_a_control_sends_its_command_and_tells_what_the_car_says_instead(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    vehicle_type: str,
    key: str,
    action: str,
    data: dict[str, Any],
    line: str,
) -> None:
    """No refusal may look like a success, and none may move what is shown."""
    # What is to be stopped runs: what already is as it is asked for has not failed.
    running = {"charge stop": {"v.c.charging": True}, "climatecontrol off": {"v.e.hvac": True}}.get(line, {})
    async with parked(hass, broker, vehicle_type, metrics=running) as car:
        platform = action.partition(".")[0]
        before = car.look(key, platform)
        for reply, error_key in REFUSALS.items():
            car.module.knobs.reply_override = reply
            with pytest.raises(HomeAssistantError) as error:
                await car.call(key, action, **data)
            assert error.value.translation_key == error_key
            assert " ".join(reply.split()) in str(error.value)
            assert car.told[-1] == line

        car.module.knobs.reply_override = None
        car.module.knobs.lose_replies = True
        car.module.knobs.troubled = line
        car.module.knobs.confirm = False
        with pytest.raises(HomeAssistantError) as error:
            await car.call(key, action, **data)
        assert error.value.translation_key == "no_answer"

        await car.module.power_off()
        await eventually(lambda: car.vehicle.online is False, "the broker says that the module is gone")
        with pytest.raises(HomeAssistantError) as error:
            await car.call(key, action, **data)
        assert error.value.translation_key == "vehicle_offline"

        assert set(car.told) == {line}
        assert len(car.told) == len(REFUSALS) + 1
        if key != "target_state_of_charge":  # a setting of the module's own, which needs no car to follow
            assert before.state == car.look(key, platform).state or platform == "button"
        assert before.attributes == car.look(key, platform).attributes


@every_control
@pytest.mark.usefixtures("everything_enabled", "impatient")
async def test_a_module_that_gives_no_sign_of_life_is_sent_no_command(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    monkeypatch: pytest.MonkeyPatch,
    vehicle_type: str,
    key: str,
    action: str,
    data: dict[str, Any],
    line: str,
) -> None:
    """A broker takes up to 45 minutes to notice that a car is in a tunnel, and would hand it all commands at its end."""
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.mqtt.ALIVE_SECONDS", -1.0)
    async with parked(hass, broker, vehicle_type) as car:
        await car.module.lose_coverage()
        with pytest.raises(HomeAssistantError) as error:
            await car.call(key, action, **data)
        assert error.value.translation_key == "vehicle_offline"
        await car.module.regain_coverage()
        await car.settled()
        assert line not in car.module.received


async def test_climate_control_shows_what_the_car_does(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It heats or cools as the car sees fit, and shows which."""
    async with parked(hass, broker, metrics={"v.e.cabintemp": 4.5}) as car:
        assert car.state("cabin", "climate") == HVACMode.OFF
        assert car.look("cabin", "climate").attributes[ATTR_CURRENT_TEMPERATURE] == 4.5
        assert car.look("cabin", "climate").attributes[ATTR_HVAC_ACTION] == HVACAction.OFF

        await car.call("cabin", "climate.turn_on")
        await car.settled()
        assert car.state("cabin", "climate") == HVACMode.HEAT_COOL
        assert car.look("cabin", "climate").attributes[ATTR_HVAC_ACTION] == HVACAction.HEATING

        await car.module.set("v.e.heating", value=False)
        await car.module.set("v.e.cooling", value=True)
        await car.settled()
        assert car.look("cabin", "climate").attributes[ATTR_HVAC_ACTION] == HVACAction.COOLING

        await car.module.set("v.e.cooling", value=False)
        await car.settled()
        assert ATTR_HVAC_ACTION not in car.look("cabin", "climate").attributes

        await car.call("cabin", "climate.turn_off")
        await car.settled()
        assert car.state("cabin", "climate") == HVACMode.OFF
        assert car.done == ["climatecontrol on", "climatecontrol off"]


async def test_climate_control_of_which_nothing_is_known_can_be_used(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A control needs a way to the car and no more."""
    async with parked(hass, broker, boot=False, set_up=False) as car:
        await car.module.clear("v.e.hvac", publish=False)
        await car.module.boot()
        await car.set_up()
        assert car.state("cabin", "climate") == "unknown"
        await car.call("cabin", "climate.turn_on")
        assert car.done == ["climatecontrol on"]


@pytest.mark.parametrize("vehicle_type", ["RZ2", "SQ"])
async def test_climate_control_that_cannot_be_stopped_does_not_offer_it(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str
) -> None:
    """These cars run it for a set time; an off that does nothing would be a lie."""
    async with parked(hass, broker, vehicle_type) as car:
        assert car.look("cabin", "climate").attributes["supported_features"] == ClimateEntityFeature.TURN_ON
        with pytest.raises(ServiceNotSupported):
            await car.call("cabin", "climate.turn_off")
        assert not car.module.received


async def test_asking_such_a_car_to_stop_sends_nothing(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Off is a state of it, so Home Assistant lets it be chosen; what the car takes for it does something else."""
    async with parked(hass, broker, "SQ") as car:
        with pytest.raises(ServiceValidationError) as raised:
            await car.call("cabin", "climate.set_hvac_mode", hvac_mode="off")
        assert raised.value.translation_key == "cannot_turn_off"
        assert not car.module.received


async def test_charging_starts_and_stops_when_the_car_does(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The switch follows the car, whoever started it."""
    async with parked(hass, broker) as car:
        assert car.state("charging", "switch") == "off"
        await car.call("charging", "switch.turn_on")
        await car.settled()
        assert car.done == ["charge start"]
        assert car.state("charging", "switch") == "off", "nothing is plugged in"

        await car.module.plug_in()
        await car.call("charging", "switch.turn_on")
        await car.shows("charging", "switch", "on")
        await car.module.stop_charging()
        await car.shows("charging", "switch", "off")
        await car.module.start_charging()
        await car.shows("charging", "switch", "on")
        await car.call("charging", "switch.turn_off")
        await car.shows("charging", "switch", "off")
        assert car.done == ["charge start", "charge start", "charge stop"]


async def test_the_charge_current_is_what_the_car_reports(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Between command and report the old value is the truth."""
    async with parked(hass, broker) as car:
        assert car.state("charge_current", "number") == "16.0"
        await car.call("charge_current", "number.set_value", value=10)
        assert car.state("charge_current", "number") in {"16.0", "10.0"}
        await car.settled()
        assert car.state("charge_current", "number") == "10.0"
        for value in (0, 81, -1, 10_000):
            with pytest.raises(ServiceValidationError):
                await car.call("charge_current", "number.set_value", value=value)
        with pytest.raises(ServiceValidationError) as error:
            await car.call("charge_current", "number.set_value", value=13.7)
        assert error.value.translation_key == "invalid_not_whole"
        assert car.told == ["charge current 10"]


@pytest.mark.parametrize(
    ("vehicle_type", "setting"),
    [("NL", "xnl suffsoc"), ("RT", "xrt suffsoc"), ("VWUP", "xvu chg_soclimit"), ("VA", "xva chargelimit.soc")],
)
async def test_the_target_is_a_setting_of_the_module(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str, setting: str
) -> None:
    """No firmware has a command for it."""
    async with parked(hass, broker, vehicle_type) as car:
        await car.call("target_state_of_charge", "number.set_value", value=75)
        await car.settled()
        assert car.state("target_state_of_charge", "number") == "75.0"
        assert car.done == [f"config set {setting} 75"]
        for value in (19, 101):
            with pytest.raises(ServiceValidationError):
                await car.call("target_state_of_charge", "number.set_value", value=value)
        assert len(car.told) == 1


async def test_without_a_target_there_is_no_number(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A car that charges until it is full does not stop at 0 %."""
    async with parked(hass, broker, "RT") as car:
        assert car.module.run("config set xrt suffsoc 75") == "Parameter has been set.\n"
        await car.module.send_modified()
        await car.shows("target_state_of_charge", "number", "75.0")
        assert car.module.run("config set xrt suffsoc 0") == "Parameter has been set.\n"
        await car.module.send_modified()
        await car.shows("target_state_of_charge", "number", "unknown")


@pytest.mark.parametrize("vehicle_type", ["KS", "RZ2", "SE", "TR", "VWEG"])
async def test_a_target_that_stops_no_charge_is_not_offered(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str
) -> None:
    """Some modules only compute the time to it."""
    async with parked(hass, broker, vehicle_type) as car:
        assert not car.has("target_state_of_charge", "number")


async def test_the_charge_mode_is_what_the_car_reports(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What is none of the options is no option."""
    async with parked(hass, broker, "TR") as car:
        assert car.state("charge_mode", "select") == "standard"
        await car.call("charge_mode", "select.select_option", option="storage")
        await car.settled()
        assert car.state("charge_mode", "select") == "storage"
        with pytest.raises(ServiceValidationError):
            await car.call("charge_mode", "select.select_option", option="turbo")
        assert car.told == ["charge mode storage"]
        await car.module.set("v.c.mode", "turbo")
        await car.shows("charge_mode", "select", "unknown")


async def test_the_wake_up_button_wakes_the_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Many cars answer other commands only when awake."""
    async with parked(hass, broker) as car:
        assert car.module["v.e.awake"] is False
        await car.call("wake_up", "button.press")
        assert car.module["v.e.awake"] is True


async def test_refresh_brings_what_the_module_has_not_sent(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A parked car sends every ten minutes; who looks now wants it now."""
    async with parked(hass, broker) as car:
        await car.module.set("v.b.soc", 41.0, publish=False)
        assert car.state("state_of_charge", "sensor") == "62.5"
        await car.call("refresh", "button.press")
        await car.module.tick(5)
        await car.shows("state_of_charge", "sensor", "41.0")


@pytest.mark.usefixtures("everything_enabled")
async def test_the_module_restarts_and_comes_back(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It answers before it goes; what the car told before stays."""
    async with parked(hass, broker) as car:
        await car.call("restart_module", "button.press")
        await car.module.tick(2)
        await car.shows("module_connected", "binary_sensor", "on")
        assert car.module.connected
        assert car.state("state_of_charge", "sensor") == "62.5"


@pytest.mark.parametrize(
    ("vehicle_type", "buttons"),
    [
        ("NL", {1: "climate on", 2: "climate off"}),
        ("VWUP", {1: "climate off", 2: "climate on", 3: "climate on"}),
        ("RZ2", {1: "climate on", 2: "long preconditioning", 3: "stop long preconditioning"}),
        ("FT5E", {1: "horn and lights on", 2: "horn and lights off", 3: "read odometer"}),
        ("TR", {1: "", 2: "", 3: ""}),
        ("NEVO", {1: "start charging", 2: "stop charging"}),
        ("VWEG", {}),
    ],
)
@pytest.mark.usefixtures("everything_enabled")
async def test_homelink_buttons_are_named_by_what_they_do(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str, buttons: dict[int, str]
) -> None:
    """A button called HomeLink that sounds the horn at night makes enemies."""

    async def press(car: Car, number: int) -> None:
        pressing = asyncio.create_task(car.call(f"homelink_{number}", "button.press"))
        await eventually(lambda: f"homelink {number}" in car.module.executed, "the module got the command")
        await car.module.tick(30)  # a Zoe answers late
        await pressing

    async with parked(hass, broker, vehicle_type) as car:
        assert [number for number in (1, 2, 3) if car.has(f"homelink_{number}", "button")] == list(buttons)
        for number, meaning in buttons.items():
            # An e-Up and a Zoe refuse what already is so.
            await car.module.set("v.e.hvac", value=meaning == "climate off")
            name = f"HomeLink {number}: {meaning}" if meaning else f"HomeLink {number}"
            assert car.look(f"homelink_{number}", "button").name == f"{car.entry.title} {name}"
            await press(car, number)


@pytest.mark.parametrize("vehicle_type", ["T3", "ZOM", "XYZ", None])
async def test_a_car_that_can_do_nothing_is_offered_nothing(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str | None
) -> None:
    """Also one whose type nobody has heard of: what might not exist is not offered."""
    async with parked(hass, broker, vehicle_type or "") as car:
        assert car.vehicle.type.code == (vehicle_type or "")
        platforms = {entity_id.partition(".")[0] for entity_id in hass.states.async_entity_ids()}
        assert platforms.isdisjoint({"climate", "number", "select", "switch"})
        assert car.has("refresh", "button")
        assert not car.has("wake_up", "button")
        assert not car.has("doors", "lock")


async def test_a_control_is_unavailable_without_a_way_to_the_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Nothing can be pressed that would come to nothing."""

    def controls(car: Car) -> set[str]:
        return {
            car.state("doors", "lock"),
            car.state("cabin", "climate"),
            car.state("charging", "switch"),
            car.state("charge_current", "number"),
            car.state("wake_up", "button"),
        }

    async with parked(hass, broker) as car:
        assert "unavailable" not in controls(car)
        await broker.stop()
        await eventually(lambda: controls(car) == {"unavailable"}, "all controls are unavailable")
        await car.call("wake_up", "button.press")
        assert not car.module.received
