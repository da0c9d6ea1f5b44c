"""What is made of the answers that real chargers gave, and of odd ones."""

from datetime import UTC, datetime
import math

import pytest

from custom_components.open_ev.clients.openevse.readings import FIELDS, STATES, Value, read
from custom_components.open_ev.clients.openevse.report import Json, JsonObject, Report

from .recorded import load_object, read_from, recorded

MANAGED: JsonObject = {"evse_connected": 1}
"""A gateway of 4.0 or later."""


def test_every_reading_has_a_name_of_its_own() -> None:
    """They are found by it."""
    names = [field.name for field in FIELDS]
    assert len(set(names)) == len(names)


def test_nothing_is_read_of_nothing() -> None:
    """But that the controller was not heard, and that nothing limits a session."""
    assert read(Report()) == {"controller_connected": False, "limit_set": False}


def test_firmware_2_7() -> None:
    """The published guide's example: sensors that are not there, Wh for kWh, checks that are told the wrong way round."""
    report = recorded("2.7.5_status", "2.7.5_config")
    assert read(report) == {
        "state": "not_connected",
        "fault": False,
        "vehicle_connected": False,
        "charging": False,
        "active": True,
        "current": 0,
        "pilot": 40,
        "session_energy": 0,
        "session_time": 0,
        "total_energy": 334.223,
        "mode": "on",
        "claim": "none",
        "limit_set": False,
        "divert_mode": "fast",
        "solar": 0,
        "grid": 2,
        "divert_rate": 0,
        "divert_updated": 0,
        "check_gfci": True,
        "check_ground": True,
        "check_relay": True,
        "check_vent": True,
        "check_temperature": True,
        "gfci_faults": 0,
        "no_ground_faults": 0,
        "stuck_relay_faults": 0,
        "service_level": "level_2",
        "temperature": 19,
        # The guide lost the minus sign of these, with which there is no sensor.
        "temperature_clock": 19,
        "temperature_lcd": 256,
        "temperature_infrared": 256,
        "network_mode": "sta",
        "ip_address": "192.0.2.10",
        "free_memory": 21840,
        "rapi_sent": 79,
        "rapi_ok": 78,
        "wifi_connected": True,
        "mqtt_connected": True,
        "emoncms_connected": True,
        "emoncms_sent": 5,
        "emoncms_ok": 5,
        "controller_connected": False,
        "gateway_version": "2.7.5",
        "controller_version": "5.0.1",
    }


def test_firmware_2_9() -> None:
    """Absent sensors are false, a 1 is a check that is switched off."""
    readings = read(recorded("2.9.1_status", "2.9.1_config"))
    expected = {
        "state": "not_connected",
        "voltage": 240,
        "power": 0,
        "session_energy": 25212279 / 3600,
        "session_time": 8751,
        "total_energy": 1585.443,
        "temperature": 34,
        "temperature_clock": 34,
        "wifi_signal": -56,
        "check_diode": False,
        "check_gfci": True,
        "divert_mode": "off",
        "divert_updated": 87648,
        "controller_connected": True,
    }
    assert {name: readings.get(name) for name in expected} == expected
    assert not readings.keys() & {"temperature_lcd", "temperature_infrared", "manual_override", "clock", "max_current"}


def test_firmware_4_0() -> None:
    """The first with a manager; what it knows of the car has other names."""
    readings = read(recorded("4.0_with_vehicle_status"))
    expected = {
        "state": "sleeping",
        "fault": False,
        "vehicle_connected": True,
        "charging": False,
        "active": False,
        "current": 32.2,
        "power": 7728,
        "temperature": 50.3,
        "temperature_lcd": 50.3,
        "temperature_gateway": 56,
        "total_energy": 64.582,
        "divert_mode": "off",
        "grid": 2891,
        "shaper_active": True,
        "shaper_power": 2299,
        "shaper_limit": 4000,
        "shaper_current": 21,
        "vehicle_soc": 75,
        "vehicle_range": 468,
        "vehicle_time_to_full": 18000,
        "lcd_colour": "teal",
        "manual_override": False,
        "clock": datetime(2021, 8, 10, 23, 0, 11, tzinfo=UTC),
        "controller_connected": True,
        "ethernet_connected": False,
        "updating": False,
    }
    assert {name: readings.get(name) for name in expected} == expected
    # What the override is has not been read.
    assert not readings.keys() & {"mode", "claim", "temperature_clock", "limit_energy"}


