"""What a user is told to mend about a charger: when it appears, what mends it, and when it goes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.open_ev.clients.openevse.models import Check
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.issues import charger as charger_issues
from simulators.openevse import Generation, OpenEvse, RapiFault

from .charger_actions import act, refused
from .driveway import Station, installed
from .garage import eventually
from .repair_pages import issues, mend_in_ui

# Home Assistant's own web server.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

of_any_generation = pytest.mark.parametrize("generation", Generation)


async def mend(station: Station, key: str, client_of: ClientSessionGenerator) -> dict[str, Any]:
    """Have it mended in the UI, as far as its last page."""
    result = await mend_in_ui(station.hass, client_of, f"{key}_{station.entry.entry_id}", name="OpenEVSE")
    await station.hass.async_block_till_done()
    return result


async def appears(station: Station, key: str) -> None:
    """Wait until it is told."""
    await eventually(lambda: key in issues(station.hass), f"{key} is told")


async def goes(station: Station, key: str) -> None:
    """Wait until it is told no more."""
    await eventually(lambda: key not in issues(station.hass), f"{key} is told no more")


@of_any_generation
async def test_about_a_charger_that_works_there_is_nothing_to_mend(hass: HomeAssistant, generation: Generation) -> None:
    """A list of warnings that are none is read by nobody."""
    async with installed(hass, generation) as station:
        await station.looked()
        assert issues(hass) == set()


# Another charger at the address


@pytest.mark.parametrize("generation", [Generation.V4_1_7, Generation.V5_1, Generation.HEAD])
async def test_another_charger_at_the_address_is_told_and_left_alone(
    hass: HomeAssistant, generation: Generation
) -> None:
    """Until the right one is back there, or is found somewhere else."""
    async with installed(hass, generation) as station:
        await eventually(lambda: station.charger.live, "it is listened to")
        await station.evse.stop()
        async with OpenEvse(generation, port=station.evse.port, serial="0200000000ff") as other:
            other.plug_in()
            await appears(station, charger_issues.ANOTHER_CHARGER)
            await station.shows("state", "sensor", "unavailable")
            assert station.state("charging_enabled", "switch") == "unavailable"
            assert station.entry.runtime_data.device.text("state") == "not_connected"
            assert other.claims == {}
        await station.evse.start()
        await goes(station, charger_issues.ANOTHER_CHARGER)
        await station.shows("state", "sensor", "not_connected")


# RAPI that is blocked


async def test_that_commands_are_blocked_is_told_who_needs_them(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """And nobody else: nothing is broken. Who has read it takes it away, until a command is needed again."""
    async with installed(hass) as station:
        await refused(station, "send_rapi", command="$GC 1 2 3 4")
        assert issues(hass) == set()
        await refused(station, "send_rapi", command="$F1")
        assert issues(hass) == {charger_issues.RAPI_BLOCKED}
        assert (await mend(station, charger_issues.RAPI_BLOCKED, hass_client))["type"] == "create_entry"
        await station.looked()
        assert issues(hass) == set()
        await refused(station, "send_rapi", command="$F1")
        assert issues(hass) == {charger_issues.RAPI_BLOCKED}


# Where the car's data come from


@pytest.mark.parametrize("generation", [Generation.V5_0, Generation.V5_1, Generation.HEAD])
async def test_a_charger_is_made_to_listen_after_the_user_agreed(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """And then the same action works."""
    async with installed(hass, generation) as station:
        await refused(station, "push_vehicle", state_of_charge=62)
        assert issues(hass) == {charger_issues.VEHICLE_SOURCE_NOT_SET}
        assert station.evse.config["vehicle_data_src"] == 0
        assert (await mend(station, charger_issues.VEHICLE_SOURCE_NOT_SET, hass_client))["type"] == "create_entry"
        assert station.evse.config["vehicle_data_src"] == 3
        assert issues(hass) == set()
        await act(station, "push_vehicle", state_of_charge=62)
        assert station.evse.vehicle_told["battery_level"] == 62


async def test_who_changes_it_at_the_charger_is_not_asked_any_more(hass: HomeAssistant) -> None:
    """It is noticed with the next look."""
    async with installed(hass) as station:
        await refused(station, "push_vehicle", state_of_charge=62)
        async with aiohttp.ClientSession() as page:
            await page.post(f"{station.evse.url}/config", json={"vehicle_data_src": 3})
        await goes(station, charger_issues.VEHICLE_SOURCE_NOT_SET)


# A controller that repeats everything


@pytest.mark.parametrize("generation", [each for each in Generation if each is not Generation.V2_7])
async def test_a_controller_that_repeats_everything_is_restarted(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """Somebody has followed a guide."""
    async with installed(hass, generation, blocked=False) as station, aiohttp.ClientSession() as somebody:
        await somebody.post(f"{station.evse.url}/r", data={"json": "1", "rapi": "$FF E 0"})
        station.evse.tick(10)
        await appears(station, charger_issues.ECHO_STUCK)
        assert (await mend(station, charger_issues.ECHO_STUCK, hass_client))["type"] == "create_entry"
        assert station.evse.controller_restarts == 1
        station.evse.tick(10)
        await eventually(lambda: station.charger.flag("controller_connected") is True, "it is heard again")
        await station.looked()
        assert charger_issues.ECHO_STUCK not in issues(hass)


async def test_a_controller_that_is_silent_repeats_nothing(hass: HomeAssistant) -> None:
    """To restart it is no use."""
    async with installed(hass, Generation.V4_2) as station:
        station.evse.knobs.controller_absent = True
        station.evse.tick(10)
        await eventually(lambda: station.charger.flag("controller_connected") is False, "it is noticed")
        await station.looked()
        assert charger_issues.ECHO_STUCK not in issues(hass)


async def test_one_garbled_answer_is_soon_forgotten(hass: HomeAssistant) -> None:
    """It was noise on the line."""
    async with installed(hass, Generation.V3_3) as station:
        station.evse.knobs.rapi_fault = RapiFault.INVALID_RESPONSE
        await refused(station, "send_rapi", command="$GC")
        assert charger_issues.ECHO_STUCK in issues(hass)
        station.evse.knobs.heal()
        await goes(station, charger_issues.ECHO_STUCK)


# The heartbeat


@pytest.mark.parametrize("generation", [Generation.V4_2, Generation.V5_1, Generation.HEAD])
async def test_a_missed_heartbeat_is_mended_by_a_restart_of_the_gateway(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """The car gets 6 A, and nobody knows why."""
    async with installed(hass, generation, set_up=False) as station:
        station.evse.lose_heartbeat()
        await station.set_up()
        await appears(station, charger_issues.HEARTBEAT_MISSED)
        assert station.evse.pilot == 6
        assert (await mend(station, charger_issues.HEARTBEAT_MISSED, hass_client))["type"] == "create_entry"
        assert station.evse.gateway_restarts == 1
        assert station.evse.pilot > 6


# The clock


@of_any_generation
async def test_a_clock_that_is_wrong_is_set(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """Timers go by it."""
    async with installed(hass, generation, start=dt_util.utcnow() - timedelta(minutes=5)) as station:
        await appears(station, charger_issues.CLOCK_WRONG)
        result = await mend(station, charger_issues.CLOCK_WRONG, hass_client)
        assert result["type"] == "create_entry"
        await station.looked()
        assert charger_issues.CLOCK_WRONG not in issues(hass)


@pytest.mark.parametrize("minutes", [-3, 3, 60])
async def test_three_minutes_are_wrong(hass: HomeAssistant, minutes: int) -> None:
    """Also ahead; and an hour is a summer that is over."""
    async with installed(hass, start=dt_util.utcnow() + timedelta(minutes=minutes)) as station:
        await appears(station, charger_issues.CLOCK_WRONG)


async def test_a_clock_that_is_set_elsewhere_is_noticed(hass: HomeAssistant) -> None:
    """By the network, or by hand."""
    async with installed(hass, start=dt_util.utcnow() - timedelta(minutes=5)) as station:
        await appears(station, charger_issues.CLOCK_WRONG)
        station.evse.tick(300)
        await goes(station, charger_issues.CLOCK_WRONG)


# Safety checks


@of_any_generation
@pytest.mark.parametrize("check", Check)
async def test_a_check_that_is_off_is_told_and_switched_on(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation, check: Check
) -> None:
    """Whoever has switched it off."""
    key = charger_issues.CHECK_OFF[check]
    async with installed(hass, generation) as station:
        before = station.evse.eeprom.settings
        await act(station, "set_check", check=check, enabled=False, confirm=True)
        await appears(station, key)
        assert issues(hass) == {key}
        assert station.evse.eeprom.settings != before
        assert (await mend(station, key, hass_client))["type"] == "create_entry"
        assert station.evse.eeprom.settings == before
        await station.looked()
        assert issues(hass) == set()


# When it cannot be mended, and their end


async def test_what_cannot_be_mended_now_stays(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """And the user is told why."""
    async with installed(hass) as station:
        await act(station, "set_check", check="ground", enabled=False, confirm=True)
        key = charger_issues.CHECK_OFF[Check.GROUND]
        await appears(station, key)

        station.evse.knobs.confirm = False
        result = await mend(station, key, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "not_mended")
        assert key in issues(hass)

        station.evse.knobs.heal()
        await station.evse.refuse_connections()
        await station.shows("connected", "binary_sensor", "off")
        result = await mend(station, key, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "cannot_connect")
        assert key in issues(hass)

        assert await hass.config_entries.async_unload(station.entry.entry_id)
        result = await mend(station, key, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "cannot_connect")


async def test_a_lost_connection_takes_nothing_back(hass: HomeAssistant) -> None:
    """Who has ignored it would be told again."""
    async with installed(hass) as station:
        await act(station, "set_check", check="ground", enabled=False, confirm=True)
        key = charger_issues.CHECK_OFF[Check.GROUND]
        await appears(station, key)
        ir.async_get(hass).async_ignore(DOMAIN, f"{key}_{station.entry.entry_id}", ignore=True)
        await station.evse.refuse_connections()
        await station.shows("connected", "binary_sensor", "off")
        await station.evse.accept_connections()
        await station.shows("connected", "binary_sensor", "on")
        assert await hass.config_entries.async_reload(station.entry.entry_id)
        await station.looked()
        issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{station.entry.entry_id}")
        assert issue is not None
        assert issue.dismissed_version is not None


async def removed(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the entry."""
    await hass.config_entries.async_remove(entry_id)


