"""The reservations of one charge point: what we were granted, or may have been, until it is over."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from .callbacks import NOWHERE, Pending
from .errors import CommandRefused, NotReached
from .known import RESERVATION_CANCELLED
from .models import EvseStatus, Result, same
from .own_session import OwnSession

# What an EVSE is in when nobody is about to charge there.
_FREE: Final = {EvseStatus.AVAILABLE, EvseStatus.INOPERATIVE, EvseStatus.OUT_OF_ORDER}
# What the operator's clock may be ahead of ours: then a reservation ends by itself.
_CLOCKS: Final = timedelta(minutes=1)


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


class Reservations:
    """One that is held, and one of which that is not sure."""

    def __init__(
        self, own: OwnSession, *, show: Callable[[], None], notify: Callable[[str], None], ran_out: Callable[[], None]
    ) -> None:
        """None is known yet. Needs a running event loop.

        Args:
            own: Our session there, which one becomes when it is used.
            show: Called when another one is held, or none.
            notify: Called with the name of what there is news of beside that.
            ran_out: Called when one is over that the operator may still show.
        """
        self._own = own
        self._show = show
        self._notify = notify
        self._ran_out = ran_out
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self.held: Reservation | None = None
        self.unsure: Reservation | None = None
        self.last_cancelled: str | None = None

    # What we do

    @contextmanager
    def asking_for(self, reservation: Reservation) -> Iterator[None]:
        """Have it asked for within, and hold it then; where that fails nobody is sure, unless it was refused or not sent."""
        reservation.pending.keep(lambda: self._lose(reservation))
        # From when it is sent it may be granted, and cost money: then its id will be wanted, also by who was stopped meanwhile.
        former = self.unsure
        self._note_unsure(reservation)
        try:
            yield
        except CommandRefused, NotReached:
            self._note_unsure(former)
            raise
        # Another one, of which we were not sure before, may still come.
        self._note_unsure(None if former is None or same(former.id, reservation.id) else former)
        self._hold(reservation)

    @contextmanager
    def giving_up(self, reservation_id: str) -> Iterator[None]:
        """Have it given up within: what the operator says about its end meanwhile is no news."""
        held = self.held if self.held is not None and same(self.held.id, reservation_id) else None
        if held is not None:
            held.is_unwanted = True
        is_over = False
        try:
            yield
            is_over = True
        except CommandRefused as error:
            # An operator may say that it is cancelled, in place of yes.
            is_done = error.result is Result.CANCELED_RESERVATION
            is_over = is_done or error.result is Result.UNKNOWN_RESERVATION
            if not is_done:
                raise
        finally:
            if held is not None:
                held.is_unwanted = False
                if is_over and held is self.held:
                    self._release(held)
        if self.unsure is not None and same(self.unsure.id, reservation_id):
            self._note_unsure(None)

    def recall(self, reservation_id: str, expiry: datetime, *, unsure_reference: str | None) -> None:
        """Take one that was granted before we began, or with a reference may have been, unless it has run out since.

        What the operator has to say about it goes nowhere now.
        """
        reservation = Reservation(
            id=reservation_id,
            expiry=expiry.astimezone(UTC),
            reference=unsure_reference or "",
            pending=Pending(reservation_id, NOWHERE, lambda: None),
        )
        if reservation.left <= timedelta():
            return
        if unsure_reference is None:
            self._hold(reservation)
        else:
            self._own.expect(unsure_reference)
            self._note_unsure(reservation)

    def close(self) -> None:
        """Await nothing any more; what is held goes on without us."""
        self._is_closed = True
        if self.held is not None:
            self.held.end()

    # What the operator shows

    def follow(self, status: EvseStatus | None, *, is_reserved: bool, is_busy: bool) -> None:
        """See one granted after all, used, or taken back where the operator cannot tell.

        `is_busy` is whether a command is under way: then who has given it holds what comes of it.
        """
        unsure = self.unsure
        seen = self._own.is_reservation and not is_busy
        if unsure is not None and seen and self._own.has_reference(unsure.reference):
            self._note_unsure(None)
            self._hold(unsure)
        held = self.held
        if held is None:
            return
        if self._own.is_charging:
            self._release(held)
        elif is_reserved:
            held.is_seen = True
        elif held.is_seen and status in _FREE and not self._own.is_open:
            if held.left > _CLOCKS:
                self._lose(held)
            else:
                self._release(held)

    # How

    def _hold(self, reservation: Reservation) -> None:
        """Keep in mind what we were granted, until it is over. That it is may have been told before the command was answered."""
        if reservation.pending.is_revoked:
            self._tell_cancelled(reservation)
            return
        if self._is_closed:
            reservation.end()
            return
        if self.held is not None:
            self.held.end()
        self.held = reservation
        reservation.timer = self._loop.call_later(reservation.left.total_seconds(), self._run_out, reservation)
        self._show()

    def _note_unsure(self, reservation: Reservation | None) -> None:
        """Keep in mind what we may have been granted."""
        self.unsure = reservation
        self._notify("reservation")

    def _lose(self, reservation: Reservation) -> None:
        """Take note that the operator has taken back what it had granted."""
        if self.held is reservation:
            self._run_out(reservation)
            if not reservation.is_unwanted:
                self._tell_cancelled(reservation)

    def _release(self, reservation: Reservation) -> None:
        """Hold a reservation no more."""
        reservation.end()
        self.held = None
        self._show()

    def _run_out(self, reservation: Reservation) -> None:
        """Hold a reservation no more whose end may not show yet: the operator's clock may be behind."""
        self._release(reservation)
        self._ran_out()

    def _tell_cancelled(self, reservation: Reservation) -> None:
        self.last_cancelled = reservation.id
        self._show()
        # One id may be reserved, and cancelled, twice.
        self._notify(RESERVATION_CANCELLED)
