"""The actions: what reaches the module, who may do what, and what is refused before anything is sent."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import probatio as vol
import pytest

from custom_components.open_ev.actions.vehicle import VEHICLE_ACTIONS as ACTIONS
from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware

from .garage import PIN, Car, eventually, parked, vehicle_entry

# What each action needs at least.
LEAST: dict[str, dict[str, Any]] = {
    "send_command": {"command": "stat"},
    "request_metrics": {"metrics": ["v.b.soc"]},
    "homelink": {"button": 1},
    "set_climate_schedule": {"day": "mon", "times": ["07:30"]},
    "clear_climate_schedule": {},
    "copy_climate_schedule": {"day": "mon", "to_days": ["tue"]},
    "enable_climate_schedule": {"enabled": True},
    "get_climate_schedule": {},
    "get_config": {"param": "vehicle", "instance": "id"},
    "get_firmware": {},
    "list_metrics": {},
}
ANSWERING = {"get_climate_schedule", "get_config", "get_firmware", "list_metrics"}
FOR_ADMINISTRATORS = {"send_command", "get_config", "list_metrics"}

type Response = dict[str, Any]


async def act(
    car: Car, action: str, *, response: bool = False, context: Context | None = None, **data: Any
) -> Response | None:
    """Perform an action."""
    return await car.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=response, context=context
    )


async def ask(car: Car, action: str, **data: Any) -> Response:
    """Perform an action for its response."""
    response = await act(car, action, response=True, **data)
    assert response is not None
    return response


async def refused(car: Car, action: str, **data: Any) -> HomeAssistantError:
    """Perform an action, and return the error that it must end with."""
    with pytest.raises(HomeAssistantError) as error:
        await act(car, action, response=action in ANSWERING, **data)
    return error.value


async def invalid(car: Car, action: str, **data: Any) -> None:
    """Perform an action that is turned down for its arguments."""
    with pytest.raises((vol.Invalid, ServiceValidationError)):
        await act(car, action, response=action in ANSWERING, **data)


# The command line


async def test_an_administrator_sends_a_line_and_reads_the_answer(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What no entity can express."""
    async with parked(hass, broker) as car:
        response = await ask(car, "send_command", command=" server v3 status ")
        assert response == {"reply": "State: Connected\n       Connected and logged in"}
        await act(car, "send_command", command="config set vehicle id NEW")
        assert car.done == ["server v3 status", "config set vehicle id NEW"]


@pytest.mark.parametrize("action", sorted(FOR_ADMINISTRATORS))
async def test_nobody_else_does(
    hass: HomeAssistant, broker: EmbeddedBroker, hass_read_only_user: User, hass_admin_user: User, action: str
) -> None:
    """The shell can do everything, and settings tell much."""
    async with parked(hass, broker) as car:
        response = action in ANSWERING
        with pytest.raises(Unauthorized):
            await act(car, action, response=response, context=Context(user_id=hass_read_only_user.id), **LEAST[action])
        assert not car.module.received
        await act(car, action, response=response, context=Context(user_id=hass_admin_user.id), **LEAST[action])


def test_administrators_alone_may_do_what_reaches_beyond_the_car() -> None:
    """The others are what a user of a dashboard does."""
    assert {name for name, action in ACTIONS.items() if action.admin} == FOR_ADMINISTRATORS


