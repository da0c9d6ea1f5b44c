"""Where a broker is and how it wants to be spoken to, and one try to reach it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
import logging
import os
import socket
import ssl
import tempfile
from typing import Any, NoReturn, override

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
import paho.mqtt.client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from .errors import CannotConnect, ConnectionRefused, LinkError, TlsFailed

# A broker that takes a TCP connection (paho gives it 5 s) answers at once or not at all.
HANDSHAKE_TIMEOUT = 5.0
ANSWER_TIMEOUT = 8.0
# For a last word to a broker that may no longer listen.
FAREWELL_TIMEOUT = 2.0
# A broker that vanished without a word is noticed after two of these, so that the tries to reach it have begun when it
# comes back. A broker drops a client after one and a half, so what got stuck in the network is not delivered later.
KEEPALIVE_SECONDS = 15

# The reasons for a broker's no that are about who asks (MQTT 5; paho translates the codes of MQTT 3.1.1 into these): bad
# client identifier, user name or password, rights, banned, authentication method.
_REFUSALS = frozenset({0x85, 0x86, 0x87, 0x8A, 0x8C})
# From here on, the code that answers a subscription says no (MQTT 3.1.1 and 5).
_SUBSCRIPTION_REFUSED = 0x80

# What a log says after "was lost": a broker gives no reason when it goes.
_LOST = "the broker closed it, or fell silent"

_LOGGER = logging.getLogger(__name__)


def _to_look_closely(record: logging.LogRecord) -> bool:
    """Make a detail of what the library calls an error, for its caller is told by an exception and says it once."""
    record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return _LOGGER.isEnabledFor(logging.DEBUG)


# Never each message, for topics tell the user's name at the broker and the vehicle's id.
_LIBRARY_LOGGER = logging.getLogger(f"{__name__}.library")
_LIBRARY_LOGGER.setLevel(logging.INFO)
_LIBRARY_LOGGER.addFilter(_to_look_closely)


type Receive = Callable[[str, bytes, bool], None]


class Transport(StrEnum):
    """What MQTT is carried by."""

    TCP = "tcp"
    WEBSOCKETS = "websockets"


class Protocol(StrEnum):
    """The protocol version that the broker is spoken to in."""

    V31 = "3.1"
    V311 = "3.1.1"
    V5 = "5"


_PROTOCOLS = {
    Protocol.V31: aiomqtt.ProtocolVersion.V31,
    Protocol.V311: aiomqtt.ProtocolVersion.V311,
    Protocol.V5: aiomqtt.ProtocolVersion.V5,
}


class _TlsSocket(ssl.SSLSocket):
    """A TLS socket that is closed, and soon, when its handshake comes to nothing.

    The library would wait for as long as the keepalive, and leave the socket to the garbage collector.
    """

    @override
    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(HANDSHAKE_TIMEOUT)
        try:
            super().do_handshake(block)
        except ssl.SSLError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise ssl.SSLError(f"no TLS handshake: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How to trust a broker and how to be trusted: PEM texts.

    Without `authority` the machine's own trusted authorities count. `insecure` accepts any certificate of any name.
    """

    authority: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        """Make the context. It reads and writes files, so call it where that may block.

        Raises:
            TlsFailed: a certificate or key cannot be read.
        """
        try:
            context = ssl.create_default_context(cadata=self.authority)
            if self.certificate is not None:
                self._load_client_certificate(context)
        except (OSError, ValueError, TypeError) as error:
            # The last is the ssl module's word for letters that no PEM has.
            raise TlsFailed("a certificate or key cannot be read") from error
        if self.authority is not None:
            # What home-made authorities sign often lacks the fields that RFC 5280 asks for, and is meant all the same.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.sslsocket_class = _TlsSocket
        return context

    def _load_client_certificate(self, context: ssl.SSLContext) -> None:
        # The ssl module takes a client certificate from files only, and would ask a terminal for the key's password.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(f"{self.certificate}\n{self.key or ''}\n")
            file.flush()
            context.load_cert_chain(file.name, password="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """An MQTT broker."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    transport: Transport = Transport.TCP
    websocket_path: str = "/"
    websocket_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    protocol: Protocol = Protocol.V311


class _Unanswered(aiomqtt.MqttError):
    """The broker closed the connection without a word about the request to connect."""


class Connection(aiomqtt.Client):
    """aiomqtt's client with its loose ends tied.

    By itself (2.5.1) it goes on waiting for answers on a connection that is gone. It keeps the socket of a broker that
    never answers, or that sends what cannot be read; for the latter it also asks the system again and again. It writes to
    sockets that have been closed meanwhile. And it makes a task for each message, which is most of a message's cost.
    """

    def __init__(self, *args: Any, receive: Receive | None = None, **kwargs: Any) -> None:
        """`receive` is called with topic, payload and the retain flag of each message, which then is in no queue."""
        self._receive = receive
        super().__init__(*args, **kwargs)

    async def ended(self) -> NoReturn:
        """Wait for the connection to be lost.

        Raises:
            aiomqtt.MqttError: when it is.
        """
        await asyncio.wait([self._disconnected])
        raise aiomqtt.MqttError(_LOST) from self._disconnected.exception()

    async def enter(self) -> None:
        """Connect; when cancelled meanwhile, end as soon as the thread that connects allows it."""
        connecting = asyncio.create_task(self.__aenter__())
        disconnected = self._disconnected
        try:
            await asyncio.wait([connecting])
            await connecting
            if disconnected.done():
                # The library forgets that a connection ended before it could say that it began.
                _read_outcome(self._disconnected)
                self._disconnected = disconnected
                raise aiomqtt.MqttError(_LOST) from disconnected.exception()
        except asyncio.CancelledError:
            # Nothing is expected of the broker any more, now or once the thread has reached it.
            self.timeout = 0
            self._abort()
            await _ended(connecting)
            raise
        except ValueError as error:
            # The library's and the resolver's word for a host or port that is none.
            raise CannotConnect(str(error)) from error
        finally:
            # It holds its error, which holds this frame; and sockets that the library forgot to close.
            del connecting

    async def leave(self) -> None:
        """Disconnect in order if that is possible, and leave nothing behind if not."""
        try:
            if self._connected.done():
                self.timeout = FAREWELL_TIMEOUT
                with contextlib.suppress(aiomqtt.MqttError):
                    await self.__aexit__(None, None, None)
        finally:
            self._abort()
            if self._misc_task is not None:
                await asyncio.wait([self._misc_task])
            _read_outcome(self._connected)
            _read_outcome(self._disconnected)

    def _abort(self) -> None:
        # Before this task runs, the socket is the connecting thread's.
        connection = None if self._misc_task is None else self._client.socket()
        if connection is None:
            return
        # Whatever state the library is in, it closes the socket after a failed attempt to write.
        self._client.disconnect()
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)

    @override
    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        if self._receive is None:
            super()._on_message(client, userdata, message)
        else:
            self._receive(message.topic, message.payload, message.retain)

    @override
    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # While a connection is made, another thread comes here.
        self._loop.call_soon_threadsafe(self._await_writable, sock)

    def _await_writable(self, sock: Any) -> None:
        # It may have been closed since it was to be written to, and its number may be another's by now.
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._client.loop_write)

    @override
    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        # It looks at the outcome of an attempt that may have been given up in this very turn.
        with contextlib.suppress(asyncio.CancelledError):
            super()._on_disconnect(client, userdata, flags, reason_code, properties)
        if not self._connected.done():
            self._connected.set_exception(_Unanswered("the broker closed the connection without an answer"))
        for answer in self._pending_subscribes.values():
            # And so may the wait for this one.
            with contextlib.suppress(asyncio.InvalidStateError):
                answer.set_exception(aiomqtt.MqttError(_LOST))


