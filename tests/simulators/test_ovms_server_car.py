"""A simulated car on the simulated OVMS server: when it says what, and what it does when it is told to."""

from collections.abc import AsyncGenerator
from pathlib import Path
import ssl

import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, Knobs, MetricValue, OvmsModule
from simulators.ovms_server import Kind, OvmsServer, ServerV2

from .conftest import Watcher
from .ovms_visitor import PASSWORD, VEHICLE, Visitor, driving, hide, reveal, until, visit

EVERYTHING = ["S", "D", "L", "W", "Y", "F"]


@pytest.fixture
async def server(socket_enabled: None, plain_loop: None) -> AsyncGenerator[OvmsServer]:
    """A server that knows the car, and whose time stands still."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD)
    async with server:
        yield server


def codes(link: ServerV2) -> list[str]:
    """What kinds of messages were sent since this was asked last, pings aside."""
    found = [message[0] for message in link.sent if message != "A"]
    link.sent.clear()
    return found


# When it says what


async def test_periods(server: OvmsServer) -> None:
    """Every ten minutes, every minute while an app is connected, and at once when one comes; batch clients are naught."""
    async with driving(server) as (module, link):
        assert codes(link) == EVERYTHING
        async with visit(server, "B") as batch:
            await batch.burst()
            await module.tick(599)
            assert codes(link) == []
            await module.tick(1)
            assert codes(link) == ["S", "D"]
            await batch.quiet()
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            assert module["s.v2.peers"] == 1
            await module.tick(1)
            assert codes(link) == EVERYTHING
            await module.tick(59)
            assert codes(link) == []
            await module.set("v.p.latitude", 50.0, publish=False)
            await module.set("v.t.temp", [9.0, 9.0, 9.0, 9.0], publish=False)
            await module.tick(1)
            assert codes(link) == ["S", "D", "L", "W", "Y"]
        await until(lambda: not link.schedule.peers)
        module.config["server.v2", "updatetime.idle"] = "30"
        await module.tick(29)
        assert codes(link) == []
        await module.tick(1)
        assert codes(link) == ["S", "D"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("v.c.limit.soc", 70.0, ["S"]),
        ("v.b.soh", 70.0, ["S"]),
        ("v.e.locked", False, ["D"]),
        ("v.e.alarm", True, ["D"]),
        ("v.c.charging", True, ["S", "D"]),
        ("v.e.drivemode", 2, ["L"]),
        ("v.p.gpslock", False, ["L"]),
        ("v.t.alert", [0, 0, 1, 2], ["Y"]),
        ("v.vin", "OTHER", ["F"]),
        ("v.b.soc", 1.0, []),
        ("v.e.temp", 1.0, []),
        ("m.net.sq", -99, []),
    ],
)
async def test_at_once(server: OvmsServer, name: str, value: MetricValue, expected: list[str]) -> None:
    """What matters does not wait, while an app is connected; the state of charge waits."""
    async with driving(server) as (module, link):
        await module.set("v.t.alert", [0, 0, 0, 0], publish=False)
        codes(link)
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            await module.tick(2)
            codes(link)
            await module.set(name, value, publish=False)
            await module.tick(1)
            assert codes(link) == expected
            await module.tick(1)
            assert codes(link) == []


async def test_nothing_at_once_without_an_app(server: OvmsServer) -> None:
    """And nothing is made up for when one comes, but that everything is sent."""
    async with driving(server) as (module, link):
        codes(link)
        await module.tick(1)
        await module.set("v.e.locked", value=False, publish=False)
        await module.tick(1)
        assert codes(link) == []


async def test_signal_moves(server: OvmsServer) -> None:
    """A signal alone is worth a message if it moved by more than two steps."""
    async with driving(server) as (module, link):
        codes(link)
        for dbm, expected in ((-79, []), (-78, ["F"]), (-82, []), (-83, ["F"])):
            await module.set("m.net.sq", dbm, publish=False)
            await module.tick(600)
            assert codes(link) == ["S", "D", *expected]


async def test_generator_is_told_while_it_runs(server: OvmsServer) -> None:
    """Only then."""
    async with driving(server) as (module, link):
        codes(link)
        await module.set("v.g.current", 2.0, publish=False)
        await module.tick(600)
        assert codes(link) == ["S", "D", "X"]
        await module.set("v.g.current", 0.0, publish=False)
        await module.tick(600)
        assert codes(link) == ["S", "D"]


async def test_position_as_a_stream(server: OvmsServer) -> None:
    """While the car is on and an app is connected, if the owner wants it."""
    async with driving(server) as (module, link):
        module.config["vehicle", "stream"] = "5"
        await module.tick(1)
        await module.drive(60)
        codes(link)
        await module.tick(10)
        assert codes(link) == []
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            await module.tick(1)
            codes(link)
            await module.tick(10)
            assert codes(link) == ["L", "L"]


async def test_update_on_request(server: OvmsServer) -> None:
    """A batch client can ask for fresh values, from 3.3.002 on."""
    async with driving(server) as (module, link), visit(server, "B") as client:
        await client.burst()
        codes(link)
        await module.set("v.b.soc", 33.0, publish=False)
        scheduled = "0,Server V2 data update for {} metrics has been scheduled\r"
        assert await client.ask("7,server v2 update all") == scheduled.format("all")
        await module.tick(1)
        assert codes(link) == ["c", *EVERYTHING]
        assert (await client.until("S")).startswith("S33.0,")
        await module.set("v.b.soc", 34.0, publish=False)
        assert await client.ask("7,server v2 update") == scheduled.format("modified")
        await module.tick(2)
        assert codes(link) == ["c", "S"]
        assert (await client.ask("7,server v2 update x")).startswith("0,Usage")
    async with driving(server, firmware=Firmware.V3_2_016), visit(server, "B") as client:
        assert (await client.ask("7,server v2 update all")).startswith("0,Unrecognised command")


# Commands


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
        codes(link)
        await module.notify("info", "test", "later")
        await module.tick(4)
        assert codes(link) == []
        await module.tick(2)
        assert codes(link) == ["c", "P"]
        module.knobs.reply_delay, module.knobs.lose_replies = 0, True
        app.say("C20,1234")
        assert await app.ask("18") == "0"
        assert codes(link) == ["c"]
        module.knobs.lose_replies, module.knobs.reply_copies = False, 2
        await app.ask("18")
        await until(lambda: codes(link) == ["c", "c"])


# Notifications


async def test_notifications(server: OvmsServer) -> None:
    """Info and alert are made fit for a field, an error is not; a record waits for nobody and is kept."""
    async with driving(server) as (module, _), visit(server) as app:
        await app.burst()
        await module.notify("info", "charge.done", "Done, at last\nSOC: 100%")
        await module.notify("alert", "alarm.sounding", "Alarm!")
        await module.notify("error", "code", "NL,1,2")
        assert [await app.until("P") for _ in range(3)] == ["PIDone; at last\rSOC: 100%", "PAAlarm!", "PENL,1,2"]
        await module.notify("data", "log.trip", "*-LOG-Trip,1,86400,1.5,2\nrest")
        await server.until(lambda: any(it.startswith("h") for it in server.messages(VEHICLE)))
        assert (await app.ask("32,*-LOG-Trip")).endswith(",1,1.5,2")


async def test_charge_is_notified_on_both_links(server: OvmsServer, broker: EmbeddedBroker, watcher: Watcher) -> None:
    """What the framework says by itself goes to both servers."""
    async with driving(server, broker=broker) as (module, _), visit(server) as app:
        await app.burst()
        await module.start_charging()
        await module.tick(4)
        assert (await app.until("PI")).startswith("PIStandard - Charging\r")
        await watcher.until(lambda: watcher.payloads("notify/info/charge/started"))


# The link


async def test_wrong_password(server: OvmsServer) -> None:
    """The module does not try again, which public servers would block it for."""
    module = OvmsModule(vehicle_id=VEHICLE, speed=0)
    module.config["auto", "server.v3"] = "no"
    link = ServerV2(module, server.port, password="wrong")
    async with module:
        assert link.refused
        await module.tick(300)
        assert len(server.logins) == 1
        assert "Authentication error" in module.run("server v2 status")
        module.config["password", "server.v2"] = PASSWORD
        await link.connect()
        assert link.connected
        assert "Connected" in module.run("server v2 status")


async def test_server_restart(server: OvmsServer) -> None:
    """The car is back ten seconds after its loss, or twenty after a failure, and says everything again."""
    async with driving(server) as (module, link):
        await server.restart()
        await until(lambda: not link.connected)
        assert module["s.v2.connected"] is False
        codes(link)
        await module.tick(11)
        assert link.connected
        assert codes(link) == EVERYTHING
        await server.stop()
        await until(lambda: not link.connected)
        await module.tick(11)
        assert not link.refused
        assert "remaining" in module.run("server v2 status")
        await server.start()
        await module.tick(20)
        assert link.connected


async def test_vanished_car(server: OvmsServer) -> None:
    """A car in a tunnel is there for the server, until it has said nothing for sixteen minutes."""
    async with driving(server) as (module, link), visit(server) as app:
        await app.burst()
        await module.lose_coverage()
        app.say("C20,1234")
        assert await app.quiet() == []
        assert module.received == []
        for _ in range(4):
            await server.tick(240)
            assert server.connected(VEHICLE, Kind.CAR) == 1
            await app.quiet()
        await server.tick(60)
        await app.until("Z0")
        await module.regain_coverage()
        await until(lambda: not link.connected)
        await module.tick(11)
        await app.until("Z1")


async def test_car_pings(server: OvmsServer) -> None:
    """It asks after fifteen minutes without a word from the server, and gives up after sixteen."""
    async with driving(server) as (module, link):
        module.config["server.v2", "updatetime.idle"] = "100000"
        codes(link)
        await module.tick(899)
        assert codes(link) == []
        await module.tick(1)
        assert link.sent == ["A"]
        await server.until(lambda: "A" in server.messages(VEHICLE))
        await module.lose_coverage()
        await module.tick(970)
        assert not link.connected


async def test_power(server: OvmsServer) -> None:
    """A car without power is gone at once; back again, it knows what is persistent."""
    async with driving(server) as (module, link), visit(server) as app:
        await app.burst()
        await module.power_off()
        await app.until("Z0")
        assert not link.connected
        await module.boot()
        await app.until("Z1")
        assert (await app.until("S")).startswith("S0,K,")


async def test_tls(socket_enabled: None, certificate: tuple[Path, Path]) -> None:
    """A car may use TLS as well."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with OvmsServer(tls=context, speed=0) as server:
        server.add_vehicle(VEHICLE, PASSWORD)
        module = OvmsModule(vehicle_id=VEHICLE, speed=0)
        module.config["auto", "server.v3"] = "no"
        ServerV2(module, server.port, password=PASSWORD, tls=trusting)
        async with module:
            visitor = await Visitor.connect(server, trusting)
            assert await visitor.log_in()
            assert "Z1" in await visitor.burst()
            await visitor.close()


