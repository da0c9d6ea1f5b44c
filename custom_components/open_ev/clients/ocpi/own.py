"""What is ours at a charge point: one of several sessions, and a reservation."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .callbacks import Pending
from .models import Session, SessionStatus

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_FAR_AWAY: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Reservation:
    """A reservation that we were granted."""

    id: str
    expiry: datetime
    pending: Pending
    timer: asyncio.TimerHandle | None = None
    # Whether the operator has shown it: what was never seen cannot be seen to end.
    is_seen: bool = False
    # Whether we give it up ourselves.
    is_unwanted: bool = False

    def end(self) -> None:
        """Await neither its end nor what the operator has to say about it."""
        self.pending.close()
        if self.timer is not None:
            self.timer.cancel()


def differ(now: Session | None, before: Session | None) -> bool:
    """Whether a session is another one, or in another part of its life."""
    return now is not None and (before is None or (now.id, now.status) != (before.id, before.status))


def current(sessions: Iterable[Session]) -> Session | None:
    """Which of several sessions to show; None of none."""
    return max(sessions, key=_rank, default=None)


def _rank(session: Session) -> tuple[bool, datetime]:
    """One that is active goes before all others, then the youngest; one that has not begun is younger yet."""
    begun = session.status not in {SessionStatus.PENDING, SessionStatus.RESERVATION}
    start = session.start or (_LONG_AGO if begun else _FAR_AWAY)
    return session.status is SessionStatus.ACTIVE, start
