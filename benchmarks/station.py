"""A simulated charger in a process of its own, so that its work is nobody else's."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
import sys

_ROOT = Path(__file__).parent.parent


class Station:
    """What can be asked of the charger behind its own back."""

    def __init__(self, url: str, process: asyncio.subprocess.Process) -> None:
        """Take a charger that listens."""
        self.url = url
        self._process = process

    async def tell(self, line: str) -> str:
        """Have something happen to it, such as `plug` or `tick 10`; returns what it does then."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        return await _line(self._process)


@asynccontextmanager
async def station(*, speed: float = 0.0) -> AsyncGenerator[Station]:
    """Run a charger with the newest released firmware, and a car on its cable that charges.

    Its time stands still but for what it is told to let pass, unless it has a speed.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "simulators.openevse", "--port", "0", "--on-time", "--speed", str(speed)),
        cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        url = (await _line(process)).partition(" ")[0]
        charger = Station(url, process)
        await charger.tell("plug")
        assert (await charger.tell("tick 10")).startswith("charging")
        yield charger
    finally:
        process.terminate()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "the charger has ended"
    return line.decode().strip()