def test_firmware_4_1_7_while_disabled() -> None:
    """A state that does not tell whether there is a car, and a field that does."""
    readings = read(recorded("4.1.7_disabled_status"))
    expected = {
        "state": "disabled",
        "vehicle_connected": True,
        "active": False,
        "session_energy": 285.6441667,
        "session_time": 9686,
        "total_energy": 0,
        "no_ground_faults": 1,
        "divert_mode": "eco",
        "divert_active": False,
        "service_level": "level_2",
    }
    assert {name: readings.get(name) for name in expected} == expected


def test_firmware_5_1() -> None:
    """Nearly everything is told."""
    readings = read(recorded("5.1.2_status", "5.1.2_config"))
    expected = {
        "state": "sleeping",
        "vehicle_connected": False,
        "voltage": 220,
        # As it is told, whatever the current is.
        "power": 4500,
        "max_current": 48,
        "current_min": 6,
        "current_max": 48,
        "current_soft_max": 48,
        "total_energy": 20127.22817,
        "energy_day": 0,
        "energy_week": 1.567628635,
        "energy_month": 37.21857071,
        "energy_year": 2155.219982,
        "relay_switches": 1159,
        "grid": -2489,
        "temperature_max": 58.8,
        "temperature_gateway": 54.25,
        "wifi_signal": -59,
        "uptime": 1208725,
        "limit_set": False,
        "vehicle_data_source": "none",
        "shaper_limit": 0,
        "ocpp_connected": False,
        "check_diode": True,
        # Eco is chosen, and diverting is switched off.
        "divert_mode": "off",
        "gateway_version": "v5.1.2",
        "controller_version": "7.1.3",
    }
    assert {name: readings.get(name) for name in expected} == expected


def test_after_firmware_5_1_5() -> None:
    """What the newest tells in addition, with a limit and an override."""
    report = recorded("head_C_override_limit_vehicle_status", "head_config")
    report.override, report.limit = load_object("head_override"), load_object("head_limit")
    report.target = load_object("head_claims_target")
    readings = read(report)
    expected = {
        "state": "charging",
        "charging": True,
        "current": 15.84,
        "power": 3801.6,
        "pilot": 10,
        "manual_override": True,
        # The override is about the current only.
        "mode": "auto",
        "claim": "none",
        "claim_current": "manual",
        "limit_set": True,
        "limit_type": "energy",
        "limit_value": 20000,
        "limit_energy": 20000,
        "vehicle_soc": 61,
        "vehicle_range": 240,
        "vehicle_time_to_full": 5400,
        "vehicle_charge_limit": 80,
        "home_battery_soc": 44,
        "home_battery_power": -800,
        "storage_free": 1_400_000,
        "storage_used": 100_000,
        "shaper_fed": False,
        "temperature": 25,
    }
    assert {name: readings.get(name) for name in expected} == expected
    assert not readings.keys() & {"limit_time", "temperature_lcd", "temperature_gateway"}


@pytest.mark.parametrize("code", [*STATES, 12, 13, 99, 300])
def test_states(code: int) -> None:
    """All that are known by name, others by number; a fault is whatever lies between charging and sleeping."""
    readings = read_from(MANAGED | {"state": code})
    assert readings["state"] == STATES.get(code, f"unknown_{code}")
    assert readings["fault"] is (4 <= code <= 253)
    assert readings["charging"] is (code == 3)


