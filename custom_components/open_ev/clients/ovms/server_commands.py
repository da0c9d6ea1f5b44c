"""How a line for the module's shell goes through a server, and what comes back reads as if the shell had answered.

The protocol has a number for each thing that a vehicle can be asked for, and one for a line of the shell (`C7`). The
numbers' answers are numbers too, and a module says the same 1 for what did not work and for what its type of vehicle
does not have (firmware 3.3.006). So a number is sent only where the type is known to have the function: then the answer
is as exact as the shell's, cannot be taken for that of another command, and brings the vehicle's own reason where it
has one. For all else there is the shell. Modules of the first generation have no shell, and get numbers only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
import re
from typing import Final

from .commands import ChargeMode, Firmware
from .metrics import Metric
from .values import Kind
from .vehicle_types import Support, Valet, VehicleType

UPDATE_ALL: Final = "server v2 update all"
"""Has the module send everything that the protocol carries; firmware 3.3.002 or newer."""

# What the first number of an answer means (server v2): 1 is that it failed, all others that there is no such function.
_DONE: Final = "0"
_FAILED: Final = "1"

_SHELL: Final = "7"
_FIRST_WITH_SHELL: Final[Firmware] = (3, 0, 0)
NO_SUCH_COMMAND: Final = "Unrecognised command"
_SERVER_UPDATE: Final = re.compile(r"server v3 (update(?: \w+)?)")
# What the protocol makes of commas cannot be undone, but for texts that have no semicolons of their own.
_HAS_COMMAS: Final = re.compile(r"climatecontrol schedule ")
_MODES: Final = {ChargeMode.STANDARD: 0, ChargeMode.STORAGE: 1, ChargeMode.RANGE: 3, ChargeMode.PERFORMANCE: 4}
_NUMBERS: Final = re.compile(r"(?:[;,]?-?[0-9.]+(?:e[+-][0-9]+)?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command of the protocol: what to send, which code answers it, and what the answer says in the shell's words.

    `parameters` can be a PIN.
    """

    code: str
    parameters: str | None = field(repr=False)
    read: Callable[[str], str]

    @property
    def message(self) -> str:
        """What is sent."""
        return f"C{self.code}" if self.parameters is None else f"C{self.code},{self.parameters}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """A command that has a number; `{}` in the shell's words stands for the argument that the pattern finds."""

    code: int
    line: str
    done: str
    failed: str
    function: str
    has: Callable[[VehicleType, str], bool]
    parameters: Callable[[str], str] | None = None

    def request(self, argument: str) -> Request:
        return Request(
            code=str(self.code),
            parameters=None if self.parameters is None else self.parameters(argument),
            read=lambda answer: self._read(answer, argument),
        )

    def _read(self, answer: str, argument: str) -> str:
        result, _, reason = answer.partition(",")
        if result == _DONE:
            return self.done.format(argument)
        if result == _FAILED:
            return f"Error: {reason or self.failed.format(argument)}"
        return f"Error: {self.function} functionality not available"


def _is_yes(name: str) -> Callable[[VehicleType, str], bool]:
    return lambda vehicle_type, _: getattr(vehicle_type, name) is Support.YES


def _has_valet(vehicle_type: VehicleType, _: str) -> bool:
    return vehicle_type.valet is not Valet.NONE


def _has_button(vehicle_type: VehicleType, button: str) -> bool:
    return int(button) <= len(vehicle_type.homelink)


def _same(argument: str) -> str:
    return argument


