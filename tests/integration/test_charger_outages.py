"""A charger that is set up is lost, by another password, by its absence or by a fault of our own, and comes back."""

import asyncio
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.reader import Reader
from custom_components.open_ev.entries import link_watch
from simulators.openevse import Generation

from .driveway import installed
from .garage import eventually, reauthentications

LOGGER = "custom_components.open_ev.entries.link_watch"
USER, PASSWORD = "anna", "correct-horse"


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


async def test_a_fault_during_the_set_up_does_not_leave_the_charger_dead(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is loaded again once it is loaded."""
    monkeypatch.setattr(link_watch, "REST_SECONDS", 0.2)
    forward = hass.config_entries.async_forward_entry_setups

    async def slowly(*args: Any) -> None:
        await asyncio.sleep(0.2)
        await forward(*args)

    async def broken_run(*_: object) -> None:
        raise ZeroDivisionError

    async with installed(hass, set_up=False) as station:
        with monkeypatch.context() as for_now:
            for_now.setattr(hass.config_entries, "async_forward_entry_setups", slowly)
            for_now.setattr(Charger, "run", broken_run)
            station.entry.add_to_hass(hass)
            await hass.config_entries.async_setup(station.entry.entry_id)
            await eventually(lambda: station.entry.state is ConfigEntryState.NOT_LOADED, "it rests")
        await eventually(lambda: station.entry.state is ConfigEntryState.LOADED, "the entry is loaded again")
        station.evse.plug_in()
        await station.shows("vehicle_connected", "binary_sensor", "on")


async def test_a_fault_at_the_end_is_said_and_no_more(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who unloads a device does not want it back."""
    monkeypatch.setattr(link_watch, "REST_SECONDS", 0.1)

    async def breaks_when_ended(*_: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as ended:
            raise ZeroDivisionError from ended

    monkeypatch.setattr(Charger, "run", breaks_when_ended)
    async with installed(hass) as station:
        assert await hass.config_entries.async_unload(station.entry.entry_id)
        await eventually(lambda: "ended by a fault" in caplog.text, "the fault is seen")
        await asyncio.sleep(0.2)
        await hass.async_block_till_done()
        assert station.entry.state is ConfigEntryState.NOT_LOADED


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
