"""What a simulated car on the simulated OVMS server does when it is told to."""

from collections.abc import AsyncGenerator

import pytest

from simulators.ovms_module import Knobs
from simulators.ovms_server import OvmsServer

from .ovms_visitor import PASSWORD, VEHICLE, driving, sent_codes, until, visit


@pytest.fixture
async def server(socket_enabled: None, plain_loop: None) -> AsyncGenerator[OvmsServer]:
    """A server that knows the car, and whose time stands still."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD)
    async with server:
        yield server


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("10,1", "charge mode storage"),
        ("11", "charge start"),
        ("12", "charge stop"),
        ("15,13", "charge current 13"),
        ("18", "wakeup"),
        ("19", "wakeup"),
        ("20,1234", "lock 1234"),
        ("21,1234", "valet 1234"),
        ("22,1234", "unlock 1234"),
        ("23,1234", "unvalet 1234"),
        ("24,0", "homelink 1"),
        ("24,2", "homelink 3"),
        ("25", "charge cooldown"),
    ],
)
async def test_numeric_commands(server: OvmsServer, command: str, line: str) -> None:
    """Each does what a line of the shell does."""
    async with driving(server, vehicle_type="TR") as (module, _), visit(server) as app:
        await module.start_charging()
        await app.burst()
        assert await app.ask(command) == "0"
        assert module.received == module.executed == [line]


async def test_climate(server: OvmsServer) -> None:
    """On and off; a car that cannot fails."""
    async with driving(server) as (module, _), visit(server) as app:
        await app.burst()
        for digit, on in (("1", True), ("0", False)):
            assert await app.ask(f"26,{digit}") == "0"
            assert module["v.e.hvac"] is on
        assert await app.ask("25") == "1"


async def test_mode_and_current(server: OvmsServer) -> None:
    """One after the other; the second not without the first."""
    async with driving(server, vehicle_type="TR") as (module, _), visit(server) as app:
        await app.burst()
        assert await app.ask("16,3,20") == "0"
        assert module.executed == ["charge mode range", "charge current 20"]
        assert await app.ask("16,2,20") == "1"
        assert await app.ask("16,3") == "1"
        module.knobs.refuse = True
        assert await app.ask("16,0,10") == "1"
        assert module.received[2:] == ["charge mode standard"]


async def test_commands_that_fail(server: OvmsServer) -> None:
    """No comma is not even an empty PIN; nobody knows what a code is; a car that refuses, or a module without leave."""
    async with driving(server, vehicle_type="KS") as (module, _), visit(server) as app:
        await app.burst()
        for command in ("20", "20,", "20,9", "15", "24", "24,7", "26", "17,1,3600", "10,2", "11"):
            assert await app.ask(command) == "1"
        for command in ("40,0123,text", "49,AT", "200", "999"):
            assert await app.ask(command) == "2"
        assert module.executed == []
        assert await app.ask("20,12 34") == "1"
        assert module.received[-1] == 'lock "12 34"'


async def test_shell_commands(server: OvmsServer) -> None:
    """Always a success; lines end with CR, and commas are lost."""
    async with driving(server) as (module, _), visit(server) as app:
        await app.burst()
        assert await app.ask("7,climatecontrol on") == "0,Climate Control \ron\r"
        assert await app.ask("7,nonsense") == "0,Unrecognised command\r"
        await module.set("v.c.type", "type2,ccs", publish=False)
        assert "type2;ccs" in await app.ask("7,metrics list v.c.type")
        assert (await app.ask("7,metrics list")).count("\r") > 150


async def test_lists(server: OvmsServer) -> None:
    """Features and parameters, in 32 lines each, passwords among them; some can be set."""
    async with driving(server) as (module, _), visit(server) as app:
        await app.burst()
        assert await app.ask("2,9,15") == "0,"
        assert await app.ask("2,3,15") == "1,Feature not supported by vehicle"
        assert await app.ask("2") == "1,Missing feature key"
        assert await app.ask("1") == "0,0,32,0"
        rest = [await app.hear() for _ in range(31)]
        assert (rest[8], rest[-1]) == ("c1,0,9,32,15", "c1,0,31,32,0")
        assert await app.ask("4,2,M") == "0,"
        assert await app.ask("4,3,M") == "1,Parameter key not supported"
        assert await app.ask("3") == "0,0,32,"
        rest = [await app.hear() for _ in range(31)]
        assert rest[:2] == ["c3,0,1,32,module-secret", "c3,0,2,32,M"]
        assert rest[8] == f"c3,0,9,32,{PASSWORD}"
        assert module.config["vehicle", "units.distance"] == "M"


async def test_charge_alert_and_ussd(server: OvmsServer) -> None:
    """A reply, and what follows."""
    async with driving(server), visit(server) as app:
        await app.burst()
        assert await app.ask("6") == "0"
        assert (await app.hear()).startswith("PINot charging\rSOC: 62.5%\r")
        assert await app.ask("41,*100#") == "0"


@pytest.mark.parametrize("command", ["5", "7"])
async def test_restart(server: OvmsServer, command: str) -> None:
    """No reply; the car is gone, and comes back. So it does where a command's parameter is forgotten."""
    async with driving(server) as (module, _), visit(server) as app:
        await app.burst()
        app.say(f"C{command}")
        await until(lambda: module.received)
        assert await app.quiet() == []
        await module.tick(2)
        await app.until("Z0")
        await app.until("Z1")


async def test_troubled_replies(server: OvmsServer) -> None:
    """The module's own faults are the same on this link: slow, lost, doubled; nothing else is said meanwhile."""
    async with driving(server, knobs=Knobs(reply_delay=5, troubled="lock")) as (module, link), visit(server) as app:
        await app.burst()
        await until(lambda: link.schedule.peers)
        await module.tick(1)
        app.say("C20,1234")
        await until(lambda: module.received)
        sent_codes(link)
        await module.notify("info", "test", "later")
        await module.tick(4)
        assert sent_codes(link) == []
        await module.tick(2)
        assert sent_codes(link) == ["c", "P"]
        module.knobs.reply_delay, module.knobs.lose_replies = 0, True
        app.say("C20,1234")
        assert await app.ask("18") == "0"
        assert sent_codes(link) == ["c"]
        module.knobs.lose_replies, module.knobs.reply_copies = False, 2
        await app.ask("18")
        await until(lambda: sent_codes(link) == ["c", "c"])
