"""Every field of every message that a car sends, there and back: as over MQTT, whatever the owner's units are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Unit
from custom_components.open_ev.clients.ovms.server_messages import CARRIED, Messages
from custom_components.open_ev.clients.ovms.values import Kind, Value, parse
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_module import Firmware
from simulators.ovms_module.configuration import Configuration
from simulators.ovms_module.encoding import MetricValue, encode
from simulators.ovms_module.metrics import Metrics, standard_definitions
from simulators.ovms_server.car_messages import Messages as CarMessages
from simulators.ovms_server.car_view import View

CODES = "FSDLXY"
BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = int(datetime(2026, 5, 4, 3, 2, tzinfo=UTC).timestamp())
# What the messages can say, where it is not just any number, text or truth.
SAMPLES: dict[str, tuple[MetricValue, ...]] = {
    "m.net.sq": (-79, -53),
    "v.c.state": ("charging", "topoff", "stopped"),
    "v.c.mode": ("range", "performance", "standard"),
    "v.c.substate": (
        *("scheduledstop", "scheduledstart", "onrequest", "timerwait", "powerwait", "stopped", "interrupted"),
    ),
    "v.e.drivemode": (26, 4095, -1, 1),
    "v.p.latitude": (52.379189, -33.856784),
    "v.p.longitude": (4.899431, -151.215297),
    "m.version": ("3.3.006/ota_0/main (build idf v3, product v3.3)", "3.2.016"),
    "m.net.mdm.mode": ("LTE,Online", "GSM,Online,Home"),
    "m.hardware": ("OVMS WIFI BLE BT cores=2 rev=ESP32/3; MODEM SIM7600", "other"),
    "v.t.pressure": ((250.1, 251.3, 262.4, 260.0), (0.0, 1.5, 2.0, 3.0)),
    "v.t.alert": ((0, 1, 2, 0), (0, 0, 0, 0)),
}
# What is lost on the way, in the metric's own unit.
TENTHS = {"v.p.trip", "v.p.odometer", "v.c.kwh", "v.b.soc", "v.t.pressure", "v.t.temp", "v.t.health"}
DISTANCES = {Unit.KILOMETER, Unit.KILOMETER_PER_HOUR}


def _samples(name: str) -> tuple[MetricValue, ...]:
    if name in SAMPLES:
        return SAMPLES[name]
    match STANDARD_METRICS[name].kind:
        case Kind.BOOL:
            return (True, False, True)
        case Kind.TEXT:
            return ("Some text", "other")
        case Kind.LOCAL:
            return (MOMENT, MOMENT + 1000)
        case Kind.TIME_OF_DAY:
            return (3600, 86399)
        case Kind.FLOATS:
            return ((17.0, 18.0, 16.0, 17.0), (1.0, 2.0, 3.0, 4.0))
        case Kind.INT:
            return (123, 42)
    return (123.4, 41.5)


class Car:
    """A module's metrics, and a client that reads the messages that are made of them."""

    def __init__(self, *, miles: bool, vehicle: Vehicle) -> None:
        self.metrics = Metrics(standard_definitions())
        self._view = View(self.metrics, _configuration(miles=miles))
        self._writer = CarMessages(Firmware.V3_3_006.value.number, "seed")
        self.vehicle = vehicle
        self.messages = Messages(vehicle, lambda *_: None, lambda: None)
        self.messages.take("T0")

    def say(self) -> None:
        """Send every message."""
        for code in CODES:
            self.messages.take(self._writer.write(code, self._view))

    def published(self, name: str) -> Value | None:
        """What the module publishes over MQTT, read."""
        metric = self.metrics[name]
        text = encode(metric.definition.kind, metric.value, Firmware.V3_3_006.value, BERLIN)
        return parse(STANDARD_METRICS[name].kind, text, zone=BERLIN)


def _configuration(*, miles: bool) -> Configuration:
    configuration = Configuration()
    configuration["vehicle", "units.distance"] = "M" if miles else "K"
    return configuration


@pytest.fixture(params=[False, True], ids=["kilometers", "miles"])
async def car(request: pytest.FixtureRequest) -> AsyncIterator[Car]:
    """A car whose owner counts in either unit."""
    vehicle = Vehicle(zone=BERLIN)
    yield Car(miles=request.param, vehicle=vehicle)
    vehicle.close()


@pytest.mark.parametrize("name", sorted(CARRIED))
def test_a_metric_is_what_it_is_over_mqtt(car: Car, name: str) -> None:
    """Each value that a module can have arrives, and the next one after it; nothing else is unreadable by it."""
    for sample in _samples(name):
        car.metrics.set(name, sample)
        if STANDARD_METRICS[name].kind is Kind.TIME_OF_DAY:
            car.metrics.set(name.replace("timerstart", "timermode"), value=True)
        car.say()
        _assert_same(car.vehicle.value(name), car.published(name), name)
    assert car.vehicle.unreadable == 0
    assert car.vehicle.unknown_metrics == 0


def test_all_of_the_protocol_is_carried() -> None:
    """One hundred and eighteen of the standard metrics."""
    assert len(CARRIED) == 118
    assert STANDARD_METRICS.keys() >= CARRIED


def _assert_same(got: Value | None, expected: Value | None, name: str) -> None:
    match got, expected:
        case datetime(), datetime():
            assert abs(got - expected) <= timedelta(seconds=128)
        case ((int() | float()), (int() | float())) if not isinstance(got, bool):
            assert got == pytest.approx(expected, abs=_lost(name))
        case tuple(), tuple():
            assert got == pytest.approx(expected, abs=0.06)
        case _:
            assert got == expected
            assert not isinstance(got, time) or got.tzinfo is not None


def _lost(name: str) -> float:
    """What a whole number of miles, or a tenth, hides."""
    if name in TENTHS:
        return 0.25
    return 1.7 if STANDARD_METRICS[name].unit in DISTANCES else 1.0 if name in WHOLE else 0.06


WHOLE = {"v.c.voltage", "v.c.climit", "v.c.limit.soc", "v.g.voltage", "v.g.limit.soc"}
