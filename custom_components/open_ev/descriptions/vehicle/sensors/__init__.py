"""The sensors of a vehicle, by topic."""

from ....clients.ovms.vehicle import Vehicle
from ... import SensorRow
from .battery import BATTERY_SENSORS, CELL_SENSORS
from .charging import CHARGING_SENSORS, GENERATOR_SENSORS
from .drive import CLIMATE_SENSORS, DRIVE_SENSORS
from .location import LOCATION_SENSORS, RECEIVER_SENSORS
from .module import MODULE_SENSORS
from .tyres import TYRE_SENSORS

__all__ = ["LOCATION_SENSORS", "SENSORS"]

SENSORS: tuple[SensorRow[Vehicle], ...] = (
    *BATTERY_SENSORS,
    *CELL_SENSORS,
    *CHARGING_SENSORS,
    *GENERATOR_SENSORS,
    *CLIMATE_SENSORS,
    *DRIVE_SENSORS,
    *TYRE_SENSORS,
    *RECEIVER_SENSORS,
    *MODULE_SENSORS,
)
