"""The sensors of a charger."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfInformation, UnitOfPower, UnitOfTime

from ...clients.openevse.charger import Charger
from ...clients.openevse.models import CLIENTS, Ability, DivertMode, ServiceLevel, VehicleSource
from ...clients.openevse.readings import STATES
from ...clients.openevse.why import Why
from .. import SensorRow
from .reading_rows import (
    BATTERY_LEVEL,
    CHARGE_POWER,
    COUNTER,
    CURRENT,
    DISTANCE,
    DURATION,
    ENERGY,
    FREQUENCY,
    MEMORY,
    PERCENT,
    POWER,
    SESSION_ENERGY,
    SESSION_TIME,
    SIGNAL,
    TEMPERATURE,
    TIME_LEFT,
    VOLTAGE,
    WHOLE_CURRENT,
    choice,
    moment,
    moment_of,
    quantity,
    text,
)

NETWORK_MODES: Final = ("sta", "ap", "sta_ap", "wired")


def diverts(charger: Charger) -> bool:
    """Whether this charger follows the sun, or is at least told of it, so that what it knows of it is worth showing."""
    return charger.text("divert_mode") == DivertMode.ECO or any(map(charger.number, ("solar", "grid")))


def shapes(charger: Charger) -> bool:
    """Whether this charger looks after the load of the house."""
    return charger.flag("shaper_active") is True


def _is_told_of_vehicle(charger: Charger) -> bool:
    return charger.knows(("vehicle_soc",))


def _restarted(charger: Charger) -> datetime | None:
    """The moment the gateway started, on its own clock: both numbers are of the same answer."""
    clock, seconds = moment_of("clock")(charger), charger.number("uptime")
    return None if clock is None or seconds is None else clock - timedelta(seconds=seconds)


CHARGING_SENSORS: tuple[SensorRow[Charger], ...] = (
    choice("state", "state", STATES.values(), is_open=True, enabled=True),
    choice("why", "why", Why, enabled=True),
    quantity("charge_current", "current", CURRENT, enabled=True),
    quantity("voltage", "voltage", VOLTAGE, enabled=True),
    quantity("frequency", "frequency", FREQUENCY, diagnostic=True),
    quantity("charge_power", "power", CHARGE_POWER, shown_in=UnitOfPower.KILO_WATT, enabled=True),
    # The number shows it too; this one has statistics.
    quantity("advertised_current", "pilot", WHOLE_CURRENT),
    quantity("maximum_current", "max_current", WHOLE_CURRENT),
    quantity("session_energy", "session_energy", SESSION_ENERGY, shown_in=UnitOfEnergy.KILO_WATT_HOUR, enabled=True),
    quantity("session_time", "session_time", SESSION_TIME, shown_in=UnitOfTime.MINUTES, enabled=True),
    quantity("total_energy", "total_energy", ENERGY, enabled=True),
    quantity("energy_day", "energy_day", ENERGY),
    quantity("energy_week", "energy_week", ENERGY),
    quantity("energy_month", "energy_month", ENERGY),
    quantity("energy_year", "energy_year", ENERGY),
    choice("controlled_by", "claim", CLIENTS),
)

SURROUNDINGS_SENSORS: tuple[SensorRow[Charger], ...] = (
    quantity("solar_power", "solar", POWER, enabled_fn=diverts),
    quantity("grid_power", "grid", POWER, enabled_fn=diverts),
    quantity("divert_current", "divert_rate", CURRENT, enabled_fn=diverts),
    quantity("divert_data_age", "divert_updated", DURATION, diagnostic=True),
    quantity("vehicle_data_age", "vehicle_updated", DURATION, diagnostic=True),
    quantity("shaper_power", "shaper_power", POWER, enabled_fn=shapes),
    quantity("shaper_power_limit", "shaper_limit", POWER),
    quantity("shaper_current", "shaper_current", CURRENT),
    quantity("vehicle_charge_limit", "vehicle_charge_limit", PERCENT),
    choice("vehicle_data_source", "vehicle_data_source", VehicleSource, diagnostic=True),
    quantity("home_battery_state_of_charge", "home_battery_soc", BATTERY_LEVEL),
    quantity("home_battery_power", "home_battery_power", POWER),
)

# Who has told the charger of the car already will want to see it.
VEHICLE_SENSORS: tuple[SensorRow[Charger], ...] = (
    quantity("vehicle_state_of_charge", "vehicle_soc", BATTERY_LEVEL, enabled_fn=_is_told_of_vehicle),
    quantity("vehicle_range", "vehicle_range", DISTANCE, enabled_fn=_is_told_of_vehicle),
    quantity(
        "vehicle_time_to_full",
        "vehicle_time_to_full",
        TIME_LEFT,
        shown_in=UnitOfTime.HOURS,
        enabled_fn=_is_told_of_vehicle,
    ),
)

CONTROLLER_SENSORS: tuple[SensorRow[Charger], ...] = (
    quantity("temperature", "temperature", TEMPERATURE, enabled=True),
    quantity("temperature_highest", "temperature_max", TEMPERATURE, diagnostic=True),
    quantity("temperature_clock", "temperature_clock", TEMPERATURE, diagnostic=True),
    quantity("temperature_display", "temperature_lcd", TEMPERATURE, diagnostic=True),
    quantity("temperature_infrared", "temperature_infrared", TEMPERATURE, diagnostic=True),
    quantity("temperature_gateway", "temperature_gateway", TEMPERATURE, diagnostic=True),
    quantity("gfci_faults", "gfci_faults", COUNTER, diagnostic=True),
    quantity("no_ground_faults", "no_ground_faults", COUNTER, diagnostic=True),
    quantity("stuck_relay_faults", "stuck_relay_faults", COUNTER, diagnostic=True),
    quantity("relay_operations", "relay_switches", COUNTER, diagnostic=True),
    quantity("current_rating_minimum", "current_min", WHOLE_CURRENT, diagnostic=True),
    quantity("current_rating_maximum", "current_max", WHOLE_CURRENT, diagnostic=True),
    quantity("current_configured_maximum", "current_soft_max", WHOLE_CURRENT, diagnostic=True),
    # Where it can be chosen, the select shows it.
    choice(
        "service_level",
        "service_level",
        ServiceLevel,
        diagnostic=True,
        exists_fn=lambda charger: not charger.can(Ability.SERVICE_LEVEL),
    ),
    text("controller_firmware", "controller_version", diagnostic=True),
)

GATEWAY_SENSORS: tuple[SensorRow[Charger], ...] = (
    quantity("wifi_signal", "wifi_signal", SIGNAL, diagnostic=True),
    choice("network_mode", "network_mode", NETWORK_MODES, is_open=True, diagnostic=True),
    text("ip_address", "ip_address", diagnostic=True),
    text("ipv6_address", "ipv6_address", diagnostic=True),
    text("gateway_firmware", "gateway_version", diagnostic=True),
    SensorRow(
        key="gateway_restarted",
        listens=("uptime", "clock"),
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_restarted,
    ),
    moment("clock", "clock", diagnostic=True),
    moment("mqtt_connected_since", "mqtt_connected_since", diagnostic=True),
    moment("mqtt_heard", "mqtt_heard", diagnostic=True),
    quantity("gateway_free_memory", "free_memory", MEMORY, shown_in=UnitOfInformation.KIBIBYTES, diagnostic=True),
    quantity("gateway_storage_free", "storage_free", MEMORY, shown_in=UnitOfInformation.KIBIBYTES, diagnostic=True),
    quantity("gateway_storage_used", "storage_used", MEMORY, shown_in=UnitOfInformation.KIBIBYTES, diagnostic=True),
    quantity("emoncms_packets_sent", "emoncms_sent", COUNTER, diagnostic=True),
    quantity("emoncms_packets_accepted", "emoncms_ok", COUNTER, diagnostic=True),
    quantity("rapi_commands_sent", "rapi_sent", COUNTER, diagnostic=True),
    quantity("rapi_commands_answered", "rapi_ok", COUNTER, diagnostic=True),
)

SENSORS: tuple[SensorRow[Charger], ...] = (
    *CHARGING_SENSORS,
    *SURROUNDINGS_SENSORS,
    *VEHICLE_SENSORS,
    *CONTROLLER_SENSORS,
    *GATEWAY_SENSORS,
)
