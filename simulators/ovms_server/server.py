"""The simulated OVMS server: what tests and the demo hold in their hands."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import ssl
from typing import NamedTuple, Self

from simulators.ovms_module.clock import Clock

from .archive import Archive
from .cipher import CipherLines, PlainLines, digest, new_token, session_key
from .connection import LINE_LIMIT, Connection, Kind, serve
from .database import Database, VehicleRecord
from .knobs import Knobs
from .switchboard import Switchboard

_LOGIN_TIME = 30.0
_CHECK = 30
_NOISE = b"x" * 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds of silence after which the server ends a connection; the shipped configuration's."""

    app: float = 1200
    batch: float = 300
    car: float = 960
    ping_not_again: float = 300


class Login(NamedTuple):
    """A login that was tried."""

    kind: str
    scheme: str
    name: str
    """The vehicle's id, or the account's name."""
    accepted: bool


class Heard(NamedTuple):
    """A message that has reached the server."""

    kind: Kind
    vehicle_id: str
    message: str


class OvmsServer:
    """An OVMS server that speaks the v2 protocol (server v3), on loopback.

    Its clock is a simulated one: `speed` 1 is real time, 60 is a minute a second, 0 stands still until `tick`. All
    its timeouts, the age that it tells and the delays of `knobs` are measured on it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        speed: float = 1.0,
        knobs: Knobs | None = None,
        timeouts: Timeouts | None = None,
        start: datetime | None = None,
    ) -> None:
        """Build a server without vehicles.

        Args:
            port: Where to listen; 0 is any that is free, which is kept over a restart.
            host: The address to listen on.
            tls: Speak TLS, with the context's certificate.
            speed: How fast simulated time runs.
            knobs: What goes wrong.
            timeouts: When silence ends a connection.
            start: The moment at which simulated time starts, by default now.
        """
        self.host = host
        self.port = port
        self.knobs = knobs or Knobs()
        self.database = Database()
        self.logins: list[Login] = []
        """Every login that was tried, in order."""
        self.heard: list[Heard] = []
        """Every message of cars and clients, in order, decrypted."""
        self._tls = tls
        self._timeouts = timeouts or Timeouts()
        self._start = start or datetime.now(UTC)
        self._clock = Clock(speed, self._second)
        self._archive = Archive(lambda: self.now)
        self._board = Switchboard(self._clock, self.knobs, self._archive)
        self._listener: asyncio.Server | None = None
        self._strangers: set[Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._happened = asyncio.Event()

    @property
    def now(self) -> datetime:
        """The simulated moment, in UTC."""
        return self._start + timedelta(seconds=self._clock.now)

    # Records

    def add_vehicle(self, vehicle_id: str, password: str, *, owner: str = "") -> VehicleRecord:
        """Register a vehicle with its server password, or change what is known of it."""
        return self.database.add(vehicle_id, password, owner)

    def add_account(self, name: str, password: str, tokens: Mapping[str, Iterable[str]] | None = None) -> None:
        """Register an account (scheme 1) with API tokens and what each of them permits."""
        permits = {token: frozenset(found) for token, found in (tokens or {}).items()}
        self.database.add_account(name, password, permits)

    # Life

    async def start(self) -> None:
        """Listen."""
        if self._listener is not None:
            return
        self._listener = await asyncio.start_server(
            self._accept, self.host, self.port, ssl=self._tls, limit=LINE_LIMIT, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        self._clock.start()

    async def stop(self) -> None:
        """End every connection and listen no more; what is stored stays."""
        if (listener := self._listener) is None:
            return
        self._listener = None
        listener.close()
        await self._clock.stop()
        self.disconnect()
        if self._serving:
            await asyncio.wait(self._serving)
        await listener.wait_closed()

    async def restart(self) -> None:
        """Stop, and start again on the same port."""
        await self.stop()
        await self.start()

    async def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass at once."""
        await self._clock.advance(seconds)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; it is asked whenever a message has come, and somebody has come or gone."""
        while not condition():
            self._happened.clear()
            await self._happened.wait()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # What tests look at, and do

    def connected(self, vehicle_id: str, *kinds: Kind) -> int:
        """How many connections of a vehicle there are, of these kinds or of any."""
        found = [it for it in self._board.connections if it.vehicle is self._vehicle(vehicle_id)]
        return sum(not kinds or it.kind in kinds for it in found)

    @property
    def strangers(self) -> int:
        """How many connections there are that have not logged in."""
        return len(self._strangers)

    def messages(self, vehicle_id: str, kind: Kind | None = None) -> list[str]:
        """What was heard of a vehicle."""
        wanted = vehicle_id.upper()
        return [it.message for it in self.heard if it.vehicle_id == wanted and kind in {None, it.kind}]

    def store(self, vehicle_id: str, message: str, *, age: float = 0.0, hidden: bool = False) -> None:
        """Put a message of the car into the database, as if it had come `age` seconds ago."""
        self._vehicle(vehicle_id).store(message[0], message[1:], self._clock.now - age, hidden=hidden)

    def car_says(self, vehicle_id: str, message: str) -> None:
        """Handle a message as if the car had sent it: store it, pass it on, and what follows from it."""
        self._board.keep(self._vehicle(vehicle_id), message, message[0], message[1:])

    def tell_clients(self, vehicle_id: str, message: str) -> None:
        """Send any message to all clients of a vehicle, such as a reply that is somebody else's."""
        self._board.tell_clients(self._vehicle(vehicle_id), message)

    def blurt(self, vehicle_id: str, data: bytes) -> None:
        """Send bytes to all clients of a vehicle, past the cipher: garbage, half a line, an empty one."""
        for client in self._board.clients(self._vehicle(vehicle_id)):
            client.blurt(data)

    async def endless_line(self, vehicle_id: str, size: int) -> None:
        """Send the clients of a vehicle `size` bytes without an end of line."""
        for _ in range(0, size, len(_NOISE)):
            self.blurt(vehicle_id, _NOISE)
            await asyncio.sleep(0)

    def disconnect(self, vehicle_id: str | None = None, *kinds: Kind) -> None:
        """End the connections of a vehicle, of these kinds or of any; without a vehicle, all there are."""
        if vehicle_id is None:
            for stranger in list(self._strangers):
                stranger.close()
        for connection in list(self._board.connections):
            right_vehicle = vehicle_id is None or connection.vehicle is self._vehicle(vehicle_id)
            if right_vehicle and (not kinds or connection.kind in kinds):
                self._end(connection)

    # Connections

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._listener is None or self.knobs.hang_up:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            return
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        connection = Connection(writer, self.knobs, self._clock.now)
        self._strangers.add(connection)
        self._happened.set()
        await serve(connection, reader, self)

    def log_in(self, connection: Connection, line: str) -> bool:
        """Let somebody in; whatever is wrong, nothing is said."""
        match line.split():
            case [word, ("0" | "1") as scheme, name, secret, vehicle_id, *_] if word.startswith("MP-"):
                kind = next((kind for kind in Kind if word == f"MP-{kind}"), None)
            case _:
                return False
        if kind is None:
            return False
        faulty = kind is not Kind.CAR
        accepted = not (faulty and self.knobs.refuse)
        if accepted:
            take = self._log_in_vehicle if scheme == "0" else self._log_in_account
            accepted = take(connection, kind, name, secret, vehicle_id)
        self.logins.append(Login(kind, scheme, vehicle_id.upper() if scheme == "0" else name, accepted))
        self._happened.set()
        return accepted

    def _log_in_vehicle(self, connection: Connection, kind: Kind, token: str, proof: str, vehicle_id: str) -> bool:
        """Scheme 0: whoever knows the vehicle's server password."""
        vehicle = self.database.find(vehicle_id)
        if vehicle is None or kind is Kind.SERVER:
            return False
        # The padding may be missing.
        if proof.rstrip("=") != digest(vehicle.password, token).rstrip("="):
            return False
        own = token if self.knobs.echo_token and kind is not Kind.CAR else new_token()
        wrong = self.knobs.wrong_digest and kind is not Kind.CAR
        connection.become(kind, vehicle, CipherLines(session_key(vehicle.password, own, token)))
        self._welcome(connection, vehicle, f"MP-S 0 {own} {digest('' if wrong else vehicle.password, own)}")
        return True

    def _log_in_account(self, connection: Connection, kind: Kind, name: str, secret: str, vehicle_id: str) -> bool:
        """Scheme 1: whoever owns the vehicle; a star is the first one of the account.

        The real server's program lets an account without a vehicle in as well if it asks for any, and names none.
        """
        account = self.database.accounts.get(name)
        if account is None or not account.lets_in(secret) or kind is Kind.SERVER:
            return False
        owned = self.database.of(name)
        wanted = owned[:1] if vehicle_id == "*" else [it for it in owned if it.id == vehicle_id.upper()]
        if not wanted:
            if vehicle_id == "*" and not self.knobs.refuse_without_vehicle:
                connection.welcome(f"MP-S 1 {name}  ")
                return True
            return False
        connection.become(kind, wanted[0], PlainLines())
        ids = " ".join(it.id for it in owned)
        self._welcome(connection, wanted[0], f"MP-S 1 {name} {wanted[0].id} {ids}")
        return True

    def _welcome(self, connection: Connection, vehicle: VehicleRecord, line: str) -> None:
        connection.heard_at = self._clock.now
        if connection.is_client and self.knobs.no_welcome:
            return
        if connection.is_client and self.knobs.welcome is not None:
            connection.blurt(self.knobs.welcome)
            return
        connection.welcome(line)
        self._strangers.discard(connection)
        self._board.join(connection, vehicle)

    def take(self, connection: Connection, line: bytes) -> bool:
        """Handle a line of somebody who has logged in."""
        vehicle, lines, kind = connection.vehicle, connection.lines, connection.kind
        if vehicle is None or lines is None or kind is None:
            return False
        connection.heard_at = self._clock.now
        self._archive.count(connection, received=len(line) + 2)
        message = lines.decode(line)
        if message is None or connection not in self._board.connections:
            return False
        if not connection.unheard:
            self.heard.append(Heard(kind, vehicle.id, message))
            self._board.take(connection, vehicle, message)
            self._happened.set()
        return True

    def left(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._strangers.discard(connection)
        self._board.leave(connection)
        self._happened.set()

    def _end(self, connection: Connection) -> None:
        self._board.leave(connection)
        connection.close()

    def _vehicle(self, vehicle_id: str) -> VehicleRecord:
        vehicle = self.database.find(vehicle_id)
        if vehicle is None:
            raise KeyError(vehicle_id)
        return vehicle

    # Silence

    def _second(self) -> None:
        now = self._clock.now
        for stranger in list(self._strangers):
            if now - stranger.heard_at >= _LOGIN_TIME:
                stranger.close()
        if int(now) % _CHECK == 0:
            for connection in list(self._board.connections):
                self._check(connection, now)

    def _check(self, connection: Connection, now: float) -> None:
        limits = self._timeouts
        allowed = {Kind.APP: limits.app, Kind.BATCH: limits.batch, Kind.CAR: limits.car}
        if connection.kind is not None and now - connection.heard_at > allowed[connection.kind]:
            self._end(connection)
            return
        quiet = now - connection.told_at > limits.car - 60 and now - connection.pinged_at > limits.ping_not_again
        if connection.kind is Kind.CAR and quiet:
            connection.pinged_at = now
            self._board.tell(connection, "A")
