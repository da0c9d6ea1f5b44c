"""What the measured cars publish, and a receiver that can tell when it has dealt with it."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
import itertools
import time
from typing import Final

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Metric, vehicle_metrics
from custom_components.open_ev.clients.ovms.values import Kind

from .publisher import Publisher, publish_packet

VEHICLE_TYPE: Final = "SE"
RETAINED_METRICS: Final = 500
# Comes last in a burst: who has dealt with it has dealt with all of the burst.
MARK: Final = "v.b.soc"

_FIXED = {"v.type": VEHICLE_TYPE, "s.v3.connected": "yes", "m.version": "3.3.006/ota_0/main (build idf)"}
_TIMEOUT = 30.0
_START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def unknown_metrics(count: int) -> list[Metric]:
    """Metrics that are in no catalogue."""
    return [Metric(name=f"x.other.value.{number}", kind=Kind.FLOAT) for number in range(count)]


def topic(prefix: str, metric: str) -> str:
    """The topic of a metric."""
    return f"{prefix}metric/{metric.replace('.', '/')}"


def text(metric: Metric, step: int) -> str:
    """A text that this metric can have, another one at each step and none that is doubted."""
    match metric.kind:
        case Kind.BOOL:
            return "yes" if step % 2 else "no"
        case Kind.INT:
            return str(20 + step % 50)
        case Kind.FLOAT:
            return f"{20 + step % 500 / 10:g}"
        case Kind.FLOATS | Kind.INTS | Kind.BITS:
            return ",".join(str(20 + (step + wheel) % 50) for wheel in range(4))
        case Kind.UTC | Kind.LOCAL:
            return f"{_START + timedelta(seconds=step):%Y-%m-%d %H:%M:%S} UTC"
        case Kind.TIME_OF_DAY:
            return f"{_START + timedelta(seconds=step):%H:%M:%S}"
        case Kind.TEXT:
            values = [value for value in metric.values if value != "Unknown"]
            return values[step % len(values)] if values else f"text {step % 50}"


def retained(prefix: str) -> list[tuple[str, str]]:
    """What a car has left at the broker: all that it can have, and what the catalogue does not know."""
    known = [*STANDARD_METRICS.values(), *vehicle_metrics(VEHICLE_TYPE).values()]
    metrics = [*known, *unknown_metrics(RETAINED_METRICS - len(known))]
    return [(topic(prefix, metric.name), _FIXED.get(metric.name) or text(metric, 0)) for metric in metrics]


def changes(prefix: str, metrics: Iterable[Metric]) -> Iterator[bytes]:
    """Publish metrics in turn, without end; each time a metric comes, its text is another one."""
    metrics = list(metrics)
    for step in itertools.count(1):
        for metric in metrics:
            yield publish_packet(topic(prefix, metric.name), text(metric, step).encode())


class Receiver:
    """Whatever deals with the messages under a prefix."""

    def __init__(self, prefix: str) -> None:
        """Deal with what is published under a prefix."""
        self.prefix = prefix
        self.mark_topic = topic(prefix, MARK)
        self._marks = itertools.count(1)
        self._mark = ""
        self._reached = asyncio.Event()
        self.reached_at = 0.0
        """When the latest mark was dealt with, by `time.perf_counter`."""

    def mark(self) -> bytes:
        """A message to end a burst with."""
        self._mark = f"{20 + next(self._marks) % 70}.5"
        self._reached.clear()
        return publish_packet(self.mark_topic, self._mark.encode())

    def dealt_with(self, mark: str) -> None:
        """Note the mark's value that has been dealt with."""
        if mark == self._mark:
            self.reached_at = time.perf_counter()
            self._reached.set()

    @property
    def has_reached(self) -> bool:
        """Whether the latest mark has been dealt with."""
        return self._reached.is_set()

    async def reached(self) -> None:
        """Wait until the latest mark has been dealt with.

        Raises:
            TimeoutError: it never was.
        """
        async with asyncio.timeout(_TIMEOUT):
            await self._reached.wait()

    async def take(self, publisher: Publisher, packets: bytes) -> None:
        """Be sent a burst, and deal with it."""
        publisher.send(packets + self.mark())
        await self.reached()
