"""A reservation that we were granted, or may have been."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .callbacks import NOWHERE, Pending


@dataclass(slots=True, kw_only=True)
class Reservation:
    """A reservation of ours. `reference` is the name that its session goes by, where the operator has that."""

    id: str = field(repr=False)
    expiry: datetime
    reference: str
    pending: Pending
    timer: asyncio.TimerHandle | None = None
    # Whether the operator has shown it: what was never seen cannot be seen to end.
    is_seen: bool = False
    # Whether we give it up ourselves.
    is_unwanted: bool = False

    @property
    def left(self) -> timedelta:
        """How long it is good for, by our clock; negative when it has run out."""
        return self.expiry - datetime.now(UTC)

    def end(self) -> None:
        """Await neither its end nor what the operator has to say about it."""
        self.pending.close()
        if self.timer is not None:
            self.timer.cancel()


def recalled(reservation_id: str, expiry: datetime, reference: str) -> Reservation:
    """A reservation that was granted before we began: what the operator has to say about it goes nowhere now."""
    pending = Pending(reservation_id, NOWHERE, lambda: None)
    return Reservation(id=reservation_id, expiry=expiry.astimezone(UTC), reference=reference, pending=pending)
