"""The energy meter of a gateway."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts itself, from 4.1.9 on; the periods end with the local day, week, month, year."""

    session: float = 0.0
    """Wh."""
    elapsed: float = 0.0
    """Seconds of charging in the session."""
    total: float = 0.0
    """kWh, as all below."""
    day: float = 0.0
    week: float = 0.0
    month: float = 0.0
    year: float = 0.0
    switches: int = 0
    """How often the relay moved."""
    last: datetime | None = None

    def count(self, watt_hours: float, seconds: float) -> None:
        """Count what flowed in some seconds of charging."""
        self.session += watt_hours
        self.elapsed += seconds
        kilowatt_hours = watt_hours / 1000
        self.total += kilowatt_hours
        self.day += kilowatt_hours
        self.week += kilowatt_hours
        self.month += kilowatt_hours
        self.year += kilowatt_hours

    def turn(self, now: datetime) -> None:
        """Begin the periods that have begun."""
        last, self.last = self.last, now
        if last is None or last.date() == now.date():
            return
        self.day = 0.0
        if last.isocalendar()[:2] != now.isocalendar()[:2]:
            self.week = 0.0
        if (last.year, last.month) != (now.year, now.month):
            self.month = 0.0
        if last.year != now.year:
            self.year = 0.0

    def car_left(self) -> None:
        """End the session."""
        self.session = self.elapsed = 0.0

    def reset(self, *, hard: bool, imported: float | None) -> None:
        """Begin at 0, or at the kWh that the controller has counted; a hard reset forgets the relay, too."""
        self.session = self.elapsed = self.day = self.week = self.month = self.year = 0.0
        self.total = imported or 0.0
        if hard:
            self.switches = 0
