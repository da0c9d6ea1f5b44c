"""The entities of a vehicle."""

from collections.abc import Callable

from ...clients.ovms.vehicle import Vehicle
from .. import EventRow, Row, Rows
from .binary_sensors import BINARY_SENSORS
from .controls import BUTTONS, CLIMATES, LOCKS, NUMBERS, SELECTS, SWITCHES, homelink_buttons, target_numbers
from .news import EVENTS, TRACKERS, without_places
from .own_metrics import own_binary_sensors, own_sensors
from .sensors import LOCATION_SENSORS, SENSORS


def vehicle_rows(
    vehicle: Vehicle, *, expose_location: bool, carries: Callable[[str], bool] = lambda _: True
) -> Rows[Vehicle]:
    """The rows of this vehicle: what its type can do, and its place only if the user shows it.

    `carries` tells whether a metric, an aspect or a kind of news can reach the vehicle at all; what never can has no row.
    """

    def existing[RowT: Row[Vehicle]](rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(row for row in rows if row.exists_fn(vehicle) and all(map(carries, _needs(row))))

    return Rows(
        sensors=(
            *existing(SENSORS),
            *existing(LOCATION_SENSORS if expose_location else ()),
            *existing(own_sensors(vehicle, expose_location=expose_location)),
        ),
        binary_sensors=existing((*BINARY_SENSORS, *own_binary_sensors(vehicle))),
        locks=existing(LOCKS),
        climates=existing(CLIMATES),
        switches=existing(SWITCHES),
        numbers=existing((*NUMBERS, *target_numbers(vehicle))),
        selects=existing(SELECTS),
        buttons=existing((*BUTTONS, *homelink_buttons(vehicle))),
        trackers=existing(TRACKERS) if expose_location else (),
        events=existing(EVENTS if expose_location else tuple(map(without_places, EVENTS))),
    )


def _needs(row: Row[Vehicle]) -> tuple[str, ...]:
    """What must be able to reach the vehicle for the row to ever show anything."""
    if isinstance(row, EventRow):
        return () if row.source is None else (row.source,)
    return row.listens[:1]
