"""The sensors of driving and of the cabin."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import REVOLUTIONS_PER_MINUTE, UnitOfTime

from ....clients.ovms.vehicle import Vehicle
from ... import SensorRow
from ...measure import Measure
from ..metric_rows import choice, moment, quantity, text

_ROTATION = Measure(None, REVOLUTIONS_PER_MINUTE, 0)

# Most vehicle modules publish a parked car as neutral; these have a number of its own for it.
_PARK = -2
_TYPES_WITH_PARK = frozenset({"CBOLT", "MI", "VA"})


def _gear(vehicle: Vehicle) -> str | None:
    gear = vehicle.number("v.e.gear")
    if gear is None:
        return None
    if gear == _PARK and vehicle.type.code in _TYPES_WITH_PARK:
        return "park"
    if gear < 0:
        return "reverse"
    return "forward" if gear > 0 else "neutral"


DRIVE_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    quantity("odometer", "v.p.odometer", counts_up=True, enabled=True),
    quantity("trip_distance", "v.p.trip", counts_up=True, decimals=1),
    quantity("speed", "v.p.speed"),
    quantity("acceleration", "v.p.acceleration"),
    SensorRow(
        key="gear",
        listens=("v.e.gear", "v.type"),
        device_class=SensorDeviceClass.ENUM,
        options=["park", "reverse", "neutral", "forward"],
        entity_registry_enabled_default=False,
        value_fn=_gear,
    ),
    quantity("drive_mode", "v.e.drivemode"),
    quantity("accelerator_pedal", "v.e.throttle"),
    quantity("brake_pedal", "v.e.footbrake"),
    quantity("drive_time", "v.e.drivetime", counts_up=True, shown_in=UnitOfTime.MINUTES),
    quantity("park_time", "v.e.parktime", counts_up=True, shown_in=UnitOfTime.HOURS, decimals=1),
    quantity("service_distance", "v.e.serv.range"),
    moment("service_time", "v.e.serv.time"),
    quantity("motor_speed", "v.m.rpm", measure=_ROTATION),
    quantity("motor_temperature", "v.m.temp"),
    # As with the battery, what drives the car is positive and what is recovered negative.
    quantity("inverter_power", "v.i.power"),
    quantity("inverter_efficiency", "v.i.efficiency"),
    quantity("inverter_temperature", "v.i.temp"),
)

CLIMATE_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    quantity("outside_temperature", "v.e.temp", enabled=True),
    quantity("cabin_temperature", "v.e.cabintemp", enabled=True),
    quantity("cabin_target_temperature", "v.e.cabinsetpoint"),
    quantity("cabin_fan", "v.e.cabinfan"),
    choice("cabin_intake", "v.e.cabinintake"),
    text("cabin_vents", "v.e.cabinvent"),
)
