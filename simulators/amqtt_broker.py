"""amqtt's broker, made to follow MQTT 3.1.1 where its 0.12.1 does not and where our tests depend on it.

Each method below mends one deviation, named in its docstring. They matter: a broker that queues QoS 0 messages would
hide whether a command can be left behind for a car that is away, and one that never enforces keepalive would never
publish the will of a car that lost coverage.
"""

import asyncio
from collections.abc import Coroutine, Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
import math
from typing import Any, override

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker, BrokerContext
from amqtt.contexts import BaseContext
from amqtt.mqtt.disconnect import DisconnectPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.pubcomp import PubcompPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.pubrec import PubrecPacket
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.plugins.manager import PluginManager
from amqtt.session import IncomingApplicationMessage, Session

_KEEPALIVE_GRACE = 1.5
_TURNS_TO_WAIT = 20
_published_qos: ContextVar[int | None] = ContextVar("published_qos", default=None)


class AccountsPlugin(BaseAuthPlugin):
    """Accept the given accounts, or everybody when there are none.

    amqtt's own anonymous plugin marks its sessions, and marked sessions lose their queued messages: the very thing
    that a module with clean session off relies on.
    """

    @dataclass
    class Config:
        """The plugin's configuration, filled in by amqtt."""

        accounts: dict[str, str] = field(default_factory=dict)

    def __init__(self, context: BaseContext) -> None:
        """Keep the accounts."""
        super().__init__(context)
        self._accounts: dict[str, str] = dict(self._get_config_option("accounts", {}))

    @override
    async def authenticate(self, *, session: Session) -> bool:
        """Compare user name and password."""
        if not self._accounts:
            return True
        return session.username is not None and self._accounts.get(session.username) == session.password


class _Handler(BrokerProtocolHandler):
    """A connection whose silence is noticed, and whose last words are heard."""

    def __init__(self, plugins_manager: PluginManager[BrokerContext]) -> None:
        """Start with nothing to deliver."""
        super().__init__(plugins_manager)
        self._undelivered = 0
        self._delivering = True
        self._ending: list[DisconnectPacket | None] = []
        self.over = False

    @override
    def handle_read_timeout(self) -> None:
        """Close a connection that was silent for one and a half keepalive periods (MQTT-3.1.2-24)."""
        self._ending.append(None)
        self._end_if_drained()

    @override
    def handle_publish(self, publish_packet: PublishPacket) -> Coroutine[Any, Any, None]:
        """Take a QoS 0 message as it comes.

        amqtt hands each to a task of its own, and cancels those that had no turn yet when the connection ends: what a
        client sent last would be lost.
        """
        if publish_packet.qos or self.session is None or not publish_packet.topic_name:
            return super().handle_publish(publish_packet)
        message = IncomingApplicationMessage(
            None, publish_packet.topic_name, 0, publish_packet.data or b"", publish_packet.retain_flag
        )
        message.publish_packet = publish_packet
        self.session.delivered_message_queue.put_nowait(message)
        self._undelivered += 1
        return _done()

    @override
    def handle_disconnect(self, disconnect: DisconnectPacket | None) -> Coroutine[Any, Any, None]:
        """End when everything is delivered; what was said first, DISCONNECT or nothing, is what counts."""
        self._ending.append(disconnect)
        self._end_if_drained()
        return _done()

    @override
    async def handle_puback(self, puback: PubackPacket) -> None:
        """Give amqtt, which begins to wait for the answer after it has sent, the time to do so."""
        await self._awaited(self._puback_waiters, puback.packet_id)
        await super().handle_puback(puback)

    @override
    async def handle_pubrec(self, pubrec: PubrecPacket) -> None:
        """As with PUBACK."""
        await self._awaited(self._pubrec_waiters, pubrec.packet_id)
        await super().handle_pubrec(pubrec)

    @override
    async def handle_pubcomp(self, pubcomp: PubcompPacket) -> None:
        """As with PUBACK."""
        await self._awaited(self._pubcomp_waiters, pubcomp.packet_id)
        await super().handle_pubcomp(pubcomp)

    @override
    async def stop(self) -> None:
        """Stop, without delivering what is left.

        At the connection's end amqtt calls this twice: too early when its reader is through, and rightly when the
        session's loop has seen the end.
        """
        if asyncio.current_task() is self._reader_task and self._delivering:
            self._stop_waiters()
            return
        self.delivered(further=False)
        self.over = True
        await super().stop()

    def delivered(self, *, further: bool) -> None:
        """Note that a message is delivered; without `further` no other will be."""
        self._delivering = further
        self._undelivered = max(0, self._undelivered - 1) if further else 0
        self._end_if_drained()

    @staticmethod
    async def _awaited(waiters: Mapping[int, object], packet_id: int) -> None:
        for _ in range(_TURNS_TO_WAIT):
            if packet_id in waiters:
                return
            await asyncio.sleep(0)

    def _end_if_drained(self) -> None:
        waiter = self._disconnect_waiter
        if self._ending and not self._undelivered and waiter is not None and not waiter.done():
            waiter.set_result(self._ending[0])


