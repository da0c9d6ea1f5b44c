"""The settings of /config that a gateway keeps: which releases have them, and what they are in a new one.

What /config tells of the controller beside them is the gateway's to read.
"""

from typing import Final

from .claims import Json
from .generations import NEWEST, Release

DUMMY: Final = "_DUMMY_PASSWORD"
"""Shown in place of a secret that is set; sent back, it keeps the secret."""
SECRETS: Final = frozenset(
    {
        "pass",
        "ap_pass",
        "www_password",
        "emoncms_apikey",
        "mqtt_pass",
        "server_secret",
        "ocpp_authkey",
        "tesla_password",
    }
)
FACTORY: Final = frozenset({"max_current_hard"})
"""Locked from 5.1 on: POST answers 423."""
CHECKS: Final = {
    "diode_check": ("diodet", "D"),
    "gfci_check": ("gfcit", "F"),
    "ground_check": ("groundt", "G"),
    "relay_check": ("relayt", "R"),
    "vent_check": ("ventt", "V"),
    "temp_check": ("tempt", "T"),
}
"""The check's name where true is enabled (from 4.1.2), its name where 1 is disabled (before), its letter in `$FF`."""

_NEVER: Final = 18_446_744_073_709_551_615
"""A date of nothing: all bits set."""
_BEFORE_NEWEST: Final[Release] = (5, 1, 5)

_STORED: Final[tuple[tuple[Release, Release, dict[str, Json]], ...]] = (
    # first and last release that has them
    (
        (2, 0, 0),
        NEWEST,
        {
            "espflash": 4_194_304,
            "ssid": "Home",
            "pass": "secret",
            "www_username": "",
            "www_password": "",
            "emoncms_enabled": False,
            "emoncms_server": "https://data.openevse.com/emoncms",
            "emoncms_node": "openevse",
            "emoncms_apikey": "",
            "emoncms_fingerprint": "",
            "mqtt_enabled": False,
            "mqtt_server": "",
            "mqtt_topic": "openevse",
            "mqtt_user": "",
            "mqtt_pass": "",
            "mqtt_solar": "",
            "mqtt_grid_ie": "",
            "ohm_enabled": False,
        },
    ),
    (
        (2, 9, 0),
        NEWEST,
        {
            "hostname": "openevse",
            "mqtt_port": 1883,
            "mqtt_vrms": "",
            "mqtt_announce_topic": "openevse/announce/ee01",
            "ohm": "",
            "divert_enabled": False,
            "divert_min_charge_time": 600,
            "charge_mode": "fast",
            "flags": 3,
        },
    ),
    ((2, 9, 0), (4, 2, 2), {"divert_attack_smoothing_factor": 0.4, "divert_decay_smoothing_factor": 0.05}),
    ((3, 1, 0), NEWEST, {"sntp_enabled": True, "sntp_hostname": "pool.ntp.org", "time_zone": "Etc/UTC|UTC0"}),
    ((3, 2, 0), NEWEST, {"divert_PV_ratio": 1.1, "tesla_enabled": False}),
    ((3, 2, 0), (4, 1, 4), {"tesla_username": "", "tesla_password": "", "tesla_vehidx": -1}),
    ((3, 3, 2), NEWEST, {"pause_uses_disabled": False}),
    (
        (4, 0, 0),
        NEWEST,
        {
            "mqtt_supported_protocols": ["mqtt", "mqtts"],
            "http_supported_protocols": ["http"],
            "mqtt_protocol": "mqtt",
            "mqtt_reject_unauthorized": True,
        },
    ),
    ((4, 0, 1), _BEFORE_NEWEST, {"led_brightness": 128}),
    ((4, 1, 2), NEWEST, {"espinfo": "ESP32r1 2 core WiFi BLE BT"}),
    (
        (4, 1, 5),
        NEWEST,
        {
            "mqtt_live_pwr": "",
            "mqtt_vehicle_soc": "",
            "mqtt_vehicle_range": "",
            "mqtt_vehicle_eta": "",
            "mqtt_vehicle_range_miles": False,
            "ocpp_enabled": False,
            "ocpp_server": "",
            "ocpp_chargeBoxId": "",
            "ocpp_authkey": "",
            "ocpp_idtag": "DefaultIdTag",
            "ocpp_auth_auto": True,
            "ocpp_auth_offline": True,
            "ocpp_suspend_evse": False,
            "ocpp_energize_plug": False,
            "tesla_access_token": "",
            "tesla_refresh_token": "",
            "tesla_created_at": _NEVER,
            "tesla_expires_in": _NEVER,
            "tesla_vehicle_id": "",
            "rfid_enabled": False,
            "rfid_storage": "",
            "current_shaper_enabled": False,
            "current_shaper_max_pwr": 0,
            "scheduler_start_window": 600,
        },
    ),
    (
        (4, 1, 9),
        NEWEST,
        {
            "limit_default_type": "",
            "limit_default_value": 0,
            "divert_type": 1,
            "is_threephase": False,
            "default_state": True,
            "wizard_passed": True,
            "mqtt_retained": False,
        },
    ),
    (
        (5, 0, 1),
        NEWEST,
        {
            "ap_ssid": "",
            "ap_pass": "",
            "lang": "en",
            "www_certificate_id": "",
            "mqtt_certificate_id": "",
            "vehicle_data_src": 0,
            "divert_attack_smoothing_time": 20,
            "divert_decay_smoothing_time": 600,
            "current_shaper_smoothing_time": 60,
            "current_shaper_min_pause_time": 300,
            "current_shaper_data_maxinterval": 120,
        },
    ),
    ((5, 1, 0), NEWEST, {"factory_write_lock": True, "flags_changed": 0}),
    (
        NEWEST,
        NEWEST,
        {
            "heap_size": 300_000,
            "littlefs_size": 1_500_000,
            "littlefs_used": 100_000,
            "app0_size": 0,
            "sketch_size": 1,
            "partition_scheme": "unknown",
            "can_expand_16mb": False,
            "boot_lock": True,
            "overcurrent_monitor": True,
            "voltage": 0,
            "server_secret": "secret",
            "www_http_port": 80,
            "www_https_port": 443,
            "temp_unit": "c",
            "lcd_backlight_timeout": 0,
            "lcd_network_info": True,
            "mqtt_vehicle_charge_limit": "",
            "mqtt_home_battery_soc": "",
            "mqtt_home_battery_power": "",
            "temp_throttle_enabled": True,
            "temp_throttle_setpoint": 65,
            "over_temp_shutdown": 72,
        },
    ),
)


def factory_settings(release: Release) -> dict[str, Json]:
    """Make what a new gateway of a release keeps."""
    return {
        name: value for first, last, settings in _STORED if first <= release <= last for name, value in settings.items()
    }
