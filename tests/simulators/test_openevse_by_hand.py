"""A simulated OpenEVSE that somebody runs by hand."""

import asyncio
from pathlib import Path
import sys


async def test_it_does_what_it_is_told(socket_enabled: None) -> None:
    """Line by line; what it does not know it explains, what cannot be done it says."""
    lines = [
        "plug",
        "tick 60",
        "fault 6",
        "clear",
        "claim 65545 disabled",
        "release 65545",
        "solar 100",
        "restart gateway",
    ]
    lines += ["unplug", "wait", "", "fault x", "what", "quit"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.openevse", "--port", "0", "--speed", "0", "--generation", "4.2"),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        told, _ = await process.communicate("".join(f"{line}\n" for line in lines).encode())
    first, *said = told.decode().splitlines()
    assert first.startswith("http://127.0.0.1:")
    assert [line.partition(",")[0] for line in said[:10]] == [
        "charging",
        "charging",
        "gfci_fault",
        "charging",
        "sleeping",
        "charging",
        "charging",
        "charging",
        "not_connected",
        "connected",
    ]
    assert "64 Wh" in said[1]
    assert said[10].startswith("That cannot be done")
    assert "quit" in said[-1]
    assert process.returncode == 0
