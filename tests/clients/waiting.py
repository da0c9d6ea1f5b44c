"""How tests of the clients wait for what nobody tells of."""

import asyncio
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 20.0
"""Seconds after which what was expected is not coming."""


async def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something that nobody tells of."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "it did not happen"
        await asyncio.sleep(0.005)
