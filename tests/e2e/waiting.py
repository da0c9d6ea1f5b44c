"""Waiting for what happens in other processes."""

import asyncio
from collections.abc import Awaitable, Callable
import time

_POLL = 0.05


async def eventually(condition: Callable[[], Awaitable[bool]], *, what: str, seconds: float = 20.0) -> float:
    """Wait until a condition holds, and return how many seconds that took.

    Raises:
        AssertionError: it does not hold in time; the text says what was waited for.
    """
    started = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await condition():
                    return time.monotonic() - started
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:.0f} s: {what}") from None
