"""What Home Assistant keeps for good of the numbers of cars, chargers and charge points."""

from datetime import timedelta
from functools import partial

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period, validate_statistics
from homeassistant.components.sensor import SensorStateClass
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from simulators.broker import EmbeddedBroker
from simulators.openevse import Car as PluggedIn, Generation
from simulators.ovms_server import OvmsServer
from tests.operator_pace import WATCHFUL

from .driveway import charging
from .garage import Car, parked
from .household import AN_HOUR, database, household, mock_recorder_before_hass, numbers, recorded
from .plaza import cancel, operated, reserve, uses_webhooks
from .server_garage import at_server

__all__ = ["database", "mock_recorder_before_hass"]

pytestmark = uses_webhooks

# Before anybody looked.
CHARGED_BEFORE = {"v.c.kwh": 2.0}

# Cars on brokers know all of them, a charger and a charge point some forty.
AT_LEAST = 240


async def test_every_number_has_statistics_in_its_unit(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, database: Recorder
) -> None:
    """A sum of what counts up, a mean of what is measured; and Home Assistant finds nothing to mend."""
    async with household(hass, broker, server) as home:
        await recorded(hass)
        wanted = {
            state.entity_id: (
                state.attributes.get("unit_of_measurement"),
                state.attributes["state_class"] in {SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING},
            )
            for state in numbers(hass)
        }
        metadata = await database.async_add_executor_job(get_metadata, hass)
        kept = {name: (each["unit_of_measurement"], each["has_sum"]) for name, (_, each) in metadata.items()}
        assert kept == wanted
        assert len(wanted) >= AT_LEAST
        shown = {row.key for row in home.car.entry.runtime_data.rows.sensors if row.state_class is not None}
        assert {home.car.entity_id(key, "sensor") for key in shown} <= wanted.keys()
        assert await database.async_add_executor_job(validate_statistics, hass) == {}


# Sessions


async def sums(hass: HomeAssistant, database: Recorder, entity_id: str) -> list[float]:
    """What the statistics of an entity have counted, after each five minutes."""
    await recorded(hass)
    read = partial(
        statistics_during_period,
        hass,
        dt_util.utcnow() - timedelta(hours=1),
        None,
        {entity_id},
        "5minute",
        None,
        {"sum"},
    )
    rows = (await database.async_add_executor_job(read))[entity_id]
    return [row["sum"] or 0.0 for row in rows]


def check_count(counted: list[float], flown: float) -> None:
    """Check that what has flown since the first look was counted, and nothing was taken away."""
    assert counted == sorted(counted)
    assert counted[0] >= 0
    assert counted[-1] == pytest.approx(flown, rel=0.01)


async def _charges(hass: HomeAssistant, database: Recorder, car: Car) -> None:
    """One charge of 5 kWh, of which 3 are seen, and the next of 2 kWh."""
    entity_id = car.entity_id("charge_energy", "sensor")
    for energy in (5.0, 0.0, 2.0):
        await car.module.set("v.c.kwh", energy)
        await car.settled()
        await car.shows("charge_energy", "sensor", str(energy))
    check_count(await sums(hass, database, entity_id), 3 + 2)


async def test_the_next_charge_of_a_car_begins_anew(
    hass: HomeAssistant, broker: EmbeddedBroker, database: Recorder
) -> None:
    """From nothing, which is not a loss."""
    async with parked(hass, broker, metrics=CHARGED_BEFORE) as car:
        await _charges(hass, database, car)


async def test_the_next_charge_of_a_car_at_a_server_begins_anew(
    hass: HomeAssistant, server: OvmsServer, database: Recorder
) -> None:
    """As on a broker."""
    async with at_server(hass, server, metrics=CHARGED_BEFORE) as car:
        await _charges(hass, database, car)


@pytest.mark.parametrize("key", ["session_energy", "session_time"])
async def test_the_next_session_of_a_charger_begins_anew(hass: HomeAssistant, database: Recorder, key: str) -> None:
    """A short one after a long one, and a longer one after that."""
    async with charging(hass, Generation.V5_1) as station:
        first = float(station.state(key, "sensor"))
        flown = -first
        for seconds in (AN_HOUR, 600, 2 * AN_HOUR):
            station.evse.tick(seconds)
            await station.looked()
            flown += float(station.state(key, "sensor"))
            station.evse.unplug()
            station.evse.tick(10)
            await station.looked()
            station.evse.plug_in(PluggedIn(limit=16, capacity=40_000, soc=20))
            station.evse.tick(10)
            await station.looked()
        flown += float(station.state(key, "sensor"))
        check_count(await sums(hass, database, station.entity_id(key, "sensor")), flown)


@pytest.mark.parametrize("key", ["session_energy", "session_cost"])
async def test_the_next_session_at_a_charge_point_begins_anew(
    hass: HomeAssistant, database: Recorder, key: str
) -> None:
    """Also where it is already longer than the last one when it is seen for the first time."""
    flown = 0.0
    async with operated(hass, pace=WATCHFUL, inbound=False) as plaza:
        place = plaza.place()
        for seconds in (AN_HOUR, 600, 2 * AN_HOUR):
            plaza.cpo.plug_in()
            await place.start()
            await place.shows("session", "on", "switch")
            plaza.cpo.tick(seconds)
            await plaza.look()
            await place.stop()
            await place.shows("session", "off", "switch")
            flown += float(place.state(key))
            plaza.cpo.unplug()
            await plaza.look()
        check_count(await sums(hass, database, place.entity_id(key, "sensor")), flown)


@pytest.mark.parametrize("key", ["session_energy", "session_cost"])
async def test_a_reservation_is_no_session_of_a_charge_point(hass: HomeAssistant, database: Recorder, key: str) -> None:
    """What was charged before is counted once, whether or not it is used."""
    flown = 0.0
    async with operated(hass, pace=WATCHFUL, inbound=False) as plaza:
        place = plaza.place()
        for is_used in (False, True, False):
            plaza.cpo.plug_in()
            await place.start()
            await place.shows("session", "on", "switch")
            plaza.cpo.tick(AN_HOUR)
            await place.stop()
            await place.shows("session", "off", "switch")
            flown += float(place.state(key))
            plaza.cpo.unplug()
            await plaza.look()
            await reserve(place, duration={"hours": 12})
            await plaza.look()
            if not is_used:
                await cancel(place)
                await plaza.look()
        check_count(await sums(hass, database, place.entity_id(key, "sensor")), flown)
