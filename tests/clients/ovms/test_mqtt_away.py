"""A command for a module that is not there runs neither now nor later."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import aiomqtt
import pytest

from custom_components.open_ev.clients.ovms import commands, mqtt as mqtt_module
from custom_components.open_ev.clients.ovms.broker import Broker, Protocol
from custom_components.open_ev.clients.ovms.commands import ChargeMode, Command, Day
from custom_components.open_ev.clients.ovms.errors import LinkError, NoAnswer, VehicleOffline
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Knobs, OvmsModule
from tests.clients.waiting import eventually

from .clock import Clock
from .conftest import PREFIX, QUIET, Running, Spy, TunedMosquitto, running

PIN = "4711"
SIGN_OF_LIFE = "server v3 update modified"

# Everything that does something to a car or its module.
ACTING = (
    commands.lock(PIN),
    commands.unlock(PIN),
    commands.valet(PIN),
    commands.unvalet(PIN),
    commands.wakeup(),
    commands.homelink(1),
    commands.climate(on=True),
    commands.climate(on=False),
    commands.charge_start(),
    commands.charge_stop(),
    commands.charge_mode(ChargeMode.RANGE),
    commands.charge_current(16),
    commands.cooldown(),
    commands.set_config("xnl", "suffsoc", "80"),
    commands.module_reset(),
    commands.schedule_set(Day.MONDAY, ["07:00"]),
    commands.schedule_clear(),
    commands.schedule_copy(Day.MONDAY, [Day.TUESDAY]),
    commands.schedule_enable(enable=True),
    commands.raw("stat"),
)

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module has to prove its life before each command, and soon."""
    monkeypatch.setattr(mqtt_module, "ALIVE_SECONDS", -1.0)
    monkeypatch.setattr(mqtt_module, "SIGN_OF_LIFE_TIMEOUT", 0.2)
    monkeypatch.setattr(mqtt_module, "CONFIG_TIMEOUT", 0.2)


