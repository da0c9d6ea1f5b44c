"""A charger appears by itself, or somewhere else than before."""

import asyncio
from collections.abc import Callable

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.loader import async_get_dhcp, async_get_zeroconf
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import known_chargers
from custom_components.open_ev.flows import charger as charger_flow
from simulators.openevse import Generation, Knobs, OpenEvse

from .charger_dialog import (
    SERIAL,
    add,
    announce,
    assert_aborted,
    assert_created,
    entry_for,
    generations,
    lease,
    name_of,
    standing,
    with_serial,
    without_serial,
)
from .dialog import assert_error, shown, submit

CREDENTIALS = {"username": "me", "password": "secret"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a charger that starts a moment only."""
    monkeypatch.setattr(charger_flow, "DISCOVERY_PAUSE_SECONDS", 0.05)


@pytest.fixture
def at_port(monkeypatch: pytest.MonkeyPatch) -> Callable[[OpenEvse], None]:
    """Have a charger's port be the usual one, which DHCP says nothing about."""
    return lambda charger: monkeypatch.setattr(known_chargers, "HTTP_PORT", charger.port)


type AtPort = Callable[[OpenEvse], None]


def open_flows(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """The flows that a user sees."""
    return hass.config_entries.flow.async_progress_by_handler(DOMAIN)


def assert_offered(result: ConfigFlowResult, charger: OpenEvse, name: str = "openevse") -> None:
    """Check that a charger is there to be added with one click."""
    assert_error(result, "charger_confirm", {})
    assert shown(result["data_schema"]) == {}
    assert result["description_placeholders"] == {"name": name, "host": charger.url.removeprefix("http://")}


# One click


@with_serial
async def test_announced(hass: HomeAssistant, generation: Generation) -> None:
    """From its announcement to its entry with one click."""
    async with standing(hass, generation) as charger:
        result = await announce(hass, charger)
        assert_offered(result, charger)
        (flow,) = open_flows(hass)
        assert flow["context"]["title_placeholders"] == {"name": "openevse"}
        assert flow["context"]["configuration_url"] == charger.url
        assert flow["context"]["unique_id"] == SERIAL
        assert flow["context"]["confirm_only"]
        result = await submit(hass, result)
        assert_created(result, charger)
        assert result["result"].unique_id == SERIAL
        assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize("knobs", [Knobs(), Knobs(status=429)])
async def test_a_name_that_is_more_than_a_name(hass: HomeAssistant, knobs: Knobs) -> None:
    """Anybody in the network can announce a charger; nobody can write into Home Assistant's own words by that."""
    name = "a charger. **Home Assistant is out of date:** [update](https://evil.example/)"
    async with standing(hass, knobs=knobs) as charger:
        charger.config["hostname"] = name
        result = await announce(hass, charger, name=name)
        assert_offered(result, charger, "OpenEVSE")
        (flow,) = open_flows(hass)
        assert flow["context"]["title_placeholders"] == {"name": "OpenEVSE"}
        charger.knobs.heal()
        assert (await submit(hass, result))["title"] == "OpenEVSE"


@generations
async def test_given_an_address(hass: HomeAssistant, generation: Generation, at_port: AtPort) -> None:
    """Also firmware that does not tell its number, which its MAC is: that is known here."""
    async with standing(hass, generation) as charger:
        at_port(charger)
        result = await lease(hass)
        assert_offered(result, charger, name_of(charger))
        result = await submit(hass, result)
        assert_created(result, charger)
        assert result["result"].unique_id == SERIAL


@pytest.mark.parametrize("generation", [Generation.V5_1, Generation.HEAD])
async def test_a_password_is_asked_for_after_the_click(hass: HomeAssistant, generation: Generation) -> None:
    """A charger that lets nobody in is offered by the name that it announces."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        result = await announce(hass, charger)
        assert_offered(result, charger, "openevse-ee01")
        result = await submit(hass, result)
        assert_error(result, "charger_credentials", {})
        result = await submit(hass, result, CREDENTIALS)
        assert_created(result, charger, **CREDENTIALS)
        assert result["result"].unique_id == SERIAL


async def test_a_charger_that_has_seen_too_many_wrong_passwords(hass: HomeAssistant) -> None:
    """It is offered all the same."""
    async with standing(hass, Generation.HEAD) as charger:
        charger.knobs.status = 429
        result = await announce(hass, charger)
        assert_offered(result, charger, "openevse-ee01")
        assert_error(await submit(hass, result), "charger_confirm", {"base": "charger_locked_out"})
        charger.knobs.heal()
        assert_created(await submit(hass, result), charger)


async def test_the_charger_is_gone_meanwhile(hass: HomeAssistant) -> None:
    """The discovery stays open, says what is wrong, and can be confirmed later."""
    async with standing(hass) as charger:
        result = await announce(hass, charger)
        await charger.refuse_connections()
        assert_error(await submit(hass, result), "charger_confirm", {"base": "charger_unreachable"})
        await charger.accept_connections()
        charger.say(state=None)
        assert_error(await submit(hass, result), "charger_confirm", {"base": "charger_too_old"})
        charger.say_truth()
        assert_created(await submit(hass, result), charger)


async def test_a_charger_that_starts(hass: HomeAssistant, at_port: AtPort) -> None:
    """It asks for an address before it answers."""
    async with standing(hass) as charger:
        at_port(charger)
        await charger.refuse_connections()
        discovery = hass.async_create_task(lease(hass))
        await asyncio.sleep(0.02)
        await charger.accept_connections()
        assert_offered(await discovery, charger)


async def test_home_assistant_is_told_what_to_look_for(hass: HomeAssistant) -> None:
    """The announcement, the name of a new device, and the MACs of those that are set up."""
    assert {"domain": DOMAIN} in (await async_get_zeroconf(hass))["_openevse._tcp.local."]
    wanted = [each for each in await async_get_dhcp(hass) if each["domain"] == DOMAIN]
    assert wanted == [{"domain": DOMAIN, "hostname": "openevse*"}, {"domain": DOMAIN, "registered_devices": True}]


# What is not offered


@pytest.mark.parametrize("told", [None, "", "openevse", "aa:bb:cc:dd:ee:01"])
async def test_an_announcement_without_a_number(hass: HomeAssistant, told: str | None) -> None:
    """No firmware announces itself so."""
    async with standing(hass) as charger:
        assert_aborted(await announce(hass, charger, id=told), "not_an_openevse")
        assert charger.requests == []


async def test_what_cannot_be_used(hass: HomeAssistant, at_port: AtPort) -> None:
    """Something else may be named as chargers are, and a charger may be in no state to be added."""
    async with standing(hass) as charger:
        at_port(charger)
        charger.knobs.html = True
        assert_aborted(await lease(hass), "not_an_openevse")
        charger.knobs.heal()
        charger.knobs.cut_off = True
        assert_aborted(await announce(hass, charger), "charger_bad_answer")
        charger.knobs.heal()
        charger.knobs.status = 503
        assert_aborted(await announce(hass, charger), "charger_refused")
        charger.knobs.heal()
        charger.say(state=None)
        assert_aborted(await announce(hass, charger), "charger_too_old")
        charger.say_truth()
        await charger.refuse_connections()
        assert_aborted(await lease(hass), "charger_unreachable")
        assert open_flows(hass) == []


# The same charger twice


async def test_a_charger_is_offered_once(hass: HomeAssistant, at_port: AtPort) -> None:
    """Not while it waits to be confirmed, not when it is set up or ignored, whatever the case of its number."""
    async with standing(hass) as charger:
        at_port(charger)
        result = await announce(hass, charger)
        assert_aborted(await announce(hass, charger, id=SERIAL.upper()), "already_in_progress")
        assert_aborted(await lease(hass), "already_in_progress")
        result = await submit(hass, result)
        assert_created(result, charger)
        assert_aborted(await announce(hass, charger), "charger_set_up")
        assert_aborted(await announce(hass, charger, id=SERIAL.upper()), "charger_set_up")
        assert_aborted(await lease(hass), "charger_set_up")

        MockConfigEntry(domain=DOMAIN, unique_id="aabbccddee09", source=SOURCE_IGNORE).add_to_hass(hass)
        assert_aborted(await announce(hass, charger, id="AABBCCDDEE09"), "already_configured")


async def test_two_ways_to_the_same_charger(hass: HomeAssistant) -> None:
    """Added by hand while its discovery waits, or the other way round: the later one ends."""
    async with standing(hass) as charger:
        discovered = await announce(hass, charger)
        assert_created(await add(hass, charger.url), charger)
        assert discovered["flow_id"] not in {flow["flow_id"] for flow in open_flows(hass)}

    async with standing(hass, Generation.HEAD, serial="aabbccddee02", **CREDENTIALS) as charger:
        discovered = await announce(hass, charger)
        by_hand = await add(hass, charger.url)
        discovered = await submit(hass, await submit(hass, discovered), CREDENTIALS)
        assert discovered["type"] is FlowResultType.CREATE_ENTRY
        assert_aborted(await submit(hass, by_hand, CREDENTIALS), "charger_set_up")


async def test_another_charger_with_the_same_address(hass: HomeAssistant) -> None:
    """An address that has changed hands leads to another charger, and the entry that had it is left alone."""
    async with standing(hass, serial="aabbccddee02") as charger:
        other = entry_for(charger, unique_id=SERIAL)
        other.add_to_hass(hass)
        assert_created(await submit(hass, await announce(hass, charger)), charger)
        assert other.data == entry_for(charger).data


async def test_a_charger_on_a_cable(hass: HomeAssistant, at_port: AtPort) -> None:
    """There it has another MAC than the one that it is known by, and is known all the same once it is read."""
    async with standing(hass) as charger:
        at_port(charger)
        waiting = await announce(hass, charger)
        assert_aborted(await lease(hass, serial="aabbccddee04"), "already_in_progress")
        assert_created(await submit(hass, waiting), charger)
        assert_aborted(await lease(hass, serial="aabbccddee04"), "charger_set_up")


@pytest.mark.parametrize("generation", [Generation.V5_1, Generation.HEAD])
async def test_a_locked_charger_on_a_cable(hass: HomeAssistant, generation: Generation, at_port: AtPort) -> None:
    """Who it is comes out with the password only."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        at_port(charger)
        entry = entry_for(charger, **CREDENTIALS)
        entry.add_to_hass(hass)
        result = await submit(hass, await lease(hass, serial="aabbccddee04"))
        assert_aborted(await submit(hass, result, CREDENTIALS), "charger_set_up")


async def test_an_announcement_wakes_an_entry_that_waits(hass: HomeAssistant) -> None:
    """An entry that could not be set up is tried at once when its charger is heard."""
    async with standing(hass) as charger:
        await charger.refuse_connections()
        entry = entry_for(charger)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await charger.accept_connections()
        assert_aborted(await announce(hass, charger), "charger_set_up")
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED


# A charger that did not tell its number when it was set up


@without_serial
async def test_a_number_is_learned(hass: HomeAssistant, generation: Generation) -> None:
    """DHCP tells it of the charger that is connected there; the unique id of its entry, which its entities go by, stays."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger)
        entry.add_to_hass(hass)
        known = entry.unique_id
        assert_aborted(await lease(hass), "charger_set_up")
        # Nobody knows whether it is this one.
        assert entry.data == entry_for(charger).data
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert_aborted(await lease(hass), "charger_set_up")
        assert entry.data == entry_for(charger, mac=SERIAL).data
        assert_aborted(await lease(hass, serial="aabbccddee02"), "charger_unreachable")
        assert entry.data == entry_for(charger, mac=SERIAL).data
        assert entry.unique_id == known


async def test_newer_firmware_tells_its_number(hass: HomeAssistant) -> None:
    """Then the charger is believed, and not what somebody announces."""
    async with standing(hass) as charger:
        entry = entry_for(charger, unique_id="127.0.0.1")
        entry.add_to_hass(hass)
        assert_aborted(await announce(hass, charger, id="aabbccddee02"), "charger_set_up")
        assert entry.data == entry_for(charger).data
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert entry.data == entry_for(charger, mac=SERIAL).data
        assert entry.unique_id == "127.0.0.1"
        assert_aborted(await announce(hass, charger), "charger_set_up")


@pytest.mark.usefixtures("names")
@without_serial
async def test_a_name_that_leads_to_the_same_charger(hass: HomeAssistant, generation: Generation) -> None:
    """A charger that is loaded says itself what its address is."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger, url=f"http://openevse.local:{charger.port}", unique_id="openevse.local")
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert_aborted(await lease(hass, str(entry.runtime_data.device.text("ip_address"))), "charger_set_up")
        assert entry.data["mac"] == SERIAL
        assert entry.data["url"] == f"http://openevse.local:{charger.port}"
