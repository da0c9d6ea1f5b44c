"""The controller's memory."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Eeprom:
    """What the controller keeps when it restarts."""

    maximum: dict[int, int]
    """The stored maximum current in A, by service level."""
    writes: int = 0
    """How often anything was written."""
