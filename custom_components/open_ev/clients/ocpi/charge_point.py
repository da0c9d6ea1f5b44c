"""A charge point as a plain object: an EVSE of an operator, our session there, and what can be done with it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from ..known import CONNECTION, Known, Value
from .callbacks import Pending, PendingResults
from .client import OcpiClient
from .commands import Command, Commands, new_reservation_id
from .errors import CannotConnect, CommandRefused, NotReached, OcpiError
from .known import ABILITIES, NAMES, RESERVATION_CANCELLED
from .models import Capability, Evse, EvseStatus, Result, Session
from .orders import Order
from .own_session import OwnSession
from .pace import Pace
from .reservations import Reservation, Reservations

__all__ = ["ABILITIES", "CONNECTION", "RESERVATION_CANCELLED", "Ability", "ChargePoint"]


class Ability(StrEnum):
    """What some EVSEs can do and others cannot."""

    START = "start"
    RESERVE = "reserve"
    CANCEL_RESERVATION = "cancel_reservation"
    UNLOCK = "unlock"


_CAPABILITIES: Final = {
    Ability.START: Capability.REMOTE_START_STOP_CAPABLE,
    Ability.RESERVE: Capability.RESERVABLE,
    Ability.CANCEL_RESERVATION: Capability.RESERVABLE,
    Ability.UNLOCK: Capability.UNLOCK_CAPABLE,
}


class Site(Protocol):
    """What a charge point needs of its operator."""

    client: OcpiClient
    results: PendingResults
    pace: Pace

    @property
    def link_connected(self) -> bool:
        """Whether the operator answered when it was last asked."""

    async def look(self, points: Iterable[ChargePoint]) -> None:
        """Look at some charge points now."""

    def hurry(self, point: ChargePoint | None = None) -> None:
        """Look soon."""


class ChargePoint(Known):
    """One EVSE."""

    def __init__(self, site: Site, location_id: str, evse_uid: str, *, connector_id: str | None = None) -> None:
        """Nothing is known of it yet. Needs a running event loop.

        `connector_id` is the connector that is ours, where the EVSE has several and asks which one is meant.
        """
        super().__init__(NAMES)
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._acting = asyncio.Lock()
        self._own = OwnSession(site.client.credentials, location_id, evse_uid)
        self._reservations = Reservations(
            self._own, show=self._show, notify=self._notify, ran_out=self._look_for_the_end
        )
        self._expected: Callable[[], bool] | None = None
        self._expected_until = 0.0
        self.location_id = location_id
        self.evse_uid = evse_uid
        self.connector_id = connector_id
        self.evse: Evse | None = None

    # What is known

    @property
    def session(self) -> Session | None:
        """Our session, the open one or the last; it may be no more than a reservation yet."""
        return self._own.session

    @property
    def link_connected(self) -> bool:
        """Whether the operator answered when it was last asked, and still has the EVSE."""
        return self._site.link_connected and self.evse is not None

    def can(self, ability: Ability) -> bool:
        """Whether this can be done there, as far as the operator tells."""
        if self.evse is None or (ability is Ability.CANCEL_RESERVATION and not self._commands.dialect.has_cancel):
            return False
        return _CAPABILITIES[ability] in self.evse.capabilities

    # What can be done. Each of these raises CommandRefused when the operator says no, ResultTimeout when it says neither yes nor
    # no, and Unanswered when nobody knows whether it was told at all. Nothing was sent where it is InvalidArgument, CannotConnect or
    # BadAnswer, and nothing was taken where it is Unauthorized, NotOcpi or StatusError.

    async def start(self) -> None:
        """Have a session begin. Accepted is not charging: that may take a plug, and shows as `charging`.

        Where ours is active nothing is sent: nobody wants to be billed for two. Nor is anything sent where sessions cannot be seen:
        it takes that to stop one.
        """
        async with self._acting:
            self._known_evse()
            await self._look_first()
            if self._own.is_charging:
                return
            before, reference = self.session, self._own.new_reference()
            command = self._commands.start_session(
                self.location_id, self._known_evse(), connector_id=self.connector_id, reference=reference
            )
            await self._do(
                command,
                is_seen=lambda: self._own.is_open and self._own.differs_from(before),
                expected=lambda: self._own.is_charging,
            )

    async def stop(self) -> None:
        """Have our session end."""
        async with self._acting:
            if not self._own.is_open:
                # It may be younger than our last look.
                await self._look_first()
            session = self.session
            if session is None or not self._own.is_open:
                raise CommandRefused(Result.UNKNOWN_SESSION)
            await self._do(self._commands.stop_session(session), is_seen=self._is_over, expected=self._is_over)

    async def unlock(self) -> None:
        """Have the cable let go, that of our session first. Drivers may not: this is for whoever runs the site.

        That it was done shows only in a session, which ends with it.
        """
        async with self._acting:
            charging = self.session.connector_id if self.session is not None and self._own.is_open else None
            connector_id = charging or self.connector_id
            command = self._commands.unlock_connector(self.location_id, self._known_evse(), connector_id=connector_id)
            is_over = self._is_over if self._own.is_open else None
            await self._do(command, is_seen=is_over, expected=is_over)

    async def reserve(self, expiry: datetime, *, reservation_id: str | None = None) -> str:
        """Have it kept for us until a moment, which may cost money; returns the reservation's id.

        With the id of a reservation that one is replaced.
        """
        async with self._acting:
            commands, reference = self._commands, self._own.new_reference()
            reservation_id = reservation_id or new_reservation_id(commands.dialect)
            command = commands.reserve_now(
                self.location_id,
                self._known_evse(),
                reservation_id=reservation_id,
                expiry=expiry,
                reference=reference,
            )
            # Somebody else may have reserved it since our last look, which must not be taken for ours.
            await self._look_first()
            was_reserved, before = self._status is EvseStatus.RESERVED, self.session
            pending = await self._site.results.expect()
            reservation = Reservation(
                id=reservation_id, expiry=expiry.astimezone(UTC), reference=reference, pending=pending
            )
            with self._reservations.asking_for(reservation):
                await self._do(
                    command,
                    is_seen=lambda: (
                        (self._status is EvseStatus.RESERVED and not was_reserved)
                        or (self._own.is_reservation and self._own.differs_from(before))
                    ),
                    expected=lambda: self._is_reserved,
                    pending=pending,
                )
        return reservation_id

    async def cancel_reservation(self, reservation_id: str) -> None:
        """Give a reservation up (2.2.1 and later)."""
        async with self._acting:
            was_reserved = self._is_reserved
            command = self._commands.cancel_reservation(reservation_id)
            with self._reservations.giving_up(reservation_id):
                await self._do(
                    command,
                    is_seen=lambda: was_reserved and not self._is_reserved,
                    expected=lambda: not self._is_reserved,
                )

    def recall_reservation(self, reservation_id: str, expiry: datetime, *, unsure_reference: str | None = None) -> None:
        """Hold a reservation that we were granted before we began, unless it has run out since.

        With a reference it is one of which that is not sure; see `unsure_reservation`.
        """
        self._reservations.recall(reservation_id, expiry, unsure_reference=unsure_reference)

    @property
    def unsure_reservation(self) -> Reservation | None:
        """One that we may have been granted, or may be yet. It shows by its reference whether we were.

        Whoever listens to `reservation` is told of another one, too.
        """
        return self._reservations.unsure

    async def _look_first(self) -> None:
        """Look before something is sent. What goes wrong here matters to whoever follows the operator, too."""
        try:
            await self._site.look([self])
        except OcpiError:
            self._site.hurry(self)
            raise

    async def _do(
        self,
        command: Command,
        *,
        is_seen: Callable[[], bool] | None,
        expected: Callable[[], bool] | None,
        pending: Pending | None = None,
    ) -> None:
        """Send a command, and wait for what becomes of it: `is_seen` is its effect, `expected` what it may lead to in the end.

        What the caller awaits is left open if all went well.
        """
        kept = pending is not None
        pending = pending or await self._site.results.expect()
        is_done = is_in_vain = False
        try:
            order = Order(command, pending, look=lambda: self._site.look([self]), is_seen=is_seen, pace=self._site.pace)
            await order.carry_out(self._site.client)
            is_done = True
        except CommandRefused, NotReached:
            is_in_vain = True
            raise
        finally:
            if not (kept and is_done):
                pending.close()
            # A command that nothing was heard of may have been carried out, or may be yet.
            if expected is not None and not is_in_vain:
                self._expect(expected)
            self._site.hurry(self)

    # What the operator tells

    def take_evse(self, evse: Evse | None) -> None:
        """Take what the EVSE is now; None if the operator has it no more."""
        before, self.evse = self.evse, evse
        if (before is None) is not (evse is None):
            self._notify(CONNECTION)
        if evse is not None and (before is None or evse.capabilities != before.capabilities):
            self._notify(ABILITIES)
        self._taken()

    @property
    def sessions_since(self) -> datetime | None:
        """From when on sessions have to be asked for, by the operator's clock, to have ours among them; None if it is over."""
        return self._own.since

    def take_sessions(self, sessions: Iterable[Session], since: datetime) -> None:
        """Take the sessions that have changed since a moment, of which most are elsewhere."""
        self._own.take(sessions, since)
        self._taken()

    def _taken(self) -> None:
        if self._expected is not None and self._expected():
            self._expected = None
        self._reservations.follow(self._status, is_reserved=self._is_reserved, is_busy=self._acting.locked())
        self._show()

    def connection_changed(self) -> None:
        """Tell that the operator came or went."""
        self._notify(CONNECTION)

    def pause(self) -> float:
        """How many seconds to wait until the next look."""
        pace = self._site.pace
        if self._expected is not None and self._loop.time() < self._expected_until:
            return pace.expecting
        return pace.session if self._own.is_open else pace.idle

    def close(self) -> None:
        """Await nothing any more, and call nobody."""
        self._reservations.close()
        self._fall_silent()

    # How

    @property
    def _commands(self) -> Commands:
        return self._site.client.commands

    @property
    def _status(self) -> EvseStatus | None:
        return None if self.evse is None else self.evse.status

    def _is_over(self) -> bool:
        return not self._own.is_open

    @property
    def _is_reserved(self) -> bool:
        return self._own.is_reservation or self._status is EvseStatus.RESERVED

    def _known_evse(self) -> Evse:
        if self.evse is None:
            raise CannotConnect("nothing is known of the charge point")
        return self.evse

    def _expect(self, condition: Callable[[], bool]) -> None:
        """Look often until something holds, or is not to be expected any more."""
        if not condition():
            self._expected = condition
            self._expected_until = self._loop.time() + self._site.pace.expect_for

    def _look_for_the_end(self) -> None:
        """Look until the end of a reservation shows."""
        if self._is_reserved:
            self._expect(lambda: not self._is_reserved)
            self._site.hurry(self)

    def _show(self) -> None:
        """Tell what is known now."""
        evse, session, reservation = self.evse, self.session, self._reservations.held
        said: dict[str, Value | None] = {
            "status": None if evse is None else evse.status,
            "max_power": None if evse is None else evse.max_power,
            "charging": None if evse is None and session is None else self._own.is_charging,
            "reservation": None if reservation is None else reservation.id,
            "reserved_until": None if reservation is None else reservation.expiry,
            RESERVATION_CANCELLED: self._reservations.last_cancelled,
        }
        if session is not None:
            said["session_status"] = session.status
        if (charged := self._own.charged) is not None:
            said |= {
                "session_energy": charged.energy,
                "session_cost": charged.cost,
                "session_currency": charged.currency,
                "session_start": charged.start,
            }
        self._take({name: value for name, value in said.items() if value is not None})
