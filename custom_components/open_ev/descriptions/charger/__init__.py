"""The entities of a charger."""

from collections.abc import Container

from homeassistant.const import Platform

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

    `had` are the platforms and keys of the entities that it had before. What of them is missing for a while stays: a temperature
    that cannot be read now, a car's state of charge after a restart, a control that the charger was asked about in vain.
    """
    tables = charger_tables(
        by_rapi=is_told_by_rapi(charger), automatic_level=charger.can(Ability.AUTOMATIC_SERVICE_LEVEL)
    )
    # Whoever knows the car can tell the charger of it at any time.
    awaited = VEHICLE_SENSORS if charger.can(Ability.PUSH_VEHICLE) else ()

    def existing[RowT: Row[Charger]](platform: str, rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(
            row for row in rows if row.exists_fn(charger) or (not charger.all_answered and (platform, row.key) in had)
        )

    def reported[RowT: SensorRow[Charger] | BinarySensorRow[Charger]](
        platform: str, rows: tuple[RowT, ...]
    ) -> tuple[RowT, ...]:
        def is_reported(row: RowT) -> bool:
            known = not row.listens or charger.knows(row.listens[:1])
            return known or (platform, row.key) in had or row in awaited

        return tuple(filter(is_reported, existing(platform, rows)))

    return Rows(
        sensors=reported(Platform.SENSOR, tables.sensors),
        binary_sensors=reported(Platform.BINARY_SENSOR, tables.binary_sensors),
        locks=existing(Platform.LOCK, tables.locks),
        switches=existing(Platform.SWITCH, tables.switches),
        numbers=existing(Platform.NUMBER, tables.numbers),
        selects=existing(Platform.SELECT, tables.selects),
        times=existing(Platform.TIME, tables.times),
        buttons=existing(Platform.BUTTON, tables.buttons),
        events=existing(Platform.EVENT, tables.events),
    )
