"""One connection to an OVMS server (v2 protocol): logged in, messages in and out, and dead when nothing comes back."""

import asyncio
import binascii
from collections.abc import Callable
import contextlib
import ssl
from typing import NoReturn

from cryptography.hazmat.primitives.ciphers import CipherContext

from .cipher import stream
from .errors import CannotConnect, ConnectionRefused, LinkError, TlsFailed
from .server_login import ClientKind, Server, Welcome, hello

# Each for itself: the TCP connection, the encryption, the answer to the login.
CONNECT_TIMEOUT = 10.0
HANDSHAKE_TIMEOUT = 10.0
LOGIN_TIMEOUT = 10.0
FAREWELL_TIMEOUT = 2.0
# The server never pings a client, and closes the connection of one that is silent for minutes. Without an answer there
# is nobody any more: the server gives no other sign.
PING_SECONDS = 60.0
PONG_SECONDS = 30.0
# The server has no limit, and a list of all metrics is some 30 kB. Who sends more without an end of line sends nonsense.
MAX_LINE = 1024 * 1024
# What is worked off in one go; in between, everybody else has a turn.
_CHUNK = 16 * 1024

_PREFIX = b"MP-0 "
_PING = "A"


class Lines:
    """Cuts what arrives into lines; keeps no more than one unfinished line of `MAX_LINE` bytes."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and return the lines that they complete, without their ends.

        Raises:
            CannotConnect: a line does not end.
        """
        lines: list[bytes] = []
        if b"\n" in data:
            # Joined once, however small the pieces are that a line comes in.
            *lines, data = b"".join([*self._pieces, data]).split(b"\n")
            self._pieces, self._size = [], 0
        if data:
            self._pieces.append(data)
            self._size += len(data)
        if self._size > MAX_LINE:
            raise CannotConnect("the server sends a line without an end")
        return lines


