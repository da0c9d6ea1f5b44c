"""The controller's memory."""

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Final

type Span = tuple[int, int, int, int]
"""Hour and minute of a start, hour and minute of a stop."""

LEVEL_1: Final = 1
LEVEL_2: Final = 2
CURRENT_OF_LEVEL_1: Final = 12
"""A, as it leaves the factory."""


class Setting(IntFlag):
    """The flags of `$GE`. Those of the checks mean that the check is off."""

    LEVEL_2 = 0x0001
    DIODE_OFF = 0x0002
    VENT_OFF = 0x0004
    GROUND_OFF = 0x0008
    RELAY_OFF = 0x0010
    AUTOMATIC_LEVEL_OFF = 0x0020
    MONOCHROME = 0x0100
    GFCI_TEST_OFF = 0x0200
    TEMPERATURE_OFF = 0x0400
    BUTTON_OFF = 0x8000


@dataclass(slots=True, kw_only=True)
class Eeprom:
    """What the controller keeps when it restarts."""

    maximum: dict[int, int]
    """The stored maximum current in A, by service level."""
    hardware_maximum: int
    """A. Can be set only once."""
    settings: Setting = Setting.LEVEL_2
    scale: int = 220
    offset: int = 0
    """Of the ammeter: mA."""
    watt_hours: float = 0.0
    """Lifetime energy."""
    faults: dict[int, int] = field(default_factory=lambda: {6: 0, 7: 0, 8: 0})
    """How often there was a fault, by its code: 6 GFCI, 7 no ground, 8 stuck relay."""
    timer: Span = (0, 0, 0, 0)
    """All 0 is off."""
    writes: int = 0
    """How often a setting was written, which is what wears the memory."""

    @property
    def level(self) -> int:
        """The service level, 1 or 2."""
        return LEVEL_2 if Setting.LEVEL_2 in self.settings else LEVEL_1

    def reset_counters(self) -> None:
        """Count faults anew; the firmware forgets the energy along with them."""
        self.faults = dict.fromkeys(self.faults, 0)
        self.watt_hours = 0.0
        self.writes += 1

    def switch(self, setting: Setting, *, on: bool) -> None:
        """Set or clear a flag."""
        self.settings = self.settings | setting if on else self.settings & ~setting
        self.writes += 1
