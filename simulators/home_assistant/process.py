"""Home Assistant's process: started, watched and ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
import signal
import socket
import sys
from typing import IO, Self

from .api import Api
from .folder import LOG_FILE, prepare

LOOPBACK = "127.0.0.1"
OWNER = "demo"
RESTART_EXIT_CODE = 100
"""How Home Assistant ends when a user wants it to be started again."""

# Byte-compiled, on an idle machine, it takes a second; on a busy one without byte code it has taken 20.
_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 30.0
_POLL = 0.1


class NotStarted(RuntimeError):
    """Home Assistant did not come up; the text is what it printed."""


class HomeAssistant:
    """One Home Assistant on loopback, run from the Python environment that this runs in.

    A configuration folder of an earlier start is used as it is; a new one is onboarded with the owner's name and password.
    """

    def __init__(
        self,
        folder: Path,
        integration: Path,
        *,
        port: int | None = None,
        username: str = OWNER,
        password: str = OWNER,
        logs: Mapping[str, str] | None = None,
    ) -> None:
        """Configure; `integration` is the custom integration's folder, `port` is a free one if not given."""
        self.folder = folder
        self.port = port or free_port()
        self.username = username
        self.password = password
        self._integration = integration
        self._logs = dict(logs or {})
        self._process: asyncio.subprocess.Process | None = None
        self._api: Api | None = None
        self._earlier_log = ""

    @property
    def url(self) -> str:
        """The address for a browser."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def api(self) -> Api:
        """The owner's session.

        Raises:
            NotStarted: it does not run.
        """
        if self._api is None:
            raise NotStarted("Home Assistant does not run")
        return self._api

    @property
    def log(self) -> str:
        """What was logged by all the starts of this object."""
        return self._earlier_log + self._current_log()

    async def start(self) -> None:
        """Run it, and wait until its start is complete and the owner is logged in.

        Raises:
            NotStarted: it ended, or is not up within two minutes.
        """
        prepare(self.folder, self._integration, self.port, self._logs)
        self._process = await self._spawn()
        self._api = Api(self.url)
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await self._until(self._api.reachable)
                await self._api.log_in(self.username, self.password)
                await self._until(self._api.is_running)
        except TimeoutError:
            await self.stop()
            raise NotStarted(
                f"Home Assistant took more than {_START_TIMEOUT:.0f} s to start\n{self._printed()}"
            ) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it; it saves what it holds in memory first."""
        if self._api is not None:
            await self._api.close()
            self._api = None
        if (process := self._process) is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        # The next start turns to a new file.
        self._earlier_log += self._current_log()
        self._process = None

    async def restart(self) -> None:
        """Stop, and start with the same folder on the same port."""
        await self.stop()
        await self.start()

    async def wait(self) -> int:
        """Wait until it ends by itself, and return its exit code.

        Raises:
            NotStarted: it does not run.
        """
        if self._process is None:
            raise NotStarted("Home Assistant does not run")
        return await self._process.wait()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._output("wb") as output:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeassistant", "--skip-pip", "--config", str(self.folder)),
                # Python looks for modules where it is started, and there may be another folder custom_components.
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal reaches every process of its group. Home Assistant is asked to end, once, by us.
                start_new_session=True,
            )

    async def _until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        while not await condition():
            if self._process is None or self._process.returncode is not None:
                raise NotStarted(f"Home Assistant has ended\n{self._printed()}")
            await asyncio.sleep(_POLL)

    def _current_log(self) -> str:
        path = self.folder / LOG_FILE
        return path.read_text(encoding="utf-8", errors="replace") if self._process is not None and path.exists() else ""

    def _output(self, mode: str) -> IO[bytes]:
        return (self.folder / "output.txt").open(mode)

    def _printed(self) -> str:
        with self._output("rb") as output:
            return output.read().decode(errors="replace")


def free_port(wanted: int = 0) -> int:
    """Return the wanted port if nobody listens there, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise OSError("no port is free")
