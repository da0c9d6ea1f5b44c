"""Links that are lost and come back, modules that go away, cars that sleep: what is shown meanwhile, and what is said."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
import logging
import time
from typing import override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from simulators.broker import EmbeddedBroker

from .garage import MOMENT, Car, eventually, parked

LOGGER = "custom_components.open_ev.entries.link_watch"
BROKER_GONE = "the broker closed it, or fell silent"
# What the issue promises.
BACK_WITHIN_SECONDS = 5.0


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Levels and texts of what was logged at info level or above about the link, and of every warning of ours."""
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith("custom_components.open_ev")
        and record.levelno >= (logging.INFO if record.name == LOGGER else logging.WARNING)
    ]


async def is_right_again(car: Car) -> None:
    """The car is shown as it is, without the entry having been loaded again."""
    began = time.monotonic()
    await eventually(lambda: car.vehicle.link_connected, "the connection is back")
    assert time.monotonic() - began < BACK_WITHIN_SECONDS
    await car.module.reconnect()
    await car.shows("module_connected", "binary_sensor", "on")
    await car.module.set("v.b.soc", 33.0)
    await car.shows("state_of_charge", "sensor", "33.0")
    await car.call("wake_up", "button.press")
    assert car.done[-1] == "wakeup"


async def test_a_broker_that_restarts_is_found_again_within_seconds(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """One log line each way, and no reload."""
    caplog.set_level(logging.INFO)
    async with parked(hass, broker) as car:
        runtime = car.entry.runtime_data
        caplog.clear()
        await broker.restart()
        await car.shows("state_of_charge", "sensor", "unavailable")
        await is_right_again(car)
        assert said(caplog) == [
            ("WARNING", f"The connection to the broker of VW e-Golf DEMO1 was lost: {BROKER_GONE}"),
            ("INFO", "The connection to the broker of VW e-Golf DEMO1 is back"),
        ]
        assert car.entry.runtime_data is runtime


@pytest.mark.parametrize("times", [1, 2])
async def test_a_way_that_is_back_once_its_entry_was_loaded_again_is_told_too(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    """Other credentials, and much else that mends a way, load the entry again. It is told once."""
    caplog.set_level(logging.INFO)
    async with parked(hass, broker) as car:
        caplog.clear()
        await broker.stop()
        await car.shows("state_of_charge", "sensor", "unavailable")
        assert await hass.config_entries.async_unload(car.entry.entry_id)
        await broker.start()
        assert await hass.config_entries.async_setup(car.entry.entry_id)
        for _ in range(1, times):
            assert await hass.config_entries.async_reload(car.entry.entry_id)
        assert said(caplog) == [
            ("WARNING", f"The connection to the broker of VW e-Golf DEMO1 was lost: {BROKER_GONE}"),
            ("INFO", "The connection to the broker of VW e-Golf DEMO1 is back"),
        ]


async def test_a_broker_that_stays_away_is_found_again_within_seconds_of_its_return(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """The pause between tries must not grow until nobody believes in it any more; nor may each try be logged."""
    tries = asyncio.Semaphore(0)

    class HangUp(asyncio.Protocol):
        @override
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            tries.release()
            transport.close()

    caplog.set_level(logging.INFO)
    async with parked(hass, broker) as car:
        runtime = car.entry.runtime_data
        caplog.clear()
        await broker.stop()
        hang_up = await asyncio.get_running_loop().create_server(HangUp, broker.host, broker.port)
        for _ in range(3):
            await tries.acquire()
        hang_up.close()
        await hang_up.wait_closed()
        assert car.state("state_of_charge", "sensor") == "unavailable"
        await broker.start()
        await is_right_again(car)
        assert [level for level, _ in said(caplog)] == ["WARNING", "INFO"]

        assert car.entry.runtime_data is runtime
        assert car.entry.state is ConfigEntryState.LOADED


async def test_without_a_broker_every_entity_says_so(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Values of yesterday that look like today's are worse than none. When the car was last heard stays true."""
    async with parked(hass, broker) as car:
        heard = car.state("last_heard", "sensor")
        await broker.stop()
        await car.shows("state_of_charge", "sensor", "unavailable")
        await hass.async_block_till_done()
        shown = {state.entity_id: state.state for state in hass.states.async_all() if state.domain != "zone"}
        assert shown.pop(car.entity_id("last_heard", "sensor")) == heard
        assert set(shown.values()) == {"unavailable"}


async def test_a_car_that_loses_its_network_keeps_its_values(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The broker tells when the module has been silent for longer than it promised."""
    async with parked(hass, broker) as car:
        await car.module.lose_connection()
        await car.shows("module_connected", "binary_sensor", "off")
        assert car.state("state_of_charge", "sensor") == "62.5"
        await car.module.tick(60)
        await car.shows("module_connected", "binary_sensor", "on")


async def test_a_car_that_is_away_keeps_its_values(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A car sleeps most of its life, and its owner still wants to know how far it would go."""
    async with parked(hass, broker) as car:
        before = {state.entity_id: state.state for state in hass.states.async_all()}
        assert car.state("module_connected", "binary_sensor") == "on"
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        await hass.async_block_till_done()
        after = {state.entity_id: state.state for state in hass.states.async_all()}
        changed = {entity_id for entity_id in before if before[entity_id] != after[entity_id]}
        # When it was last heard is told exactly now; until then it was told now and then.
        assert changed - {car.entity_id("last_heard", "sensor")} == {car.entity_id("module_connected", "binary_sensor")}
        await car.module.boot()
        await car.shows("module_connected", "binary_sensor", "on")


async def test_when_the_car_was_last_heard_is_told(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Now and then, for a state that changes with each message is a database full of them."""
    now = MOMENT
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: now))
    async with parked(hass, broker) as car:
        assert datetime.fromisoformat(car.state("last_heard", "sensor")) == MOMENT
        now = MOMENT + timedelta(seconds=290)
        await car.settled()
        assert datetime.fromisoformat(car.state("last_heard", "sensor")) == MOMENT
        now = MOMENT + timedelta(seconds=301)
        await car.settled()
        assert datetime.fromisoformat(car.state("last_heard", "sensor")) == now
        heard = car.state("last_heard", "sensor")

        # The broker's last words for the module are none of the module's.
        now = MOMENT + timedelta(hours=9)
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        assert car.state("last_heard", "sensor") == heard


async def test_after_a_restart_stored_values_are_as_old_as_the_module_s_clock(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A car that has been away for a week was not heard now, only because Home Assistant was started now."""
    last_week = dt_util.utcnow().replace(microsecond=0) - timedelta(days=7)
    async with parked(hass, broker, start=last_week) as car:
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("state_of_charge", "sensor", "62.5")
        await car.shows("module_connected", "binary_sensor", "off")
        assert datetime.fromisoformat(car.state("last_heard", "sensor")) == last_week
        assert car.vehicle.read_at("v.b.soc") == last_week

        await car.module.boot()
        await car.shows("module_connected", "binary_sensor", "on")
        await eventually(
            lambda: datetime.fromisoformat(car.state("last_heard", "sensor")) > last_week + timedelta(days=6),
            "the car was heard now",
        )


async def test_a_module_s_clock_that_is_wrong_is_not_believed(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Until it had a network it counts from 1970; and nothing was heard in the future."""
    async with parked(hass, broker, start=datetime(1970, 1, 2, tzinfo=UTC)) as car:
        await car.module.boot()
        await car.module.power_off()
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("state_of_charge", "sensor", "62.5")
        assert car.state("last_heard", "sensor") == "unavailable"
        assert car.vehicle.read_at("v.b.soc") is None

    ahead = dt_util.utcnow() + timedelta(days=700)
    async with parked(hass, broker, vehicle_id="DEMO2", start=ahead) as car:
        await car.module.power_off()
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("state_of_charge", "sensor", "62.5")
        assert datetime.fromisoformat(car.state("last_heard", "sensor")) <= dt_util.utcnow()


async def test_a_sleeping_car_is_shown_asleep_with_its_values(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The module stays connected while the car sleeps."""
    async with parked(hass, broker) as car:
        await car.module.wake()
        await car.module.sleep()
        await car.settled()
        assert car.state("module_connected", "binary_sensor") == "on"
        assert car.state("state_of_charge", "sensor") == "62.5"
        assert car.state("doors", "lock") == "locked"
