"""A command reaches a module that is there, once, and no other module, ever."""

import asyncio
from collections.abc import AsyncGenerator
import logging

import pytest

from custom_components.open_ev.clients.ovms import commands, mqtt as mqtt_module
from custom_components.open_ev.clients.ovms.broker import Broker
from custom_components.open_ev.clients.ovms.errors import Failed, LinkError, NoAnswer, Unsupported
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_module.relay import Relay
from tests.clients.waiting import eventually
from tests.eavesdropper import Message

from .conftest import CLIENT, QUIET, Running, Spy, running, transmitted

PIN = "4711"
SIGN_OF_LIFE = "server v3 update modified"

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
def _alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that was ever heard is not asked whether it is there, for what only tells something."""
    monkeypatch.setattr(mqtt_module, "ALIVE_SECONDS", 1e9)


def question(line: str, seconds: float = commands.ANSWER_TIMEOUT) -> commands.Command:
    """A line that only tells something."""
    return commands.Command(text=line, timeout=seconds, acts=False)


# On its way


async def test_a_command_is_not_kept_by_the_broker(car: Running, spy: Spy, module: OvmsModule) -> None:
    """QoS 0, not retained, once; and the PIN passes in nothing but the command itself."""
    assert await car.vehicle.send(commands.unlock(PIN)) == "Vehicle unlocked"
    assert module.executed == [SIGN_OF_LIFE, f"unlock {PIN}"]
    await eventually(lambda: len(spy.commands()) == 2)
    assert all((message.qos, message.retain) == (0, False) for message in spy.commands())
    assert [message.payload for message in spy.commands()] == [SIGN_OF_LIFE.encode(), f"unlock {PIN}".encode()]
    assert all(message.topic.startswith(f"client/{CLIENT}/command/") for message in spy.commands())
    assert not any(PIN in message.topic for message in spy.messages)
    await eventually(lambda: car.vehicle.flag("v.e.locked") is False)


async def test_the_pin_is_in_no_log(car: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Nor in the errors, with everything talking that can."""
    caplog.set_level(logging.DEBUG)
    await car.vehicle.send(commands.lock(PIN))
    assert "The module answered at response/" in caplog.text
    with pytest.raises(Unsupported) as raised:
        await car.vehicle.send(commands.Command(text=f"charge mode standard {PIN}"[:20], secret=PIN))
    assert PIN not in str(raised.value)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("amqtt", "transitions"))]
    assert not any(PIN in message for message in ours)


@pytest.mark.parametrize("firmware", Firmware)
async def test_every_firmware_answers(mqtt: EmbeddedBroker, firmware: Firmware) -> None:
    """The proof of life is one also where the command in it is not known."""
    async with OvmsModule(mqtt.host, mqtt.port, firmware=firmware, speed=0) as module, running(mqtt) as client:
        await client.online()
        assert await client.vehicle.send(commands.lock(PIN)) == "Vehicle locked"
        assert module.executed[-1] == f"lock {PIN}"


@pytest.mark.usefixtures("_alive")
async def test_a_module_that_just_spoke_is_not_asked(car: Running, module: OvmsModule) -> None:
    """What only tells something goes out by itself after a sign of life, and all that acts does not."""
    await module.set("v.b.soc", 77.0)
    await eventually(lambda: car.vehicle.heard_within(60))
    await car.vehicle.send(commands.firmware_status())
    await car.vehicle.send(commands.wakeup())
    await car.vehicle.send(commands.raw("stat"))
    assert module.received == ["ota status nocheck", SIGN_OF_LIFE, "wakeup", SIGN_OF_LIFE, "stat"]


async def test_refusals_come_through(mqtt: EmbeddedBroker) -> None:
    """In the module's own words."""
    async with OvmsModule(mqtt.host, mqtt.port, vehicle_type="KS", pin="0000", speed=0) as module:
        await transmitted(mqtt)
        async with running(mqtt) as client:
            await client.online()
            with pytest.raises(Failed, match="Error: vehicle could not be locked"):
                await client.vehicle.send(commands.lock(PIN))
            with pytest.raises(Unsupported, match="Error: Climate Control functionality not available"):
                await client.vehicle.send(commands.climate(on=True))
            assert module.executed == [SIGN_OF_LIFE] * 2


