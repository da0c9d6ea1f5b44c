"""What a car no longer has does not stay behind as unavailable."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from simulators.broker import EmbeddedBroker

from .garage import eventually, parked, vehicle_entry

pytestmark = pytest.mark.usefixtures("hurried")


async def test_a_hidden_location_leaves_no_entity(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The map entry goes with the option, and comes back with it."""
    async with parked(hass, broker) as car:
        assert car.has("location", "device_tracker")
        hass.config_entries.async_update_entry(car.entry, options={"expose_location": False})
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        assert not car.has("location", "device_tracker")
        assert not car.has("altitude", "sensor")
        assert car.has("state_of_charge", "sensor")


async def test_another_type_leaves_none_of_the_first_ones_controls(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A car whose type was not known shows whether it is locked; one that can be locked has a lock instead."""
    entry = vehicle_entry(broker, None)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    registry = er.async_get(hass)
    doors = f"{entry.unique_id}_doors"
    assert registry.async_get_entity_id("binary_sensor", "open_ev", doors) is not None

    async with parked(hass, broker, "VWEG", set_up=False):
        await eventually(lambda: registry.async_get_entity_id("lock", "open_ev", doors) is not None)
        assert registry.async_get_entity_id("binary_sensor", "open_ev", doors) is None
