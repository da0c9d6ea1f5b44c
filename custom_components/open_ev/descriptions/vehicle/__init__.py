"""The entities of a vehicle."""

from ...clients.ovms.vehicle import Vehicle
from .. import Rows
from .binary_sensors import BINARY_SENSORS
from .controls import LOCKS
from .sensors import SENSORS


def vehicle_rows(vehicle: Vehicle, *, expose_location: bool) -> Rows[Vehicle]:
    """The rows of this vehicle: what its type can do, and its place only if the user shows it."""
    return Rows(
        sensors=tuple(row for row in SENSORS if row.exists_fn(vehicle)),
        binary_sensors=tuple(row for row in BINARY_SENSORS if row.exists_fn(vehicle)),
        locks=tuple(row for row in LOCKS if row.exists_fn(vehicle)),
    )
