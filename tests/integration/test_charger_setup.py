"""A charger's config entry from its first try to its removal."""

import asyncio
from datetime import timedelta
import logging
from pathlib import Path

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, instance_id
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.open_ev.clients.openevse.models import client_number_of
from custom_components.open_ev.clients.openevse.reader import Reader
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import charger as charger_entry_module, link_watch
from simulators.openevse import Generation, Knobs, OpenEvse

from .driveway import FAST, SERIAL, SINCE_MANAGER, Station, installed
from .garage import eventually, remember

LOGGER = "custom_components.open_ev.entries.link_watch"
USER, PASSWORD = "anna", "correct-horse"


async def first_try(station: Station) -> None:
    """Load an entry that cannot be loaded now."""
    station.entry.add_to_hass(station.hass)
    assert not await station.hass.config_entries.async_setup(station.entry.entry_id)
    await station.hass.async_block_till_done()


def reauthentications(hass: HomeAssistant) -> int:
    """How many flows ask for new credentials."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return sum(flow["context"]["source"] == SOURCE_REAUTH for flow in flows)


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


# While it works


async def test_a_password_that_is_changed_is_asked_for_once(hass: HomeAssistant) -> None:
    """The entry stays loaded, so that the entities tell that there is no way to the charger."""
    async with installed(hass) as station:
        station.evse.config |= {"www_username": USER, "www_password": PASSWORD}
        await eventually(lambda: reauthentications(hass) == 1, "the password is asked for")
        await station.shows("state", "sensor", "unavailable")
        assert station.entry.state is ConfigEntryState.LOADED
        assert station.state("connected", "binary_sensor") == "off"
        station.evse.config |= {"www_username": "", "www_password": ""}
        await station.shows("state", "sensor", "not_connected")


@pytest.mark.parametrize("generation", Generation)
async def test_a_charger_that_goes_and_comes_back_is_noticed_without_a_reload(
    hass: HomeAssistant, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once each, however often it is tried."""
    caplog.set_level(logging.INFO, LOGGER)
    async with installed(hass, generation) as station:
        runtime = station.entry.runtime_data
        for _ in range(2):
            caplog.clear()
            await station.evse.refuse_connections()
            await station.shows("state", "sensor", "unavailable")
            assert station.state("connected", "binary_sensor") == "off"
            assert station.state("charging_enabled", "switch") == "unavailable"
            await asyncio.sleep(0.2)
            station.evse.plug_in()
            await station.evse.accept_connections()
            await station.shows("connected", "binary_sensor", "on")
            await station.shows("vehicle_connected", "binary_sensor", "on")
            station.evse.unplug()
            told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == LOGGER]
            assert [level for level, _ in told] == ["WARNING", "INFO"]
            assert told[0][1].startswith("The connection to OpenEVSE was lost: ")
            assert told[1][1] == "The connection to OpenEVSE is back"
        assert station.entry.runtime_data is runtime


async def broken(_: object) -> None:
    """What a fault of ours does."""
    raise ZeroDivisionError


