"""A module does one thing after the other: who is told something meanwhile waits, and is no reason to call it away."""

import asyncio

import pytest

from custom_components.open_ev.clients.ovms import commands, mqtt as mqtt_module
from custom_components.open_ev.clients.ovms.commands import Command
from custom_components.open_ev.clients.ovms.errors import NoAnswer, VehicleOffline
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Knobs, OvmsModule
from tests.clients.waiting import eventually

from .conftest import QUIET, running

SIGN_OF_LIFE = "server v3 update modified"

pytestmark = pytest.mark.usefixtures("nothing_is_left", "_impatient")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience with a module that has nothing to do."""
    monkeypatch.setattr(mqtt_module, "SIGN_OF_LIFE_TIMEOUT", QUIET)
    monkeypatch.setattr(mqtt_module, "CONFIG_TIMEOUT", QUIET)


async def test_a_module_that_is_busy_is_not_away(mqtt: EmbeddedBroker) -> None:
    """A Zoe takes half a minute to answer that it heats, and is told to charge before."""
    knobs = Knobs(reply_delay=30, troubled="climatecontrol")
    async with OvmsModule(mqtt.host, mqtt.port, knobs=knobs, speed=0) as module, running(mqtt) as client:
        await client.online()
        heating = asyncio.create_task(client.vehicle.send(commands.climate(on=True)))
        await eventually(lambda: module.executed == [SIGN_OF_LIFE, "climatecontrol on"])
        charging = asyncio.create_task(client.vehicle.send(commands.charge_start()))
        reading = asyncio.create_task(client.vehicle.read_config("vehicle", "id"))
        await asyncio.sleep(5 * QUIET)
        assert not heating.done()
        assert not charging.done()
        assert not reading.done()
        await module.tick(30)
        assert await charging == "Charge has been started"
        assert await reading == "DEMO1"
        assert (await heating).endswith("on")
        assert module.executed[-2:] == [SIGN_OF_LIFE, "charge start"]


async def test_an_order_whose_answer_was_lost_holds_nobody_up(mqtt: EmbeddedBroker) -> None:
    """A module that answers the next question is done with what it was told before."""
    knobs = Knobs(lose_replies=True, troubled="lock")
    async with OvmsModule(mqtt.host, mqtt.port, knobs=knobs, speed=0) as module, running(mqtt) as client:
        await client.online()
        locking = asyncio.create_task(client.vehicle.send(commands.lock("4711")))
        await eventually(lambda: "lock 4711" in module.executed)
        async with asyncio.timeout(commands.ANSWER_TIMEOUT / 2):
            assert await client.vehicle.send(commands.charge_start()) == "Charge has been started"
        assert not locking.done()
        locking.cancel()
        await asyncio.wait([locking])


async def test_a_module_that_left_while_it_was_busy(mqtt: EmbeddedBroker) -> None:
    """When nobody waits for the first answer any more, the patience with the second begins."""
    knobs = Knobs(lose_replies=True)
    async with OvmsModule(mqtt.host, mqtt.port, knobs=knobs, speed=0) as module, running(mqtt) as client:
        await client.online()
        # What the broker has stored is no sign of life, and a first question would be lost as well.
        await module.set("v.b.soc", 50.5)
        await eventually(lambda: client.vehicle.heard_within(60))
        listing = asyncio.create_task(client.vehicle.send(Command(text="stat", acts=False, timeout=5 * QUIET)))
        await eventually(lambda: module.executed == ["stat"])
        with pytest.raises(VehicleOffline):
            await client.vehicle.send(commands.charge_start())
        assert listing.done()
        with pytest.raises(NoAnswer):
            await listing
        assert module.executed == ["stat", SIGN_OF_LIFE]
