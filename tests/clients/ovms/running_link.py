"""A link that runs for the length of a test, whichever way its vehicle is reached."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from custom_components.open_ev.clients.ovms.errors import LinkError
from custom_components.open_ev.clients.ovms.mqtt import MqttLink
from custom_components.open_ev.clients.ovms.server import ServerLink
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from tests.clients.waiting import PATIENCE, eventually


@dataclass(kw_only=True)
class RunningLink[Link: MqttLink | ServerLink]:
    """A link that runs, and what it told of itself."""

    vehicle: Vehicle
    link: Link
    task: asyncio.Task[None]
    changes: list[LinkError | None] = field(default_factory=list)

    async def connected(self, seconds: float = PATIENCE) -> None:
        """Wait until the link is up."""
        await eventually(lambda: self.link.connected, seconds)

    async def disconnected(self, seconds: float = PATIENCE) -> None:
        """Wait until the link noticed that it is down."""
        await eventually(lambda: not self.link.connected, seconds)

    async def online(self) -> None:
        """Wait until the link is up and everything is known that the module says at first."""
        await eventually(lambda: self.link.connected and self.vehicle.online and self.vehicle.reading("v.vin"))

    async def error(self, number: int = 1) -> LinkError:
        """Wait for so many tries that failed, and return the last of them."""
        await eventually(lambda: sum(change is not None for change in self.changes) >= number, 2 * PATIENCE)
        return [change for change in self.changes if change is not None][number - 1]


@asynccontextmanager
async def run_link[Link: MqttLink | ServerLink](link: Link, vehicle: Vehicle) -> AsyncGenerator[RunningLink[Link]]:
    """Let a vehicle's link run; in the end both are closed, and an error that ended it is raised."""
    changes: list[LinkError | None] = []
    task = asyncio.create_task(link.run(changes.append))
    try:
        yield RunningLink(vehicle=vehicle, link=link, task=task, changes=changes)
    finally:
        task.cancel()
        await asyncio.wait([task])
        vehicle.close()
    if not task.cancelled():
        task.result()
