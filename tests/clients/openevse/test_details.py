"""What diagnostics tell beside the readings, and that nothing which real chargers have told is lost."""

import pytest

from custom_components.open_ev.clients.openevse.details import DETAILS, HEARD_ONLY, details
from custom_components.open_ev.clients.openevse.readings import FIELDS, Value, read
from custom_components.open_ev.clients.openevse.report import Json, JsonObject, Report

from .recorded import load_object, recorded

STATUSES = (
    "2.7.5_status",
    "2.9.1_status",
    "4.0_status",
    "4.0_with_vehicle_status",
    "4.1.7_disabled_status",
    "5.1.2_status",
    "head_C_override_limit_vehicle_status",
    "websocket_first_message",
)
CONFIGS = ("2.7.5_config", "2.9.1_config", "4.1.2_config", "5.1.2_config", "head_config")

# Of networks, accounts and people: no reading, and no detail.
PRIVATE = {
    *("macaddress", "tesla_vehicle_id", "tesla_vehicle_name"),
    *(
        "ssid",
        "pass",
        "ap_ssid",
        "ap_pass",
        "hostname",
        "wifi_serial",
        "evse_serial",
        "chip_id",
        "server_secret",
        "time_zone",
    ),
    *("www_username", "www_password", "www_certificate_id", "www_http_port", "www_https_port", "sntp_hostname"),
    *("emoncms_apikey", "emoncms_fingerprint", "emoncms_node", "emoncms_server", "ohm"),
    *("mqtt_server", "mqtt_port", "mqtt_protocol", "mqtt_user", "mqtt_pass", "mqtt_topic", "mqtt_announce_topic"),
    *("mqtt_solar", "mqtt_grid_ie", "mqtt_vrms", "mqtt_live_pwr", "mqtt_certificate_id", "mqtt_vehicle_charge_limit"),
    *("mqtt_vehicle_soc", "mqtt_vehicle_range", "mqtt_vehicle_eta", "mqtt_home_battery_soc", "mqtt_home_battery_power"),
    *("ocpp_server", "ocpp_authkey", "ocpp_chargeBoxId", "ocpp_idtag", "rfid_storage"),
    *("tesla_access_token", "tesla_refresh_token", "tesla_username", "tesla_password", "tesla_vehicle_id"),
    *("tesla_created_at", "tesla_expires_in", "tesla_vehidx"),
}
# The same by another name, which older or newer firmware has.
TOLD_OTHERWISE = {
    *("elapsed", "freeram", "wattsec", "watthour", "wh", "local_time", "offset"),
    # The guide's printing of `diodet`.
    "diodes",
}
# Numbers of changes, by which the rest is read again; and how the firmware itself is stored and built.
BOOKKEEPING = {
    *(
        "config_version",
        "claims_version",
        "override_version",
        "schedule_version",
        "schedule_plan_version",
        "limit_version",
    ),
    *("app0_size", "can_expand_16mb", "partition_scheme", "sketch_size", "heap_size", "littlefs_size"),
    *("flags_changed", "lang", "temp_unit"),
    *("http_supported_protocols", "mqtt_supported_protocols"),
}


# What a field may say instead: something of each kind.
OTHERWISE: tuple[Json, ...] = (None, 0, 1, 2, 3, 77, -60, True, False, "True", "AP", "0.1.2", "2026-01-02T03:04:05Z")


def told_by(status: JsonObject, config: JsonObject) -> dict[str, Value]:
    """All that is made of two answers."""
    report = Report(status=status, config=config)
    return {**read(report), **{f"detail {name}": value for name, value in details(report).items()}}


@pytest.mark.parametrize("name", STATUSES)
def test_each_field_of_a_status_matters(name: str) -> None:
    """What it says is told, unless it is private, told already, or bookkeeping."""
    status = load_object(name)
    told = told_by(status, {})
    lost = {field for field in status if all(told_by({**status, field: value}, {}) == told for value in OTHERWISE)}
    assert lost <= PRIVATE | TOLD_OTHERWISE | BOOKKEEPING


@pytest.mark.parametrize("name", CONFIGS)
def test_each_field_of_a_configuration_matters(name: str) -> None:
    """The same, beside a status that does not tell it better."""
    config = load_object(name)
    told = told_by({"divertmode": 1, "state": 1}, config)
    lost = {
        field
        for field in config
        if all(told_by({"divertmode": 1, "state": 1}, {**config, field: value}) == told for value in OTHERWISE)
    }
    assert lost <= PRIVATE | TOLD_OTHERWISE | BOOKKEEPING | {"flags", "littlefs_used"}


def test_nothing_private_is_told() -> None:
    """However it is set."""
    for name in sorted(PRIVATE):
        assert told_by({name: "anna"}, {name: "anna"}) == told_by({}, {}), name


def test_details_and_readings_have_names_of_their_own() -> None:
    """Nobody has to know which of the two they ask."""
    assert not DETAILS.keys() & {field.name for field in FIELDS}


def test_how_the_newest_firmware_is_set() -> None:
    """In the units of readings."""
    told = details(recorded("head_C_charging_status", "head_config"))
    expected = {
        "build": "native_openevse",
        "front_button": True,
        "d9_support": False,
        "heartbeat_interval": 5,
        "heartbeat_current": 6,
        "throttle_temperature": 65,
        "shutdown_temperature": 72,
        "ammeter_scale": 220,
        "divert_source": "grid",
        "divert_shortest_charge": 600,
        "network_connected": True,
        "mqtt_status": "disabled",
        "controller_flags": "relay_closed, vehicle_connected",
    }
    assert {name: told.get(name) for name in expected} == expected
    # A dash stands for the version of RAPI, 0 for a voltage that is not set.
    assert not told.keys() & {"rapi_version", "voltage_set"}
    assert details(Report(config={"voltage": 23_050}))["voltage_set"] == 230.5


def test_the_version_of_rapi_of_old_firmware() -> None:
    """It was told by /config."""
    assert details(recorded("2.7.5_status", "2.7.5_config"))["rapi_version"] == "4.0.1"


def test_what_only_the_websocket_tells() -> None:
    """It is kept apart from /status, which does not have it."""
    report = Report(heard={"available_current": 9.5, "ota_progress": 40, "ota": "started"})
    assert details(report) == {"divert_current_available": 9.5, "update_progress": 40, "update_state": "started"}
    assert len(HEARD_ONLY) == 9
