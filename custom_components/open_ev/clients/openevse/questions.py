"""What only the controller tells, and how often it is asked for that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import math
from typing import Final

from . import rapi_commands as rapi
from .controller import CHECKS, OLD_CHECKS, resets_faults
from .gateway import Gateway
from .pace import Pace
from .rapi_table import Command
from .report import JsonObject, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the controller is asked: every now and then, and at once when one of `stamps` in /status is another than before.

    What `lasts` is what it has stored. That is as before when an answer is lost, and not unknown. `beside` is what the
    gateway tells of the same: once that is another than it was when the controller answered, it is newer, and believed.
    """

    text: str
    ask: Callable[[Gateway, Report], Awaitable[None]]
    forget: Callable[[Report], None]
    every: Callable[[Pace], float]
    beside: Callable[[Report], JsonObject]
    stamps: tuple[str, ...] = ()
    lasts: bool = False


def _question[T](
    command: Command[T],
    take: Callable[[Report, T | None], None],
    every: Callable[[Pace], float] = lambda pace: pace.question,
    *,
    beside: Callable[[Report], JsonObject] = lambda _: {},
    stamps: tuple[str, ...] = (),
    lasts: bool = False,
) -> Question:
    async def ask(gateway: Gateway, report: Report) -> None:
        take(report, await gateway.run(command))
        report.controller.beside |= beside(report)

    return Question(
        text=command.text,
        ask=ask,
        forget=lambda report: take(report, None),
        every=every,
        beside=beside,
        stamps=stamps,
        lasts=lasts,
    )


def _into(name: str) -> Callable[[Report, object], None]:
    return lambda report, value: setattr(report.controller, name, value)


def _in_status(*names: str) -> Callable[[Report], JsonObject]:
    return lambda report: {name: report.status.get(name) for name in names}


def _in_config(*names: str) -> Callable[[Report], JsonObject]:
    return lambda report: {name: report.config.get(name) for name in names}


def _settings_told(report: Report) -> JsonObject:
    return _in_status("pilot", "service_level")(report) | _in_config("service", *CHECKS, *OLD_CHECKS)(report)


def _when_told(_: Pace) -> float:
    """Not again by itself: whoever may have changed it has it asked."""
    return math.inf


STATE: Final = _question(rapi.GET_STATE, _into("state"))
VEHICLE: Final = _question(rapi.GET_VEHICLE_CONNECTED, _into("vehicle"))
_CLOCK: Final = _question(rapi.GET_CLOCK, _into("clock"))
_CAPACITY: Final = _question(rapi.GET_CAPACITY, _into("capacity"), lasts=True)
_TIMER: Final = _question(rapi.GET_TIMER, _into("timer"))
SOCKET_LOCK: Final = _question(rapi.GET_SOCKET_LOCK, _into("socket_lock"), lambda pace: pace.lock)
LIMITS: Final = (
    _question(rapi.GET_TIME_LIMIT, _into("time_limit")),
    _question(rapi.GET_ENERGY_LIMIT, _into("energy_limit")),
)
_ENERGY: Final = _question(
    rapi.GET_ENERGY, _into("energy"), _when_told, beside=_in_status("total_energy", "watthour"), lasts=True
)
# A gateway reads the controller's settings when one of them starts, and after what it has changed itself.
SETTINGS: Final = _question(
    rapi.GET_SETTINGS,
    _into("settings"),
    lambda pace: pace.stored,
    beside=_settings_told,
    stamps=("pilot", "state", "config_version"),
    lasts=True,
)
AMMETER: Final = _question(
    rapi.GET_AMMETER,
    _into("ammeter"),
    _when_told,
    beside=_in_config("scale", "offset"),
    lasts=True,
)
# A gateway that did not hear that the counters began anew may tell the same number before and after the next fault.
_FAULTS: Final = _question(
    rapi.GET_FAULT_COUNTERS,
    _into("faults"),
    lambda pace: pace.settings,
    beside=_in_status("gfcicount", "nogndcount", "stuckcount"),
    stamps=("gfcicount", "nogndcount", "stuckcount", "state"),
    lasts=True,
)
# Of a controller without a manager in front of it.
_OF_CONTROLLER: Final = (
    _question(rapi.GET_VERSION, _into("version"), lasts=True),
    _CAPACITY,
    _question(rapi.GET_MEASUREMENT, _into("measurement")),
    *LIMITS,
    _TIMER,
    _CLOCK,
    SOCKET_LOCK,
)
# What no gateway tells.
_OF_ANY: Final = (SOCKET_LOCK, _question(rapi.GET_HEARTBEAT, _into("heartbeat"), lambda pace: pace.heartbeat))


def questions(report: Report) -> tuple[Question, ...]:
    """What the controller behind this gateway is asked beside its state."""
    asked = [SETTINGS, *(_OF_ANY if report.has_manager else _OF_CONTROLLER)]
    if report.has_manager and not report.writes_settings:
        # The bounds of the current are not among the gateway's settings before 4.1.2.
        asked.append(_CAPACITY)
    if not report.has_meter:
        asked.append(_ENERGY)
    if resets_faults(report):
        asked.append(_FAULTS)
    return (*asked, AMMETER)


def settle(report: Report) -> None:
    """Believe the gateway of what it has told anew since the controller answered."""
    beside = report.controller.beside
    for question in questions(report):
        for name, told in question.beside(report).items():
            if beside.get(name, told) != told:
                del beside[name]
