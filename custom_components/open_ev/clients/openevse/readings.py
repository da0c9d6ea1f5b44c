"""The readings of a charger: one row each, with how it is read from the answers of any firmware generation.

One unit each, whatever the firmware writes: A, V, W, Wh for a session, kWh for longer, °C, s. What is absent is None.
"""

from typing import NamedTuple

from ..known import Value
from . import authority, controller, decoding
from .decoding import STATES
from .models import Check, LimitType
from .report import Read, Report, flag, number, text

__all__ = ["FIELDS", "STATES", "Field", "Value", "read"]


class Field(NamedTuple):
    """One reading."""

    name: str
    read: Read


def _status(*names: str, per: float = 1) -> Read:
    """Read a number of /status under the first of its names that is there, so many of which make one of ours."""

    def read(report: Report) -> float | None:
        for name in names:
            if (value := number(report.status, name)) is not None:
                return value if per == 1 else value / per
        return None

    return read


def _flag(name: str) -> Read:
    return lambda report: flag(report.status, name)


def _first(*reads: Read) -> Read:
    def read(report: Report) -> Value | None:
        return next((value for each in reads if (value := each(report)) is not None), None)

    return read


_soft_maximum = decoding.capacity("max_current_soft", lambda capacity: capacity.configured)

FIELDS: tuple[Field, ...] = (
    # The car and the charging
    Field("state", decoding.state),
    Field("fault", decoding.fault),
    Field("vehicle_connected", decoding.vehicle_connected),
    Field("charging", decoding.charging),
    Field("active", decoding.active),
    # Milliamperes in every release, whatever the name says.
    Field("current", _status("amp", per=1000)),
    Field("voltage", decoding.voltage),
    Field("power", decoding.power),
    # 1/100 Hz; D9 controllers only.
    Field("frequency", _status("frequency", per=100)),
    Field("pilot", controller.pilot),
    Field("max_current", _first(_status("max_current"), _soft_maximum)),
    Field("current_min", decoding.capacity("min_current_hard", lambda capacity: capacity.minimum)),
    Field("current_max", decoding.capacity("max_current_hard", lambda capacity: capacity.maximum)),
    Field("current_soft_max", _soft_maximum),
    Field("session_energy", decoding.scaled("session_energy", "wattsec", 3600)),
    Field("session_time", decoding.session_time),
    Field("total_energy", controller.total_energy),
    Field("energy_day", _status("total_day")),
    Field("energy_week", _status("total_week")),
    Field("energy_month", _status("total_month")),
    Field("energy_year", _status("total_year")),
    # Who has the say
    Field("mode", authority.mode),
    Field("manual_override", _flag("manual_override")),
    Field("claim", authority.claim_about("state")),
    Field("claim_current", authority.claim_about("charge_current")),
    Field("limit_set", authority.limit_set),
    Field("limit_type", authority.limit_type),
    Field("limit_value", authority.limit_value),
    Field("limit_energy", authority.LIMITS[LimitType.ENERGY]),
    Field("limit_time", authority.LIMITS[LimitType.TIME]),
    Field("limit_soc", authority.LIMITS[LimitType.SOC]),
    Field("limit_range", authority.LIMITS[LimitType.RANGE]),
    Field("timer_start", authority.timer(0)),
    Field("timer_stop", authority.timer(1)),
    # The sun, the house and the car
    Field("divert_mode", decoding.divert_mode),
    Field("divert_active", _flag("divert_active")),
    Field("solar", _status("solar")),
    Field("grid", _status("grid_ie")),
    Field("divert_rate", _status("charge_rate")),
    Field("divert_updated", _status("divert_update")),
    Field("ohm_hour", decoding.ohm_hour),
    Field("shaper_active", _flag("shaper")),
    Field("shaper_power", _status("shaper_live_pwr")),
    Field("shaper_limit", decoding.shaper_limit),
    Field("shaper_current", decoding.shaper_current),
    Field("shaper_fed", _flag("shaper_updated")),
    Field("home_battery_soc", _status("home_battery_soc")),
    Field("home_battery_power", _status("home_battery_power")),
    Field("vehicle_soc", _status("battery_level", "batteryLevel", "vehicle_soc")),
    Field("vehicle_range", decoding.vehicle_range),
    Field("vehicle_time_to_full", _status("time_to_full_charge", "timeToFullCharge", "vehicle_eta")),
    Field("vehicle_charge_limit", _status("vehicle_charge_limit")),
    Field("vehicle_data_source", decoding.vehicle_source),
    # As `divert_updated`: since the gateway's start where nobody has told it anything.
    Field("vehicle_updated", _status("vehicle_state_update")),
    # Safety
    Field("check_diode", controller.check(Check.DIODE)),
    Field("check_gfci", controller.check(Check.GFCI)),
    Field("check_ground", controller.check(Check.GROUND)),
    Field("check_relay", controller.check(Check.RELAY)),
    Field("check_vent", controller.check(Check.VENT)),
    Field("check_temperature", controller.check(Check.TEMPERATURE)),
    Field("gfci_faults", controller.faults("gfcicount", lambda counters: counters.gfci)),
    Field("no_ground_faults", controller.faults("nogndcount", lambda counters: counters.no_ground)),
    Field("stuck_relay_faults", controller.faults("stuckcount", lambda counters: counters.stuck_relay)),
    Field("relay_switches", _status("total_switches")),
    Field("heartbeat_missed", controller.heartbeat_missed),
    Field("socket_locked", controller.socket_locked),
    Field("service_level", controller.service_level),
    Field("temperature", _first(*map(decoding.temperature, ("temp", "temp1", "temp2", "temp3")))),
    Field("temperature_max", decoding.temperature("temp_max")),
    Field("temperature_clock", decoding.temperature("temp1")),
    Field("temperature_lcd", decoding.temperature("temp2")),
    Field("temperature_infrared", decoding.temperature("temp3")),
    Field("temperature_gateway", decoding.temperature("temp4")),
    # The gateway
    Field("wifi_signal", decoding.wifi_signal),
    Field("network_mode", decoding.network_mode),
    Field("ip_address", lambda report: text(report.status, "ipaddress")),
    Field("ipv6_address", lambda report: text(report.status, "ipv6address")),
    Field("wifi_connected", _flag("wifi_client_connected")),
    Field("ethernet_connected", _flag("eth_connected")),
    Field("uptime", _status("uptime")),
    Field("free_memory", _status("free_heap", "freeram")),
    Field("storage_free", _status("littlefs_free")),
    Field("storage_used", _status("littlefs_used")),
    Field("history_ready", _flag("tsdb_ready")),
    Field("updating", _flag("ota_update")),
    Field("rapi_sent", _status("comm_sent")),
    Field("rapi_ok", _status("comm_success")),
    Field("mqtt_connected", _flag("mqtt_connected")),
    Field("mqtt_connected_since", decoding.moment("mqtt_connected_since")),
    Field("mqtt_heard", decoding.moment("mqtt_last_rx")),
    Field("emoncms_connected", _flag("emoncms_connected")),
    Field("emoncms_sent", _status("packets_sent")),
    Field("emoncms_ok", _status("packets_success")),
    Field("ocpp_connected", _flag("ocpp_connected")),
    Field("controller_connected", decoding.controller_connected),
    Field("lcd_colour", decoding.lcd_colour),
    Field("clock", decoding.clock),
    Field("gateway_version", lambda report: text(report.config, "version")),
    Field("controller_version", controller.controller_version),
    Field("rfid_failure", _flag("rfid_failure")),
    # Secret: it opens the charger. For events, which name no tag; never for a state.
    Field("rfid_tag", lambda report: text(report.status, "rfid_auth")),
)


def read(report: Report) -> dict[str, Value]:
    """Read all that is there."""
    readings: dict[str, Value] = {}
    for name, read_field in FIELDS:
        value = read_field(report)
        if value is not None:
            readings[name] = value
    return readings
