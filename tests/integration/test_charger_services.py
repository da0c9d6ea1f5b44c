"""The actions of a charger: what they come to there, who may do what, and what is refused before anything is sent."""

import asyncio
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.open_ev.actions.charger import CHARGER_ACTIONS
from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.openevse import Generation, Knobs

from .charger_actions import ANSWERING, act, ask, refused
from .driveway import WITHOUT_MANAGER, charger_entry, installed
from .garage import eventually, parked

# What each action needs at least.
LEAST: dict[str, dict[str, Any]] = {
    "send_rapi": {"command": "$GC"},
    "show_text": {"line_1": "Dishwasher first"},
    "set_override": {"mode": "on"},
    "set_schedule": {"events": []},
    "get_schedule": {},
    "set_limit": {"energy": 10},
    "clear_limit": {},
    "push_vehicle": {"state_of_charge": 60},
    "set_check": {"check": "diode", "enabled": True},
}
FOR_ADMINISTRATORS = {"send_rapi", "set_check"}

WITH_SOURCE = [Generation.V5_0, Generation.V5_1, Generation.HEAD]


def test_every_action_is_tried_here() -> None:
    """One that is added wants a test."""
    assert CHARGER_ACTIONS.keys() == LEAST.keys()
    assert {name for name, action in CHARGER_ACTIONS.items() if action.admin} == FOR_ADMINISTRATORS


# RAPI


@pytest.mark.parametrize("generation", Generation)
async def test_an_administrator_asks_the_controller(hass: HomeAssistant, generation: Generation) -> None:
    """What only asks is handed on by every firmware; the answer comes taken apart."""
    async with installed(hass, generation, controller="8.2.3") as station:
        assert await ask(station, "send_rapi", command="$GC") == {
            "answer": "$OK 6 80 24 24",
            "values": ["6", "80", "24", "24"],
            "result": {"minimum": 6, "maximum": 80, "pilot": 24, "configured": 24},
        }


@pytest.mark.parametrize(
    ("command", "result"),
    [
        ("GF", {"gfci": 0, "no_ground": 0, "stuck_relay": 0}),
        ("$GE", {"current": 24, "flags": ["level_2"]}),
        ("$GD", {"on": False, "start": None, "stop": None}),
        ("gu", {"session": 0.0, "total": 0}),
    ],
)
async def test_answers_are_typed(hass: HomeAssistant, command: str, result: object) -> None:
    """Numbers are numbers, and flags have names."""
    async with installed(hass) as station:
        assert (await ask(station, "send_rapi", command=command))["result"] == result


async def test_moments_can_be_written_down(hass: HomeAssistant) -> None:
    """A response is JSON."""
    async with installed(hass, controller="8.2.3") as station:
        told = await ask(station, "send_rapi", command="$GT")
        assert told["result"]["present"] is True
        assert isinstance(told["result"]["moment"], str)
        serial = await ask(station, "send_rapi", command="$GI")
        assert isinstance(serial["result"]["raw"], str)


async def test_the_answer_to_a_command_that_is_not_known_here_is_told_as_it_is(hass: HomeAssistant) -> None:
    """A firmware to come has commands of its own, and who types one knows what its words mean."""
    async with installed(hass) as station:
        station.evse.knobs.added = {"GZ": "OK 5003 1F"}
        assert await ask(station, "send_rapi", command="$GZ") == {
            "answer": "$OK 5003 1F",
            "values": ["5003", "1F"],
            "result": ["5003", "1F"],
        }


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_command_that_writes_is_done(hass: HomeAssistant, generation: Generation) -> None:
    """Where the gateway only hands on; and without anybody who reads the response."""
    async with installed(hass, generation) as station:
        await act(station, "send_rapi", command="$SC 10 V")
        assert station.evse.pilot == 10
        await station.shows("charge_current", "number", "10")


@pytest.mark.parametrize("generation", WITH_SOURCE)
async def test_a_command_that_is_blocked_says_so(hass: HomeAssistant, generation: Generation) -> None:
    """Most builds from 5.0 on block what writes."""
    async with installed(hass, generation) as station:
        error = await refused(station, "send_rapi", command="$F1")
        assert error.translation_key == "rapi_blocked"


