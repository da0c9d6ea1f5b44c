"""What a charger can be told and asked for, in words of its own that no firmware generation knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from enum import IntEnum, StrEnum
import hashlib


class Ability(StrEnum):
    """What some chargers can do and others cannot."""

    MODE = "mode"
    ENERGY_LIMIT = "energy_limit"
    TIME_LIMIT = "time_limit"
    SOC_LIMIT = "soc_limit"
    RANGE_LIMIT = "range_limit"
    SCHEDULE = "schedule"
    TIMER = "timer"
    SERVICE_LEVEL = "service_level"
    AUTOMATIC_SERVICE_LEVEL = "automatic_service_level"
    SHOW_TEXT = "show_text"
    LCD_COLOUR = "lcd_colour"
    CLOCK = "clock"
    CHECKS = "checks"
    RESTART_CONTROLLER = "restart_controller"
    PRESS_BUTTON = "press_button"
    RESET_ENERGY = "reset_energy"
    RESET_FAULTS = "reset_faults"
    CALIBRATE = "calibrate"
    SOCKET_LOCK = "socket_lock"
    DIVERT = "divert"
    SHAPER = "shaper"
    PUSH_VEHICLE = "push_vehicle"
    RAPI_WRITES = "rapi_writes"


class Generation(StrEnum):
    """The families of gateway firmware."""

    V2 = "2.x"
    """An ESP8266; everything is done by RAPI, and there is no websocket."""
    V3 = "3.x"
    """An ESP32; everything is done by RAPI."""
    V4 = "4.x"
    """The gateway's manager owns the controller."""
    V5 = "5.x"
    """As before, and RAPI that writes is refused by most builds."""


class Mode(StrEnum):
    """The charger's own three buttons."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class Check(StrEnum):
    """The controller's safety checks."""

    DIODE = "diode"
    GFCI = "gfci"
    GROUND = "ground"
    RELAY = "relay"
    VENT = "vent"
    TEMPERATURE = "temperature"


class ServiceLevel(StrEnum):
    """The kind of supply: 120 V or 240 V, or found out by the controller itself."""

    LEVEL_1 = "level_1"
    LEVEL_2 = "level_2"
    AUTO = "auto"


class DivertMode(StrEnum):
    """What is done with the sun's power."""

    OFF = "off"
    FAST = "fast"
    ECO = "eco"


class LcdColour(IntEnum):
    """The colours of the display, by their numbers in RAPI."""

    OFF = 0
    RED = 1
    GREEN = 2
    YELLOW = 3
    BLUE = 4
    VIOLET = 5
    TEAL = 6
    WHITE = 7

    @property
    def slug(self) -> str:
        """Its name for a state."""
        return self.name.lower()


class LimitType(StrEnum):
    """What a session's limit counts: Wh, minutes, %, km."""

    ENERGY = "energy"
    TIME = "time"
    SOC = "soc"
    RANGE = "range"


class VehicleSource(StrEnum):
    """Where the gateway takes the car's data from (5.0 and later)."""

    NONE = "none"
    TESLA = "tesla"
    MQTT = "mqtt"
    HTTP = "http"


class Day(StrEnum):
    """Days of the schedule, as the gateway names them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


EVERY_DAY = frozenset(Day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a charger is told what can be done in two ways."""

    until_unplugged: bool = False
    """A mode that was chosen ends when the car leaves, as one that was chosen on the charger's own page does; for chargers
    with a manager, as others do not forget it."""
    pauses_disabled: bool = False
    """A pause is `$FD` and not `$FS`, because some cars do not wake from sleep. From 3.3.2 on, a setting of the charger's own
    (`pause_uses_disabled`) does the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEvent:
    """A start or a stop at a time of day, in the charger's own time zone, on some days of every week."""

    start: bool
    at: time
    days: frozenset[Day] = EVERY_DAY
    id: int | None = None
    """The gateway's number of it; None for one that is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who wants what of a charger that has a manager (4.1 and later)."""

    client: int
    who: str
    """A slug."""
    priority: int
    charge: bool | None = None
    """Whether to charge; None is no opinion."""
    current: int | None = None
    """A to advertise."""
    max_current: int | None = None
    until_unplugged: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return self.charge is None and self.current is None and self.max_current is None


OWN_CLIENT = 20_271
"""Our number as a client of the manager, for who has none of their own. Two with the same number overwrite each other's claims."""


def client_number_of(instance: str) -> int:
    """The number of one of several that may speak to the same charger, the same for it every time.

    A number has 32 bits, of which the upper half is a vendor's: those of firmware 4.1 to 5.1 and of its known clients begin with
    1 to 4 (src/evse_man.h), and no number beyond 31 bits can be written into a path (src/web_server_claims.cpp). So it is
    one of the upper half of those.
    """
    digest = hashlib.sha256(f"open_ev client {instance}".encode()).digest()
    return 0x4000_0000 | (int.from_bytes(digest[:4]) & 0x3FFF_FFFF)


OWN = "own"
OTHER = "other"
NOBODY = "none"

_CLIENTS = {
    # The gateway's own, in src/evse_man.h of firmware 4.1 to 5.1: vendor 1, number.
    0x1_0001: "manual",
    0x1_0002: "divert",
    0x1_0003: "boost",
    0x1_0004: "schedule",
    0x1_0006: "limit",
    0x1_0007: "error",
    0x1_0008: "ohm",
    0x1_0009: "ocpp",
    0x1_000A: "rfid",
    0x1_000B: "mqtt",
    0x1_000C: "shaper",
    0x1_000D: "temperature",
    0x1_000E: "load_sharing",
}
MANUAL_CLIENT, SCHEDULE_CLIENT, LIMIT_CLIENT = 0x1_0001, 0x1_0004, 0x1_0006

CLIENTS = (OWN, *_CLIENTS.values(), OTHER, NOBODY)
"""All slugs of who may have the say."""


def client_slug(client: int) -> str:
    """Name a client of the manager that is not ourselves."""
    return _CLIENTS.get(client, OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a charger says it is."""

    serial: str | None
    """The gateway's MAC in lower-case hex without colons; None where the firmware does not tell it (2.x and 3.x)."""
    name: str
    model: str
    gateway_version: str | None
    controller_version: str | None
    generation: Generation


def days(names: Iterable[object]) -> frozenset[Day]:
    """Read names of days; what is none is left out."""
    return frozenset(Day(name) for name in names if isinstance(name, str) and name in EVERY_DAY)