class ConformingBroker(Broker):
    """An amqtt broker with its deviations mended."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take amqtt's own configuration."""
        super().__init__(config)
        self._subscribing: set[str] = set()
        self._cut = False

    @override
    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Close the stream at the end, also where amqtt gave up because the other side was faster."""
        try:
            # Who is refused may hang up before amqtt does, which it would take for a fault.
            with suppress(OSError):
                await super().stream_connected(reader, writer, listener_name)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    @override
    async def _initialize_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        """Enforce keepalive, with the half period of grace that MQTT asks for."""
        _, session = await super()._initialize_client_session(reader, writer, remote_address, remote_port)
        session.keep_alive = math.ceil(session.keep_alive * _KEEPALIVE_GRACE)
        return _Handler(self.plugins_manager), session

    @override
    async def _handle_message_delivery(
        self, client_session: Session, handler: BrokerProtocolHandler, wait_deliver: asyncio.Future[Any]
    ) -> bool:
        """Remember at which QoS a message was published."""
        message = wait_deliver.result()
        token = _published_qos.set(None if message is None else message.qos)
        further = False
        try:
            further = await super()._handle_message_delivery(client_session, handler, wait_deliver)
        finally:
            _published_qos.reset(token)
            if isinstance(handler, _Handler) and not (message is not None and message.qos):
                handler.delivered(further=further)
        return further

    @override
    async def _broadcast_message(
        self,
        session: Session | None,
        topic: str | None,
        data: bytes | bytearray | None,
        force_qos: int | None = None,
    ) -> None:
        """Deliver a QoS 0 message at QoS 0, and do not queue it for who is away.

        amqtt uses the subscription's QoS alone, where the lower of the two is right. Higher ones are left to it.
        """
        if self._cut:
            return
        published = _published_qos.get() if force_qos is None else force_qos
        await super()._broadcast_message(session, topic, data, 0 if published == 0 else None)

    @override
    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        """Leave a session connected when the connection that ends has already been taken over by another."""
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        session, newer = self._sessions.get(client_session.client_id or "", (client_session, handler))
        if isinstance(newer, _Handler) and newer is not handler and not newer.over:
            session.transitions.to_connected()

    @override
    async def _handle_subscription(
        self, client_session: Session, handler: BrokerProtocolHandler, subscribe_waiter: asyncio.Future[Any]
    ) -> None:
        """Note that retained messages are due: a subscription was asked for."""
        with self._subscription_of(client_session.client_id or ""):
            await super()._handle_subscription(client_session, handler, subscribe_waiter)

    @override
    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """Send retained messages for a subscription only, and only to who subscribed.

        amqtt also sends every client that connects the retained messages of everybody's subscriptions.
        """
        if session.client_id in self._subscribing:
            await super()._publish_retained_messages_for_subscription(subscription, session)

    @contextmanager
    def _subscription_of(self, client_id: str) -> Generator[None]:
        self._subscribing.add(client_id)
        try:
            yield
        finally:
            self._subscribing.discard(client_id)

    def ports(self) -> dict[str, int]:
        """The port of each listener, once started."""
        return {name: next(iter(server.instance.sockets)).getsockname()[1] for name, server in self._servers.items()}

    async def cut(self) -> None:
        """End like a broker that is killed: connections break, no will is published, nothing is kept."""
        self._cut = True
        while not self._broadcast_queue.empty():
            self._broadcast_queue.get_nowait()
        for session, _ in self.sessions.values():
            session.will_flag = False
        for server in self._servers.values():
            server.instance.close()
            if isinstance(server.instance, asyncio.Server):
                server.instance.abort_clients()
        await self.shutdown()


async def _done() -> None:
    """Be awaited without a turn of the loop, in which amqtt's reader could be cancelled for good."""