class Session:
    """A connection that is let in."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: Welcome, kind: ClientKind
    ) -> None:
        """Take the connection with what was said at its beginning."""
        self.welcome = welcome
        self.kind = kind
        self._reader = reader
        self._writer = writer
        self._lines = Lines()
        self._decrypt: CipherContext | None = None
        self._encrypt: CipherContext | None = None
        if welcome.key is not None:
            self._decrypt, self._encrypt = stream(welcome.key), stream(welcome.key)
        self._heard = False
        self._silent = False

    @property
    def is_open(self) -> bool:
        """Whether something can be sent."""
        return not self._writer.is_closing()

    def send(self, message: str) -> None:
        """Send a message.

        Raises:
            LinkError: the connection is closed.
        """
        if not self.is_open:
            raise LinkError("not connected")
        data = message.encode()
        if self._encrypt is not None:
            data = binascii.b2a_base64(self._encrypt.update(_PREFIX + data), newline=False)
        self._writer.write(data + b"\r\n")

    async def run(self, receive: Callable[[str], None]) -> NoReturn:
        """Hand over each message that arrives, its code first, until the connection is lost.

        Raises:
            CannotConnect: it is lost, silent, or what comes cannot be read.
        """
        pinging = asyncio.create_task(self._ping())
        try:
            while data := await self._reader.read(_CHUNK):
                self._heard = True
                for line in self._lines.feed(data):
                    receive(self._message(line))
                if len(data) == _CHUNK:
                    # What is there already is read without waiting: nobody else would have a turn as long as more comes.
                    await asyncio.sleep(0)
        except OSError as error:
            raise CannotConnect(f"the connection was lost: {error}") from error
        finally:
            self._writer.close()
            pinging.cancel()
            await asyncio.wait([pinging])
        raise CannotConnect("the server fell silent" if self._silent else "the server closed the connection")

    async def close(self) -> None:
        """Leave; the protocol has no word for it."""
        await _close(self._writer)

    async def _ping(self) -> None:
        """Keep the server from closing the connection of a silent client, and notice when it is gone itself."""
        await asyncio.sleep(PING_SECONDS)
        while True:
            self._heard = False
            with contextlib.suppress(LinkError):
                self.send(_PING)
            await asyncio.sleep(PONG_SECONDS)
            if not self._heard:
                self._silent = True
                self._writer.transport.abort()
                return
            await asyncio.sleep(PING_SECONDS - PONG_SECONDS)

    def _message(self, line: bytes) -> str:
        if self._decrypt is None:
            return line.rstrip(b"\r").decode(errors="replace")
        try:
            # Every line, also one that nobody wants: the cipher counts each byte.
            message = self._decrypt.update(binascii.a2b_base64(line))
        except binascii.Error:
            message = b""
        if not message.startswith(_PREFIX):
            raise CannotConnect("what the server sends cannot be read")
        return message[len(_PREFIX) :].decode(errors="replace")


async def _connect(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            reader, writer = await asyncio.open_connection(server.host, server.port)
    except TimeoutError:
        raise CannotConnect("no answer") from None
    except (OSError, ValueError, OverflowError) as error:
        # The last two are the resolver's words for a host or port that is none.
        raise CannotConnect(str(error)) from error
    if server.tls:
        async with contextlib.AsyncExitStack() as in_vain:
            in_vain.push_async_callback(_close, writer)
            await _encrypt(server, writer)
            in_vain.pop_all()
    return reader, writer


async def _encrypt(server: Server, writer: asyncio.StreamWriter) -> None:
    # After the connection and not with it, because only then is it known what failed.
    context = await asyncio.to_thread(_tls_context, verify=server.verify_tls)
    try:
        await writer.start_tls(context, server_hostname=server.host, ssl_handshake_timeout=HANDSHAKE_TIMEOUT)
    except (OSError, ValueError) as error:
        raise TlsFailed(str(error)) from error


def _tls_context(*, verify: bool) -> ssl.SSLContext:
    # It reads the machine's trusted authorities from files.
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        # A server that takes nothing would keep what was not sent yet, and TLS says farewell on both sides.
        async with asyncio.timeout(FAREWELL_TIMEOUT):
            await writer.wait_closed()
    except OSError:
        # Too late, or broken: over in any case.
        pass
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> str:
    """The server's answer to the login."""
    try:
        async with asyncio.timeout(LOGIN_TIMEOUT):
            line = await reader.readuntil(b"\n")
    except TimeoutError:
        raise CannotConnect("no answer to the login") from None
    except asyncio.LimitOverrunError as error:
        raise CannotConnect("the server sends a line without an end") from error
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        if isinstance(error, asyncio.IncompleteReadError) and error.partial:
            raise CannotConnect("no OVMS server answers there") from error
        # Whatever is wrong with a login, this is all that a server says to it.
        raise ConnectionRefused("the server closed the connection at the login") from error
    except OSError as error:
        raise CannotConnect(f"the connection was lost: {error}") from error
    return line.decode(errors="replace")


async def open_session(server: Server, kind: ClientKind) -> Session:
    """Connect and log in.

    Raises:
        ConnectionRefused: the server closed the connection instead of letting us in: a wrong login, as a rule.
        TlsFailed, CannotConnect: as it is.
    """
    greeting = hello(server.login, kind)
    reader, writer = await _connect(server)
    async with contextlib.AsyncExitStack() as in_vain:
        in_vain.push_async_callback(_close, writer)
        writer.write(f"{greeting.line}\r\n".encode())
        welcome = greeting.welcome(await _answer(reader))
        in_vain.pop_all()
    return Session(reader, writer, welcome, kind)


async def try_login(server: Server) -> Welcome:
    """Log in and leave again; the welcome names the vehicle, and for an account all of its vehicles.

    Raises:
        ConnectionRefused, TlsFailed, CannotConnect: as for `open_session`.
    """
    # As the kind that the module is not told of.
    opened = await open_session(server, ClientKind.BATCH)
    await opened.close()
    return opened.welcome


async def find_vehicles(server: Server) -> tuple[str, ...]:
    """The ids of the vehicles of an account, none if it has none; for a vehicle's own login it is that vehicle.

    Raises:
        ConnectionRefused, TlsFailed, CannotConnect: as for `open_session`.
    """
    welcome = await try_login(server)
    return welcome.vehicles or tuple(filter(None, [welcome.vehicle_id]))
