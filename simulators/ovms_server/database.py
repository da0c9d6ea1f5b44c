"""What a server keeps: vehicles, accounts, and the last message of each kind of every car. A restart keeps all of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import override

NEVER = 3020399
"""The age of no message at all: the longest time the real server's database can tell, 838:59:59."""
_COLUMN = 255
"""A message that is longer is handed on, and the older one stays in the database (MariaDB in strict mode)."""
_FIRST = "FS"


@dataclass(frozen=True, slots=True)
class Stored:
    """A car's last message of a kind; `hidden` in the car's paranoid mode."""

    data: str
    time: float
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRecord:
    """A record that a car has sent to be kept."""

    kind: str
    number: int
    data: str
    moment: str
    """UTC, as the database writes it."""


@dataclass(slots=True)
class Traffic:
    """Bytes of one day."""

    car_in: int = 0
    car_out: int = 0
    app_in: int = 0
    app_out: int = 0

    @override
    def __str__(self) -> str:
        """As command 30 tells it."""
        return f"{self.car_in},{self.car_out},{self.app_in},{self.app_out}"


@dataclass(slots=True, kw_only=True)
class VehicleRecord:
    """A vehicle with its server password."""

    id: str
    password: str
    owner: str
    messages: dict[str, Stored] = field(default_factory=dict)
    paranoid_token: str = ""
    history: list[HistoryRecord] = field(default_factory=list)
    days: dict[str, Traffic] = field(default_factory=lambda: defaultdict(Traffic))

    def store(self, code: str, data: str, time: float, *, hidden: bool = False) -> None:
        """Keep a message in place of the older one, unless it is too long."""
        if len(data) <= _COLUMN:
            self.messages[code] = Stored(data, time, hidden)

    def set_paranoid_token(self, token: str) -> None:
        """Begin a new paranoid mode; what was hidden by another token cannot be read any more."""
        if token != self.paranoid_token:
            self.messages = {code: stored for code, stored in self.messages.items() if not stored.hidden}
        self.paranoid_token = token

    def in_order(self) -> list[tuple[str, Stored]]:
        """The stored messages as a login is told them: F, S, the others by their code."""
        first = [code for code in _FIRST if code in self.messages]
        return [(code, self.messages[code]) for code in [*first, *sorted(self.messages.keys() - set(_FIRST))]]

    def age(self, now: float) -> int:
        """Seconds since the newest message."""
        newest = max((stored.time for stored in self.messages.values()), default=None)
        return NEVER if newest is None else min(NEVER, int(now - newest))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """Somebody who owns vehicles, with the permits of his API tokens."""

    password: str
    tokens: Mapping[str, frozenset[str]]

    def lets_in(self, secret: str) -> bool:
        """Tell whether a password, or a token that may use this protocol, opens the account."""
        permits = self.tokens.get(secret, frozenset())
        return secret == self.password or bool(permits & {"v2", "*"})


class Database:
    """All of it."""

    def __init__(self) -> None:
        """Start empty."""
        self._vehicles: dict[str, VehicleRecord] = {}
        self.accounts: dict[str, AccountRecord] = {}

    def add(self, vehicle_id: str, password: str, owner: str) -> VehicleRecord:
        """Register a vehicle, or change the password of one."""
        known = self._vehicles.get(vehicle_id.upper())
        if known is not None:
            known.password, known.owner = password, owner
            return known
        record = VehicleRecord(id=vehicle_id.upper(), password=password, owner=owner)
        self._vehicles[record.id] = record
        return record

    def add_account(self, name: str, password: str, tokens: Mapping[str, frozenset[str]]) -> None:
        """Register an account, or change its password and tokens."""
        self.accounts[name] = AccountRecord(password=password, tokens=tokens)

    def remove(self, vehicle_id: str) -> None:
        """Forget a vehicle."""
        del self._vehicles[vehicle_id.upper()]

    def find(self, vehicle_id: str) -> VehicleRecord | None:
        """Find a vehicle; upper and lower case are the same."""
        return self._vehicles.get(vehicle_id.upper())

    def of(self, owner: str) -> list[VehicleRecord]:
        """The vehicles of an account, by their ids."""
        return sorted((record for record in self._vehicles.values() if record.owner == owner), key=lambda it: it.id)
