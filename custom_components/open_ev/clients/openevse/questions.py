"""What only the controller tells, and how often it is asked for that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from . import rapi_commands as rapi
from .decoding import resets_faults
from .gateway import Gateway
from .pace import Pace
from .rapi_table import Command
from .report import ControllerReport, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the controller is asked: every now and then, and at once when one of `stamps` in /status is another than before."""

    text: str
    ask: Callable[[Gateway, ControllerReport], Awaitable[None]]
    forget: Callable[[ControllerReport], None]
    every: Callable[[Pace], float]
    stamps: tuple[str, ...] = ()


def _question[T](
    command: Command[T],
    take: Callable[[ControllerReport, T | None], None],
    every: Callable[[Pace], float] = lambda pace: pace.question,
    stamps: tuple[str, ...] = (),
) -> Question:
    async def ask(gateway: Gateway, controller: ControllerReport) -> None:
        take(controller, await gateway.run(command))

    return Question(
        text=command.text, ask=ask, forget=lambda controller: take(controller, None), every=every, stamps=stamps
    )


def _into(name: str) -> Callable[[ControllerReport, object], None]:
    return lambda controller, value: setattr(controller, name, value)


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
FAULTS: Final = _question(
    rapi.GET_FAULT_COUNTERS,
    _into("faults"),
    lambda pace: pace.settings,
    stamps=("gfcicount", "nogndcount", "stuckcount"),
)
# Of a controller without a manager in front of it.
OF_CONTROLLER: Final = (
    _question(rapi.GET_VERSION, _into("version")),
    _CAPACITY,
    _question(rapi.GET_SETTINGS, _into("settings")),
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
    faults = (FAULTS,) if resets_faults(report) else ()
    if not report.has_manager:
        return (*OF_CONTROLLER, *faults)
    # Settings are the gateway's own from 4.1.2 on, and before that the bounds of the current are not among them.
    bounds = () if report.writes_settings else (_CAPACITY,)
    return (*_OF_ANY, *bounds, *faults)
