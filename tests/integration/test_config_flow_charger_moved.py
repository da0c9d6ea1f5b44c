"""A charger that is set up is heard somewhere else: it may be there, and it may be somebody who says so."""

from collections.abc import Generator
from http import HTTPStatus
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import pytest_socket

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.flows import charger as charger_flow
from custom_components.open_ev.issues.charger import MOVED
from simulators.openevse import Generation, OpenEvse

from .charger_dialog import (
    NOWHERE,
    SERIAL,
    Announced,
    announce,
    assert_aborted,
    assert_created,
    entry_for,
    lease,
    standing,
    with_password,
    with_serial,
    without_serial,
)
from .dialog import assert_error, submit
from .garage import reauthentications
from .thief import CREDENTIALS, asks_for_a_password, says_it_is, thieving

# Home Assistant's own web server, which mends.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

ELSEWHERE = "127.0.0.2"
"""Another address of this machine."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a charger that starts a moment only."""
    monkeypatch.setattr(charger_flow, "DISCOVERY_PAUSE_SECONDS", 0.05)


@pytest.fixture(autouse=True)
def _elsewhere(socket_enabled: None) -> Generator[None]:
    """Let this machine be reached at two addresses."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", ELSEWHERE])
    yield
    pytest_socket.socket_allow_hosts(["127.0.0.1"])


async def announced(hass: HomeAssistant, who: Announced) -> None:
    """Have it announced, and all that follows from that done."""
    result: ConfigFlowResult = await announce(hass, who)
    assert_aborted(result, "charger_set_up")
    await hass.async_block_till_done()


async def loaded(hass: HomeAssistant, charger: OpenEvse, **changes: Any) -> MockConfigEntry:
    """The charger's entry, set up."""
    entry = entry_for(charger, **changes)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


