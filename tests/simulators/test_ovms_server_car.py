"""A simulated car on the simulated OVMS server: when it says what, and what it does when it is told to."""

from collections.abc import AsyncGenerator
from pathlib import Path
import ssl

import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, MetricValue, OvmsModule
from simulators.ovms_server import Kind, OvmsServer, ServerV2

from .conftest import Watcher
from .ovms_visitor import PASSWORD, VEHICLE, Visitor, driving, hide, reveal, sent_codes, until, visit

EVERYTHING = ["S", "D", "L", "W", "Y", "F"]


@pytest.fixture
async def server(socket_enabled: None, plain_loop: None) -> AsyncGenerator[OvmsServer]:
    """A server that knows the car, and whose time stands still."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD)
    async with server:
        yield server


# When it says what


async def test_periods(server: OvmsServer) -> None:
    """Every ten minutes, every minute while an app is connected, and at once when one comes; batch clients are naught."""
    async with driving(server) as (module, link):
        assert sent_codes(link) == EVERYTHING
        async with visit(server, "B") as batch:
            await batch.burst()
            await module.tick(599)
            assert sent_codes(link) == []
            await module.tick(1)
            assert sent_codes(link) == ["S", "D"]
            await batch.quiet()
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            assert module["s.v2.peers"] == 1
            await module.tick(1)
            assert sent_codes(link) == EVERYTHING
            await module.tick(59)
            assert sent_codes(link) == []
            await module.set("v.p.latitude", 50.0, publish=False)
            await module.set("v.t.temp", [9.0, 9.0, 9.0, 9.0], publish=False)
            await module.tick(1)
            assert sent_codes(link) == ["S", "D", "L", "W", "Y"]
        await until(lambda: not link.schedule.peers)
        module.config["server.v2", "updatetime.idle"] = "30"
        await module.tick(29)
        assert sent_codes(link) == []
        await module.tick(1)
        assert sent_codes(link) == ["S", "D"]


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
        sent_codes(link)
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            await module.tick(2)
            sent_codes(link)
            await module.set(name, value, publish=False)
            await module.tick(1)
            assert sent_codes(link) == expected
            await module.tick(1)
            assert sent_codes(link) == []


async def test_nothing_at_once_without_an_app(server: OvmsServer) -> None:
    """And nothing is made up for when one comes, but that everything is sent."""
    async with driving(server) as (module, link):
        sent_codes(link)
        await module.tick(1)
        await module.set("v.e.locked", value=False, publish=False)
        await module.tick(1)
        assert sent_codes(link) == []


async def test_signal_moves(server: OvmsServer) -> None:
    """A signal alone is worth a message if it moved by more than two steps."""
    async with driving(server) as (module, link):
        sent_codes(link)
        for dbm, expected in ((-79, []), (-78, ["F"]), (-82, []), (-83, ["F"])):
            await module.set("m.net.sq", dbm, publish=False)
            await module.tick(600)
            assert sent_codes(link) == ["S", "D", *expected]


async def test_generator_is_told_while_it_runs(server: OvmsServer) -> None:
    """Only then."""
    async with driving(server) as (module, link):
        sent_codes(link)
        await module.set("v.g.current", 2.0, publish=False)
        await module.tick(600)
        assert sent_codes(link) == ["S", "D", "X"]
        await module.set("v.g.current", 0.0, publish=False)
        await module.tick(600)
        assert sent_codes(link) == ["S", "D"]


async def test_position_as_a_stream(server: OvmsServer) -> None:
    """While the car is on and an app is connected, if the owner wants it."""
    async with driving(server) as (module, link):
        module.config["vehicle", "stream"] = "5"
        await module.tick(1)
        await module.drive(60)
        sent_codes(link)
        await module.tick(10)
        assert sent_codes(link) == []
        async with visit(server) as app:
            await app.burst()
            await until(lambda: link.schedule.peers)
            await module.tick(1)
            sent_codes(link)
            await module.tick(10)
            assert sent_codes(link) == ["L", "L"]


async def test_update_on_request(server: OvmsServer) -> None:
    """A batch client can ask for fresh values, from 3.3.002 on."""
    async with driving(server) as (module, link), visit(server, "B") as client:
        await client.burst()
        sent_codes(link)
        await module.set("v.b.soc", 33.0, publish=False)
        scheduled = "0,Server V2 data update for {} metrics has been scheduled\r"
        assert await client.ask("7,server v2 update all") == scheduled.format("all")
        await module.tick(1)
        assert sent_codes(link) == ["c", *EVERYTHING]
        assert (await client.until("S")).startswith("S33.0,")
        await module.set("v.b.soc", 34.0, publish=False)
        assert await client.ask("7,server v2 update") == scheduled.format("modified")
        await module.tick(2)
        assert sent_codes(link) == ["c", "S"]
        assert (await client.ask("7,server v2 update x")).startswith("0,Usage")
    async with driving(server, firmware=Firmware.V3_2_016), visit(server, "B") as client:
        assert (await client.ask("7,server v2 update all")).startswith("0,Unrecognised command")


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
        sent_codes(link)
        await module.tick(11)
        assert link.connected
        assert sent_codes(link) == EVERYTHING
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
        sent_codes(link)
        await module.tick(899)
        assert sent_codes(link) == []
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
