"""What a message of an OVMS server costs: beside a loop that only decrypts it and splits it, without Home Assistant and in it.

The messages are those of a simulated car that somebody looks at, an hour of each kind, and they come one at a time as
they do on the road. The server is a thread of its own that sends what was encrypted before, so the processor time of the
event loop's thread is that of whoever receives.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from math import sumprod
import socket
import threading
import time
from types import MappingProxyType
from typing import Self, override

from cryptography.hazmat.primitives.ciphers import CipherContext
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.open_ev import const
from custom_components.open_ev.clients.ovms.cipher import digest, new_token, session_key, stream
from custom_components.open_ev.clients.ovms.server import Mode, Server, ServerLink, VehicleLogin
from custom_components.open_ev.clients.ovms.server_table import ROWS
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.coordinator import ServerVehicleConfigEntry
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .figures import Figure, Unit, in_turns
from .home import home_assistant

_ROUNDS = 15
# What a car does in a day, in hours.
_A_DAY = "a day"
_DAY = MappingProxyType({"parked": 22, "charging": 1, "driving": 1})
_ID, _PASSWORD, _TYPE, _PREFIX = "DEMO1", "secret", "NL", "MP-0 "
_HOUR, _MINUTE = 3600, 60
# What has no other place in a burst tells that it is over.
_MARK = "PIdone"
_SPEED = 50.0
# Each message is dealt with before the next one comes.
_PAUSE = 0.0005
_MOST = 2.0
# Latitude: with it changes the entity on the map.
_PLACE = ("L", 0)


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
    """A server for one client: it lets it in, and sends messages when it is told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connection = socket.socket()
        self._cipher: CipherContext | None = None

    def let_in(self) -> None:
        """Take one login, and tell that nothing is stored."""
        self._connection, _ = self._listener.accept()
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, _, theirs, *_ = self._connection.makefile().readline().split()
        token = new_token()
        self._cipher = stream(session_key(_PASSWORD, token, theirs))
        self._connection.sendall(f"MP-S 0 {token} {digest(_PASSWORD, token)}\r\n".encode())
        self._send(self.encrypted(["Z1", "T0"]))

    def encrypted(self, messages: Sequence[str]) -> list[bytes]:
        """Messages as they are on their way."""
        assert self._cipher is not None
        lines = (base64.b64encode(self._cipher.update(f"{_PREFIX}{each}".encode())) for each in messages)
        return [line + b"\r\n" for line in lines]

    def send(self, lines: Sequence[bytes], pause: float) -> None:
        """Send from a thread of its own, with pauses in seconds; without one, all at once."""
        threading.Thread(target=self._send, args=(lines if pause else [b"".join(lines)], pause)).start()

    def _send(self, lines: Sequence[bytes], pause: float = 0) -> None:
        for line in lines:
            self._connection.sendall(line)
            time.sleep(pause)

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
        while line := await reader.readline():
            message = cipher.update(base64.b64decode(line)).decode().removeprefix(_PREFIX)
            self.take(message[0], message[1:].split(","))
            if message == _MARK:
                self.done.set()

    def take(self, code: str, texts: list[str]) -> None:
        """Keep the fields of a message."""
        for index, text in enumerate(texts):
            self.fields[code, index] = text


class _Floor(_Bare):
    """A bare loop that also writes a state for each field that changed, as whatever shows a value has to."""

    def __init__(self, hass: HomeAssistant, fields: Mapping[tuple[str, int], str]) -> None:
        """Take the fields that are shown, and by which entity."""
        super().__init__()
        self._states = hass.states
        self._entity_ids = fields

    @override
    def take(self, code: str, texts: list[str]) -> None:
        """Write a state for each field of a message that has another text than before."""
        for index, text in enumerate(texts):
            place = (code, index)
            if self.fields.get(place) != text:
                self.fields[place] = text
                if place in self._entity_ids:
                    self._states.async_set(self._entity_ids[place], text)


class _Client:
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


