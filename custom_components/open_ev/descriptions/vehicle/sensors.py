"""The sensors of a vehicle."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE

from ...clients.ovms.vehicle import Vehicle
from .. import SensorRow

SENSORS: tuple[SensorRow[Vehicle], ...] = (
    SensorRow(
        key="state_of_charge",
        listens=("v.b.soc",),
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda vehicle: vehicle.number("v.b.soc"),
    ),
)
