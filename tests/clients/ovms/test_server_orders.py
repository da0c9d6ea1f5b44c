"""Commands through a server: one at a time, never for a car that is away, and no answer but one's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import re

import pytest

from custom_components.open_ev.clients.ovms import commands, server as server_module, server_attention
from custom_components.open_ev.clients.ovms.commands import ChargeMode, Command, Day, UpdateScope
from custom_components.open_ev.clients.ovms.errors import (
    Busy,
    Failed,
    InvalidArgument,
    LinkError,
    NoAnswer,
    OvmsError,
    UnknownCommand,
    Unsupported,
    VehicleOffline,
)
from custom_components.open_ev.clients.ovms.server import Mode
from custom_components.open_ev.clients.ovms.server_commands import listed_metrics
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2
from tests.clients.waiting import PATIENCE, eventually

from .conftest import Running, running
from .scripted_server import BURST, PASSWORD, Following, Visit, at, following, impatient, of, scripted

__all__ = ["impatient"]

pytestmark = pytest.mark.usefixtures("nothing_is_left", "impatient")

COMMANDS = [
    commands.wakeup(),
    commands.lock("1234"),
    commands.lock("4321"),
    commands.unlock("1234"),
    commands.valet("1234"),
    commands.unvalet("4321"),
    commands.unvalet("1234"),
    commands.homelink(1),
    commands.homelink(2, 500),
    commands.homelink(3),
    commands.climate(on=True),
    commands.climate(on=False),
    commands.charge_start(),
    commands.charge_mode(ChargeMode.RANGE),
    commands.charge_current(16),
    commands.cooldown(),
    commands.charge_stop(),
    commands.set_config("vehicle", "name", "Jane's"[:4]),
    commands.set_config("nonsense", "name", "value"),
    commands.server_update(UpdateScope.ALL),
    commands.server_update(UpdateScope.MODIFIED),
    commands.firmware_status(),
    commands.schedule_set(Day.MONDAY, ["07:30/10", "17:00"]),
    commands.schedule_copy(Day.MONDAY, [Day.TUESDAY, Day.FRIDAY]),
    commands.schedule_enable(enable=True),
    commands.schedule_list(),
    commands.schedule_status(),
    commands.schedule_clear(),
    commands.raw("vehicle status"),
    commands.raw("nonsense"),
    commands.raw("charge"),
    commands.raw("metrics get v.b.soc"),
]


async def _outcome(vehicle: Vehicle, command: Command) -> tuple[str, str]:
    """What a command came to: its answer without regard to its lines, or its error and the module's words."""
    try:
        answer = await vehicle.send(command)
    except OvmsError as error:
        return type(error).__name__, str(error)
    # What the protocol does to commas cannot be undone everywhere.
    return "done", " ".join(answer.split()).replace(",", ";")


@pytest.mark.parametrize("type_code", ["NL", "DEMO", "TR", "VA"])
async def test_a_command_comes_to_the_same_as_over_mqtt(mqtt: EmbeddedBroker, type_code: str) -> None:
    """One car on both; done, failed, not available, wrong use: whatever it is, and in the same words."""
    async with OvmsServer() as simulator:
        simulator.add_vehicle("DEMO1", PASSWORD)
        module = OvmsModule(mqtt.host, mqtt.port, vehicle_type=type_code, vehicle_id="DEMO1", speed=0)
        ServerV2(module, simulator.port, password=PASSWORD)
        async with module, following(of(simulator)) as through_server, running(mqtt) as over_mqtt:
            await through_server.connected()
            await over_mqtt.online()
            for command in COMMANDS:
                before = {name: module.metrics.boolean(name) for name in ("v.e.hvac", "v.c.charging")}
                expected = await _outcome(over_mqtt.vehicle, command)
                # Some modules refuse what already is so: who is asked second finds the car as the first did.
                for name, value in before.items():
                    if module.metrics.boolean(name) is not value:
                        await module.set(name, value)
                assert await _outcome(through_server.vehicle, command) == expected, command.text
            await _same_facts(through_server, over_mqtt)


async def _same_facts(through_server: Following, over_mqtt: Running) -> None:
    for param, instance in (("vehicle", "id"), ("vehicle", "nothing"), ("nonsense", "nothing")):
        expected = await over_mqtt.vehicle.read_config(param, instance)
        assert await through_server.vehicle.read_config(param, instance) == expected
    # What the protocol does not carry is listed, once it is asked for.
    assert through_server.vehicle.reading("v.b.p.level.avg") is None
    await through_server.vehicle.request(["v.b.soc"])
    await through_server.vehicle.request(["v.b.c.*", "m.net.*", "*drivetime"])
    for name in ("v.b.c.voltage", "v.b.c.temp", "m.net.type", "m.net.mdm.network", "v.e.drivetime"):
        assert through_server.vehicle.value(name) == over_mqtt.vehicle.value(name), name
    ways = (through_server, over_mqtt)
    types = [listed_metrics(await way.vehicle.send(commands.metrics_list()))["v.type"] for way in ways]
    assert types == [over_mqtt.vehicle.value("v.type")] * 2


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[OvmsServer]:
    """A server that knows a car."""
    async with OvmsServer() as server:
        server.add_vehicle("DEMO1", PASSWORD)
        server.store("DEMO1", BURST[1])
        yield server


