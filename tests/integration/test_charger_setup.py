"""A charger's config entry: its first try, its device page, and its removal."""

from datetime import timedelta

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, instance_id
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.open_ev.clients.openevse.models import client_number_of
from custom_components.open_ev.const import DOMAIN
from simulators.openevse import Generation, Knobs, OpenEvse

from .driveway import SERIAL, Station, installed
from .garage import eventually, reauthentications

USER, PASSWORD = "anna", "correct-horse"


async def first_try(station: Station) -> None:
    """Load an entry that cannot be loaded now."""
    station.entry.add_to_hass(station.hass)
    assert not await station.hass.config_entries.async_setup(station.entry.entry_id)
    await station.hass.async_block_till_done()


def device_of(station: Station) -> DeviceEntry:
    """The charger's page."""
    devices = dr.async_entries_for_config_entry(dr.async_get(station.hass), station.entry.entry_id)
    assert len(devices) == 1
    return devices[0]


# Before it works


@pytest.mark.parametrize("generation", Generation)
async def test_a_charger_of_any_generation_is_set_up(hass: HomeAssistant, generation: Generation) -> None:
    """With what everybody looks for first."""
    async with installed(hass, generation) as station:
        assert station.entry.state is ConfigEntryState.LOADED
        assert station.state("state", "sensor") == "not_connected"
        assert station.state("connected", "binary_sensor") == "on"
        station.evse.plug_in()
        station.evse.tick(5)
        await station.shows("state", "sensor", "charging")


WRONG = {
    "charger_unreachable": Knobs(hang_up=True),
    "charger_refused": Knobs(status=500),
    "not_an_openevse": Knobs(html=True),
    "charger_bad_answer": Knobs(cut_off=True),
    "charger_locked_out": Knobs(status=429),
}


@pytest.mark.parametrize("key", WRONG)
async def test_what_is_wrong_is_told_and_tried_again(hass: HomeAssistant, key: str) -> None:
    """Until it works."""
    async with installed(hass, set_up=False, knobs=WRONG[key]) as station:
        await first_try(station)
        assert station.entry.state is ConfigEntryState.SETUP_RETRY
        assert station.entry.error_reason_translation_key == key
        assert not reauthentications(hass)
        station.evse.knobs.heal()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=10))
        await eventually(lambda: station.entry.state is ConfigEntryState.LOADED, "the entry is loaded")


async def test_another_charger_at_the_address_is_left_alone(hass: HomeAssistant) -> None:
    """A router has given its address to one that this Home Assistant has told to wait, by the same number."""
    client = client_number_of(await instance_id.async_get(hass))
    async with installed(hass, set_up=False) as station:
        station.evse.claim(client, state="disabled")
        entry = MockConfigEntry(
            domain=DOMAIN, title="OpenEVSE", unique_id="aabbccddee99", data={**station.entry.data, "kind": "charger"}
        )
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "another_charger"
        assert station.evse.claims.keys() == {client}
        assert {(request.method, request.path) for request in station.evse.requests} == {
            ("GET", "/status"),
            ("GET", "/config"),
        }


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V5_1, Generation.HEAD])
async def test_a_wrong_password_asks_for_the_right_one(hass: HomeAssistant, generation: Generation) -> None:
    """A retry would not help."""
    async with installed(
        hass,
        generation,
        set_up=False,
        username=USER,
        password=PASSWORD,
        entry_data={"username": USER, "password": "wrong"},
    ) as station:
        await first_try(station)
        assert station.entry.state is ConfigEntryState.SETUP_ERROR
        assert station.entry.error_reason_translation_key == "charger_unauthorized"
        assert reauthentications(hass) == 1


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V5_1, Generation.HEAD])
async def test_the_right_password_opens(hass: HomeAssistant, generation: Generation) -> None:
    """By a header, or by a session."""
    credentials = {"username": USER, "password": PASSWORD}
    async with installed(hass, generation, username=USER, password=PASSWORD, entry_data=credentials) as station:
        await station.call("charging_enabled", "switch.turn_off")
        await station.shows("charging_enabled", "switch", "off")


