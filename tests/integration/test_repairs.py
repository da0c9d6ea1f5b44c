"""What a user is told to mend: when it appears, when it goes, and that it stays ignored if it was."""

from datetime import timedelta
from functools import partial
from typing import Any

import aiomqtt
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.open_ev.clients.ovms import stored_commands as ovms_stored_commands
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import vehicle as vehicle_entry_module
from custom_components.open_ev.issues import broker as broker_issues, vehicle as vehicle_issues
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware

from .certificates import Authority
from .garage import Car, eventually, parked, vehicle_entry
from .repair_pages import issues, mend_in_ui

# Home Assistant's own web server.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

STORED = ("client/other/command/1", "client/other/command/2")


def issue(car: Car, key: str) -> ir.IssueEntry:
    """One of them."""
    found = ir.async_get(car.hass).async_get_issue(DOMAIN, f"{key}_{car.entry.entry_id}")
    assert found is not None
    return found


async def store_commands(broker: EmbeddedBroker) -> None:
    """Leave commands at the broker, as a careless program does."""
    async with aiomqtt.Client(broker.host, broker.port) as careless:
        for path in STORED:
            await careless.publish(f"ovms/demo/DEMO1/{path}", "wakeup", qos=1, retain=True)


async def fix(car: Car, client_of: ClientSessionGenerator) -> dict[str, Any]:
    """Have the stored commands deleted in the UI, as far as its last page."""
    issue_id = f"{broker_issues.STORED_COMMANDS}_{car.entry.entry_id}"
    return await mend_in_ui(car.hass, client_of, issue_id, name="VW e-Golf DEMO1")


# What it is called


