"""One car in Home Assistant, its floor and a bare loop: side by side in one process, on one broker."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import gc

from homeassistant.core import HomeAssistant

from .bare import Bare, Floor
from .broker import Address
from .home import Car, home_assistant
from .publisher import Publisher
from .traffic import retained


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who is measured."""

    hass: HomeAssistant
    address: Address
    publisher: Publisher
    car: Car
    floor: Floor
    bare: Bare


@asynccontextmanager
async def stage(address: Address) -> AsyncGenerator[Stage]:
    """Set everything up."""
    async with AsyncExitStack() as stack:
        hass = await stack.enter_async_context(home_assistant())
        publisher = stack.enter_context(Publisher(address.host, address.port))
        car = Car(hass, address, "ovms/benchmark/CAR/")
        publisher.retain(retained(car.prefix))
        await car.add()
        floor = Floor("benchmark/floor/", hass, car.metrics_of_one_entity())
        bare = Bare("benchmark/bare/")
        await stack.enter_async_context(floor.running(address))
        await stack.enter_async_context(bare.running(address))
        # A full collection takes 0.1 s here, because Home Assistant is large; in whose turn it falls would be chance.
        gc.collect()
        gc.freeze()
        yield Stage(hass=hass, address=address, publisher=publisher, car=car, floor=floor, bare=bare)
