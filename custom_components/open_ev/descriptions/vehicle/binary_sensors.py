"""The binary sensors of a vehicle."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ...clients.ovms.vehicle import Aspect, Vehicle
from ...clients.ovms.vehicle_types import Support
from .. import BinarySensorRow
from .controls import can_lock
from .metric_rows import flag, numbers


def _unlocked(vehicle: Vehicle) -> bool | None:
    """Home Assistant's binary lock is on when it is open; what was not read is neither."""
    locked = vehicle.flag("v.e.locked")
    return None if locked is None else not locked


def _any_tyre_alert(vehicle: Vehicle) -> bool | None:
    levels = numbers(vehicle, "v.t.alert")
    return any(level > 0 for level in levels) if levels else None


OPENINGS: tuple[BinarySensorRow[Vehicle], ...] = (
    flag("door_front_left", "v.d.fl", BinarySensorDeviceClass.DOOR, enabled=True),
    flag("door_front_right", "v.d.fr", BinarySensorDeviceClass.DOOR, enabled=True),
    flag("door_rear_left", "v.d.rl", BinarySensorDeviceClass.DOOR, enabled=True),
    flag("door_rear_right", "v.d.rr", BinarySensorDeviceClass.DOOR, enabled=True),
    flag("hood", "v.d.hood", BinarySensorDeviceClass.OPENING, enabled=True),
    flag("trunk", "v.d.trunk", BinarySensorDeviceClass.OPENING, enabled=True),
    flag("charge_port", "v.d.cp", BinarySensorDeviceClass.OPENING, enabled=True),
    BinarySensorRow(
        key="doors",
        listens=("v.e.locked",),
        device_class=BinarySensorDeviceClass.LOCK,
        exists_fn=lambda vehicle: not can_lock(vehicle),
        value_fn=_unlocked,
    ),
    flag("valet_mode", "v.e.valet"),
    flag("alarm", "v.e.alarm", BinarySensorDeviceClass.SAFETY),
)

CHARGING: tuple[BinarySensorRow[Vehicle], ...] = (
    flag("plugged_in", "v.c.pilot", BinarySensorDeviceClass.PLUG, enabled=True),
    # Beside the switch, because Home Assistant's triggers for batteries look at this class.
    flag("charging", "v.c.charging", BinarySensorDeviceClass.BATTERY_CHARGING, enabled=True),
    flag("charge_timer", "v.c.timermode"),
    flag("generator_connected", "v.g.pilot", BinarySensorDeviceClass.PLUG),
    flag("generating", "v.g.generating", BinarySensorDeviceClass.RUNNING),
    flag("generator_timer", "v.g.timermode"),
    flag("battery_12v_charging", "v.e.charging12v", BinarySensorDeviceClass.BATTERY_CHARGING),
    # Not of the class "battery", which would offer it as the level of the car's own battery.
    flag("battery_12v_alert", "v.b.12v.voltage.alert", BinarySensorDeviceClass.PROBLEM, enabled=True),
)

DRIVING: tuple[BinarySensorRow[Vehicle], ...] = (
    flag("ignition", "v.e.on", BinarySensorDeviceClass.POWER, enabled=True),
    flag("awake", "v.e.awake"),
    flag("auxiliary_power", "v.e.aux12v", BinarySensorDeviceClass.POWER, diagnostic=True),
    flag("handbrake", "v.e.handbrake"),
    flag("regenerative_braking", "v.e.regenbrake", BinarySensorDeviceClass.RUNNING),
    flag("headlights", "v.e.headlights"),
    flag(
        "climate",
        "v.e.hvac",
        BinarySensorDeviceClass.RUNNING,
        enabled_fn=lambda vehicle: vehicle.type.climate_on is Support.NO,
    ),
    flag("heating", "v.e.heating", BinarySensorDeviceClass.RUNNING),
    flag("cooling", "v.e.cooling", BinarySensorDeviceClass.RUNNING),
    BinarySensorRow(
        key="tyre_alert",
        listens=("v.t.alert",),
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=_any_tyre_alert,
    ),
)

MODULE: tuple[BinarySensorRow[Vehicle], ...] = (
    BinarySensorRow(
        key="module_connected",
        listens=(Aspect.CONNECTION,),
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda vehicle: vehicle.online,
    ),
    flag("server_v2_connected", "s.v2.connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    # What the module says of itself; the entity above also knows when it has fallen silent.
    flag("server_v3_connected", "s.v3.connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("network_connected", "m.net.connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("network_address", "m.net.ip", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("network_signal_good", "m.net.good.sq", diagnostic=True),
    flag("gps_lock", "v.p.gpslock", diagnostic=True),
    flag("obd2_translator", "m.obdc2ecu.on", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    flag("controller_login", "v.e.c.login", diagnostic=True),
    flag("controller_configuration", "v.e.c.config", diagnostic=True),
)

BINARY_SENSORS: tuple[BinarySensorRow[Vehicle], ...] = (*OPENINGS, *CHARGING, *DRIVING, *MODULE)