def asked(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """The address that the user is asked about."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{MOVED}_{entry.entry_id}")
    return None if issue is None else (issue.translation_placeholders or {})["address"]


# Who says so, and is not


@with_password
async def test_a_password_goes_to_nobody_who_only_says_who_it_is(hass: HomeAssistant, generation: Generation) -> None:
    """Not while the charger is there, nor after it is gone: then a person is asked, once it could be true."""
    async with standing(hass, generation, **CREDENTIALS) as charger, thieving() as thief:
        entry = await loaded(hass, charger, unique_id=SERIAL, **CREDENTIALS)
        before = dict(entry.data)
        await announced(hass, thief)
        assert (dict(entry.data), asked(hass, entry)) == (before, None)
        await charger.refuse_connections()
        await announced(hass, thief)
        assert (dict(entry.data), asked(hass, entry)) == (before, thief.url)
        assert thief.heard
        thief.assert_knows_nothing()
        assert not reauthentications(hass)
        await charger.accept_connections()


async def test_a_password_goes_to_nobody_who_answers_without_one(hass: HomeAssistant) -> None:
    """The charger's number is no secret."""
    async with standing(hass, **CREDENTIALS) as charger, thieving() as thief:
        thief.answer = says_it_is(charger)
        entry = await loaded(hass, charger, **CREDENTIALS)
        before = dict(entry.data)
        await announced(hass, thief)
        await charger.refuse_connections()
        await announced(hass, thief)
        assert (dict(entry.data), asked(hass, entry)) == (before, thief.url)
        thief.answer = asks_for_a_password
        await announced(hass, thief)
        thief.assert_knows_nothing()
        await charger.accept_connections()


async def test_an_entry_that_waits_is_led_nowhere_either(hass: HomeAssistant) -> None:
    """It would be set up there at once."""
    async with standing(hass, **CREDENTIALS) as charger, thieving() as thief:
        entry = entry_for(charger, url=NOWHERE, **CREDENTIALS)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await announced(hass, thief)
        assert (entry.data["url"], asked(hass, entry)) == (NOWHERE, thief.url)
        thief.assert_knows_nothing()


async def test_nobody_takes_the_place_of_a_charger_that_answers(hass: HomeAssistant) -> None:
    """Even where there is nothing to steal: it would be told when to charge."""
    async with standing(hass) as charger, thieving() as thief:
        thief.answer = says_it_is(charger)
        entry = await loaded(hass, charger)
        await announced(hass, thief)
        assert entry.data["url"] == charger.url
        assert thief.heard == []


@pytest.mark.parametrize(
    ("status", "html", "serial"), [(None, True, SERIAL), (500, False, SERIAL), (None, False, "aabbccddee02")]
)
async def test_who_is_no_charger_or_another(hass: HomeAssistant, status: int | None, html: bool, serial: str) -> None:
    """Nothing is followed, and nobody is asked about it."""
    async with standing(hass) as charger, OpenEvse(serial=serial) as other:
        other.knobs.status, other.knobs.html = status, html
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        assert_aborted(await announce(hass, other, id=SERIAL), "charger_set_up")
        assert (entry.data["url"], asked(hass, entry)) == (NOWHERE, None)


# Who is


@with_serial
async def test_a_charger_that_shows_who_it_is_is_followed(hass: HomeAssistant, generation: Generation) -> None:
    """By itself, once it is not where it was."""
    async with standing(hass, generation) as charger:
        entry = await loaded(hass, charger)
        runtime = entry.runtime_data
        await announced(hass, charger)
        assert entry.runtime_data is runtime
        hass.config_entries.async_update_entry(entry, data={**entry.data, "url": NOWHERE})
        await announced(hass, charger)
        assert entry.runtime_data is not runtime
        assert entry.data == entry_for(charger).data
        assert entry.state is ConfigEntryState.LOADED


async def test_a_charger_that_has_left_its_place_to_another(hass: HomeAssistant) -> None:
    """Two of them have got each other's address."""
    async with standing(hass) as charger, OpenEvse(serial="aabbccddee02") as other:
        entry = entry_for(charger, url=other.url)
        entry.add_to_hass(hass)
        await announced(hass, charger)
        assert entry.data["url"] == charger.url


async def test_a_charger_that_has_left_its_place_to_something_else(hass: HomeAssistant) -> None:
    """What is there now is no charger at all, and in nobody's way."""
    async with standing(hass) as charger, OpenEvse() as other:
        other.knobs.status = 404
        entry = entry_for(charger, url=other.url)
        entry.add_to_hass(hass)
        await announced(hass, charger)
        assert entry.data["url"] == charger.url


async def test_a_charger_that_starts_somewhere_else(hass: HomeAssistant) -> None:
    """It announces itself before it answers well."""
    async with standing(hass) as charger:
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        charger.knobs.hang_up, charger.knobs.for_requests = True, 2
        await announced(hass, charger)
        assert entry.data["url"] == charger.url


async def moving(hass: HomeAssistant, entry: MockConfigEntry, charger: OpenEvse, *hosts: str) -> None:
    """Have a charger announce itself at several addresses at once."""
    assert_aborted(await announce(hass, charger, hosts=hosts), "charger_set_up")
    await hass.async_block_till_done()


@pytest.mark.parametrize("hosts", [(ELSEWHERE, "127.0.0.1"), ("127.0.0.1", ELSEWHERE)])
async def test_an_old_address_is_still_announced(hass: HomeAssistant, hosts: tuple[str, ...]) -> None:
    """Whoever relays announcements has not forgotten it yet, and it leads nowhere any more."""
    async with standing(hass, host=ELSEWHERE) as charger:
        entry = entry_for(charger, url=f"http://127.0.0.1:{charger.port}")
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await moving(hass, entry, charger, *hosts)
        assert entry.data == entry_for(charger).data


async def test_a_charger_with_two_addresses_stays_at_its_own(hass: HomeAssistant) -> None:
    """Of a cable and of Wi-Fi, or of both kinds of addresses: as long as it answers at the one that its entry has."""
    async with standing(hass) as charger:
        entry = await loaded(hass, charger)
        runtime = entry.runtime_data
        await moving(hass, entry, charger, ELSEWHERE, "127.0.0.1")
        assert entry.data == entry_for(charger).data
        assert entry.runtime_data is runtime


async def test_a_new_charger_with_several_addresses(hass: HomeAssistant) -> None:
    """It is set up at one that answers."""
    async with standing(hass) as charger:
        result = await announce(hass, charger, hosts=(ELSEWHERE, "127.0.0.1"))
        assert_error(result, "charger_confirm", {})
        assert_created(await submit(hass, result, {}), charger)
        await hass.async_block_till_done()


async def test_of_several_new_addresses_one_that_answers_is_followed(hass: HomeAssistant) -> None:
    """The first may be one that Home Assistant cannot reach."""
    async with standing(hass) as charger:
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        await moving(hass, entry, charger, ELSEWHERE, "127.0.0.1")
        assert entry.data == entry_for(charger).data


@without_serial
async def test_two_chargers_have_got_each_others_address(hass: HomeAssistant, generation: Generation) -> None:
    """The router knows which is which, where neither tells its number; and again when they change back."""
    async with standing(hass, generation) as one, OpenEvse(generation, host=ELSEWHERE, port=one.port) as two:
        places = {one.url: "127.0.0.1", two.url: ELSEWHERE}
        serials = {SERIAL: (one.url, two.url), "aabbccddee02": (two.url, one.url)}
        entries = {serial: entry_for(one, unique_id=serial, url=was) for serial, (was, _) in serials.items()}
        for entry in entries.values():
            entry.add_to_hass(hass)
        for serial, (_, now) in serials.items():
            assert_aborted(await lease(hass, places[now], serial), "charger_set_up")
        await hass.async_block_till_done()
        assert {serial: entry.data["url"] for serial, entry in entries.items()} == {
            serial: now for serial, (_, now) in serials.items()
        }
        for serial, (was, _) in serials.items():
            assert_aborted(await lease(hass, places[was], serial), "charger_set_up")
        await hass.async_block_till_done()
        assert {serial: entry.data["url"] for serial, entry in entries.items()} == {
            serial: was for serial, (was, _) in serials.items()
        }


async def test_a_name_leads_there_by_itself(hass: HomeAssistant) -> None:
    """It was chosen, and is not exchanged for an address."""
    async with standing(hass) as charger:
        entry = entry_for(charger, url="http://openevse.local")
        entry.add_to_hass(hass)
        await announced(hass, charger)
        assert entry.data["url"] == "http://openevse.local"
        assert charger.requests == []


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3, Generation.V5_1])
async def test_dhcp_tells_where(hass: HomeAssistant, generation: Generation) -> None:
    """Also of firmware that does not tell its number: it is known by its MAC, whatever it is called there."""
    async with standing(hass, generation, host=ELSEWHERE) as charger:
        entry = entry_for(charger, unique_id=SERIAL, url=f"http://127.0.0.1:{charger.port}")
        entry.add_to_hass(hass)
        assert_aborted(await lease(hass, ELSEWHERE, name="garage"), "charger_set_up")
        assert entry.data == entry_for(charger).data


