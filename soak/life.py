"""What the people and cars around the devices do all the time: they drive, charge, rest, come and go."""

import asyncio
from collections.abc import Awaitable, Callable
import random
from typing import Final

from simulators.openevse import Car
from simulators.ovms_module import OvmsModule

from .world import EVSE, World

_UNPLUGGED: Final = 1.0


async def live(world: World, chance: random.Random, every: float) -> None:
    """Do something every so many seconds on average, until cancelled."""
    deeds = (
        lambda: _go_on(world.car, chance),
        lambda: _go_on(world.server_car, chance),
        lambda: _at_the_charger(world, chance),
        lambda: _at_the_operator(world, chance),
    )
    while True:
        await asyncio.sleep(every * chance.uniform(0.5, 1.5))
        await chance.choice(deeds)()


async def _go_on(car: OvmsModule, chance: random.Random) -> None:
    """Let a car do something else than before."""
    deeds: tuple[Callable[[], Awaitable[None]], ...] = (
        car.start_charging,
        car.stop_charging,
        car.plug_in,
        car.unplug,
        car.park,
        car.sleep,
        car.wake,
        lambda: car.drive(chance.uniform(10.0, 120.0)),
        lambda: car.set("v.e.locked", chance.random() < 0.5),
        lambda: car.set("v.d.fl", chance.random() < 0.5),
        lambda: car.set("v.b.soc", chance.uniform(20.0, 80.0)),
        lambda: car.notify("info", "soak", "Something happened"),
    )
    if not car.metrics.boolean("v.c.pilot") and chance.random() < 0.5:
        await car.drive(chance.uniform(10.0, 120.0))
    else:
        await chance.choice(deeds)()


async def _at_the_charger(world: World, chance: random.Random) -> None:
    charger = world.charger
    if charger.car is None:
        charger.plug_in(Car(limit=chance.choice((10, 16, 32)), capacity=60_000, soc=chance.uniform(10, 60)))
        return
    match chance.randrange(4):
        case 0:
            charger.unplug()
            # A gateway takes a car that is back at once for one that never left.
            await asyncio.sleep(_UNPLUGGED)
        case 1:
            charger.press_button()
        case 2:
            charger.car.ready = not charger.car.ready
        case _:
            charger.car_full()


async def _at_the_operator(world: World, chance: random.Random) -> None:
    operator = world.operator
    if operator.evse(EVSE).car is None:
        operator.plug_in(EVSE)
        return
    match chance.randrange(3):
        case 0:
            operator.unplug(EVSE)
        case 1:
            operator.car_full(EVSE)
        case _:
            operator.stop_session(EVSE)
