"""What is left of Home Assistant at a charger once its entry is unloaded, or Home Assistant stops: nothing."""

import asyncio
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import instance_id
import pytest

from custom_components.open_ev.clients.openevse.models import client_number_of
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import charger as charger_entry_module
from simulators.openevse import Generation

from .driveway import FAST, SINCE_MANAGER, installed
from .garage import eventually, remember


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
