"""What a charger last said of itself, as it said it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
import re
from typing import Final

from ..known import Value
from .models import OWN, OWN_CLIENT, Claim, ScheduleEvent, client_slug
from .rapi_results import (
    Calibration,
    Capacity,
    Clock,
    Energy,
    EnergyLimit,
    FaultCounters,
    Heartbeat,
    Measurement,
    Settings,
    SocketLock,
    State,
    TimeLimit,
    Timer,
    VehicleConnected,
    Version,
)

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type JsonObject = dict[str, Json]


@dataclass(slots=True, kw_only=True)
class ControllerReport:
    """What the controller last answered to RAPI; None is what it was not asked, or does not tell."""

    version: Version | None = None
    state: State | None = None
    vehicle: VehicleConnected | None = None
    capacity: Capacity | None = None
    settings: Settings | None = None
    measurement: Measurement | None = None
    timer: Timer | None = None
    clock: Clock | None = None
    time_limit: TimeLimit | None = None
    energy_limit: EnergyLimit | None = None
    socket_lock: SocketLock | None = None
    heartbeat: Heartbeat | None = None
    faults: FaultCounters | None = None
    ammeter: Calibration | None = None
    energy: Energy | None = None
    beside: JsonObject = field(default_factory=dict)
    """What the gateway told of the same when the controller answered, as long as it has told nothing else since."""


@dataclass(slots=True, kw_only=True)
class Report:
    """The last answers of one charger."""

    status: JsonObject = field(default_factory=dict)
    config: JsonObject = field(default_factory=dict)
    heard: JsonObject = field(default_factory=dict)
    """What the websocket has told since it was opened, and /status does not tell."""
    override: JsonObject | None = None
    """An empty one is none; None is not known."""
    claims: tuple[Claim, ...] | None = None
    target: JsonObject | None = None
    """What the claims come to, and whose claim each part is."""
    limit: JsonObject | None = None
    schedule: tuple[ScheduleEvent, ...] | None = None
    controller: ControllerReport = field(default_factory=ControllerReport)
    rapi_writes: bool | None = None
    """Whether the gateway hands on what is no question; asked from 5.0 on."""
    zone: tzinfo = UTC
    """The zone of the controller's clock, which does not tell it."""
    own_client: int = OWN_CLIENT
    """Our number as a client of the manager."""
    serial: str | None = None
    """The number of the charger that all this is of; None where its firmware does not tell it (up to 4.1.1)."""

    # What there is, by presence: versions are not always numbers, and builds differ.

    @property
    def has_manager(self) -> bool:
        """Whether the gateway owns the controller: 4.0 and later."""
        return "evse_connected" in self.status

    @property
    def has_claims(self) -> bool:
        """Whether clients can claim: 4.1 and later."""
        return "status" in self.status

    @property
    def writes_settings(self) -> bool:
        """Whether the configuration holds the controller's settings, to be written: 4.1.2 and later."""
        return "diode_check" in self.config

    @property
    def has_limit(self) -> bool:
        """Whether there is a limit of its own: 4.1.9 and later."""
        return "limit" in self.status

    @property
    def has_meter(self) -> bool:
        """Whether the gateway meters the energy itself: 4.1.9 and later."""
        return "total_day" in self.status

    @property
    def is_fifth(self) -> bool:
        """Whether it is 5.0 or later."""
        return "vehicle_data_src" in self.config

    @property
    def is_newest(self) -> bool:
        """Whether it is later than 5.1.5."""
        return "front_button" in self.config

    @property
    def own_claim(self) -> Claim | None:
        """Our own claim."""
        return next((claim for claim in self.claims or () if claim.client == self.own_client), None)

    def who(self, client: int) -> str:
        """Name a client of the manager: a slug."""
        return OWN if client == self.own_client else client_slug(client)


type Read = Callable[[Report], Value | None]
"""How one thing is read out of a report."""

# Twice the longest time in s that a gateway counts, which is also more than any meter's Wh. JSON has numbers of any length,
# with which nobody can compute.
_LARGEST: Final = 10_000_000_000
# Longer than all that a charger has to say, and the longest that Home Assistant takes for a state.
_LONGEST: Final = 255


def number(source: JsonObject | None, name: str) -> float | None:
    """A number of a size that can be; None for what is none: absent sensors are `false`, and one firmware prints NaN."""
    value = None if source is None else source.get(name)
    # Some sixty times in each poll, so by the quickest way: of the classes that JSON has, not of theirs.
    if (type(value) is int or type(value) is float) and -_LARGEST < value < _LARGEST:
        return value
    return None


def whole(source: JsonObject | None, name: str) -> int | None:
    """A finite number without its fraction."""
    value = number(source, name)
    return None if value is None else int(value)


def text(source: JsonObject | None, name: str) -> str | None:
    """A text that is not empty, and can be written down: JSON may spell halves of characters."""
    value = None if source is None else source.get(name)
    if not isinstance(value, str) or not value or any("\ud800" <= character <= "\udfff" for character in value):
        return None
    return value[:_LONGEST]


def flag(source: JsonObject | None, name: str) -> bool | None:
    """Yes or no, which the firmware writes as true and false, or as 1 and 0."""
    value = None if source is None else source.get(name)
    return bool(value) if isinstance(value, bool | int) else None


_SERIAL: Final = re.compile(r"[0-9a-f]{12}")


def serial_of(config: JsonObject) -> str | None:
    """The number that /config tells: the MAC of the WiFi, in lower case as zeroconf announces it.

    On a cable /status tells another one.
    """
    told = (text(config, "wifi_serial") or "").lower()
    return told if _SERIAL.fullmatch(told) else None
