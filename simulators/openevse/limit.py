"""The limit of a session, from 4.1.9 on."""

from dataclasses import dataclass
from typing import Final

from .claims import Client, Json, Priority, Properties
from .manager import Manager

_TYPES: Final = {"n": "none", "t": "time", "e": "energy", "s": "soc", "r": "range"}
_MINUTE = 60


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the session is."""

    charging: bool
    seconds: float
    watt_hours: float
    soc: float
    """%; 0 unless it was told."""
    range: float


class Limit:
    """Pauses, with a claim of its own, once enough was charged."""

    def __init__(self, manager: Manager) -> None:
        """Begin without one."""
        self._manager = manager
        self.version = 0
        self.kind = "none"
        self.value = 0
        """Minutes, Wh, % or a distance."""
        self.auto_release = True

    def restart(self) -> None:
        """Forget."""
        self.kind, self.value, self.auto_release = "none", 0, True
        self.version = 0

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.kind != "none"

    def as_json(self) -> dict[str, Json]:
        """Write it; empty if there is none."""
        if not self.exists:
            return {}
        return {"type": self.kind, "value": self.value, "auto_release": self.auto_release}

    def set(self, said: dict[str, Json]) -> bool:
        """Take a limit; false if it makes no sense, and then the old one stays.

        The firmware looks at the first letter of the type only. A pause that an earlier limit has begun goes on.
        """
        kind, value = said.get("type"), said.get("value")
        known = _TYPES.get(kind[:1], "none") if isinstance(kind, str) else "none"
        number = int(value) if isinstance(value, int | float) else 0
        if known == "none" or number <= 0:
            return False
        self.auto_release = bool(said.get("auto_release", True))
        self.put(known, number)
        return True

    def put(self, kind: str, value: int) -> None:
        """Have a limit; one of a kind that is yet to come is never reached."""
        self.kind, self.value = kind, value
        self.version += 1

    def clear(self) -> None:
        """Have none, and end the pause."""
        self.kind, self.value, self.auto_release = "none", 0, True
        self.version += 1
        self._manager.claims.release(Client.LIMIT)

    def watch(self, progress: Progress) -> None:
        """Pause when it is reached."""
        if not self.exists:
            self._manager.claims.release(Client.LIMIT)
            return
        reached = {
            "time": progress.seconds // _MINUTE,
            "energy": progress.watt_hours,
            "soc": progress.soc,
            "range": progress.range,
        }
        if progress.charging and int(reached.get(self.kind, 0)) >= self.value:
            pause = Properties(state="disabled", auto_release=True)
            self._manager.claims.make(Client.LIMIT, Priority.LIMIT, pause)
        elif not progress.charging and self.auto_release and self._manager.default == "disabled":
            if self._manager.claims.get(Client.LIMIT) is None:
                charge = Properties(state="active", auto_release=True)
                self._manager.claims.make(Client.LIMIT, Priority.LIMIT, charge)

    def car_left(self) -> None:
        """End the pause, and the limit if it was for this session only."""
        self._manager.claims.release(Client.LIMIT)
        if self.exists and self.auto_release:
            self.clear()
