"""The entities of a charger."""

from collections.abc import Container

from ...clients.openevse.charger import Charger
from ...clients.openevse.models import Ability
from .. import BinarySensorRow, Row, Rows, SensorRow
from .binary_sensors import BINARY_SENSORS
from .controls import (
    BUTTONS,
    LOCKS,
    NUMBERS,
    SELECTS,
    SWITCHES,
    TIMES,
    is_told_by_rapi,
    limit_numbers,
    service_level_selects,
)
from .news import EVENTS
from .sensors import SENSORS, VEHICLE_SENSORS


def charger_tables(*, by_rapi: bool = False, automatic_level: bool = True) -> Rows[Charger]:
    """Every row that a charger may have: one that is told `by_rapi` what to do, or whose gateway has ways of its own."""
    return Rows(
        sensors=SENSORS,
        binary_sensors=BINARY_SENSORS,
        locks=LOCKS,
        switches=SWITCHES,
        numbers=(*NUMBERS, *limit_numbers(by_rapi=by_rapi)),
        selects=(*SELECTS, *service_level_selects(automatic=automatic_level)),
        times=TIMES,
        buttons=BUTTONS,
        events=EVENTS,
    )


def charger_rows(charger: Charger, *, had: Container[tuple[str, str]] = frozenset()) -> Rows[Charger]:
    """The rows of this charger, once it has been read: what it can do, and what it reports.

    `had` are the platforms and keys of the entities that it had before. A sensor among them stays, though nothing is reported
    now: a temperature that cannot be read, or a car's state of charge after a restart, is missing for a while and not for good.
    """
    tables = charger_tables(
        by_rapi=is_told_by_rapi(charger), automatic_level=charger.can(Ability.AUTOMATIC_SERVICE_LEVEL)
    )
    # Whoever knows the car can tell the charger of it at any time.
    awaited = VEHICLE_SENSORS if charger.can(Ability.PUSH_VEHICLE) else ()

    def existing[RowT: Row[Charger]](rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(row for row in rows if row.exists_fn(charger))

    def is_reported(platform: str, row: SensorRow[Charger] | BinarySensorRow[Charger]) -> bool:
        known = not row.listens or charger.knows(row.listens[:1])
        return known or (platform, row.key) in had or row in awaited

    return Rows(
        sensors=tuple(row for row in existing(tables.sensors) if is_reported("sensor", row)),
        binary_sensors=tuple(row for row in existing(tables.binary_sensors) if is_reported("binary_sensor", row)),
        locks=existing(tables.locks),
        switches=existing(tables.switches),
        numbers=existing(tables.numbers),
        selects=existing(tables.selects),
        times=existing(tables.times),
        buttons=existing(tables.buttons),
        events=existing(tables.events),
    )
