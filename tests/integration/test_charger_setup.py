"""A charger's config entry from its first try to its removal."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from simulators.openevse import Generation

from .driveway import installed


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
