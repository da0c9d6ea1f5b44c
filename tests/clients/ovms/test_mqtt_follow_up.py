"""What a car made of a command is known soon, on every firmware, also when nobody is announced to its module."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import itertools

import pytest

from custom_components.open_ev.clients.ovms import commands, follow_up, mqtt as mqtt_module
from custom_components.open_ev.clients.ovms.commands import ChargeMode, Command
from custom_components.open_ev.clients.ovms.errors import Failed, FailedWithPin, NoAnswer
from custom_components.open_ev.clients.ovms.mqtt import Mode
from custom_components.open_ev.clients.ovms.values import Value
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, Knobs, OvmsModule
from tests.clients.waiting import eventually

from .conftest import CLIENT, QUIET, Running, Spy, running

PIN = "1234"
UPDATE = "server v3 update modified"
UPDATED = [Firmware.V3_3_003, Firmware.V3_3_005]
OLDER = [Firmware.V3_2_016, *UPDATED]

pytestmark = pytest.mark.usefixtures("nothing_is_left", "_asks")


@pytest.fixture
def _asks(monkeypatch: pytest.MonkeyPatch, _no_follow_up: None) -> None:
    """Asks come soon after a command, and again and again for longer than any machine is busy."""
    for name in ("ASK_SECONDS", "BLIND_ASK_SECONDS"):
        monkeypatch.setattr(mqtt_module, name, tuple(0.05 * number for number in range(1, 1000)))


@asynccontextmanager
async def driven(
    mqtt: EmbeddedBroker,
    firmware: Firmware,
    *,
    vehicle_type: str = "NL",
    mode: Mode = Mode.ECONOMY,
    knobs: Knobs | None = None,
) -> AsyncGenerator[tuple[OvmsModule, Running]]:
    """A module that sends nothing because time has passed, and its client."""
    module = OvmsModule(
        mqtt.host,
        mqtt.port,
        firmware=firmware,
        vehicle_type=vehicle_type,
        knobs=knobs,
        speed=0,
        metrics={"v.e.locked": True},
    )
    for state in ("idle", "connected", "on", "charging", "awake", "sendall"):
        module.config["server.v3", f"updatetime.{state}"] = "1000000"
    async with module, running(mqtt, mode=mode) as client:
        await client.online()
        yield module, client


async def shows(module: OvmsModule, client: Running, metric: str, wanted: Value) -> None:
    """Let time pass in the car until a metric is known to be what it should."""

    async def pass_time() -> None:
        while client.vehicle.value(metric) != wanted:
            await module.tick()
            await asyncio.sleep(0.01)

    await asyncio.wait_for(pass_time(), 20)


def asks(spy: Spy) -> list[bytes]:
    """What the module was asked to send, after the question whether it is there."""
    requests = [f"client/{CLIENT}/request/metric"]
    asked = [m.payload for m in spy.messages if m.topic in requests or m.payload == UPDATE.encode()]
    return asked[1:]


@pytest.mark.parametrize("firmware", Firmware)
async def test_a_lock_that_takes_its_time(mqtt: EmbeddedBroker, firmware: Firmware) -> None:
    """It is shown as it was until the car has moved it, and then as it is."""
    async with driven(mqtt, firmware, knobs=Knobs(confirm_delay=3)) as (module, client):
        assert await client.vehicle.send(commands.unlock(PIN)) == "Vehicle unlocked"
        await asyncio.sleep(3 * QUIET)
        assert client.vehicle.flag("v.e.locked") is True
        await shows(module, client, "v.e.locked", wanted=False)
        assert module["v.e.locked"] is False


@pytest.mark.parametrize("firmware", [Firmware.V3_2_016, Firmware.V3_3_005, Firmware.V3_3_006])
@pytest.mark.parametrize(
    ("vehicle_type", "command", "metric", "wanted"),
    [
        ("NL", commands.climate(on=True), "v.e.hvac", True),
        ("NL", commands.valet(PIN), "v.e.valet", True),
        ("NL", commands.charge_start(), "v.c.charging", True),
        ("NL", commands.set_config("xnl", "suffsoc", "70", effect=("v.c.limit.soc", 70)), "v.c.limit.soc", 70),
        ("DEMO", commands.charge_current(15), "v.c.climit", 15),
        ("RT", commands.charge_mode(ChargeMode.STORAGE), "v.c.mode", "storage"),
        ("NL", commands.homelink(1), "v.e.hvac", True),
    ],
    ids=["climate", "valet", "charge", "target", "current", "mode", "homelink"],
)
async def test_whatever_was_asked_for_is_shown_soon(
    mqtt: EmbeddedBroker,
    firmware: Firmware,
    vehicle_type: str,
    command: Command,
    metric: str,
    wanted: Value,
) -> None:
    """No module reports these when they change. The car is slower than what the question before a command has it send."""
    knobs = Knobs(confirm_delay=3)
    async with driven(mqtt, firmware, vehicle_type=vehicle_type, knobs=knobs) as (module, client):
        await module.plug_in()
        assert client.vehicle.value(metric) != wanted
        await client.vehicle.send(command)
        await shows(module, client, metric, wanted)


@pytest.mark.parametrize(("firmware", "asked"), [(Firmware.V3_3_005, UPDATE), (Firmware.V3_3_006, "v.e.valet")])
async def test_what_was_seen_is_not_asked_for_any_more(
    mqtt: EmbeddedBroker, spy: Spy, firmware: Firmware, asked: str
) -> None:
    """Each ask costs mobile data; the newest firmware is asked for that one metric only."""
    async with driven(mqtt, firmware, knobs=Knobs(confirm_delay=3)) as (module, client):
        await client.vehicle.send(commands.valet(PIN))
        await shows(module, client, "v.e.valet", wanted=True)
        await asyncio.sleep(3 * QUIET)
        said = asks(spy)
        assert set(said) == {asked.encode()}
        await asyncio.sleep(3 * QUIET)
        assert asks(spy) == said


async def test_what_the_module_says_by_itself_is_not_asked_for(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """The newest firmware reports its lock at once."""
    async with driven(mqtt, Firmware.V3_3_006) as (_, client):
        await client.vehicle.send(commands.unlock(PIN))
        await eventually(lambda: client.vehicle.flag("v.e.locked") is False)
        before = len(asks(spy))
        await asyncio.sleep(3 * QUIET)
        assert len(asks(spy)) == before


async def test_an_old_value_that_comes_again_is_no_sign(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """Neither one that is asked for, nor one that was known to be so: the car is asked on until it has done it."""
    async with driven(mqtt, Firmware.V3_3_006, knobs=Knobs(confirm_delay=5)) as (module, client):
        await client.vehicle.send(commands.valet(PIN))
        await eventually(lambda: len(asks(spy)) > 3)
        assert client.vehicle.flag("v.e.valet") is False
        await shows(module, client, "v.e.valet", wanted=True)


async def test_two_commands_in_a_row(mqtt: EmbeddedBroker) -> None:
    """The newer one's effect is shown, and the older one's too."""
    async with driven(mqtt, Firmware.V3_3_006, knobs=Knobs(confirm_delay=3)) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await client.vehicle.send(commands.valet(PIN))
        await shows(module, client, "v.e.valet", wanted=True)
        await shows(module, client, "v.e.hvac", wanted=True)


async def test_what_is_refused_is_not_followed(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """Nor what is no matter of metrics, nor what only tells something. But what failed may be so already."""
    async with driven(mqtt, Firmware.V3_3_005, knobs=Knobs(refuse=True)) as (_, client):
        with pytest.raises(FailedWithPin):
            await client.vehicle.send(commands.valet(PIN))
        await client.vehicle.send(commands.firmware_status())
        await asyncio.sleep(3 * QUIET)
        assert asks(spy) == []
        with pytest.raises(Failed):
            await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: asks(spy))


async def test_an_answer_that_is_lost_is_one_more_reason(mqtt: EmbeddedBroker) -> None:
    """Nobody knows whether it was done, until the car says so."""
    knobs = Knobs(lose_replies=True, troubled="climatecontrol", confirm_delay=3)
    async with driven(mqtt, Firmware.V3_3_005, knobs=knobs) as (module, client):
        with pytest.raises(NoAnswer):
            await client.vehicle.send(Command(text="climatecontrol on", timeout=0.2, effect=("v.e.hvac", True)))
        await shows(module, client, "v.e.hvac", wanted=True)


async def test_a_user_is_not_kept_waiting(mqtt: EmbeddedBroker) -> None:
    """However many asks the module does not answer; and none of their answers is taken for the user's."""
    async with driven(mqtt, Firmware.V3_3_005, knobs=Knobs(confirm=False)) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: module.received.count(UPDATE) > 3)
        assert (await client.vehicle.send(commands.climate(on=False))).endswith("off")
        assert await client.vehicle.send(commands.lock(PIN)) == "Vehicle locked"


