"""The simulated car's physics, and running a module by hand."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
import os
from pathlib import Path
import signal
import sys

import aiomqtt
import pytest

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule
from simulators.ovms_module.metrics import car_types

from .conftest import PATIENCE, Watcher

HOUR = 3600


def number(module: OvmsModule, name: str) -> float:
    """A numeric metric."""
    value = module[name]
    assert isinstance(value, int | float)
    return value


def heard_beginning(watcher: Watcher, topic: str, beginning: bytes) -> bool:
    """Whether something on a topic began like this."""
    return any(payload.startswith(beginning) for payload in watcher.payloads(topic))


@pytest.fixture
async def car() -> AsyncGenerator[OvmsModule]:
    """A Nissan Leaf without a link, at 62.5 %."""
    module = OvmsModule(speed=0)
    module.config["xnl", "suffsoc"] = "0"
    yield module
    await module.power_off()


async def test_a_drive_of_an_hour(car: OvmsModule) -> None:
    """It goes as far as its speed says, on energy from the battery, and comes to another place."""
    odometer, latitude, soc = (number(car, name) for name in ("v.p.odometer", "v.p.latitude", "v.b.soc"))
    await car.drive(60)
    assert (car["v.e.on"], car["v.e.awake"], car["v.e.handbrake"]) == (True, True, False)
    await car.tick(600)
    assert number(car, "v.p.odometer") - odometer == pytest.approx(10, abs=0.02)
    assert number(car, "v.p.trip") == pytest.approx(10, abs=0.1)
    # 36.4 kWh carry the car 262 km.
    assert soc - number(car, "v.b.soc") == pytest.approx(10 / 262 * 100, abs=0.1)
    assert number(car, "v.b.power") == pytest.approx(60 * 36.4 / 262, abs=0.1)
    assert number(car, "v.b.current") > 0
    assert number(car, "v.p.speed") == 60
    assert number(car, "v.e.drivetime") == 600
    assert number(car, "v.p.latitude") != latitude
    assert car["v.p.location"] == ""
    await car.park()
    await car.park()
    assert number(car, "v.p.speed") == number(car, "v.b.power") == 0
    await car.tick(60)
    assert number(car, "v.e.parktime") == 60
    await car.sleep()
    assert (car["v.e.on"], car["v.e.awake"]) == (False, False)


async def test_a_round_leads_home(car: OvmsModule) -> None:
    """The road turns, so that a drive of half an hour ends where it began."""
    latitude, longitude = number(car, "v.p.latitude"), number(car, "v.p.longitude")
    await car.drive(50)
    await car.tick(1800)
    assert number(car, "v.p.latitude") == pytest.approx(latitude, abs=0.002)
    assert number(car, "v.p.longitude") == pytest.approx(longitude, abs=0.002)
    assert car["v.p.location"] == "Home"


async def test_a_charge_to_the_end(car: OvmsModule) -> None:
    """Energy from the grid goes into the battery with a loss, until it is full."""
    await car.set("v.b.soc", 90.0)
    await car.start_charging()
    assert (car["v.d.cp"], car["v.c.pilot"], car["v.c.charging"]) == (True, True, True)
    assert number(car, "v.c.power") == pytest.approx(3.68)
    assert number(car, "v.b.power") == pytest.approx(-3.68 * 0.9, abs=0.01)
    assert number(car, "v.b.current") < 0
    await car.tick(600)
    assert number(car, "v.c.time") == 600
    assert number(car, "v.c.kwh") == pytest.approx(3.68 * 0.9 / 6, rel=0.01)
    left = number(car, "v.c.duration.full")
    assert left > 30
    await car.tick(HOUR)
    assert car["v.c.state"] == "topoff"
    await car.tick(3 * HOUR)
    assert number(car, "v.b.soc") == 100
    assert (car["v.c.charging"], car["v.c.state"]) == (False, "done")
    assert number(car, "v.c.power") == number(car, "v.b.power") == 0
    await car.unplug()
    await car.unplug()
    assert (car["v.d.cp"], car["v.c.pilot"]) == (False, False)


async def test_charge_current_limits_the_power(car: OvmsModule) -> None:
    """Fewer amperes, less power; a cable that is pulled interrupts the charge."""
    await car.set("v.c.climit", 6.0)
    await car.start_charging()
    await car.tick(1)
    assert number(car, "v.c.power") == pytest.approx(1.38)
    assert number(car, "v.c.current") == pytest.approx(6)
    await car.drive()
    assert (car["v.c.state"], car["v.c.substate"]) == ("stopped", "interrupted")


@pytest.mark.parametrize(
    ("code", "setting", "stops"),
    [
        ("NL", ("xnl", "suffsoc"), True),
        ("VWUP", ("xvu", "chg_soclimit"), True),
        ("VA", ("xva", "chargelimit.soc"), True),
        ("RT", ("xrt", "suffsoc"), False),
        ("KS", ("xks", "suffsoc"), False),
    ],
)
async def test_charge_limit(code: str, setting: tuple[str, str], stops: bool) -> None:
    """Where a type's limit stops the charge, it does; elsewhere it is only a figure."""
    module = OvmsModule(vehicle_type=code, speed=0)
    module.run(f"config set {setting[0]} {setting[1]} 63")
    assert number(module, "v.c.limit.soc") == 63
    await module.start_charging()
    await module.tick(15 * 60)
    assert number(module, "v.b.soc") >= 63
    assert module["v.c.charging"] is not stops


