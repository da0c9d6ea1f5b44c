"""Somebody who speaks the v2 protocol to a simulated OVMS server, with a cipher that is not the simulator's."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import hashlib
import hmac
import ssl
from typing import Self

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, Knobs, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

PATIENCE = 3.0
"""Seconds of real time after which what was expected is not coming."""
TOKEN = "VisitorsOwnTokenABCDEF"
VEHICLE, PASSWORD = "DEMO1", "secret"
_LIMIT = 2**21
_LOOKS = 1000


def keyed(password: str, text: str) -> bytes:
    """HMAC-MD5, by its definition."""
    return hmac.new(password.encode(), text.encode(), hashlib.md5).digest()


def key_stream(key: bytes) -> Callable[[bytes], bytes]:
    """RC4 without its first 1024 bytes."""
    stream = Cipher(ARC4(key), mode=None).encryptor()
    stream.update(bytes(1024))
    return stream.update


def proof(password: str, token: str) -> str:
    """The digest of a login."""
    return base64.b64encode(keyed(password, token)).decode()


def hide(password: str, token: str, text: str) -> str:
    """Hide a message's data as a paranoid car does."""
    return base64.b64encode(key_stream(keyed(password, token))(text.encode())).decode()


def reveal(password: str, token: str, text: str) -> str:
    """Read such data."""
    return key_stream(keyed(password, token))(base64.b64decode(text)).decode()


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that nobody tells of."""
    for _ in range(_LOOKS):
        if condition():
            return
        await asyncio.sleep(PATIENCE / _LOOKS)
    raise TimeoutError


class Visitor:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._out: Callable[[bytes], bytes] | None = None
        self._in: Callable[[bytes], bytes] | None = None
        self.heard: list[str] = []

    @classmethod
    async def connect(cls, server: OvmsServer, tls: ssl.SSLContext | None = None) -> Self:
        """Connect, and say nothing yet."""
        return cls(*await asyncio.open_connection(server.host, server.port, ssl=tls, limit=_LIMIT))

    async def log_in(self, kind: str = "A", vehicle: str = VEHICLE, password: str = PASSWORD) -> str:
        """Log in by scheme 0, and return the server's answer; an empty one is that it hung up."""
        self.write(f"MP-{kind} 0 {TOKEN} {proof(password, TOKEN)} {vehicle}\r\n".encode())
        line = await self.line()
        if line:
            token = line.split()[2]
            key = keyed(password, token + TOKEN)
            self._out, self._in = key_stream(key), key_stream(key)
        return line

    async def log_in_by_account(self, account: str, secret: str, vehicle: str = "*", kind: str = "A") -> str:
        """Log in by scheme 1, and return the server's answer."""
        self.write(f"MP-{kind} 1 {account} {secret} {vehicle}\r\n".encode())
        return await self.line()

    def write(self, data: bytes) -> None:
        """Write as it is."""
        self._writer.write(data)

    def say(self, message: str) -> None:
        """Send a message."""
        if self._out is None:
            self.write(f"{message}\r\n".encode())
        else:
            self.write(base64.b64encode(self._out(f"MP-0 {message}".encode())) + b"\r\n")

    async def line(self) -> str:
        """Read a line as it is; an empty one is the end."""
        async with asyncio.timeout(PATIENCE):
            try:
                line = await self._reader.readline()
            except ConnectionResetError:
                line = b""
        return line.removesuffix(b"\r\n").decode()

    async def hear(self) -> str:
        """Read a message."""
        line = await self.line()
        assert line, f"the connection ended after {self.heard}"
        if self._in is not None:
            line = self._in(base64.b64decode(line)).decode(errors="replace")
            assert line.startswith("MP-0 ")
            line = line.removeprefix("MP-0 ")
        self.heard.append(line)
        return line

    async def until(self, beginning: str) -> str:
        """Read up to a message that begins so."""
        while not (message := await self.hear()).startswith(beginning):
            pass
        return message

    async def burst(self) -> list[str]:
        """Read what follows a login, up to the age of it."""
        await self.until("T")
        found, self.heard = self.heard, []
        return found

    async def ask(self, command: str) -> str:
        """Send a command and return its reply without the code."""
        code = command.partition(",")[0]
        self.say(f"C{command}")
        return (await self.until(f"c{code},")).removeprefix(f"c{code},")

    async def quiet(self) -> list[str]:
        """Have the server answer a ping, and return what came before the answer."""
        self.heard = []
        self.say("A")
        await self.until("a")
        return self.heard[:-1]

    async def ended(self) -> bool:
        """Whether what follows is the end, after any number of lines."""
        try:
            while await self.line():
                pass
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return


@asynccontextmanager
async def visit(
    server: OvmsServer, kind: str = "A", vehicle: str = VEHICLE, password: str = PASSWORD
) -> AsyncGenerator[Visitor]:
    """Log in, and go on after the welcome."""
    visitor = await Visitor.connect(server)
    try:
        assert await visitor.log_in(kind, vehicle, password)
        yield visitor
    finally:
        await visitor.close()


@asynccontextmanager
async def driving(
    server: OvmsServer,
    *,
    vehicle_type: str = "NL",
    firmware: Firmware = Firmware.V3_3_006,
    knobs: Knobs | None = None,
    miles: bool = False,
    broker: EmbeddedBroker | None = None,
) -> AsyncGenerator[tuple[OvmsModule, ServerV2]]:
    """A module on the server, and on a broker if there is one, whose time stands still."""
    port = 0 if broker is None else broker.port
    module = OvmsModule(
        port=port, vehicle_id=VEHICLE, vehicle_type=vehicle_type, firmware=firmware, speed=0, knobs=knobs
    )
    module.config["auto", "server.v3"] = "no" if broker is None else "yes"
    if miles:
        module.config["vehicle", "units.distance"] = "M"
    link = ServerV2(module, server.port, password=PASSWORD)
    link.messages.noise = False
    async with module:
        await server.until(lambda: any(it.startswith("F") for it in server.messages(VEHICLE)))
        yield module, link


def sent_codes(link: ServerV2) -> list[str]:
    """What kinds of messages a car has sent since this was asked last, pings aside."""
    found = [message[0] for message in link.sent if message != "A"]
    link.sent.clear()
    return found
