"""The generations of gateway firmware that are told apart, and what differs between them.

A gateway is the WiFi module that a client talks to: an ESP8266 up to 2.9, an ESP32 from 3.0. Every row is a fact read from
the firmware's tagged sources, or recorded from a device that runs it. The fields of /status and /config are in tables of their
own, each with the releases that have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

type Release = tuple[int, int, int]
type Methods = frozenset[str]

NEWEST: Final[Release] = (5, 2, 0)
"""The development snapshot after 5.1.5, which has no number yet."""

_ANY: Methods = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_GET: Methods = frozenset({"GET"})
_GET_POST: Methods = frozenset({"GET", "POST"})
_ALL_OF_CLAIMS: Methods = frozenset({"GET", "POST", "DELETE"})

_PATHS: Final[tuple[tuple[str, Methods, Release, Release], ...]] = (
    # path, methods, first and last release that has it
    ("/", _GET, (2, 0, 0), NEWEST),
    ("/emoncms/describe", _ANY, (2, 0, 0), NEWEST),
    ("/r", _ANY, (2, 0, 0), NEWEST),
    ("/rapi", _ANY, (2, 0, 0), NEWEST),
    ("/scan", _ANY, (2, 0, 0), NEWEST),
    ("/apoff", _ANY, (2, 0, 0), NEWEST),
    ("/reset", _ANY, (2, 0, 0), NEWEST),
    ("/restart", _ANY, (2, 0, 0), NEWEST),
    ("/divertmode", _ANY, (2, 3, 0), NEWEST),
    ("/savenetwork", _ANY, (2, 0, 0), (4, 1, 7)),
    ("/saveadmin", _ANY, (2, 0, 0), (4, 1, 7)),
    ("/status", _ANY, (2, 0, 0), (4, 1, 4)),
    ("/status", _GET_POST, (4, 1, 5), NEWEST),
    ("/config", _ANY, (2, 0, 0), (2, 9, 0)),
    ("/config", _GET_POST, (2, 9, 1), NEWEST),
    ("/override", frozenset({"GET", "POST", "PATCH", "DELETE"}), (4, 0, 1), NEWEST),
    ("/schedule", _ALL_OF_CLAIMS, (4, 0, 1), NEWEST),
    ("/schedule/plan", _GET, (4, 0, 1), NEWEST),
    ("/schedule/{id}", _ALL_OF_CLAIMS, (4, 0, 1), NEWEST),
    ("/logs", _GET, (4, 0, 1), NEWEST),
    ("/logs/{id}", _GET, (4, 0, 1), NEWEST),
    ("/time", _GET_POST, (4, 0, 1), NEWEST),
    ("/settime", _ANY, (3, 1, 0), NEWEST),
    ("/claims", _ALL_OF_CLAIMS, (4, 1, 0), NEWEST),
    ("/claims/target", _GET, (4, 1, 0), NEWEST),
    ("/claims/{id}", _ALL_OF_CLAIMS, (4, 1, 0), NEWEST),
    ("/shaper", _ANY, (4, 1, 5), NEWEST),
    ("/limit", _ALL_OF_CLAIMS, (4, 1, 9), NEWEST),
    ("/emeter", frozenset({"DELETE"}), (4, 1, 9), NEWEST),
    ("/login", frozenset({"POST"}), NEWEST, NEWEST),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """What one generation does differently. The defaults are those of the oldest one."""

    number: Release
    version: str
    """As /config tells it."""
    build: str = "openevse_wifi_v1"
    blocked_build: str = "openevse_wifi_tft_v1"
    """A build that refuses RAPI which writes, where the generation has such builds."""

    # RAPI over HTTP
    always_refused: tuple[str, ...] = ()
    """Commands refused with status 400: the timer from 4.1 on, because it fights with the gateway's own schedule."""
    writes_blocked: bool = False
    """Whether most builds refuse what is not in `harmless`."""
    harmless: tuple[str, ...] = ("$G",)
    tells_faults: bool = True
    """Status 500 with a reason when the controller did not answer; up to 2.7 status 200 and nothing in it."""
    query_of_post: bool = False
    """A POST's parameters may be in its query as well (ESP8266); an ESP32 looks in the body only."""
    escapes_html: bool = False
    asks_once: bool = False
    """Asks a controller for its version once, when it starts: what was silent then has none for good (2.x)."""
    decimal_state: bool = False
    """Takes the state of `$GS` for a decimal, up to 2.8: 254 and 255 of a controller from 6 on become 0."""

    # Who may come in
    websocket: bool = False
    sessions: bool = False
    """A password alone is enough to be asked for it; cookies, CSRF, 429, and a websocket that asks too."""

    # Who has the say
    manager: bool = False
    """The gateway owns the charger, from 4.0 on."""
    hears_current: bool = False
    """The manager listens when the controller tells of another current than it was told, from the snapshot on."""
    override_limits: bool = False
    """Claims take an energy and a time limit, up to 4.1.7; afterwards they are ignored."""
    releases_override: bool = False
    """An override is always given up when the car leaves, up to 4.1.7."""
    takes_config: bool = True
    """POST /config is listened to, from 2.9.1 on."""
    counts_config: bool = False
    """POST /config tells whether anything changed, and a number."""
    writes_checks: bool = False
    """POST /config takes checks, service level, calibration and the soft maximum, from 4.1.2 on."""
    feeds: bool = False
    """POST /status is listened to, from 4.1.7 on."""
    vehicle_source: bool = False
    """The car's data are taken only from the source that is configured, from 5.0 on."""
    restart_takes_device: bool = False
    """POST /restart says what to restart; before 5.0 any request restarts the gateway."""
    restarts_when_asked: bool = True
    """GET restarts, wipes, and ends the access point."""
    zero_is_automatic: bool = False
    """Service level 0 is automatic, from 4.1 to 5.1."""

    @property
    def paths(self) -> Mapping[str, Methods]:
        """What can be asked for, and how."""
        return {path: methods for path, methods, first, last in _PATHS if first <= self.number <= last}


