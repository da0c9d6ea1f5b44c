"""The module's connection: will, sessions, restarts, coverage."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import ssl

import aiomqtt
import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule

from .conftest import Broker, Watcher

CONNECTED = "metric/s/v3/connected"
UNLOCK = "client/away/command/1"


def is_connected(module: OvmsModule) -> bool:
    """Ask afresh: for a type checker an attribute does not change by itself."""
    return module.connected


async def test_boot_publishes_everything(module: OvmsModule, watcher: Watcher) -> None:
    """The first transmission has every defined metric, retained, and says that the module is connected."""
    await watcher.hears("metric/v/vin", "SJNFAAZE1U0123456")
    defined = {f"metric/{metric.definition.name.replace('.', '/')}" for metric in module.metrics if metric.defined}
    await watcher.until(lambda: watcher.topics() >= defined)
    assert {topic for topic in watcher.topics() if topic.startswith("metric/")} == defined
    assert watcher.payloads(CONNECTED) == [b"yes"]
    assert watcher.payloads("metric/v/type") == [b"NL"]
    assert watcher.payloads("metric/m/version")[0].startswith(b"3.3.006/ota_0/main (build idf ")


async def test_power_cut_leaves_the_will(any_broker: Broker) -> None:
    """The broker says for the module that it is gone, retained; the other values stay."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        module = OvmsModule(any_broker.host, any_broker.port, speed=0)
        await module.boot()
        assert is_connected(module)
        await watcher.hears(CONNECTED, "yes")
        await module.power_off()
        assert not is_connected(module)
        await watcher.hears(CONNECTED, "no")
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as late:
        await late.hears(CONNECTED, "no")
        await late.hears("metric/v/b/soc", "62.5")


@pytest.mark.parametrize("prefix", ["ovms//DEMO1/", "mycar", "a/b/c/d/"])
async def test_prefix_is_used_as_it_is(broker: EmbeddedBroker, watcher: Watcher, prefix: str) -> None:
    """No slash is added, also for commands."""
    async with OvmsModule(broker.host, broker.port, prefix=prefix, speed=0) as module:
        await watcher.hears(f"{prefix}metric/v/type", "NL")
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.publish(f"{prefix}client/x/command/7", "wakeup")
        await watcher.hears(f"{prefix}client/x/response/7", "Vehicle has been woken\n")
        assert module.executed == ["wakeup"]


