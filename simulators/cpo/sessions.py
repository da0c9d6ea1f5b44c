"""Charging sessions and what they cost."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .sites import Connector, Evse, Location


class SessionStatus(StrEnum):
    """RESERVATION since 2.2."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Who charges: what the operator keeps of a token."""

    uid: str
    contract_id: str
    """`auth_id` in 2.1.1."""
    country_code: str = "NL"
    party_id: str = "HOM"
    type: str = "APP_USER"

    def is_same(self, other: Driver) -> bool:
        """Compare as CiStrings are: without regard to case."""
        return self.uid.casefold() == other.uid.casefold()


@dataclass(slots=True, kw_only=True)
class Tariff:
    """What it costs; may be changed at any time."""

    currency: str = "EUR"
    energy: float = 0.4
    """Per kWh, before taxes."""
    start: float = 0.0
    """Per session, before taxes."""
    reservation: float = 0.0
    """Per reservation, before taxes."""
    tax: float = 21.0
    """%."""
    told: bool = True
    """Whether sessions say what they cost."""


@dataclass(slots=True, kw_only=True)
class Session:
    """A session; may be changed at any time."""

    id: str
    driver: Driver
    location: Location
    evse: Evse
    connector: Connector
    start: datetime
    last_updated: datetime
    status: str = SessionStatus.ACTIVE
    end: datetime | None = None
    reference: str | None = None
    """The `authorization_reference` of the command it came from."""
    auth_method: str = "COMMAND"
    energy: float = 0.0
    """kWh."""
    fees: float = 0.0
    """What it costs beside the energy, before taxes."""
    listed: bool = True
    """Whether the eMSP is told of it: other people's are their eMSP's business."""

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.status in {SessionStatus.ACTIVE, SessionStatus.PENDING, SessionStatus.RESERVATION}

    def cost(self, tariff: Tariff) -> float:
        """Before taxes."""
        return round(self.fees + self.energy * tariff.energy, 4)

    def close(self, now: datetime, status: SessionStatus = SessionStatus.COMPLETED) -> None:
        """End it."""
        self.status = status
        self.end = self.last_updated = now
