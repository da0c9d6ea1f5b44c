"""Cars, chargers and charge points on the Energy dashboard. It is Home Assistant who says whether it can use them."""

from collections.abc import Sequence
from typing import Any, Final, cast

from homeassistant.components.energy import validate
from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.components.recorder import Recorder
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.core import HomeAssistant
import pytest

from simulators.broker import EmbeddedBroker
from simulators.openevse import Generation
from simulators.ovms_server import OvmsServer

from .driveway import charging
from .household import database, household, mock_recorder_before_hass, numbers, recorded
from .plaza import uses_webhooks

__all__ = ["database", "mock_recorder_before_hass"]

pytestmark = uses_webhooks

# Where no price is known.
_NO_COSTS: Final = dict.fromkeys(
    (
        "stat_cost",
        "entity_energy_price",
        "number_energy_price",
        "stat_compensation",
        "entity_energy_price_export",
        "number_energy_price_export",
    )
)


def shown(hass: HomeAssistant, device_class: SensorDeviceClass) -> list[str]:
    """Our sensors of a class."""
    return [state.entity_id for state in numbers(hass) if state.attributes.get("device_class") == device_class]


def grid(**stats: str) -> dict[str, Any]:
    """A connection to the grid."""
    nothing = {"stat_energy_from": None, "stat_energy_to": None}
    return {"type": "grid", **nothing, **_NO_COSTS, "cost_adjustment_day": 0.0, **stats}


def sources(energies: Sequence[str], powers: Sequence[str], costs: Sequence[str]) -> list[dict[str, Any]]:
    """Each energy as what comes from the grid, goes there, comes from the sun, and fills or empties a battery.

    Home Assistant looks at power only where it is that of the grid.
    """
    return [
        *(grid(stat_energy_from=energy, stat_energy_to=energy) for energy in energies),
        *(grid(stat_energy_from=energy, stat_cost=cost) for energy in energies[:1] for cost in costs),
        *(grid(stat_rate=power) for power in powers),
        *({"type": "solar", "stat_energy_from": energy, "config_entry_solar_forecast": None} for energy in energies),
        *({"type": "battery", "stat_energy_from": energy, "stat_energy_to": energy} for energy in energies),
    ]


async def faults(hass: HomeAssistant) -> list[validate.ValidationIssue]:
    """What Home Assistant finds wrong when all that there is has been put on the dashboard in each place."""
    await recorded(hass)
    energies, powers = shown(hass, SensorDeviceClass.ENERGY), shown(hass, SensorDeviceClass.POWER)
    preferences = {
        "energy_sources": sources(energies, powers, shown(hass, SensorDeviceClass.MONETARY)),
        "device_consumption": [{"stat_consumption": energy} for energy in energies],
    }
    manager = await async_get_manager(hass)
    await manager.async_update(cast(EnergyPreferencesUpdate, preferences))
    found = await validate.async_validate(hass)
    results = (*found.energy_sources, *found.device_consumption)
    assert len(results) == len(preferences["energy_sources"]) + len(energies)
    return [issue for issues in results for issue in issues.issues.values()]


async def test_the_dashboard_takes_all_energy_power_and_cost(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, database: Recorder
) -> None:
    """In each place that they can have there."""
    async with household(hass, broker, server) as home:
        assert await faults(hass) == []
        energies, powers = shown(hass, SensorDeviceClass.ENERGY), shown(hass, SensorDeviceClass.POWER)
        assert {home.charger.entity_id(key, "sensor") for key in ("total_energy", "session_energy")} <= set(energies)
        assert {home.car.entity_id(key, "sensor") for key in ("charge_energy", "energy_used_total")} <= set(energies)
        assert home.server_car.entity_id("charge_energy_from_grid_total", "sensor") in energies
        assert home.charge_point.entity_id("session_energy", "sensor") in energies
        assert {home.car.entity_id(key, "sensor") for key in ("battery_power", "charge_power")} <= set(powers)
        assert home.charger.entity_id("charge_power", "sensor") in powers
        assert shown(hass, SensorDeviceClass.MONETARY) == [home.charge_point.entity_id("session_cost", "sensor")]


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.usefixtures("socket_enabled", "database")
async def test_the_dashboard_takes_what_each_charger_tells(hass: HomeAssistant, generation: Generation) -> None:
    """Firmware of any age counts what it has delivered."""
    async with charging(hass, generation) as station:
        assert await faults(hass) == []
        wanted = {station.entity_id(key, "sensor") for key in ("total_energy", "session_energy")}
        assert wanted <= set(shown(hass, SensorDeviceClass.ENERGY))


async def test_all_energy_that_is_counted_can_be_shown(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, database: Recorder
) -> None:
    """What is stored is of another class; what is counted without a state class could not be chosen."""
    async with household(hass, broker, server) as home:
        # What a connector could deliver is no more than a fact of it.
        facts = {home.charge_point.entity_id("maximum_power", "sensor")}
        counted = {SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING}
        wanted = {SensorDeviceClass.ENERGY: counted, SensorDeviceClass.POWER: {SensorStateClass.MEASUREMENT}}
        for state in hass.states.async_all("sensor"):
            device_class = state.attributes.get("device_class")
            if device_class in wanted and state.entity_id not in facts:
                assert state.attributes.get("state_class") in wanted[device_class], state.entity_id
