"""How the readings that are more than one number are read from the answers of any firmware generation."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from .controller import is_old_controller
from .models import DivertMode, LcdColour, VehicleSource
from .rapi_results import Capacity, StateFlags
from .report import Read, Report, flag, number, text, whole

# Codes of the controller's state.
STATES: Mapping[int, str] = {
    0: "starting",
    1: "not_connected",
    2: "connected",
    3: "charging",
    4: "vent_required",
    5: "diode_check_failed",
    6: "gfci_fault",
    7: "no_ground",
    8: "stuck_relay",
    9: "gfci_self_test_failed",
    10: "over_temperature",
    11: "over_current",
    14: "relay_closure_fault",
    15: "pp_shorted",
    16: "pp_missing",
    17: "eeprom_failure",
    254: "sleeping",
    255: "disabled",
}
_STARTING, _CHARGING, _FIRST_FAULT, _SLEEPING, _DISABLED = 0, 3, 4, 254, 255
_HAS_VEHICLE = {1: False, 2: True, 3: True, 4: True}

# What stands for a sensor that is not there, in 1/10 °C; firmwares from 2.8 on write `false`.
_NO_SENSOR = -2560
# Controllers up to 4.5 tell these of a display without a sensor, and of an infrared sensor that is not there.
_NO_SENSOR_OF_OLD = {"temp2": (0,), "temp3": (0, 230)}

_NO_SHAPED_CURRENT = 255
_FIRST_YEAR = 1970
_KM_PER_MILE = 1.609344
_VEHICLE_SOURCES = {0: VehicleSource.NONE, 1: VehicleSource.TESLA, 2: VehicleSource.MQTT, 3: VehicleSource.HTTP}


# The state


def state_code(report: Report) -> int | None:
    """The code of the state.

    Gateways up to 2.8 read the hexadecimal state of newer controllers as a decimal one, so that sleeping becomes 0. The
    controller itself is believed where it was asked, and a 0 is not believed where it was not.
    """
    if report.controller.state is not None:
        return report.controller.state.state
    code = whole(report.status, "state")
    return None if code == _STARTING and not report.has_manager else code


def is_off(report: Report) -> bool | None:
    """Whether the controller sleeps or is disabled."""
    code = state_code(report)
    return None if code is None else code in {_SLEEPING, _DISABLED}


def is_disabled(report: Report) -> bool:
    """Whether the controller is disabled, in which no timer meddles."""
    return state_code(report) == _DISABLED


def state_flags(report: Report) -> StateFlags | None:
    """What else the controller knows; it tells from firmware 6 on."""
    return None if report.controller.state is None else report.controller.state.flags


def state(report: Report) -> str | None:
    """Name the state."""
    code = state_code(report)
    return None if code is None else STATES.get(code, f"unknown_{code}")


def fault(report: Report) -> bool | None:
    """Whether the state is a fault; what is added between those that are known and sleeping is another one."""
    code = state_code(report)
    return None if code is None else _FIRST_FAULT <= code < _SLEEPING


def charging(report: Report) -> bool | None:
    """Whether the relay is closed for a car."""
    code = state_code(report)
    return None if code is None else code == _CHARGING


def vehicle_connected(report: Report) -> bool | None:
    """Whether a car is plugged in, which the states of sleeping, being disabled and faults do not tell."""
    told = flag(report.status, "vehicle")
    if told is not None:
        return told
    code = state_code(report)
    flags = state_flags(report)
    if flags is not None and code != _DISABLED:
        return StateFlags.VEHICLE_CONNECTED in flags
    if report.controller.vehicle is not None:
        return report.controller.vehicle.connected
    return None if code is None else _HAS_VEHICLE.get(code)


def active(report: Report) -> bool | None:
    """What the manager wants; a controller without a manager is active unless it is off."""
    told = text(report.status, "status")
    if told is not None:
        return {"active": True, "disabled": False}.get(told)
    off = is_off(report)
    return None if off is None else not off


# Measurements


def voltage(report: Report) -> float | None:
    """V; gateways up to 2.8 do not tell, and their controllers do from 7.0 on."""
    told = number(report.status, "voltage")
    if told is not None or report.controller.measurement is None:
        return told
    return report.controller.measurement.voltage


def power(report: Report) -> float | None:
    """W; computed up to 4.1.7."""
    told = number(report.status, "power")
    if told is not None:
        return told
    current, volts = number(report.status, "amp"), voltage(report)
    if current is None or volts is None:
        return None
    return round(current / 1000 * volts * (3 if flag(report.config, "is_threephase") else 1), 1)


def capacity(name: str, of: Callable[[Capacity], float | None]) -> Read:
    """Read a bound of the current in A: of /config, or up to 4.1.1, where it is not there, of what the controller says."""

    def read(report: Report) -> float | None:
        told = number(report.config, name)
        if told is not None or report.controller.capacity is None:
            return told
        return of(report.controller.capacity)

    return read


def scaled(name: str, old_name: str, old_per: float) -> Read:
    """Read a number of /status; where it is not there, an older one, so many of which make one of it."""

    def read(report: Report) -> float | None:
        told = number(report.status, name)
        if told is not None:
            return told
        old = number(report.status, old_name)
        return None if old is None else old / old_per

    return read


def session_time(report: Report) -> float | None:
    """Seconds; the controller's own come soonest where it is asked."""
    for name in ("session_elapsed", "elapsed"):
        if (told := number(report.status, name)) is not None:
            return told
    return None if report.controller.state is None else report.controller.state.elapsed


