"""How closely a vehicle is followed: as what the client logs in, and when it asks the module to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from custom_components.open_ev.clients.ovms import commands, server as server_module, server_attention
from custom_components.open_ev.clients.ovms.attention import ATTENTION_SECONDS
from custom_components.open_ev.clients.ovms.errors import CannotConnect
from custom_components.open_ev.clients.ovms.server import Mode
from custom_components.open_ev.clients.ovms.server_attention import Attention
from custom_components.open_ev.clients.ovms.server_login import ClientKind
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_module import Firmware, Knobs, OvmsModule
from simulators.ovms_server import Kind, OvmsServer, ServerV2
from tests.clients.waiting import eventually

from .conftest import server as listening
from .scripted_server import PASSWORD, Following, at, following, impatient, let_in, of

__all__ = ["impatient"]

PARKED = "D8,8,4,23,22,19.5,186,432107,0,4810,8.5,0,1,1,12.71"
ON = PARKED.replace("D8", "D136", 1)
CHARGING = PARKED.replace("D8", "D24", 1)
IDLE = "S53.7,K,0,0,stopped,standard"


class Time:
    """A clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


async def test_automatic(vehicle: Vehicle) -> None:
    """Closely at first, while the car does something and for a while after, and after the user did something."""
    time = Time()
    attention = Attention(vehicle, Mode.AUTOMATIC, time)
    seen = [attention.kind]
    time.now += ATTENTION_SECONDS
    seen.append(attention.kind)
    for name in ("v.e.on", "v.c.charging", "v.e.awake"):
        vehicle.update(name, "yes")
        seen.append(attention.kind)
        vehicle.update(name, "no")
        seen.append(attention.kind)
        time.now += ATTENTION_SECONDS
        seen.append(attention.kind)
    attention.pay()
    seen.append(attention.kind)
    app, batch = ClientKind.APP, ClientKind.BATCH
    assert seen == [app, batch, *[app, app, batch] * 3, app]


@pytest.mark.parametrize(("mode", "kind"), [(Mode.LIVE, ClientKind.APP), (Mode.ECONOMY, ClientKind.BATCH)])
async def test_chosen(vehicle: Vehicle, mode: Mode, kind: ClientKind) -> None:
    """Whatever the car does."""
    attention = Attention(vehicle, mode)
    attention.pay()
    vehicle.update("v.e.on", "yes" if mode is Mode.ECONOMY else "no")
    assert attention.kind is kind
    waiting = asyncio.create_task(attention.other_than(kind))
    await asyncio.wait([waiting], timeout=0.05)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


@pytest.fixture
async def simulator(socket_enabled: None, nothing_is_left: None, impatient: None) -> AsyncIterator[OvmsServer]:
    """A server that knows a parked car."""
    async with OvmsServer() as server:
        server.add_vehicle("DEMO1", PASSWORD)
        server.store("DEMO1", "FV3.3.006,,17,1,DEMO")
        server.store("DEMO1", IDLE)
        server.store("DEMO1", PARKED)
        yield server


async def _is(simulator: OvmsServer, kind: Kind) -> None:
    other = Kind.BATCH if kind is Kind.APP else Kind.APP
    await eventually(lambda: simulator.connected("DEMO1", kind) == 1 and not simulator.connected("DEMO1", other))


