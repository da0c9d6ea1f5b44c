"""Commands that somebody left at the broker are found, and one press deletes all of them."""

import asyncio
import itertools

import pytest

from custom_components.open_ev.clients.ovms import stored_commands
from custom_components.open_ev.clients.ovms.broker import Broker, connection
from custom_components.open_ev.clients.ovms.errors import LinkError
from custom_components.open_ev.clients.ovms.stored_commands import MOST_KNOWN, StoredCommands
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule
from simulators.ovms_module.relay import Relay
from tests.clients.waiting import eventually
from tests.eavesdropper import Message

from .conftest import PREFIX, QUIET, AnyBroker, Spy, at, running

MANY = 3 * MOST_KNOWN + 10

pytestmark = pytest.mark.usefixtures("nothing_is_left", "_hasty")


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on loopback tells sooner."""
    monkeypatch.setattr(stored_commands, "QUIET_SECONDS", 0.3)


async def leave(spy: Spy, count: int) -> None:
    """Leave commands, as a careless program does."""
    for number in range(count):
        await spy.publish(f"client/other/command/{number}", "stat", qos=1, retain=True)


async def kept(broker: AnyBroker) -> list[Message]:
    """The commands that a broker has stored."""
    async with Spy(broker.host, broker.port) as spy:
        await asyncio.sleep(5 * QUIET)
        return [message for message in spy.commands() if message.retain]


async def test_all_of_them_are_deleted_at_once(any_broker: AnyBroker) -> None:
    """Also those that were too many to be kept in mind."""
    async with Spy(any_broker.host, any_broker.port) as spy:
        await leave(spy, MANY)
    assert len(await kept(any_broker)) == MANY
    async with running(any_broker) as client:
        await client.connected()
        await eventually(lambda: client.link.has_stored_commands)
        assert await client.link.clear_stored_commands()
        assert not client.link.has_stored_commands
    assert await kept(any_broker) == []


async def test_a_module_runs_none_of_them_again(mqtt: EmbeddedBroker, spy: Spy, module: OvmsModule) -> None:
    """At its next connection; what passes meanwhile is nobody's business."""
    await leave(spy, 3)
    await eventually(lambda: len(module.executed) == 3)
    async with running(mqtt) as client:
        await client.online()
        await eventually(lambda: client.link.has_stored_commands)
        assert await client.link.clear_stored_commands()
        await spy.publish("client/other/command/1", "stat")
        await eventually(lambda: len(module.executed) == 4)
        await module.lose_connection()
        await module.reconnect()
        await asyncio.sleep(QUIET)
        assert len(module.executed) == 4
        assert not client.link.has_stored_commands


async def test_no_more_than_some_are_kept_in_mind(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """Anybody may have left any number."""
    stored = StoredCommands(PREFIX)
    for number in range(10 * MOST_KNOWN):
        stored.found(f"{PREFIX}client/other/command/{number}")
    async with connection(at(mqtt)) as client:
        assert await stored.clear(client)
    assert not stored
    await eventually(lambda: len(spy.commands()) == MOST_KNOWN)
    await asyncio.sleep(QUIET)
    assert len(spy.commands()) == MOST_KNOWN


async def test_somebody_who_goes_on_storing(mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried for ever, and that some are left is told."""
    monkeypatch.setattr(stored_commands, "CLEARING_SECONDS", 1.0)

    async def go_on() -> None:
        numbers = itertools.count()
        while True:
            # More than are deleted before the broker is asked again, so that it always has some to tell.
            for number in itertools.islice(numbers, max(0, 2 * MOST_KNOWN - len(mqtt.retained))):
                await spy.publish(f"client/other/command/{number}", "stat", retain=True)
            await asyncio.sleep(0.005)

    storing = asyncio.create_task(go_on())
    await eventually(lambda: len(mqtt.retained) > MOST_KNOWN)
    async with running(mqtt) as client:
        await client.connected()
        await eventually(lambda: client.link.has_stored_commands)
        assert not await client.link.clear_stored_commands()
        storing.cancel()
        await asyncio.wait([storing])
        await eventually(lambda: client.link.has_stored_commands)


async def test_stored_commands_that_cannot_be_cleared(
    mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stay known, and the next try may succeed."""
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.broker.ANSWER_TIMEOUT", 0.3)
    monkeypatch.setattr("custom_components.open_ev.clients.ovms.broker.FAREWELL_TIMEOUT", 0.1)
    await spy.publish("client/other/command/1", "stat", qos=1, retain=True)
    async with (
        Relay(mqtt.host, mqtt.port) as relay,
        running(Broker(host="127.0.0.1", port=relay.local_port)) as client,
    ):
        await client.connected()
        await eventually(lambda: client.link.has_stored_commands)
        relay.freeze()
        with pytest.raises(LinkError):
            await client.link.clear_stored_commands()
        assert client.link.has_stored_commands


async def test_a_connection_that_is_lost_while_the_broker_tells(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """That nothing more was told does not mean then that there is nothing."""
    await leave(spy, 1)
    async with running(mqtt) as client:
        await client.connected()
        await eventually(lambda: client.link.has_stored_commands)
        clearing = asyncio.create_task(client.link.clear_stored_commands())
        await eventually(lambda: not client.link.has_stored_commands)
        await asyncio.sleep(QUIET)
        await mqtt.stop()
        with pytest.raises(LinkError):
            await clearing