@pytest.fixture
async def forgetless(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[TunedMosquitto]:
    """A broker that keeps also QoS 0 for a client that is absent, as some do without being told."""
    async with TunedMosquitto(tmp_path, "queue_qos0_messages true") as broker:
        yield broker


async def refusals(vehicle: Vehicle) -> list[type[BaseException]]:
    """What becomes of every command that acts, all sent at once."""
    outcomes = await asyncio.gather(*map(vehicle.send, ACTING), return_exceptions=True)
    return [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]


# Not known to be away


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("seconds", [1, 10, 3600])
async def test_a_module_that_fell_silent(
    mqtt: EmbeddedBroker, module: OvmsModule, clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """A car drives into a tunnel, and its broker does not notice: at its end nothing runs, however long it was silent."""
    monkeypatch.setattr(mqtt_module, "ALIVE_SECONDS", 20.0)
    async with running(mqtt, vehicle=Vehicle(type_code="NL", now=clock)) as client:
        await client.online()
        await module.set("v.b.soc", 77.0)
        await eventually(lambda: client.vehicle.heard_within(0))
        await module.lose_coverage()
        clock.forward(seconds=seconds)
        assert client.vehicle.online
        assert await refusals(client.vehicle) == [VehicleOffline] * len(ACTING)
        await module.regain_coverage()
        await eventually(lambda: module.received)
        await asyncio.sleep(QUIET)
        assert module.received == [SIGN_OF_LIFE]
        assert await client.vehicle.send(commands.unlock(PIN)) == "Vehicle unlocked"


@pytest.mark.mosquitto
@pytest.mark.usefixtures("_impatient")
async def test_nothing_waits_at_a_broker_that_forgets_nothing(forgetless: TunedMosquitto) -> None:
    """The broker keeps the module's session, and hands it all that was published meanwhile: only harmless questions."""
    module = OvmsModule(forgetless.host, forgetless.port, speed=0)
    await module.boot()
    async with running(forgetless) as client:
        await client.online()
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
        # As if the module kept to itself whether it is connected, which its filters can have it do.
        client.vehicle.report_online(online=None)
        assert await refusals(client.vehicle) == [VehicleOffline] * len(ACTING)
        await module.boot()
        await eventually(lambda: module.received)
        await asyncio.sleep(QUIET)
        assert module.received == [SIGN_OF_LIFE]
    await module.power_off()


@pytest.mark.usefixtures("_impatient")
async def test_a_half_open_module(car: Running, module: OvmsModule) -> None:
    """A car in a tunnel is not known to be away. What it was sent there reaches it afterwards: no command was."""
    await module.lose_coverage()
    assert car.vehicle.online
    with pytest.raises(VehicleOffline, match="no sign of life"):
        await car.vehicle.send(commands.unlock(PIN))
    with pytest.raises(VehicleOffline):
        await car.vehicle.request(["v.b.soc"])
    await module.regain_coverage()
    await eventually(lambda: len(module.received) == 2)
    await asyncio.sleep(QUIET)
    assert module.executed == [SIGN_OF_LIFE] * 2
    assert await car.vehicle.send(commands.unlock(PIN)) == "Vehicle unlocked"


@pytest.mark.usefixtures("_impatient")
async def test_without_a_sign_of_life_nothing_is_sent(car: Running, module: OvmsModule, spy: Spy) -> None:
    """A module that does not answer a harmless question gets no other."""
    module.knobs.lose_replies = True
    for sending in (
        car.vehicle.send(commands.unlock(PIN)),
        car.vehicle.request(["v.b.soc"]),
        car.vehicle.read_config("vehicle", "id"),
    ):
        with pytest.raises(VehicleOffline):
            await sending
    assert module.received == [SIGN_OF_LIFE] * 3
    assert {message.payload for message in spy.commands()} == {SIGN_OF_LIFE.encode()}


# Leaving just now


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", [Protocol.V311, Protocol.V5])
async def test_a_broker_is_told_to_forget(
    forgetless: TunedMosquitto, monkeypatch: pytest.MonkeyPatch, protocol: Protocol
) -> None:
    """A module that left right after its answer: over MQTT 5 the command is gone soon, before that it waits.

    The broker decides for each session by itself, so that of a second, absent client shows what a module would get.
    """
    monkeypatch.setattr(mqtt_module, "EXPIRY_SECONDS", 1)

    def absent() -> aiomqtt.Client:
        return aiomqtt.Client(forgetless.host, forgetless.port, identifier="absent", clean_session=False)

    async with absent() as client:
        await client.subscribe(f"{PREFIX}client/+/command/+", qos=1)
    async with (
        OvmsModule(forgetless.host, forgetless.port, speed=0) as module,
        running(Broker(host=forgetless.host, port=forgetless.port, protocol=protocol)) as sender,
    ):
        await sender.online()
        await sender.vehicle.send(commands.climate(on=True))
        assert module.executed == [SIGN_OF_LIFE, "climatecontrol on"]
    # Brokers count whole seconds.
    await asyncio.sleep(2.1)
    async with absent() as client:
        await asyncio.sleep(5 * QUIET)
        kept = [(await anext(client.messages)).payload for _ in range(len(client.messages))]
    assert kept == ([] if protocol is Protocol.V5 else [SIGN_OF_LIFE.encode(), b"climatecontrol on"])


async def test_a_will_right_behind_the_answer(car: Running, module: OvmsModule) -> None:
    """A module that answered and was gone by then is sent nothing more."""
    car.vehicle.report_online(online=None)
    car.vehicle.subscribe([Aspect.CONNECTION], lambda: car.vehicle.report_online(online=False))
    with pytest.raises(VehicleOffline, match="has just left"):
        await car.vehicle.send(commands.unlock(PIN))
    assert module.received == [SIGN_OF_LIFE]


async def test_a_connection_lost_before_the_answer(car: Running, mqtt: EmbeddedBroker, module: OvmsModule) -> None:
    """It is the link then that is missing, not the module."""
    await module.lose_coverage()
    sending = asyncio.create_task(car.vehicle.send(commands.unlock(PIN)))
    await asyncio.sleep(QUIET)
    await mqtt.stop()
    with pytest.raises(LinkError):
        await asyncio.wait_for(sending, 5)


async def test_silence_is_no_answer(mqtt: EmbeddedBroker) -> None:
    """Sent, and nobody knows what became of it."""
    async with (
        OvmsModule(mqtt.host, mqtt.port, knobs=Knobs(lose_replies=True, troubled="lock"), speed=0) as module,
        running(mqtt) as client,
    ):
        await client.online()
        with pytest.raises(NoAnswer):
            await client.vehicle.send(commands.Command(text=f"lock {PIN}", timeout=0.2))
        assert module.executed == [SIGN_OF_LIFE, f"lock {PIN}"]


# Known to be away


async def test_a_module_that_is_known_to_be_away(car: Running, module: OvmsModule, spy: Spy) -> None:
    """Nothing is published at all, and nothing runs when it comes back."""
    await module.power_off()
    await eventually(lambda: car.vehicle.online is False)
    for sending in (car.vehicle.send(commands.unlock(PIN)), car.vehicle.request(["v.b.soc"])):
        with pytest.raises(VehicleOffline):
            await sending
    await module.boot()
    await eventually(lambda: car.vehicle.online)
    await asyncio.sleep(QUIET)
    assert (spy.commands(), module.received) == ([], [])
    assert not [message for message in spy.messages if "/request/" in message.topic]


async def test_waiting_for_the_module(car: Running, module: OvmsModule) -> None:
    """Who waits explicitly has the command run when the module is there."""
    await module.power_off()
    await eventually(lambda: car.vehicle.online is False)
    sending = asyncio.create_task(car.vehicle.send(commands.lock(PIN), wait_for_vehicle=60))
    await asyncio.sleep(QUIET)
    await module.boot()
    assert await sending == "Vehicle locked"
    assert module.executed[-1] == f"lock {PIN}"


# Many at once


async def test_commands_of_one_moment_share_a_sign_of_life(car: Running, module: OvmsModule) -> None:
    """A scene of several commands costs one question."""
    sending: list[Command] = [commands.climate(on=True), commands.unlock(PIN), commands.homelink(1)]
    await asyncio.gather(*map(car.vehicle.send, sending))
    assert module.received[0] == SIGN_OF_LIFE
    assert sorted(module.received[1:]) == sorted(command.text for command in sending)


async def test_a_later_command_wants_a_later_sign_of_life(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """An answer that is on its way already is none to who comes now."""
    async with running(mqtt) as client:
        await client.connected()
        first = asyncio.create_task(client.vehicle.send(commands.climate(on=True)))
        await eventually(lambda: len(spy.commands()) == 1)
        second = asyncio.create_task(client.vehicle.send(commands.climate(on=False)))
        await eventually(lambda: len(spy.commands()) == 2)
        await spy.publish(spy.commands()[0].topic.replace("/command/", "/response/"), "scheduled", qos=1)
        await eventually(lambda: len(spy.commands()) == 3)
        await asyncio.sleep(QUIET)
        assert [message.payload for message in spy.commands()[2:]] == [b"climatecontrol on"]
        await spy.publish(spy.commands()[1].topic.replace("/command/", "/response/"), "scheduled", qos=1)
        await eventually(lambda: len(spy.commands()) == 4)
        assert spy.commands()[3].payload == b"climatecontrol off"
        for sending in (first, second):
            sending.cancel()
        await asyncio.wait([first, second])
