"""Locations with their EVSEs and connectors, and the cars that come."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

_ANCIENT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ALL: Final = (
    "REMOTE_START_STOP_CAPABLE",
    "RESERVABLE",
    "RFID_READER",
    "UNLOCK_CAPABLE",
)
FULL: Final = 100.0


class Status(StrEnum):
    """Of an EVSE, in all versions. CHARGING is any use: a car that is only connected, too."""

    AVAILABLE = "AVAILABLE"
    BLOCKED = "BLOCKED"
    CHARGING = "CHARGING"
    INOPERATIVE = "INOPERATIVE"
    OUT_OF_ORDER = "OUTOFORDER"
    PLANNED = "PLANNED"
    REMOVED = "REMOVED"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


class Capability(StrEnum):
    """What an EVSE can do, as far as a command asks for it."""

    REMOTE_START_STOP_CAPABLE = "REMOTE_START_STOP_CAPABLE"
    RESERVABLE = "RESERVABLE"
    RFID_READER = "RFID_READER"
    START_SESSION_CONNECTOR_REQUIRED = "START_SESSION_CONNECTOR_REQUIRED"
    UNLOCK_CAPABLE = "UNLOCK_CAPABLE"


@dataclass(slots=True, kw_only=True)
class Car:
    """A car on a cable; its numbers may be changed at any time."""

    power: float = 11_000.0
    """W that it takes at most."""
    capacity: float = 40_000.0
    """Wh of its battery."""
    soc: float = 50.0
    """% of its battery."""

    def take(self, offered: float, seconds: float) -> float:
        """Charge with at most so many W; returns the Wh taken."""
        room = (FULL - self.soc) / 100 * self.capacity
        taken = min(min(offered, self.power) * seconds / 3600, room)
        self.soc += taken / self.capacity * 100
        return taken


@dataclass(slots=True, kw_only=True)
class Connector:
    """A socket or a cable of an EVSE."""

    id: str = "1"
    standard: str = "IEC_62196_T2"
    format: str = "SOCKET"
    power_type: str = "AC_3_PHASE"
    voltage: int = 230
    """V; of three phases each to neutral."""
    amperage: int = 16
    """A."""

    @property
    def power(self) -> int:
        """W."""
        return self.voltage * self.amperage * (3 if self.power_type == "AC_3_PHASE" else 1)


@dataclass(slots=True, kw_only=True)
class Evse:
    """Charges one car at a time."""

    uid: str
    evse_id: str | None = None
    capabilities: list[str] = field(default_factory=lambda: list(_ALL))
    connectors: list[Connector] = field(default_factory=lambda: [Connector()])
    physical_reference: str | None = None
    car: Car | None = None
    instead: str | None = None
    """The status that it has whatever is the case: out of order, planned, or one that nobody knows."""
    status: str = Status.AVAILABLE
    last_updated: datetime = _ANCIENT
    unlocked: list[str] = field(default_factory=list)
    """The ids of the connectors that were unlocked, in their order."""

    @property
    def works(self) -> bool:
        """Whether it can do anything."""
        return self.instead not in {
            Status.INOPERATIVE,
            Status.OUT_OF_ORDER,
            Status.PLANNED,
            Status.REMOVED,
            Status.BLOCKED,
        }


@dataclass(slots=True, kw_only=True)
class Location:
    """A place."""

    id: str
    name: str | None = None
    address: str = "Harbour Street 1"
    city: str = "Utrecht"
    postal_code: str = "3511 AA"
    country: str = "NLD"
    latitude: str = "52.0907"
    longitude: str = "5.1214"
    evses: list[Evse] = field(default_factory=list)
    last_updated: datetime = _ANCIENT


def apartment_house() -> list[Location]:
    """Build what an operator has if nothing else is said: two places in a garage, and a fast charger without a remote.

    "LOC1" has "EVSE1" (11 kW) and "EVSE2" (22 kW), which can be started, reserved and unlocked from afar; "LOC2" has
    "EVSE3" (50 kW DC), which can not.
    """
    garage = Location(
        id="LOC1",
        name="Garage",
        evses=[
            Evse(uid="EVSE1", evse_id="NL*OPE*E1", physical_reference="1"),
            Evse(uid="EVSE2", evse_id="NL*OPE*E2", physical_reference="2", connectors=[Connector(amperage=32)]),
        ],
    )
    fast = Connector(standard="IEC_62196_T2_COMBO", format="CABLE", power_type="DC", voltage=400, amperage=125)
    street = Location(
        id="LOC2",
        name="Street",
        address="Harbour Street 3",
        evses=[
            Evse(uid="EVSE3", evse_id="NL*OPE*E3", capabilities=[Capability.RFID_READER], connectors=[fast]),
        ],
    )
    return [garage, street]
