"""The module's side of MQTT 3.1.1, as small as the module's own client library.

Written here instead of taken from a library because its faults are part of what is simulated: a PINGRESP that is not
waited for, a keepalive on the simulated clock, messages acknowledged before they are acted on, duplicates not
recognised, and a session that is never clean.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
import ssl

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _PUBREC, _PUBREL = 0x10, 0x20, 0x30, 0x40, 0x50, 0x62
_SUBSCRIBE, _SUBACK, _PINGREQ = 0x82, 0x90, 0xC0
_HANDSHAKE_TIMEOUT = 10.0
_MAX_PACKET_ID = 0xFFFF


class ConnectFailed(Exception):
    """The broker could not be reached, or refused; `code` is its return code, 0 when it gave none."""

    def __init__(self, code: int = 0) -> None:
        """Keep the return code."""
        super().__init__(f"CONNACK {code}" if code else "no CONNACK")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """The retained QoS 0 message that the broker publishes when the connection breaks."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who the module is for the broker."""

    client_id: str
    username: str | None
    password: str | None


class Connection:
    """One connection to a broker; made by `connect`, over when `closed` is set."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_message: Callable[[str, bytes], None],
    ) -> None:
        """Wrap a stream; `on_message` is called with topic and payload."""
        self._reader = reader
        self._writer = writer
        self._on_message = on_message
        self._last_id = 0
        self._waiting: dict[tuple[int, int], asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        credentials: Credentials,
        will: Will,
        keepalive: int,
        on_message: Callable[[str, bytes], None],
        tls: ssl.SSLContext | None = None,
    ) -> Connection:
        """Connect with clean session off.

        Raises:
            ConnectFailed: no connection, no answer, or a refusal.
        """
        try:
            reader, writer = await asyncio.open_connection(
                host, port, ssl=tls, server_hostname="localhost" if tls else None
            )
        except OSError as err:
            raise ConnectFailed from err
        connection = cls(reader, writer, on_message)
        code = await connection._log_in(_connect_packet(credentials, will, keepalive))
        if code != 0:
            await _ended(writer)
            raise ConnectFailed(code or 0)
        connection._task = asyncio.create_task(connection._run())
        return connection

    def close(self) -> None:
        """End the connection without a DISCONNECT; what was written still goes out."""
        self._writer.close()

    async def wait_closed(self) -> None:
        """Wait until nothing of the connection runs any more."""
        if self._task is not None:
            await self._task

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe at QoS 1 and wait for the broker's answer.

        Raises:
            EOFError: the connection broke.
        """
        packet_id = self._next_id()
        payload = b"".join(_text(topic) + b"\x01" for topic in filters)
        answered = self._answer(_SUBACK, packet_id)
        self._write(_SUBSCRIBE, packet_id.to_bytes(2) + payload)
        await answered

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send at QoS 0 or 1; the acknowledgement of QoS 1 is not waited for."""
        packet_id = self._next_id().to_bytes(2) if qos else b""
        self._write(_PUBLISH | qos << 1 | retain, _text(topic) + packet_id + payload)

    async def publish_exactly_once(self, topic: str, payload: bytes) -> None:
        """Send at QoS 2 and wait for the PUBREC; what follows goes its way.

        Raises:
            EOFError: the connection broke.
        """
        packet_id = self._next_id()
        answered = self._answer(_PUBREC, packet_id)
        self._write(_PUBLISH | 2 << 1, _text(topic) + packet_id.to_bytes(2) + payload)
        await answered

    def ping(self) -> None:
        """Tell the broker that the module is alive; nobody looks whether it answers."""
        self._write(_PINGREQ, b"")

    async def flush(self) -> None:
        """Wait until the operating system has taken what was written."""
        try:
            await self._writer.drain()
        except OSError:
            self.close()

    async def _log_in(self, packet: bytes) -> int | None:
        """Say who it is, and return the broker's return code, or None where it gives none."""
        self._writer.write(packet)
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT):
                first, body = await self._packet()
        except OSError, EOFError:
            return None
        return body[1] if first == _CONNACK else None

    async def _run(self) -> None:
        try:
            while True:
                self._handle(*await self._packet())
        except OSError, EOFError:
            await _ended(self._writer)
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(EOFError())
            self.closed.set()

    async def _packet(self) -> tuple[int, bytes]:
        first = (await self._reader.readexactly(1))[0]
        length = shift = 0
        while True:
            byte = (await self._reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return first, await self._reader.readexactly(length)

    def _handle(self, first: int, body: bytes) -> None:
        if first & 0xF0 == _PUBLISH:
            self._handle_publish(first, body)
            return
        if first == _PUBREC:
            self._write(_PUBREL, body[:2])
        if first in {_SUBACK, _PUBREC}:
            answer = self._waiting.pop((first, int.from_bytes(body[:2])), None)
            if answer is not None and not answer.done():
                answer.set_result(None)

    def _handle_publish(self, first: int, body: bytes) -> None:
        end = 2 + int.from_bytes(body[:2])
        topic, rest = body[2:end].decode(errors="replace"), body[end:]
        if first & 0x06:
            self._write(_PUBACK, rest[:2])
            rest = rest[2:]
        self._on_message(topic, rest)

    def _answer(self, packet: int, packet_id: int) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[packet, packet_id] = future
        if self.closed.is_set():
            future.set_exception(EOFError())
        return future

    def _next_id(self) -> int:
        self._last_id = self._last_id % _MAX_PACKET_ID + 1
        return self._last_id

    def _write(self, first: int, body: bytes) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(bytes([first]) + _length(len(body)) + body)


async def _ended(writer: asyncio.StreamWriter) -> None:
    """Close a stream that may be broken already."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _connect_packet(credentials: Credentials, will: Will, keepalive: int) -> bytes:
    flags = 0x24  # a will, retained, QoS 0; clean session off
    payload = _text(credentials.client_id) + _text(will.topic) + _data(will.payload)
    if credentials.username is not None:
        flags |= 0x80
        payload += _text(credentials.username)
        if credentials.password is not None:
            flags |= 0x40
            payload += _text(credentials.password)
    body = _text("MQTT") + bytes([4, flags]) + keepalive.to_bytes(2) + payload
    return bytes([_CONNECT]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    return _data(text.encode())


def _data(data: bytes) -> bytes:
    return len(data).to_bytes(2) + data


def _length(value: int) -> bytes:
    encoded = bytearray()
    while True:
        value, low = divmod(value, 0x80)
        encoded.append(low | (0x80 if value else 0))
        if not value:
            return bytes(encoded)
