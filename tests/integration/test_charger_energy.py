"""A charger on the Energy dashboard."""

from collections.abc import Generator
import logging
from typing import cast

from homeassistant.components.energy import validate
from homeassistant.components.energy.data import EnergyPreferencesUpdate, async_get_manager
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from simulators.openevse import Generation

from .driveway import charging


@pytest.fixture
def quiet_database() -> Generator[None]:
    """Keep what the database says to itself out of the log: it goes on after the test."""
    logger = logging.getLogger("sqlalchemy.engine")
    level = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(level)


@pytest.fixture
def broker(quiet_database: None, recorder_mock: Recorder) -> Recorder:
    """In place of a broker, which no charger needs: a database has to be there before Home Assistant is."""
    return recorder_mock


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.usefixtures("everything_enabled", "socket_enabled")
async def test_the_energy_dashboard_takes_energy_and_power(hass: HomeAssistant, generation: Generation) -> None:
    """As the consumption of a device. It is Home Assistant who says so."""
    async with charging(hass, generation) as station:
        energies = [key for key in ("total_energy", "session_energy", "energy_day") if station.has(key, "sensor")]
        devices = [{"stat_consumption": station.entity_id(key, "sensor")} for key in energies]
        if station.has("charge_power", "sensor"):
            devices[0]["stat_rate"] = station.entity_id("charge_power", "sensor")
        await async_wait_recording_done(hass)
        now = dt_util.utcnow()
        do_adhoc_statistics(hass, start=now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0))
        await async_wait_recording_done(hass)
        manager = await async_get_manager(hass)
        await manager.async_update(cast(EnergyPreferencesUpdate, {"device_consumption": devices}))
        found = (await validate.async_validate(hass)).device_consumption
        assert len(found) == len(energies) >= 2
        assert [issue for issues in found for issue in issues.issues.values()] == []
