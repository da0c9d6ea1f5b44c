"""What many cars cost beside one: each fleet in a process of its own, because memory is given back to nobody."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
import gc
from itertools import cycle, islice
import json
from pathlib import Path
import resource
import sys
import time

from .bare import Bare
from .broker import Address
from .figures import Figure, Unit
from .home import Car, home_assistant, run, until
from .publisher import Publisher
from .traffic import RETAINED_METRICS, Receiver, changes, retained

_SIZES = (1, 10, 100)
_SMALLEST, *_, _LARGEST = _SIZES
_ROUNDS = 3
_MESSAGES = 2_000
_BURSTS = 12
# A cost that grew with the number of cars would be many times one car's. What is allowed is what a larger memory costs
# by itself: it does not fit the processor's caches, and its garbage takes longer to collect.
_LINEAR = 1.5


@dataclass(frozen=True, slots=True)
class Fleet:
    """What one fleet took: seconds of processor time of the event loop, and bytes of the process."""

    setup_per_car: float
    burst: float
    """For the same number of messages in every fleet: the least of several, as what is more is other programs' doing."""
    resident: int


async def fleets(address: Address) -> list[Figure]:
    """Measure fleets of each size in turns."""
    with Publisher(address.host, address.port) as publisher:
        # One more than the largest fleet, as the first car is there to pay for what is paid once.
        for number in range(_LARGEST + 1):
            publisher.retain(retained(_prefix(number)))
    kinds = [*(("cars", size) for size in _SIZES), ("bare", _SMALLEST), ("bare", _LARGEST)]
    measured: dict[tuple[str, int], list[Fleet]] = {kind: [] for kind in kinds}
    for _ in range(_ROUNDS):
        for kind, size in kinds:
            measured[kind, size].append(await _in_own_process(address, kind, size))
    one = measured["cars", _SMALLEST]
    memory = Figure(
        name=f"resident memory of a car, one of {_LARGEST}",
        unit=Unit.MEBIBYTES,
        measured=_memory_per_car(one, measured["cars", _LARGEST]),
        beside=_memory_per_car(measured["bare", _SMALLEST], measured["bare", _LARGEST]),
        beside_name="bare loop",
    )
    times = [figure for size in _SIZES[1:] for figure in _times(size, measured["cars", size], one)]
    return [*times, memory]


def _times(size: int, many: Sequence[Fleet], one: Sequence[Fleet]) -> tuple[Figure, Figure]:
    figure = partial(Figure, beside_name="one car", most_times=_LINEAR, unit=Unit.MILLISECONDS)
    return (
        figure(
            name=f"processor time to set up a car, one of {size}",
            measured=[fleet.setup_per_car for fleet in many],
            beside=[fleet.setup_per_car for fleet in one],
        ),
        figure(
            name=f"processor time of {_MESSAGES:,} updates, from {size} cars",
            measured=[fleet.burst for fleet in many],
            beside=[fleet.burst for fleet in one],
        ),
    )


def _memory_per_car(one: Sequence[Fleet], many: Sequence[Fleet]) -> list[float]:
    pairs = zip(one, many, strict=True)
    return [(large.resident - small.resident) / (_LARGEST - _SMALLEST) for small, large in pairs]


async def _in_own_process(address: Address, kind: str, size: int) -> Fleet:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, kind, str(size), address.host, str(address.port)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, f"a fleet of {size} failed"
    return Fleet(**json.loads(output))


# From here on: what runs in a fleet's own process


async def _measure(kind: str, size: int, address: Address) -> Fleet:
    fleet = _cars(address, size) if kind == "cars" else _bare_loops(address, size)
    async with fleet as (receivers, setup_seconds, packets):
        gc.collect()
        resident = _resident_bytes()
        gc.freeze()
        with Publisher(address.host, address.port) as publisher:
            bursts = [await _burst(publisher, receivers, packets) for _ in range(_BURSTS)]
    return Fleet(setup_per_car=setup_seconds / size, burst=min(bursts), resident=resident)


type _Running = tuple[Sequence[Receiver], float, Iterator[bytes]]


@asynccontextmanager
async def _cars(address: Address, size: int) -> AsyncGenerator[_Running]:
    async with home_assistant() as hass:
        first, *cars = [Car(hass, address, _prefix(number)) for number in range(size + 1)]
        await first.add()
        began = time.thread_time()
        async with asyncio.TaskGroup() as setting_up:
            for car in cars:
                setting_up.create_task(car.add())
        seconds = time.thread_time() - began
        metrics = first.metrics_of_one_entity()
        yield cars, seconds, _alternating([changes(car.prefix, metrics) for car in cars])


@asynccontextmanager
async def _bare_loops(address: Address, size: int) -> AsyncGenerator[_Running]:
    # In a process that has Home Assistant too, so that both have the same memory to begin with.
    async with home_assistant() as hass, AsyncExitStack() as stack:
        first = Car(hass, address, _prefix(0))
        await first.add()
        loops = [Bare(_prefix(number)) for number in range(1, size + 1)]
        began = time.thread_time()
        for loop in loops:
            await stack.enter_async_context(loop.running(address))
        await until(lambda: all(len(loop.values) >= RETAINED_METRICS for loop in loops), every=0.1)
        seconds = time.thread_time() - began
        metrics = first.metrics_of_one_entity()
        yield loops, seconds, _alternating([changes(loop.prefix, metrics) for loop in loops])


def _prefix(number: int) -> str:
    return f"ovms/fleet/CAR{number}/"


def _alternating(streams: Sequence[Iterator[bytes]]) -> Iterator[bytes]:
    return (next(stream) for stream in cycle(streams))


async def _burst(publisher: Publisher, receivers: Sequence[Receiver], packets: Iterator[bytes]) -> float:
    burst = b"".join(islice(packets, _MESSAGES - len(receivers)))
    marks = b"".join(receiver.mark() for receiver in receivers)
    began = time.thread_time()
    publisher.send(burst + marks)
    for receiver in receivers:
        await receiver.reached()
    return time.thread_time() - began


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def main() -> None:
    """Measure the fleet that the arguments name, and print what it took."""
    kind, size, host, port = sys.argv[1:]
    print(json.dumps(asdict(run(_measure(kind, int(size), Address(host, int(port)))))))


if __name__ == "__main__":
    main()
