"""What the simulated OVMS server keeps, and whom it passes what on to."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from simulators.ovms_server import Kind, OvmsServer

from .conftest import QUIET
from .ovms_visitor import PASSWORD, VEHICLE, Visitor, visit

TOO_LONG = 256


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[OvmsServer]:
    """A server whose time stands still."""
    server = OvmsServer(speed=0, start=datetime(2026, 11, 20, 12, tzinfo=UTC))
    server.add_vehicle(VEHICLE, PASSWORD, owner="family")
    server.add_vehicle("ALSO", "other", owner="family")
    server.add_account("family", "password")
    async with server:
        yield server


# What is stored


async def test_burst(server: OvmsServer) -> None:
    """Who logs in is told whether the car is there, the last message of each kind, and how old the newest is."""
    for message in ("Wold", "Lx", "D1,2", "?new", "S50", "Fone", "S60"):
        server.store(VEHICLE, message)
    await server.tick(22)
    async with visit(server) as app:
        assert await app.burst() == ["Z0", "Fone", "S60", "?new", "D1,2", "Lx", "Wold", "T22"]


async def test_age(server: OvmsServer) -> None:
    """The longest age there is also means never."""
    server.store(VEHICLE, "S60", age=5e6)
    async with visit(server, "B") as client:
        assert (await client.burst())[-1] == "T3020399"


async def test_car_speaks(server: OvmsServer) -> None:
    """What it says of itself is kept and passed on, and is no second old then."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        for client in (app, batch):
            assert await client.burst() == ["Z1", "T3020399"]
        car.say("S70,K")
        car.say("F3.3.006")
        for client in (app, batch):
            assert [await client.hear() for _ in range(5)] == ["S70,K", "T0", "F3.3.006", "f3.0.001-77-g1822ce2", "T0"]
        async with visit(server) as late:
            assert await late.burst() == ["Z1", "F3.3.006", "S70,K", "T0"]


async def test_long_messages_are_not_stored(server: OvmsServer) -> None:
    """They are passed on; the older one stays in the database."""
    server.store(VEHICLE, "S60")
    async with visit(server) as app:
        await app.burst()
        server.car_says(VEHICLE, "S" + TOO_LONG * "1")
        assert await app.hear() == "S" + TOO_LONG * "1"
    async with visit(server) as app:
        assert "S60" in await app.burst()


async def test_notifications_are_not_stored(server: OvmsServer) -> None:
    """Who was not there has missed them."""
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        car.say("PAThe alarm is sounding")
        assert await app.hear() == "PAThe alarm is sounding"
        assert await app.quiet() == []
        async with visit(server) as late:
            assert await late.burst() == ["Z1", "T3020399"]


async def test_restart(server: OvmsServer) -> None:
    """Everybody is thrown out, nobody is let in meanwhile, and what is stored stays."""
    server.store(VEHICLE, "S60")
    port = server.port
    async with visit(server) as app, visit(server, "C") as car:
        await server.stop()
        assert await app.ended()
        assert await car.ended()
        with pytest.raises(ConnectionRefusedError):
            await Visitor.connect(server)
        await server.start()
    assert server.port == port
    async with visit(server) as app:
        assert await app.burst() == ["Z0", "S60", "T0"]


# Who is there


async def test_peers(server: OvmsServer) -> None:
    """The car is told how many apps there are, batch clients do not count; clients are told of the car."""
    async with visit(server, "C") as car:
        assert await car.hear() == "Z0"
        async with visit(server), visit(server, "B"), visit(server) as other:
            assert [await car.hear() for _ in range(2)] == ["Z1", "Z2"]
            await other.close()
            assert await car.hear() == "Z1"
            assert await car.quiet() == []
        assert await car.hear() == "Z0"
    async with visit(server) as app:
        assert await app.burst() == ["Z0", "T3020399"]
        async with visit(server, "C") as car:
            assert await car.hear() == "Z1"
            assert await app.hear() == "Z1"
        assert await app.hear() == "Z0"


async def test_second_login_of_a_car(server: OvmsServer) -> None:
    """It takes the place of the first."""
    async with visit(server) as app, visit(server, "C") as first:
        await app.until("Z1")
        async with visit(server, "C"):
            assert [await app.hear() for _ in range(2)] == ["Z0", "Z1"]
            assert await first.ended()
        assert await app.hear() == "Z0"


