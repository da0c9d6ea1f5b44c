"""What the gateway tells of itself, on its websockets."""

import asyncio
from collections.abc import Callable, Iterable
import json

from .claims import Json

_TOGETHER = (
    ("state", "status", "flags", "vehicle", "colour", "manual_override", "pilot", "max_current", "evse_connected"),
    ("gfcicount", "nogndcount", "stuckcount"),
    ("divertmode", "divert_active", "charge_rate"),
    ("shaper", "shaper_live_pwr", "shaper_cur", "shaper_updated"),
    ("solar",),
    ("grid_ie",),
    ("battery_level", "battery_range", "time_to_full_charge", "vehicle_charge_limit"),
    ("limit", "limit_version"),
    ("config_version",),
    ("claims_version",),
    ("override_version",),
    ("schedule_version", "schedule_plan_version"),
)
"""What is told as one object when any of it changes."""
_POWER = ("amp", "voltage", "power")
_ENERGY = ("session_elapsed", "session_energy", "total_energy", "total_day", "elapsed", "wattsec", "watthour", "temp")
_ENERGY_EVERY = 5

type Read = Callable[[Iterable[str] | None], dict[str, Json]]


class Events:
    """Tells everybody who listens what has changed."""

    def __init__(self, read: Read) -> None:
        """Watch what `read` reads of /status."""
        self._read = read
        self._last: list[dict[str, Json]] = []
        self._seconds = 0.0
        self.listeners: set[asyncio.Queue[str]] = set()

    def join(self) -> asyncio.Queue[str]:
        """Listen: first the whole status, then what changes."""
        self.report()
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait(json.dumps(self._read(None)))
        self._last = [self._read(names) for names in _TOGETHER]
        self.listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Listen no more."""
        self.listeners.discard(queue)

    def tell(self, said: dict[str, Json]) -> None:
        """Tell something."""
        for queue in self.listeners:
            queue.put_nowait(json.dumps(said))

    def report(self) -> None:
        """Tell what is not as it was."""
        if not self.listeners:
            return
        now = [self._read(names) for names in _TOGETHER]
        before, self._last = self._last, now
        for said, was in zip(now, before, strict=True):
            if said != was:
                self.tell(said)

    def run(self, seconds: float, *, charging: bool) -> None:
        """Tell what changes all the time while it charges."""
        if not self.listeners or not charging:
            return
        whole, five = int(self._seconds), int(self._seconds / _ENERGY_EVERY)
        self._seconds += seconds
        if int(self._seconds) > whole:
            self.tell(self._read(_POWER))
        if int(self._seconds / _ENERGY_EVERY) > five:
            self.tell(self._read(_ENERGY))