async def test_nothing_is_sent_to_a_car_that_is_away(simulator: OvmsServer) -> None:
    """The server would forget it without a word."""
    async with following(of(simulator)) as client:
        await client.connected()
        for attempt in (client.vehicle.send(commands.wakeup()), client.link.request(["v.b.soc"]), _execute(client)):
            with pytest.raises(VehicleOffline):
                await attempt
        assert not [message for message in simulator.messages("DEMO1") if message.startswith("C")]


def _execute(client: Following) -> Awaitable[str]:
    return client.link.execute("wakeup", timeout=1, careful=True)


async def test_a_module_of_the_first_generation_has_no_shell(simulator: OvmsServer) -> None:
    """That is said without asking it."""
    simulator.store("DEMO1", "F2.9.5/V1/EU,VIN,17,1,TR")
    async with following(of(simulator)) as client:
        await client.connected()
        client.vehicle.report_online(online=True)
        with pytest.raises(UnknownCommand):
            await client.vehicle.send(commands.firmware_status())


async def test_arguments_are_checked_before() -> None:
    """As over MQTT."""
    with pytest.raises(InvalidArgument):
        commands.lock("12 34")


type Answer = Callable[[Visit], Awaitable[None]]


def _car(*answers: Answer) -> Callable[[Visit], Awaitable[None]]:
    """A car that is there, tells that it is, and then does what it is told to."""

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        for answer in answers:
            await answer(visit)
        await visit.stay()

    return script


def _after(expected: str, *messages: str) -> Answer:
    async def answer(visit: Visit) -> None:
        heard = await visit.hear_command()
        assert re.fullmatch(expected, heard), heard
        await visit.say(*messages)

    return answer


async def _swallow_all(visit: Visit) -> None:
    while await visit.hear():
        pass


async def test_foreign_answers_are_nobody_s() -> None:
    """Another client's command, a number that nobody asked for, and the same one twice."""
    car = _car(
        _after(re.escape("C20,1"), "c22,0", "c1,0,0,32,x", "c7,0,text", "c,0", "c20", "c20,0", "c20,1"),
        _after(re.escape("C22,1"), "c20,1", "c22,1,jammed"),
    )
    async with scripted(car) as port, following(at(port)) as client:
        await client.connected()
        with pytest.raises(Unsupported):
            # What says nothing at all is no success.
            await client.vehicle.send(commands.lock("1"))
        with pytest.raises(Failed, match="jammed"):
            await client.vehicle.send(commands.unlock("1"))


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    """The module answers in order: once it answers another question, what was late is there."""

    async def late(visit: Visit) -> None:
        assert await visit.hear_command() == "C7,first"
        question = await visit.hear()
        assert question[1:].isdecimal()
        await visit.say("c7,0,the first", f"c{question[1:]},2")

    car = _car(late, _after("C7,second", "c7,0,the second"))
    async with scripted(car) as port, following(at(port)) as client:
        await client.connected()
        client.vehicle.report_heard()
        with pytest.raises(NoAnswer):
            await client.link.execute("first", timeout=0.1, careful=False)
        assert await client.link.execute("second", timeout=1, careful=False) == "the second"


async def test_a_module_that_spoke_just_now_is_not_asked_before_what_only_tells_something() -> None:
    """What acts is always preceded by a question."""
    heard: list[str] = []

    async def script(visit: Visit) -> None:
        await visit.say(*BURST, BURST[2])
        while True:
            heard.append(await visit.hear())
            await visit.say(f"c{heard[-1][1:].partition(',')[0]},0,text")

    async with scripted(script) as port, following(at(port)) as client:
        await eventually(lambda: client.link.connected and client.vehicle.heard_within(5))
        await client.link.execute("a", timeout=1, careful=False)
        await client.link.execute("b", timeout=1, careful=True)
    assert heard[0] == "C7,a"
    assert heard[1][1:].isdecimal()
    assert heard[2] == "C7,b"


async def test_a_module_that_gives_no_sign_of_life_is_sent_nothing() -> None:
    """It may be out of coverage, and run the command when it is back."""
    async with scripted(_car(_swallow_all)) as port, following(at(port)) as client:
        await client.connected()
        with pytest.raises(VehicleOffline):
            await client.vehicle.send(commands.unlock("1"))


