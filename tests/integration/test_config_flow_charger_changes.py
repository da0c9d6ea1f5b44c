"""A charger that is set up is somewhere else, or has another password."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.flows.charger_forms import is_same_server
from simulators.openevse import Generation, OpenEvse

from .charger_dialog import (
    NOWHERE,
    SERIAL,
    assert_aborted,
    entry_for,
    generations,
    standing,
    with_password,
    with_serial,
    without_serial,
)
from .dialog import assert_error, shown, submit

OLD: dict[str, Any] = {"username": "me", "password": "old"}
NEW: dict[str, Any] = {"username": "me", "password": "new"}


async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Set an entry up."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def move(hass: HomeAssistant, entry: MockConfigEntry, charger: OpenEvse) -> ConfigFlowResult:
    """Say that an entry's charger is at this address."""
    return await submit(hass, await entry.start_reconfigure_flow(hass), {"host": charger.url})


async def assert_changed(hass: HomeAssistant, result: ConfigFlowResult, entry: MockConfigEntry) -> None:
    """Check that a change was made and counts."""
    assert_aborted(result, "reconfigure_successful")
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


# Reauthentication


@with_password
async def test_a_new_password(hass: HomeAssistant, generation: Generation) -> None:
    """It is asked for when the charger refuses the old one, proved before it is kept, and the charger is back."""
    async with standing(hass, generation, **NEW) as charger:
        entry = entry_for(charger, **OLD)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        (flow,) = [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]
        result = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert_error(result, "charger_reauth", {})
        host = charger.url.removeprefix("http://")
        assert result["description_placeholders"] == {"host": host, "name": "openevse"}
        assert shown(result["data_schema"]) == {"username": "me"}
        for typed in (OLD, {"username": "you", "password": "new"}, {"username": "me"}, {}):
            result = await submit(hass, result, typed)
            assert_error(result, "charger_reauth", {"base": "charger_unauthorized"})
            assert shown(result["data_schema"]) == {key: typed[key] for key in typed if key == "username"}
        charger.knobs.hang_up = True
        result = await submit(hass, result, NEW)
        assert_error(result, "charger_reauth", {"base": "charger_unreachable"})
        charger.knobs.heal()
        assert_aborted(await submit(hass, result, NEW), "reauth_successful")
        await hass.async_block_till_done()
        assert entry.data == entry_for(charger, **NEW).data
        assert entry.state is ConfigEntryState.LOADED


async def test_too_many_wrong_passwords(hass: HomeAssistant) -> None:
    """They are told apart from one wrong password: it does not help to try another at once."""
    async with standing(hass, Generation.HEAD, **NEW) as charger:
        entry = entry_for(charger, **OLD)
        entry.add_to_hass(hass)
        result = await entry.start_reauth_flow(hass)
        for _ in range(10):
            result = await submit(hass, result, OLD)
        result = await submit(hass, result, OLD)
        assert_error(result, "charger_reauth", {"base": "charger_locked_out"})
        assert_aborted(await submit(hass, result, NEW), "reauth_successful")
        await hass.async_block_till_done()


async def test_no_password_any_more(hass: HomeAssistant) -> None:
    """A charger may have been opened: then none is a right answer, and none is kept."""
    async with standing(hass) as charger:
        entry = entry_for(charger, **OLD)
        entry.add_to_hass(hass)
        assert_aborted(await submit(hass, await entry.start_reauth_flow(hass), {}), "reauth_successful")
        assert entry.data == entry_for(charger).data
        await hass.async_block_till_done()


async def test_another_charger_has_the_address(hass: HomeAssistant) -> None:
    """A password that fits the wrong charger is not kept."""
    async with standing(hass, serial="aabbccddee02", **NEW) as charger:
        entry = entry_for(charger, unique_id=SERIAL, **OLD)
        entry.add_to_hass(hass)
        result = await submit(hass, await entry.start_reauth_flow(hass), NEW)
        assert_error(result, "charger_reauth", {"base": "other_charger"})
        assert entry.data == entry_for(charger, **OLD).data


# Reconfiguration


@generations
async def test_a_new_address(hass: HomeAssistant, generation: Generation) -> None:
    """The charger moves with its entities; nothing but its address is another."""
    async with standing(hass, generation) as charger:
        entry = await loaded(hass, entry_for(charger))
        registry = er.async_get(hass)
        entities = [each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)]
        hass.config_entries.async_update_entry(entry, data={**entry.data, "url": NOWHERE})
        result = await entry.start_reconfigure_flow(hass)
        assert_error(result, "charger_reconfigure", {})
        host = NOWHERE.removeprefix("http://")
        assert result["description_placeholders"] == {"host": host, "name": "openevse"}
        assert shown(result["data_schema"]) == {"host": NOWHERE}
        result = await submit(hass, result, {"host": "over there"})
        assert_error(result, "charger_reconfigure", {"host": "invalid_address"})
        result = await submit(hass, result, {"host": NOWHERE})
        assert_error(result, "charger_reconfigure", {"base": "charger_unreachable"})
        await assert_changed(hass, await submit(hass, result, {"host": charger.url}), entry)
        assert entry.data == entry_for(charger).data
        assert entry.unique_id == entry_for(charger).unique_id
        assert entities == [each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)]
        assert len(entities) > 10


