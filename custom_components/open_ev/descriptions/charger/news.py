"""What happens at a charger: sessions, faults, and other hands, seen in what it reports."""

from typing import Final

from ...clients.listeners import Unsubscribe
from ...clients.openevse.charger import BUTTON, Charger
from ...clients.openevse.models import Mode
from ...clients.openevse.readings import STATES
from .. import OTHER_EVENT, EventRow, FireEvent

STARTED: Final = "started"
FINISHED: Final = "finished"
CLEARED: Final = "cleared"

# What lies between the states of a working charger and those of one that sleeps.
FAULTS: Final = tuple(name for code, name in STATES.items() if 4 <= code < 254)

_WATT_HOURS_PER_KILOWATT_HOUR = 1000
_SECONDS_PER_MINUTE = 60


class _Sessions:
    """Follows one charger from car to car.

    The first look only takes bearings: a car that is there when Home Assistant starts came earlier. And a charger that does
    not tell whether there is a car, as some do not while they sleep, has not lost it.
    """

    def __init__(self, charger: Charger, fire: FireEvent) -> None:
        """Look for the first time."""
        self._charger = charger
        self._fire = fire
        self._connected = charger.flag("vehicle_connected")
        # Of a car that was there before, nobody here knows whether it was charged.
        self._charged = bool(self._connected)

    def look(self) -> None:
        """Look again."""
        charger = self._charger
        connected, before = charger.flag("vehicle_connected"), self._connected
        self._charged = self._charged or charger.flag("charging") is True
        if connected is None or connected is before:
            return
        self._connected = connected
        if before is None:
            self._charged = self._charged or connected
        elif connected:
            self._charged = charger.flag("charging") is True
            self._fire(STARTED, {})
        else:
            self._fire(FINISHED, self._measured())
            self._charged = False

    def _measured(self) -> dict[str, str | float]:
        """What the session came to: kWh and minutes.

        A charger keeps the numbers of the last session until it charges again, so for a car that it did not charge they are
        those of another.
        """
        energy, seconds = (self._charger.number(name) for name in ("session_energy", "session_time"))
        measured: dict[str, str | float] = {}
        if energy is not None:
            measured["energy"] = round(energy / _WATT_HOURS_PER_KILOWATT_HOUR, 3) if self._charged else 0
        if seconds is not None:
            measured["time"] = round(seconds / _SECONDS_PER_MINUTE, 1) if self._charged else 0
        return measured


class _Faults:
    """Follows the faults of one charger; one that is there at the first look is not news."""

    def __init__(self, charger: Charger, fire: FireEvent) -> None:
        """Look for the first time."""
        self._charger = charger
        self._fire = fire
        self._fault = self._now()

    def look(self) -> None:
        """Look again."""
        fault, before = self._now(), self._fault
        if fault is None or fault == before:
            return
        self._fault = fault
        if before is None:
            return
        if fault:
            self._fire(fault, {"state": fault})
        else:
            self._fire(CLEARED, {})

    def _now(self) -> str | None:
        """The name of the fault; an empty one if there is none, and nothing if that is not known."""
        fault = self._charger.flag("fault")
        return None if fault is None else (self._charger.text("state") or OTHER_EVENT) if fault else ""


def _tell_sessions(charger: Charger, fire: FireEvent) -> Unsubscribe:
    return charger.subscribe(("vehicle_connected", "charging"), _Sessions(charger, fire).look)


def _tell_faults(charger: Charger, fire: FireEvent) -> Unsubscribe:
    return charger.subscribe(("fault", "state"), _Faults(charger, fire).look)


def _tell_presses(charger: Charger, fire: FireEvent) -> Unsubscribe:
    return charger.subscribe((BUTTON,), lambda: fire(charger.text("mode") or OTHER_EVENT, {}))


EVENTS: tuple[EventRow[Charger], ...] = (
    EventRow(key="session", event_types=[STARTED, FINISHED, OTHER_EVENT], listen_fn=_tell_sessions),
    EventRow(key="fault", event_types=[*FAULTS, CLEARED, OTHER_EVENT], listen_fn=_tell_faults),
    # A controller without a manager does not tell who put it to sleep.
    EventRow(
        key="button",
        event_types=[*Mode, OTHER_EVENT],
        exists_fn=lambda charger: charger.flag("manual_override") is not None,
        listen_fn=_tell_presses,
    ),
)
