"""Every entity of a charger of each generation, as a user meets it."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.open_ev import PLATFORMS_BY_KIND
from custom_components.open_ev.const import Kind
from simulators.openevse import Generation

from .driveway import charging
from .shown import entities, line

PLATFORMS = PLATFORMS_BY_KIND[Kind.CHARGER]
# They count our own questions.
VARYING = {"rapi_commands_sent", "rapi_commands_answered"}

of_any_generation = pytest.mark.parametrize("generation", Generation)


@of_any_generation
@pytest.mark.usefixtures("everything_enabled")
async def test_every_entity(hass: HomeAssistant, snapshot: SnapshotAssertion, generation: Generation) -> None:
    """A line each: name, state, unit, class, category and what else goes with it."""
    async with charging(hass, generation) as station:
        for platform in PLATFORMS:
            lines = {}
            for key, entry in sorted(entities(station, platform).items()):
                state = hass.states.get(entry.entity_id)
                assert state is not None
                lines[key] = line(station, entry, state)
                if key in VARYING:
                    lines[key] = lines[key].replace(f"state: {state.state}", "state: varies")
            assert lines == snapshot(name=platform)


@of_any_generation
async def test_what_a_new_charger_starts_with(
    hass: HomeAssistant, snapshot: SnapshotAssertion, generation: Generation
) -> None:
    """What somebody looks at, whatever the firmware tells."""
    async with charging(hass, generation) as station:
        enabled = {
            str(platform): [key for key, entry in sorted(entities(station, platform).items()) if not entry.disabled]
            for platform in PLATFORMS
        }
        assert enabled == snapshot
        assert 20 <= sum(map(len, enabled.values())) <= 30


@of_any_generation
@pytest.mark.usefixtures("everything_enabled")
async def test_home_assistant_complains_of_no_entity(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, generation: Generation
) -> None:
    """Units, classes and options are checked when a state is written; a fault there is only logged."""
    async with charging(hass, generation) as station:
        for entry in er.async_entries_for_config_entry(er.async_get(hass), station.entry.entry_id):
            assert hass.states.get(entry.entity_id) is not None, entry.entity_id
    complaints = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [complaint for complaint in complaints if "not been tested by Home Assistant" not in complaint] == []