async def test_a_fault_of_our_own_does_not_leave_the_charger_dead(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is loaded again."""
    monkeypatch.setattr(link_watch, "STEADY_SECONDS", 0.0)
    async with installed(hass) as station:
        runtime = station.entry.runtime_data
        with monkeypatch.context() as for_now:
            for_now.setattr(Reader, "read", broken)
            await eventually(lambda: "ended by a fault" in caplog.text, "the fault is seen")
        await eventually(
            lambda: station.entry.state is ConfigEntryState.LOADED and station.entry.runtime_data is not runtime,
            "the entry is loaded again",
        )
        assert station.state("state", "sensor") == "not_connected"


async def test_a_fault_that_comes_soon_is_given_a_rest(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading the entry again and again would help nobody; meanwhile nothing old is shown."""
    monkeypatch.setattr(link_watch, "REST_SECONDS", 0.5)
    async with installed(hass) as station:
        runtime = station.entry.runtime_data
        with monkeypatch.context() as for_now:
            for_now.setattr(Reader, "read", broken)
            await eventually(lambda: station.entry.state is ConfigEntryState.NOT_LOADED, "it rests")
        assert station.state("state", "sensor") == "unavailable"
        await eventually(
            lambda: station.entry.state is ConfigEntryState.LOADED and station.entry.runtime_data is not runtime,
            "the entry is loaded again",
        )
        assert station.state("state", "sensor") == "not_connected"
        assert caplog.text.count("ended by a fault") == 1


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_what_rests_is_left_alone_when_nobody_wants_it(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """It may be gone by then."""
    monkeypatch.setattr(link_watch, "REST_SECONDS", 0.2)
    async with installed(hass) as station:
        with monkeypatch.context() as for_now:
            for_now.setattr(Reader, "read", broken)
            await eventually(lambda: station.entry.state is ConfigEntryState.NOT_LOADED, "it rests")
        if how == "removed":
            await hass.config_entries.async_remove(station.entry.entry_id)
        else:
            await hass.config_entries.async_set_disabled_by(station.entry.entry_id, ConfigEntryDisabler.USER)
        await asyncio.sleep(0.3)
        await hass.async_block_till_done()
        assert station.entry.state is ConfigEntryState.NOT_LOADED


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


# Its end


@pytest.mark.parametrize("generation", [Generation.V3_3, Generation.V4_1_0, Generation.V5_1, Generation.HEAD])
async def test_unloading_leaves_nothing_behind(hass: HomeAssistant, generation: Generation) -> None:
    """No task, no socket, and nobody who listens."""

    def sockets() -> int:
        return sum(link.is_socket() for link in Path("/proc/self/fd").iterdir())

    async with installed(hass, generation, set_up=False) as station:
        before = sockets()
        tasks_before = asyncio.all_tasks()
        await station.set_up()
        charger = station.charger
        await eventually(lambda: charger.live, "the websocket is open")
        assert await hass.config_entries.async_unload(station.entry.entry_id)
        assert station.entry.state is ConfigEntryState.NOT_LOADED
        await eventually(lambda: not station.evse.websockets, "the websocket is closed")
        # Home Assistant keeps a connection that may be used again.
        await eventually(lambda: sockets() <= before + 2, "every socket is closed")
        assert not [task for task in asyncio.all_tasks() - tasks_before if "open_ev" in repr(task)]
        states = {state.state for state in hass.states.async_all() if state.domain != "zone"}
        assert states == {"unavailable"}
        asked = len(station.evse.requests)
        await asyncio.sleep(0.3)
        assert len(station.evse.requests) == asked


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_unloading_gives_the_say_back(hass: HomeAssistant, generation: Generation) -> None:
    """A charger that nobody speaks for any more does what its owner has set there."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        station.evse.tick(5)
        await station.shows("charging_enabled", "switch", "on")
        await station.call("charging_enabled", "switch.turn_off")
        await station.call("charge_current", "number.set_value", value=10)
        mains = [station.evse.relay_closed]
        assert station.evse.claims.keys() == {client_number_of(await instance_id.async_get(hass))}
        assert await hass.config_entries.async_unload(station.entry.entry_id)
        assert station.evse.claims == {}
        station.evse.tick(5)
        mains.append(station.evse.relay_closed)
        assert mains == [False, True]
        assert station.evse.pilot > 10


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_stopping_home_assistant_gives_the_say_back(hass: HomeAssistant, generation: Generation) -> None:
    """A car is not kept from charging by one that is off; and nothing is asked for any more."""
    async with installed(hass, generation) as station:
        station.evse.plug_in()
        await station.call("charging_enabled", "switch.turn_off")
        await station.call("charge_current", "number.set_value", value=10)
        mains = [station.evse.relay_closed]
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        assert station.evse.claims == {}
        station.evse.tick(5)
        mains.append(station.evse.relay_closed)
        assert mains == [False, True]
        assert station.evse.pilot > 10
        with pytest.raises(HomeAssistantError):
            await station.call("charging_enabled", "switch.turn_off")
        assert station.evse.claims == {}
        asked = len(station.evse.requests)
        states = remember(hass, station.entity_id("vehicle_connected", "binary_sensor"))
        station.evse.unplug()
        await asyncio.sleep(5 * FAST.idle)
        assert len(station.evse.requests) == asked
        assert not station.evse.websockets
        assert not states


async def test_stopping_home_assistant_hands_the_display_back(hass: HomeAssistant) -> None:
    """The text would stay until it is back."""
    async with installed(hass, Generation.V2_9) as station:
        text = {"line_1": "Dishwasher first", "duration": {"hours": 1}}
        await hass.services.async_call(DOMAIN, "show_text", text, blocking=True)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        assert station.evse.lcd_is_own


@pytest.mark.parametrize("generation", SINCE_MANAGER)
async def test_another_home_assistant_keeps_its_say(hass: HomeAssistant, generation: Generation) -> None:
    """Its claim is shown as somebody else's, and stays when this one leaves."""
    async with installed(hass, generation) as station:
        other = client_number_of("another instance")
        station.evse.plug_in()
        station.evse.claim(other, state="disabled")
        await station.shows("why", "sensor", "by_other")
        await station.call("charge_current", "number.set_value", value=10)
        assert station.evse.claims.keys() == {other, client_number_of(await instance_id.async_get(hass))}
        assert await hass.config_entries.async_unload(station.entry.entry_id)
        assert station.evse.claims.keys() == {other}


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V3_3])
async def test_unloading_hands_the_display_back(hass: HomeAssistant, generation: Generation) -> None:
    """The text would stay for ever."""
    async with installed(hass, generation) as station:
        await hass.services.async_call(
            DOMAIN,
            "show_text",
            {"line_1": "Dishwasher first", "line_2": "Car from 14:00", "duration": {"hours": 1}},
            blocking=True,
        )
        assert station.evse.lcd == ("Dishwasher first", "Car from 14:00")
        owned = [station.evse.lcd_is_own]
        assert await hass.config_entries.async_unload(station.entry.entry_id)
        owned.append(station.evse.lcd_is_own)
        assert owned == [False, True]


async def test_a_charger_that_is_gone_does_not_keep_its_entry(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be told good-bye."""
    monkeypatch.setattr(charger_entry_module, "FAREWELL_TIMEOUT", 0.2)
    async with installed(hass) as station:
        await station.call("charging_enabled", "switch.turn_off")
        station.evse.knobs.silent = True
        async with asyncio.timeout(3):
            assert await hass.config_entries.async_unload(station.entry.entry_id)
        assert station.entry.state is ConfigEntryState.NOT_LOADED


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
