"""Where a broker is and how it wants to be spoken to, and one try to reach it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
import logging
import ssl
import tempfile

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.reasoncodes import ReasonCode

from .errors import CannotConnect, ConnectionRefused, LinkError, TlsFailed

# The TCP connection has 5 s of its own in paho; a broker that accepts it answers at once or not at all.
ANSWER_TIMEOUT = 8.0
# A broker that vanished without a word is noticed after two of these, so that the tries to reach it have begun when it
# comes back.
KEEPALIVE_SECONDS = 15

# The reasons for a broker's no that are about who asks (MQTT 5; paho translates the codes of MQTT 3.1.1 into these): bad
# client identifier, user name or password, rights, banned, authentication method.
_REFUSALS = frozenset({0x85, 0x86, 0x87, 0x8A, 0x8C})

# aiomqtt logs through here; its own logger would show topics of every vehicle at debug level.
_LOGGER = logging.getLogger(__name__)


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
            if self.insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.certificate is not None:
                self._load_client_certificate(context)
        except (ssl.SSLError, ValueError) as error:
            raise TlsFailed("a certificate or key cannot be read") from error
        return context

    def _load_client_certificate(self, context: ssl.SSLContext) -> None:
        # The ssl module takes a client certificate from files only.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(f"{self.certificate}\n{self.key or ''}\n")
            file.flush()
            context.load_cert_chain(file.name)


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


@asynccontextmanager
async def connection(
    broker: Broker, *, client_id: str | None = None, will: aiomqtt.Will | None = None
) -> AsyncGenerator[aiomqtt.Client]:
    """Be connected to a broker, with a clean session.

    Raises:
        ConnectionRefused, TlsFailed, CannotConnect: as it is; also when the connection is lost inside.
    """
    tls = None if broker.tls is None else await asyncio.to_thread(broker.tls.context)
    websockets = broker.transport is Transport.WEBSOCKETS
    client = aiomqtt.Client(
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
        logger=_LOGGER,
    )
    try:
        await _enter(client)
        try:
            yield client
        finally:
            await client.__aexit__(None, None, None)
    except aiomqtt.MqttError as error:
        raise _link_error(error) from error
    except ValueError as error:
        # The library's and the resolver's word for a host or port that is none.
        raise CannotConnect(str(error)) from error


async def _enter(client: aiomqtt.Client) -> None:
    # The connection is made in a thread that cannot be stopped. Who gives up meanwhile must not leave it behind open.
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        with contextlib.suppress(aiomqtt.MqttError):
            await entering
            await client.__aexit__(None, None, None)
        raise


def _link_error(error: aiomqtt.MqttError) -> LinkError:
    # The library turns what the socket raised into one class and keeps the original as its context.
    if isinstance(error.__context__, ssl.SSLError):
        return TlsFailed(str(error))
    if isinstance(error, MqttConnectError) and reason(error.rc) in _REFUSALS:
        return ConnectionRefused(str(error))
    return CannotConnect(str(error))


def reason(code: int | ReasonCode | None) -> int | None:
    """The number of a reason code, which the library hands out in two forms."""
    return code.value if isinstance(code, ReasonCode) else code
