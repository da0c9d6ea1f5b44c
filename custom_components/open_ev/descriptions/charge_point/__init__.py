"""The entities of a charge point of an operator."""

from collections.abc import Container

from homeassistant.const import Platform

from ...clients.ocpi.charge_point import ChargePoint
from .. import Row, Rows
from .controls import BUTTONS, SWITCHES
from .news import EVENTS
from .sensors import SENSORS


def charge_point_tables() -> Rows[ChargePoint]:
    """Every row that a charge point may have."""
    return Rows(sensors=SENSORS, switches=SWITCHES, buttons=BUTTONS, events=EVENTS)


def charge_point_rows(point: ChargePoint, *, had: Container[tuple[str, str]] = frozenset()) -> Rows[ChargePoint]:
    """The rows of this charge point: what it shows, and what can be done there.

    `had` are the platforms and keys of the entities that it had before. They stay while the operator tells nothing of it.
    """

    def existing[RowT: Row[ChargePoint]](platform: str, rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
        return tuple(
            row for row in rows if (row.exists_fn(point) if point.evse is not None else (platform, row.key) in had)
        )

    tables = charge_point_tables()
    return Rows(
        sensors=tables.sensors,
        switches=existing(Platform.SWITCH, tables.switches),
        buttons=existing(Platform.BUTTON, tables.buttons),
        events=existing(Platform.EVENT, tables.events),
    )
