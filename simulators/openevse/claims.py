"""Who wants what of the charger: the gateway's manager, from 4.0 on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Wish = Literal["active", "disabled"]

SLOTS: Final = 10


class Client(IntEnum):
    """The gateway's own clients."""

    MANUAL = 65537
    DIVERT = 65538
    BOOST = 65539
    SCHEDULE = 65540
    LIMIT = 65542
    ERROR = 65543
    OHM = 65544
    OCPP = 65545
    RFID = 65546
    MQTT = 65547
    SHAPER = 65548


class Priority(IntEnum):
    """The higher has the say."""

    DEFAULT = 10
    DIVERT = 50
    TIMER = 100
    BOOST = 200
    API = 500
    MANUAL = 1000
    RFID = 1030
    OCPP = 1050
    LIMIT = 1100
    SAFETY = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What a claim says; None is "no opinion"."""

    state: Wish | None = None
    charge_current: int | None = None
    max_current: int | None = None
    energy_limit: int | None = None
    """Wh, up to 4.1.7."""
    time_limit: int | None = None
    """Minutes, up to 4.1.7."""
    auto_release: bool = False
    """Given up when the car leaves."""

    def as_json(self) -> dict[str, Json]:
        """Write what is said."""
        said: dict[str, Json] = {
            "state": self.state,
            "charge_current": self.charge_current,
            "max_current": self.max_current,
            "energy_limit": self.energy_limit,
            "time_limit": self.time_limit,
        }
        told: dict[str, Json] = {name: value for name, value in said.items() if value is not None}
        told["auto_release"] = self.auto_release
        return told


def read_properties(said: dict[str, Json], *, limits: bool, auto_release: bool) -> Properties:
    """Read a claim as the firmware does: what it does not know says nothing, and nothing is an error."""
    wish: Wish | None = None
    match said.get("state"):
        case "active":
            wish = "active"
        case "disabled":
            wish = "disabled"
    released = said.get("auto_release", auto_release)
    return Properties(
        state=wish,
        charge_current=_number(said.get("charge_current")),
        max_current=_number(said.get("max_current")),
        energy_limit=_number(said.get("energy_limit")) if limits else None,
        time_limit=_number(said.get("time_limit")) if limits else None,
        auto_release=bool(released),
    )


def _number(value: Json) -> int | None:
    """Read a number; "clear" is no opinion, and any other text is 0."""
    match value:
        case None | "clear":
            return None
        case bool() | int() | float():
            return int(value)
        case _:
            return 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim in its slot."""

    client: int
    priority: int
    properties: Properties


class Claims:
    """Ten slots, forgotten by a restart."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        """Begin without any; `on_change` is called when the target may be another."""
        self._slots: list[Claim | None] = [None] * SLOTS
        self._on_change = on_change
        self.version = 0

    def __iter__(self) -> Iterator[Claim]:
        """Go through those that are taken, in the order of the slots."""
        return (claim for claim in self._slots if claim is not None)

    def get(self, client: int) -> Claim | None:
        """Find the claim of a client."""
        return next((claim for claim in self if claim.client == client), None)

    def make(self, client: int, priority: int, properties: Properties) -> bool:
        """Claim anew; false if all slots are taken."""
        claim = Claim(client, priority, properties)
        clients = [None if taken is None else taken.client for taken in self._slots]
        sought = client if client in clients else None
        if sought is None and None not in clients:
            return False
        slot = clients.index(sought)
        if self._slots[slot] != claim:
            self._slots[slot] = claim
            self._changed()
        return True

    def release(self, client: int) -> bool:
        """Give up a claim; false if there is none."""
        for slot, claim in enumerate(self._slots):
            if claim is not None and claim.client == client:
                self._slots[slot] = None
                self._changed()
                return True
        return False

    def car_left(self) -> None:
        """Give up what is given up at the end of a session, which the firmware does not count."""
        version = self.version
        for claim in list(self):
            if claim.properties.auto_release:
                self.release(claim.client)
        self.version = version

    def clear(self) -> None:
        """Forget all, as after a restart."""
        self._slots = [None] * SLOTS
        self.version = 0

    def _changed(self) -> None:
        self.version += 1
        self._on_change()

    def winner(self, of: str) -> Claim | None:
        """Find who has the say about `state`, `charge_current` or `max_current`; the first slot among equals."""
        saying = [claim for claim in self if getattr(claim.properties, of) is not None]
        return max(saying, key=lambda claim: claim.priority, default=None)
