"""The states and flags of a controller."""

from enum import IntEnum, IntFlag
from typing import Final

from .board import Colour
from .eeprom import Setting


class State(IntEnum):
    """As in `$GS` and /status."""

    STARTING = 0
    NOT_CONNECTED = 1
    CONNECTED = 2
    CHARGING = 3
    VENT_REQUIRED = 4
    DIODE_CHECK_FAILED = 5
    GFCI_FAULT = 6
    NO_GROUND = 7
    STUCK_RELAY = 8
    GFCI_SELF_TEST_FAILED = 9
    OVER_TEMPERATURE = 10
    OVER_CURRENT = 11
    RELAY_CLOSURE_FAULT = 14
    PP_SHORTED = 15
    PP_MISSING = 16
    EEPROM_FAILURE = 17
    SLEEPING = 254
    DISABLED = 255


class Flag(IntFlag):
    """The volatile flags of `$GS`."""

    HARD_FAULT = 0x0002
    LIMIT_SLEEP = 0x0004
    TIME_LIMIT = 0x0010
    GROUND_TRIPPED = 0x0020
    RELAY_CLOSED = 0x0040
    GFCI_TRIPPED = 0x0080
    CONNECTED = 0x0100
    SESSION_ENDED = 0x0200
    CONNECTED_BEFORE = 0x0400
    TIMER_ON = 0x1000
    CHARGE_LIMIT = 0x2000
    LOCK_BY_HAND = 0x8000


def colour_of(state: int, *, car: bool) -> Colour:
    """Tell the colour of the display that goes with a state."""
    match state:
        case State.NOT_CONNECTED:
            return Colour.GREEN
        case State.CONNECTED:
            return Colour.YELLOW
        case State.CHARGING:
            return Colour.TEAL
        case State.SLEEPING | State.DISABLED:
            return Colour.TEAL if car else Colour.VIOLET
        case State.STARTING:
            return Colour.OFF
        case _:
            return Colour.RED


CHECKS: Final = {
    State.VENT_REQUIRED: Setting.VENT_OFF,
    State.DIODE_CHECK_FAILED: Setting.DIODE_OFF,
    State.NO_GROUND: Setting.GROUND_OFF,
    State.STUCK_RELAY: Setting.RELAY_OFF,
    State.GFCI_SELF_TEST_FAILED: Setting.GFCI_TEST_OFF,
    State.OVER_TEMPERATURE: Setting.TEMPERATURE_OFF,
}
"""What is not seen while its check is off."""
HARD: Final = {State.STUCK_RELAY, State.RELAY_CLOSURE_FAULT, State.EEPROM_FAILURE}
"""Faults that only a restart ends."""
