"""The devices in a process of their own, so that what Home Assistant's holds on to is the integration's doing.

Each line on standard input is a request, each on standard output its answer, both in JSON.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
import json
from pathlib import Path
import random
import signal
import sys
from typing import Any

from .faults import DEVICE_FAULTS
from .life import live
from .truths import Truths, truths
from .world import World, world

_ROOT = Path(__file__).parent.parent
_TALLY_LIMIT = 16 * 1024 * 1024
_ENDS_WITHIN = 30


class OutsideFailed(Exception):
    """The devices' process has ended; what it said is on standard error."""


class Outside:
    """The devices, as the process of Home Assistant has them in its hands."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Talk to a process that was just started."""
        self._process = process
        self._one = asyncio.Lock()

    async def addresses(self) -> dict[str, Any]:
        """Where the devices are."""
        found: dict[str, Any] = await self._ask("addresses")
        return found

    async def live(self) -> None:
        """Let the cars drive, charge and rest, ten times as fast as ours."""
        await self._ask("live")

    async def calm(self) -> None:
        """Let nobody do anything more, and time pass slowly, as soon as the cars are connected."""
        await self._ask("calm")

    async def begin(self, fault: str) -> None:
        """Let a fault happen."""
        await self._ask("begin", fault)

    async def end(self) -> None:
        """End every fault that happens."""
        await self._ask("end")

    async def truths(self) -> Truths:
        """What is the case now."""
        found: Truths = await self._ask("truths")
        return found

    async def tell(self) -> None:
        """Have the cars tell what has changed."""
        await self._ask("tell")

    async def part(self) -> None:
        """Take the cars off their servers, so that whoever is still connected to the devices is Home Assistant."""
        await self._ask("part")

    async def _ask(self, *request: str) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise OutsideFailed
        async with self._one:
            self._process.stdin.write(f"{json.dumps(request)}\n".encode())
            line = await self._process.stdout.readline()
        if not line:
            raise OutsideFailed
        return json.loads(line)


@asynccontextmanager
async def outside(seed: int, every: float) -> AsyncGenerator[Outside]:
    """Run the devices; when they live, something happens at one of them every so many seconds."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(seed), str(every)),
        cwd=_ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_TALLY_LIMIT,
    )
    try:
        yield Outside(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


# From here on: what runs in the devices' own process


class _Devices:
    """Does what is asked for."""

    def __init__(self, world: World, seed: int, every: float) -> None:
        self._world = world
        self._chance = random.Random(seed)
        self._every = every
        self._happening = AsyncExitStack()
        self._life: asyncio.Task[None] | None = None

    async def do(self, request: list[str]) -> object:
        match request:
            case ["addresses"]:
                return self._world.addresses
            case ["live"]:
                self._live()
            case ["calm"]:
                await self._rest()
                await self._world.calm()
            case ["begin", name]:
                [fault] = [fault for fault in DEVICE_FAULTS if fault.name == name]
                await self._happening.enter_async_context(fault.happens(self._world))
            case ["end"]:
                await self._happening.aclose()
            case ["truths"]:
                return truths(self._world)
            case ["tell"]:
                await self._world.tell()
            case ["part"]:
                await self._rest()
                await self._world.car.power_off()
                await self._world.server_car.power_off()
        return None

    def _live(self) -> None:
        self._world.hurry()
        self._life = asyncio.create_task(live(self._world, self._chance, self._every))

    async def _rest(self) -> None:
        """End what is being done; what went wrong there ends this process too."""
        if (life := self._life) is not None:
            self._life = None
            life.cancel()
            await asyncio.wait([life])
            if not life.cancelled():
                life.result()


async def _answer(devices: _Devices, lines: asyncio.Queue[bytes]) -> None:
    while True:
        answer = await devices.do(json.loads(await lines.get()))
        print(json.dumps(answer), flush=True)


async def _serve(seed: int, every: float) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_TALLY_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with world() as made:
        devices = _Devices(made, seed, every)
        lines = asyncio.Queue[bytes]()
        # Beside each other, because whoever asked may be killed while a request still waits for something.
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(_answer(devices, lines))
            async for line in reader:
                lines.put_nowait(line)
            answering.cancel()
        # Nobody is left who would end this process, should a simulator not end: the signal does.
        signal.alarm(_ENDS_WITHIN)
        await devices.do(["end"])
        await devices.do(["part"])


def main() -> None:
    """Be the devices, until standard input ends."""
    seed, every = sys.argv[1:]
    asyncio.run(_serve(int(seed), float(every)))


if __name__ == "__main__":
    main()
