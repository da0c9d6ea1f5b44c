"""What somebody at a terminal says to a simulator that is run by hand."""

import asyncio
from collections.abc import AsyncGenerator
import signal
import sys
import threading


async def spoken() -> AsyncGenerator[str]:
    """Hear the lines of standard input until `quit`, without blank ones; after their end, wait for a signal."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    stopped = asyncio.current_task()
    if stopped is not None:
        loop.add_signal_handler(signal.SIGTERM, stopped.cancel)

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())

    # A thread that waits for input cannot be stopped, and must not keep the process from ending.
    threading.Thread(target=listen, daemon=True).start()
    while (line := await lines.get()) != "quit":
        if line:
            yield line