async def test_a_car_that_leaves_answers_nothing_any_more() -> None:
    """Whoever waits need not wait to the end."""
    car = _car(_after(re.escape("C20,1"), "Z0"))
    async with scripted(car) as port, following(at(port)) as client:
        await client.connected()
        with pytest.raises(NoAnswer):
            await client.vehicle.send(commands.lock("1"))
        with pytest.raises(VehicleOffline):
            await client.vehicle.send(commands.lock("1"))


async def test_a_server_that_goes_answers_nothing_any_more() -> None:
    """Neither to the question nor to the command."""

    async def go(visit: Visit) -> None:
        await visit.hear()
        visit.writer.close()

    async def answer_and_go(visit: Visit) -> None:
        await visit.hear_command()
        visit.writer.close()

    for last, error in ((go, LinkError), (answer_and_go, NoAnswer)):
        async with scripted(_car(last)) as port, following(at(port)) as client:
            await client.connected()
            with pytest.raises(error):
                await client.vehicle.send(commands.lock("1"))


async def test_one_at_a_time() -> None:
    """The answers have no names, so the next command waits for the answer to the one before."""
    order: list[str] = []

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        while True:
            command = await visit.hear_command()
            order.append(command)
            await asyncio.sleep(0.02)
            order.append("answer")
            await visit.say(f"c7,0,{command}")

    async with scripted(script) as port, following(at(port)) as client:
        await client.connected()
        lines = [f"line {number}" for number in range(5)]
        answers = await asyncio.gather(
            *(client.link.execute(line, timeout=1, careful=False) for line in lines),
        )
    assert answers == [f"C7,{line}" for line in lines]
    assert order == [said for line in lines for said in (f"C7,{line}", "answer")]


async def test_a_late_answer_does_not_outlive_its_connection() -> None:
    """A server hands on what nobody asked for, so a new connection may get what an old one was asked."""
    visits = 0

    async def script(visit: Visit) -> None:
        nonlocal visits
        visits += 1
        await visit.say(*BURST, BURST[2])
        if visits == 1:
            assert await visit.hear() == "C7,first"
            await asyncio.sleep(0.2)
            return
        question = await visit.hear()
        assert question[1:].isdecimal()
        await visit.say("c7,0,the first", f"c{question[1:]},2")
        await _after("C7,second", "c7,0,the second")(visit)
        await visit.stay()

    async with scripted(script) as port, following(at(port)) as client:
        await eventually(lambda: client.link.connected and client.vehicle.heard_within(5))
        with pytest.raises(NoAnswer):
            await client.link.execute("first", timeout=0.1, careful=False)
        await eventually(lambda: visits == 2 and client.link.connected)
        assert await client.link.execute("second", timeout=1, careful=False) == "the second"


async def test_nobody_waits_for_ever_for_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that opens when its owner is gone again would be a surprise, so then nothing is sent."""
    monkeypatch.setattr(server_module, "TURN_SECONDS", 0.1)
    heard: list[str] = []

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        while True:
            heard.append(await visit.hear_command())

    async with scripted(script) as port, following(at(port)) as client:
        await client.connected()
        first = asyncio.create_task(client.link.execute("first", timeout=60, careful=True))
        await eventually(lambda: heard == ["C7,first"])
        with pytest.raises(Busy):
            await client.vehicle.send(commands.unlock("1"))
        assert heard == ["C7,first"]
        first.cancel()
        await asyncio.wait([first])


async def test_the_end_is_noticed_while_another_connection_waits_for_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command makes the client look closer, which means to log in anew, but not before it was answered."""
    monkeypatch.setattr(server_attention, "ATTENTION_SECONDS", 0.05)
    visits: list[str] = []

    async def script(visit: Visit) -> None:
        visits.append(visit.login[3])
        await visit.say("Z1", "T5")
        if visits == ["A", "B"]:
            await visit.hear_command()
        else:
            await visit.stay()

    async with scripted(script) as port, following(at(port), mode=Mode.AUTOMATIC) as client:
        await eventually(lambda: visits == ["A", "B"] and client.link.connected)
        monkeypatch.setattr(server_attention, "ATTENTION_SECONDS", 60)
        began = asyncio.get_running_loop().time()
        with pytest.raises(NoAnswer):
            await client.link.execute("first", timeout=60, careful=True)
        assert asyncio.get_running_loop().time() - began < PATIENCE


async def test_giving_up_on_a_command_frees_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the next one."""
    monkeypatch.setattr(server_module, "ALIVE_SECONDS", 60)
    car = _car(_after("C7,first"), _after("C7,second", "c7,0,the second"))
    async with scripted(car) as port, following(at(port)) as client:
        await client.connected()
        first = asyncio.create_task(client.link.execute("first", timeout=60, careful=False))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.wait([first])
        assert await client.link.execute("second", timeout=1, careful=False) == "the second"
