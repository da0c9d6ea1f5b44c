"""What an operator tells, in words of its own that no version of OCPI knows. The values of enumerations are slugs."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Version(StrEnum):
    """The versions that are spoken here."""

    V2_1_1 = "2.1.1"
    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"


class Module(StrEnum):
    """What an operator must serve."""

    LOCATIONS = "locations"
    SESSIONS = "sessions"
    COMMANDS = "commands"


class EvseStatus(StrEnum):
    """What an EVSE is doing."""

    AVAILABLE = "available"
    BLOCKED = "blocked"
    CHARGING = "charging"
    INOPERATIVE = "inoperative"
    OUT_OF_ORDER = "out_of_order"
    PLANNED = "planned"
    REMOVED = "removed"
    RESERVED = "reserved"
    UNKNOWN = "unknown"


class SessionStatus(StrEnum):
    """Where a session is in its life; only an active one charges, or could."""

    ACTIVE = "active"
    COMPLETED = "completed"
    INVALID = "invalid"
    PENDING = "pending"
    RESERVATION = "reservation"
    UNKNOWN = "unknown"


class Capability(StrEnum):
    """What an EVSE can do, of what matters here."""

    REMOTE_START_STOP_CAPABLE = "remote_start_stop_capable"
    RESERVABLE = "reservable"
    START_SESSION_CONNECTOR_REQUIRED = "start_session_connector_required"
    UNLOCK_CAPABLE = "unlock_capable"


# Their commands name a connector.
_OF_A_CONNECTOR: Final = {Capability.START_SESSION_CONNECTOR_REQUIRED, Capability.UNLOCK_CAPABLE}


class CommandType(StrEnum):
    """What can be asked for."""

    START_SESSION = "start_session"
    STOP_SESSION = "stop_session"
    RESERVE_NOW = "reserve_now"
    CANCEL_RESERVATION = "cancel_reservation"
    UNLOCK_CONNECTOR = "unlock_connector"


class Result(StrEnum):
    """What became of a command: the results of all versions, at once or later."""

    ACCEPTED = "accepted"
    CANCELED_RESERVATION = "canceled_reservation"
    EVSE_OCCUPIED = "evse_occupied"
    EVSE_INOPERATIVE = "evse_inoperative"
    FAILED = "failed"
    NOT_SUPPORTED = "not_supported"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    UNKNOWN_RESERVATION = "unknown_reservation"
    UNKNOWN_SESSION = "unknown_session"
    UNKNOWN = "unknown"
    """One that is in no version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A socket or a cable. `max_power` is in W."""

    id: str
    standard: str | None = None
    max_power: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """What charges one car at a time. `uid` is the operator's name for it, `evse_id` the one that is printed on it."""

    uid: str
    status: EvseStatus
    evse_id: str | None = None
    physical_reference: str | None = None
    capabilities: frozenset[Capability] = frozenset()
    connectors: tuple[Connector, ...] = ()

    @property
    def max_power(self) -> float | None:
        """The power in W of its strongest connector."""
        return max((connector.max_power for connector in self.connectors if connector.max_power), default=None)

    @property
    def wants_connector(self) -> bool:
        """Whether there is a command for which somebody has to say which of several connectors is meant."""
        return len(self.connectors) > 1 and not self.capabilities.isdisjoint(_OF_A_CONNECTOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place with EVSEs."""

    id: str
    name: str | None = None
    address: str | None = None
    city: str | None = None
    evses: tuple[Evse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A charging session, or a reservation. `energy` is in kWh, `cost` in `currency`, with taxes where these are told.

    `updated` is when it last changed, by the operator's clock; `token_party` whose token it was begun with, country and party.
    """

    id: str
    status: SessionStatus
    start: datetime | None = None
    updated: datetime | None = None
    energy: float | None = None
    cost: float | None = None
    currency: str | None = None
    token_uid: str | None = field(default=None, repr=False)
    token_party: str | None = field(default=None, repr=False)
    contract_id: str | None = field(default=None, repr=False)
    reference: str | None = None
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResponse:
    """What an operator says at once: whether it tries, and after how many seconds to expect no result any more."""

    result: Result
    timeout: float | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What an operator says later: what became of it."""

    result: Result
    reply: str = ""


def same(one: str | None, other: str | None) -> bool:
    """Whether two ids are the same: they are caseless (CiString), and some operators change their case."""
    return one is not None and other is not None and one.casefold() == other.casefold()