async def test_what_the_controller_refuses_is_told(hass: HomeAssistant) -> None:
    """In an automation nobody would look for it in the response."""
    async with installed(hass, Generation.V3_3, controller="8.2.3") as station:
        error = await refused(station, "send_rapi", command="$S3 4")
        assert error.translation_key == "rapi_refused"
        assert "$NK" in str(error)


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("", "invalid_empty"),
        ("   ", "invalid_empty"),
        ("$FF E 0", "invalid_echo"),
        ("$FF E 1", "invalid_echo"),
        ("ff e 0", "invalid_echo"),
        ("$SE 1", "invalid_echo"),
        ("$SC 300", "invalid_out_of_range"),
        ("$SC abc", "invalid_not_a_number"),
        ("$SC 5", "invalid_out_of_range"),
        ("$SC 16 M", "invalid_unknown"),
        ("$GC\r$FS", "invalid_control_characters"),
        ("$GC$FS", "invalid_reserved_characters"),
        ("$GC^21", "invalid_reserved_characters"),
        ("$FP 0 0 caf\u00e9", "invalid_not_ascii"),
        ("$FP 0 0 " + "x" * 40, "invalid_too_long"),
        ("$Z0 1", "invalid_not_a_command"),
        ("hello", "invalid_not_a_command"),
        ("$G", "invalid_not_a_command"),
    ],
)
async def test_a_hostile_command_is_not_sent(hass: HomeAssistant, command: str, key: str) -> None:
    """Neither by accident nor on purpose."""
    async with installed(hass, Generation.V3_3) as station:
        error = await refused(station, "send_rapi", command=command)
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == key
        assert not [line for line in station.evse.rapi if not line.startswith("$G")]


@pytest.mark.parametrize("action", sorted(LEAST))
async def test_who_may_only_look_changes_nothing(hass: HomeAssistant, hass_read_only_user: User, action: str) -> None:
    """No action is a way around the rights that count for the entities."""
    async with installed(hass) as station:
        asked = len(station.evse.requests)
        with pytest.raises(Unauthorized):
            await act(
                station,
                action,
                response=action == "get_schedule",
                context=Context(user_id=hass_read_only_user.id),
                **LEAST[action],
            )
        assert {request.method for request in station.evse.requests[asked:]} <= {"GET"}


async def test_the_rights_for_one_device_are_none_for_another(
    hass: HomeAssistant, broker: EmbeddedBroker, hass_read_only_user: MockUser
) -> None:
    """Who may use the charger does not open the car, and the other way round."""
    async with parked(hass, broker) as car, installed(hass) as station:
        switch = station.entity_id("charging_enabled", "switch")
        hass_read_only_user.mock_policy({"entities": {"entity_ids": {switch: {"control": True}}}})
        context = Context(user_id=hass_read_only_user.id)
        station.evse.plug_in()
        await act(station, "set_override", context=context, mode="off")
        assert not station.evse.relay_closed
        with pytest.raises(Unauthorized):
            await hass.services.async_call(DOMAIN, "homelink", {"button": 1}, blocking=True, context=context)
        assert not car.module.received
        with pytest.raises(UnknownUser):
            await act(station, "set_override", context=Context(user_id="nobody"), mode="auto")


async def test_nobody_but_an_administrator_sends_commands(
    hass: HomeAssistant, hass_read_only_user: User, hass_admin_user: User
) -> None:
    """They can change what is stored."""
    async with installed(hass, Generation.V3_3) as station:
        with pytest.raises(Unauthorized):
            await act(station, "send_rapi", context=Context(user_id=hass_read_only_user.id), command="$SC 10 V")
        assert station.evse.pilot != 10
        await act(station, "send_rapi", context=Context(user_id=hass_admin_user.id), command="$SC 10 V")
        assert station.evse.pilot == 10


# The display


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V2_9, Generation.V3_3, Generation.V4_2])
async def test_a_text_is_shown_and_then_goes(hass: HomeAssistant, generation: Generation) -> None:
    """The display is the charger's own again."""
    async with installed(hass, generation) as station:
        owner = station.evse.lcd_is_own
        await act(station, "show_text", line_1="Dishwasher first", line_2="Car from 14:00", duration={"seconds": 1})
        assert station.evse.lcd == ("Dishwasher first", "Car from 14:00")
        if generation in WITHOUT_MANAGER:
            assert not station.evse.lcd_is_own
        await eventually(lambda: station.evse.lcd_is_own is owner, "the display is handed back")
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("generation", WITH_SOURCE)
async def test_a_display_that_cannot_be_written_on_says_so(hass: HomeAssistant, generation: Generation) -> None:
    """These builds hand no text on."""
    async with installed(hass, generation) as station:
        assert (await refused(station, "show_text", line_1="Hello")).translation_key == "charger_display_blocked"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("x" * 17, "invalid_too_long"),
        ("caf\u00e9", "invalid_not_showable"),
        ("a\nb", "invalid_not_showable"),
        ("$FS", "invalid_not_showable"),
        ("a^b*c", "invalid_not_showable"),
    ],
)
async def test_a_text_that_cannot_be_shown_is_refused(hass: HomeAssistant, line: str, key: str) -> None:
    """Before the display is taken."""
    async with installed(hass, Generation.V3_3) as station:
        assert (await refused(station, "show_text", line_1=line)).translation_key == key
        assert station.evse.lcd_is_own


