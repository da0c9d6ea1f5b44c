"""A simulated operator that somebody runs by hand."""

import asyncio
from pathlib import Path
import sys

import aiohttp


async def test_it_does_what_it_is_told(socket_enabled: None) -> None:
    """Line by line; what it does not know it explains, what cannot be done it says."""
    lines = ["swipe", "plug EVSE1", "tick 3600", "stop", "unplug EVSE1", "break EVSE2", "break EVSE2 PLANNED"]
    lines += ["repair EVSE2", "full", "show", "answer START_SESSION REJECTED", "result START_SESSION FAILED", "heal"]
    lines += ["", "cancel 7", "plug EVSE9", "answer DANCE REJECTED", "tick x", "what", "quit"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.cpo", "--port", "0", "--speed", "0", "--versions", "2.2.1", "2.3.0"),
        *("--token", "TOKEN", "--callback-token", "OTHER", "--quirk", "lists", "--page", "1"),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        told, _ = await process.communicate("".join(f"{line}\n" for line in lines).encode())
    first, second, *said = told.decode().splitlines()
    assert first.startswith("http://127.0.0.1:")
    assert "TOKEN" in second
    assert "OTHER" in second
    assert said[0].startswith("EVSE1 CHARGING, EVSE2 AVAILABLE, EVSE3 AVAILABLE, SESSION-1 ACTIVE 0.000 kWh")
    assert "SESSION-1 ACTIVE 11.000 kWh" in said[2]
    assert "COMPLETED" in said[3]
    assert said[4].startswith("EVSE1 AVAILABLE")
    assert "EVSE2 OUTOFORDER" in said[5]
    assert "EVSE2 PLANNED" in said[6]
    assert "EVSE2 AVAILABLE" in said[7]
    assert all(line.startswith("That cannot be done") for line in said[13:17])
    assert "quit" in said[-1]
    assert process.returncode == 0


async def test_https_and_a_signal(socket_enabled: None, certificate: tuple[Path, Path]) -> None:
    """It speaks https with a certificate, and ends when it is told to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.cpo", "--port", "0", "--token", "TOKEN"),
        *("--certificate", str(certificate[0]), "--key", str(certificate[1])),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        url = (await process.stdout.readline()).decode().split()[0]
        assert url.startswith("https://127.0.0.1:")
        async with aiohttp.ClientSession() as session, session.get(url, ssl=False) as reply:
            assert reply.status == 401
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
