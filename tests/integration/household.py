"""A car on a broker, another at a server, a charger and a charge point in one Home Assistant, with all their entities."""

from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
import logging
from typing import Final

from homeassistant.components.recorder import Recorder
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS
from custom_components.open_ev.clients.ovms.values import Kind
from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.openevse import Generation
from simulators.ovms_module.encoding import MetricValue
from simulators.ovms_server import OvmsServer
from tests.operator_pace import WATCHFUL

from .driveway import Station, charging
from .garage import Car, parked
from .plaza import Place, operated
from .server_garage import ServerCar, at_server

AN_HOUR: Final = 3600


# A value of each number that a module can publish, so that no sensor is left without one.
_OF_EACH_KIND: Final[Mapping[Kind, MetricValue]] = {
    Kind.FLOAT: 12.0,
    Kind.INT: 12,
    Kind.FLOATS: (12.0, 11.0, 12.5, 12.0),
    Kind.INTS: (12, 11, 13, 12),
}
EVERYTHING: Final = {
    name: _OF_EACH_KIND[metric.kind] for name, metric in STANDARD_METRICS.items() if metric.kind in _OF_EACH_KIND
}


@dataclass(frozen=True, kw_only=True)
class Household:
    """All that somebody may have."""

    car: Car
    server_car: ServerCar
    charger: Station
    charge_point: Place


def numbers(hass: HomeAssistant) -> Iterator[State]:
    """Every sensor of ours that Home Assistant keeps statistics of, and that shows a number now."""
    registry = er.async_get(hass)
    for state in hass.states.async_all("sensor"):
        entry = registry.async_get(state.entity_id)
        ours = entry is not None and entry.platform == DOMAIN
        if ours and "state_class" in state.attributes and state.state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}:
            yield state


async def recorded(hass: HomeAssistant) -> None:
    """Wait until the database has all, with the statistics of these five minutes and of those that may just have ended."""
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    for each in (start - timedelta(minutes=5), start):
        do_adhoc_statistics(hass, start=each)
        await async_wait_recording_done(hass)


@asynccontextmanager
async def household(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, generation: Generation = Generation.V5_1
) -> AsyncGenerator[Household]:
    """Set all of it up, the charger and the charge point in the middle of a session."""
    async with AsyncExitStack() as stack:
        car = await stack.enter_async_context(parked(hass, broker, "VWEG", metrics=EVERYTHING))
        server_car = await stack.enter_async_context(
            at_server(hass, server, "NL", vehicle_id="DEMO2", metrics=EVERYTHING)
        )
        charger = await stack.enter_async_context(charging(hass, generation))
        plaza = await stack.enter_async_context(operated(hass, pace=WATCHFUL, inbound=False))
        charge_point = plaza.place()
        plaza.cpo.plug_in()
        await charge_point.start()
        await charge_point.shows("session", "on", "switch")
        plaza.cpo.tick(AN_HOUR)
        await plaza.look()
        yield Household(car=car, server_car=server_car, charger=charger, charge_point=charge_point)


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> Generator[None]:
    """Have a database before there is a Home Assistant, and keep what it says to itself out of the log."""
    logger = logging.getLogger("sqlalchemy.engine")
    level = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(level)


@pytest.fixture
def database(recorder_mock: Recorder, everything_enabled: None) -> Recorder:
    """Home Assistant's database, and every entity enabled."""
    return recorder_mock