async def test_metrics_and_settings_on_request(car: Running, module: OvmsModule, spy: Spy) -> None:
    """Firmware 3.3.006 sends metrics again, and tells its settings."""
    await module.set("v.b.soc", 33.0, publish=False)
    await car.vehicle.request(["v.b.*", "v.e.on"])
    await eventually(lambda: car.vehicle.number("v.b.soc") == 33.0)
    assert await car.vehicle.read_config("xnl", "suffsoc") == "80"
    assert await car.vehicle.read_config("xnl", "nothing") == ""
    assert await car.vehicle.read_config("server.v3", "updatetime.idle") == ""

    def asked() -> list[Message]:
        return [message for message in spy.messages if "/request/" in message.topic]

    await eventually(lambda: len(asked()) == 4)
    assert all((message.qos, message.retain) == (0, False) for message in asked())
    assert [message.payload for message in asked()][:2] == [b"v.b.*,v.e.on", b"xnl/suffsoc"]


# Answers


@pytest.fixture
async def scripted(mqtt: EmbeddedBroker, spy: Spy) -> AsyncGenerator[Running]:
    """A client of a module that says what the test says."""
    async with running(mqtt) as client:
        await client.connected()
        await spy.publish("metric/v/b/soc", "80")
        await eventually(lambda: client.vehicle.online)
        yield client


async def answer(spy: Spy, message_topic: str, text: str | bytes) -> None:
    """Answer a command as a module does."""
    await spy.publish(message_topic.replace("/command/", "/response/"), text, qos=1)


@pytest.mark.usefixtures("_alive")
async def test_many_commands_at_once(scripted: Running, spy: Spy) -> None:
    """Each has an id of its own, and gets its own answer in whatever order they come."""
    sending = [asyncio.create_task(scripted.vehicle.send(question(f"stat {number}"))) for number in range(20)]
    await eventually(lambda: len(spy.commands()) == 20)
    assert len({message.topic for message in spy.commands()}) == 20
    for message in reversed(spy.commands()):
        await answer(spy, message.topic, b"answer to " + message.payload)
    assert await asyncio.gather(*sending) == [f"answer to stat {number}" for number in range(20)]


@pytest.mark.usefixtures("_alive")
async def test_late_and_double_answers_are_dropped(scripted: Running, spy: Spy) -> None:
    """An answer is to one command, however often and late it comes; one for nobody is no answer."""
    with pytest.raises(NoAnswer):
        await scripted.vehicle.send(question("first", 0.2))
    await eventually(lambda: len(spy.commands()) == 1)
    late = spy.commands()[0].topic
    sending = asyncio.create_task(scripted.vehicle.send(question("second")))
    await eventually(lambda: len(spy.commands()) == 2)
    await answer(spy, late, "to the first")
    for _ in range(3):
        await answer(spy, spy.commands()[1].topic, "to the second")
    await answer(spy, f"client/{CLIENT}/command/1", "to nobody")
    await answer(spy, f"client/{CLIENT}/command/", "to nobody")
    await answer(spy, "client/other/command/1", "to others")
    assert await sending == "to the second"
    sending = asyncio.create_task(scripted.vehicle.send(question("third")))
    await eventually(lambda: len(spy.commands()) == 3)
    await answer(spy, spy.commands()[1].topic, "to the second")
    await answer(spy, spy.commands()[2].topic, "to the third")
    assert await sending == "to the third"


async def test_ids_of_another_run_do_not_fit(mqtt: EmbeddedBroker, spy: Spy, module: OvmsModule) -> None:
    """An answer to the client of an hour ago is none to that of today."""
    for _ in range(2):
        async with running(mqtt) as client:
            await client.online()
            await client.vehicle.send(commands.lock(PIN))
    await eventually(lambda: len(spy.commands()) == 4)
    assert len({message.topic.rpartition("/")[2].partition("-")[0] for message in spy.commands()}) == 2


