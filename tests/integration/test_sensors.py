"""Sensors in Home Assistant, fed by a module on a real broker."""

import logging

from homeassistant.const import EVENT_STATE_CHANGED, STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.open_ev.sensor import MAX_OPTION_LENGTH, MAX_UNLISTED_OPTIONS
from simulators.broker import EmbeddedBroker

from .garage import eventually, parked, vehicle_entry


@pytest.mark.parametrize("vehicle_type", ["NL", "RT", "TR", "VA", "VWUP"])
@pytest.mark.usefixtures("everything_enabled")
async def test_home_assistant_complains_of_no_sensor(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture, vehicle_type: str
) -> None:
    """Units, classes and options are checked when a state is written; a fault there is only logged."""
    async with parked(hass, broker, vehicle_type) as car:
        registry = er.async_get(hass)
        for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id):
            assert hass.states.get(entry.entity_id) is not None, entry.entity_id
        for metric, reading in car.vehicle.readings.items():
            assert reading.value is not None, metric
    complaints = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in complaints if record.name != "homeassistant.loader"] == []


async def test_a_state_of_a_newer_firmware_is_an_option_when_it_is_shown(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """An automation editor offers what is in the options, so the state and they must agree at any time."""
    async with parked(hass, broker) as car:
        await car.module.publish_raw("v.c.state", b"balancing")
        await car.shows("charge_state", "sensor", "balancing")
        assert "balancing" in car.look("charge_state", "sensor").attributes["options"]
        await car.module.publish_raw("v.c.state", b"charging")
        await car.shows("charge_state", "sensor", "charging")
        assert "balancing" in car.look("charge_state", "sensor").attributes["options"]


async def test_a_stored_state_of_a_newer_firmware_is_shown_from_the_start(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Also after Home Assistant starts again."""
    async with parked(hass, broker) as car:
        await car.module.publish_raw("v.c.state", b"balancing")
        await car.shows("charge_state", "sensor", "balancing")
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("charge_state", "sensor", "balancing")
        assert "balancing" in car.look("charge_state", "sensor").attributes["options"]


async def test_the_options_do_not_grow_without_end(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Whoever writes to the topic must not fill the registry."""
    async with parked(hass, broker) as car:
        await car.module.publish_raw("v.c.state", b"x" * (MAX_OPTION_LENGTH + 1))
        await car.shows("charge_state", "sensor", STATE_UNKNOWN)
        listed = len(car.look("charge_state", "sensor").attributes["options"])
        for number in range(MAX_UNLISTED_OPTIONS):
            await car.module.publish_raw("v.c.state", f"state {number}".encode())
            await car.shows("charge_state", "sensor", f"state {number}")
        await car.module.publish_raw("v.c.state", b"one too many")
        await car.shows("charge_state", "sensor", STATE_UNKNOWN)
        assert len(car.look("charge_state", "sensor").attributes["options"]) == listed + MAX_UNLISTED_OPTIONS


@pytest.mark.usefixtures("everything_enabled")
async def test_a_closed_set_of_options_stays_closed(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The firmware cannot have printed anything else."""
    async with parked(hass, broker) as car:
        await car.module.publish_raw("m.net.type", b"wifi")
        await car.shows("network_type", "sensor", "wifi")
        await car.module.publish_raw("m.net.type", b"satellite")
        await car.shows("network_type", "sensor", STATE_UNKNOWN)
        assert car.look("network_type", "sensor").attributes["options"] == ["none", "wifi", "modem"]


async def test_only_when_it_was_heard_is_known_without_a_broker(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The time is true whoever is away; everything else may have changed since."""
    async with parked(hass, broker) as car:
        await broker.stop()
        await car.shows("state_of_charge", "sensor", STATE_UNAVAILABLE)
        await car.shows("module_connected", "binary_sensor", STATE_UNAVAILABLE)
        heard = car.vehicle.last_heard
        assert heard is not None
        assert car.state("last_heard", "sensor") == heard.isoformat(timespec="seconds")
        await broker.start()


async def test_a_car_that_sleeps_keeps_its_values(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """That it is away is said by an entity of its own."""
    async with parked(hass, broker) as car:
        charge = car.state("state_of_charge", "sensor")
        await car.module.lose_connection()
        await car.shows("module_connected", "binary_sensor", STATE_OFF)
        assert car.state("state_of_charge", "sensor") == charge


@pytest.mark.usefixtures("everything_enabled")
async def test_a_list_of_cells_is_kept_out_of_the_database(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It would be most of it."""
    async with parked(hass, broker, "RT") as car:
        await car.module.publish_raw("v.b.c.voltage", b"4.1,4.0,3.9")
        await eventually(lambda: car.state("cell_voltages", "sensor") == "4.0")
        state = car.look("cell_voltages", "sensor")
        assert state.attributes["values"] == (4.1, 4.0, 3.9)
        assert state.state_info is not None
        assert "values" in state.state_info["unrecorded_attributes"]


@pytest.mark.usefixtures("everything_enabled")
async def test_miles_and_pounds(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A user of miles sees miles, and no zero of a consumption makes miles per nothing."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    async with parked(hass, broker, "NL") as car:
        er.async_get(hass).async_update_entity_options(
            car.entity_id("consumption", "sensor"), "sensor", {"unit_of_measurement": "mi/kWh"}
        )
        await car.module.publish_raw("v.t.pressure", b"206.8,220,220,220")
        await car.module.publish_raw("v.p.odometer", b"100")
        await car.module.publish_raw("v.b.consumption", b"155.343")
        await eventually(lambda: car.state("consumption", "sensor") != STATE_UNAVAILABLE)
        assert float(car.state("consumption", "sensor")) == pytest.approx(4, abs=0.001)
        assert float(car.state("odometer", "sensor")) == pytest.approx(62.14, abs=0.01)
        pressure = car.look("tyre_pressure_front_left", "sensor")
        assert pressure.attributes["unit_of_measurement"] == "psi"
        assert float(pressure.state) == pytest.approx(30, abs=0.1)
        await car.module.publish_raw("v.b.consumption", b"0")
        await car.shows("consumption", "sensor", STATE_UNKNOWN)


async def test_a_unit_that_the_user_chose_is_there_from_the_first_state_on(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A value in another unit in between would be a leap in the statistics."""
    async with parked(hass, broker) as car:
        await car.module.publish_raw("v.p.odometer", b"100")
        entity_id = car.entity_id("odometer", "sensor")
        await eventually(lambda: car.state("odometer", "sensor") == "100.0")
        er.async_get(hass).async_update_entity_options(entity_id, "sensor", {"unit_of_measurement": "m"})
        await car.shows("odometer", "sensor", "100000.0")
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("odometer", "sensor", "100000.0")
        shown = [change.data["new_state"] for change in changes if change.data["entity_id"] == entity_id]
        assert {state.state for state in shown if state is not None} <= {"100000.0", STATE_UNAVAILABLE, STATE_UNKNOWN}


async def test_metrics_that_the_user_chose_are_named_after_themselves(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """And enabled."""
    chosen = ["xnl.v.b.gids", "xnl.cc.fan.only"]
    entry = vehicle_entry(broker, "NL", options={"extra_metrics": chosen})
    async with parked(hass, broker, "NL", entry=entry) as car:
        await car.module.publish_raw("xnl.v.b.gids", b"251")
        await car.module.publish_raw("xnl.cc.fan.only", b"yes")
        await car.shows("xnl.v.b.gids", "sensor", "251")
        await car.shows("xnl.cc.fan.only", "binary_sensor", STATE_ON)
        assert car.look("xnl.v.b.gids", "sensor").name.endswith("xnl.v.b.gids")
        assert not car.has("xnl.v.b.hx", "sensor")
