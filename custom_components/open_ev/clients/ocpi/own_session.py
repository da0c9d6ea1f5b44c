"""Our session at a charge point: which of an operator's sessions it is, and how to keep it in sight until it is over."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from .commands import new_reference
from .credentials import Credentials
from .models import Session, SessionStatus, same

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_FAR_AWAY: Final = datetime.max.replace(tzinfo=UTC)

_OPEN: Final = {SessionStatus.PENDING, SessionStatus.ACTIVE}
_FINISHED: Final = {SessionStatus.COMPLETED, SessionStatus.INVALID}
# It has not begun, and may never begin.
_WAITING: Final = {SessionStatus.PENDING, SessionStatus.RESERVATION}
# Commands before the last few have had their sessions.
_REFERENCES: Final = 16
# Nor does an operator show those again that were before the last few.
_FORMER: Final = 16
# A list that changes while it is read page by page may lack one of its sessions once.
_TOLERATED: Final = 1


class OwnSession:
    """The open one, or the last."""

    def __init__(self, credentials: Credentials, location_id: str, evse_uid: str) -> None:
        """None is known yet at this EVSE."""
        self._credentials = credentials
        self._location_id = location_id
        self._evse_uid = evse_uid
        self._references: deque[str] = deque(maxlen=_REFERENCES)
        self._former: deque[str] = deque(maxlen=_FORMER)
        self._has_looked = False
        self._absences = 0
        self.session: Session | None = None
        self.charged: Session | None = None
        """The one that charges, or else the last that did: neither a mere reservation nor a start that waits for the cable."""

    def new_reference(self) -> str:
        """A name for an authorization, by which its session will be known as ours."""
        reference = new_reference()
        self._references.append(reference)
        return reference

    def expect(self, reference: str) -> None:
        """Know a session as ours by a name from before we began."""
        self._references.append(reference)

    # What it is doing

    @property
    def is_open(self) -> bool:
        """Whether it charges, or is about to."""
        return self.session is not None and self.session.status in _OPEN

    @property
    def is_charging(self) -> bool:
        """Whether it is active, which alone is charging."""
        return self.session is not None and self.session.status is SessionStatus.ACTIVE

    @property
    def is_reservation(self) -> bool:
        """Whether it is no more than a reservation yet."""
        return self.session is not None and self.session.status is SessionStatus.RESERVATION

    def has_reference(self, reference: str) -> bool:
        """Whether it was authorized under this name."""
        return self.session is not None and same(self.session.reference, reference)

    def differs_from(self, before: Session | None) -> bool:
        """Whether it is another one, or in another part of its life."""
        now = self.session
        return now is not None and (before is None or (now.id, now.status) != (before.id, before.status))

    # Keeping it in sight

    @property
    def since(self) -> datetime | None:
        """From when on sessions have to be asked for to have this one among them, by the operator's clock; None if it is over.

        An operator lists what changed since a moment. The end of a session may reach it late, and be told with the time that
        it had at the EVSE; but before it began no session ends.
        """
        if self.session is None or self.session.status in _FINISHED:
            return None
        return min(filter(None, (self.session.start, self.session.updated)), default=None)

    def take(self, sessions: Iterable[Session], since: datetime) -> None:
        """Take the sessions of all drivers at all places that have changed since a moment."""
        ours = {session.id.casefold(): session for session in sessions if self._is_ours(session)}
        if (known := self.session) is not None:
            if known.id.casefold() in ours:
                self._absences = 0
            else:
                ours[known.id.casefold()] = self._missed(known, since)
        self.session = max(ours.values(), key=_rank, default=None)
        self._take_charged(ours)

    def _take_charged(self, ours: Mapping[str, Session]) -> None:
        """Take the one of ours that charged last. There is no way back to a former one, which would be counted twice.

        One that an operator has forgotten to end is active, and so goes before those that came after it; and an EVSE whose
        clock is wrong tells when each of its sessions began by that.
        """
        fresh = (each for each in ours.items() if each[0] not in self._former)
        charged = {session_id: session for session_id, session in fresh if self._has_charged(session)}
        self._has_looked = True
        if (before := self.charged) is not None:
            charged.setdefault(before.id.casefold(), before)
        self.charged = max(charged.values(), key=_rank, default=None)
        if before is not None and self.charged is not None and not same(self.charged.id, before.id):
            self._former.append(before.id.casefold())

    def _has_charged(self, session: Session) -> bool:
        """Whether a session is more than a reservation or a start in vain, which end as one that charged does.

        One that did is active when it is looked at, or it is of energy. Only of what was over before our first look nobody can
        tell: it may be what was shown before.
        """
        if self.charged is not None and same(self.charged.id, session.id):
            return True
        if session.status in _WAITING:
            return False
        return session.status is SessionStatus.ACTIVE or not self._has_looked or bool(session.energy)

    def _missed(self, known: Session, since: datetime) -> Session:
        """What a session is that is not listed: as it was, unless it would have to be.

        One that is open and was there is gone when it is not there again and again: nobody knows then how it went on.
        """
        if self.since is not None and self.since >= since:
            self._absences += 1
            if self._absences > _TOLERATED:
                return replace(known, status=SessionStatus.UNKNOWN)
        return known

    def _is_ours(self, session: Session) -> bool:
        """Whether a session is one that we authorized, or at least of our driver, and here; once it is, it stays so."""
        if any(same(session.reference, reference) for reference in self._references):
            return True
        if not same(session.location_id, self._location_id) or not same(session.evse_uid, self._evse_uid):
            return False
        known = any(ours is not None and same(session.id, ours.id) for ours in (self.session, self.charged))
        return known or self._is_our_drivers(session)

    def _is_our_drivers(self, session: Session) -> bool:
        """Whether a session was begun with our driver's token.

        Several drivers may share a contract, so the token decides where it is told (2.2.1 and later; 2.1.1 tells no more than
        the contract); and tokens of two parties may have the same uid.
        """
        credentials, driver = self._credentials, self._credentials.driver
        party = credentials.country_code + credentials.party_id
        if session.token_party is not None and not same(session.token_party, party):
            return False
        if session.token_uid is not None:
            return same(session.token_uid, driver.uid)
        return same(session.contract_id, driver.contract_id)


def _rank(session: Session) -> tuple[bool, datetime]:
    """One that is active goes before all others, then the youngest; one that has not begun is younger yet."""
    start = session.start or session.updated or (_FAR_AWAY if session.status in _WAITING else _LONG_AGO)
    return session.status is SessionStatus.ACTIVE, start