@pytest.mark.usefixtures("_alive")
@pytest.mark.parametrize(
    ("payload", "taken"),
    [(b"Zo\xe9 \xff", "Zo\ufffd \ufffd"), (b"x" * 1_000_000, "x" * mqtt_module.MAX_PAYLOAD), (b"", "")],
    ids=["binary", "megabyte", "empty"],
)
async def test_odd_answers_are_answers(scripted: Running, spy: Spy, payload: bytes, taken: str) -> None:
    """Nobody waits on because a name of a network is in another encoding."""
    sending = asyncio.create_task(scripted.vehicle.send(question("wifi scan")))
    await eventually(spy.commands)
    await answer(spy, spy.commands()[0].topic, payload)
    assert await sending == taken


@pytest.mark.usefixtures("_alive")
async def test_a_stored_answer_is_none(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """Nor a sign of life: somebody left it at the broker."""
    await spy.publish(f"client/{CLIENT}/response/1", "Vehicle locked", qos=1, retain=True)
    await spy.store({"s.v3.connected": "no"})
    async with running(mqtt) as client:
        await eventually(lambda: client.vehicle.online is False)
        await asyncio.sleep(QUIET)
        assert client.vehicle.online is False
        assert client.vehicle.last_heard is None


@pytest.mark.usefixtures("_alive")
async def test_the_same_setting_asked_twice(scripted: Running, spy: Spy) -> None:
    """One answer serves both who wait for it; who gave up takes nothing from who did not."""
    gone = asyncio.create_task(scripted.vehicle.read_config("vehicle", "id"))
    waiting = [asyncio.create_task(scripted.vehicle.read_config("vehicle", "id")) for _ in range(2)]
    await eventually(lambda: len(spy.payloads(f"client/{CLIENT}/request/config")) == 3)
    gone.cancel()
    await asyncio.wait([gone])
    await spy.publish(f"client/{CLIENT}/config/vehicle/id", "DEMO1")
    assert await asyncio.gather(*waiting) == ["DEMO1", "DEMO1"]


# No way there


async def test_without_a_connection(car: Running, mqtt: EmbeddedBroker, module: OvmsModule) -> None:
    """The link says so, and nothing waits for it to come back."""
    await mqtt.stop()
    await car.disconnected()
    for sending in (
        car.vehicle.send(commands.unlock(PIN)),
        car.link.execute(f"unlock {PIN}", timeout=1, careful=True),
        car.link.request(["v.b.soc"]),
        car.link.read_config("vehicle", "id"),
        car.link.clear_stored_commands(),
    ):
        with pytest.raises(LinkError):
            await sending
    await mqtt.start()
    await car.connected()
    await module.reconnect()
    await asyncio.sleep(QUIET)
    assert module.received == []


@pytest.mark.usefixtures("_alive")
async def test_a_connection_lost_in_mid_command(scripted: Running, mqtt: EmbeddedBroker, spy: Spy) -> None:
    """Who waits for an answer is told at once, not when the time is over."""
    sending = asyncio.create_task(scripted.vehicle.send(question("stat")))
    await eventually(spy.commands)
    await mqtt.stop()
    with pytest.raises(NoAnswer, match="connection was lost"):
        await asyncio.wait_for(sending, 5)


@pytest.mark.usefixtures("_alive")
async def test_a_connection_that_is_stuck(mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written may still go out, so it is not called unsent."""
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.broker.ANSWER_TIMEOUT", 0.3)
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.broker.FAREWELL_TIMEOUT", 0.1)
    async with (
        Relay(mqtt.host, mqtt.port) as relay,
        running(Broker(host="127.0.0.1", port=relay.local_port)) as client,
    ):
        await client.connected()
        await spy.publish("metric/v/b/soc", "80")
        await eventually(lambda: client.vehicle.online)
        relay.freeze()
        with pytest.raises(NoAnswer):
            await client.link.request(["x" * 20_000_000])


async def test_a_cancelled_command_leaves_nothing(scripted: Running, spy: Spy, mqtt: EmbeddedBroker) -> None:
    """At any moment."""
    for turns in range(8):
        sending = asyncio.create_task(scripted.vehicle.send(commands.raw("stat")))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled()
