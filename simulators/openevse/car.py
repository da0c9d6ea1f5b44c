"""What may be on the cable."""

from dataclasses import dataclass

FULL = 100.0
_ALMOST = 1e-6
"""% that a sum of many small parts may lack."""


@dataclass(slots=True, kw_only=True)
class Car:
    """A car; its numbers may be changed at any time."""

    ready: bool = True
    """Asks for energy."""
    limit: float = 16.0
    """A that its charger takes at most."""
    capacity: float = 40_000.0
    """Wh of its battery."""
    soc: float = 50.0
    """% of its battery."""
    needs_ventilation: bool = False
    sleepy: bool = False
    """Once it was put to sleep it does not wake when charging is offered again, only when the pilot goes to -12 V."""
    asleep: bool = False

    @property
    def asks(self) -> bool:
        """Whether it would charge if it might."""
        return self.ready and self.soc < FULL - _ALMOST and not self.asleep

    def take(self, watt_hours: float) -> None:
        """Take energy in, until it is full."""
        self.soc = min(FULL, self.soc + watt_hours / self.capacity * 100)
