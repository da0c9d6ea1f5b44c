"""How long a payload that is far too large keeps everything else waiting."""

import asyncio
import time

from .figures import Figure, Unit, in_turns
from .publisher import publish_packet
from .stage import Stage
from .traffic import Receiver, topic

_ROUNDS = 30
_PAYLOAD = b"1" * 1_000_000
_METRIC = "v.b.power"


async def large(stage: Stage) -> Figure:
    """A payload of 1 MB on the topic of a number that has an enabled entity."""

    async def longest_block(receiver: Receiver) -> float:
        packets = publish_packet(topic(receiver.prefix, _METRIC), _PAYLOAD) + receiver.mark()
        stage.publisher.send(packets)
        longest = 0.0
        turned = time.perf_counter()
        # Whatever runs in the loop, runs between two turns of this.
        while not receiver.has_reached:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest = max(longest, now - turned)
            turned = now
        return longest

    vehicle = stage.car.entry.runtime_data.device
    before = vehicle.value(_METRIC)
    values = await in_turns(
        _ROUNDS, {"bare": lambda: longest_block(stage.bare), "car": lambda: longest_block(stage.car)}
    )
    assert vehicle.unreadable == _ROUNDS
    assert vehicle.value(_METRIC) == before
    return Figure(
        name="longest block of the event loop by a payload of 1 MB",
        unit=Unit.MILLISECONDS,
        measured=values["car"],
        beside=values["bare"],
        beside_name="bare loop",
        most=0.005,
    )
