"""What can be made go wrong with the simulated OVMS server and its connections."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from simulators.ovms_server import Kind, Knobs, OvmsServer

from .ovms_visitor import PASSWORD, VEHICLE, visit

MEGABYTE = 2**20


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[OvmsServer]:
    """A server whose time stands still, and that has heard of the car."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD)
    server.store(VEHICLE, "S60,K")
    async with server:
        yield server


async def test_lost_late_and_doubled_replies(server: OvmsServer) -> None:
    """A reply that is lost is never made up for: the next one takes its place."""
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        server.knobs.lose_replies = 1
        for code in (11, 12):
            app.say(f"C{code}")
            await car.until(f"C{code}")
            car.say(f"c{code},0")
        assert await app.hear() == "c12,0"
        server.knobs.reply_delay, server.knobs.reply_copies = 5, 2
        car.say("c18,0")
        await server.until(lambda: "c18,0" in server.messages(VEHICLE))
        assert await app.quiet() == []
        await server.tick(5)
        assert [await app.hear() for _ in range(2)] == ["c18,0", "c18,0"]
        assert await app.quiet() == []


async def test_silent_server(server: OvmsServer) -> None:
    """It hears, and says nothing; the cipher is as it should be when it speaks again."""
    async with visit(server) as app:
        await app.burst()
        server.knobs.silent = True
        app.say("A")
        await server.until(lambda: "A" in server.messages(VEHICLE))
        server.car_says(VEHICLE, "S61,K")
        server.knobs.heal()
        assert await app.quiet() == []


async def test_unanswered_pings(server: OvmsServer) -> None:
    """The rest is as usual."""
    server.knobs.deaf_to_pings = True
    async with visit(server) as app:
        await app.burst()
        app.say("A")
        await server.until(lambda: "A" in server.messages(VEHICLE))
        server.car_says(VEHICLE, "S61,K")
        assert await app.hear() == "S61,K"


@pytest.mark.parametrize("knobs", [Knobs(dribble=0), Knobs(join=0.02)])
async def test_segments(server: OvmsServer, knobs: Knobs) -> None:
    """Byte by byte, or many lines at once: what is said is the same."""
    server.knobs.dribble, server.knobs.join = knobs.dribble, knobs.join
    async with visit(server) as app:
        assert await app.burst() == ["Z0", "S60,K", "T0"]
        for _ in range(3):
            server.car_says(VEHICLE, "D1,2")
        assert [await app.hear() for _ in range(6)] == ["D1,2", "T0"] * 3


async def test_garbage(server: OvmsServer) -> None:
    """Bytes that are no line of the protocol, in between."""
    async with visit(server) as app:
        await app.burst()
        server.blurt(VEHICLE, b"\xff\x00garbage\r\n")
        with pytest.raises(UnicodeDecodeError):
            await app.line()
        assert await app.quiet() == []


async def test_endless_line(server: OvmsServer) -> None:
    """Millions of bytes without an end."""
    async with visit(server) as app:
        await app.burst()
        sending = asyncio.create_task(server.endless_line(VEHICLE, 4 * MEGABYTE))
        with pytest.raises(ValueError, match="limit"):
            await app.line()
        await sending


async def test_long_lines(server: OvmsServer) -> None:
    """There is no limit on the way through the server."""
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        app.say("C7,metrics list")
        await car.until("C7")
        car.say(f"c7,0,{300_000 * 'x'}")
        assert len(await app.hear()) == 300_005


async def test_thrown_out(server: OvmsServer) -> None:
    """Some, or all."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        await app.burst()
        server.disconnect(VEHICLE, Kind.BATCH)
        assert await batch.ended()
        assert await app.quiet() == []
        server.disconnect(VEHICLE)
        assert await app.ended()
        assert await car.ended()


async def test_foreign_reply(server: OvmsServer) -> None:
    """Anything can be said to the clients in the car's name."""
    async with visit(server) as app:
        await app.burst()
        server.tell_clients(VEHICLE, "c20,0")
        assert await app.hear() == "c20,0"
    with pytest.raises(KeyError):
        server.tell_clients("UNKNOWN", "c20,0")