@pytest.mark.parametrize(
    ("code", "connected"), [(1, False), (2, True), (3, True), (4, True), (5, None), (254, None), (255, None)]
)
def test_whether_a_car_is_connected_where_only_the_state_tells(code: int, connected: bool | None) -> None:
    """Some states tell it."""
    assert read_from({"state": code}).get("vehicle_connected") is connected


def test_a_0_is_not_believed_of_an_old_gateway() -> None:
    """Up to 2.8 it may be sleeping, misread; from 4.0 on it is starting."""
    assert "state" not in read_from({"state": 0})
    assert read_from(MANAGED | {"state": 0})["state"] == "starting"


@pytest.mark.parametrize("value", [None, "12", [], {}, True, False, math.nan, math.inf, 1e300, 10**400, -(10**400)])
def test_what_is_no_number_is_not_read(value: Json) -> None:
    """Whatever a firmware writes there."""
    names: tuple[str, ...] = ("amp", "voltage", "power", "temp", "temp4", "state", "solar", "colour", "total_energy")
    assert read_from(dict.fromkeys(names, value)) == {"controller_connected": False, "limit_set": False}


@pytest.mark.parametrize("value", [None, 7, [], "", True, "half \ud800"])
def test_what_is_no_text_is_not_read(value: Json) -> None:
    """Nor is an empty one."""
    texts: JsonObject = dict.fromkeys(("mode", "ipaddress", "status", "time", "rfid_auth"), value)
    assert read_from(texts) == {"controller_connected": False, "limit_set": False}


@pytest.mark.parametrize(
    ("status", "active"), [("active", True), ("disabled", False), ("none", None), ("whatever", None)]
)
def test_what_the_manager_wants(status: str, active: bool | None) -> None:
    """It wants that whether or not the charger does it; a state does not contradict it."""
    assert read_from(MANAGED | {"status": status, "state": 254}).get("active") is active


@pytest.mark.parametrize(
    ("name", "tenths", "degrees"),
    [
        ("temp1", -2560, None),
        ("temp1", -2559, -255.9),
        ("temp1", 0, 0),
        ("temp2", 0, None),
        ("temp3", 0, None),
        ("temp3", 230, None),
        ("temp3", 231, 23.1),
        ("temp1", 230, 23),
    ],
)
def test_sensors_that_old_controllers_do_not_have(name: str, tenths: int, degrees: float | None) -> None:
    """Up to 4.5 they tell 0 or 23.0 °C of them."""
    reading = {"temp1": "temperature_clock", "temp2": "temperature_lcd", "temp3": "temperature_infrared"}[name]
    assert read_from({name: tenths}, {"firmware": "D4.5.1"}).get(reading) == degrees
    later = None if tenths == -2560 else tenths / 10
    assert read_from({name: tenths}, {"firmware": "4.12.3.EU"}).get(reading) == later


def test_the_first_sensor_that_is_there_is_the_temperature() -> None:
    """Up to 3.x the gateway does not choose one."""
    assert read_from({"temp1": False, "temp2": -2560, "temp3": 301})["temperature"] == 30.1


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({"service": 1}, "level_1"),
        ({"service": 2}, "level_2"),
        ({"service": 0}, "auto"),
        ({"service": 7}, None),
        ({}, None),
    ],
)
def test_service_level(config: JsonObject, level: str | None) -> None:
    """What is configured; 0 is automatic from 4.1 to 5.1."""
    assert read_from({}, config).get("service_level") == level


@pytest.mark.parametrize(
    ("status", "config", "mode"),
    [
        ({"divertmode": 0}, {}, "off"),
        ({"divertmode": 1}, {}, "fast"),
        ({"divertmode": 1}, {"divert_enabled": True}, "fast"),
        ({"divertmode": 1}, {"divert_enabled": False}, "off"),
        ({"divertmode": 2}, {"divert_enabled": False}, "eco"),
        ({"divertmode": 3}, {}, None),
        ({}, {}, None),
    ],
)
def test_divert_mode(status: JsonObject, config: JsonObject, mode: str | None) -> None:
    """Normal is off where diverting is switched off."""
    assert read_from(status, config).get("divert_mode") == mode


