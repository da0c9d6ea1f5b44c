"""When server v3 sends which metrics."""

from collections.abc import Callable
import math

from .configuration import Configuration
from .firmware import Generation, IntervalRule
from .metrics import Metric, Metrics

_NEVER = -math.inf


class Transmission:
    """Full and modified transmissions, in chunks where the firmware sends in chunks."""

    def __init__(
        self, metrics: Metrics, generation: Generation, config: Configuration, publish: Callable[[Metric], None]
    ) -> None:
        """Send by `publish`, which puts one metric on the wire."""
        self._metrics = metrics
        self._generation = generation
        self._config = config
        self._publish = publish
        self._full: list[Metric] = []
        self._due = False
        self.last_full = _NEVER
        self.last_modified = _NEVER

    def interval(self, peers: int) -> float:
        """Seconds between two modified transmissions in the car's present state."""
        intervals = self._generation.intervals
        idle = self._setting("idle", intervals.idle, 0)
        connected = (self._setting("connected", intervals.connected, idle), peers > 0)
        on = (self._setting("on", intervals.on, idle), self._metrics.boolean("v.e.on"))
        charging = (self._setting("charging", intervals.charging, idle), self._metrics.boolean("v.c.charging"))
        awake = (self._setting("awake", intervals.awake, idle), self._metrics.boolean("v.e.awake"))
        rule = self._generation.rule
        state_first = rule is IntervalRule.STATE_FIRST
        order = (on, charging, connected, awake) if state_first else (connected, on, charging, awake)
        applying = [seconds for seconds, applies in order if applies] or [idle]
        return min(applying) if rule is IntervalRule.SHORTEST else applying[0]

    def second(self, now: float, peers: int) -> None:
        """Ask for what has become due."""
        every = self._setting("sendall", self._generation.intervals.sendall, 0)
        if every and now - self.last_full >= every:
            self.ask_full(now)
        if now - self.last_modified >= self.interval(peers):
            self.ask_modified(now)

    def ask_full(self, now: float) -> None:
        """Have every metric sent, beginning with the next flush."""
        self.last_full = self.last_modified = now
        self._full = list(self._metrics)

    def ask_modified(self, now: float) -> None:
        """Have the modified metrics sent with the next flush."""
        self.last_modified = now
        self._due = True

    def flush(self) -> None:
        """Send what is due, as much as the firmware sends in one second."""
        if self._full:
            count = self._generation.chunk_all or len(self._full)
            chunk, self._full = self._full[:count], self._full[count:]
            for metric in chunk:
                self._send_of_full(metric)
        if self._due:
            modified = [metric for metric in self._metrics if metric.modified]
            count = self._generation.chunk_modified or len(modified)
            for metric in modified[:count]:
                self._send_modified(metric)
            self._due = count < len(modified)

    def flush_all(self) -> None:
        """Send all that is due, without regard to seconds."""
        while self._full or self._due:
            self.flush()

    def reset(self) -> None:
        """Forget what was due: the module restarts."""
        self._full.clear()
        self._due = False
        self.last_full = self.last_modified = _NEVER

    def _send_of_full(self, metric: Metric) -> None:
        # Older releases skip what is empty, newer ones what is undefined: an empty text is defined.
        empty = not metric.defined or (self._generation.publishes_cleared and metric.value in ("", (), frozenset()))
        if not empty:
            metric.modified = False
            self._publish(metric)

    def _send_modified(self, metric: Metric) -> None:
        metric.modified = False
        if metric.defined or self._generation.publishes_cleared:
            self._publish(metric)

    def _setting(self, state: str, default: int | None, otherwise: float) -> float:
        return self._config.number("server.v3", f"updatetime.{state}", otherwise if default is None else default)
