"""How long it takes from publishing a value to its state."""

import asyncio
import time

from .figures import Figure, Unit, in_turns
from .stage import Stage
from .traffic import Receiver

_ROUNDS = 400
# Long enough for the event loop to fall asleep, as it is when a car says something.
_PAUSE = 0.003


async def latency(stage: Stage) -> Figure:
    """One message at a time."""

    async def seconds(receiver: Receiver) -> float:
        packet = receiver.mark()
        await asyncio.sleep(_PAUSE)
        began = time.perf_counter()
        stage.publisher.send(packet)
        await receiver.reached()
        return receiver.reached_at - began

    values = await in_turns(_ROUNDS, {"floor": lambda: seconds(stage.floor), "car": lambda: seconds(stage.car)})
    return Figure(
        name="from publishing to the state, median",
        unit=Unit.MICROSECONDS,
        measured=values["car"],
        beside=values["floor"],
        beside_name="floor",
        most_times=2,
    )
