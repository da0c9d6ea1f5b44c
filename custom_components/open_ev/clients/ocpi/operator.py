"""The connection to an operator, with the charge points that matter: who looks when."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
import logging
import random
from typing import Final

from .callbacks import Callbacks, PendingResults
from .charge_point import ChargePoint
from .client import OcpiClient
from .errors import BadAnswer, OcpiError, StatusError, Unauthorized, UnknownObject
from .pace import Pace

_LOGGER = logging.getLogger(__name__)

# A session that is still open has changed within these days, whatever became of us meanwhile.
_LOOK_BACK: Final = timedelta(days=7)
# What clocks may differ by, and what an operator may take to show a change.
_OVERLAP: Final = timedelta(hours=1)
# One failure is a bad moment, two are an operator that is gone.
TOLERATED: Final = 1
# From a first try after seconds to one a day.
_DOUBLINGS: Final = 16


class Operator:
    """One operator, and our charge points there."""

    def __init__(self, client: OcpiClient, *, callbacks: Callbacks | None = None, pace: Pace | None = None) -> None:
        """Make one that nothing is known of yet; `connect` is next. Needs a running event loop.

        Args:
            client: The way to it.
            callbacks: Where it can reach us; without, the effects of commands are looked for.
            pace: How often to look.
        """
        self.client = client
        self.results = PendingResults(client.credentials.own_token, callbacks)
        self.pace = pace or Pace()
        self._points: list[ChargePoint] = []
        self._due: dict[ChargePoint, float] = {}
        self._failures: dict[ChargePoint, int] = {}
        self._loop = asyncio.get_running_loop()
        self._looking = asyncio.Lock()
        self._woken = asyncio.Event()
        self._since: datetime | None = None
        self._connected = False
        self._is_closed = False

    # Its life

    async def connect(self) -> None:
        """Agree on a version, and look for the first time.

        Raises:
            CannotConnect, Unauthorized, NotOcpi, BadAnswer, StatusError, UnsupportedVersion, NotAvailable: it cannot be had.
        """
        await self.client.connect()
        await self.look(self._points)
        self._set_connected(connected=True)

    def charge_point(self, location_id: str, evse_uid: str, *, connector_id: str | None = None) -> ChargePoint:
        """Take care of an EVSE from now on, where we use one connector if it has several. It is known after the next look."""
        point = ChargePoint(self, location_id, evse_uid, connector_id=connector_id)
        self._points.append(point)
        # Its session may be older than what was asked for last.
        self._since = None
        self.hurry(point)
        return point

    @property
    def charge_points(self) -> tuple[ChargePoint, ...]:
        """What is taken care of."""
        return tuple(self._points)

    @property
    def link_connected(self) -> bool:
        """Whether the operator answered when it was last asked."""
        return self._connected

    async def run(self, on_change: Callable[[OcpiError | None], None]) -> None:
        """Follow it until cancelled, or until `close`, after which one look may come to its end.

        `on_change` is called with None when it is there, and with the error after each look in vain once it is not.
        """
        failures, is_up = 0, False
        while not self._is_closed:
            self._woken.clear()
            try:
                if failures > TOLERATED:
                    # It may have moved its modules, or learnt another version.
                    await self.client.connect()
                await self.look(self._due_points())
            except OcpiError as error:
                failures += 1
                if not is_up or failures > TOLERATED or isinstance(error, Unauthorized):
                    is_up = False
                    self._set_connected(connected=False)
                    on_change(error)
                await self._wait(self._pause_after(error, failures))
            else:
                failures = 0
                self._set_connected(connected=True)
                if not is_up:
                    is_up = True
                    on_change(None)
                await self._wait(self._pause())

    async def close(self) -> None:
        """Await nothing any more, and follow it no longer. Sessions and reservations go on without us."""
        self._is_closed = True
        self._woken.set()
        self.results.close()
        for point in self._points:
            point.close()

    # Looking

    async def look(self, points: Iterable[ChargePoint] | None = None) -> None:
        """Look at some charge points now, or at all of them, and at the sessions of all.

        Sessions are asked for by the operator's clock, and from when one of ours began that is not over yet.

        Raises:
            CannotConnect, Unauthorized, NotOcpi, BadAnswer, StatusError, NotAvailable: the operator cannot be asked.
        """
        async with self._looking:
            now = datetime.now(UTC) - self.client.clock_behind
            furthest, before = now - _LOOK_BACK, tuple(self._points)
            began = filter(None, (point.sessions_since for point in before))
            since = max(furthest, min((self._since or furthest, *began)))
            sessions = await self.client.sessions(since)
            # Who came meanwhile has not been asked for.
            self._since = now - _OVERLAP if len(before) == len(self._points) else None
            for point in self._points:
                point.take_sessions(sessions, since)
            for point in self._points if points is None else tuple(points):
                await self._look_at(point)

    async def _look_at(self, point: ChargePoint) -> None:
        try:
            evse = await self.client.evse(point.location_id, point.evse_uid)
        except (UnknownObject, BadAnswer) as error:
            # One that was taken away, or makes no sense, keeps nobody from seeing the others.
            _LOGGER.debug("EVSE %s: %s", point.evse_uid, error)
            failures = self._failures.get(point, 0)
            self._failures[point] = failures + 1
            if isinstance(error, UnknownObject) or failures >= TOLERATED:
                point.take_evse(None)
            # A bad moment is soon over; what is gone for good is asked for less and less often.
            pause = min(self.pace.first_retry * 2 ** min(failures, _DOUBLINGS), point.pause())
        else:
            self._failures.pop(point, None)
            point.take_evse(evse)
            pause = point.pause()
        self._due[point] = self._loop.time() + pause

    def hurry(self, point: ChargePoint | None = None) -> None:
        """Look soon, at one charge point or at all of them."""
        for due in self._points if point is None else (point,):
            self._due[due] = 0.0
        self._woken.set()

    def _due_points(self) -> tuple[ChargePoint, ...]:
        now = self._loop.time()
        return tuple(point for point in self._points if self._due[point] <= now)

    async def _wait(self, seconds: float) -> None:
        """Wait, unless somebody wants to know."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _pause(self) -> float:
        """How long nothing is due. Not all of the world's clients shall ask in the same moment."""
        now = self._loop.time()
        return max(0.0, min(self._due.values(), default=now + self.pace.idle) - now) * random.uniform(1.0, 1.1)

    def _pause_after(self, error: OcpiError, failures: int) -> float:
        if isinstance(error, Unauthorized):
            return self.pace.refused
        usual = min(self.pace.first_retry * failures, self.pace.last_retry) * random.uniform(0.7, 1.0)
        return max(usual, error.retry_after) if isinstance(error, StatusError) else usual

    def _set_connected(self, *, connected: bool) -> None:
        if self._connected is not connected:
            self._connected = connected
            for point in self._points:
                point.connection_changed()