def temperature(name: str) -> Read:
    """Read a temperature in 1/10 °C."""

    def read(report: Report) -> float | None:
        tenths = number(report.status, name)
        if tenths is None or tenths <= _NO_SENSOR:
            return None
        if tenths in _NO_SENSOR_OF_OLD.get(name, ()) and is_old_controller(report):
            return None
        return tenths / 10

    return read


def divert_mode(report: Report) -> str | None:
    """Eco is eco; normal is off where diverting is switched off."""
    code = whole(report.status, "divertmode")
    if code == 0 or (code == 1 and flag(report.config, "divert_enabled") is False):
        return DivertMode.OFF
    return None if code is None else {1: DivertMode.FAST, 2: DivertMode.ECO}.get(code)


def shaper_limit(report: Report) -> float | None:
    """W."""
    told = number(report.config, "current_shaper_max_pwr")
    return number(report.status, "shaper_max_pwr") if told is None else told


def shaper_current(report: Report) -> float | None:
    """A."""
    told = number(report.status, "shaper_cur")
    return None if told == _NO_SHAPED_CURRENT else told


def ohm_hour(report: Report) -> bool | None:
    """Whether OhmConnect asks to save energy now; the firmware has words for that, and for not knowing."""
    return {"True": True, "False": False}.get(text(report.status, "ohm_hour") or "")


def vehicle_source(report: Report) -> str | None:
    """Where the gateway takes the car's data from."""
    code = whole(report.config, "vehicle_data_src")
    return None if code is None else _VEHICLE_SOURCES.get(code)


def km_per_unit(report: Report) -> float:
    """How many km are one of the gateway's own units of distance."""
    return _KM_PER_MILE if flag(report.config, "mqtt_vehicle_range_miles") else 1


def vehicle_range(report: Report) -> float | None:
    """How far the car says it can go, in km."""
    for name in ("battery_range", "batteryRange", "vehicle_range"):
        if (told := number(report.status, name)) is not None:
            return told * km_per_unit(report)
    return None


# The gateway


def controller_connected(report: Report) -> bool | None:
    """Whether the gateway hears its controller; up to 2.8 it does not tell, and then whether the controller answered."""
    told = [flag(report.status, name) for name in ("evse_connected", "rapi_connected")]
    known = [each for each in told if each is not None]
    return all(known) if known else report.controller.state is not None


def moment(name: str) -> Read:
    """Read a moment that /status tells in seconds since 1970; 0 is never."""

    def read(report: Report) -> datetime | None:
        seconds = number(report.status, name)
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None and seconds > 0 else None

    return read


def lcd_colour(report: Report) -> str | None:
    """The colour of the display."""
    code = whole(report.status, "colour")
    return LcdColour(code).slug if code is not None and code in LcdColour else None


def wifi_signal(report: Report) -> float | None:
    """The strength in dBm. Nothing is as strong as 0 dBm: that is a charger on a cable."""
    told = number(report.status, "srssi")
    return told if told is not None and told < 0 else None


def network_mode(report: Report) -> str | None:
    """A slug: `sta`, `ap`, `sta_ap` or `wired`."""
    told = text(report.status, "mode")
    return None if told is None else told.lower().replace("+", "_")


def controller_clock(report: Report) -> datetime | None:
    """What the controller's own clock shows, without a zone."""
    return None if report.controller.clock is None else report.controller.clock.moment


def clock(report: Report) -> datetime | None:
    """The clock that timers go by: the gateway's from 4.0 on; up to 3.x the controller's, which does not tell its zone."""
    shown = controller_clock(report)
    if shown is not None:
        return shown.replace(tzinfo=report.zone)
    told = text(report.status, "time")
    try:
        moment = datetime.fromisoformat(told or "")
        # Only what has a zone, and is not before the time that computers have.
        return moment.astimezone(UTC) if moment.tzinfo is not None and moment.year >= _FIRST_YEAR else None
    except ValueError, OverflowError:
        return None
