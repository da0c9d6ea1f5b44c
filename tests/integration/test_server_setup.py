"""How a car at a server is set up, what is done if it cannot be, and that nothing stays when it goes."""

import asyncio
import logging

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from simulators.ovms_server import Kind, OvmsServer

from .garage import eventually, reauthentications
from .server_garage import VEHICLE_ID, at_server, server_entry


async def first_try(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Load an entry that cannot be loaded now; returns what is wrong."""
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry.error_reason_translation_key


def knocking(entry: MockConfigEntry) -> int:
    """How many look whether a server lets an entry in after all."""
    return sum(task.get_name() == f"{DOMAIN} login of {entry.title}" for task in asyncio.all_tasks())


async def test_a_car_at_a_server_is_a_car(hass: HomeAssistant, server: OvmsServer) -> None:
    """With its page, its values, and the same controls."""
    async with at_server(hass, server) as car:
        (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), car.entry.entry_id)
        assert (device.name, device.model, device.sw_version) == ("VW e-Golf DEMO1", "VW e-Golf", "3.3.006")
        assert car.state("state_of_charge", "sensor") == "62.5"
        assert car.state("module_connected", "binary_sensor") == "on"
        await car.module.set("v.b.soc", 33.0)
        await car.link.send_changed()
        await car.shows("state_of_charge", "sensor", "33.0")


async def test_the_type_of_a_new_car_is_learned(hass: HomeAssistant, server: OvmsServer) -> None:
    """Controls depend on it, so the entry is loaded again once it is known."""
    async with at_server(hass, server, "NL", entry=server_entry(server, None), boot=False) as car:
        assert car.entry.data["vehicle_type"] is None
        assert not car.has("homelink_1", "button")
        await car.module.boot()
        await eventually(lambda: car.entry.data["vehicle_type"] == "NL", "the type is kept")
        await eventually(lambda: car.has("homelink_1", "button"), "the controls are there")
        await hass.async_block_till_done()


@pytest.mark.parametrize("believed", [None, "VWEG"])
async def test_the_type_that_the_server_has_stored_is_learned(
    hass: HomeAssistant, server: OvmsServer, believed: str | None
) -> None:
    """It is told before anybody listens, and counts for the next start, when the server may have nothing any more."""
    async with at_server(hass, server, "NL", entry=server_entry(server, believed), set_up=False) as car:
        await car.module.power_off()
        await car.set_up()
        assert car.entry.data["vehicle_type"] == "NL"
        assert car.has("homelink_1", "button")
        assert await hass.config_entries.async_unload(car.entry.entry_id)


async def test_a_server_that_is_down_is_tried_again(hass: HomeAssistant, server: OvmsServer) -> None:
    """Nobody is asked for anything."""
    await server.stop()
    entry = server_entry(server)
    assert await first_try(hass, entry) == "server_unreachable"
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not reauthentications(hass)


async def test_a_refused_login_is_asked_for_and_not_tried_again_soon(hass: HomeAssistant, server: OvmsServer) -> None:
    """Servers block who knocks again and again, the whole house with it."""
    server.add_vehicle(VEHICLE_ID, "another")
    entry = server_entry(server)
    assert await first_try(hass, entry) == "server_refused"
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert reauthentications(hass) == 1
    assert len(server.logins) == 1


@pytest.mark.usefixtures("impatient_link")
async def test_a_server_that_only_seemed_to_refuse_needs_nobody(
    hass: HomeAssistant, server: OvmsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What is in front of one that is away hangs up as well. Once it is back, so is the car, and nothing is asked for."""
    async with at_server(hass, server, set_up=False) as car:
        server.knobs.hang_up = True
        assert await first_try(hass, car.entry) == "server_refused"
        assert reauthentications(hass) == 1
        caplog.clear()
        server.knobs.hang_up, server.knobs.refuse = False, True
        await eventually(lambda: len(server.logins) >= 3, "it is tried now and then")
        server.knobs.refuse, server.knobs.welcome = False, b"HTTP/1.1 503 Service Unavailable\r\n\r\n"
        await eventually(lambda: len(server.logins) >= 6, "whatever comes back")
        assert car.entry.state is ConfigEntryState.SETUP_ERROR
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
        server.knobs.heal()
        await eventually(lambda: car.entry.state is ConfigEntryState.LOADED, "it is loaded")
        assert not reauthentications(hass)
        await car.shows("state_of_charge", "sensor", "62.5")


@pytest.mark.usefixtures("impatient_link")
@pytest.mark.parametrize("end", ["unload", "disable", "remove", "reload"])
async def test_a_refused_entry_that_goes_is_tried_no_more(hass: HomeAssistant, server: OvmsServer, end: str) -> None:
    """And one that is loaded again by hand is tried by one, not by two."""
    server.add_vehicle(VEHICLE_ID, "another")
    entry = server_entry(server)
    assert await first_try(hass, entry) == "server_refused"
    assert knocking(entry) == 1
    entries = hass.config_entries
    match end:
        case "unload":
            assert await entries.async_unload(entry.entry_id)
        case "disable":
            assert await entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
        case "remove":
            await entries.async_remove(entry.entry_id)
        case "reload":
            assert not await entries.async_reload(entry.entry_id)
    await eventually(lambda: knocking(entry) == (end == "reload"), "nobody knocks for what is gone")
    if end == "remove":
        assert not reauthentications(hass)


async def test_a_server_without_the_encryption_that_is_asked_for(hass: HomeAssistant, server: OvmsServer) -> None:
    """It is the encryption that is named."""
    assert await first_try(hass, server_entry(server, tls=True)) == "server_tls_failed"


async def test_nothing_stays_of_a_car_that_goes(hass: HomeAssistant, server: OvmsServer) -> None:
    """No connection, no task, and after its removal no device, no entity and nothing to mend."""
    async with at_server(hass, server) as car:
        entry_id = car.entry.entry_id
        before = asyncio.all_tasks()
        assert await hass.config_entries.async_reload(entry_id)
        assert await hass.config_entries.async_unload(entry_id)
        await eventually(lambda: not server.connected(VEHICLE_ID, Kind.APP), "the server is left")
        await hass.async_block_till_done()
        await eventually(lambda: asyncio.all_tasks() <= before, "nothing runs")
        assert await hass.config_entries.async_setup(entry_id)
        await hass.config_entries.async_remove(entry_id)
        assert not dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
        assert not er.async_entries_for_config_entry(er.async_get(hass), entry_id)
        assert not [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