@pytest.mark.parametrize("duration", [{"seconds": 0}, {"days": 2}, "for ever"])
async def test_a_text_for_no_time_or_for_ever_is_refused(hass: HomeAssistant, duration: object) -> None:
    """The display belongs to the charger."""
    async with installed(hass, Generation.V3_3) as station:
        with pytest.raises(vol.Invalid):
            await act(station, "show_text", line_1="Hello", duration=duration)


# Which charger


async def test_the_id_of_a_device_is_none_of_an_entry(hass: HomeAssistant) -> None:
    """Other actions want it, so it is said which id is wanted here; nothing is sent."""
    async with installed(hass, Generation.V3_3) as station:
        registry = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(registry, station.entry.entry_id)
        registry.async_update_device(device.id, name_by_user="Carport")
        station.evse.plug_in()
        error = await refused(station, "set_override", config_entry_id=device.id, mode="off")
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == "device_not_entry"
        assert error.translation_placeholders == {"device": "Carport", "entry_id": station.entry.entry_id}
        assert station.evse.relay_closed
        await act(station, "set_override", config_entry_id=error.translation_placeholders["entry_id"], mode="off")
        assert not station.evse.relay_closed


async def test_the_id_of_nothing_is_for_home_assistant_to_refuse(hass: HomeAssistant) -> None:
    """Also that of a device of somebody else."""
    stranger = MockConfigEntry(domain="sun")
    stranger.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(config_entry_id=stranger.entry_id, identifiers={("sun", "sun")})
    async with installed(hass) as station:
        for given in ("nothing", device.id):
            error = await refused(station, "set_override", config_entry_id=given, mode="off")
            assert error.translation_key == "service_config_entry_not_found"


async def test_two_chargers_have_to_be_named(hass: HomeAssistant) -> None:
    """The wrong one would be told."""
    async with (
        installed(hass, Generation.V3_3) as first,
        installed(hass, Generation.V2_9, serial="aabbccddee02") as second,
    ):
        with pytest.raises(ServiceValidationError) as error:
            await act(first, "set_override", mode="off")
        assert error.value.translation_key == "which_charger"
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(DOMAIN, "request_metrics", {"metrics": ["v.t.*"]}, blocking=True)
        assert error.value.translation_key == "no_vehicle"
        first.evse.plug_in()
        second.evse.plug_in()
        await act(first, "set_override", mode="off", config_entry_id=second.entry.entry_id)
        assert (first.evse.relay_closed, second.evse.relay_closed) == (True, False)


@pytest.mark.parametrize("action", sorted(LEAST))
async def test_a_car_is_no_charger(hass: HomeAssistant, broker: EmbeddedBroker, action: str) -> None:
    """And nothing reaches it."""
    async with parked(hass, broker) as car:
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(
                DOMAIN,
                action,
                {**LEAST[action], "config_entry_id": car.entry.entry_id},
                blocking=True,
                return_response=action in ANSWERING,
            )
        assert error.value.translation_key == "not_a_charger"
        assert car.entry.title in str(error.value)
        assert not car.module.received


async def test_a_charger_is_no_car(hass: HomeAssistant) -> None:
    """Also if it is all there is."""
    async with installed(hass) as station:
        for named, key in (({}, "no_vehicle"), ({"config_entry_id": station.entry.entry_id}, "not_a_vehicle")):
            with pytest.raises(ServiceValidationError) as error:
                await hass.services.async_call(DOMAIN, "send_command", {"command": "stat", **named}, blocking=True)
            assert error.value.translation_key == key


async def test_one_car_and_one_charger_need_no_names(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """An action says which kind is meant."""
    async with parked(hass, broker) as car, installed(hass) as station:
        await act(station, "set_override", mode="off")
        await hass.services.async_call(DOMAIN, "send_command", {"command": "stat"}, blocking=True)
        # What the module is asked first, to know that it is there, is its own matter.
        assert car.module.executed[-1] == "stat"


@pytest.mark.parametrize("action", sorted(LEAST))
async def test_a_charger_that_is_not_loaded_cannot_be_told(hass: HomeAssistant, action: str) -> None:
    """It says so, and does not wait."""
    async with installed(hass, set_up=False, knobs=Knobs(status=500)) as station:
        entry = charger_entry(station.evse)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        error = await refused(station, action, **LEAST[action])
        assert error.translation_key == "service_config_entry_not_loaded"
