"""What is known of a metric, and how far a new value of it is believed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ..listeners import Listeners
from .metrics import Metric
from .values import Value


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric's value with the time it was read.

    `at` is None for a value that the link had stored: then it is as old as the module's last stored clock, or older.
    """

    value: Value
    at: datetime | None


@dataclass(slots=True)
class Slot:
    """One metric of one vehicle: its last good reading, who listens, and what follows from a reading."""

    metric: Metric
    parse: Callable[[str], Value | None]
    reading: Reading | None = None
    listeners: Listeners = field(default_factory=dict)
    derive: Callable[[Reading], None] | None = None
    zero_seen: bool = False

    def take(self, value: Value | None, at: datetime | None) -> bool:
        """Take a value, None if the metric was cleared; return whether another one is known now.

        `at` is when it was read, None for a stored value.
        """
        if self.metric.zero_is_doubtful and not self._believes(value, stored=at is None):
            return False
        before = self.reading
        if value is None:
            self.reading = None
            return before is not None
        self.reading = Reading(value, at)
        if self.derive is not None:
            self.derive(self.reading)
        return before is None or before.value != value

    def _believes(self, value: Value | None, *, stored: bool) -> bool:
        """Whether a zero may be taken for what it says.

        Modules publish 0 before they read the car, and drop to 0 when the car falls asleep in mid-answer. A second
        reading settles it; the same stored one, delivered again, is no second reading.
        """
        if value != 0:
            self.zero_seen = False
            return True
        if self.reading is not None and self.reading.value == 0:
            return True
        agreed = self.zero_seen and not stored
        self.zero_seen = True
        return agreed
