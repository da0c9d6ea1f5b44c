"""A server that says what a test tells it to say, in the protocol's own words and not with the client's code."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import ssl

import pytest

from custom_components.open_ev.clients.ovms import server as server_module
from custom_components.open_ev.clients.ovms.server import AccountLogin, Mode, Server, ServerLink, VehicleLogin
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_server import CipherLines, OvmsServer, digest, session_key

from .conftest import server as listening
from .running_link import RunningLink, run_link

PASSWORD = "server-secret"
LOGIN = VehicleLogin(vehicle_id="demo1", password=PASSWORD)
ACCOUNT = AccountLogin(account="jane", secret="jane-secret")
TOKEN = "ScriptedServerTokenABC"

# What a server tells at a login, as a rule.
BURST = (
    "Z1",
    "F3.3.006-1/ota_0/main,VIN0123456789,17,1,DEMO,Example,12345,1811808000,Hardware,LTE;Online",
    "S53.7,K,231,15.70,charging,standard,215,192,16,2400,0,68",
    "D93,8,4,23,22,19.5,186,432107,0,4810,8.5,0,1,1,12.71,0,12.6,16,21,-0.4,11",
    "L52.379189,4.899431,87.5,2,1,1,0.0,186,1a,-10.200,3.482,0.911",
    "T22",
)


@dataclass
class Visit:
    """One connection to the scripted server, after the login."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    login: str
    lines: CipherLines | None

    async def say(self, *messages: str) -> None:
        """Send messages, each as a line."""
        for message in messages:
            self.writer.write(self.line(message))
        await self.writer.drain()

    def line(self, message: str) -> bytes:
        """Write a message as a line; with a cipher it has to be sent."""
        return (message.encode() if self.lines is None else self.lines.encode(message)) + b"\r\n"

    async def hear(self) -> str:
        """The next message of the client."""
        line = (await self.reader.readuntil(b"\n")).rstrip(b"\r\n")
        heard = line.decode() if self.lines is None else self.lines.decode(line)
        assert heard is not None
        return heard

    async def hear_command(self) -> str:
        """The next command of the client; what asks for a sign of life is answered, and pings are too."""
        while True:
            heard = await self.hear()
            if heard == "A":
                await self.say("a")
            elif heard.startswith("C") and heard[1:].isdecimal() and int(heard[1:]) >= 1000:
                await self.say(f"c{heard[1:]},2")
            else:
                return heard

    async def stay(self) -> None:
        """Do nothing until the client leaves."""
        await self.reader.read()


type Script = Callable[[Visit], Awaitable[None]]


async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Visit:
    """Answer a login by either scheme."""
    login = (await reader.readuntil(b"\n")).decode().rstrip()
    kind, scheme, name, *rest = login.split(" ")
    assert kind in {"MP-A", "MP-B"}
    if scheme == "1":
        writer.write(f"MP-S 1 {name} CAR1 CAR1 CAR2\r\n".encode())
        return Visit(reader, writer, login, None)
    assert rest[0] == digest(PASSWORD, name)
    writer.write(f"MP-S 0 {TOKEN} {digest(PASSWORD, TOKEN)}\r\n".encode())
    return Visit(reader, writer, login, CipherLines(session_key(PASSWORD, TOKEN, name)))


@asynccontextmanager
async def scripted(script: Script, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """A server that lets everybody in and then follows a script; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await script(await let_in(reader, writer))

    async with listening(serve, tls) as port:
        yield port


def at(port: int, login: VehicleLogin | AccountLogin = LOGIN, *, tls: bool = False, verify: bool = True) -> Server:
    """How the client reaches what listens on a port."""
    return Server(host="127.0.0.1", port=port, tls=tls, verify_tls=verify, login=login)


def of(simulator: OvmsServer) -> Server:
    """How the client reaches a simulated server."""
    return at(simulator.port)


type Following = RunningLink[ServerLink]


@asynccontextmanager
async def following(
    server: Server | Callable[[], Server], *, vehicle: Vehicle | None = None, mode: Mode = Mode.LIVE
) -> AsyncGenerator[Following]:
    """A vehicle whose link to a server runs."""
    car = vehicle or Vehicle()
    link = ServerLink(car, server=server if callable(server) else lambda: server, mode=mode)
    async with run_link(link, car) as client:
        yield client


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience with servers and modules that do not answer."""
    monkeypatch.setattr(server_module, "FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(server_module, "REFUSED_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(server_module, "SIGN_OF_LIFE_TIMEOUT", 0.3)
    monkeypatch.setattr(server_module, "STORED_TIMEOUT", 0.3)
