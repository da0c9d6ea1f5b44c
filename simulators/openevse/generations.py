"""The generations of gateway firmware that are told apart, and what differs between them.

A gateway is the WiFi module that a client talks to: an ESP8266 up to 2.9, an ESP32 from 3.0. Every row is a fact read from
the firmware's tagged sources, or recorded from a device that runs it.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Blocking(Enum):
    """Which RAPI commands the gateway refuses over HTTP with status 400."""

    NOTHING = ()
    """Up to 4.0."""
    TIMER = ("$ST",)
    """4.1 and 4.2: the timer, because it fights with the gateway's own schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """What one generation does differently. The defaults are those of the oldest one."""

    version: str


class Generation(StrEnum):
    """The simulated releases; the value is what to type on a command line."""

    V2_7 = "2.7"
    """2.7.5 on an ESP8266: amperes in mA, temperatures -2560 where there is no sensor, no POST of JSON."""
    V2_9 = "2.9"
    """2.9.1 on an ESP8266: absent sensors are false, /config takes JSON."""
    V3_3 = "3.3"
    """3.3.2 on an ESP32: the first with a websocket, still all by RAPI."""
    V4_1_0 = "4.1.0"
    """4.1.0: the gateway owns the charger; check flags still mean "disabled"."""
    V4_1_7 = "4.1.7"
    """4.1.7: check flags mean "enabled" and are written by POST /config; feeds by POST /status; no /limit yet."""
    V4_2 = "4.2"
    """4.2.2: /limit, /emeter, and energy that the gateway meters itself."""
    V5_0 = "5.0"
    """5.0.1: RAPI that writes is refused on every build."""
    V5_1 = "5.1"
    """v5.1.2: RAPI that writes is refused, but for the builds with debug flags."""
    HEAD = "head"
    """The development snapshot after v5.1.5: sessions by cookie, and $F0 and $FB pass."""
