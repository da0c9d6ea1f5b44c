"""The gateway's manager, from 4.0 on: claims in, RAPI out."""

from collections.abc import Callable

from .claims import Claims, Client, Priority, Properties, Wish
from .controller import MINIMUM_CURRENT
from .serial_line import Line

_UNDONE_AFTER = 1.5
"""Seconds after which what somebody else did to the charger is undone."""


class Manager:
    """Has the controller do what the claims come to."""

    def __init__(self, line: Line, is_off: Callable[[], bool], offered: Callable[[], int]) -> None:
        """Own a controller; `is_off` tells whether it sleeps or is disabled, and `offered` the A that a car is offered."""
        self._line = line
        self._is_off = is_off
        self._offered = offered
        self.claims = Claims(self.apply)
        self.default: Wish = "active"
        """What is done without claims."""
        self.pause_disables = False
        """Pause with `$FD` in place of `$FS`, for cars that do not wake."""
        self.soft_maximum = 0
        """The stored maximum in A as it was last heard of; 0 before the controller was heard."""
        self.current = 0
        """A that the controller took when it was last told; more than that only the newest firmware knows."""
        self.override_version = 0
        self._wrong_for = 0.0

    # What the claims come to

    @property
    def wish(self) -> Wish:
        """Whether to charge."""
        claim = self.claims.winner("state")
        return (claim.properties.state if claim is not None else None) or self.default

    @property
    def max_current(self) -> int:
        """The lowest of what is configured and claimed, in A."""
        claim = self.claims.winner("max_current")
        claimed = claim.properties.max_current if claim is not None else None
        return self.soft_maximum if claimed is None else min(self.soft_maximum, claimed)

    @property
    def target_current(self) -> int:
        """What to advertise, in A."""
        claim = self.claims.winner("charge_current")
        claimed = claim.properties.charge_current if claim is not None else None
        return max(MINIMUM_CURRENT, self.max_current if claimed is None else min(self.max_current, claimed))

    def target(self) -> dict[str, dict[str, object]]:
        """Tell what the claims come to, and whose claim each part is."""
        said: dict[str, object] = {"state": self.wish}
        owners: dict[str, object] = {}
        for name in ("state", "charge_current", "max_current"):
            if (claim := self.claims.winner(name)) is not None:
                said[name] = getattr(claim.properties, name)
                owners[name] = claim.client
        return {"properties": said | {"auto_release": False}, "claims": owners}

    # The manual override

    @property
    def overridden(self) -> bool:
        """Whether there is a manual override."""
        return self.claims.get(Client.MANUAL) is not None

    def override(self, properties: Properties) -> bool:
        """Make a manual override; false if all slots are taken."""
        self.override_version += 1
        return self.claims.make(Client.MANUAL, Priority.MANUAL, properties)

    def release_override(self) -> bool:
        """Give it up; false if there is none."""
        if not self.claims.release(Client.MANUAL):
            return False
        self.override_version += 1
        return True

    def toggle_override(self) -> bool:
        """Do the opposite of what is done now, or give the override up: the front button does the same."""
        if self.overridden:
            return self.release_override()
        return self.override(Properties(state="disabled" if self.wish == "active" else "active", auto_release=True))

    # What is done about it

    def apply(self) -> None:
        """Tell the controller what it is not doing yet."""
        self._wrong_for = 0.0
        if not self.soft_maximum:
            return
        if (self.wish == "disabled") != self._is_off():
            pause = "$FD" if self.pause_disables else "$FS"
            self._line.exchange("$FE" if self.wish == "active" else pause)
        if self.target_current != self.current:
            self.set_current(self.target_current)

    def set_current(self, amperes: int) -> None:
        """Advertise a current without storing it."""
        outcome = self._line.exchange(f"$SC {amperes} V")
        if outcome.agreed:
            self.current = int(outcome.values[0])

    def hear(self, current: int) -> None:
        """Hear what the controller advertises."""
        self.current = current

    def watch(self, seconds: float) -> None:
        """Undo, a second and a half later, what others have done to the charger."""
        if (self.wish == "disabled") == self._is_off() and self._offered() == self.target_current:
            self._wrong_for = 0.0
            return
        self._wrong_for += seconds
        if self._wrong_for >= _UNDONE_AFTER:
            self.apply()
            self.set_current(self.target_current)

    def restart(self) -> None:
        """Forget."""
        self.claims.clear()
        self.override_version = 0
        self.soft_maximum = 0
        self._wrong_for = 0.0
