"""The binary sensors of a vehicle."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ...clients.ovms.vehicle import Aspect, Vehicle
from .. import BinarySensorRow

BINARY_SENSORS: tuple[BinarySensorRow[Vehicle], ...] = (
    BinarySensorRow(
        key="module_connected",
        listens=(Aspect.CONNECTION,),
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda vehicle: vehicle.online,
    ),
)
