"""The entities of a vehicle."""

from collections.abc import Callable
from dataclasses import replace

from ...clients.ovms.vehicle import Vehicle
from .. import Row, Rows
from .binary_sensors import BINARY_SENSORS
from .controls import BUTTONS, CLIMATES, LOCKS, NUMBERS, SELECTS, SWITCHES, homelink_buttons, target_numbers
from .news import EVENTS, TRACKERS, without_places
from .own_metrics import own_binary_sensors, own_sensors
from .sensors import LOCATION_SENSORS, SENSORS


def vehicle_rows(
    vehicle: Vehicle, *, expose_location: bool, carries: Callable[[str], bool] = lambda _: True
) -> Rows[Vehicle]:
    """The rows of this vehicle: what its type can do, and its place only if the user shows it.

    `carries` tells whether a metric, an aspect or a kind of news reaches the vehicle by itself. A metric that does not can
    be asked for, so its entity is there for who enables it; of news that never come there is no entity.
    """

    def existing[RowT: Row[Vehicle]](rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(
            row if all(map(carries, row.listens[:1])) else _disabled(row) for row in rows if row.exists_fn(vehicle)
        )

    return Rows(
        sensors=(
            *existing(SENSORS),
            *existing(LOCATION_SENSORS if expose_location else ()),
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
        events=tuple(
            row if expose_location else without_places(row)
            for row in existing(EVENTS)
            if row.source is None or carries(row.source)
        ),
    )


def _disabled[RowT: Row[Vehicle]](row: RowT) -> RowT:
    return replace(row, entity_registry_enabled_default=False, enabled_fn=None)
