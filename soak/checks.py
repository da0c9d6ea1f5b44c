"""Whether what Home Assistant shows is what is the case: asked of its states, and of the simulators past every protocol."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import State

from .home import Home
from .truths import Truth, Truths

_CHARGER_STATES: Final = {1: "not_connected", 2: "connected", 3: "charging", 254: "sleeping", 255: "disabled"}


@dataclass(frozen=True, kw_only=True)
class Check:
    """An entity beside what it is about; `read` says what of its state to compare.

    `within` is how far a number that goes on changing may be from the last that was told.
    """

    platform: Platform
    key: str
    truth: str
    read: Callable[[State], Truth]
    within: float = 0.0
    means: Callable[[Truth], Truth] = lambda truth: truth

    def wrong(self, state: State | None, truth: Truth) -> str | None:
        """What is wrong, in words; nothing if nothing is known to be the case."""
        if truth is None or truth == "":
            return None
        wanted = self.means(truth)
        if state is None or state.state == STATE_UNAVAILABLE:
            return f"{self.platform} {self.key} shows nothing, and it is {wanted}"
        shown = self.read(state)
        match shown, wanted:
            case (bool() | str() | None, _) | (_, bool() | str() | None):
                right = shown == wanted
            case _:
                right = abs(shown - wanted) <= self.within
        return None if right else f"{state.entity_id} shows {state.state}, and it is {wanted}"


def _number(state: State) -> Truth:
    try:
        return float(state.state)
    except ValueError:
        return state.state


def _on(state: State) -> Truth:
    return {STATE_ON: True, STATE_OFF: False}.get(state.state, state.state)


def _text(state: State) -> Truth:
    return state.state


def _flag(key: str, truth: str) -> Check:
    return Check(platform=Platform.BINARY_SENSOR, key=key, truth=truth, read=_on)


def _sensor(key: str, truth: str, within: float) -> Check:
    return Check(platform=Platform.SENSOR, key=key, truth=truth, read=_number, within=within)


_BOTH_CARS: Final = (
    # A server carries some of them without decimals.
    _sensor("state_of_charge", "v.b.soc", 1.0),
    _sensor("battery_health", "v.b.soh", 1.0),
    _sensor("battery_temperature", "v.b.temp", 1.0),
    _sensor("battery_12v_voltage", "v.b.12v.voltage", 0.1),
    _sensor("odometer", "v.p.odometer", 4.0),
    _sensor("outside_temperature", "v.e.temp", 1.0),
    _sensor("cabin_temperature", "v.e.cabintemp", 2.0),
    _sensor("charge_voltage", "v.c.voltage", 1.0),
    _sensor("charge_energy", "v.c.kwh", 0.5),
    _sensor("range_estimated", "v.b.range.est", 4.0),
    _sensor("range_ideal", "v.b.range.ideal", 4.0),
    Check(platform=Platform.SENSOR, key="charge_state", truth="v.c.state", read=_text),
    Check(platform=Platform.SENSOR, key="charge_mode", truth="v.c.mode", read=_text),
    _flag("door_front_left", "v.d.fl"),
    _flag("door_front_right", "v.d.fr"),
    _flag("trunk", "v.d.trunk"),
    _flag("charge_port", "v.d.cp"),
    _flag("plugged_in", "v.c.pilot"),
    _flag("charging", "v.c.charging"),
    _flag("ignition", "v.e.on"),
    Check(platform=Platform.SWITCH, key="charging", truth="v.c.charging", read=_on),
    Check(platform=Platform.CLIMATE, key="cabin", truth="v.e.hvac", read=lambda state: state.state != STATE_OFF),
    Check(platform=Platform.NUMBER, key="target_state_of_charge", truth="v.c.limit.soc", read=_number),
    Check(
        platform=Platform.DEVICE_TRACKER,
        key="location",
        truth="v.p.latitude",
        read=lambda state: state.attributes.get("latitude"),
        within=0.04,
    ),
)
_ONLINE: Final = Check(
    platform=Platform.BINARY_SENSOR, key="module_connected", truth="v.type", read=_on, means=lambda _: True
)
CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    "car": (
        *_BOTH_CARS,
        _ONLINE,
        Check(platform=Platform.LOCK, key="doors", truth="v.e.locked", read=lambda state: state.state == "locked"),
        _sensor("tyre_pressure_front_left", "v.t.pressure.fl", 0.1),
    ),
    "server_car": (
        *_BOTH_CARS,
        _ONLINE,
        Check(
            platform=Platform.BINARY_SENSOR, key="doors", truth="v.e.locked", read=_on, means=lambda locked: not locked
        ),
    ),
    "charger": (
        _flag("charging", "charging"),
        _flag("vehicle_connected", "vehicle"),
        Check(platform=Platform.NUMBER, key="charge_current", truth="pilot", read=_number),
        _sensor("charge_current", "current", 0.5),
        _sensor("session_energy", "energy", 0.3),
        Check(
            platform=Platform.SENSOR,
            key="state",
            truth="state",
            read=_text,
            means=lambda number: _CHARGER_STATES.get(int(number or 0), f"state {number}"),
        ),
        Check(platform=Platform.BINARY_SENSOR, key="connected", truth="state", read=_on, means=lambda _: True),
    ),
    "operator": (
        Check(platform=Platform.SENSOR, key="status", truth="status", read=_text),
        Check(platform=Platform.SWITCH, key="session", truth="session", read=_on),
        _sensor("session_energy", "energy", 0.5),
    ),
}


def wrong(home: Home, truths: Truths) -> Iterator[str]:
    """What is shown and is not the case."""
    yield from (f"the entry {name} is not loaded" for name in home.not_loaded)
    for device, checks in CHECKS.items():
        for check in checks:
            found = check.wrong(home.state(device, check.platform, check.key), truths[device].get(check.truth))
            if found is not None:
                yield found
