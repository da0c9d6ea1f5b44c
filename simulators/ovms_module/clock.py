"""Simulated time: it runs at any speed, or stands still until it is pushed."""

import asyncio
from collections.abc import Callable
import heapq
import itertools
import math

# Callbacks that resume a task need the loop to come round a few times before their effect is seen.
_TURNS = 3


class Clock:
    """Seconds since the start, callbacks that are due at a time, and a beat every whole second."""

    def __init__(self, speed: float, on_second: Callable[[], object]) -> None:
        """Take the speed (0 stands still) and what to call at every whole second."""
        self.speed = speed
        self.now = 0.0
        self._on_second = on_second
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._earlier = asyncio.Event()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let time run, unless its speed is 0."""
        if self._task is None and self.speed > 0:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Hold time, and forget what was due."""
        self._due.clear()
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.wait([task])

    def call_later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Call back when that much simulated time has passed."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), callback))
        self._earlier.set()

    @staticmethod
    def soon(callback: Callable[[], object]) -> None:
        """Call back after the code that runs now, without time passing."""
        asyncio.get_running_loop().call_soon(callback)

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated time to pass."""
        if seconds <= 0:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not future.done():
                future.set_result(None)

        self.call_later(seconds, wake)
        await future

    async def advance(self, seconds: float) -> None:
        """Let time pass at once, everything due in its order."""
        async with self._lock:
            end = self.now + seconds
            while (moment := self._next()) <= end:
                second = moment >= math.floor(self.now) + 1
                self.now = moment
                while self._due and self._due[0][0] <= moment:
                    heapq.heappop(self._due)[2]()
                if second:
                    self._on_second()
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
            self.now = end

    def _next(self) -> float:
        second: float = math.floor(self.now) + 1
        return min(second, self._due[0][0]) if self._due else second

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        then = loop.time()
        while True:
            self._earlier.clear()
            try:
                async with asyncio.timeout(max(0.0, (self._next() - self.now) / self.speed)):
                    await self._earlier.wait()
            except TimeoutError:
                pass
            now = loop.time()
            elapsed, then = now - then, now
            await self.advance(elapsed * self.speed)
