"""The link to a vehicle whose module talks to an OVMS server (v2 protocol, server v3, firmware 3.3.006).

The server hands a command to a module that is there, and forgets it otherwise. A module that is gone without a word is
found out after a quarter of an hour only, and what was sent meanwhile arrives if its network comes back. So a command
that acts goes out right after the module answered something harmless.

Answers have no name but the number of their command, and go to whoever asked first. So there is one command at a time,
and after one that was not answered in time the next waits for the answer to a question of its own kind: what was late
has arrived by then, or never will.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
import contextlib
import fnmatch
import logging
import random
import time
from typing import Final, NoReturn

from .answers import Answers
from .attention import Mode
from .errors import Busy, CannotConnect, ConnectionRefused, LinkError, NoAnswer, OvmsError, VehicleOffline
from .follow_up import Effect, FollowUp
from .server_attention import Attention
from .server_commands import (
    NO_SUCH_COMMAND,
    UPDATE_ALL,
    Request,
    configured_value,
    listed_metrics,
    published_text,
    request_of,
    shell_request,
)
from .server_login import PLAIN_PORT, TLS_PORT, AccountLogin, ClientKind, Login, Server, VehicleLogin, Welcome
from .server_messages import CARRIED, Messages
from .server_session import Session, find_vehicles, open_session, try_login
from .vehicle import Vehicle

__all__ = [
    "PLAIN_PORT",
    "TLS_PORT",
    "AccountLogin",
    "Login",
    "Mode",
    "Server",
    "ServerLink",
    "VehicleLogin",
    "Welcome",
    "find_vehicles",
    "try_login",
]

_LOGGER = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 3.0
LAST_RETRY_SECONDS = 60.0
# Whoever comes again and again with a wrong password is locked out by some servers, the whole house with it.
REFUSED_RETRY_SECONDS = 30.0
LAST_REFUSED_RETRY_SECONDS = 3600.0
# A connection that broke sooner was none, and the next try is made with more patience.
STEADY_SECONDS = 30.0
# What a server has stored is some kilobytes.
STORED_TIMEOUT = 15.0

# A module that spoke so recently is there; enough for what only tells something.
ALIVE_SECONDS = 20.0
SIGN_OF_LIFE_TIMEOUT = 15.0
LISTING_TIMEOUT = 30.0
# How often a car that charges is asked to send if it does not do so by itself; how long after a charge began or ended it has
# settled; and when the effect of a command can be seen. Many cars react in seconds, some need half a minute.
REFRESH_SECONDS = 300.0
SETTLED_SECONDS = 5.0
EFFECT_SECONDS: Final = (5.0, 15.0, 40.0)

# Who is still not served after so long does not expect it any more: a door that opens now would be a surprise.
TURN_SECONDS = 60.0

# Modules have no commands with such numbers, and say so at once: as good a sign of life as any (firmware 3.3.006). One
# of many, because an answer to somebody else's question can come to us; no more than 16 bits, as first modules count.
_UNKNOWN_CODES: Final = range(1000, 1 << 15)


class ServerLink:
    """Feeds a vehicle from a server and carries its commands, for as long as `run` runs."""

    def __init__(self, vehicle: Vehicle, *, server: Callable[[], Server], mode: Mode = Mode.AUTOMATIC) -> None:
        """`server` is asked before each try, so that changed settings count at once."""
        self._vehicle = vehicle
        self._server = server
        self._mode = mode
        self._attention = Attention(vehicle, mode)
        self._answers = Answers()
        self._messages = Messages(vehicle, self._answers.arrived, self._answers.give_up)
        self._session: Session | None = None
        # One command at a time, and none while one connection takes over from another.
        self._one = asyncio.Lock()
        # Whether an answer may still be on its way that nobody waits for any more.
        self._unsettled = False
        self._follow_up = FollowUp()
        vehicle.attach(self)

    @property
    def connected(self) -> bool:
        """Whether the server has let us in and told what it had stored."""
        return self._session is not None and self._session.is_open

    @property
    def paranoid(self) -> bool:
        """Whether the module hides its messages from the server, and so from us (its setting `server.v2 paranoid`)."""
        return self._messages.paranoid

    async def run(self, on_change: Callable[[LinkError | None], None]) -> None:
        """Connect, and connect again, until cancelled.

        `on_change` is called with None when the link came up, and with the error after each try or connection that ended.
        """
        pause, refused_pause = FIRST_RETRY_SECONDS, REFUSED_RETRY_SECONDS
        self._attention.pay()
        while True:
            began = time.monotonic()
            try:
                await self._stay_connected(on_change)
            except ConnectionRefused as error:
                on_change(error)
                seconds = refused_pause
                refused_pause = min(refused_pause * 2, LAST_REFUSED_RETRY_SECONDS)
            except LinkError as error:
                on_change(error)
                if time.monotonic() - began > STEADY_SECONDS:
                    pause, refused_pause = FIRST_RETRY_SECONDS, REFUSED_RETRY_SECONDS
                seconds = pause
                pause = min(pause * 2, LAST_RETRY_SECONDS)
            # A house full of clients shall not return in the same moment.
            await asyncio.sleep(seconds * random.uniform(0.7, 1.0))

    # What goes out

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Run one line on the module and return its answer; what has a number in the protocol is sent as that."""
        request = request_of(line, self._vehicle.type, self._vehicle.firmware)
        if request is None:
            return NO_SUCH_COMMAND
        return await self._command(request, timeout=timeout, careful=careful)

    def acted(self, effect: Effect | None) -> None:
        """Have a module that was not told of us send, when the effect of a command can be seen."""
        self._follow_up.begin(effect, EFFECT_SECONDS)

    async def request(self, names: Iterable[str]) -> None:
        """Have the module send everything that the protocol carries, and list what it does not carry, if that is asked for.

        A list costs some 10 kB of mobile data.
        """
        wanted = set(names)
        await self._command(shell_request(UPDATE_ALL), timeout=LISTING_TIMEOUT)
        others = {
            name: metric
            for name, metric in self._vehicle.metrics.items()
            if name not in CARRIED and any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted)
        }
        if not others:
            return
        listed = listed_metrics(await self._command(shell_request("metrics list -n"), timeout=LISTING_TIMEOUT))
        for name, metric in others.items():
            if name in listed:
                self._vehicle.update(name, published_text(metric, listed[name]))

    async def read_config(self, param: str, instance: str) -> str:
        """Ask the module for one value of its configuration; what the protocol does to its commas stays done."""
        listing = await self._command(shell_request(f"config list {param}"), timeout=LISTING_TIMEOUT)
        return configured_value(listing, instance)

    async def _command(self, request: Request, *, timeout: float, careful: bool = False) -> str:
        async with self._turn():
            self._attention.pay()
            if careful or self._unsettled or not self._vehicle.heard_within(ALIVE_SECONDS):
                await self._prove_alive()
            return await self._ask(request, timeout=timeout)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._one.acquire()
        except TimeoutError:
            raise Busy("other commands take too long") from None
        try:
            yield
        finally:
            self._one.release()

    async def _prove_alive(self) -> None:
        question = Request(code=str(random.choice(_UNKNOWN_CODES)), parameters=None, read=str)
        try:
            await self._ask(question, timeout=SIGN_OF_LIFE_TIMEOUT)
        except NoAnswer:
            if not self.connected:
                raise LinkError("the connection was lost") from None
            raise VehicleOffline("the module gave no sign of life") from None

    async def _ask(self, request: Request, *, timeout: float) -> str:
        """Send a command and wait for its answer."""
        if self._session is None:
            raise LinkError("not connected")
        if self._messages.car_connected is False:
            # The server would drop the command without a word.
            raise VehicleOffline("the server has no connection to the module")
        with self._answers.expected(request.code) as expected:
            self._session.send(request.message)
            self._unsettled = True
            try:
                async with asyncio.timeout(timeout):
                    answer = await expected
            except TimeoutError:
                raise NoAnswer(f"no answer within {timeout:.0f} s") from None
        if answer is None:
            raise NoAnswer("the connection was lost, or the module left")
        self._unsettled = False
        return request.read(answer)

    async def _refresh(self) -> None:
        """Have a module that was not told of us send, after a command and while the car charges."""
        await asyncio.gather(self._follow_up.run(self._have_sent), self._refresh_while_charging())

    async def _refresh_while_charging(self) -> NoReturn:
        changed = asyncio.Event()
        forget = self._vehicle.subscribe(["v.c.charging"], changed.set)
        try:
            while True:
                charging = self._vehicle.flag("v.c.charging")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(REFRESH_SECONDS if charging else None):
                        await changed.wait()
                        await asyncio.sleep(SETTLED_SECONDS)
                changed.clear()
                try:
                    await self._have_sent()
                except OvmsError as error:
                    _LOGGER.debug("The module could not be asked to send: %s", error)
        finally:
            forget()

    async def _have_sent(self, _: Iterable[str] = ()) -> None:
        """Have the module send: all that the protocol carries, for it cannot be told what."""
        await self._command(shell_request(UPDATE_ALL), timeout=LISTING_TIMEOUT)

    # The connection

    async def _stay_connected(self, on_change: Callable[[LinkError | None], None]) -> NoReturn:
        server = self._server()
        session = await open_session(server, self._attention.kind)
        reading = self._read(session)
        pause = LAST_RETRY_SECONDS
        try:
            await self._all_told(reading)
            self._session = session
            self._vehicle.report_link()
            on_change(None)
            if self._mode is Mode.ECONOMY:
                await _unless_over(reading, self._refresh())
            while True:
                kind = await _unless_over(reading, self._attention.other_than(session.kind))
                async with self._one:
                    successor = await self._successor(server, kind)
                    if successor is not None:
                        session, former = successor, session
                        try:
                            if reading.done():
                                # It broke meanwhile, and that is told like any other outage.
                                await reading
                            await _stopped(reading)
                            self._session = session
                            reading = self._read(session, again=True)
                        finally:
                            await former.close()
                if successor is not None:
                    await self._all_told(reading)
                    pause = LAST_RETRY_SECONDS
                    continue
                await _unless_over(reading, asyncio.sleep(pause))
                # The password may be another one meanwhile, and servers lock out who comes with a wrong one.
                pause = min(pause * 2, LAST_REFUSED_RETRY_SECONDS)
        finally:
            self._session = None
            self._vehicle.report_link()
            try:
                await _stopped(reading)
            finally:
                await session.close()

    async def _successor(self, server: Server, kind: ClientKind) -> Session | None:
        """Log in anew as another kind, while the connection goes on; None if that cannot be done now."""
        try:
            return await open_session(server, kind)
        except LinkError as error:
            _LOGGER.debug("The server did not let us in a second time: %s", error)
            return None

    def _read(self, session: Session, *, again: bool = False) -> asyncio.Task[None]:
        self._messages.begin(again=again)
        return asyncio.create_task(self._receive(session))

    async def _receive(self, session: Session) -> None:
        try:
            await session.run(self._messages.take)
        finally:
            # Also while somebody waits for the end of a command before the connection's end can be told.
            self._answers.give_up()

    async def _all_told(self, reading: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(STORED_TIMEOUT):
                await _unless_over(reading, self._messages.told.wait())
        except TimeoutError:
            raise CannotConnect("the server says nothing after the login") from None


async def _unless_over[T](reading: asyncio.Task[None], wanted: Coroutine[None, None, T]) -> T:
    """Wait for something, unless the connection ends first; then raise what ended it."""
    waiting = asyncio.create_task(wanted)
    try:
        await asyncio.wait([reading, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            await reading
        return waiting.result()
    finally:
        await _stopped(waiting)


async def _stopped(*tasks: asyncio.Task[object]) -> None:
    """End tasks, whatever they came to."""
    for task in tasks:
        task.cancel()
    # Not awaited themselves: a second cancellation would be taken for the end of one.
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            # Looked at, so that asyncio does not report it as overlooked.
            task.exception()