async def test_a_car_that_wakes_is_followed_closely(simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that sleeps is not; the link stays up meanwhile, and its readings are those of now."""
    monkeypatch.setattr(server_attention, "ATTENTION_SECONDS", 0.05)
    async with following(of(simulator), mode=Mode.AUTOMATIC) as client:
        await client.connected()
        await _is(simulator, Kind.BATCH)
        simulator.car_says("DEMO1", ON)
        await _is(simulator, Kind.APP)
        simulator.car_says("DEMO1", PARKED)
        await _is(simulator, Kind.BATCH)
        simulator.car_says("DEMO1", IDLE.replace("53.7", "42.5"))
        await eventually(lambda: client.vehicle.value("v.b.soc") == 42.5)
        assert client.changes == [None]
        assert [login.kind for login in simulator.logins] == ["A", "B", "A", "B"]


async def test_a_second_login_that_is_refused(simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes on as it is, and the next try is made later."""
    monkeypatch.setattr(server_attention, "ATTENTION_SECONDS", 0.05)
    monkeypatch.setattr(server_module, "LAST_RETRY_SECONDS", 0.05)
    async with following(of(simulator), mode=Mode.AUTOMATIC) as client:
        await client.connected()
        simulator.knobs.refuse = True
        await eventually(lambda: sum(not login.accepted for login in simulator.logins) > 1)
        # With more and more patience: it may be the password, and servers lock out who has a wrong one.
        await asyncio.sleep(0.5)
        assert sum(not login.accepted for login in simulator.logins) < 6
        simulator.car_says("DEMO1", IDLE.replace("53.7", "42.5"))
        await eventually(lambda: client.vehicle.value("v.b.soc") == 42.5)
        simulator.knobs.refuse = False
        await _is(simulator, Kind.BATCH)
        assert client.changes == [None]


@pytest.mark.usefixtures("nothing_is_left", "impatient")
async def test_a_connection_that_breaks_while_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an outage like any other, and told."""
    monkeypatch.setattr(server_attention, "ATTENTION_SECONDS", 0.05)
    former: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if former:
            former.pop().close()
            await asyncio.sleep(0.1)
        else:
            former.append(writer)
        visit = await let_in(reader, writer)
        await visit.say("Z1", "T5")
        await visit.stay()

    async with listening(serve) as port, following(at(port), mode=Mode.AUTOMATIC) as client:
        assert isinstance(await client.error(), CannotConnect)
        await client.connected()


@asynccontextmanager
async def economy(
    simulator: OvmsServer, firmware: Firmware = Firmware.V3_3_006, *, confirm_delay: float = 0.0
) -> AsyncIterator[tuple[OvmsModule, Following]]:
    """A module that sends nothing because time has passed, and a client that nobody tells it of."""
    module = OvmsModule(vehicle_id="DEMO1", speed=0, firmware=firmware, knobs=Knobs(confirm_delay=confirm_delay))
    module.config["auto", "server.v3"] = "no"
    module.config["server.v2", "updatetime.idle"] = "1000000"
    ServerV2(module, simulator.port, password=PASSWORD)
    async with module, following(of(simulator), mode=Mode.ECONOMY) as client:
        await client.connected()
        await _is(simulator, Kind.BATCH)
        yield module, client


def asked(simulator: OvmsServer) -> int:
    """How often the module was asked to send."""
    return simulator.messages("DEMO1", Kind.BATCH).count("C7,server v2 update all")


async def test_economy_asks_while_the_car_charges(simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module is not told of anybody, and sends every ten minutes only."""
    monkeypatch.setattr(server_module, "SETTLED_SECONDS", 0.01)
    monkeypatch.setattr(server_module, "REFRESH_SECONDS", 0.1)
    async with economy(simulator) as (module, client):
        await asyncio.sleep(0.2)
        assert asked(simulator) == 0
        simulator.car_says("DEMO1", CHARGING)
        await eventually(lambda: asked(simulator) > 2)
        # A module that goes is not asked any more, and one that comes back is.
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
        before = asked(simulator)
        await asyncio.sleep(0.2)
        assert asked(simulator) == before
        await module.boot()
        await eventually(lambda: asked(simulator) > before)


async def test_economy_asks_some_times_after_a_command(simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A car can take half a minute, and says nothing of it by itself."""
    monkeypatch.setattr(server_module, "EFFECT_SECONDS", tuple(number / 10 for number in range(1, 200)))
    async with economy(simulator, confirm_delay=20) as (module, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: asked(simulator) > 1)
        assert client.vehicle.flag("v.e.hvac") is not True
        await module.tick(20)

        async def pass_time() -> None:
            while client.vehicle.flag("v.e.hvac") is not True:
                await module.tick()
                await asyncio.sleep(0.05)

        await asyncio.wait_for(pass_time(), 20)
        await asyncio.sleep(0.1)
        before = asked(simulator)
        await asyncio.sleep(0.5)
        assert asked(simulator) == before


async def test_economy_stops_asking_a_car_that_does_not_follow(
    simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ask costs as much as ten minutes of a parked car."""
    monkeypatch.setattr(server_module, "EFFECT_SECONDS", (0.01, 0.05, 0.1))
    async with economy(simulator, confirm_delay=1e6) as (_, client):
        await client.vehicle.send(commands.climate(on=True))
        await eventually(lambda: asked(simulator) == 3)
        await asyncio.sleep(0.3)
        assert asked(simulator) == 3


def test_how_long_a_car_may_take() -> None:
    """Many react in seconds, some need half a minute."""
    assert server_module.EFFECT_SECONDS == (5.0, 15.0, 40.0)


async def test_economy_asks_no_firmware_that_does_not_know_how(
    simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no fault, and no reason to end."""
    monkeypatch.setattr(server_module, "EFFECT_SECONDS", (0.01,))
    async with economy(simulator, Firmware.V3_2_016) as (_, client):
        await client.vehicle.send(commands.wakeup())
        await eventually(lambda: asked(simulator) == 1)
        assert client.link.connected
    assert not caplog.records
