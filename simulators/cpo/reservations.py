"""Reservations of an EVSE."""

from dataclasses import dataclass
from datetime import datetime

from .sessions import Driver, Session
from .sites import Evse, Location
from .versions import Version


@dataclass(slots=True, kw_only=True)
class Reservation:
    """Keeps an EVSE free for a driver."""

    id: str
    driver: Driver
    location: Location
    evse: Evse
    expiry: datetime
    response_url: str
    """Where the eMSP hears that the operator cancelled it."""
    version: Version
    session: Session | None
    """The session with status RESERVATION that comes with it since 2.2."""