async def test_pings(server: OvmsServer) -> None:
    """Anybody may ask, and nobody but a car is asked."""
    for kind in ("A", "B", "C"):
        async with visit(server, kind) as visitor:
            visitor.say("A")
            assert await visitor.until("a") == "a"
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        await car.until("Z1")
        await server.tick(930)
        assert await car.hear() == "A"
        car.say("a")
        assert await app.quiet() == []


@pytest.mark.parametrize(("kind", "seconds"), [("A", 1200), ("B", 300), ("C", 960)])
async def test_silence(server: OvmsServer, kind: str, seconds: float) -> None:
    """Whoever says nothing for too long is shown out, which is looked after every half a minute."""
    async with visit(server, kind) as visitor:
        await visitor.until("Z")
        await server.tick(seconds)
        assert server.connected(VEHICLE, Kind(kind)) == 1
        await server.tick(30)
        assert server.connected(VEHICLE) == 0
        assert await visitor.ended()


async def test_line_that_cannot_be_decoded(server: OvmsServer) -> None:
    """The connection ends at once."""
    async with visit(server) as app:
        await app.burst()
        app.write(b"AAAAAAAAAAAA\r\n")
        assert await app.ended()


async def test_vehicles_do_not_hear_each_other(server: OvmsServer) -> None:
    """An account's vehicles are kept apart."""
    async with visit(server) as app, visit(server, "C", "ALSO", "other") as car:
        await app.burst()
        car.say("S70")
        await server.until(lambda: server.messages("ALSO"))
        assert await app.quiet() == []


# Commands


async def test_command_and_reply(server: OvmsServer) -> None:
    """A reply goes to whoever asked, be it an app or a batch client, and to nobody else."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        await app.burst()
        await batch.burst()
        batch.say("C20,1234")
        assert await car.until("C") == "C20,1234"
        app.say("C7,stat")
        assert await car.until("C") == "C7,stat"
        car.say("c20,0")
        car.say("c7,0,Not charging\r")
        assert await batch.hear() == "c20,0"
        assert await app.hear() == "c7,0,Not charging\r"
        assert await batch.quiet() == await app.quiet() == []


async def test_swallowed_command(server: OvmsServer) -> None:
    """From then on every reply goes to the one before; a client that has left takes his with him."""
    async with visit(server, "C") as car, visit(server) as first:
        await first.burst()
        first.say("C11")
        await car.until("C11")
        async with visit(server) as second:
            await second.burst()
            second.say("C12")
            await car.until("C12")
            car.say("c12,0")
            assert await first.hear() == "c12,0"
            assert await second.quiet() == []
        await server.until(lambda: server.connected(VEHICLE, Kind.APP) == 1)
        car.say("c12,1")
        first.say("C18")
        await car.until("C18")
        car.say("c18,0")
        assert await first.hear() == "c18,0"


async def test_reply_that_nobody_waits_for(server: OvmsServer) -> None:
    """It is told to all."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        await app.burst()
        await batch.burst()
        app.say("C41,*100#")
        await car.until("C41")
        car.say("c41,0")
        car.say("c41,0,You have 5 euro left")
        assert [await app.hear() for _ in range(2)] == ["c41,0", "c41,0,You have 5 euro left"]
        assert await batch.hear() == "c41,0,You have 5 euro left"


async def test_reply_before_any_command(server: OvmsServer) -> None:
    """The server stumbles, and does not hear the car any more, until it comes back."""
    async with visit(server) as app:
        async with visit(server, "C") as car:
            await app.until("Z1")
            car.say("c41,0,You have 5 euro left")
            await server.until(lambda: server.messages(VEHICLE, Kind.CAR))
            car.say("S70")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await car.quiet()
            assert await app.quiet() == []
        await app.until("Z0")
        async with visit(server, "C") as car:
            car.say("S70")
            assert await app.until("S") == "S70"