async def test_queued_commands_run_on_return(any_broker: Broker) -> None:
    """The hazard: what the broker keeps for the module runs when it comes back; QoS 0 is not kept."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        module = OvmsModule(any_broker.host, any_broker.port, speed=0)
        async with module:
            pass
        await watcher.hears(CONNECTED, "no")
        await watcher.publish("client/away/command/0", "lock 1234", qos=0)
        await watcher.publish(UNLOCK, "unlock 1234", qos=1)
        await watcher.settle()
        async with module:
            await watcher.hears("client/away/response/1", "Vehicle unlocked\n")
            assert module.received == ["unlock 1234"]


async def test_retained_commands_run_on_every_reconnect(any_broker: Broker) -> None:
    """The hazard: the module does not look at the retain flag."""
    async with Watcher(aiomqtt.Client(any_broker.host, any_broker.port)) as watcher:
        await watcher.publish(UNLOCK, "unlock 1234", qos=1, retain=True)
        async with OvmsModule(any_broker.host, any_broker.port, speed=0) as module:
            await watcher.until(lambda: len(module.executed) == 1)
            for _ in range(2):
                await module.lose_connection()
                await module.reconnect()
            await watcher.until(lambda: module.executed == ["unlock 1234"] * 3)


async def test_reconnects_a_minute_after_a_loss(broker: EmbeddedBroker, module: OvmsModule) -> None:
    """An unexpected end is followed by 60 seconds of waiting, a failure to connect by 30."""
    await broker.restart()
    await module.tick(1)
    assert not is_connected(module)
    assert module.run("server v3 status").startswith("State: Waiting to reconnect (59 second(s) remaining)")
    await module.tick(58)
    assert not is_connected(module)
    await broker.stop()
    await module.tick(1)
    await broker.start()
    assert not is_connected(module)
    await module.tick(29)
    assert not is_connected(module)
    await module.tick(1)
    assert is_connected(module)
    async with Watcher(aiomqtt.Client(broker.host, broker.port)) as watcher:
        await watcher.hears("metric/v/b/soc", "62.5")


async def test_boots_without_a_broker(socket_enabled: None) -> None:
    """A module that cannot connect keeps trying."""
    broker = EmbeddedBroker()
    async with broker:
        pass
    async with OvmsModule(broker.host, broker.port, speed=0) as module:
        assert not is_connected(module)
        async with broker:
            await module.reconnect()
            assert is_connected(module)
            await module.boot()


async def test_refused(socket_enabled: None) -> None:
    """A wrong password keeps the module out, and it tries again."""
    async with EmbeddedBroker(accounts={"car": "right"}) as broker:
        module = OvmsModule(broker.host, broker.port, username="car", password="wrong", speed=0)
        async with module:
            assert not is_connected(module)
            broker.accounts["car"] = "wrong"
            await broker.restart()
            await module.tick(30)
            assert is_connected(module)


async def test_tls(socket_enabled: None, certificate: tuple[Path, Path]) -> None:
    """A module can be told to trust a certificate, and connects to nobody else."""
    async with EmbeddedBroker(certificate=certificate) as broker:
        trusting = ssl.create_default_context(cafile=certificate[0])
        async with OvmsModule(broker.host, broker.port, tls=trusting, speed=0) as module:
            assert is_connected(module)
        strict = ssl.create_default_context()
        async with OvmsModule(broker.host, broker.port, tls=strict, speed=0) as module:
            assert not is_connected(module)


async def test_out_of_coverage(module: OvmsModule, watcher: Watcher, broker: EmbeddedBroker) -> None:
    """Nothing passes and nothing is noticed; then all that was on its way arrives, commands too."""
    await watcher.forget()
    await module.lose_coverage()
    await module.set("v.b.soc", 50.0)
    await watcher.publish(UNLOCK, "unlock 1234")
    await watcher.settle()
    assert watcher.payloads("metric/v/b/soc") == []
    assert module.received == []
    assert is_connected(module)
    assert "DEMO1" in broker.clients
    await module.regain_coverage()
    await watcher.hears("metric/v/b/soc", "50")
    await watcher.hears("client/away/response/1", "Vehicle unlocked\n")
    assert watcher.payloads(CONNECTED) == []


async def test_out_of_coverage_for_too_long(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """After one and a half keepalives the broker gives the module up; the module sees it when it is back."""
    async with OvmsModule(broker.host, broker.port, keepalive=1, speed=0) as module:
        await module.lose_coverage()
        await watcher.hears(CONNECTED, "no")
        assert is_connected(module)
        await module.regain_coverage()
        await module.lose_connection()
        await module.reconnect()
        await watcher.until(lambda: watcher.payloads(CONNECTED)[-1] == b"yes")


async def test_pings_when_it_has_nothing_to_say(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """The keepalive runs on simulated time, counted from the last message sent."""
    async with OvmsModule(broker.host, broker.port, keepalive=1, speed=1, firmware=Firmware.V3_2_016) as module:
        await asyncio.sleep(2.5)
        assert is_connected(module)
        assert watcher.payloads(CONNECTED) == [b"yes"]


async def test_restart_forgets_what_is_not_persistent(module: OvmsModule, watcher: Watcher) -> None:
    """After `module reset` the answer is out, the link drops, and only persistent values are known."""
    await module.set("v.c.climit", 10.0)
    await module.tick(100)
    assert await watcher.command("module reset") == "Resetting system...\n"
    await watcher.forget()
    await module.tick(1)
    await watcher.hears(CONNECTED, "no")
    await watcher.hears(CONNECTED, "yes")
    await watcher.hears("metric/v/c/climit", "10")
    await watcher.hears("metric/m/monotonic", "0")
    await watcher.hears("metric/xnl/v/b/gids", "0")
    assert module["v.b.soc"] == 62.5
    assert module["v.d.fl"] is None
    assert watcher.payloads("metric/v/d/fl") == []
    await module.wake()
    assert module["xnl.v.b.gids"] == 289
    assert module.run("metrics get v.d.fl") == "no\n"
    await watcher.hears("metric/xnl/v/b/gids", "289")


async def test_restart_beside_an_awake_car(module: OvmsModule, watcher: Watcher) -> None:
    """A car that is awake tells its module everything again."""
    await module.wake()
    await watcher.forget()
    await module.reboot()
    await watcher.hears("metric/xnl/v/b/gids", "289")
    assert module["v.d.fl"] is False


async def test_power_cut_forgets_all(module: OvmsModule, watcher: Watcher) -> None:
    """Without power even persistent values are lost; they stay on the broker."""
    await module.power_off()
    await module.power_off()
    assert module["v.b.soc"] is None
    await watcher.forget()
    await module.boot()
    await watcher.hears("metric/v/type", "NL")
    assert watcher.payloads("metric/v/b/soc") == []


async def test_simulated_time(broker: EmbeddedBroker, watcher: Watcher) -> None:
    """Time runs from its start at its speed, and can be pushed."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with OvmsModule(broker.host, broker.port, speed=0, start=start) as module:
        await watcher.hears("metric/m/time/utc", "2026-01-01 00:00:00 UTC")
        await module.tick(600)
        await watcher.hears("metric/m/time/utc", "2026-01-01 00:10:00 UTC")
        assert module.now.minute == 10
    async with OvmsModule(broker.host, broker.port, speed=1000, start=start, vehicle_id="FAST"):
        await watcher.hears("metric/m/time/utc", "2026-01-01 00:10:00 UTC")
