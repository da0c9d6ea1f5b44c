"""Runs the commands that reach a car over the v2 protocol, one after the other."""

import asyncio
from collections.abc import Callable

from simulators.ovms_module import OvmsModule

from .car_commands import Asked, listed, set_listed, shell_lines, succeeded
from .car_view import encode


class Runner:
    """Replies by `send`; while it is `busy` the module sends nothing else."""

    def __init__(self, module: OvmsModule, send: Callable[[str], None], done: Callable[[], None]) -> None:
        """Run commands by a module's shell; `done` is called after each."""
        self._module = module
        self._send = send
        self._done = done
        self._inbox: asyncio.Queue[str] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.busy = False

    def put(self, payload: str) -> None:
        """Take a command: what follows the C."""
        self._inbox.put_nowait(payload)

    def start(self) -> None:
        """Begin to run them."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Run none any more, and forget those that wait."""
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.wait([task])
        self._inbox = asyncio.Queue()
        self.busy = False

    async def _work(self) -> None:
        while True:
            payload = await self._inbox.get()
            self.busy = True
            try:
                await self._command(Asked.read(payload))
            finally:
                self.busy = False
            self._done()

    async def _command(self, asked: Asked) -> None:
        config = self._module.config
        match asked.code, asked.parameters:
            case ((1 | 3), _):
                for reply in listed(asked, config):
                    self._send(reply)
            case ((2 | 4), _):
                self._send(set_listed(asked, config))
            case 5, _:
                self._module.run("module reset")
            case 6, _:
                self._send("c6,0")
                self._send(f"PI{encode(self._module.run('stat'))}")
            case 7, None:
                # The firmware reads from a null pointer here, and the module restarts.
                self._module.run("module reset")
            case 7, str(line):
                await self._run([line], lambda text: f"c7,0,{encode(text)}")
            case 41, str():
                self._send("c41,0")
            case _ if (lines := shell_lines(asked)) is not None:
                await self._run(lines, lambda text: f"c{asked.code},{int(not succeeded(text))}")
            case _:
                self._send(f"c{asked.code},2")

    async def _run(self, lines: list[str], reply: Callable[[str], str]) -> None:
        """Run lines of the shell until one fails, and reply with what the last one said."""
        knobs = self._module.knobs
        text, troubled = "", False
        for line in lines:
            troubled = line.startswith(knobs.troubled)
            output = self._module.shell.execute(line, knobs.reply_override)
            await self._module.clock.sleep(knobs.reply_delay * troubled + output.seconds)
            text = output.text
            if not succeeded(text):
                break
        if not (knobs.lose_replies and troubled):
            for _ in range(knobs.reply_copies):
                self._send(reply(text))