_NUMBERED: Final = (
    _Numbered(
        code=10,
        line=r"charge mode (standard|storage|range|performance)",
        done="Charge mode '{}' set",
        failed="Could not set charge mode",
        function="Charge mode",
        has=_is_yes("charge_mode"),
        parameters=lambda mode: str(_MODES[ChargeMode(mode)]),
    ),
    _Numbered(
        code=11,
        line=r"charge start()",
        done="Charge has been started",
        failed="Could not start charge",
        function="Charge start",
        has=_is_yes("charge_start"),
    ),
    _Numbered(
        code=12,
        line=r"charge stop()",
        done="Charge has been stopped",
        failed="Could not stop charge",
        function="Charge stop",
        has=_is_yes("charge_stop"),
    ),
    _Numbered(
        code=15,
        line=r"charge current ([0-9]{1,3})",
        done="Charge current limit set to {}A",
        failed="Could not set charge current limit to {}A",
        function="Charge current limit",
        has=_is_yes("charge_current"),
        parameters=_same,
    ),
    _Numbered(
        code=18,
        line=r"wakeup()",
        done="Vehicle has been woken",
        failed="vehicle could not be woken",
        function="Vehicle wake",
        has=_is_yes("wakeup"),
    ),
    _Numbered(
        code=20,
        line=r"lock (\S+)",
        done="Vehicle locked",
        failed="vehicle could not be locked",
        function="Vehicle lock",
        has=_is_yes("lock"),
        parameters=_same,
    ),
    _Numbered(
        code=21,
        line=r"valet (\S+)",
        done="Vehicle valet mode activated",
        failed="vehicle could not activate valet mode",
        function="Vehicle valet",
        has=_has_valet,
        parameters=_same,
    ),
    _Numbered(
        code=22,
        line=r"unlock (\S+)",
        done="Vehicle unlocked",
        failed="vehicle could not be unlocked",
        function="Vehicle unlock",
        has=_is_yes("lock"),
        parameters=_same,
    ),
    _Numbered(
        code=23,
        line=r"unvalet (\S+)",
        done="Vehicle valet mode deactivated",
        failed="vehicle could not deactivate valet mode",
        function="Vehicle valet",
        has=_has_valet,
        parameters=_same,
    ),
    _Numbered(
        code=24,
        line=r"homelink ([1-3])",
        done="Homelink #{} activated",
        failed="Could not activate homelink #{}",
        function="Homelink",
        has=_has_button,
        parameters=lambda button: str(int(button) - 1),
    ),
    _Numbered(
        code=25,
        line=r"charge cooldown()",
        done="Cooldown has been started",
        failed="Could not start cooldown",
        function="Cooldown",
        has=_is_yes("cooldown"),
    ),
    _Numbered(
        code=26,
        line=r"climatecontrol (on)",
        done="Climate Control on",
        failed="Climate Control failed",
        function="Climate Control",
        has=_is_yes("climate_on"),
        parameters=lambda _: "1",
    ),
    _Numbered(
        code=26,
        line=r"climatecontrol (off)",
        done="Climate Control off",
        failed="Climate Control failed",
        function="Climate Control",
        has=_is_yes("climate_off"),
        parameters=lambda _: "0",
    ),
)


def request_of(line: str, vehicle_type: VehicleType, firmware: Firmware | None) -> Request | None:
    """The command that does what a line of the shell does; None if the module has neither a number for it nor a shell."""
    has_shell = firmware is None or firmware >= _FIRST_WITH_SHELL
    for numbered in _NUMBERED:
        if (match := re.fullmatch(numbered.line, line)) is None:
            continue
        argument = match[1]
        if not has_shell or numbered.has(vehicle_type, argument):
            return numbered.request(argument)
        break
    return shell_request(line) if has_shell else None


def shell_request(line: str) -> Request:
    """The command that has a module's shell run a line."""
    # What is asked of a server means the one that carries it.
    through_here = _SERVER_UPDATE.sub(r"server v2 \1", line)
    separator = "," if _HAS_COMMAS.match(line) else ";"

    def read(answer: str) -> str:
        result, _, text = answer.partition(",")
        if result != _DONE:
            return NO_SUCH_COMMAND
        text = text.replace("\r", "\n").replace(";", separator)
        return text.replace("Server V2", "Server V3", 1) if through_here != line else text

    # A module that is sent this code without anything behind it restarts (firmware 3.3.006); a line is never empty.
    return Request(code=_SHELL, parameters=through_here, read=read)


def listed_metrics(listing: str) -> Mapping[str, str]:
    """Read what `metrics list` prints: a name and the value with its unit on each line, or the name of an unset one."""
    return dict(_listed(listing))


def _listed(listing: str) -> Iterator[tuple[str, str]]:
    for line in listing.splitlines():
        name, _, text = line.strip().partition(" ")
        if text.strip():
            yield name, text.strip()


def published_text(metric: Metric, listed: str) -> str:
    """Make of a listed value what the module would publish: without the unit, and with its commas."""
    match metric.kind:
        case Kind.FLOATS | Kind.INTS | Kind.BITS:
            return _without_unit(listed).replace(";", ",")
        case Kind.INT | Kind.FLOAT:
            return _without_unit(listed)
    return listed


def _without_unit(text: str) -> str:
    match = _NUMBERS.match(text)
    return match[0] if match else ""


def configured_value(listing: str, instance: str) -> str:
    """Read one value from what `config list` prints for a param; an empty text if it is not there."""
    for line in listing.splitlines():
        name, separator, value = line.strip().partition(":")
        if separator and name == instance:
            return value.strip()
    return ""
