"""What is soldered on and screwed to a controller: sensors, chips, a display."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

_WIDTH = 16
_WARMTH = 0.03
"""°C above the surroundings for each A squared: 15 °C at 22 A."""
_INERTIA = 300.0
"""Seconds in which two thirds of a difference in temperature are gone."""


class Colour(IntEnum):
    """Of the display's light."""

    OFF = 0
    RED = 1
    GREEN = 2
    YELLOW = 3
    BLUE = 4
    VIOLET = 5
    TEAL = 6
    WHITE = 7


@dataclass(slots=True, kw_only=True)
class Temperatures:
    """°C, None where there is no sensor."""

    clock: float | None = 25.0
    lcd: float | None = None
    infrared: float | None = None

    def warm(self, surroundings: float, current: float, seconds: float) -> None:
        """Follow the current that flows."""
        share = min(1.0, seconds / _INERTIA)
        aim = surroundings + _WARMTH * current**2
        if self.clock is not None:
            self.clock += (aim - self.clock) * share
        if self.lcd is not None:
            self.lcd += (aim - self.lcd) * share
        if self.infrared is not None:
            self.infrared += (aim - self.infrared) * share


@dataclass(slots=True)
class ClockChip:
    """A clock that counts from what it was set to."""

    shows: datetime
    """Without a zone."""

    def run(self, seconds: float) -> None:
        """Go on."""
        self.shows += timedelta(seconds=seconds)


@dataclass(slots=True)
class Display:
    """Two lines of 16 characters on a coloured light."""

    lines: list[str] = field(default_factory=lambda: ["", ""])
    colour: int = Colour.GREEN

    def write(self, column: int, row: int, text: str) -> None:
        """Write over what is there; what does not fit is lost."""
        if 0 <= row < len(self.lines) and 0 <= column < _WIDTH:
            line = self.lines[row].ljust(_WIDTH)
            self.lines[row] = (line[:column] + text + line[column + len(text) :])[:_WIDTH].rstrip()

    def show(self, first: str, second: str) -> None:
        """Write both lines anew."""
        self.lines = [first[:_WIDTH], second[:_WIDTH]]


@dataclass(slots=True, kw_only=True)
class Board:
    """All of it; may be changed at any time."""

    clock: ClockChip | None
    temperatures: Temperatures = field(default_factory=Temperatures)
    surroundings: float = 25.0
    """°C."""
    voltage: float = 240.0
    """V of the mains."""
    display: Display = field(default_factory=Display)
    chip: bytes = b"SIM001FF000001"
    """What `$GI` tells: six bytes, which on many boards are no text, and eight hexadecimal digits."""
    boot_lock: bool = False
    """Built with a lock that only `$SB` opens."""
