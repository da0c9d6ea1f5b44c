"""The entities of a vehicle."""

from ...clients.ovms.vehicle import Vehicle
from .. import Row, Rows
from .binary_sensors import BINARY_SENSORS
from .controls import BUTTONS, CLIMATES, LOCKS, NUMBERS, SELECTS, SWITCHES, homelink_buttons, target_numbers
from .news import EVENTS, TRACKERS, without_places
from .own_metrics import own_binary_sensors, own_sensors
from .sensors import LOCATION_SENSORS, SENSORS


def vehicle_rows(vehicle: Vehicle, *, expose_location: bool) -> Rows[Vehicle]:
    """The rows of this vehicle: what its type can do, and its place only if the user shows it."""

    def existing[RowT: Row[Vehicle]](rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(row for row in rows if row.exists_fn(vehicle))

    return Rows(
        sensors=(
            *existing(SENSORS),
            *(LOCATION_SENSORS if expose_location else ()),
            *own_sensors(vehicle, expose_location=expose_location),
        ),
        binary_sensors=(*existing(BINARY_SENSORS), *own_binary_sensors(vehicle)),
        locks=existing(LOCKS),
        climates=existing(CLIMATES),
        switches=existing(SWITCHES),
        numbers=existing((*NUMBERS, *target_numbers(vehicle))),
        selects=existing(SELECTS),
        buttons=existing((*BUTTONS, *homelink_buttons(vehicle))),
        trackers=existing(TRACKERS) if expose_location else (),
        events=existing(EVENTS if expose_location else tuple(map(without_places, EVENTS))),
    )