async def test_a_connection_that_is_back(mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module is asked once more: what it sent meanwhile nobody heard."""
    monkeypatch.setattr(follow_up, "BACK_SECONDS", 0.5)
    async with driven(mqtt, Firmware.V3_3_005, knobs=Knobs(confirm_delay=1e6)) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: module.received.count(UPDATE) > 1)
        await mqtt.stop()
        await client.disconnected()
        before = module.received.count(UPDATE)
        await mqtt.start()
        await client.connected()
        await module.reconnect()
        await eventually(lambda: client.vehicle.online)
        await eventually(lambda: module.received.count(UPDATE) > before)
        await asyncio.sleep(3 * QUIET)
        assert module.received.count(UPDATE) == before + 1


async def test_what_is_so_already_is_asked_for_once(
    mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This firmware does not send again what has not changed."""
    monkeypatch.setattr(mqtt_module, "SURE_ASK_SECONDS", (0.05,))
    async with driven(mqtt, Firmware.V3_3_005) as (_, client):
        await eventually(lambda: client.vehicle.flag("v.e.locked"))
        await client.vehicle.send(commands.lock(PIN))
        await eventually(lambda: asks(spy))
        await asyncio.sleep(3 * QUIET)
        assert len(asks(spy)) == 1


async def test_a_module_that_left_is_not_asked(mqtt: EmbeddedBroker, spy: Spy) -> None:
    """A broker could keep it for when it comes back."""
    async with driven(mqtt, Firmware.V3_3_005, knobs=Knobs(confirm_delay=1e6)) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: len(asks(spy)) > 1)
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
        await asyncio.sleep(QUIET)
        before = len(asks(spy))
        await asyncio.sleep(3 * QUIET)
        assert len(asks(spy)) == before


