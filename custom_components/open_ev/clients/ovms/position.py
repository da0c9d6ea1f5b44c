"""Latitude and longitude arrive as two metrics; a place is both of them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from .values import Value

# The module sends what changed in batches of 100 to 150 metrics, a second apart: the other half of a place is there
# within two batches, or it did not change.
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Position:
    """A place in degrees, WGS 84. Its representation does not tell it: it can end in a log."""

    latitude: float
    longitude: float

    @override
    def __repr__(self) -> str:
        """Say that there is a place, not which."""
        return "Position(...)"


class PositionTracker:
    """Joins the two halves of a place and tells when a whole one is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, moved: Callable[[], None]) -> None:
        """`moved` is called after `position` became another one."""
        self.position: Position | None = None
        self._loop = loop
        self._moved = moved
        self._latitude: float | None = None
        self._longitude: float | None = None
        self._fresh: set[str] = set()
        self._settling: asyncio.TimerHandle | None = None

    def latitude(self, degrees: Value) -> None:
        """Take the latitude; what is none is left out."""
        if isinstance(degrees, float) and abs(degrees) <= 90:
            self._latitude = degrees
            self._arrived("latitude")

    def longitude(self, degrees: Value) -> None:
        """Take the longitude; what is none is left out."""
        if isinstance(degrees, float) and abs(degrees) <= 180:
            self._longitude = degrees
            self._arrived("longitude")

    def forget_halves(self) -> None:
        """Take what comes from now on as halves of another place: meanwhile the car may have gone anywhere.

        The place that is known stays until there is another whole one.
        """
        self.close()
        self._fresh.clear()
        self._latitude = self._longitude = None

    def close(self) -> None:
        """Do not wait for another half any more."""
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    def _arrived(self, half: str) -> None:
        self._fresh.add(half)
        if len(self._fresh) == 2:
            self._settle()
        elif self._settling is None:
            self._settling = self._loop.call_later(SETTLE_SECONDS, self._settle)

    def _settle(self) -> None:
        self.close()
        self._fresh.clear()
        if self._latitude is None or self._longitude is None:
            return
        # A receiver that has no fix yet reports the point where the equator meets the prime meridian: open sea.
        if not self._latitude and not self._longitude:
            return
        position = Position(self._latitude, self._longitude)
        if position != self.position:
            self.position = position
            self._moved()
