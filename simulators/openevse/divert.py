"""Charging with what the sun leaves over, and with what the house leaves over."""

from typing import Final

from .claims import Client, Priority, Properties
from .controller import MINIMUM_CURRENT
from .manager import Manager

NORMAL: Final = 1
ECO: Final = 2
_HYSTERESIS = 0.5
"""A."""


class Divert:
    """Solar power, or power that would be exported, into the car.

    The firmware smooths what is left over during half a minute; here a feed counts at once.
    """

    def __init__(self, manager: Manager | None) -> None:
        """Begin in normal mode; without a manager (up to 3.3) nothing is done but to compute."""
        self._manager = manager
        self.mode = NORMAL
        self.solar = 0
        """W."""
        self.grid = 0
        """W; negative is export."""
        self.rate = 0
        """A."""
        self.active = False
        self.updated: float | None = None
        """Seconds since the last feed."""
        self._hold = 0.0
        """Seconds for which a charge that has begun is not paused."""

    def restart(self) -> None:
        """Begin in normal mode again."""
        self.mode = NORMAL
        self.solar = self.grid = self.rate = 0
        self.active = False
        self.updated = None
        self._hold = 0.0

    def set_mode(self, mode: int) -> None:
        """Take a mode; 0, from a request without one, is neither normal nor eco."""
        if mode == self.mode:
            return
        self.mode = mode
        self.active = False
        if self._manager is None:
            return
        if mode == NORMAL:
            self._manager.claims.release(Client.DIVERT)
        elif mode == ECO:
            self.rate = 0
            self._hold = 0.0
            self._manager.claims.make(Client.DIVERT, Priority.DEFAULT, Properties(state="disabled"))

    def feed(self, *, solar: int | None, grid: int | None, voltage: float, current: float, ratio: float) -> None:
        """Take a measurement in W; `ratio` is what share of the power must be the sun's."""
        self.updated = 0.0
        if solar is not None:
            self.solar = solar
            available = solar / voltage
        elif grid is not None:
            self.grid = grid
            reserve = 1000 * max(0.0, ratio - 1) / voltage
            excess = grid / voltage - current
            available = -excess - reserve if excess < 0 else 0.0
        else:
            return
        if self.mode == ECO:
            self._follow(max(0.0, available), ratio)

    def _follow(self, available: float, ratio: float) -> None:
        self.rate = int(available) + (available % 1 > min(1.0, ratio))
        trigger = MINIMUM_CURRENT * min(1.0, ratio)
        if available >= trigger + _HYSTERESIS:
            self.active = True
            if self._manager is not None:
                charge = Properties(state="active", charge_current=self.rate)
                self._manager.claims.make(Client.DIVERT, Priority.DIVERT, charge)
        elif available <= trigger and self._hold <= 0:
            self.active = False
            if self._manager is not None:
                self._manager.claims.make(Client.DIVERT, Priority.DEFAULT, Properties(state="disabled"))

    def charging_began(self, minimum: float) -> None:
        """Let a charge go on for at least so many seconds."""
        if self.mode == ECO:
            self._hold = minimum

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self._hold -= seconds
        if self.updated is not None:
            self.updated += seconds


class Shaper:
    """Keeps the house below what its fuse allows, from 4.1.5 on."""

    def __init__(self, manager: Manager) -> None:
        """Begin switched off."""
        self._manager = manager
        self.enabled = False
        self.power = 0
        """W that the house takes, the car included."""
        self.limit = 0
        """W that it may take."""
        self.current: float = 0
        """A that are left for the car."""
        self.updated = False
        self._age = 0.0
        self._patience = 120.0
        self._rest = 0.0
        """Seconds for which a pause goes on."""

    def set_enabled(self, *, enabled: bool) -> None:
        """Switch it, until the next restart."""
        self.enabled = enabled
        if not enabled:
            self._manager.claims.release(Client.SHAPER)

    def configure(self, *, limit: int, patience: float) -> None:
        """Take the limit in W, and how many seconds old a measurement may be."""
        self.limit = limit
        self._patience = patience

    def feed(self, power: int, *, voltage: float, current: float, pause: float) -> None:
        """Take a measurement in W; a pause lasts at least `pause` seconds."""
        self.power = power
        self.current = (self.limit - min(power, self.limit)) / voltage + current
        self.updated = True
        self._age = 0.0
        if not self.enabled:
            return
        most = int(self.current)
        if most < MINIMUM_CURRENT:
            self._rest = self._rest if self._rest > 0 else pause
            claim = Properties(state="disabled", max_current=most)
        elif self._rest > 0:
            claim = Properties(state="disabled", max_current=most)
        else:
            claim = Properties(max_current=most)
        self._manager.claims.make(Client.SHAPER, Priority.SAFETY, claim)

    def run(self, seconds: float) -> None:
        """Let time pass: without measurements nothing may be charged."""
        self._age += seconds
        self._rest = max(0.0, self._rest - seconds)
        if not self.enabled or (self.updated and self._age <= self._patience):
            return
        self.updated = False
        self._manager.claims.make(Client.SHAPER, Priority.LIMIT, Properties(state="disabled"))

    def restart(self) -> None:
        """Forget what was measured."""
        self.power, self.current, self.updated, self._age, self._rest = 0, 0, False, 0.0, 0.0
