"""The operator's back end: what happens at its sites. It knows nothing of HTTP, nor of versions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from .quirks import Quirk
from .reservations import Reservation
from .scripts import Result
from .sessions import Driver, Session, SessionStatus, Tariff
from .sites import Car, Connector, Evse, Location, Status


@dataclass(slots=True, kw_only=True)
class _Wait:
    """A start that waits for its car."""

    driver: Driver
    reference: str | None
    until: datetime
    connector: Connector
    session: Session | None


class Operator:
    """Holds sites, sessions and reservations."""

    def __init__(
        self,
        locations: list[Location],
        tariff: Tariff,
        quirks: set[Quirk],
        now: Callable[[], datetime],
        *,
        patience: float,
    ) -> None:
        """Run these sites; a start waits `patience` seconds for its car."""
        self.locations = locations
        self.tariff = tariff
        self.sessions: list[Session] = []
        self.reservations: dict[str, Reservation] = {}
        """By their ids, in lower case."""
        self._quirks = quirks
        self.now = now
        self._patience = timedelta(seconds=patience)
        self._waits: dict[str, _Wait] = {}
        self._numbers = count(1)
        self.settle()

    # What there is

    def evses(self) -> Iterator[tuple[Location, Evse]]:
        """Go through all EVSEs."""
        for location in self.locations:
            for evse in location.evses:
                yield location, evse

    def location(self, id_: str) -> Location | None:
        """Find a location."""
        return next((location for location in self.locations if location.id.casefold() == id_.casefold()), None)

    def evse(self, uid: str) -> tuple[Location, Evse]:
        """Find an EVSE, wherever it is.

        Raises:
            KeyError: there is none.
        """
        for location, evse in self.evses():
            if evse.uid.casefold() == uid.casefold():
                return location, evse
        raise KeyError(uid)

    def session(self, id_: str) -> Session | None:
        """Find a session."""
        return next((session for session in self.sessions if session.id.casefold() == id_.casefold()), None)

    def session_at(self, evse: Evse) -> Session | None:
        """Find the session that goes on at an EVSE, charging or about to."""
        return next((session for session in self.sessions if session.evse is evse and session.open), None)

    def reservation_of(self, evse: Evse) -> Reservation | None:
        """Find who has reserved an EVSE."""
        return next((found for found in self.reservations.values() if found.evse is evse), None)

    # What people and cars do

    def plug_in(self, evse: Evse, car: Car) -> None:
        """Connect a car; a start that waited for it goes on."""
        evse.car = car
        if evse.works and (wait := self._waits.pop(evse.uid, None)) is not None:
            self._begin(evse, wait.driver, wait.reference, wait.connector, wait.session)
        self.settle()

    def unplug(self, evse: Evse) -> None:
        """Disconnect the car, which ends its session."""
        evse.car = None
        session = self.session_at(evse)
        if session is not None and session.status != SessionStatus.RESERVATION:
            session.close(self.now())
        self.settle()

    def break_down(self, evse: Evse, status: str) -> None:
        """Give an EVSE a status for good; what makes it useless ends its session and its reservation."""
        evse.instead = status
        if not evse.works:
            if (session := self.session_at(evse)) is not None:
                session.close(self.now())
            self._waits.pop(evse.uid, None)
        self.settle()

    def repair(self, evse: Evse) -> None:
        """Let an EVSE have the status that is the case."""
        evse.instead = None
        self.settle()

    def swipe(self, evse: Evse, driver: Driver, *, listed: bool) -> Session:
        """Start a session at the EVSE itself, with a card."""
        session = self._begin(evse, driver, None, evse.connectors[0], self._use_up(evse, driver))
        session.auth_method = "WHITELIST"
        session.listed = listed
        self.settle()
        return session

    # Commands

    def may_start(self, evse: Evse, driver: Driver) -> Result:
        """Decide whether an EVSE can be started."""
        if not evse.works:
            return Result.EVSE_INOPERATIVE
        held = self.reservation_of(evse)
        if held is not None and not held.driver.is_same(driver):
            return Result.EVSE_OCCUPIED
        if (wait := self._waits.get(evse.uid)) is not None:
            return Result.ACCEPTED if wait.driver.is_same(driver) else Result.EVSE_OCCUPIED
        session = self.session_at(evse)
        if session is not None and session.status != SessionStatus.RESERVATION:
            return Result.EVSE_OCCUPIED
        if evse.car is None and Quirk.NEEDS_CABLE in self._quirks:
            return Result.FAILED
        return Result.ACCEPTED

    def start(self, evse: Evse, driver: Driver, reference: str | None, connector: Connector) -> None:
        """Start a session, or wait for its car."""
        reserved = self._use_up(evse, driver)
        if evse.car is not None:
            self._begin(evse, driver, reference, connector, reserved)
            self.settle()
            return
        waiting = self._waits.get(evse.uid)
        pending = waiting.session if waiting is not None else reserved
        if pending is None and Quirk.PENDING_SESSIONS in self._quirks:
            pending = self._open(evse, driver, reference, connector, SessionStatus.PENDING)
        self._waits[evse.uid] = _Wait(
            driver=driver,
            reference=reference,
            until=self.now() + self._patience,
            connector=connector,
            session=pending,
        )
        self.settle()

    def stop(self, session: Session) -> None:
        """End a session; the car stays where it is."""
        session.close(self.now())
        self._waits.pop(session.evse.uid, None)
        held = self.reservation_of(session.evse)
        if held is not None and held.session is session:
            self.end_reservation(held)
        self.settle()

    def may_reserve(self, evse: Evse, driver: Driver, id_: str) -> Result:
        """Decide whether an EVSE can be reserved; who has reserved it may do so again under the same id."""
        if not evse.works:
            return Result.EVSE_INOPERATIVE
        if (known := self.reservation(id_)) is not None and not known.driver.is_same(driver):
            return Result.REJECTED
        held = self.reservation_of(evse)
        if held is not None:
            return Result.ACCEPTED if held is known else Result.EVSE_OCCUPIED
        if evse.car is not None or self.session_at(evse) is not None:
            return Result.EVSE_OCCUPIED
        return Result.ACCEPTED

    def reserve(self, reservation: Reservation, reference: str | None, *, with_session: bool) -> None:
        """Reserve an EVSE, or replace the reservation of the same id."""
        key = reservation.id.casefold()
        if (before := self.reservations.pop(key, None)) is not None and before.session is not None:
            reservation.session = before.session
            reservation.session.evse = reservation.evse
            reservation.session.last_updated = self.now()
        elif with_session:
            evse = reservation.evse
            reservation.session = self._open(
                evse, reservation.driver, reference, evse.connectors[0], SessionStatus.RESERVATION
            )
            reservation.session.fees = self.tariff.reservation
        self.reservations[key] = reservation
        self.settle()

    def reservation(self, id_: str) -> Reservation | None:
        """Find a reservation."""
        return self.reservations.get(id_.casefold())

    def end_reservation(self, reservation: Reservation) -> None:
        """End a reservation, for whatever reason."""
        self.reservations.pop(reservation.id.casefold(), None)
        if reservation.session is not None and reservation.session.status == SessionStatus.RESERVATION:
            reservation.session.close(self.now())
        self.settle()

    def unlock(self, evse: Evse, connector: Connector) -> None:
        """Unlock a connector, which ends the session at it, as a charge point does (OCPP 1.6, 5.18)."""
        evse.unlocked.append(connector.id)
        session = self.session_at(evse)
        if session is not None and session.status == SessionStatus.ACTIVE:
            session.close(self.now())
        self.settle()

    # Time

    def run(self, seconds: float) -> None:
        """Let so many seconds have passed: cars charge."""
        for session in self.sessions:
            if session.status == SessionStatus.ACTIVE and session.evse.car is not None and seconds > 0:
                session.energy += session.evse.car.take(session.connector.power, seconds) / 1000
                session.last_updated = self.now()
        self.settle()

    def settle(self) -> None:
        """End what has run out, and give every EVSE the status that is the case."""
        now = self.now()
        for uid, wait in list(self._waits.items()):
            if wait.until <= now:
                del self._waits[uid]
                if wait.session is not None:
                    wait.session.close(now, SessionStatus.INVALID)
        for reservation in list(self.reservations.values()):
            if reservation.expiry <= now or not reservation.evse.works:
                self.end_reservation(reservation)
        for location, evse in self.evses():
            status = self._status(evse)
            if evse.status != status:
                evse.status = status
                evse.last_updated = location.last_updated = now

    def _status(self, evse: Evse) -> str:
        if evse.instead is not None:
            return evse.instead
        session = self.session_at(evse)
        if session is not None and session.status == SessionStatus.ACTIVE:
            return Status.CHARGING
        if self.reservation_of(evse) is not None:
            return Status.RESERVED
        if evse.car is not None and Quirk.AVAILABLE_UNTIL_CHARGING not in self._quirks:
            return Status.CHARGING
        return Status.AVAILABLE

    # Sessions

    def _use_up(self, evse: Evse, driver: Driver) -> Session | None:
        """Let a driver have what was reserved; returns the session that goes on."""
        held = self.reservation_of(evse)
        if held is None or not held.driver.is_same(driver):
            return None
        del self.reservations[held.id.casefold()]
        return held.session

    def _begin(
        self, evse: Evse, driver: Driver, reference: str | None, connector: Connector, session: Session | None
    ) -> Session:
        if session is None:
            session = self._open(evse, driver, reference, connector, SessionStatus.ACTIVE)
        session.status = SessionStatus.ACTIVE
        session.reference = reference or session.reference
        session.connector = connector
        session.start = session.last_updated = self.now()
        session.fees += self.tariff.start
        return session

    def _open(
        self, evse: Evse, driver: Driver, reference: str | None, connector: Connector, status: SessionStatus
    ) -> Session:
        location, _ = self.evse(evse.uid)
        session = Session(
            id=f"SESSION-{next(self._numbers)}",
            driver=driver,
            location=location,
            evse=evse,
            connector=connector,
            start=self.now(),
            last_updated=self.now(),
            status=status,
            reference=reference,
        )
        self.sessions.append(session)
        return session
