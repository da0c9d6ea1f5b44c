"""What only the controller tells, and how often it is asked for that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import math
from typing import Final

from . import rapi_commands as rapi
from .controller import resets_faults
from .decoding import told_total
from .gateway import Gateway
from .pace import Pace
from .rapi_results import Energy
from .rapi_table import Command
from .report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the controller is asked: every now and then, and at once when one of `stamps` in /status is another than before.

    What `lasts` is what it has stored. That is as before when an answer is lost, and not unknown.
    """

    text: str
    ask: Callable[[Gateway, Report], Awaitable[None]]
    forget: Callable[[Report], None]
    every: Callable[[Pace], float]
    stamps: tuple[str, ...] = ()
    lasts: bool = False


def _question[T](
    command: Command[T],
    take: Callable[[Report, T | None], None],
    every: Callable[[Pace], float] = lambda pace: pace.question,
    *,
    stamps: tuple[str, ...] = (),
    lasts: bool = False,
) -> Question:
    async def ask(gateway: Gateway, report: Report) -> None:
        take(report, await gateway.run(command))

    return Question(
        text=command.text,
        ask=ask,
        forget=lambda report: take(report, None),
        every=every,
        stamps=stamps,
        lasts=lasts,
    )


def _into(name: str) -> Callable[[Report, object], None]:
    return lambda report, value: setattr(report.controller, name, value)


def _take_energy(report: Report, energy: Energy | None) -> None:
    report.controller.energy, report.controller.total_beside = energy, told_total(report)


def _when_told(_: Pace) -> float:
    """Not again by itself: whoever may have changed it has it asked."""
    return math.inf


STATE: Final = _question(rapi.GET_STATE, _into("state"))
VEHICLE: Final = _question(rapi.GET_VEHICLE_CONNECTED, _into("vehicle"))
_CLOCK: Final = _question(rapi.GET_CLOCK, _into("clock"))
_CAPACITY: Final = _question(rapi.GET_CAPACITY, _into("capacity"))
_TIMER: Final = _question(rapi.GET_TIMER, _into("timer"))
SOCKET_LOCK: Final = _question(rapi.GET_SOCKET_LOCK, _into("socket_lock"), lambda pace: pace.lock)
LIMITS: Final = (
    _question(rapi.GET_TIME_LIMIT, _into("time_limit")),
    _question(rapi.GET_ENERGY_LIMIT, _into("energy_limit")),
)
_ENERGY: Final = _question(rapi.GET_ENERGY, _take_energy, _when_told, lasts=True)
# A gateway reads the controller's settings when one of them starts, and after what it has changed itself.
_SETTINGS: Final = _question(
    rapi.GET_SETTINGS,
    _into("settings"),
    lambda pace: pace.stored,
    stamps=("pilot", "state", "config_version"),
    lasts=True,
)
_AMMETER: Final = _question(rapi.GET_AMMETER, _into("ammeter"), _when_told, lasts=True)
# A gateway that did not hear that the counters began anew may tell the same number before and after the next fault.
_FAULTS: Final = _question(
    rapi.GET_FAULT_COUNTERS,
    _into("faults"),
    lambda pace: pace.settings,
    stamps=("gfcicount", "nogndcount", "stuckcount", "state"),
    lasts=True,
)
# Of a controller without a manager in front of it.
_OF_CONTROLLER: Final = (
    _question(rapi.GET_VERSION, _into("version")),
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
    asked = [_SETTINGS, *(_OF_ANY if report.has_manager else _OF_CONTROLLER)]
    if report.has_manager and not report.writes_settings:
        # The bounds of the current are not among the gateway's settings before 4.1.2.
        asked.append(_CAPACITY)
    if not report.has_meter:
        asked.append(_ENERGY)
    if resets_faults(report):
        asked.append(_FAULTS)
    return (*asked, _AMMETER)