async def test_a_car_goes_by_the_name_that_its_user_gave_it(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has renamed the device may not know any more what its entry was called."""
    async with parked(hass, broker) as car:
        registry = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(registry, car.entry.entry_id)
        registry.async_update_device(device.id, name_by_user="Grandma's Golf")
        reauth = await car.entry.start_reauth_flow(hass)
        assert (reauth["description_placeholders"] or {})["name"] == "Grandma's Golf"
        await broker.restart()
        await car.shows("state_of_charge", "sensor", "unavailable")
        assert "The connection to the broker of Grandma's Golf was lost" in caplog.text
        await eventually(lambda: car.vehicle.link_connected, "the connection is back")
        assert issue(car, broker_issues.OPEN_BROKER).translation_placeholders == {"name": "Grandma's Golf"}


# Commands that the broker keeps


async def test_commands_that_the_broker_keeps_are_deleted_there(
    hass: HomeAssistant, broker: EmbeddedBroker, hass_client: ClientSessionGenerator
) -> None:
    """The module runs them at each of its connections: an unlock at any hour."""
    await store_commands(broker)
    async with parked(hass, broker) as car:
        assert car.done == ["wakeup", "wakeup"]
        await eventually(lambda: broker_issues.STORED_COMMANDS in issues(hass), "the user is told")
        assert issue(car, broker_issues.STORED_COMMANDS).is_fixable
        await car.settled()

        assert (await fix(car, hass_client))["type"] == "create_entry"
        await eventually(lambda: not any("/command/" in topic for topic in broker.retained), "they are gone")
        await hass.async_block_till_done()
        assert broker_issues.STORED_COMMANDS not in issues(hass)

        await car.module.lose_connection()
        await car.module.reconnect()
        await car.settled()
        assert car.done == ["wakeup", "wakeup"]
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.settled()
        assert broker_issues.STORED_COMMANDS not in issues(hass)


async def test_more_commands_than_can_be_deleted_in_a_minute(
    hass: HomeAssistant, broker: EmbeddedBroker, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is told to go on, and the issue stays."""
    await store_commands(broker)
    async with parked(hass, broker) as car:
        await eventually(lambda: broker_issues.STORED_COMMANDS in issues(hass), "the user is told")
        monkeypatch.setattr(ovms_stored_commands, "CLEARING_SECONDS", 0)
        result = await fix(car, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "some_left")
        assert broker_issues.STORED_COMMANDS in issues(hass)


async def test_without_a_broker_they_cannot_be_deleted_now(
    hass: HomeAssistant, broker: EmbeddedBroker, hass_client: ClientSessionGenerator
) -> None:
    """The user is told to try again, and the issue stays."""
    await store_commands(broker)
    async with parked(hass, broker) as car:
        await eventually(lambda: broker_issues.STORED_COMMANDS in issues(hass), "the user is told")
        await broker.stop()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        result = await fix(car, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "cannot_connect")
        assert broker_issues.STORED_COMMANDS in issues(hass)

        assert await hass.config_entries.async_unload(car.entry.entry_id)
        result = await fix(car, hass_client)
        assert (result["type"], result["reason"]) == ("abort", "cannot_connect")


async def test_commands_that_somebody_else_deleted_are_noticed_in_time(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the next connection, when it is looked again."""
    monkeypatch.setattr(vehicle_issues, "LOOK_AGAIN", timedelta(seconds=1))
    await store_commands(broker)
    async with parked(hass, broker) as car:
        await eventually(lambda: broker_issues.STORED_COMMANDS in issues(hass), "the user is told")
        await broker.restart()
        await eventually(lambda: not car.vehicle.link_connected, "the connection was lost")
        await eventually(lambda: car.vehicle.link_connected, "the connection is back")
        await eventually(lambda: broker_issues.STORED_COMMANDS not in issues(hass), "it was looked again")


async def test_a_command_that_passes_is_no_stored_one(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Other apps send commands too."""
    async with parked(hass, broker) as car:
        async with aiomqtt.Client(broker.host, broker.port) as app:
            await app.publish("ovms/demo/DEMO1/client/app/command/1", "stat", qos=1)
        await eventually(lambda: "stat" in car.module.executed, "the module ran it")
        await car.settled()
        assert broker_issues.STORED_COMMANDS not in issues(hass)


# A broker that lets everybody in


async def test_a_broker_that_asks_nobody_who_he_is_is_told(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Whoever reaches it can open the car."""
    async with parked(hass, broker) as car:
        assert broker_issues.OPEN_BROKER in issues(hass)
        assert not issue(car, broker_issues.OPEN_BROKER).is_fixable
        assert issue(car, broker_issues.OPEN_BROKER).translation_placeholders == {"name": "VW e-Golf DEMO1"}


async def test_a_broker_with_users_is_none(hass: HomeAssistant, socket_enabled: None) -> None:
    """It was asked for a password."""
    async with EmbeddedBroker(accounts={"anna": "secret", "DEMO1": "secret"}) as guarded:
        entry = vehicle_entry(guarded, username="anna", password="secret")
        async with parked(hass, guarded, entry=entry, username="DEMO1", password="secret"):
            assert broker_issues.OPEN_BROKER not in issues(hass)


async def test_a_broker_that_asks_for_a_certificate_is_none(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority
) -> None:
    """That is as good as a password."""
    mine = authority.sign("anna")
    entry = vehicle_entry(
        tls_broker,
        host="localhost",
        tls=True,
        ca_certificate=authority.pem,
        client_certificate=mine.chain,
        client_key=mine.key,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert broker_issues.OPEN_BROKER not in issues(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_proxy_before_the_broker_may_ask_instead(hass: HomeAssistant, socket_enabled: None) -> None:
    """The headers of a websocket can hold a password."""
    async with EmbeddedBroker(websocket=True) as proxied:
        mqtt_data = {
            "broker": proxied.host,
            "port": proxied.websocket_port,
            "transport": "websockets",
            "ws_headers": {"Authorization": "Bearer secret"},
        }
        MockConfigEntry(domain="mqtt", data=mqtt_data).add_to_hass(hass)
        async with parked(hass, proxied, entry=vehicle_entry(proxied, broker="home_assistant")):
            assert broker_issues.OPEN_BROKER not in issues(hass)


async def test_home_assistant_s_broker_is_looked_at_too(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Its settings are the MQTT integration's; once that is gone nothing is known, and nothing is taken back."""
    async with parked(hass, broker, entry=vehicle_entry(broker, broker="home_assistant")) as car:
        assert broker_issues.OPEN_BROKER in issues(hass)
        await hass.config_entries.async_remove(mqtt_entry.entry_id)
        await eventually(lambda: car.entry.state is ConfigEntryState.SETUP_RETRY, "there is no broker any more")
        assert broker_issues.OPEN_BROKER in issues(hass)


# Old firmware, silent modules


async def test_an_old_firmware_is_told_until_it_is_updated(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """What does not work with it, people take for a fault."""
    async with parked(hass, broker, firmware=Firmware.V3_3_005) as car:
        assert vehicle_issues.FIRMWARE_TOO_OLD in issues(hass)
        await car.module.set("m.version", "3.3.006/ota_1/main (build)")
        await eventually(lambda: vehicle_issues.FIRMWARE_TOO_OLD not in issues(hass), "the update was noticed")


async def test_a_firmware_of_today_is_not(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Nor one that cannot be read."""
    async with parked(hass, broker) as car:
        assert vehicle_issues.FIRMWARE_TOO_OLD not in issues(hass)
        await car.module.set("m.version", "my own build")
        await car.settled()
        assert vehicle_issues.FIRMWARE_TOO_OLD not in issues(hass)


async def test_a_module_that_is_silent_for_two_weeks_is_told_until_it_speaks(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that refuses the module, or a SIM card that expired, looks like a car that stands."""
    days_ago = 15
    monkeypatch.setattr(
        vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: dt_util.utcnow() - timedelta(days=days_ago))
    )
    async with parked(hass, broker) as car:
        for days, told in ((15, True), (13, False), (0, False)):
            days_ago = days
            await car.module.boot()
            await car.settled()
            await car.module.power_off()
            await car.shows("module_connected", "binary_sensor", "off")
            await hass.async_block_till_done()
            assert (vehicle_issues.MODULE_SILENT in issues(hass)) is told


async def test_a_module_that_is_silent_since_the_login_was_changed(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker probably refuses it; told instead of the silence alone, until the module speaks."""
    ago = timedelta(hours=26)
    monkeypatch.setattr(vehicle_entry_module, "Vehicle", partial(Vehicle, now=lambda: dt_util.utcnow() - ago))
    entry = vehicle_entry(broker, login_changed=(dt_util.utcnow() - timedelta(hours=25)).isoformat())
    async with parked(hass, broker, entry=entry) as car:
        for heard, told in (
            (timedelta(hours=26), True),
            (timedelta(days=15), True),
            (timedelta(hours=24), False),
            (timedelta(0), False),
        ):
            ago = heard
            await car.module.boot()
            await car.settled()
            await hass.async_block_till_done()
            assert broker_issues.MODULE_MAYBE_REFUSED not in issues(hass)
            await car.module.power_off()
            await car.shows("module_connected", "binary_sensor", "off")
            await hass.async_block_till_done()
            assert (broker_issues.MODULE_MAYBE_REFUSED in issues(hass)) is told
            assert vehicle_issues.MODULE_SILENT not in issues(hass)


async def test_a_login_that_was_just_changed(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A car may stand without network for a day."""
    entry = vehicle_entry(broker, login_changed=dt_util.utcnow().isoformat())
    async with parked(hass, broker, entry=entry) as car:
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        await hass.async_block_till_done()
        assert broker_issues.MODULE_MAYBE_REFUSED not in issues(hass)


# Their end


async def test_what_was_ignored_stays_ignored(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Through a lost connection, a reload and a restart: who lives alone with his broker has decided."""
    await store_commands(broker)
    async with parked(hass, broker, firmware=Firmware.V3_3_005, boot=False, set_up=False) as car:
        # The commands are run as soon as the module is there, and what they change it keeps to itself for a while.
        await car.module.boot()
        await car.set_up()
        keys = {broker_issues.OPEN_BROKER, vehicle_issues.FIRMWARE_TOO_OLD, broker_issues.STORED_COMMANDS}
        assert issues(hass) == keys

        def ignored() -> bool:
            return all(issue(car, key).dismissed_version is not None for key in keys)

        for key in keys:
            ir.async_get(hass).async_ignore(DOMAIN, f"{key}_{car.entry.entry_id}", ignore=True)
        assert ignored()
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        await car.settled()
        assert ignored()
        await car.module.power_off()
        await car.shows("module_connected", "binary_sensor", "off")
        await car.module.boot()
        await car.settled()
        assert ignored()


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_with_the_car_its_issues_go(hass: HomeAssistant, broker: EmbeddedBroker, how: str) -> None:
    """Nobody can mend what is not there."""
    async with parked(hass, broker, firmware=Firmware.V3_3_005) as car:
        assert issues(hass) == {broker_issues.OPEN_BROKER, vehicle_issues.FIRMWARE_TOO_OLD}
        if how == "removed":
            await hass.config_entries.async_remove(car.entry.entry_id)
        else:
            await hass.config_entries.async_set_disabled_by(car.entry.entry_id, ConfigEntryDisabler.USER)
        assert issues(hass) == set()
        await car.module.power_off()