class _Car:
    """The car as the integration has it, with the entities that a new car starts with."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.done = asyncio.Event()
        self._hass = hass
        self.entry: ServerVehicleConfigEntry | None = None

    @asynccontextmanager
    async def running(self, port: int) -> AsyncGenerator[None]:
        """Be added to Home Assistant."""
        self.entry = _entry(port)
        await self._hass.config_entries.async_add(self.entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.entry.reason
        self.entry.runtime_data.device.subscribe_notifications(lambda _: self.done.set())
        yield
        assert not self.entry.runtime_data.device.unreadable
        await self._hass.config_entries.async_remove(self.entry.entry_id)

    def fields(self) -> Mapping[tuple[str, int], str]:
        """The fields of the protocol that an entity shows, each with a name for a state of its own."""
        assert self.entry is not None
        registry = er.async_get(self._hass)
        enabled = {
            entry.unique_id.removeprefix(f"{self.entry.unique_id}_")
            for entry in er.async_entries_for_config_entry(registry, self.entry.entry_id)
            if not entry.disabled
        }
        rows = self.entry.runtime_data.rows
        shown = {str(row.listens[0]) for row in (*rows.sensors, *rows.binary_sensors) if row.key in enabled}
        # A field of bits changes all the time, because the firmware leaves most of them as they happen to be.
        places = {(row.code, row.index) for row in ROWS if row.metric in shown and row.bit is None} | {_PLACE}
        return {(code, index): f"sensor.floor_{code.lower()}_{index}" for code, index in places}


def _entry(port: int) -> ServerVehicleConfigEntry:
    return ConfigEntry(
        data={
            const.CONF_KIND: const.Kind.VEHICLE_SERVER.value,
            CONF_HOST: "127.0.0.1",
            CONF_PORT: port,
            const.CONF_TLS: False,
            const.CONF_VERIFY_TLS: True,
            const.CONF_VEHICLE_ID: _ID,
            CONF_PASSWORD: _PASSWORD,
            const.CONF_VEHICLE_TYPE: _TYPE,
        },
        discovery_keys=MappingProxyType({}),
        domain=const.DOMAIN,
        minor_version=1,
        # Who follows a car as it needs to be connects anew meanwhile.
        options={const.CONF_MODE: Mode.LIVE.value},
        source=SOURCE_USER,
        subentries_data=None,
        title=_ID,
        unique_id=f"{_ID}@127.0.0.1",
        version=1,
    )


type _Receiver = _Bare | _Client | _Car


type _Hours = Mapping[str, list[str]]
"""The messages of each kind of hour."""


@dataclass(frozen=True, slots=True)
class _Served:
    """A receiver with the server that it is logged in at."""

    receiver: _Receiver
    sender: _Sender

    async def take(
        self, messages: Sequence[str], clock: Callable[[], float] = time.thread_time, pause: float = _PAUSE
    ) -> float:
        """Be sent messages and deal with them; returns what that took by a clock, for one message."""
        lines = self.sender.encrypted([*messages, _MARK])
        self.receiver.done.clear()
        began = clock()
        self.sender.send(lines, pause)
        await self.receiver.done.wait()
        return (clock() - began) / len(messages)


@asynccontextmanager
async def _served(receiver: _Receiver) -> AsyncGenerator[_Served]:
    sender = _Sender()
    letting_in = asyncio.create_task(asyncio.to_thread(sender.let_in))
    try:
        async with receiver.running(sender.port):
            await letting_in
            yield _Served(receiver, sender)
    finally:
        sender.close()


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What a message took in each kind of hour, by who took it."""

    measured: Mapping[str, Sequence[float]]
    beside: Mapping[str, Sequence[float]]

    @classmethod
    async def of(cls, hours: _Hours, measured: _Served, beside: _Served) -> Self:
        """Measure both in turns."""
        times: dict[str, dict[str, list[float]]] = {}
        for name, messages in hours.items():
            # What is made at the first message is not made again.
            await measured.take(messages)
            await beside.take(messages)
            subjects = {"measured": partial(measured.take, messages), "beside": partial(beside.take, messages)}
            times[name] = await in_turns(_ROUNDS, subjects)
        return cls(*({name: both[side] for name, both in times.items()} for side in ("measured", "beside")))

    def figures(self, hours: _Hours, what: str, *, beside: str, bounded: Container[str]) -> list[Figure]:
        """A line for a day, and one for each kind of hour; some have a bound."""
        measured = {_A_DAY: _day(hours, self.measured), **self.measured}
        others = {_A_DAY: _day(hours, self.beside), **self.beside}
        return [
            Figure(
                name=f"processor time of {what}, {name}",
                unit=Unit.MICROSECONDS,
                measured=measured[name],
                beside=others[name],
                beside_name=beside,
                most_times=_MOST if name in bounded else None,
            )
            for name in measured
        ]


def _day(hours: _Hours, times: Mapping[str, Sequence[float]]) -> list[float]:
    """What a message takes on average of a day."""
    weights = [number * len(hours[name]) for name, number in _DAY.items()]
    rounds = zip(*(times[name] for name in _DAY), strict=True)
    return [sumprod(weights, each) / sum(weights) for each in rounds]


async def _throughput(hours: _Hours, client: _Served, bare: _Served) -> Figure:
    """How many messages of a day go through if they come as fast as they can."""
    day = [message for name, number in _DAY.items() for message in hours[name] * number]
    taken = await in_turns(_ROUNDS, {who: partial(who.take, day, time.perf_counter, pause=0) for who in (client, bare)})
    return Figure(
        name="messages of a server dealt with, a day as fast as they can come",
        unit=Unit.MESSAGES_PER_SECOND,
        measured=[1 / seconds for seconds in taken[client]],
        beside=[1 / seconds for seconds in taken[bare]],
        beside_name="decrypt and split",
    )


async def servers() -> list[Figure]:
    """An hour of each kind and a day of them, for the client alone and for a car in Home Assistant."""
    hours = {
        "parked": await an_hour(lambda module: module.sleep()),
        "charging": await an_hour(lambda module: module.start_charging()),
        "driving": await an_hour(lambda module: module.drive(_SPEED)),
    }
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(_served(_Bare()))
        client = await stack.enter_async_context(_served(_Client()))
        alone = await _Comparison.of(hours, client, bare)
        throughput = await _throughput(hours, client, bare)
    async with AsyncExitStack() as stack:
        hass = await stack.enter_async_context(home_assistant())
        car = _Car(hass)
        served_car = await stack.enter_async_context(_served(car))
        floor = await stack.enter_async_context(_served(_Floor(hass, car.fields())))
        shown = await _Comparison.of(hours, served_car, floor)
    return [
        *alone.figures(hours, "a message of a server", beside="decrypt and split", bounded={_A_DAY, *hours}),
        throughput,
        *shown.figures(hours, "a message of a server with its states", beside="floor", bounded={_A_DAY}),
    ]
