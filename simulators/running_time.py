"""Time that passes by itself, for simulators whose time can also be pushed."""

import asyncio
from collections.abc import Callable
from typing import Final

# Seconds of real time between two looks at the clock.
_BEAT: Final = 0.05


class RunningTime:
    """Tells a few times a second how much real time has passed."""

    def __init__(self, passed: Callable[[float], None]) -> None:
        """Take whom to tell how many real seconds have passed since it was told last."""
        self._passed = passed
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let time pass from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Hold it, if it runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        then = loop.time()
        while True:
            await asyncio.sleep(_BEAT)
            now = loop.time()
            elapsed, then = now - then, now
            self._passed(elapsed)
