"""The actions: what reaches the module, who may do what, and what is refused before anything is sent."""

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
import pytest

from custom_components.open_ev.actions.vehicle import VEHICLE_ACTIONS as ACTIONS
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware

from .car_actions import ANSWERING, LEAST, act, ask, invalid, refused
from .garage import PIN, eventually, parked, vehicle_entry

FOR_ADMINISTRATORS = {"send_command", "get_config", "list_metrics"}


# Who may do what


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
        assert (await refused(first, "send_command", command="stat")).translation_key == "which_vehicle"
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
