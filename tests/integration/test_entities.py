"""Every entity of some types of car, as a user meets it."""

from functools import partial

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.open_ev import PLATFORMS_BY_KIND
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.const import Kind
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from simulators.broker import EmbeddedBroker

from .garage import MOMENT, parked, vehicle_entry
from .shown import entities, line

VEHICLE_TYPES = ("FT5E", "KS", "NL", "RT", "RZ2", "SE", "TR", "VWEG", "VWUP")
PLATFORMS = PLATFORMS_BY_KIND[Kind.VEHICLE_MQTT]


@pytest.fixture(autouse=True)
def _clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hear each car at the same moment."""
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: MOMENT))


def quiet_entry(broker: EmbeddedBroker, vehicle_type: str) -> MockConfigEntry:
    """An entry that tells the module nothing, so that it does not count who looks."""
    return vehicle_entry(broker, vehicle_type, options={"presence": "economy"})


@pytest.mark.parametrize("vehicle_type", VEHICLE_TYPES)
@pytest.mark.usefixtures("everything_enabled")
async def test_every_entity(
    hass: HomeAssistant, broker: EmbeddedBroker, snapshot: SnapshotAssertion, vehicle_type: str
) -> None:
    """A line each: name, state, unit, class, category and what else goes with it."""
    async with parked(hass, broker, vehicle_type, entry=quiet_entry(broker, vehicle_type)) as car:
        for platform in PLATFORMS:
            lines = {}
            for key, entry in sorted(entities(car, platform).items()):
                state = hass.states.get(entry.entity_id)
                assert state is not None
                lines[key] = line(car, entry, state)
            assert lines == snapshot(name=platform)


@pytest.mark.parametrize("vehicle_type", VEHICLE_TYPES)
async def test_what_a_new_car_starts_with(
    hass: HomeAssistant, broker: EmbeddedBroker, snapshot: SnapshotAssertion, vehicle_type: str
) -> None:
    """About forty entities that somebody looks at, whatever the car publishes."""
    async with parked(hass, broker, vehicle_type) as car:
        enabled = {
            str(platform): [key for key, entry in sorted(entities(car, platform).items()) if not entry.disabled]
            for platform in PLATFORMS
        }
        assert enabled == snapshot
        assert 38 <= sum(map(len, enabled.values())) <= 48


@pytest.mark.parametrize("vehicle_type", ["TR", "VWUP"])
@pytest.mark.usefixtures("everything_enabled")
async def test_controls_in_full(
    hass: HomeAssistant, broker: EmbeddedBroker, snapshot: SnapshotAssertion, vehicle_type: str
) -> None:
    """As Home Assistant keeps them; these two cars have one of each kind between them."""
    async with parked(hass, broker, vehicle_type, entry=quiet_entry(broker, vehicle_type)) as car:
        for platform in PLATFORMS:
            if platform in {"sensor", "binary_sensor"}:
                continue
            for key, entry in sorted(entities(car, platform).items()):
                assert entry == snapshot(name=f"{platform} {key}, registry")
                assert hass.states.get(entry.entity_id) == snapshot(name=f"{platform} {key}, state")
