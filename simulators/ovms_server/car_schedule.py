"""When a car sends which v2 message (firmware 3.3.006, `server v2`)."""

from collections.abc import Callable

from simulators.ovms_module import OvmsModule

from .car_messages import Messages, Snapshot

_IDLE, _CONNECTED = 600, 60
_SIGNAL_MOVE = 4
"""dBm, which is two of the modem's steps: a signal that moves by more is told."""
_ALWAYS = ("S", "D")
_CHANGED = ("L", "W", "Y", "F")
_GENERATOR = "X"
_AT_ONCE: dict[tuple[str, ...], tuple[str, ...]] = {
    ("S",): (
        "v.c.climit",
        "v.c.limit.range",
        "v.c.limit.soc",
        "v.c.state",
        "v.c.substate",
        "v.c.mode",
        "v.c.charging",
        "v.e.cooling",
        "v.b.cac",
        "v.b.soh",
    ),
    ("D",): (
        "v.d.fl",
        "v.d.fr",
        "v.d.rl",
        "v.d.rr",
        "v.d.cp",
        "v.d.hood",
        "v.d.trunk",
        "v.c.pilot",
        "v.c.charging",
        "v.e.handbrake",
        "v.e.on",
        "v.e.locked",
        "v.e.valet",
        "v.e.awake",
        "v.e.cooling",
        "v.e.alarm",
        "v.e.charging12v",
        "v.e.hvac",
    ),
    ("L",): ("v.e.drivemode", "v.p.gpslock", "v.p.gpsmode"),
    ("W", "Y"): ("v.t.alert",),
    ("F",): ("v.vin", "v.type", "m.net.provider"),
}
"""Messages that do not wait while an app is connected, and the metrics whose change they are about."""


class Schedule:
    """Decides, once a second; `send` puts the message of a code on the wire."""

    def __init__(self, module: OvmsModule, messages: Messages, send: Callable[[str], None]) -> None:
        """Begin with everything to be sent."""
        self._module = module
        self._messages = messages
        self._send_code = send
        self._last: float | None = None
        self._streamed = 0.0
        self._sent: dict[str, Snapshot] = {}
        self._seen: dict[tuple[str, ...], Snapshot] = {}
        self._signal = 0.0
        self.peers = 0
        """How many apps the server has told of; batch clients do not count."""

    @property
    def interval(self) -> float:
        """Seconds between two periodic transmissions."""
        config = self._module.config
        if self.peers:
            return config.number("server.v2", "updatetime.connected", _CONNECTED)
        return config.number("server.v2", "updatetime.idle", _IDLE)

    def restart(self) -> None:
        """Have everything sent with the next second."""
        self._last = None

    def second(self, now: float) -> None:
        """Send what is due."""
        important = self._important()
        if self._last is None or now - self._last >= self.interval:
            self._periodic(everything=self._last is None)
            self._last = self._streamed = now
        else:
            self._stream(now)
            for code in important:
                self.send_if_changed(code)

    def send_all(self) -> None:
        """Send everything now."""
        self._periodic(everything=True)

    def send_changed(self) -> None:
        """Send the messages that have changed now."""
        for code in (*_ALWAYS, *_CHANGED):
            self.send_if_changed(code)

    def send_if_changed(self, code: str) -> None:
        """Send a message if it says something new."""
        if self._changed(code):
            self._send(code)

    def _periodic(self, *, everything: bool) -> None:
        for code in _ALWAYS:
            self._send(code)
        for code in _CHANGED:
            if everything or self._changed(code):
                self._send(code)
        if self._module.metrics.number("v.g.current") > 0:
            self._send(_GENERATOR)

    def _stream(self, now: float) -> None:
        """Send the position more often, if the owner wants that, while the car is on and somebody looks."""
        every = self._module.config.number("vehicle", "stream", 0)
        if every and self.peers and self._module.metrics.boolean("v.e.on") and now - self._streamed >= every:
            self.send_if_changed("L")
            self._streamed = now

    def _important(self) -> list[str]:
        """The messages that are to be sent at once; without an app none is, and what changed is not caught up on."""
        metrics = self._module.metrics
        found: list[str] = []
        for codes, names in _AT_ONCE.items():
            now = tuple(metrics[name].value for name in names if name in metrics)
            if self.peers and self._seen.get(codes, now) != now:
                found += codes
            self._seen[codes] = now
        return found

    def _send(self, code: str) -> None:
        self._sent[code] = self._messages.snapshot(code, self._module.metrics)
        self._signal = self._module.metrics.number("m.net.sq") if code == "F" else self._signal
        self._send_code(code)

    def _changed(self, code: str) -> bool:
        if code == "F" and abs(self._module.metrics.number("m.net.sq") - self._signal) > _SIGNAL_MOVE:
            return True
        return self._sent.get(code) != self._messages.snapshot(code, self._module.metrics)
