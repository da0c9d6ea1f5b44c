"""What the module makes of the v2 protocol's numeric commands (firmware 3.3.006).

Each does what a line of the shell does, so it is that line that runs here: what the car received and did stands in one
record, whichever way it came.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from simulators.ovms_module.configuration import Configuration
from simulators.ovms_module.shell import leading_integer

LIST_LENGTH = 32
_MODES = {0: "standard", 1: "storage", 3: "range", 4: "performance"}
_PINS = {20: "lock", 21: "valet", 22: "unlock", 23: "unvalet"}
_SIMPLE = {11: "charge start", 12: "charge stop", 18: "wakeup", 19: "wakeup", 25: "charge cooldown"}
_HOMELINK_BUTTONS = 3
_PARAMETERS: dict[int, tuple[str, str]] = {
    0: ("vehicle", "registered.phone"),
    1: ("password", "module"),
    2: ("vehicle", "units.distance"),
    4: ("server.v2", "server"),
    5: ("modem", "apn"),
    6: ("modem", "apn.user"),
    7: ("modem", "apn.password"),
    8: ("vehicle", "id"),
    9: ("password", "server.v2"),
    14: ("auto", "vehicle.type"),
    22: ("network", "dns"),
    23: ("vehicle", "timezone"),
}
_FEATURES: dict[int, tuple[str, str]] = {
    8: ("vehicle", "stream"),
    9: ("vehicle", "minsoc"),
    15: ("vehicle", "canwrite"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A command: its code, and what stood behind the comma; None is that there was no comma."""

    code: int
    parameters: str | None

    @classmethod
    def read(cls, payload: str) -> Asked:
        """Read what follows the C."""
        code, comma, parameters = payload.partition(",")
        return cls(leading_integer(code), parameters if comma else None)

    def numbers(self) -> list[int]:
        """The parameters as the firmware reads numbers: what is none is 0."""
        return [] if self.parameters is None else [leading_integer(part) for part in self.parameters.split(",")]


def shell_lines(asked: Asked) -> list[str] | None:
    """The shell's lines that do the same; none where it cannot succeed, None where it is no command of the car's."""
    numbers = asked.numbers()
    match asked.code:
        case 10:
            return _mode(numbers)
        case 15:
            return [f"charge current {numbers[0]}"] if numbers else []
        case 16:
            # The mode first; the current only if the mode was taken.
            return [*_mode(numbers), f"charge current {numbers[1]}"] if len(numbers) > 1 and _mode(numbers) else []
        case 17:
            return []
        case code if code in _SIMPLE:
            return [_SIMPLE[code]]
        case code if code in _PINS:
            # Without a comma there is no PIN at all, not even an empty one.
            return [] if asked.parameters is None else [f"{_PINS[code]} {_word(asked.parameters)}"]
        case 24:
            button = numbers[0] if numbers else -1
            return [f"homelink {button + 1}"] if 0 <= button < _HOMELINK_BUTTONS else []
        case 26:
            return [f"climatecontrol {'on' if numbers[0] else 'off'}"] if numbers else []
        case _:
            return None


def succeeded(text: str) -> bool:
    """Whether the shell's answer is that of a success."""
    return bool(text) and not text.startswith(("Error", "ERROR", "Usage", "Unrecognised"))


def listed(asked: Asked, config: Configuration) -> Iterator[str]:
    """The many replies of command 1 (features) or 3 (parameters, passwords among them)."""
    known, unset = (_FEATURES, "0") if asked.code == 1 else (_PARAMETERS, "")
    for index in range(LIST_LENGTH):
        value = config.text(*known[index]) if index in known else ""
        yield f"c{asked.code},0,{index},{LIST_LENGTH},{value or unset}"


def set_listed(asked: Asked, config: Configuration) -> str:
    """Do command 2 (features) or 4 (parameters), and return the reply."""
    known, what = (_FEATURES, "Feature") if asked.code == 2 else (_PARAMETERS, "Parameter")
    if asked.parameters is None:
        return f"c{asked.code},1,Missing {what.lower()} key"
    index, _, value = asked.parameters.partition(",")
    place = known.get(leading_integer(index))
    if place is None:
        kept = "not supported by vehicle" if asked.code == 2 else "key not supported"
        return f"c{asked.code},1,{what} {kept}"
    config[place] = value
    return f"c{asked.code},0,"


def _mode(numbers: list[int]) -> list[str]:
    mode = _MODES.get(numbers[0]) if numbers else None
    return [f"charge mode {mode}"] if mode else []


def _word(text: str) -> str:
    """Write a text so that the shell takes it for one word."""
    if text and not any(letter in text for letter in " '\""):
        return text
    return f'"{text}"' if '"' not in text else f"'{text}'"
