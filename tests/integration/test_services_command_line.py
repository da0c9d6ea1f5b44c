"""Lines for the command shell of a car: which are sent, which are not, and how long one waits for a car that is away."""

import asyncio
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from simulators.broker import EmbeddedBroker

from .car_actions import act, ask, invalid, refused
from .garage import PIN, eventually, parked


async def test_an_administrator_sends_a_line_and_reads_the_answer(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What no entity can express."""
    async with parked(hass, broker) as car:
        response = await ask(car, "send_command", command=" server v3 status ")
        assert response == {"reply": "State: Connected\n       Connected and logged in"}
        await act(car, "send_command", command="config set vehicle id NEW")
        assert car.done == ["server v3 status", "config set vehicle id NEW"]


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
