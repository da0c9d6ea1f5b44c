"""A session at a charge point of an operator, from Home Assistant's side."""

from homeassistant.core import HomeAssistant
import pytest

from simulators.cpo import Cpo, Quirk, Version

from .plaza import Place, cancel, operated, reserve, uses_webhooks

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


COUNTS = ("session_energy", "session_cost", "session_start")


def _counted(place: Place) -> dict[str, tuple[str, object]]:
    """What is shown of the last time that was charged, and from when on it counts."""
    states = {key: place.look(key, "sensor") for key in COUNTS}
    return {key: (state.state, state.attributes.get("last_reset")) for key, state in states.items()}


async def _charge(place: Place, cpo: Cpo) -> None:
    """Charge for an hour, and leave."""
    cpo.plug_in()
    await place.start()
    await place.shows("session", "on", "switch")
    cpo.tick(3600)
    await place.stop()
    await place.shows("session", "off", "switch")
    cpo.unplug()


@pytest.mark.parametrize("version", Version)
async def test_a_reservation_is_no_charging(hass: HomeAssistant, version: Version) -> None:
    """The operator shows it as a session (2.2.1 and later), and what was charged last is shown on, also after its end."""
    async with operated(hass, versions=version) as plaza:
        place = plaza.place()
        await _charge(place, plaza.cpo)
        await plaza.look()
        before = _counted(place)
        assert float(before["session_energy"][0]) == pytest.approx(11, abs=0.1)
        for hours, is_used in ((2, False), (12, True)):
            await reserve(place, duration={"hours": hours})
            await place.shows("status", "reserved")
            await plaza.look()
            assert _counted(place) == before
            if is_used:
                await _charge(place, plaza.cpo)
            elif version is not Version.V2_1_1:
                await cancel(place)
            else:
                # There is no word for that, so it runs out.
                plaza.cpo.tick(7200)
            await plaza.look()
            assert place.state("status") == "available"
            if not is_used:
                assert _counted(place) == before
        after = _counted(place)
        assert float(after["session_energy"][0]) == pytest.approx(11, abs=0.1)
        assert before["session_start"] < after["session_start"]


async def test_a_start_in_vain_is_no_charging(hass: HomeAssistant) -> None:
    """Nobody plugged the cable in."""
    async with operated(hass, quirks=[Quirk.PENDING_SESSIONS]) as plaza:
        place = plaza.place()
        await _charge(place, plaza.cpo)
        await plaza.look()
        before = _counted(place)
        await place.start()
        await place.shows("session_status", "pending")
        assert _counted(place) == before
        plaza.cpo.tick(3600)
        await place.shows("session_status", "invalid")
        assert _counted(place) == before
