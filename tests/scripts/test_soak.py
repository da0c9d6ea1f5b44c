"""A soak still runs: a short one, with a fault every second, and each fault of its table."""

import asyncio
from asyncio.subprocess import PIPE
import json
import sys

from scripts.package import ROOT
from soak.faults import DEVICE_FAULTS
from soak.outside import outside

# Seconds for the simulators to end on a busy machine; a request may wait for a minute.
ENDS_WITHIN = 20


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


async def test_the_devices_end_with_whom_they_are_for() -> None:
    """Even in the midst of a request that waits: the cars would look for the broker for a minute, and nobody reads the answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", outside.__module__, "1", "0.1", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for request in (["addresses"], ["begin", "broker_killed"]):
        process.stdin.write(f"{json.dumps(request)}\n".encode())
        assert await process.stdout.readline()
    process.stdin.write(f"{json.dumps(['calm'])}\n".encode())
    await process.stdin.drain()
    # What the kernel does as well, when whoever asks is killed.
    process.stdin.close()
    try:
        async with asyncio.timeout(ENDS_WITHIN):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
