"""What tests of reservations need."""

from datetime import UTC, datetime, timedelta

from custom_components.open_ev.clients.ocpi.charge_point import RESERVATION_CANCELLED, ChargePoint


def soon(seconds: float = 3600) -> datetime:
    """A moment so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


class Heard:
    """The reservations that the operator took back, as they are told."""

    def __init__(self, point: ChargePoint) -> None:
        """Listen."""
        self.ids: list[str | None] = []
        point.subscribe([RESERVATION_CANCELLED], lambda: self.ids.append(point.text(RESERVATION_CANCELLED)))
