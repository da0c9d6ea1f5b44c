"""The module is told that somebody looks when that is so, and always that it is over."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.open_ev.clients.ovms import commands, presence
from custom_components.open_ev.clients.ovms.attention import ATTENTION_SECONDS
from custom_components.open_ev.clients.ovms.broker import Broker
from custom_components.open_ev.clients.ovms.mqtt import Mode
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule
from simulators.ovms_module.relay import Relay
from tests.clients.waiting import PATIENCE, eventually

from .conftest import QUIET, Running, Spy, running

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
async def asleep(module: OvmsModule) -> OvmsModule:
    """The Leaf, parked and asleep."""
    await module.sleep()
    return module


@pytest.fixture
async def watched(mqtt: EmbeddedBroker, spy: Spy, asleep: OvmsModule) -> AsyncGenerator[Running]:
    """Its client, which looks when there is something to see."""
    async with running(mqtt, mode=Mode.AUTOMATIC) as client:
        await client.online()
        yield client


@pytest.fixture
async def relay(mqtt: EmbeddedBroker) -> AsyncGenerator[Relay]:
    """A network that can be cut."""
    async with Relay(mqtt.host, mqtt.port) as wire:
        yield wire


@pytest.mark.parametrize(("begin", "end"), [("wake", "sleep"), ("start_charging", "stop_charging"), ("drive", "park")])
async def test_somebody_looks_while_the_car_does_something(
    watched: Running, spy: Spy, asleep: OvmsModule, begin: str, end: str
) -> None:
    """Awake, charging or on; and no longer."""
    await asyncio.sleep(QUIET)
    assert spy.presence() == []
    await getattr(asleep, begin)()
    await asleep.send_modified()
    await eventually(lambda: spy.presence() == [b"1"] and asleep["s.v3.peers"] == 1)
    await getattr(asleep, end)()
    await asleep.sleep()
    await asleep.send_modified()
    await eventually(lambda: spy.presence() == [b"1", b"0"] and asleep["s.v3.peers"] == 0)
    assert all((message.qos, message.retain) == (0, False) for message in spy.messages if "/active" in message.topic)


async def test_somebody_who_did_something_looks_on(
    watched: Running, spy: Spy, asleep: OvmsModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The announcement is repeated as long as that lasts, then taken back."""
    monkeypatch.setattr(presence, "ATTENTION_SECONDS", 0.5)
    monkeypatch.setattr(presence, "PRESENCE_SECONDS", 0.05)
    await watched.vehicle.send(commands.lock("1234"))
    await eventually(lambda: len(spy.presence()) >= 4)
    await eventually(lambda: spy.presence()[-1] == b"0")
    said = spy.presence()
    assert said == [b"1"] * (len(said) - 1) + [b"0"]
    await asyncio.sleep(QUIET)
    assert spy.presence() == said


async def test_looking_for_five_minutes() -> None:
    """Longer than the module remembers a client, so it is said again in between."""
    assert ATTENTION_SECONDS == 300
    assert presence.PRESENCE_SECONDS < 120


async def test_live(mqtt: EmbeddedBroker, spy: Spy, asleep: OvmsModule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody always looks, and says so again and again."""
    monkeypatch.setattr(presence, "PRESENCE_SECONDS", 0.05)
    async with running(mqtt, mode=Mode.LIVE):
        await eventually(lambda: len(spy.presence()) >= 3)
        assert set(spy.presence()) == {b"1"}
        assert asleep["s.v3.peers"] == 1
    await eventually(lambda: spy.presence()[-1] == b"0" and asleep["s.v3.peers"] == 0)


async def test_economy(mqtt: EmbeddedBroker, spy: Spy, module: OvmsModule) -> None:
    """Nobody ever looks: not at a car that drives, not after a command, and nothing is taken back."""
    async with running(mqtt, mode=Mode.ECONOMY) as client:
        await client.online()
        await module.drive()
        await client.vehicle.send(commands.lock("1234"))
        await asyncio.sleep(QUIET)
    await asyncio.sleep(QUIET)
    assert spy.presence() == []


async def test_a_module_that_was_away_is_told_again(watched: Running, spy: Spy, asleep: OvmsModule) -> None:
    """It forgot everybody when it restarted."""
    await asleep.wake()
    await eventually(lambda: spy.presence() == [b"1"])
    await asleep.reboot()
    await eventually(lambda: spy.presence() == [b"1", b"1"] and asleep["s.v3.peers"] == 1)


async def test_the_end_is_said_once(watched: Running, spy: Spy, asleep: OvmsModule) -> None:
    """And the last will is not needed then."""
    await asleep.wake()
    await eventually(lambda: spy.presence() == [b"1"])
    watched.task.cancel()
    await eventually(lambda: spy.presence() == [b"1", b"0"])
    await asyncio.sleep(QUIET)
    assert spy.presence() == [b"1", b"0"]


async def test_a_cut_connection_leaves_the_will(
    mqtt: EmbeddedBroker, spy: Spy, asleep: OvmsModule, relay: Relay
) -> None:
    """The broker takes it back for a client that cannot; and the client is there again."""
    through = Broker(host="127.0.0.1", port=relay.local_port)
    async with running(through, mode=Mode.LIVE) as client:
        await client.online()
        await eventually(lambda: spy.presence() == [b"1"])
        relay.cut()
        await eventually(lambda: spy.presence() == [b"1", b"0", b"1"])
        await client.connected()
        will = [message for message in spy.messages if message.payload == b"0" and "/active" in message.topic]
        assert [(message.qos, message.retain) for message in will] == [(0, False)]
    await eventually(lambda: spy.presence()[-1] == b"0")


@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_cancelled_while_it_announces(mqtt: EmbeddedBroker, turns: int) -> None:
    """However often, at whatever moment: the link ends, and ends cancelled. The timers are the embedded broker's."""
    async with running(mqtt, mode=Mode.LIVE) as client:
        await client.connected()
        for _ in range(turns):
            await asyncio.sleep(0)
        client.task.cancel()
        await asyncio.sleep(0)
        client.task.cancel()
        await asyncio.wait([client.task], timeout=PATIENCE)
        assert client.task.cancelled()


async def test_a_broker_that_does_not_take_it(
    spy: Spy, asleep: OvmsModule, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that does not get through is said again the next time, and the end does not wait for it."""
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.mqtt.FAREWELL_TIMEOUT", 0.05)
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.broker.FAREWELL_TIMEOUT", 0.05)
    monkeypatch.setattr(presence, "PRESENCE_SECONDS", 0.05)
    through = Broker(host="127.0.0.1", port=relay.local_port)
    async with running(through, mode=Mode.LIVE) as client:
        await client.online()
        await eventually(spy.presence)
        relay.freeze()
        flood = asyncio.create_task(client.link.request(["x" * 20_000_000]))
        await asyncio.sleep(QUIET)
        assert not flood.done()
        flood.cancel()
        relay.thaw()
        said = len(spy.presence())
        await eventually(lambda: len(spy.presence()) > said)
        relay.freeze()
