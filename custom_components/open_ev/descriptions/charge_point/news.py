"""What happens at a charge point without us."""

from typing import Final

from ...clients.listeners import Unsubscribe
from ...clients.ocpi.charge_point import RESERVATION_CANCELLED, Ability, ChargePoint
from .. import EventRow, FireEvent

CANCELLED: Final = "cancelled"


def _tell_cancelled(point: ChargePoint, fire: FireEvent) -> Unsubscribe:
    def cancelled() -> None:
        if (reservation_id := point.text(RESERVATION_CANCELLED)) is not None:
            fire(CANCELLED, {"reservation_id": reservation_id})

    return point.subscribe((RESERVATION_CANCELLED,), cancelled)


EVENTS: tuple[EventRow[ChargePoint], ...] = (
    EventRow(
        key="reservation",
        event_types=[CANCELLED],
        exists_fn=lambda point: point.can(Ability.RESERVE),
        listen_fn=_tell_cancelled,
    ),
)