# The device page


@pytest.mark.parametrize("generation", Generation)
async def test_the_device_page_shows_the_charger(hass: HomeAssistant, generation: Generation) -> None:
    """Also what its firmware does not tell and discovery did."""
    async with installed(hass, generation) as station:
        device = device_of(station)
        assert device.name == "OpenEVSE"
        assert device.manufacturer == "OpenEVSE"
        assert device.model
        assert device.serial_number == SERIAL
        assert device.connections == {(dr.CONNECTION_NETWORK_MAC, "aa:bb:cc:dd:ee:01")}
        assert device.configuration_url == station.evse.url
        assert device.sw_version == generation.firmware.version
        assert device.hw_version == station.charger.text("controller_version")


async def test_a_firmware_update_loads_the_entry_again(hass: HomeAssistant) -> None:
    """Another firmware has other controls."""
    async with installed(hass) as station:
        runtime = station.entry.runtime_data
        station.evse.tick(60)
        await station.looked()
        await station.evse.stop()
        async with OpenEvse(Generation.HEAD, port=station.evse.port, serial=SERIAL):
            await eventually(
                lambda: station.entry.state is ConfigEntryState.LOADED and station.entry.runtime_data is not runtime,
                "the entry is loaded again",
            )
            assert device_of(station).sw_version == Generation.HEAD.firmware.version
            assert await hass.config_entries.async_unload(station.entry.entry_id)


async def test_a_controller_that_was_silent_gets_its_controls(hass: HomeAssistant) -> None:
    """Its gateway tells what is behind it once it has answered."""
    async with installed(hass, Generation.V3_3, knobs=Knobs(controller_absent=True)) as station:
        assert not station.has("session_energy_limit", "number")
        await station.evse.refuse_connections()
        await station.shows("connected", "binary_sensor", "off")
        station.evse.knobs.controller_absent = False
        await station.evse.accept_connections()
        await eventually(lambda: station.has("session_energy_limit", "number"), "the limit can be set")
        assert device_of(station).hw_version == "7.1.3"


# Loaded again, removed, and beside another


async def test_an_entry_can_be_loaded_again(hass: HomeAssistant) -> None:
    """With the same entities."""
    async with installed(hass) as station:
        registry = er.async_get(hass)
        before = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, station.entry.entry_id)}
        assert await hass.config_entries.async_reload(station.entry.entry_id)
        assert station.state("state", "sensor") == "not_connected"
        after = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, station.entry.entry_id)}
        assert before == after


async def test_removing_the_entry_removes_the_charger(hass: HomeAssistant) -> None:
    """Its device and its entities go with it; the charger goes on."""
    async with installed(hass) as station:
        await hass.config_entries.async_remove(station.entry.entry_id)
        await hass.async_block_till_done()
        assert not er.async_entries_for_config_entry(er.async_get(hass), station.entry.entry_id)
        assert not dr.async_entries_for_config_entry(dr.async_get(hass), station.entry.entry_id)
        assert [state for state in hass.states.async_all() if state.domain != "zone"] == []


async def test_two_chargers_never_mix(hass: HomeAssistant) -> None:
    """One is told to stop, the other charges on."""
    async with (
        installed(hass) as first,
        installed(hass, Generation.V4_2, serial="aabbccddee02") as second,
    ):
        for station in (first, second):
            station.evse.plug_in()
            station.evse.tick(5)
            await station.shows("state", "sensor", "charging")
        await first.call("charging_enabled", "switch.turn_off")
        assert (first.evse.relay_closed, second.evse.relay_closed) == (False, True)
        await second.looked()
        assert second.state("charging_enabled", "switch") == "on"
        assert await hass.config_entries.async_unload(first.entry.entry_id)
        assert second.state("state", "sensor") == "charging"
