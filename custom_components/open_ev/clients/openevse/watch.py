"""Following a charger for as long as it is wanted: polling as often as it is worth, and listening where it speaks."""

import asyncio
from collections.abc import Callable
import logging
import random
from typing import Final

from .decoding import charging
from .details import HEARD_ONLY
from .errors import NotAvailable, OpenEvseError, Unauthorized, WrongCharger
from .gateway import Gateway
from .pace import Pace
from .reader import Reader
from .report import JsonObject, Report
from .websocket import listen

_LOGGER = logging.getLogger(__name__)

# One failure is a busy radio, two are a charger that is gone.
TOLERATED: Final = 1
# What a message says that the rest of the charger's answers depend on.
_TELLING: Final = frozenset(
    {
        "state",
        "status",
        "vehicle",
        "manual_override",
        "config_version",
        "claims_version",
        "override_version",
        "schedule_version",
        "limit_version",
    }
)


class Watch:
    """Looks at one charger."""

    def __init__(
        self, gateway: Gateway, reader: Reader, report: Report, *, changed: Callable[[], None], pace: Pace
    ) -> None:
        """`changed` is called when the report, or whether there is a way to the charger, may be another."""
        self._gateway = gateway
        self._reader = reader
        self._report = report
        self._changed = changed
        self._pace = pace
        self._wanted = asyncio.Event()
        self._reached = asyncio.Event()
        self._live = False
        self._running: list[asyncio.Task[None]] = []
        self._is_closed = False

    @property
    def connected(self) -> bool:
        """Whether the charger answered when it was last asked."""
        return self._reached.is_set()

    @property
    def live(self) -> bool:
        """Whether it tells of changes by itself."""
        return self._live

    def reached(self) -> None:
        """Note that it answered."""
        self._reached.set()

    def hurry(self) -> None:
        """Look soon."""
        self._wanted.set()

    async def run(self, on_change: Callable[[OpenEvseError | None], None]) -> None:
        """Look and listen until cancelled, or until `close`.

        `on_change` is called with None when the charger is there, and with the error after each look in vain once it is not.
        """
        if self._is_closed:
            return
        async with asyncio.TaskGroup() as tasks:
            self._running = [tasks.create_task(self._look(on_change)), tasks.create_task(self._listen())]

    def close(self) -> None:
        """Neither look nor listen any more."""
        self._is_closed = True
        for task in self._running:
            task.cancel()

    async def _look(self, on_change: Callable[[OpenEvseError | None], None]) -> None:
        failures, is_up = 0, False
        while True:
            self._wanted.clear()
            try:
                await self._reader.read()
            except OpenEvseError as error:
                failures += 1
                self._reader.doubt()
                if not is_up or failures > TOLERATED or isinstance(error, Unauthorized | WrongCharger):
                    is_up = False
                    self._lost()
                    on_change(error)
                pause = self._pause_after(error, failures, is_up=is_up)
            else:
                failures = 0
                self._reached.set()
                self._changed()
                if not is_up:
                    is_up = True
                    on_change(None)
                pause = self._pause()
            await self._wait(pause)

    def _lost(self) -> None:
        self._reached.clear()
        self._report.heard.clear()
        self._gateway.forget_login()
        # Whatever comes back may have been restarted or updated.
        self._reader.forget()
        self._changed()

    def _pause(self) -> float:
        if charging(self._report):
            return self._pace.charging if self._live else self._pace.alone_charging
        return self._pace.idle if self._live else self._pace.alone_idle

    def _pause_after(self, error: OpenEvseError, failures: int, *, is_up: bool) -> float:
        if is_up:
            return self._pace.again
        if isinstance(error, Unauthorized):
            return self._pace.refused
        # A house full of clients shall not return in the same moment.
        return min(self._pace.first_retry * failures, self._pace.last_retry) * random.uniform(0.7, 1.0)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return
        await asyncio.sleep(min(seconds, self._pace.soon))

    # The websocket

    async def _listen(self) -> None:
        pause = self._pace.first_listening
        while True:
            await self._reached.wait()
            try:
                await listen(self._gateway, self._heard)
            except NotAvailable:
                pause = self._pace.no_websocket
            except OpenEvseError as error:
                _LOGGER.debug("The websocket: %s", error)
            if self._live:
                self._live = False
                self._report.heard.clear()
                pause = self._pace.first_listening
                # It may be gone altogether, and another one may have its address.
                self._reader.doubt()
                self.hurry()
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))
            pause = min(pause * 2, self._pace.last_listening)

    def _heard(self, said: JsonObject) -> None:
        """Take what is told of fields that are known. Others come with the next look, if they belong to the status.

        Raises:
            WrongCharger: it may be another charger that tells this; whether it is, the next look finds out.
        """
        self._live = True
        if self._reader.is_of_another(said):
            raise WrongCharger("the websocket is of another address than before")
        if not self.connected:
            return
        if self._reader.doubts:
            # It may be another charger, or ours after a restart, and the next look finds that out only by what was known before.
            self.hurry()
            return
        self._report.heard |= {name: value for name, value in said.items() if name in HEARD_ONLY}
        status = self._report.status
        changed = {name: value for name, value in said.items() if name in status and status[name] != value}
        if not changed:
            return
        status.update(changed)
        self._changed()
        if not _TELLING.isdisjoint(changed):
            self.hurry()
