"""The entities of a charger."""

from collections.abc import Container

from ...clients.openevse.charger import Charger
from ...clients.openevse.models import Ability
from .. import BinarySensorRow, Row, Rows, SensorRow
from .binary_sensors import BINARY_SENSORS
from .controls import BUTTONS, LOCKS, NUMBERS, SELECTS, SWITCHES, TIMES, limit_numbers, service_level_selects
from .news import EVENTS
from .sensors import SENSORS, VEHICLE_SENSORS


def charger_rows(charger: Charger, *, had: Container[tuple[str, str]] = frozenset()) -> Rows[Charger]:
    """The rows of this charger, once it has been read: what it can do, and what it reports.

    `had` are the platforms and keys of the entities that it had before. A sensor among them stays, though nothing is reported
    now: a temperature that cannot be read, or a car's state of charge after a restart, is missing for a while and not for good.
    """

    def existing[RowT: Row[Charger]](rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(row for row in rows if row.exists_fn(charger))

    def reported[RowT: SensorRow[Charger] | BinarySensorRow[Charger]](
        platform: str, rows: tuple[RowT, ...]
    ) -> tuple[RowT, ...]:
        return tuple(
            row for row in existing(rows) if not row.listens or charger.knows(row.listens) or (platform, row.key) in had
        )

    return Rows(
        sensors=(
            *reported("sensor", SENSORS),
            *(VEHICLE_SENSORS if charger.can(Ability.PUSH_VEHICLE) else reported("sensor", VEHICLE_SENSORS)),
        ),
        binary_sensors=reported("binary_sensor", BINARY_SENSORS),
        locks=existing(LOCKS),
        switches=existing(SWITCHES),
        numbers=existing((*NUMBERS, *limit_numbers(charger))),
        selects=existing((*SELECTS, *service_level_selects(charger))),
        times=existing(TIMES),
        buttons=existing(BUTTONS),
        events=existing(EVENTS),
    )
