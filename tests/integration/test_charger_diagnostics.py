"""What a user hands to who helps with a charger, and what neither it nor anything else may tell."""

from collections.abc import Mapping
import json
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from simulators.openevse import Generation

from .charger_actions import act
from .driveway import SERIAL, Station, charging, installed

# Home Assistant's own web server.
pytestmark = pytest.mark.filterwarnings("ignore:It is recommended to use web")

USER, PASSWORD = "anna-k", "correct-horse"
SETTINGS: Mapping[str, Any] = {
    "ssid": "Kellerbar",
    "pass": "wpa-passphrase",
    "ap_ssid": "Kellerbar-AP",
    "ap_pass": "ap-passphrase",
    "emoncms_apikey": "0123456789abcdef",
    "emoncms_fingerprint": "aa:01:bb:02",
    "emoncms_node": "annas-node",
    "emoncms_server": "https://emon.anna.example",
    "mqtt_server": "mqtt.anna.example",
    "mqtt_user": "mqtt-anna",
    "mqtt_pass": "mqtt-passphrase",
    "mqtt_topic": "anna/garage",
    "mqtt_solar": "anna/roof/solar",
    "mqtt_grid_ie": "anna/house/grid",
    "mqtt_announce_topic": "anna/announce",
    "ocpp_server": "ocpp.anna.example",
    "ocpp_chargeBoxId": "BOX-ANNA",
    "ocpp_authkey": "ocpp-authkey",
    "ocpp_idtag": "ANNA-IDTAG",
    "tesla_access_token": "tesla-access",
    "tesla_refresh_token": "tesla-refresh",
    "tesla_vehicle_id": "5YJ3E1EA7KF000316",
    "rfid_storage": "04AABBCC,04DDEEFF",
    "hostname": "annas-charger",
    "time_zone": "Europe/Busingen|CET-1CEST",
    "www_username": USER,
    "www_password": PASSWORD,
    "server_secret": "server-secret",
    "ohm": "ohm-key",
    "a_setting_to_come": "annas-new-secret",
}
SECRETS = (
    *(value for value in SETTINGS.values()),
    SERIAL,
    SERIAL.upper(),
    "aa:bb:cc:dd:ee:01",
    "192.168.1.67",
    "127.0.0.1",
    "04A1B2C3D4",
)


async def diagnostics_of(station: Station, client: ClientSessionGenerator) -> Mapping[str, Any]:
    """The diagnostics as they are downloaded."""
    return await get_diagnostics_for_config_entry(station.hass, client, station.entry)


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V4_2, Generation.HEAD])
async def test_diagnostics(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, snapshot: SnapshotAssertion, generation: Generation
) -> None:
    """Everything that explains why an entity shows what it shows."""
    async with charging(hass, generation) as station:
        told = await diagnostics_of(station, hass_client)
        counters = ("comm_sent", "comm_success", "rapi_sent", "rapi_ok", "packets_sent", "packets_success")
        assert told == snapshot(exclude=props(*counters))


async def know_secrets(station: Station) -> None:
    """Have the charger know all that must not be told."""
    station.evse.config |= {name: value for name, value in SETTINGS.items() if name in station.evse.config}
    station.evse.config["a_setting_to_come"] = SETTINGS["a_setting_to_come"]
    station.evse.say(
        rfid_auth="04A1B2C3D4",
        macaddress="aa:bb:cc:dd:ee:01",
        tesla_vehicle_name="annas-tesla",
        local_time="annas-time",
    )
    station.entry.add_to_hass(station.hass)
    station.hass.config_entries.async_update_entry(
        station.entry, data={**station.entry.data, "username": USER, "password": PASSWORD}
    )
    await station.set_up()
    await station.looked()


@pytest.mark.parametrize("generation", Generation)
async def test_diagnostics_tell_nothing_secret(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, generation: Generation
) -> None:
    """They are meant to be shown to strangers; also those of a firmware that tells its passwords."""
    async with installed(hass, generation, set_up=False) as station:
        await know_secrets(station)
        told = await diagnostics_of(station, hass_client)
        found = json.dumps(told, ensure_ascii=False)
        assert "**REDACTED**" in found
        for secret in (*SECRETS, "annas-tesla", "annas-time", str(station.evse.port)):
            assert secret not in found, secret
        # And what is no secret is there.
        assert told["config"]["version"] == generation.firmware.version
        assert told["status"]["state"] == 1
        assert told["abilities"]


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.usefixtures("everything_enabled")
async def test_no_state_tells_a_secret(hass: HomeAssistant, generation: Generation) -> None:
    """States end in databases, backups and screenshots. The charger's address is for who enables its entity."""
    async with installed(hass, generation, set_up=False) as station:
        await know_secrets(station)
        address = station.entity_id("ip_address", "sensor")
        states = [state for state in hass.states.async_all() if state.entity_id != address]
        told = "".join(json.dumps(state.as_dict(), default=str) for state in states)
        for secret in SECRETS:
            assert secret not in told, secret


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V5_1, Generation.HEAD])
async def test_no_log_tells_a_secret(
    hass: HomeAssistant, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at debug level either: logs are asked for in every issue. Home Assistant logs each action with its data itself."""
    caplog.set_level(logging.DEBUG)
    async with installed(hass, generation, set_up=False) as station:
        await know_secrets(station)
        await station.call("charging_enabled", "switch.turn_off")
        with pytest.raises(HomeAssistantError):
            await act(station, "send_rapi", command="$SC 300")
        for trouble in ("html", "cut_off", "hang_up"):
            setattr(station.evse.knobs, trouble, True)
            await station.shows("connected", "binary_sensor", "off")
            station.evse.knobs.heal()
            await station.shows("connected", "binary_sensor", "on")
        station.evse.config["www_password"] = "changed"
        station.evse.expire_sessions()
        await station.shows("connected", "binary_sensor", "off")
        ours = [record for record in caplog.records if record.name.startswith("custom_components")]
        told = "\n".join(logging.Formatter().format(record) for record in ours)
        assert "The connection to OpenEVSE was lost" in told
        for secret in SECRETS:
            if secret != "127.0.0.1":
                assert secret not in told, secret
