"""What a message costs in processor time."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import islice
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback

from .figures import Figure, Unit, in_turns
from .publisher import Publisher
from .stage import Stage
from .traffic import Receiver, changes, unknown_metrics

MESSAGES = 1_000
_ROUNDS = 25
# Enough for each to be asked for ten times in a round, as the metrics of enabled entities roughly are.
_UNKNOWN = 100

type Measurement = Callable[[], Awaitable[float]]


async def cpu_seconds(receiver: Receiver, publisher: Publisher, packets: bytes) -> float:
    """Processor time of this thread, which is the event loop's, until a burst has been dealt with."""
    began = time.thread_time()
    await receiver.take(publisher, packets)
    return time.thread_time() - began


async def cost(stage: Stage) -> list[Figure]:
    """Bursts of messages for enabled entities, for disabled ones, and of metrics that nobody knows."""
    shown, hidden = stage.car.metrics_of_one_entity(), stage.car.metrics_of_no_entity()
    unknown = unknown_metrics(_UNKNOWN)
    subjects = {
        "floor": _bursts(stage, stage.floor, changes(stage.floor.prefix, shown)),
        "enabled": _bursts(stage, stage.car, changes(stage.car.prefix, shown)),
        "bare": _bursts(stage, stage.bare, changes(stage.bare.prefix, shown)),
        "disabled": _bursts(stage, stage.car, changes(stage.car.prefix, hidden)),
        "unknown": _bursts(stage, stage.car, changes(stage.car.prefix, unknown)),
    }
    await _check_writes(stage, subjects)
    seconds = await in_turns(_ROUNDS, subjects)
    figure = partial(Figure, unit=Unit.MILLISECONDS)
    return [
        figure(
            name="processor time of 1,000 updates of enabled entities",
            measured=seconds["enabled"],
            beside=seconds["floor"],
            beside_name="floor",
            most_times=1.5,
        ),
        figure(
            name="processor time of 1,000 messages of disabled metrics",
            measured=seconds["disabled"],
            beside=seconds["bare"],
            beside_name="bare loop",
            most_times=1.3,
        ),
        figure(
            name="processor time of 1,000 messages of unknown metrics",
            measured=seconds["unknown"],
            beside=seconds["bare"],
            beside_name="bare loop",
            most_times=1.3,
        ),
    ]


def _bursts(stage: Stage, receiver: Receiver, packets: Iterator[bytes]) -> Measurement:
    async def burst() -> float:
        return await cpu_seconds(receiver, stage.publisher, b"".join(islice(packets, MESSAGES)))

    return burst


async def _check_writes(stage: Stage, subjects: dict[str, Measurement]) -> None:
    """See that each update makes one state, and other messages none: else unlike things would be compared."""
    written = 0

    @callback
    def count(_: Event[EventStateChangedData]) -> None:
        nonlocal written
        written += 1

    remove = stage.hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    for name, expected in {"floor": MESSAGES, "enabled": MESSAGES, "disabled": 0, "unknown": 0}.items():
        written = 0
        await subjects[name]()
        # One more is the mark's, and another one may say when the car was last heard.
        assert expected + 1 <= written <= expected + 2, f"{name}: {written} states"
    remove()