@pytest.mark.parametrize(
    "line",
    [
        f"unlock {PIN}",
        f"lock {PIN}",
        f"  UNLOCK {PIN}".lower(),
        f"unl {PIN}",
        f"'unlock' {PIN}",
        f'"un"lock {PIN}',
        f"valet {PIN}",
        f"unvalet {PIN}",
        f"run unlock {PIN}",
        f"ru 'unlock' {PIN}",
        "xrz2 unlocktrunk",
        "run x 'u'",
    ],
)
async def test_what_moves_the_doors_is_not_sent_as_a_line(
    hass: HomeAssistant, broker: EmbeddedBroker, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The lock asks for the PIN; a line in an automation would hold it for everybody to read."""
    async with parked(hass, broker) as car:
        error = await refused(car, "send_command", command=line)
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == "invalid_lock_command"
        assert PIN not in str(error)
        assert not car.module.received


@pytest.mark.parametrize(
    ("line", "error_key"),
    [
        ("", "invalid_empty"),
        ("   ", "invalid_empty"),
        ("stat\nmodule reset", "invalid_control_characters"),
        ("stat\rmodule reset", "invalid_control_characters"),
        ("stat\0", "invalid_control_characters"),
        ("stat\u2028module reset", "invalid_control_characters"),
        ("\x1b[2Jstat", "invalid_control_characters"),
        ("x" * 800, "invalid_too_long"),
        ("ü" * 400, "invalid_too_long"),
    ],
    ids=repr,
)
async def test_a_line_that_is_none_or_several_is_refused(
    hass: HomeAssistant, broker: EmbeddedBroker, line: str, error_key: str
) -> None:
    """The module runs each line of several, and cuts what is too long."""
    async with parked(hass, broker) as car:
        error = await refused(car, "send_command", command=line)
        assert error.translation_key == error_key
        assert not car.module.received


@pytest.mark.usefixtures("impatient")
async def test_the_module_s_own_errors_are_told(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """In its words."""
    async with parked(hass, broker) as car:
        for line, error_key, words in (
            ("fly", "unknown_command", "Unrecognised command"),
            ("charge", "usage_error", "Subcommand required"),
            ("homelink", "usage_error", "Usage: homelink"),
            ("homelink 7", "failed", "Homelink button should be in range 1..3"),
            ("homelink 1", "unsupported", "Homelink functionality not available"),
        ):
            error = await refused(car, "send_command", command=line)
            assert error.translation_key == error_key
            assert words in str(error)
        car.module.knobs.lose_replies = True
        car.module.knobs.troubled = "stat"
        assert (await refused(car, "send_command", command="stat")).translation_key == "no_answer"


# Waiting for a car


async def test_a_command_for_a_car_that_is_away_is_refused_and_never_runs_later(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A broker hands a module at its return what it kept for it."""
    async with parked(hass, broker) as car:
        await car.module.power_off()
        await eventually(lambda: car.vehicle.online is False, "the broker says that the module is gone")
        assert (await refused(car, "send_command", command="stat")).translation_key == "vehicle_offline"
        await car.module.boot()
        await car.settled()
        assert not car.module.received


async def test_who_waits_for_the_car_has_the_command_sent_when_it_is_back(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """The wait is here and not at the broker, so it ends when the user said."""
    async with parked(hass, broker) as car:
        await car.module.power_off()
        await eventually(lambda: car.vehicle.online is False, "the broker says that the module is gone")
        waiting = asyncio.create_task(
            ask(car, "send_command", command="server v3 status", wait_for_vehicle={"hours": 1})
        )
        assert not car.module.received
        await car.module.boot()
        assert (await waiting)["reply"].startswith("State: Connected")
        assert car.told == ["server v3 status"]


async def test_who_waits_in_vain_is_told(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """And nothing is sent afterwards."""
    async with parked(hass, broker) as car:
        await car.module.power_off()
        await eventually(lambda: car.vehicle.online is False, "the broker says that the module is gone")
        error = await refused(car, "send_command", command="stat", wait_for_vehicle={"milliseconds": 50})
        assert error.translation_key == "vehicle_offline"


async def test_unloading_ends_the_wait(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A wait of a day must not outlive what it waits for."""
    async with parked(hass, broker) as car:
        await car.module.power_off()
        await eventually(lambda: car.vehicle.online is False, "the broker says that the module is gone")
        waiting = asyncio.create_task(refused(car, "send_command", command="stat", wait_for_vehicle={"hours": 20}))
        await asyncio.sleep(0)
        assert await hass.config_entries.async_unload(car.entry.entry_id)
        async with asyncio.timeout(5):
            assert (await waiting).translation_key == "vehicle_offline"


@pytest.mark.parametrize("wait", [-1, "nonsense", {"days": 2}, "24:00:01", float("nan")], ids=repr)
async def test_a_wait_is_bounded(hass: HomeAssistant, broker: EmbeddedBroker, wait: object) -> None:
    """Who asks to wait does not want to find the command running days later."""
    async with parked(hass, broker) as car:
        await invalid(car, "send_command", command="stat", wait_for_vehicle=wait)
        assert not car.module.received


async def test_a_wait_for_a_car_that_is_there_costs_nothing(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It can be left in an automation."""
    async with parked(hass, broker) as car:
        for wait in ("00:10:00", 600, {"minutes": 10}, timedelta(minutes=10)):
            await act(car, "send_command", command="server v3 status", wait_for_vehicle=wait)
        assert len(car.done) == 4


# Metrics, settings, firmware


async def test_metrics_are_sent_again(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Only what is asked for. That somebody looks would have the module send everything that changed."""
    entry = vehicle_entry(broker, options={"presence": "economy"})
    async with parked(hass, broker, entry=entry) as car:
        await car.module.set("v.b.soc", 41.0, publish=False)
        await car.module.set("v.b.soh", 80.0, publish=False)
        await act(car, "request_metrics", metrics="v.b.soc")
        await car.shows("state_of_charge", "sensor", "41.0")
        assert car.state("battery_health", "sensor") == "91.0"
        await act(car, "request_metrics", metrics=["v.t.*", "*soh"])
        await car.shows("battery_health", "sensor", "80.0")


async def test_what_is_no_metric_is_not_asked_for(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module takes a list, so a comma would be a second metric."""
    async with parked(hass, broker) as car:
        for name in ("", "#", "+", "v.b.soc,v.vin", "v.b.soc\n", "v b", "v.*.soc", "../x", "x" * 200):
            error = await refused(car, "request_metrics", metrics=["v.b.soc", name])
            assert error.translation_key == "invalid_not_a_metric"
        hostile: tuple[object, ...] = ([], ["v.b.soc"] * 101, None, [{}])
        for names in hostile:
            await invalid(car, "request_metrics", metrics=names)


async def test_a_setting_is_read(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """One at a time."""
    async with parked(hass, broker) as car:
        assert await ask(car, "get_config", param="vehicle", instance="id") == {"value": "DEMO1"}
        assert await ask(car, "get_config", param="auto", instance="vehicle.type") == {"value": "VWEG"}
        assert await ask(car, "get_config", param="vehicle", instance="nothing") == {"value": ""}


@pytest.mark.parametrize(
    ("param", "instance"),
    [
        ("password", "pin"),
        ("password", "module"),
        ("password", "server.v3"),
        ("wifi.ssid", "Example"),
        ("wifi.ap", "Example"),
        ("network", "wifi.ap.pass"),
        ("auto", "pin"),
        ("modem", "apn.password"),
        ("server.v3", "token"),
    ],
)
async def test_a_secret_is_not_read(hass: HomeAssistant, broker: EmbeddedBroker, param: str, instance: str) -> None:
    """The module would hand it out, to the broker and to whoever listens there."""
    async with parked(hass, broker) as car:
        error = await refused(car, "get_config", param=param, instance=instance)
        assert error.translation_key == "invalid_secret"


async def test_the_name_of_a_setting_is_one_word(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It becomes a topic."""
    async with parked(hass, broker) as car:
        for name in ("", "a b", "a\nb", "ü", '"'):
            assert (
                await refused(car, "get_config", param=name, instance="id")
            ).translation_key == "invalid_not_one_word"
            assert (
                await refused(car, "get_config", param="vehicle", instance=name)
            ).translation_key == "invalid_not_one_word"


async def test_the_firmware_is_told_without_asking_the_update_server(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """That would hold the module up."""
    async with parked(hass, broker) as car:
        response = await ask(car, "get_firmware")
        assert response["firmware"][0].startswith("Hardware:")
        assert any(line.startswith("Firmware:") and "3.3.006" in line for line in response["firmware"])
        assert car.done == ["ota status nocheck"]


# HomeLink and the climate schedule


async def test_a_homelink_button_is_held_as_long_as_is_said(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """In milliseconds for the module, in seconds for people."""
    async with parked(hass, broker, "TR") as car:
        await act(car, "homelink", button=1)
        await act(car, "homelink", button="2", duration=0.1)
        await act(car, "homelink", button=3.0, duration="2.5")
        assert car.done == ["homelink 1", "homelink 2 100", "homelink 3 2500"]
        for button in (0, 4, -1, "a", None, 1.5, float("nan"), [1]):
            await invalid(car, "homelink", button=button)
        for duration in (0, 0.05, 61, "long", float("nan"), float("inf")):
            await invalid(car, "homelink", button=1, duration=duration)
        assert len(car.told) == 3


async def test_the_climate_schedule_is_set_copied_listed_and_cleared(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """As the module keeps it."""
    async with parked(hass, broker) as car:
        await act(car, "set_climate_schedule", day="mon", times=["07:30", "17:00/15"])
        await act(car, "copy_climate_schedule", day="mon", to_days=["tue", "fri"])
        await act(car, "enable_climate_schedule", enabled=True)
        response = await ask(car, "get_climate_schedule")
        assert response["enabled"] is True
        assert response["status"][0] == "Scheduled precondition: ENABLED"
        assert any("07:30" in line and "17:00/15" in line for line in response["schedule"])

        await act(car, "clear_climate_schedule", day="mon")
        await act(car, "clear_climate_schedule")
        await act(car, "enable_climate_schedule", enabled=False)
        response = await ask(car, "get_climate_schedule")
        assert response["enabled"] is False
        assert response["schedule"] == ["No schedules configured."]
        assert [line for line in car.done if "status" not in line and "list" not in line] == [
            "climatecontrol schedule set mon 07:30,17:00/15",
            "climatecontrol schedule copy mon tue,fri",
            "climatecontrol schedule enable",
            "climatecontrol schedule clear mon",
            "climatecontrol schedule clear all",
            "climatecontrol schedule disable",
        ]


async def test_a_time_that_the_schedule_does_not_know_is_refused(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module would take what is behind a blank for something else."""
    async with parked(hass, broker) as car:
        for time in ("24:00", "7:30", "07:60", "07:30/4", "07:30/31", "07:30 17:00", "07:30\n", "", "x", "07:30,08:00"):
            error = await refused(car, "set_climate_schedule", day="mon", times=["06:00", time])
            assert error.translation_key == "invalid_not_a_schedule_time"
        for day in ("monday", "Mo", "", None, "mon tue", 1):
            await invalid(car, "set_climate_schedule", day=day, times=["07:30"])
        await invalid(car, "set_climate_schedule", day="mon", times=[])
        error = await refused(car, "copy_climate_schedule", day="mon", to_days=[])
        assert error.translation_key == "invalid_empty"
        await invalid(car, "enable_climate_schedule", enabled="perhaps")
        assert not car.module.received


async def test_a_firmware_without_the_function_is_told_which_has_it(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Its answer would be an unknown command, or silence."""
    async with parked(hass, broker, firmware=Firmware.V3_3_005) as car:
        for action in sorted(LEAST.keys() - {"send_command", "homelink", "get_firmware", "list_metrics"}):
            error = await refused(car, action, **LEAST[action])
            assert error.translation_key == "firmware_too_old"
            assert "3.3.006" in str(error)
        assert not car.module.received


# Which car


@pytest.mark.parametrize("action", sorted(ACTIONS))
async def test_an_action_needs_a_car_that_is_there(hass: HomeAssistant, broker: EmbeddedBroker, action: str) -> None:
    """Known, ours, and loaded."""
    async with parked(hass, broker) as car:
        stranger = vehicle_entry(broker, vehicle_id="OTHER")
        stranger.add_to_hass(hass)
        for entry_id, error_key in (
            ("nothing", "service_config_entry_not_found"),
            (stranger.entry_id, "service_config_entry_not_loaded"),
        ):
            error = await refused(car, action, config_entry_id=entry_id, **LEAST[action])
            assert error.translation_key == error_key
        await hass.config_entries.async_unload(car.entry.entry_id)
        await refused(car, action, **LEAST[action])
        assert not car.module.received


async def test_with_two_cars_an_action_must_say_which(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Guessing would reach the wrong one."""
    async with parked(hass, broker) as first, parked(hass, broker, "NL", vehicle_id="DEMO2") as second:
        await refused(first, "send_command", command="stat")
        await act(first, "send_command", command="server v3 status", config_entry_id=second.entry.entry_id)
        assert not first.module.received
        assert second.told == ["server v3 status"]


@pytest.mark.parametrize("action", sorted(ACTIONS))
async def test_without_a_broker_every_action_says_so(hass: HomeAssistant, broker: EmbeddedBroker, action: str) -> None:
    """Nothing was sent, and nothing will be."""
    async with parked(hass, broker) as car:
        await broker.stop()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        error = await refused(car, action, **LEAST[action])
        assert error.translation_key == "link_down"


async def test_an_unknown_field_is_refused(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A typing error must not pass for a wish that was granted."""
    async with parked(hass, broker) as car:
        for action, data in LEAST.items():
            await invalid(car, action, pin=PIN, **data)
        assert not car.module.received
