"""One simulated car on a broker and on a server at the same time: what both can carry is the same."""

import contextlib
from datetime import datetime, timedelta

import pytest

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Unit
from custom_components.open_ev.clients.ovms.server_messages import CARRIED
from custom_components.open_ev.clients.ovms.values import Kind, Value
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2
from tests.clients.waiting import eventually

from .conftest import running
from .scripted_server import PASSWORD, following, of

pytestmark = pytest.mark.usefixtures("nothing_is_left")

# Those whose metrics the simulator has from the firmware, and not from a car like others.
TYPES = ("DEMO", "FT5E", "KS", "NL", "RT", "RZ2", "SE", "TR", "VA", "VWUP")
TENTHS = {"v.p.trip", "v.p.odometer", "v.c.kwh"}
DISTANCES = {Unit.KILOMETER, Unit.KILOMETER_PER_HOUR}


@pytest.mark.parametrize("firmware", [Firmware.V3_2_016, Firmware.V3_3_006], ids=lambda firmware: firmware.name)
@pytest.mark.parametrize("type_code", TYPES)
async def test_the_same_car(mqtt: EmbeddedBroker, type_code: str, firmware: Firmware) -> None:
    """Parked, and then driving and charging at once, which no car does but which moves everything."""
    async with OvmsServer() as simulator:
        simulator.add_vehicle("DEMO1", PASSWORD)
        module = OvmsModule(
            mqtt.host, mqtt.port, vehicle_type=type_code, vehicle_id="DEMO1", firmware=firmware, speed=0
        )
        link = ServerV2(module, simulator.port, password=PASSWORD)
        async with module, following(of(simulator)) as through_server, running(mqtt) as over_mqtt:
            await through_server.connected()
            await over_mqtt.online()
            await _settled(module, link)
            names = _comparable(firmware, over_mqtt.vehicle)
            await _are_same(names, through_server.vehicle, over_mqtt.vehicle)
            known = over_mqtt.vehicle.readings.keys()
            for name in CARRIED & {metric.definition.name for metric in module.metrics if metric.defined}:
                _change(module, name)
            await _settled(module, link)
            # A simulated car that drives and charges tells more than its type does.
            names &= known
            await _are_same(names, through_server.vehicle, over_mqtt.vehicle)


def _comparable(firmware: Firmware, over_mqtt: Vehicle) -> frozenset[str]:
    """What both can carry; the generator's message is sent only while it generates."""
    newer = set() if firmware is Firmware.V3_3_006 else {"v.c.kwh.grid", "v.c.kwh.grid.total"}
    generator = set() if over_mqtt.value("v.g.current") else {name for name in CARRIED if name.startswith("v.g.")}
    return CARRIED - newer - generator


def _change(module: OvmsModule, name: str) -> None:
    match module.metrics[name].value:
        case bool() as flag:
            module.metrics.set(name, not flag)
        case int() | float() as number if STANDARD_METRICS[name].kind in {Kind.INT, Kind.FLOAT}:
            module.metrics.set(name, number + 2)


async def _settled(module: OvmsModule, link: ServerV2) -> None:
    await module.tick(2)
    await module.send_all()
    await link.send_all()


async def _are_same(names: frozenset[str], through_server: Vehicle, over_mqtt: Vehicle) -> None:
    with contextlib.suppress(AssertionError):
        await eventually(lambda: not _differences(names, through_server, over_mqtt), 5)
    assert _differences(names, through_server, over_mqtt) == {}


def _differences(
    names: frozenset[str], through_server: Vehicle, over_mqtt: Vehicle
) -> dict[str, tuple[Value | None, Value | None]]:
    values = {name: (through_server.value(name), over_mqtt.value(name)) for name in names}
    return {name: pair for name, pair in values.items() if not _is_same(name, *pair)}


def _is_same(name: str, got: Value | None, expected: Value | None) -> bool:
    match got, expected:
        case datetime(), datetime():
            return abs(got - expected) <= timedelta(seconds=128)
        case ((int() | float()), (int() | float())):
            return abs(got - expected) <= _lost(name)
    # Older firmware does not send an empty text over MQTT when it sends everything.
    return got == expected or (got == "" and expected is None)


def _lost(name: str) -> float:
    """What is cut off on the way."""
    if name in TENTHS:
        return 0.11
    metric = STANDARD_METRICS[name]
    if metric.unit in DISTANCES or name in {"v.c.voltage", "v.c.climit", "v.c.limit.soc", "v.b.soh", "v.c.current"}:
        return 1.0
    return 2.0 if name == "m.net.sq" else 0.06
