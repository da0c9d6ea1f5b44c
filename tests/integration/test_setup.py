"""A vehicle's config entry from its first try to its removal."""

import asyncio
from datetime import timedelta
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.open_ev.clients.ovms import mqtt as ovms_mqtt
from custom_components.open_ev.entries import link_watch, vehicle as vehicle_entry_module
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule

from .certificates import Authority
from .garage import Car, eventually, parked, reauthentications, vehicle_entry

USER, PASSWORD = "anna", "correct-horse"


async def first_try(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry that cannot be loaded now."""
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def retry(hass: HomeAssistant) -> None:
    """Let the time come for Home Assistant's next try."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=10))
    await hass.async_block_till_done()


# Before it works


async def test_a_broker_that_is_down_is_tried_again_until_it_is_up(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Home Assistant often starts sooner than the broker's machine."""
    entry = vehicle_entry(broker)
    await broker.stop()
    await first_try(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    await retry(hass)
    await eventually(lambda: entry.state is ConfigEntryState.SETUP_RETRY, "the next try has failed")

    await broker.start()
    async with parked(hass, broker, entry=entry, set_up=False) as car:
        await retry(hass)
        await eventually(lambda: entry.state is ConfigEntryState.LOADED, "the entry is loaded")
        await car.settled()
        assert car.state("state_of_charge", "sensor") == "62.5"
    assert not reauthentications(hass)


async def test_a_broker_that_does_not_answer_is_tried_again(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else may listen on the port."""
    monkeypatch.setattr(vehicle_entry_module, "FIRST_CONNECTION_TIMEOUT", 0.2)
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    entry = vehicle_entry(broker, port=silent.sockets[0].getsockname()[1])
    await first_try(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    silent.close()
    silent.abort_clients()


async def test_a_wrong_password_asks_for_the_right_one(hass: HomeAssistant, socket_enabled: None) -> None:
    """A retry would not help."""
    async with EmbeddedBroker(accounts={USER: PASSWORD}) as guarded:
        entry = vehicle_entry(guarded, username=USER, password="wrong")
        await first_try(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert entry.error_reason_translation_key == "refused"
        assert reauthentications(hass) == 1


async def test_a_refusal_while_home_assistant_starts_is_none_yet(hass: HomeAssistant, socket_enabled: None) -> None:
    """A broker that asks Home Assistant who may connect refuses everybody until it can."""
    hass.set_state(CoreState.starting)
    async with EmbeddedBroker(accounts={"nobody": "yet"}) as guarded:
        entry = vehicle_entry(guarded, username=USER, password=PASSWORD)
        await first_try(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "refused"
        assert not reauthentications(hass)
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await eventually(lambda: reauthentications(hass) == 1, "the right password is asked for")


async def test_home_assistant_s_own_broker_asks_for_no_password_here(
    hass: HomeAssistant, broker: EmbeddedBroker, socket_enabled: None
) -> None:
    """Its credentials are the MQTT integration's, who has a flow of its own for them."""
    async with EmbeddedBroker(accounts={USER: PASSWORD}) as guarded:
        mqtt_data = {"broker": guarded.host, "port": guarded.port, "username": USER, "password": "wrong"}
        mqtt_entry = MockConfigEntry(domain="mqtt", data=mqtt_data)
        mqtt_entry.add_to_hass(hass)
        entry = vehicle_entry(guarded, broker="home_assistant")
        await first_try(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "refused"
        assert not reauthentications(hass)

        hass.config_entries.async_update_entry(mqtt_entry, data={**mqtt_data, "password": PASSWORD})
        await retry(hass)
        await eventually(lambda: entry.state is ConfigEntryState.LOADED, "the entry is loaded")
        # A platform may still be starting, and would go on after the end.
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_without_home_assistant_s_broker_there_is_no_way(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The MQTT integration may have been removed, or be switched off."""
    entry = vehicle_entry(broker, broker="home_assistant")
    await first_try(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "mqtt_not_set_up"


async def test_a_certificate_that_is_not_trusted_is_said_to_be_the_fault(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority, stranger: Authority
) -> None:
    """Cannot connect would send people to look at the network."""
    for authority_text in (None, stranger.pem):
        entry = vehicle_entry(tls_broker, host="localhost", tls=True, ca_certificate=authority_text)
        await first_try(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "tls_failed"
        await hass.config_entries.async_remove(entry.entry_id)
    entry = vehicle_entry(tls_broker, host="localhost", tls=True, ca_certificate=authority.pem)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_fault_of_our_own_is_not_waited_for(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """A link that broke never tells how its first try went."""
    entry = vehicle_entry(broker)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "transport": "pigeon"})
    async with asyncio.timeout(5):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "pigeon" in caplog.text


# While it works


async def test_credentials_that_are_taken_away_are_asked_for_after_some_tries(
    hass: HomeAssistant, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that has just started refuses everybody until it has read its list of users."""
    for pause in ("FIRST_RETRY_SECONDS", "LAST_RETRY_SECONDS", "REFUSED_RETRY_SECONDS"):
        monkeypatch.setattr(ovms_mqtt, pause, 0.02)
    async with EmbeddedBroker(accounts={USER: PASSWORD}) as guarded:
        entry = vehicle_entry(guarded, username=USER, password=PASSWORD)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await guarded.stop()
        guarded.accounts = {USER: "another"}
        await guarded.start()
        await eventually(lambda: reauthentications(hass) == 1, "new credentials are asked for")
        assert entry.state is ConfigEntryState.LOADED, "and the old ones are still tried"

        await guarded.stop()
        guarded.accounts = {USER: PASSWORD}
        await guarded.start()
        await eventually(lambda: entry.runtime_data.device.link_connected, "the connection is back")
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_fault_of_our_own_does_not_leave_the_car_dead(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is loaded again, and if that does not help it says so."""
    monkeypatch.setattr(link_watch, "STEADY_SECONDS", 0.0)
    async with parked(hass, broker) as car:
        data = car.entry.data
        hass.config_entries.async_update_entry(car.entry, data={**data, "transport": "pigeon"})
        await broker.restart()
        await eventually(lambda: car.entry.state is ConfigEntryState.SETUP_ERROR, "the fault is seen")
        assert "The connection to the broker of VW e-Golf DEMO1 ended by a fault" in caplog.text
        hass.config_entries.async_update_entry(car.entry, data=data)
        assert await hass.config_entries.async_reload(car.entry.entry_id)


async def test_home_assistant_s_broker_is_followed_when_it_becomes_another(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The old one may live on, and a car that moved with the settings is not heard there any more."""
    async with (
        EmbeddedBroker() as other,
        parked(hass, broker, entry=vehicle_entry(broker, broker="home_assistant")) as car,
        OvmsModule(
            other.host, other.port, prefix=car.module.prefix, vehicle_type="VWEG", speed=0, metrics={"v.b.soc": 11.0}
        ),
    ):
        runtime = car.entry.runtime_data
        hass.config_entries.async_update_entry(mqtt_entry, title="The broker")
        await hass.async_block_till_done()
        assert car.entry.runtime_data is runtime

        hass.config_entries.async_update_entry(mqtt_entry, data={**mqtt_entry.data, "port": other.port})
        await car.shows("state_of_charge", "sensor", "11.0")
        await hass.config_entries.async_remove(mqtt_entry.entry_id)
        await eventually(lambda: car.entry.state is ConfigEntryState.SETUP_RETRY, "there is no broker any more")
        assert car.entry.error_reason_translation_key == "mqtt_not_set_up"


# Its end


async def test_unloading_leaves_nothing_behind(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """No task, no socket, no client at the broker, and nobody who listens to the car."""

    def sockets() -> int:
        return sum(link.is_socket() for link in Path("/proc/self/fd").iterdir())

    async with parked(hass, broker, set_up=False) as car:
        before = sockets()
        tasks_before = asyncio.all_tasks()
        clients_before = broker.clients
        await car.set_up()
        vehicle = car.vehicle
        assert len(broker.clients) == len(clients_before) + 1
        assert await hass.config_entries.async_unload(car.entry.entry_id)
        assert car.entry.state is ConfigEntryState.NOT_LOADED
        assert not vehicle.link_connected
        await eventually(lambda: broker.clients == clients_before, "the broker has seen the client go")
        await eventually(lambda: sockets() == before, "every socket is closed")
        assert not [task for task in asyncio.all_tasks() - tasks_before if "open_ev" in repr(task)]
        states = {state.state for state in hass.states.async_all() if state.domain != "zone"}
        assert states == {"unavailable"}
        vehicle.update("v.b.soc", "41")
        await hass.async_block_till_done()
        assert car.state("state_of_charge", "sensor") == "unavailable"


async def test_an_entry_can_be_loaded_again(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """With the same entities, and what the broker kept."""
    async with parked(hass, broker) as car:
        registry = er.async_get(hass)
        before = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id)}
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.shows("state_of_charge", "sensor", "62.5")
        after = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, car.entry.entry_id)}
        assert before == after
        await car.call("wake_up", "button.press")
        assert car.done[-1] == "wakeup"


async def test_removing_the_entry_removes_the_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Its device and its entities go with it; the module goes on."""
    async with parked(hass, broker) as car:
        await hass.config_entries.async_remove(car.entry.entry_id)
        await hass.async_block_till_done()
        assert not er.async_entries_for_config_entry(er.async_get(hass), car.entry.entry_id)
        assert not dr.async_entries_for_config_entry(dr.async_get(hass), car.entry.entry_id)
        assert [state for state in hass.states.async_all() if state.domain != "zone"] == []
        assert car.module.connected


async def test_two_cars_never_mix(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Also when one's name is the beginning of the other's, on the same broker and of the same type."""
    async with (
        parked(hass, broker, metrics={"v.b.soc": 20.0}) as first,
        parked(hass, broker, vehicle_id="DEMO10", metrics={"v.b.soc": 80.0}) as second,
    ):
        assert first.state("state_of_charge", "sensor") == "20.0"
        assert second.state("state_of_charge", "sensor") == "80.0"
        await first.call("wake_up", "button.press")
        assert (first.done, second.done) == (["wakeup"], [])
        await second.module.notify("alert", "alarm.sounding", "Wake up!")
        await eventually(lambda: second.state("alert", "event") != "unknown", "the second car's alert")
        await second.module.set("v.e.locked", value=False)
        await second.shows("doors", "lock", "unlocked")
        await first.settled()
        assert first.state("alert", "event") == "unknown"
        assert first.state("doors", "lock") == "locked"
        assert first.vehicle.unknown_metrics == second.vehicle.unknown_metrics == 0

        assert await hass.config_entries.async_unload(first.entry.entry_id)
        await second.module.set("v.b.soc", 70.0)
        await second.shows("state_of_charge", "sensor", "70.0")


async def test_a_prefix_may_end_without_a_slash(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """The firmware uses what its owner typed as it is."""
    prefix = "mycar"
    entry = vehicle_entry(broker, prefix=prefix)
    async with OvmsModule(broker.host, broker.port, prefix=prefix, vehicle_type="VWEG", speed=0) as module:
        car = Car(hass=hass, module=module, entry=entry)
        await car.set_up()
        await car.call("wake_up", "button.press")
        assert car.done == ["wakeup"]
        assert "mycarmetric/v/b/soc" in broker.retained
        assert await hass.config_entries.async_unload(entry.entry_id)
