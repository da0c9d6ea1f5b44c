"""How each thing that may go wrong begins at the devices, and ends: contexts that begin and end it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from simulators.cpo import Command
from simulators.ovms_module import OvmsModule

from .world import EVSE, SERVER_CAR_ID, World

MEGABYTE: Final = 1024 * 1024
FLOOD: Final = 500
NOTIFICATIONS: Final = 30
_GFCI: Final = 6


# The broker and the car there


@asynccontextmanager
async def broker_killed(world: World) -> AsyncGenerator[None]:
    """Kill the broker; it comes back without anything that it has kept."""
    await world.broker.stop()
    yield
    await world.broker.start()


@asynccontextmanager
async def broker_restarted(world: World) -> AsyncGenerator[None]:
    """Restart the broker, which keeps nothing."""
    await world.broker.restart()
    yield


@asynccontextmanager
async def no_coverage(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    """Let nothing through between a car and its server, of which nobody is told."""
    await car(world).lose_coverage()
    yield
    await car(world).regain_coverage()


@asynccontextmanager
async def rebooted(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    """Restart a car's module."""
    await car(world).reboot()
    yield
    # What a module only learns from a car that is awake is not known before.
    await car(world).wake()


@asynccontextmanager
async def without_power(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    """Take a car's module its power."""
    await car(world).power_off()
    yield
    await car(world).boot()
    await car(world).wake()


@asynccontextmanager
async def car_troubled(car: Callable[[World], OvmsModule], world: World, **settings: Any) -> AsyncGenerator[None]:
    """Turn the knobs of a car's module, and turn them back."""
    knobs = car(world).knobs
    before = {name: getattr(knobs, name) for name in settings}
    for name, value in settings.items():
        setattr(knobs, name, value)
    yield
    for name, value in before.items():
        setattr(knobs, name, value)


@asynccontextmanager
async def link_cut(world: World) -> AsyncGenerator[None]:
    """Break the connection between the car and the broker."""
    await world.car.lose_connection()
    yield


@asynccontextmanager
async def payload(metric: str, data: bytes, world: World) -> AsyncGenerator[None]:
    """Publish nonsense in place of a metric, and in the end what it is."""
    if world.car.connected:
        await world.car.publish_raw(metric, data)
    yield
    world.car.metrics[metric].modified = True


@asynccontextmanager
async def flood(world: World) -> AsyncGenerator[None]:
    """Publish topics that nobody knows, as any client of a broker can, and take them away again."""
    topics = [f"metric/x/flood/{number}" for number in range(FLOOD)]
    for payload in (b"1", b""):
        for topic in topics:
            await world.car.publish_topic(topic, payload, retain=True)
            await asyncio.sleep(0)
        if payload:
            yield


@asynccontextmanager
async def chatter(car: Callable[[World], OvmsModule], world: World) -> AsyncGenerator[None]:
    """Have a car raise many notifications."""
    for number in range(NOTIFICATIONS):
        await car(world).notify("alert" if number % 2 else "info", "soak", f"Notification {number} " + "x" * 500)
    yield


# The server


@asynccontextmanager
async def server_down(world: World) -> AsyncGenerator[None]:
    """End the OVMS server, which keeps what it has stored."""
    await world.server.stop()
    yield
    await world.server.start()


@asynccontextmanager
async def server_restarted(world: World) -> AsyncGenerator[None]:
    """Restart the OVMS server."""
    await world.server.restart()
    yield


@asynccontextmanager
async def server_troubled(world: World, *, disconnect: bool = False, **settings: Any) -> AsyncGenerator[None]:
    """Turn the knobs of the OVMS server, and turn them back; `disconnect` has everybody log in anew meanwhile."""
    for name, value in settings.items():
        setattr(world.server.knobs, name, value)
    if disconnect:
        world.server.disconnect()
    yield
    world.server.knobs.heal()
    # What was mute or silent starts anew when it is mended.
    world.server.disconnect()


@asynccontextmanager
async def server_says(data: bytes, world: World) -> AsyncGenerator[None]:
    """Have the OVMS server send bytes past its cipher."""
    world.server.blurt(SERVER_CAR_ID, data)
    yield


@asynccontextmanager
async def endless_line(world: World) -> AsyncGenerator[None]:
    """Have the OVMS server send what has no end of line."""
    await world.server.endless_line(SERVER_CAR_ID, MEGABYTE)
    yield


# The charger


@asynccontextmanager
async def charger_troubled(world: World, **settings: Any) -> AsyncGenerator[None]:
    """Turn the knobs of the charger, and turn them back."""
    for name, value in settings.items():
        setattr(world.charger.knobs, name, value)
    yield
    world.charger.knobs.heal()


@asynccontextmanager
async def charger_gone(world: World) -> AsyncGenerator[None]:
    """Refuse connections to the charger, which goes on."""
    await world.charger.refuse_connections()
    yield
    await world.charger.accept_connections()


@asynccontextmanager
async def once(deed: Callable[[World], None], world: World) -> AsyncGenerator[None]:
    """Do something that needs no end."""
    deed(world)
    yield


@asynccontextmanager
async def leaking(world: World) -> AsyncGenerator[None]:
    """Let the charger find current that leaks."""
    world.charger.fault(_GFCI)
    yield
    world.charger.clear_fault()


# The operator


@asynccontextmanager
async def operator_troubled(world: World, **settings: Any) -> AsyncGenerator[None]:
    """Turn the knobs of the operator, and turn them back."""
    for name, value in settings.items():
        setattr(world.operator.knobs, name, value)
    yield
    world.operator.heal()


@asynccontextmanager
async def operator_down(world: World) -> AsyncGenerator[None]:
    """Refuse connections to the operator, whose sites go on."""
    await world.operator.refuse_connections()
    yield
    await world.operator.accept_connections()


@asynccontextmanager
async def results(world: World, **settings: Any) -> AsyncGenerator[None]:
    """Change how the results of all commands come."""
    for command in Command:
        for name, value in settings.items():
            setattr(world.operator.scripts[command], name, value)
    yield
    world.operator.heal()


@asynccontextmanager
async def out_of_order(world: World) -> AsyncGenerator[None]:
    """Put the charge point out of order."""
    world.operator.out_of_order(EVSE)
    yield
    world.operator.repair(EVSE)


def car(world: World) -> OvmsModule:
    """The car at the broker."""
    return world.car


def server_car(world: World) -> OvmsModule:
    """The car at the OVMS server."""
    return world.server_car
