"""How closely a vehicle is followed: as what the client logs in, and when it asks the module to send."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from custom_components.open_ev.clients.ovms import commands, server as server_module, server_attention
from custom_components.open_ev.clients.ovms.attention import ATTENTION_SECONDS
from custom_components.open_ev.clients.ovms.errors import CannotConnect
from custom_components.open_ev.clients.ovms.server import Mode
from custom_components.open_ev.clients.ovms.server_attention import Attention
from custom_components.open_ev.clients.ovms.server_login import ClientKind
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_server import Kind, OvmsServer, ServerV2
from tests.clients.waiting import eventually

from .conftest import server as listening
from .scripted_server import PASSWORD, at, following, impatient, let_in, of

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


async def test_economy_asks_after_a_command_and_while_the_car_charges(
    simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is not told of anybody, and sends every ten minutes only."""
    monkeypatch.setattr(server_module, "EFFECT_SECONDS", 0.01)
    monkeypatch.setattr(server_module, "REFRESH_SECONDS", 0.1)

    def asked() -> int:
        return simulator.messages("DEMO1", Kind.BATCH).count("C7,server v2 update all")

    module = OvmsModule(vehicle_id="DEMO1", speed=0)
    module.config["auto", "server.v3"] = "no"
    ServerV2(module, simulator.port, password=PASSWORD)
    async with module, following(of(simulator), mode=Mode.ECONOMY) as client:
        await client.connected()
        await _is(simulator, Kind.BATCH)
        await asyncio.sleep(0.2)
        assert asked() == 0
        await client.vehicle.send(commands.wakeup())
        await eventually(lambda: asked() == 1)
        await asyncio.sleep(0.2)
        assert asked() == 1
        simulator.car_says("DEMO1", CHARGING)
        await eventually(lambda: asked() > 3)
        # A module that goes is not asked any more, and one that comes back is.
        await module.power_off()
        await eventually(lambda: client.vehicle.online is False)
        before = asked()
        await asyncio.sleep(0.2)
        assert asked() == before
        await module.boot()
        await eventually(lambda: asked() > before)


async def test_economy_asks_no_firmware_that_does_not_know_how(
    simulator: OvmsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no fault, and no reason to end."""
    monkeypatch.setattr(server_module, "EFFECT_SECONDS", 0.01)
    module = OvmsModule(vehicle_id="DEMO1", speed=0, firmware=Firmware.V3_2_016)
    module.config["auto", "server.v3"] = "no"
    ServerV2(module, simulator.port, password=PASSWORD)
    async with module, following(of(simulator), mode=Mode.ECONOMY) as client:
        await client.connected()
        await client.vehicle.send(commands.wakeup())
        await eventually(lambda: "C7,server v2 update all" in simulator.messages("DEMO1", Kind.BATCH))
        assert client.link.connected
    assert not caplog.records