@without_serial
async def test_who_announces_itself_tells_its_number(hass: HomeAssistant, generation: Generation) -> None:
    """Firmware that does not tell it does not announce itself so."""
    async with standing(hass, generation) as charger:
        entry = entry_for(charger, unique_id=SERIAL, url=NOWHERE)
        entry.add_to_hass(hass)
        await announced(hass, charger)
        assert entry.data["url"] == NOWHERE


# What a person says


@with_password
async def test_a_charger_with_a_password_is_followed_after_the_user_agreed(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """The entry then looks there, with the password that it has."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        entry = entry_for(charger, unique_id=SERIAL, url=NOWHERE, **CREDENTIALS)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await announced(hass, charger)
        assert asked(hass, entry) == charger.url
        assert await async_setup_component(hass, "repairs", {})
        client = await hass_client()
        request = {"handler": DOMAIN, "issue_id": f"{MOVED}_{entry.entry_id}"}
        response = await client.post("/api/repairs/issues/fix", json=request)
        assert response.status == HTTPStatus.OK
        form = await response.json()
        assert form["description_placeholders"] == {"name": "openevse", "address": charger.url}
        assert entry.data["url"] == NOWHERE
        response = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
        assert (await response.json())["type"] == "create_entry"
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert entry.data == entry_for(charger, **CREDENTIALS).data
        assert asked(hass, entry) is None


async def test_a_charger_that_is_back_where_it_was(hass: HomeAssistant) -> None:
    """Nobody has to be asked any more."""
    async with standing(hass, **CREDENTIALS) as charger, thieving() as thief:
        entry = entry_for(charger, **CREDENTIALS)
        entry.add_to_hass(hass)
        await charger.refuse_connections()
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await announced(hass, thief)
        assert asked(hass, entry) == thief.url
        await charger.accept_connections()
        await hass.config_entries.async_reload(entry.entry_id)
        assert asked(hass, entry) is None


async def test_a_charger_that_has_got_a_password(hass: HomeAssistant) -> None:
    """It shows nothing of itself, so a person is asked for it as well, and then for the password."""
    async with standing(hass, **CREDENTIALS) as charger:
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        await announced(hass, charger)
        assert (entry.data["url"], asked(hass, entry)) == (NOWHERE, charger.url)


@pytest.mark.parametrize("generation", [Generation.V5_1, Generation.HEAD])
async def test_who_types_the_password_knows_whose_it_is(
    hass: HomeAssistant, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charger on a cable is known by another MAC, and comes to its entry with the password that was typed for it."""
    async with standing(hass, generation, **CREDENTIALS) as charger:
        monkeypatch.setattr("custom_components.open_ev.entries.known_chargers.HTTP_PORT", charger.port)
        entry = entry_for(charger, url=NOWHERE, username="me", password="old")
        entry.add_to_hass(hass)
        result = await submit(hass, await lease(hass, serial="aabbccddee04"))
        assert_error(result, "charger_credentials", {})
        assert_aborted(await submit(hass, result, CREDENTIALS), "charger_set_up")
        # DHCP tells no port.
        assert entry.data == entry_for(charger, url=NOWHERE, **CREDENTIALS).data
