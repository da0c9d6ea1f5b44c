"""What the framework does by itself when a metric changes: events, and the notifications about a charge."""

from collections.abc import Callable
from functools import partial

from .clock import Clock
from .metrics import Metrics

_NOTIFY_DELAY = 3
_SWITCHES = {
    "v.e.on": ("vehicle.on", "vehicle.off"),
    "v.e.awake": ("vehicle.awake", "vehicle.asleep"),
    "v.e.locked": ("vehicle.locked", "vehicle.unlocked"),
    "v.e.valet": ("vehicle.valet.on", "vehicle.valet.off"),
    "v.e.alarm": ("vehicle.alarm.on", "vehicle.alarm.off"),
    "v.e.headlights": ("vehicle.headlights.on", "vehicle.headlights.off"),
    "v.e.charging12v": ("vehicle.charge.12v.start", "vehicle.charge.12v.stop"),
    "v.c.charging": ("vehicle.charge.start", "vehicle.charge.stop"),
    "v.c.pilot": ("vehicle.charge.pilot.on", "vehicle.charge.pilot.off"),
    "v.d.cp": ("vehicle.charge.prepare", "vehicle.charge.finish"),
    "v.b.12v.voltage.alert": ("vehicle.alert.12v.on", "vehicle.alert.12v.off"),
}
_TEXTS = {"v.c.state": "vehicle.charge.state", "v.c.mode": "vehicle.charge.mode", "v.c.type": "vehicle.charge.type"}
_PLANNED_STOP = frozenset({"scheduledstop", "timerwait", "onrequest"})
_CHARGE_NOTIFICATIONS = {
    "charging": ("info", "charge.started"),
    "topoff": ("info", "charge.toppingoff"),
    "done": ("info", "charge.done"),
    "heating": ("info", "heating.started"),
}


class Reactions:
    """Watches the metrics of a module."""

    def __init__(
        self,
        metrics: Metrics,
        clock: Clock,
        event: Callable[[str], None],
        notify: Callable[[str, str, str], None],
        report: Callable[[], str],
    ) -> None:
        """Raise events and notifications by the given functions; `report` is the text of a charge notification."""
        self._metrics = metrics
        self._clock = clock
        self._event = event
        self._notify = notify
        self._report = report
        for name, events in _SWITCHES.items():
            metrics.watch(name, partial(self._switched, name, *events))
        for name, event_name in _TEXTS.items():
            metrics.watch(name, partial(self._text_changed, name, event_name))

    def _switched(self, name: str, on: str, off: str) -> None:
        state = self._metrics.boolean(name)
        self._later(on if state else off)
        if name == "v.e.valet":
            subtype = "valet.enabled" if state else "valet.disabled"
            self._clock.soon(partial(self._notify, "info", subtype, f"Valet mode {subtype[6:]}"))

    def _text_changed(self, name: str, event: str) -> None:
        self._later(event)
        if name == "v.c.state":
            self._clock.call_later(_NOTIFY_DELAY, partial(self._notify_charge, self._metrics.text(name)))

    def _later(self, event: str) -> None:
        # Raised by the events task: after the metrics that change together have all changed.
        self._clock.soon(partial(self._event, event))

    def _notify_charge(self, state: str) -> None:
        if state != self._metrics.text("v.c.state"):
            return
        if state == "stopped":
            planned = self._metrics.text("v.c.substate") in _PLANNED_STOP
            self._notify("info" if planned else "alert", "charge.stopped", self._report())
        elif state in _CHARGE_NOTIFICATIONS:
            self._notify(*_CHARGE_NOTIFICATIONS[state], self._report())