async def test_paranoid_car(server: OvmsServer) -> None:
    """What it says and is told is hidden by the module's own password."""
    module = OvmsModule(vehicle_id=VEHICLE, speed=0)
    module.config["auto", "server.v3"] = "no"
    module.config["server.v2", "paranoid"] = "yes"
    ServerV2(module, server.port, password=PASSWORD)
    async with module, visit(server) as app:
        await server.until(lambda: any(it.startswith("EMF") for it in server.messages(VEHICLE)))
        async with visit(server) as late:
            burst = await late.burst()
        token = burst[1].removeprefix("ET")
        hidden = burst[2:-1]
        assert all(message.startswith("EM") for message in hidden)
        # What is hidden is longer by a third, and this one too long for the database.
        assert {message[2] for message in hidden} == set(EVERYTHING) - {"F"}
        state = next(message for message in hidden if message.startswith("EMS"))
        assert reveal("module-secret", token, state[3:]).startswith("62.5,K,")
        await app.until("EM")
        app.say(f"EMC{hide('module-secret', token, '22,1234')}")
        assert reveal("module-secret", token, (await app.until("EMc"))[3:]) == "22,0"
        assert module.executed == ["unlock 1234"]


# Both links


async def test_one_car_on_two_links(server: OvmsServer, broker: EmbeddedBroker, watcher: Watcher) -> None:
    """The same values, the same shell, the same record of what was done."""
    async with driving(server, broker=broker) as (module, link), visit(server) as app:
        await watcher.hears("metric/v/b/soc", "62.5")
        assert (await app.until("S")).startswith("S62.5,K,")
        await app.until("T")
        assert await watcher.command("unlock 1234") == "Vehicle unlocked\n"
        assert await app.ask("20,1234") == "0"
        assert module.executed == ["unlock 1234", "lock 1234"]
        await module.set("v.b.soc", 50.0)
        await link.send_changed()
        assert (await app.until("S")).startswith("S50.0,K,")
        await watcher.hears("metric/v/b/soc", "50")
        await app.quiet()
        await module.lose_coverage()
        await module.set("v.b.soc", 40.0)
        await link.send_changed()
        assert await app.quiet() == []
        await module.regain_coverage()
        assert (await app.until("S")).startswith("S40.0,K,")
        await watcher.hears("metric/v/b/soc", "40")