async def test_climate(car: OvmsModule) -> None:
    """The cabin warms up, at the battery's cost."""
    car.run("climatecontrol on")
    soc = number(car, "v.b.soc")
    assert (car["v.e.hvac"], car["v.e.heating"], car["v.e.awake"]) == (True, True, True)
    await car.tick(600)
    assert number(car, "v.e.cabintemp") == pytest.approx(21)
    assert number(car, "v.b.soc") < soc
    car.run("climatecontrol off")
    assert (car["v.e.hvac"], car["v.e.heating"]) == (False, False)


async def test_an_empty_battery(car: OvmsModule) -> None:
    """It does not go below zero."""
    await car.set("v.b.soc", 0.1)
    await car.drive(100)
    await car.tick(60)
    assert number(car, "v.b.soc") == number(car, "v.b.range.est") == 0


@pytest.mark.parametrize("code", car_types())
async def test_every_type_drives_and_charges(code: str) -> None:
    """Also a type that has few metrics."""
    module = OvmsModule(vehicle_type=code, speed=0)
    before = number(module, "v.b.soc")
    await module.drive(80)
    await module.tick(60)
    driven = number(module, "v.b.soc")
    assert driven < before
    await module.park()
    await module.start_charging()
    await module.tick(60)
    assert number(module, "v.b.soc") > driven


async def test_by_hand(socket_enabled: None) -> None:
    """`python -m simulators.ovms_module` runs a module that obeys its standard input, until a signal ends it."""
    async with EmbeddedBroker() as broker, Watcher(aiomqtt.Client(broker.host, broker.port)) as watcher:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "simulators.ovms_module", "--port", str(broker.port), "--type", "RT", "--firmware", "3.3.005"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE * 3):
            assert (await process.stdout.readline()).startswith(b"DEMO1 is connected")
            for line, topic, payload in (
                ("set v.b.soc 44", "metric/v/b/soc", b"44"),
                ("clear v.p.location", "metric/v/p/location", b""),
                ("drive 40", "event", b"vehicle.on"),
                ("park", "event", b"vehicle.off"),
                ("plug", "event", b"vehicle.charge.prepare"),
                ("charge", "event", b"vehicle.charge.start"),
                ("stop", "event", b"vehicle.charge.stop"),
                ("unplug", "event", b"vehicle.charge.finish"),
                ("tick 5", "notify/alert/charge/stopped", b""),
                ("notify info test a text", "notify/info/test", b"a text"),
                ("event usr.test", "event", b"usr.test"),
                ("off", "metric/s/v3/connected", b"no"),
            ):
                process.stdin.write(f"{line}\n".encode())
                await watcher.until(partial(heard_beginning, watcher, topic, payload))
            process.stdin.write(b"run metrics get m.hardware\nset nothing 1\nfly\n\n")
            assert (await process.stdout.readline()).startswith(b"OVMS WIFI BLE")
            assert (await process.stdout.readline()).startswith(b"That cannot be done")
            assert (await process.stdout.readline()).startswith(b"  set METRIC VALUE")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