async def test_lists(server: OvmsServer) -> None:
    """The many lines of commands 1 and 3 are one reply; those of any other are not."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        await app.burst()
        await batch.burst()
        app.say("C3")
        await car.until("C3")
        batch.say("C1")
        await car.until("C1")
        for code in (3, 1):
            for index in range(32):
                car.say(f"c{code},0,{index},32,value")
        assert [await app.hear() for _ in range(32)][-1] == "c3,0,31,32,value"
        assert [await batch.hear() for _ in range(32)][-1] == "c1,0,31,32,value"
        assert await app.quiet() == await batch.quiet() == []


async def test_absent_car(server: OvmsServer) -> None:
    """Its commands are dropped without a word, and do not wait for it."""
    async with visit(server) as app:
        await app.burst()
        app.say("C22,1234")
        assert await app.quiet() == []
        async with visit(server, "C") as car:
            assert await car.quiet() == ["Z1"]


async def test_what_only_some_may_say(server: OvmsServer) -> None:
    """A car gives no commands, a client no replies; a car is passed the rest of what an app says, and of nobody else."""
    async with visit(server, "C") as car, visit(server) as app, visit(server, "B") as batch:
        await app.burst()
        await batch.burst()
        await car.until("Z1")
        car.say("C11")
        app.say("c11,0")
        batch.say("xyz")
        app.say("xyz")
        assert await car.hear() == "xyz"
        assert await car.quiet() == await app.quiet() == await batch.quiet() == []


# What the server itself answers


async def test_traffic(server: OvmsServer) -> None:
    """Bytes of each day, by whom they came from and to whom they went; the car need not be there."""
    async with visit(server) as app:
        await app.burst()
        found = await app.ask("30")
        assert found.startswith("0,1,1,2026-11-20,0,0,")
        assert int(found.rpartition(",")[2]) > 0


async def test_history(server: OvmsServer) -> None:
    """Records are kept with their time, and acknowledged."""
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        assert await app.ask("31") == "1,No historical data available"
        assert await app.ask("32,RT-PWR") == "1,No historical data available"
        car.say("h7,-60,RT-PWR,0,86400,1,2,3")
        assert await car.until("h") == "h7"
        car.say("h8,0,RT-PWR,0,86400,4")
        assert await car.until("h") == "h8"
        assert await app.ask("31") == "0,1,1,RT-PWR,1,2,6,2026-11-20 11:59:00,2026-11-20 12:00:00"
        assert await app.ask("31,2100-01-01") == "1,No historical data available"
        assert await app.ask("32,RT-PWR") == "0,1,2,RT-PWR,2026-11-20 11:59:00,0,1,2,3"
        assert await app.hear() == "c32,0,2,2,RT-PWR,2026-11-20 12:00:00,0,4"


async def test_groups(server: OvmsServer) -> None:
    """An app that asks for a group hears of all cars in it, and an older car's other use of the code is harmless."""
    async with visit(server, "C") as car, visit(server, "C", "ALSO", "other") as other, visit(server) as app:
        await app.burst()
        car.say("gfleet,50,0,90,12,1,1,52.5,13.4")
        car.say("G0,0,0")
        await server.until(lambda: "G0,0,0" in server.messages(VEHICLE))
        app.say("GFLEET,1")
        assert await app.hear() == "gDEMO1,FLEET,50,0,90,12,1,1,52.5,13.4"
        other.say("gFLEET,60,0,90,12,1,1,52.5,13.4")
        assert await app.hear() == "gALSO,FLEET,60,0,90,12,1,1,52.5,13.4"


# Paranoid cars


async def test_paranoid_car(server: OvmsServer) -> None:
    """What is hidden from the server is stored as it is, and not told after the token has changed."""
    async with visit(server, "C") as car, visit(server) as app:
        await app.burst()
        for message in ("ETfirst", "EMSaaaa", "EMDbbbb", "L1,2", "EX"):
            car.say(message)
        assert await app.until("L") == "L1,2"
        assert app.heard == ["ETfirst", "EMSaaaa", "T0", "EMDbbbb", "T0", "L1,2"]
        async with visit(server) as late:
            assert await late.burst() == ["Z1", "ETfirst", "EMSaaaa", "EMDbbbb", "L1,2", "T0"]
        app.say("EMCcccc")
        assert await car.until("E") == "EMCcccc"
        car.say("EMcdddd")
        assert await app.until("EMc") == "EMcdddd"
        car.say("ETsecond")
        await app.until("ETsecond")
        async with visit(server) as late:
            assert await late.burst() == ["Z1", "L1,2", "T0"]
