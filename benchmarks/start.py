"""How long it takes until a car is there."""

import time

from .bare import Bare
from .figures import Figure, Unit, in_turns
from .home import until
from .stage import Stage
from .traffic import RETAINED_METRICS

_ROUNDS = 9
_LOOK = 0.001
# Below this, something else is measured than a car with about 40 enabled entities.
_FEWEST_ENTITIES = 30


async def start(stage: Stage) -> Figure:
    """Load a config entry again and again; what counts begins before it connects and ends with the last state."""
    car = stage.car
    entity_ids = car.entities_with_state()
    assert len(entity_ids) >= _FEWEST_ENTITIES

    async def load() -> float:
        await car.unload()
        began = time.perf_counter()
        await car.load()
        await until(lambda: all(map(car.shows, entity_ids)), every=_LOOK)
        return time.perf_counter() - began

    async def listen() -> float:
        began = time.perf_counter()
        async with Bare(car.prefix).running(stage.address) as bare:
            await until(lambda: len(bare.values) >= RETAINED_METRICS, every=_LOOK)
            return time.perf_counter() - began

    values = await in_turns(_ROUNDS, {"bare": listen, "car": load})
    return Figure(
        name=f"from connecting to {len(entity_ids)} entities with their state, {RETAINED_METRICS} stored metrics",
        unit=Unit.MILLISECONDS,
        measured=values["car"],
        beside=values["bare"],
        beside_name="bare loop",
        most=0.5,
    )
