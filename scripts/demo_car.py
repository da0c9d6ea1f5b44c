"""The life of the demo's car: it charges at home, drives a round of half an hour, comes back, and rests.

Its time runs ten times as fast as ours, so that there is something to see.
"""

import asyncio
from dataclasses import dataclass

from simulators.ovms_module import Firmware, OvmsModule

SPEED = 10.0
VEHICLE_ID = "EV42"
UNIQUE_ID = f"ovms/family/{VEHICLE_ID}"
PIN = "1234"
USERNAME = "car"

_MINUTE = 60.0 / SPEED
# The simulated road turns by a fifth of a degree a second: after half an hour it has led back home.
_ROUND_TRIP = 30 * _MINUTE


@dataclass(frozen=True)
class Stage:
    """A part of the car's day; `seconds` of ours."""

    text: str
    seconds: float


CHARGING = Stage("is at home and charges", 45 * _MINUTE)
DRIVING = Stage("drives", _ROUND_TRIP)
RESTING = Stage("is home again, plugged in, and rests", 30 * _MINUTE)


def make_car(port: int, password: str) -> OvmsModule:
    """Make the car, a Nissan Leaf whose owner allows the module to act on it."""
    car = OvmsModule(
        port=port,
        prefix=f"{UNIQUE_ID}/",
        vehicle_type="NL",
        firmware=Firmware.V3_3_006,
        vehicle_id=VEHICLE_ID,
        pin=PIN,
        username=USERNAME,
        password=password,
        speed=SPEED,
    )
    car.config["xnl", "canwrite"] = "yes"
    return car


async def live(car: OvmsModule, name: str = "The car") -> None:
    """Let the car live, day after day, until it is cancelled."""
    while True:
        await car.plug_in()
        await car.start_charging()
        await _spend(name, CHARGING)
        await car.stop_charging()
        await car.drive(50.0)
        await _spend(name, DRIVING)
        await car.park()
        await car.plug_in()
        await car.send_modified()
        await car.sleep()
        await _spend(name, RESTING)


async def _spend(name: str, stage: Stage) -> None:
    print(f"    {name} {stage.text} (for {stage.seconds / 60:.0f} min).", flush=True)
    await asyncio.sleep(stage.seconds)