class Generation(StrEnum):
    """The simulated releases; the value is what to type on a command line."""

    V2_7 = "2.7"
    """2.7.5 on an ESP8266: temperatures -2560 where there is no sensor, silence where the controller is silent."""
    V2_9 = "2.9"
    """2.9.1 on an ESP8266: absent sensors are false, /config takes JSON."""
    V3_3 = "3.3"
    """3.3.2 on an ESP32: the first with a websocket, still all by RAPI."""
    V4_1_0 = "4.1.0"
    """4.1.0: the gateway owns the charger; check flags still mean "disabled", and cannot be written; no feeds."""
    V4_1_7 = "4.1.7"
    """4.1.7: check flags mean "enabled" and are written by POST /config; feeds by POST /status; no /limit yet."""
    V4_2 = "4.2"
    """4.2.2: /limit, /emeter, and energy that the gateway meters itself; no /savenetwork any more."""
    V5_0 = "5.0"
    """5.0.1: RAPI that writes is refused on every build."""
    V5_1 = "5.1"
    """v5.1.2: RAPI that writes is refused, but for the builds with debug flags."""
    HEAD = "head"
    """The development snapshot after v5.1.5: sessions by cookie, and $F0 and $FB pass."""

    @property
    def firmware(self) -> Firmware:
        """The row of this generation."""
        return _FIRMWARES[self]


_FIRMWARES: Final = {
    Generation.V2_7: Firmware(
        number=(2, 7, 5),
        version="2.7.5",
        tells_faults=False,
        query_of_post=True,
        asks_once=True,
        decimal_state=True,
        takes_config=False,
    ),
    Generation.V2_9: Firmware(number=(2, 9, 1), version="2.9.1", query_of_post=True, asks_once=True),
    Generation.V3_3: Firmware(number=(3, 3, 2), version="3.3.2", websocket=True),
    Generation.V4_1_0: Firmware(
        number=(4, 1, 0),
        version="4.1.0",
        always_refused=("$ST",),
        websocket=True,
        manager=True,
        override_limits=True,
        releases_override=True,
        zero_is_automatic=True,
    ),
    Generation.V4_1_7: Firmware(
        number=(4, 1, 7),
        version="4.1.7",
        always_refused=("$ST",),
        websocket=True,
        manager=True,
        override_limits=True,
        releases_override=True,
        counts_config=True,
        writes_checks=True,
        feeds=True,
        zero_is_automatic=True,
    ),
    Generation.V4_2: Firmware(
        number=(4, 2, 2),
        version="4.2.2",
        always_refused=("$ST",),
        websocket=True,
        manager=True,
        counts_config=True,
        writes_checks=True,
        feeds=True,
        zero_is_automatic=True,
    ),
    Generation.V5_0: Firmware(
        number=(5, 0, 1),
        version="v5.0.1",
        writes_blocked=True,
        websocket=True,
        manager=True,
        counts_config=True,
        writes_checks=True,
        feeds=True,
        vehicle_source=True,
        restart_takes_device=True,
        zero_is_automatic=True,
    ),
    Generation.V5_1: Firmware(
        number=(5, 1, 2),
        version="v5.1.2",
        writes_blocked=True,
        websocket=True,
        manager=True,
        counts_config=True,
        writes_checks=True,
        feeds=True,
        vehicle_source=True,
        restart_takes_device=True,
        zero_is_automatic=True,
    ),
    Generation.HEAD: Firmware(
        number=NEWEST,
        version="v5.1.5_395_g1797b7a3",
        writes_blocked=True,
        harmless=("$G", "$F0", "$FB"),
        escapes_html=True,
        websocket=True,
        sessions=True,
        manager=True,
        hears_current=True,
        counts_config=True,
        writes_checks=True,
        feeds=True,
        vehicle_source=True,
        restart_takes_device=True,
        restarts_when_asked=False,
    ),
}