@pytest.mark.parametrize(
    ("name", "field", "value", "expected"),
    [
        ("shaper_current", "shaper_cur", 255, None),
        ("shaper_current", "shaper_cur", 21, 21),
        ("wifi_signal", "srssi", 0, None),
        ("wifi_signal", "srssi", 65, None),
        ("network_mode", "mode", "STA+AP", "sta_ap"),
        ("network_mode", "mode", "Wired", "wired"),
        ("lcd_colour", "colour", 0, "off"),
        ("lcd_colour", "colour", 7, "white"),
        ("lcd_colour", "colour", 8, None),
        ("clock", "time", "yesterday", None),
        ("clock", "time", "2026-11-20T04:03:24", None),
        ("ip_address", "ipaddress", "1" * 256, "1" * 255),
        ("clock", "time", "0001-01-01T00:00:00+01:00", None),
        ("clock", "time", "9999-12-31T23:59:59-01:00", None),
        ("vehicle_soc", "batteryLevel", 55, 55),
        ("vehicle_time_to_full", "timeToFullCharge", 60, 60),
        ("free_memory", "freeram", 1234, 1234),
        ("frequency", "frequency", 5001, 50.01),
        ("ohm_hour", "ohm_hour", "True", True),
        ("ohm_hour", "ohm_hour", "False", False),
        ("ohm_hour", "ohm_hour", "NotConnected", None),
        ("mqtt_connected_since", "mqtt_connected_since", 1_784_000_000, datetime(2026, 7, 14, 3, 33, 20, tzinfo=UTC)),
        ("mqtt_connected_since", "mqtt_connected_since", 0, None),
        ("mqtt_heard", "mqtt_last_rx", -5, None),
        ("vehicle_updated", "vehicle_state_update", 12, 12),
        ("rfid_failure", "rfid_failure", 1, True),
        ("history_ready", "tsdb_ready", 1, True),
        ("ipv6_address", "ipv6address", "2001:db8::5", "2001:db8::5"),
        ("rfid_tag", "rfid_auth", "04AB", "04AB"),
    ],
)
def test_odd_values_and_other_names(name: str, field: str, value: Json, expected: Value | None) -> None:
    """Each as it is meant."""
    assert read_from({field: value}).get(name) == expected


def test_a_range_in_miles() -> None:
    """The gateway has the unit of its settings, a reading has km."""
    assert read_from({"battery_range": 100}, {"mqtt_vehicle_range_miles": True})["vehicle_range"] == 160.9344
    assert read_from({"batteryRange": 100})["vehicle_range"] == 100


def test_three_phases() -> None:
    """Where the power is not told it is that of all of them."""
    status: JsonObject = {"amp": 16000, "voltage": 230}
    assert read_from(status)["power"] == 3680
    assert read_from(status, {"is_threephase": True})["power"] == 11040


@pytest.mark.parametrize(
    ("status", "connected"),
    [
        ({"evse_connected": 1, "rapi_connected": 1}, True),
        ({"evse_connected": 0, "rapi_connected": 1}, False),
        ({"evse_connected": 1, "rapi_connected": 0}, False),
        ({"rapi_connected": 1}, True),
    ],
)
def test_whether_the_controller_is_heard(status: JsonObject, connected: bool) -> None:
    """It has to be known, and to answer."""
    assert read_from(status)["controller_connected"] is connected


@pytest.mark.parametrize(
    ("code", "source"), [(0, "none"), (1, "tesla"), (2, "mqtt"), (3, "http"), (4, None), ("3", None)]
)
def test_the_source_of_the_cars_data(code: Json, source: str | None) -> None:
    """By its number."""
    assert read_from({}, {"vehicle_data_src": code}).get("vehicle_data_source") == source
