"""A soak still runs: a short one, with a fault every second, and each fault of its table."""

import asyncio
import sys

from scripts.package import ROOT
from soak.faults import DEVICE_FAULTS
from soak.outside import outside


async def test_a_short_soak_finds_nothing_wrong() -> None:
    """As `scripts/soak` runs it for half an hour, but with everything many times as often."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "soak", "--minutes", "0.25", "--interval", "1", "--seed", "1"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert "Nothing was wrong." in output.decode()


async def test_every_fault_of_a_device_begins_and_ends() -> None:
    """In the end the cars are connected again, and the devices say what is the case."""
    assert len({fault.name for fault in DEVICE_FAULTS}) == len(DEVICE_FAULTS)
    async with outside(1, 0.1) as devices:
        await devices.live()
        for fault in DEVICE_FAULTS:
            await devices.begin(fault.name)
            await devices.end()
        await devices.calm()
        truths = await devices.truths()
    assert truths["car"]["s.v3.connected"] is True
    assert truths["server_car"]["s.v2.connected"] is True
    assert truths.keys() == {"car", "server_car", "charger", "operator"}