async def disabled(hass: HomeAssistant, entry_id: str) -> None:
    """Disable the entry."""
    await hass.config_entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)


async def test_the_issues_of_a_charger_that_is_not_loaded_go_as_well(hass: HomeAssistant) -> None:
    """It may be switched off because it cannot be had."""
    async with installed(hass) as station:
        charger_issues.ask_about_move(hass, station.entry, "http://elsewhere")
        await station.evse.refuse_connections()
        await hass.config_entries.async_reload(station.entry.entry_id)
        assert station.entry.state is ConfigEntryState.SETUP_RETRY
        assert issues(hass) == {charger_issues.MOVED}
        await disabled(hass, station.entry.entry_id)
        assert not issues(hass)


@pytest.mark.parametrize("how", [removed, disabled])
async def test_with_the_charger_its_issues_go(hass: HomeAssistant, how: Callable[..., Any]) -> None:
    """Nobody can mend what is not there; and those of another charger stay."""
    async with (
        installed(hass) as station,
        installed(hass, serial="aabbccddee02") as other,
    ):
        for each in (station, other):
            with pytest.raises(HomeAssistantError):
                await act(each, "push_vehicle", state_of_charge=60, config_entry_id=each.entry.entry_id)
        await how(hass, station.entry.entry_id)
        left = [issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN]
        assert left == [f"{charger_issues.VEHICLE_SOURCE_NOT_SET}_{other.entry.entry_id}"]
