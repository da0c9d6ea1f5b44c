"""Why a charger is charging, or is not."""

from enum import StrEnum

from ..known import Readings
from .models import NOBODY, OWN


class Why(StrEnum):
    """The reason, the most basic one first: a charger without a car is not charging for want of a car."""

    CHARGING = "charging"
    STARTING = "starting"
    # A fault by the name of its state; one that a firmware to come may add has none.
    VENT_REQUIRED = "vent_required"
    DIODE_CHECK_FAILED = "diode_check_failed"
    GFCI_FAULT = "gfci_fault"
    NO_GROUND = "no_ground"
    STUCK_RELAY = "stuck_relay"
    GFCI_SELF_TEST_FAILED = "gfci_self_test_failed"
    OVER_TEMPERATURE = "over_temperature"
    OVER_CURRENT = "over_current"
    RELAY_CLOSURE_FAULT = "relay_closure_fault"
    PP_SHORTED = "pp_shorted"
    PP_MISSING = "pp_missing"
    EEPROM_FAILURE = "eeprom_failure"
    FAULT = "fault"
    NO_VEHICLE = "no_vehicle"
    VEHICLE_FULL = "vehicle_full"
    VEHICLE_NOT_ASKING = "vehicle_not_asking"
    BY_HOME_ASSISTANT = "by_home_assistant"
    BY_OVERRIDE = "by_override"
    BY_SCHEDULE = "by_schedule"
    BY_LIMIT = "by_limit"
    BY_DIVERT = "by_divert"
    BY_SHAPER = "by_shaper"
    BY_OCPP = "by_ocpp"
    BY_RFID = "by_rfid"
    BY_MQTT = "by_mqtt"
    BY_OHM = "by_ohm"
    BY_TEMPERATURE = "by_temperature"
    BY_LOAD_SHARING = "by_load_sharing"
    BY_DEFAULT = "by_default"
    BY_OTHER = "by_other"


# Who paused it. A boost only ever starts, and an error is a fault already.
_BY = {
    OWN: Why.BY_HOME_ASSISTANT,
    "manual": Why.BY_OVERRIDE,
    "schedule": Why.BY_SCHEDULE,
    "limit": Why.BY_LIMIT,
    "divert": Why.BY_DIVERT,
    "shaper": Why.BY_SHAPER,
    "ocpp": Why.BY_OCPP,
    "rfid": Why.BY_RFID,
    "mqtt": Why.BY_MQTT,
    "ohm": Why.BY_OHM,
    "temperature": Why.BY_TEMPERATURE,
    "load_sharing": Why.BY_LOAD_SHARING,
    NOBODY: Why.BY_DEFAULT,
}


def why(readings: Readings, claim: str | None, *, charged: bool | None) -> Why | None:
    """Say why it is, or is not, charging; None while the state is not known.

    `claim` is a slug of who has the say about charging. `charged` is whether the connected car has been charged since it
    was plugged in, None where that was not seen: then a session with energy in it is one that has charged.
    """
    state = readings.get("state")
    if state is None:
        return None
    if state in {Why.CHARGING, Why.STARTING}:
        return Why(str(state))
    if readings.get("fault"):
        return Why(str(state)) if state in Why else Why.FAULT
    if readings.get("vehicle_connected") is False:
        return Why.NO_VEHICLE
    if readings.get("active") is False:
        return Why.BY_OTHER if claim is None else _BY.get(claim, Why.BY_OTHER)
    energy = readings.get("session_energy", 0)
    if charged or (charged is None and isinstance(energy, int | float) and energy > 0):
        return Why.VEHICLE_FULL
    return Why.VEHICLE_NOT_ASKING
