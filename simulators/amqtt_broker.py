"""amqtt's broker, made to follow MQTT 3.1.1 where its 0.12.1 does not and where our tests depend on it.

Each method below mends one deviation, named in its docstring. They matter: a broker that queues QoS 0 messages would
hide whether a command can be left behind for a car that is away, and one that never enforces keepalive would never
publish the will of a car that lost coverage.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
import math
from typing import Any, override

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BaseContext
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

_KEEPALIVE_GRACE = 1.5
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
    """A connection whose silence is noticed."""

    @override
    def handle_read_timeout(self) -> None:
        """Close a connection that was silent for one and a half keepalive periods (MQTT-3.1.2-24)."""
        if self._disconnect_waiter is not None and not self._disconnect_waiter.done():
            self._disconnect_waiter.set_result(None)


class ConformingBroker(Broker):
    """An amqtt broker with its deviations mended."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take amqtt's own configuration."""
        super().__init__(config)
        self._subscribing: set[str] = set()

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
        try:
            return await super()._handle_message_delivery(client_session, handler, wait_deliver)
        finally:
            _published_qos.reset(token)

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
        published = _published_qos.get() if force_qos is None else force_qos
        await super()._broadcast_message(session, topic, data, 0 if published == 0 else None)

    @override
    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        """Leave a session connected when the connection that ends has already been taken over by another."""
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        if (current := self._sessions.get(client_session.client_id or "")) is not None and current[1] is not handler:
            current[0].transitions.to_connected()

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
        for session, _ in self.sessions.values():
            session.will_flag = False
        for server in self._servers.values():
            server.instance.close()
            if isinstance(server.instance, asyncio.Server):
                server.instance.abort_clients()
        await self.shutdown()
