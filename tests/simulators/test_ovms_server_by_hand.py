"""A simulated OVMS server that somebody runs by hand."""

import asyncio
from pathlib import Path
import sys

TOLD = {
    "set v.b.soc 40": "",
    "tick 600": "",
    "server show": "1 connections",
    "server fault lose_replies 2": "",
    "server fault reply_delay x": "That cannot be done",
    "server fault unknown": "There are: refuse, hang_up",
    "server fault refuse": "",
    "heal": "",
    "server say S41.0,K": "",
    "server restart": "",
    "run server v2 status": "State: ",
    "drive": "",
    "set v.b.soc much": "That cannot be done",
    "what": "  set METRIC VALUE",
    "server stop": "",
    "quit": "",
}


async def test_it_does_what_it_is_told(socket_enabled: None) -> None:
    """Line by line; what it does not know it explains, what cannot be done it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.ovms_server", "--port", "0", "--speed", "0", "--miles"),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        told, _ = await process.communicate("".join(f"{line}\n" for line in TOLD).encode())
    first, *said = told.decode().splitlines()
    assert first.startswith("127.0.0.1:")
    assert any(line.startswith("S40.0,M,") for line in said)
    for expected in filter(None, TOLD.values()):
        assert any(line.startswith(expected) for line in said), expected
    assert process.returncode == 0
