"""Chargers that tell no number are told apart by where they are."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries.known_chargers import entry_of
from simulators.openevse import Generation

from .charger_dialog import SERIAL, add, assert_aborted, assert_created, standing, without_serial


@without_serial
async def test_two_chargers_behind_one_router(hass: HomeAssistant, generation: Generation) -> None:
    """Without a number only the port tells them apart, which the router hands each of them on by."""
    async with standing(hass, generation) as first, standing(hass, generation, serial="aabbccddee02") as second:
        for charger in (first, second):
            result = await add(hass, charger.url)
            assert_created(result, charger)
            assert result["result"].state is ConfigEntryState.LOADED
        for charger in (first, second):
            assert_aborted(await add(hass, charger.url), "charger_set_up")
        assert len(hass.config_entries.async_entries(DOMAIN)) == 2


@pytest.mark.parametrize(
    ("url", "typed", "same"),
    [
        ("http://10.0.0.7", "http://10.0.0.7", True),
        ("http://10.0.0.7", "https://10.0.0.7", True),
        ("https://10.0.0.7", "http://10.0.0.7", True),
        ("http://10.0.0.7:8081", "http://10.0.0.7:8081", True),
        ("http://10.0.0.7:8081", "http://10.0.0.7:8082", False),
        ("http://10.0.0.7:8081", "http://10.0.0.7", False),
        ("http://10.0.0.7", "http://10.0.0.7:8081", False),
        ("http://10.0.0.7", "http://10.0.0.8", False),
    ],
)
def test_what_is_the_same_place(url: str, typed: str, *, same: bool) -> None:
    """By http or by https it is one charger, by another port it may be another."""
    entry = MockConfigEntry(domain=DOMAIN, unique_id="somewhere", data={"kind": "charger", "url": url})
    place = URL(typed)
    assert entry_of([entry], SERIAL, [str(place.host)], place.port) is (entry if same else None)
    assert entry_of([entry], SERIAL, [str(place.host)]) is (entry if place.host == "10.0.0.7" else None)


@pytest.mark.usefixtures("names")
async def test_a_charger_is_found_at_its_own_address(hass: HomeAssistant) -> None:
    """Which it tells itself, while the entry goes by a router's name and port."""
    async with standing(hass, Generation.V3_3) as charger:
        entry = (await add(hass, f"openevse.local:{charger.port}"))["result"]
        own = str(entry.runtime_data.device.text("ip_address"))
        assert own not in {"openevse.local", "None"}
        for port, found in ((80, entry), (charger.port, entry), (8081, None)):
            assert entry_of([entry], None, [own], port) is found
        assert entry_of([entry], None, ["10.0.0.99"], 80) is None
