"""A session at a charge point of an operator, from Home Assistant's side."""

from homeassistant.core import HomeAssistant
import pytest

from simulators.cpo import Version

from .plaza import operated, uses_webhooks

pytestmark = uses_webhooks


@pytest.mark.parametrize("version", Version)
async def test_a_session_from_its_start_to_its_end(hass: HomeAssistant, version: Version) -> None:
    """It is on while it is active, and counts from its own beginning."""
    async with operated(hass, versions=version) as plaza:
        place = plaza.place()
        assert place.state("status") == "available"
        assert place.state("session", "switch") == "off"
        assert place.state("session_energy") == "unknown"
        plaza.cpo.plug_in()
        await place.start()
        await place.shows("session", "on", "switch")
        plaza.cpo.tick(3600)
        await plaza.look()
        energy = place.look("session_energy", "sensor")
        assert float(energy.state) == pytest.approx(11, abs=0.1)
        assert energy.attributes["last_reset"][:19] == place.state("session_start")[:19]
        cost = place.look("session_cost", "sensor")
        assert cost.attributes["unit_of_measurement"] == "EUR"
        assert float(cost.state) > 0
        await place.stop()
        await place.shows("session", "off", "switch")
        assert not plaza.cpo.charging()
        assert float(place.state("session_energy")) == pytest.approx(11, abs=0.1)
        assert plaza.webhooks == []
        await plaza.cpo.settle()
        assert [callback.status for callback in plaza.cpo.callbacks] == [200, 200]
