"""What the controller's answers say, in dataclasses: which firmware it came from no longer matters."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import IntFlag
import re
from typing import Final

from .models import Check, ServiceLevel

_NUMBERS: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})")


class StateFlags(IntFlag):
    """What the controller knows of now (the vflags of `$GS` and `$AT`)."""

    HARD_FAULT = 0x0002
    """Only a restart clears it."""
    LIMIT_SLEEP = 0x0004
    AUTHENTICATION_LOCKED = 0x0008
    TIME_LIMIT = 0x0010
    GROUND_TRIPPED = 0x0020
    RELAY_CLOSED = 0x0040
    """May still be set in what is told right after `$FS`."""
    GFCI_TRIPPED = 0x0080
    VEHICLE_CONNECTED = 0x0100
    """Not known while disabled, at a pilot of -12 V."""
    SESSION_ENDED = 0x0200
    IN_MENU = 0x0800
    TIMER_ON = 0x1000
    ENERGY_LIMIT = 0x2000
    BOOT_LOCKED = 0x4000
    SOCKET_LOCK_MANUAL = 0x8000


class SettingFlags(IntFlag):
    """What is stored (the flags of `$GE`). A bit that is set means that a check is not made."""

    LEVEL_2 = 0x0001
    DIODE_CHECK_OFF = 0x0002
    VENT_CHECK_OFF = 0x0004
    GROUND_CHECK_OFF = 0x0008
    RELAY_CHECK_OFF = 0x0010
    AUTOMATIC_LEVEL_OFF = 0x0020
    MONOCHROME_LCD = 0x0100
    GFCI_CHECK_OFF = 0x0200
    TEMPERATURE_CHECK_OFF = 0x0400
    CGMI = 0x1000
    BUTTON_OFF = 0x8000


_CHECK_OFF: Final = {
    Check.DIODE: SettingFlags.DIODE_CHECK_OFF,
    Check.GFCI: SettingFlags.GFCI_CHECK_OFF,
    Check.GROUND: SettingFlags.GROUND_CHECK_OFF,
    Check.RELAY: SettingFlags.RELAY_CHECK_OFF,
    Check.VENT: SettingFlags.VENT_CHECK_OFF,
    Check.TEMPERATURE: SettingFlags.TEMPERATURE_CHECK_OFF,
}


@dataclass(frozen=True, slots=True)
class State:
    """`$GS`: the state's code, and how long the car has been charged in this session or the last, in seconds.

    From firmware 6 on also the state without faults and sleep, and what else is known.
    """

    state: int
    elapsed: int
    pilot_state: int | None = None
    flags: StateFlags | None = None


@dataclass(frozen=True, slots=True)
class VehicleConnected:
    """`$G0`; None is not known, as while disabled."""

    connected: bool | None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """`$G3`, in minutes; 0 is none."""

    minutes: int


@dataclass(frozen=True, slots=True)
class EnergyLimit:
    """`$GH`, in Wh; 0 is none."""

    watt_hours: int


@dataclass(frozen=True, slots=True)
class AuthenticationLock:
    """`$G4`: whether the charger waits for an authorization. No official build has it."""

    locked: bool


@dataclass(frozen=True, slots=True)
class SocketLock:
    """`$G5`: the lock of a type 2 socket."""

    locked: bool
    manual: bool
    """It does not follow the car but what it is told."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`$GA` and `$GM`: what a meter's readings are multiplied with, and what is then added."""

    scale: int
    offset: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """`$GC`, in A, for the service level in force: 2 values up to firmware 5, 3 in 6.0, 4 since 6.2."""

    minimum: int
    maximum: int
    """Of the hardware, or of the installation where the two are not told apart."""
    pilot: int | None = None
    """What the car is offered."""
    configured: int | None = None
    """What is stored, and the most that can be set without storing it (firmware 5 and later)."""


@dataclass(frozen=True, slots=True)
class Timer:
    """`$GD`: when charging starts and stops every day; None for a time of day that is none, which is taken unchecked."""

    on: bool
    start: time | None = None
    stop: time | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """`$GE`: the current that is offered, in A, and what is stored."""

    current: int
    flags: SettingFlags

    def enabled(self, check: Check) -> bool:
        """Whether a safety check is made."""
        return _CHECK_OFF[check] not in self.flags

    @property
    def service_level(self) -> ServiceLevel:
        """The level in force."""
        return ServiceLevel.LEVEL_2 if SettingFlags.LEVEL_2 in self.flags else ServiceLevel.LEVEL_1

    @property
    def automatic_level(self) -> bool:
        """Whether the controller finds the level out itself; European builds say so, and cannot."""
        return SettingFlags.AUTOMATIC_LEVEL_OFF not in self.flags


@dataclass(frozen=True, slots=True)
class FaultCounters:
    """`$GF`: how often since ever, up to 255."""

    gfci: int
    no_ground: int
    stuck_relay: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """`$GG`: A and V; None where nothing measures it. Since firmware 7 the voltage is what was set, or 240 V."""

    current: float | None
    voltage: float | None


@dataclass(frozen=True, slots=True)
class ChipId:
    """`$GI`: the serial number of the controller's chip, which identifies the charger; keep it out of logs."""

    raw: bytes
    """The bytes that are told as they are: none, or six."""
    rest: str
    """The others in hexadecimal."""

    @property
    def number(self) -> str:
        """All of it, in hexadecimal."""
        return self.raw.hex().upper() + self.rest.upper()


@dataclass(frozen=True, slots=True)
class OverTemperature:
    """`$GO`: above how many °C the charger stops; older firmware has another one for the infrared sensor."""

    threshold: float
    infrared: float | None = None


@dataclass(frozen=True, slots=True)
class Temperatures:
    """`$GP`, in °C; None for a sensor that is not there."""

    clock: float | None
    """DS3231, in the clock's chip."""
    lcd: float | None
    """MCP9808, behind the display."""
    infrared: float | None
    """TMP007, looking at the relay."""


@dataclass(frozen=True, slots=True)
class Clock:
    """`$GT`: local time without a zone. None if the clock shows no possible date, or there is no clock."""

    present: bool
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Energy:
    """`$GU`, both in Wh."""

    session: float
    total: int


@dataclass(frozen=True, slots=True)
class Version:
    """`$GV`. The protocol's version says nothing: builds differ, and the firmware's authors gave it up."""

    controller: str
    protocol: str

    @property
    def numbers(self) -> tuple[int, int, int] | None:
        """The controller's version without what stands around it: `D4.5.1`, `8.2.3.CGMI`."""
        if not (match := _NUMBERS.search(self.controller)):
            return None
        major, minor, patch = (int(number) for number in match.groups())
        return major, minor, patch


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`$GY` and `$SY`: how long the gateway may be silent, in seconds (0 is forever), and what is offered then, in A."""

    interval: int
    current: int
    trigger: int
    """0: never missed; 1: missed, and acknowledged since; 2: missed, and the current is lowered until acknowledged."""

    @property
    def missed(self) -> bool:
        """Whether the current is lowered now."""
        return self.trigger == 2


@dataclass(frozen=True, slots=True)
class CurrentSet:
    """`$SC`: what is in force now, in A; None where the firmware does not say.

    `as_asked` is False if another current was set than the one asked for, `$NK 6` for 5 A.
    """

    current: int | None
    as_asked: bool


@dataclass(frozen=True, slots=True)
class BootLock:
    """`$SB`: whether the charger is still locked, as it is in a fault."""

    locked: bool
