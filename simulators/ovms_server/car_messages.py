"""The v2 messages that a car sends of itself."""

from collections.abc import Sequence
from random import Random

from simulators.ovms_module.metrics import Metrics

from .car_fields import D_FIELDS, DOOR_FIELDS, DOORS, F_FIELDS, L_FIELDS, S_FIELDS, X_FIELDS, Field, Release
from .car_view import View

_WHEELS = ("FL", "FR", "RL", "RR")
_OLD_WHEELS = (("FR", 1), ("RR", 3), ("FL", 0), ("RL", 2))
"""The order of the old message, and where a wheel's values stand in the vectors."""
_MAPPED_SINCE = (3, 3, 6)
_GENERATOR_SINCE = (3, 3, 5)
_FRUNK = {5: 0x04}
"""The one bit without a meaning that the firmware does set: to no."""
_TABLES: dict[str, Sequence[Field]] = {"S": S_FIELDS, "D": D_FIELDS, "L": L_FIELDS, "F": F_FIELDS, "X": X_FIELDS}
_TYRES = ("v.t.pressure", "v.t.temp")
_METRICS: dict[str, tuple[str, ...]] = {
    **{code: tuple(name for field in fields for name in field.metrics) for code, fields in _TABLES.items()},
    "W": _TYRES,
    "Y": (*_TYRES, "v.t.health", "v.t.alert"),
}

type Snapshot = tuple[object, ...]


class Messages:
    """Writes messages as one release of the firmware does.

    `noise` fills the bits of the door bytes that mean nothing: the firmware never clears them, so they are whatever
    the memory held.
    """

    def __init__(self, release: Release, seed: str) -> None:
        """Write for a release."""
        self._release = release
        self._random = Random(seed)
        self.noise = True

    def snapshot(self, code: str, metrics: Metrics) -> Snapshot:
        """What a message is made of, to tell whether it has changed."""
        known = [metrics[name] for name in _METRICS[code] if name in metrics]
        return tuple((metric.defined, metric.value) for metric in known)

    def write(self, code: str, view: View) -> str:
        """Write a message with its code."""
        match code:
            case "D":
                return f"D{','.join(self._doors(number, text) for number, text in enumerate(self._fields(code, view)))}"
            case "W":
                return f"W{','.join(_old_tyres(view))}"
            case "Y":
                return f"Y{','.join(self._tyres(view))}"
            case "X" if self._release < _GENERATOR_SINCE:
                # The code that means a group subscription to the server, which is why it was changed.
                return f"G{','.join(self._fields(code, view))}"
            case _:
                return f"{code}{','.join(self._fields(code, view))}"

    def _fields(self, code: str, view: View) -> list[str]:
        """Write the fields up to the first that this release does not know."""
        written: list[str] = []
        for field in _TABLES[code]:
            if field.since > self._release:
                break
            written.append(field.write(view))
        return written

    def _doors(self, number: int, text: str) -> str:
        byte = DOOR_FIELDS.get(number)
        if byte is None or not self.noise:
            return text
        meant = sum(DOORS[byte]) | _FRUNK.get(byte, 0)
        return str(int(text) | self._random.getrandbits(8) & ~meant)

    def _tyres(self, view: View) -> list[str]:
        groups: list[tuple[str, list[str]]] = [
            ("v.t.pressure", [f"{value:.1f}" for value in view.elements("v.t.pressure")]),
            ("v.t.temp", [f"{value:.1f}" for value in view.elements("v.t.temp")]),
            ("v.t.health", [f"{value:.1f}" for value in view.elements("v.t.health")]),
            ("v.t.alert", [str(int(value)) for value in view.elements("v.t.alert")]),
        ]
        written = [str(len(_WHEELS)), *_WHEELS]
        for name, values in groups:
            written += [str(len(values)), *values, view.validity(name)]
        if self._release >= _MAPPED_SINCE:
            written += ["0", "-1"]
        return written


def _old_tyres(view: View) -> list[str]:
    written: list[str] = []
    for _, place in _OLD_WHEELS:
        temperature = view.elements("v.t.temp")[place : place + 1]
        # Not less than 1: an app of one maker of telephones took 0 for no sensor.
        written += [view.pressure_psi(place), f"{max(1.0, temperature[0]):g}" if temperature else "1"]
    return [*written, view.validity(*_TYRES)]
