"""A charger that has no network yet is brought into one."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.open_ev.clients.openevse import networks
from simulators.openevse import Generation

from .charger_dialog import NOWHERE, add, assert_aborted, assert_created, entry_for, generations, name_of, standing
from .dialog import assert_error, choose, shown, submit

HOME: dict[str, Any] = {"ssid": "Home", "password": "secret password"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for networks again at once."""
    monkeypatch.setattr(networks, "SCAN_PAUSE", 0.01)


def offered(result: ConfigFlowResult) -> list[str]:
    """The networks to choose from."""
    assert result["data_schema"] is not None
    return [option["value"] for option in result["data_schema"].schema["ssid"].config["options"]]


@generations
async def test_a_charger_joins_a_network(hass: HomeAssistant, generation: Generation) -> None:
    """Its networks are shown, the strongest first; the password goes to the charger, and nowhere else."""
    async with standing(hass, generation, access_point=True) as charger:
        menu = await add(hass, charger.url)
        assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "access_point")
        assert menu["description_placeholders"] == {"name": name_of(charger)}
        result = await choose(hass, menu, "networks")
        assert_error(result, "network", {})
        assert offered(result) == ["Home", "Neighbour"]
        assert shown(result["data_schema"]) == {"ssid": "Home"}
        result = await submit(hass, result, HOME)
        assert_aborted(result, "network_given")
        assert result["description_placeholders"] == {"ssid": "Home"}
        assert (charger.config["ssid"], charger.config["pass"]) == ("Home", "secret password")
        charger.tick(5)
        assert_created(await add(hass, charger.url), charger)


async def test_the_name_of_a_network_is_no_link(hass: HomeAssistant) -> None:
    """Whoever is near has chosen it."""
    async with standing(hass, access_point=True) as charger:
        result = await choose(hass, await add(hass, charger.url), "networks")
        result = await submit(hass, result, {"ssid": "[Home](//evil.example)"})
        assert_aborted(result, "network_given")
        assert result["description_placeholders"] == {"ssid": "Home //evil.example"}
        assert charger.config["ssid"] == "[Home](//evil.example)"


async def test_it_is_asked_for_no_password_there(hass: HomeAssistant) -> None:
    """In its own network a charger lets everybody in."""
    async with standing(hass, Generation.V5_1, access_point=True, username="me", password="secret") as charger:
        assert (await add(hass, charger.url))["step_id"] == "access_point"


async def test_progress_is_shown(hass: HomeAssistant) -> None:
    """A charger takes a few seconds to look for networks."""
    async with standing(hass, access_point=True) as charger:
        menu = await add(hass, charger.url)
        result = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "networks"})
        assert (result["type"], result["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "networks")
        await hass.async_block_till_done()
        assert (await hass.config_entries.flow.async_configure(menu["flow_id"]))["step_id"] == "network"


async def test_it_is_set_up_as_it_is(hass: HomeAssistant) -> None:
    """Some chargers are out of reach of any network, and have a Home Assistant of their own."""
    async with standing(hass, access_point=True) as charger:
        result = await choose(hass, await add(hass, charger.url), "as_it_is")
        assert_created(result, charger)


async def test_a_hidden_network(hass: HomeAssistant) -> None:
    """Its name is typed, also where the charger sees no network at all; it may have no password."""
    async with standing(hass, access_point=True) as charger:
        charger.network.neighbours = ()
        result = await choose(hass, await add(hass, charger.url), "networks")
        assert offered(result) == []
        assert shown(result["data_schema"]) == {}
        result = await submit(hass, result, {"ssid": "Hidden"})
        assert_aborted(result, "network_given")
        assert (charger.config["ssid"], charger.config["pass"]) == ("Hidden", "")


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"ssid": ""}, {"ssid": "invalid_ssid"}),
        ({"ssid": "ä" * 17}, {"ssid": "invalid_ssid"}),
        ({"ssid": "Other", "password": "1234567"}, {"password": "invalid_passphrase"}),
        ({"ssid": "Other", "password": "x" * 65}, {"password": "invalid_passphrase"}),
    ],
)
async def test_what_no_network_can_have(hass: HomeAssistant, typed: dict[str, str], errors: dict[str, str]) -> None:
    """It is refused before the charger leaves; the name stays in the form, the password does not."""
    async with standing(hass, access_point=True) as charger:
        result = await choose(hass, await add(hass, charger.url), "networks")
        result = await submit(hass, result, typed)
        assert_error(result, "network", errors)
        assert shown(result["data_schema"]) == {"ssid": typed["ssid"]}
        assert charger.config["ssid"] == ""
        assert_aborted(await submit(hass, result, HOME), "network_given")


async def test_it_cannot_look(hass: HomeAssistant) -> None:
    """What is wrong is said once; the name of a network can be typed all the same."""
    async with standing(hass, access_point=True) as charger:
        menu = await add(hass, charger.url)
        charger.knobs.hang_up = True
        result = await choose(hass, menu, "networks")
        assert_error(result, "network", {"base": "charger_unreachable"})
        charger.knobs.heal()
        assert_aborted(await submit(hass, result, HOME), "network_given")


async def test_it_does_not_confirm(hass: HomeAssistant) -> None:
    """A charger may be gone before its answer arrives, or refuse: nothing is claimed that nobody said."""
    async with standing(hass, access_point=True) as charger:
        result = await choose(hass, await add(hass, charger.url), "networks")
        charger.knobs.hang_up = True
        result = await submit(hass, result, HOME)
        assert_error(result, "network", {"base": "join_unconfirmed"})
        assert shown(result["data_schema"]) == {"ssid": "Home"}
        charger.knobs.heal()
        charger.knobs.status = 500
        assert_error(await submit(hass, result, HOME), "network", {"base": "charger_refused"})
        charger.knobs.heal()
        assert_aborted(await submit(hass, result, HOME), "network_given")


async def test_a_charger_that_has_lost_its_network(hass: HomeAssistant) -> None:
    """One that is set up is brought into a new network in the same way, and keeps its entry."""
    async with standing(hass, access_point=True) as charger:
        entry = entry_for(charger, url=NOWHERE)
        entry.add_to_hass(hass)
        menu = await submit(hass, await entry.start_reconfigure_flow(hass), {"host": charger.url})
        result = await submit(hass, await choose(hass, menu, "networks"), HOME)
        assert_aborted(result, "network_given")
        assert entry.data["url"] == NOWHERE