@with_password
async def test_a_password_is_not_sent_to_a_new_address(hass: HomeAssistant, generation: Generation) -> None:
    """Whoever answers there asks for it, and the user who typed the address says whether to tell."""
    async with standing(hass, generation, **NEW) as charger:
        entry = entry_for(charger, url=NOWHERE, **NEW)
        entry.add_to_hass(hass)
        result = await move(hass, entry, charger)
        assert_error(result, "charger_credentials", {})
        assert shown(result["data_schema"]) == {"username": "me"}
        assert all(request.path == "/status" for request in charger.requests), charger.requests
        result = await submit(hass, result, OLD)
        assert_error(result, "charger_credentials", {"base": "charger_unauthorized"})
        await assert_changed(hass, await submit(hass, result, NEW), entry)
        assert entry.data == entry_for(charger, **NEW).data


@with_password
async def test_the_same_address_and_the_old_password(hass: HomeAssistant, generation: Generation) -> None:
    """What the charger takes is not asked for again; not either after an address was tried that was wrong."""
    async with standing(hass, generation, **NEW) as charger:
        entry = entry_for(charger, **NEW)
        entry.add_to_hass(hass)
        result = await entry.start_reconfigure_flow(hass)
        result = await submit(hass, result, {"host": NOWHERE})
        assert_error(result, "charger_reconfigure", {"base": "charger_unreachable"})
        await assert_changed(hass, await submit(hass, result, {"host": f"{charger.url}/#/status"}), entry)
        assert entry.data == entry_for(charger, **NEW).data


async def test_a_new_address_where_no_password_is_wanted(hass: HomeAssistant) -> None:
    """None is kept: it would be shown to whoever asks for it there."""
    async with standing(hass) as charger:
        entry = entry_for(charger, url=NOWHERE, **NEW)
        entry.add_to_hass(hass)
        await assert_changed(hass, await move(hass, entry, charger), entry)
        assert entry.data == entry_for(charger).data


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://10.0.0.7", "http://10.0.0.7:80", True),
        ("http://OpenEVSE.local", "http://openevse.local", True),
        ("http://[2001:db8::7]", "http://[2001:db8:0::7]:80", True),
        ("http://10.0.0.7", "https://10.0.0.7", False),
        ("https://10.0.0.7", "https://10.0.0.7:80", False),
        ("http://10.0.0.7", "http://10.0.0.8", False),
        ("http://10.0.0.7", "http://10.0.0.7:8080", False),
    ],
)
def test_what_is_another_address(one: str, other: str, *, same: bool) -> None:
    """Another scheme, host or port."""
    assert is_same_server(one, other) is same


async def test_from_https_to_http(hass: HomeAssistant) -> None:
    """How its certificate was checked is forgotten with it."""
    async with standing(hass) as charger:
        entry = entry_for(charger, url="https://127.0.0.1:9", verify_tls=False)
        entry.add_to_hass(hass)
        result = await entry.start_reconfigure_flow(hass)
        assert shown(result["data_schema"]) == {"host": "https://127.0.0.1:9", "verify_tls": False}
        result = await submit(hass, result, {"host": charger.url, "verify_tls": False})
        await assert_changed(hass, result, entry)
        assert entry.data == entry_for(charger).data


@with_serial
async def test_another_charger_is_there(hass: HomeAssistant, generation: Generation) -> None:
    """An entry is one charger: it does not become another one."""
    async with standing(hass, generation, serial="aabbccddee02") as charger:
        entry = entry_for(charger, unique_id=SERIAL, url=NOWHERE)
        entry.add_to_hass(hass)
        result = await move(hass, entry, charger)
        assert_error(result, "charger_reconfigure", {"host": "other_charger"})
        assert shown(result["data_schema"]) == {"host": charger.url}
        assert entry.data["url"] == NOWHERE
    async with standing(hass, generation) as charger:
        await assert_changed(hass, await submit(hass, result, {"host": charger.url}), entry)


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V5_1])
async def test_a_charger_of_another_entry_is_there(hass: HomeAssistant, generation: Generation) -> None:
    """Known by its number or, where it has none, by its address."""
    async with standing(hass, generation) as charger:
        entry_for(charger).add_to_hass(hass)
        entry = entry_for(charger, unique_id="10.0.0.7", url=NOWHERE)
        entry.add_to_hass(hass)
        assert_error(await move(hass, entry, charger), "charger_reconfigure", {"host": "other_charger"})


@without_serial
async def test_a_learned_number_stays(hass: HomeAssistant, generation: Generation) -> None:
    """A charger that does not tell its number is believed to be the one that is meant."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger, unique_id="10.0.0.7", url=NOWHERE, mac=SERIAL)
        entry.add_to_hass(hass)
        await assert_changed(hass, await move(hass, entry, charger), entry)
        assert entry.data == entry_for(charger, mac=SERIAL).data
        assert entry.unique_id == "10.0.0.7"


async def test_a_number_is_learned(hass: HomeAssistant) -> None:
    """After an update of its firmware a charger tells its number."""
    async with standing(hass) as charger:
        entry = entry_for(charger, unique_id="10.0.0.7", url=NOWHERE)
        entry.add_to_hass(hass)
        await assert_changed(hass, await move(hass, entry, charger), entry)
        assert entry.data == entry_for(charger, mac=SERIAL).data
    async with standing(hass, serial="aabbccddee02") as charger:
        assert_error(await move(hass, entry, charger), "charger_reconfigure", {"host": "other_charger"})
