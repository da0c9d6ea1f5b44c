"""What a message of an OVMS server costs, without Home Assistant: beside a loop that only decrypts it and splits it.

The messages are those of a simulated car that somebody looks at. The server is a thread of its own that sends what was
encrypted before, so the processor time of the event loop's thread is that of whoever receives.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
import socket
import threading
import time

from cryptography.hazmat.primitives.ciphers import CipherContext

from custom_components.open_ev.clients.ovms.cipher import digest, new_token, session_key, stream
from custom_components.open_ev.clients.ovms.server import Mode, Server, ServerLink, VehicleLogin
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .figures import Figure, Unit, in_turns

_ROUNDS = 25
# A car stands for most of its life.
_HOURS_PARKED = 22
_ID, _PASSWORD, _TYPE, _PREFIX = "DEMO1", "secret", "NL", "MP-0 "
_HOUR, _MINUTE = 3600, 60
# What has no other place in a burst tells that it is over.
_MARK = "PIdone"
_SPEED = 50.0
_CLOCKS = {time.thread_time: "processor time", time.perf_counter: "time"}


async def an_hour(prepare: Callable[[OvmsModule], Awaitable[None]]) -> list[str]:
    """What the module of a car says in an hour while somebody looks."""
    async with OvmsServer(speed=0) as server:
        server.add_vehicle(_ID, _PASSWORD)
        module = OvmsModule(vehicle_type=_TYPE, vehicle_id=_ID, speed=0)
        module.config["auto", "server.v3"] = "no"
        link = ServerV2(module, server.port, password=_PASSWORD)
        await module.boot()
        link.schedule.peers = 1
        await prepare(module)
        before = len(link.sent)
        for _ in range(0, _HOUR, _MINUTE):
            await module.tick(_MINUTE)
        await module.power_off()
    return [message for message in link.sent[before:] if message[0] in "SDL"]


class _Sender:
    """A server for one client: it lets it in, and sends bursts when it is told to."""

    def __init__(self, messages: list[str]) -> None:
        self._messages = messages
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connection = socket.socket()
        self._key = b""
        self._cipher: CipherContext | None = None

    def let_in(self) -> None:
        """Take one login, and tell that nothing is stored."""
        self._connection, _ = self._listener.accept()
        _, _, theirs, *_ = self._connection.makefile().readline().split()
        token = new_token()
        self._cipher = stream(session_key(_PASSWORD, token, theirs))
        self._connection.sendall(f"MP-S 0 {token} {digest(_PASSWORD, token)}\r\n".encode())
        self._connection.sendall(self._encrypted(["Z1", "T0"]))

    def burst(self) -> bytes:
        """The messages, as they are on their way."""
        return self._encrypted([*self._messages, _MARK])

    def _encrypted(self, messages: list[str]) -> bytes:
        assert self._cipher is not None
        lines = (base64.b64encode(self._cipher.update(f"{_PREFIX}{each}".encode())) for each in messages)
        return b"".join(line + b"\r\n" for line in lines)

    def send(self, data: bytes) -> None:
        """Send, from a thread of its own."""
        threading.Thread(target=self._connection.sendall, args=(data,)).start()

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self._listener.close()


class _Bare:
    """A bare loop: each line is decrypted and split, its fields go into a dictionary, and that is all."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.fields: dict[tuple[str, int], str] = {}

    @asynccontextmanager
    async def running(self, port: int) -> AsyncGenerator[None]:
        """Be logged in."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        token = new_token()
        writer.write(f"MP-A 0 {token} {digest(_PASSWORD, token)} {_ID}\r\n".encode())
        _, _, theirs, _ = (await reader.readline()).decode().split()
        receiving = asyncio.create_task(self._receive(reader, stream(session_key(_PASSWORD, theirs, token))))
        try:
            yield
        finally:
            receiving.cancel()
            await asyncio.wait([receiving])
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader, cipher: CipherContext) -> None:
        async for line in reader:
            message = cipher.update(base64.b64decode(line)).decode().removeprefix(_PREFIX)
            code = message[0]
            for index, text in enumerate(message[1:].split(",")):
                self.fields[code, index] = text
            if message == _MARK:
                self.done.set()


class _Car:
    """The client of Open EV, with a vehicle."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.vehicle = Vehicle(type_code=_TYPE)
        self.vehicle.subscribe_notifications(lambda _: self.done.set())

    @asynccontextmanager
    async def running(self, port: int) -> AsyncGenerator[None]:
        """Be logged in."""
        login = VehicleLogin(vehicle_id=_ID, password=_PASSWORD)
        server = Server(host="127.0.0.1", port=port, tls=False, login=login)
        link = ServerLink(self.vehicle, server=lambda: server, mode=Mode.LIVE)
        up = asyncio.Event()
        running = asyncio.create_task(link.run(lambda _: up.set()))
        try:
            await up.wait()
            assert link.connected
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])
            self.vehicle.close()


@asynccontextmanager
async def _served(receiver: _Bare | _Car, messages: list[str]) -> AsyncGenerator[_Sender]:
    sender = _Sender(messages)
    letting_in = asyncio.create_task(asyncio.to_thread(sender.let_in))
    try:
        async with receiver.running(sender.port):
            await letting_in
            yield sender
    finally:
        sender.close()


def _measured(receiver: _Bare | _Car, sender: _Sender, clock: Callable[[], float]) -> Callable[[], Awaitable[float]]:
    async def burst() -> float:
        data = sender.burst()
        receiver.done.clear()
        began = clock()
        sender.send(data)
        await receiver.done.wait()
        return clock() - began

    return burst


async def _beside(name: str, messages: list[str], *clocks: Callable[[], float], bound: float | None) -> list[Figure]:
    """Measure what becomes of some messages by each of the clocks."""
    figures = []
    bare, car = _Bare(), _Car()
    async with _served(bare, messages) as to_bare, _served(car, messages) as to_car:
        for clock in clocks:
            subjects = {"bare": _measured(bare, to_bare, clock), "car": _measured(car, to_car, clock)}
            seconds = await in_turns(_ROUNDS, subjects)
            figures.append(
                Figure(
                    name=f"{_CLOCKS[clock]} of {len(messages):,} messages of {name}",
                    unit=Unit.MILLISECONDS,
                    measured=seconds["car"],
                    beside=seconds["bare"],
                    beside_name="decrypt and split",
                    most_times=bound if clock is time.thread_time else None,
                )
            )
    assert not car.vehicle.unreadable
    return figures


async def servers() -> list[Figure]:
    """A day of a car at a server, and the hours of it in which most of what it tells changes."""
    parked = await an_hour(lambda module: module.sleep())
    charging = await an_hour(lambda module: module.start_charging())
    driving = await an_hour(lambda module: module.drive(_SPEED))
    day = [*parked * _HOURS_PARKED, *charging, *driving]
    return [
        *await _beside("a server, a car's day", day, time.thread_time, time.perf_counter, bound=2),
        *await _beside("a server, an hour of charging", charging, time.thread_time, bound=None),
        *await _beside("a server, an hour of driving", driving, time.thread_time, bound=None),
    ]