@asynccontextmanager
async def connection(
    broker: Broker,
    *,
    client_id: str | None = None,
    will: aiomqtt.Will | None = None,
    receive: Receive | None = None,
) -> AsyncGenerator[Connection]:
    """Be connected to a broker, with a clean session.

    `receive` is called with topic, payload and the retain flag of each message, at once; without it the messages wait
    in `Connection.messages`.

    Cancelled while it connects, it first waits for the system's attempt to end: up to 5 s for each address of the host,
    5 s for TLS, and as long as the keepalive for a server that does not answer on websockets.

    Raises:
        ConnectionRefused, TlsFailed, CannotConnect: as it is; also when the connection is lost inside.
    """
    if not 0 < broker.port < 0x10000:
        raise CannotConnect("the port is none")
    tls = None if broker.tls is None else await asyncio.to_thread(broker.tls.context)
    client = _client(broker, tls, client_id, will, receive)
    failure = None
    try:
        await client.enter()
        yield client
    except aiomqtt.MqttError as error:
        failure = _link_error(error, encrypted=tls is not None)
    finally:
        await client.leave()
    if failure is not None:
        # Outside of the handler, because the library's errors hold on to sockets that it forgot to close.
        raise failure


def _client(
    broker: Broker,
    tls: ssl.SSLContext | None,
    client_id: str | None,
    will: aiomqtt.Will | None,
    receive: Receive | None,
) -> Connection:
    websockets = broker.transport is Transport.WEBSOCKETS
    return Connection(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=broker.password,
        identifier=client_id,
        protocol=_PROTOCOLS[broker.protocol],
        transport="websockets" if websockets else "tcp",
        websocket_path=broker.websocket_path if websockets else None,
        websocket_headers=dict(broker.websocket_headers) or None,
        tls_context=tls,
        will=will,
        keepalive=KEEPALIVE_SECONDS,
        timeout=ANSWER_TIMEOUT,
        logger=_LIBRARY_LOGGER,
        receive=receive,
    )


async def _ended(task: asyncio.Task[Any]) -> None:
    """Wait for a task to end, however often this is cancelled, and without regard to its result."""
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    _read_outcome(task)


def _read_outcome(future: asyncio.Future[Any]) -> None:
    """Look at a result that nobody waits for, so that asyncio does not report an error as overlooked."""
    if future.done() and not future.cancelled():
        future.exception()


def _link_error(error: aiomqtt.MqttError, *, encrypted: bool) -> LinkError:
    # The library turns what the socket raised into one class and keeps the original as its context.
    if isinstance(error.__context__, ssl.SSLError):
        return TlsFailed(str(error))
    if isinstance(error, _Unanswered) and encrypted:
        # Since TLS 1.3 a server says only after the handshake that it misses the client's certificate.
        return TlsFailed(f"{error}; it may ask for a client certificate")
    if isinstance(error, MqttConnectError) and _number(error.rc) in _REFUSALS:
        return ConnectionRefused(str(error))
    return CannotConnect(str(error))


def is_refusal(code: int | ReasonCode) -> bool:
    """Whether this code in a broker's answer to a subscription says no."""
    return (_number(code) or 0) >= _SUBSCRIPTION_REFUSED


def _number(code: int | ReasonCode | None) -> int | None:
    """The number of a reason code, which the library hands out in two forms."""
    return code.value if isinstance(code, ReasonCode) else code