# The oldest firmware cannot be asked, and sends when the number of clients becomes another


@pytest.mark.parametrize(("mode", "last"), [(Mode.ECONOMY, b"0"), (Mode.AUTOMATIC, b"1"), (Mode.LIVE, b"1")])
async def test_being_counted_anew_leaves_things_as_they_are_wanted(
    mqtt: EmbeddedBroker, spy: Spy, mode: Mode, last: bytes
) -> None:
    """Somebody looks afterwards if somebody looked before."""
    async with driven(mqtt, Firmware.V3_2_016, mode=mode, knobs=Knobs(confirm_delay=3)) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: len(spy.presence()) > 3)
        await shows(module, client, "v.e.hvac", wanted=True)
        await asyncio.sleep(3 * QUIET)
        said = spy.presence()
        assert said[-1] == last
        assert all(one != next_one for one, next_one in itertools.pairwise(said[said.index(b"0") :]))
        assert module["s.v3.peers"] == int(last)
        assert UPDATE not in module.received[1:]
    await eventually(lambda: spy.presence()[-1] == b"0")


# What the car does by itself


@pytest.mark.parametrize("firmware", OLDER)
async def test_a_car_that_was_unlocked_by_its_key(
    mqtt: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, firmware: Firmware
) -> None:
    """The event comes at once, and the metric would come within ten minutes."""
    monkeypatch.setattr(follow_up, "CUE_SECONDS", 0.05)
    async with driven(mqtt, firmware) as (module, client):
        await module.set("v.e.locked", value=False, publish=False)
        await shows(module, client, "v.e.locked", wanted=False)


async def test_a_burst_of_events_is_one_question(
    mqtt: EmbeddedBroker, spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Firmware 3.3.005 tells each on two topics."""
    monkeypatch.setattr(follow_up, "CUE_SECONDS", 0.3)
    async with driven(mqtt, Firmware.V3_3_005) as (module, client):
        await module.set("v.e.locked", value=False, publish=False)
        await module.drive()
        await module.park()
        await shows(module, client, "v.e.locked", wanted=False)
        await asyncio.sleep(3 * QUIET)
        assert module.received == [UPDATE]
