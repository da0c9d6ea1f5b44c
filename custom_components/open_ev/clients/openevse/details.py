"""What a charger tells that no entity shows: for diagnostics, and for scripts.

One rule says what is a detail: how the charger is set, texts and codes for experts, what cannot be otherwise while it answers, and
what only its websocket tells, in passing. A number, a yes or no, or a moment that changes while a charger is watched is a reading
(readings.py). What is private is neither: names of networks and accounts, serial numbers, tags.

Details are read when somebody asks for them, and not with each look.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ..known import Value
from .controller import calibration
from .decoding import state_flags
from .rapi_results import Calibration, StateFlags
from .report import JsonObject, Read, Report, flag, number, text, whole

_DIVERT_SOURCES: Final = {-1: "unset", 0: "solar", 1: "grid"}

HEARD_ONLY: Final = frozenset(
    {
        "available_current",
        "smoothed_available_current",
        "trigger_current",
        "min_charge_end",
        "shaper_max_pwr",
        "shaper_smoothed_live_pwr",
        "mqtt_close_code",
        "ota",
        "ota_progress",
    }
)
"""Fields that the websocket tells, and /status does not."""


def details(report: Report) -> dict[str, Value]:
    """Read all that are there, in the units of readings: A, V, W, °C, s, bytes, %."""
    found = ((name, read(report)) for name, read in DETAILS.items())
    return {name: value for name, value in found if value is not None}


def _status(report: Report) -> JsonObject:
    return report.status


def _config(report: Report) -> JsonObject:
    return report.config


def _heard(report: Report) -> JsonObject:
    return report.heard


def _number(of: Callable[[Report], JsonObject], name: str) -> Read:
    return lambda report: number(of(report), name)


def _flag(of: Callable[[Report], JsonObject], name: str) -> Read:
    return lambda report: flag(of(report), name)


def _text(of: Callable[[Report], JsonObject], name: str) -> Read:
    return lambda report: text(of(report), name)


def _rapi_version(report: Report) -> str | None:
    """The version of RAPI, in whose place /config has a dash from 4.1.2 on."""
    told, asked = text(report.config, "protocol"), report.controller.version
    if told in {None, "-"}:
        return None if asked is None else asked.protocol
    return told


def _set_voltage(report: Report) -> float | None:
    """V that power is computed with, told in 1/100; 0 is not set."""
    hundredths = number(report.config, "voltage")
    return hundredths / 100 if hundredths else None


def _calibration(part: Callable[[Calibration], int]) -> Read:
    def read(report: Report) -> int | None:
        told = calibration(report)
        return None if told is None else part(told)

    return read


def _divert_source(report: Report) -> str | None:
    told = number(report.config, "divert_type")
    return None if told is None else _DIVERT_SOURCES.get(int(told))


def _controller_flags(report: Report) -> str | None:
    """What else the controller knows, by the names of its flags; gateways hand them on from 4.1.2 on."""
    known, told = state_flags(report), whole(report.status, "flags")
    if known is None and told is not None:
        known = StateFlags(told & 0xFFFF)
    return None if known is None else ", ".join(str(each.name).lower() for each in known)


# Yes or no in /config, under their own names.
_SWITCHED: Final = (
    "boot_lock",
    "current_shaper_enabled",
    "d9_support",
    "default_state",
    "divert_enabled",
    "emoncms_enabled",
    "factory_write_lock",
    "front_button",
    "is_threephase",
    "lcd_network_info",
    "mqtt_enabled",
    "mqtt_reject_unauthorized",
    "mqtt_retained",
    "mqtt_vehicle_range_miles",
    "ocpp_auth_auto",
    "ocpp_auth_offline",
    "ocpp_enabled",
    "ocpp_energize_plug",
    "ocpp_suspend_evse",
    "ohm_enabled",
    "overcurrent_monitor",
    "pause_uses_disabled",
    "pp_auto",
    "relay_ac",
    "relay_dc1",
    "relay_dc2",
    "rfid_enabled",
    "sntp_enabled",
    "temp_throttle_enabled",
    "tesla_enabled",
    "wizard_passed",
    "zero_cross",
)

DETAILS: Final[Mapping[str, Read]] = MappingProxyType(
    {
        # How it is set
        **{name: _flag(_config, name) for name in _SWITCHED},
        "build": _text(_config, "buildenv"),
        "chip": _text(_config, "espinfo"),
        "flash_size": _number(_config, "espflash"),
        "rapi_version": _rapi_version,
        "ammeter_scale": _calibration(lambda told: told.scale),
        "ammeter_offset": _calibration(lambda told: told.offset),
        "voltage_set": _set_voltage,
        "heartbeat_interval": _number(_config, "heartbeat_interval"),
        "heartbeat_current": _number(_config, "heartbeat_current"),
        "throttle_temperature": _number(_config, "temp_throttle_setpoint"),
        "shutdown_temperature": _number(_config, "over_temp_shutdown"),
        "charge_mode": _text(_config, "charge_mode"),
        "divert_source": _divert_source,
        "divert_ratio": _number(_config, "divert_PV_ratio"),
        "divert_attack_factor": _number(_config, "divert_attack_smoothing_factor"),
        "divert_decay_factor": _number(_config, "divert_decay_smoothing_factor"),
        "divert_attack_time": _number(_config, "divert_attack_smoothing_time"),
        "divert_decay_time": _number(_config, "divert_decay_smoothing_time"),
        "divert_shortest_charge": _number(_config, "divert_min_charge_time"),
        "shaper_smoothing_time": _number(_config, "current_shaper_smoothing_time"),
        "shaper_shortest_pause": _number(_config, "current_shaper_min_pause_time"),
        "shaper_longest_silence": _number(_config, "current_shaper_data_maxinterval"),
        "start_window": _number(_config, "scheduler_start_window"),
        "limit_default_type": _text(_config, "limit_default_type"),
        "limit_default_value": _number(_config, "limit_default_value"),
        "led_brightness": _number(_config, "led_brightness"),
        "lcd_backlight_timeout": _number(_config, "lcd_backlight_timeout"),
        # Texts and codes for experts, and what is so wherever an answer comes from
        "controller_flags": _controller_flags,
        "network_connected": _flag(_status, "net_connected"),
        "mqtt_status": _text(_status, "mqtt_status"),
        "mqtt_broker_version": _text(_status, "mqtt_broker_version"),
        "mqtt_error": _text(_status, "mqtt_error"),
        "mqtt_error_code": _number(_status, "mqtt_error"),
        "history_error": _number(_status, "tsdb_err"),
        "rfid_reader": _number(_status, "rfid_reader"),
        "tesla_vehicles": _number(_status, "tesla_vehicle_count"),
        # What is told in passing
        "divert_current_available": _number(_heard, "available_current"),
        "divert_current_smoothed": _number(_heard, "smoothed_available_current"),
        "divert_current_trigger": _number(_heard, "trigger_current"),
        "divert_charge_remaining": _number(_heard, "min_charge_end"),
        "shaper_power_smoothed": _number(_heard, "shaper_smoothed_live_pwr"),
        "mqtt_close_code": _number(_heard, "mqtt_close_code"),
        "update_state": _text(_heard, "ota"),
        "update_progress": _number(_heard, "ota_progress"),
    }
)
