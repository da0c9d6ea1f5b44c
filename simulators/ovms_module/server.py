"""Server v3: the module's face on MQTT."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import tzinfo
import fnmatch
import ssl

from .clock import Clock
from .configuration import Configuration
from .encoding import encode
from .firmware import Generation
from .knobs import Knobs
from .metrics import Metric, Metrics
from .mqtt import ConnectFailed, Connection, Credentials, Will
from .outbox import Notification, Outbox, event_topics, notification_text, notification_topic
from .relay import Relay
from .shell import Shell
from .transmission import Transmission

_RETRY_AFTER_FAILURE = 30
_RETRY_AFTER_LOSS = 60
_CLIENT_VALID = 120
_CLIENT_CHECK = 60
_FULL_NOT_AGAIN = 30
_MODIFIED_NOT_AGAIN = 20
_STATE_EVENTS = frozenset(
    {
        "vehicle.on",
        "vehicle.off",
        "vehicle.awake",
        "vehicle.charge.start",
        "vehicle.charge.stop",
        "vehicle.locked",
        "vehicle.unlocked",
    }
)
"""Events that send the modified metrics at once, where the firmware listens to any."""
_PRIORITY = ("m.time.utc", "v.p.latitude", "v.p.longitude", "v.p.altitude", "v.p.direction", "v.p.gps", "v.p.speed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How the module presents itself to its broker."""

    prefix: str
    client_id: str
    username: str | None
    password: str | None
    keepalive: int
    tls: ssl.SSLContext | None


class Server:
    """Connection, topics, presence, commands and requests."""

    def __init__(
        self,
        account: Account,
        relay: Relay,
        generation: Generation,
        metrics: Metrics,
        config: Configuration,
        clock: Clock,
        shell: Shell,
        knobs: Knobs,
        zone: tzinfo,
    ) -> None:
        """Put the parts together; nothing is connected yet."""
        self._account = account
        self._relay = relay
        self._generation = generation
        self._metrics = metrics
        self._config = config
        self._clock = clock
        self._shell = shell
        self._knobs = knobs
        self._zone = zone
        self.transmission = Transmission(metrics, generation, config, self.publish_metric)
        self.outbox = Outbox(generation)
        self._peers: dict[str, float] = {}
        self._connection: Connection | None = None
        self._inbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connecting: asyncio.Task[None] | None = None
        self._data_task: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._busy = False
        self._retry_at = 0.0
        self._last_sent = 0.0
        self._running = False

    # The link

    @property
    def connected(self) -> bool:
        """The broker has accepted the module and the connection is not known to be broken."""
        return self._connection is not None

    @property
    def status(self) -> tuple[str, str]:
        """The state and its explanation, as `server v3 status` shows them."""
        if self.connected:
            return "Connected", "Connected and logged in"
        if self._connecting is not None:
            return "Connecting...", "Connecting to server"
        seconds = max(0, int(self._retry_at - self._clock.now))
        return f"Waiting to reconnect ({seconds} second(s) remaining)", "Disconnected from server"

    def start(self) -> None:
        """Begin to take part; `second` connects."""
        self._running = True
        self._retry_at = self._clock.now
        self._worker = self._spawn(self._work())

    async def stop(self) -> None:
        """End without a word to the broker."""
        self._running = False
        if (connection := self._connection) is not None:
            self._connection = None
            connection.close()
            await connection.wait_closed()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._connecting = self._data_task = self._worker = self._watcher = None
        self._busy = False
        self._peers.clear()
        self._inbox = asyncio.Queue()
        self.transmission.reset()
        self.outbox.reset()

    async def connect(self) -> None:
        """Connect now; returns when the first full transmission is out, or the attempt has failed."""
        if self._connection is None:
            if self._connecting is None:
                self._connecting = self._spawn(self._connect())
            await asyncio.wait([self._connecting])

    async def disconnected(self) -> None:
        """Wait until the end of the connection has been noticed."""
        if self._connection is not None and self._watcher is not None:
            await asyncio.wait([self._watcher])

    async def settle(self) -> None:
        """Wait for an attempt to connect that is under way, and for what was written to be taken."""
        if (connecting := self._connecting) is not None:
            await asyncio.wait([connecting])
        if self._connection is not None and not self._relay.frozen:
            await self._connection.flush()

    def second(self) -> None:
        """Do what the firmware does every second."""
        now = self._clock.now
        if self._connection is None:
            if self._running and self._connecting is None and now >= self._retry_at:
                self._connecting = self._spawn(self._connect())
            return
        if now - self._last_sent >= self._account.keepalive:
            self._last_sent = now
            self._connection.ping()
        if int(now) % _CLIENT_CHECK == 0:
            self._expire_clients()
        self.transmission.second(now, len(self._peers))
        self.flush()

    def schedule_update(self, kind: str) -> None:
        """Have metrics sent with the next second: all, modified, or priority (position and time)."""
        match kind:
            case "all":
                self._clock.call_later(1, lambda: self.transmission.ask_full(self._clock.now))
            case "modified":
                self._clock.call_later(1, lambda: self.transmission.ask_modified(self._clock.now))
            case _:
                self._clock.call_later(1, self._send_priority)

    def flush(self) -> None:
        """Send what waits, unless a command is running: nothing is sent meanwhile."""
        if self._connection is None or self._busy:
            return
        self._send_outbox()
        self.transmission.flush()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send on a topic below the prefix; without a connection it is lost."""
        if self._connection is not None:
            self._last_sent = self._clock.now
            self._connection.publish(self._account.prefix + topic, payload, qos=qos, retain=retain)

    def publish_metric(self, metric: Metric) -> None:
        """Send one metric, an undefined one as an empty message."""
        definition = metric.definition
        text = encode(definition.kind, metric.value, self._generation, self._zone) if metric.defined else ""
        self.publish(metric_topic(definition.name), text.encode(), retain=True)

    def event(self, name: str) -> None:
        """Raise an event."""
        self.outbox.add_event(name)
        if self._generation.state_events_send and name in _STATE_EVENTS:
            self.transmission.ask_modified(self._clock.now)
        self.flush()

    def notify(self, kind: str, subtype: str, text: str) -> None:
        """Raise a notification, and the event that goes with all but data."""
        self.outbox.add_notification(kind, subtype, text, self._clock.now)
        if kind != "data":
            self.event(f"notify.{kind}.{subtype}")
        self.flush()

    async def _connect(self) -> None:
        account = self._account
        try:
            connection = await Connection.connect(
                "127.0.0.1",
                self._relay.local_port,
                Credentials(client_id=account.client_id, username=account.username, password=account.password),
                Will(topic=account.prefix + metric_topic("s.v3.connected"), payload=b"no"),
                account.keepalive,
                self._received,
                account.tls,
            )
        except ConnectFailed:
            self._retry_at = self._clock.now + _RETRY_AFTER_FAILURE
            self._connecting = None
            return
        self._connection = connection
        self._last_sent = self._clock.now
        self._watcher = self._spawn(self._watch(connection))
        try:
            await connection.subscribe([account.prefix + topic for topic in self._subscriptions()])
        except EOFError:
            return
        finally:
            self._connecting = None
        self._metrics.set("s.v3.connected", value=True)
        self.event("server.v3.connected")
        self.transmission.ask_full(self._clock.now)
        self.transmission.flush_all()
        await connection.flush()

    async def _watch(self, connection: Connection) -> None:
        """Notice the end of a connection."""
        await connection.closed.wait()
        await connection.wait_closed()
        self._connection = None
        self._retry_at = self._clock.now + _RETRY_AFTER_LOSS
        self._metrics.set("s.v3.connected", value=False)
        self.event("server.v3.disconnected")

    def _subscriptions(self) -> list[str]:
        topics = ["client/+/active", "client/+/command/+"]
        if self._generation.requests:
            topics += ["client/+/request/metric", "client/+/request/config"]
        return topics

    def _send_priority(self) -> None:
        for metric in self._metrics:
            if metric.modified and metric.definition.name.startswith(_PRIORITY):
                metric.modified = False
                self.publish_metric(metric)

    # What comes in

    def _received(self, topic: str, payload: bytes) -> None:
        # Neither the retain flag nor DUP is looked at: a retained command runs on every reconnect.
        self._inbox.put_nowait((topic, payload))

    async def _work(self) -> None:
        while True:
            topic, payload = await self._inbox.get()
            match topic.removeprefix(self._account.prefix).split("/"):
                case ["client", client, "active"]:
                    self._active(client, payload)
                case ["client", client, "command", command]:
                    await self._command(client, command, payload.decode(errors="replace"))
                case ["client", _, "request", "metric"] if self._generation.requests:
                    self._request_metrics(payload.decode(errors="replace"))
                case ["client", client, "request", "config"] if self._generation.requests:
                    self._request_config(client, payload.decode(errors="replace"))

    async def _command(self, client: str, command: str, line: str) -> None:
        self._busy = True
        try:
            output = self._shell.execute(line, self._knobs.reply_override)
            troubled = line.startswith(self._knobs.troubled)
            await self._clock.sleep(self._knobs.reply_delay * troubled + output.seconds)
            if not (self._knobs.lose_replies and troubled):
                for _ in range(self._knobs.reply_copies):
                    self.publish(f"client/{client}/response/{command}", output.text.encode(), qos=1)
        finally:
            self._busy = False
        self.flush()

    def _request_metrics(self, wanted: str) -> None:
        patterns = [pattern.strip() for pattern in wanted.split(",")]
        # A wildcard stands at one end, or alone; a pattern with one elsewhere is skipped.
        usable = [pattern for pattern in patterns if "*" not in pattern[1:-1] and pattern.count("*") <= 1]
        for metric in self._metrics:
            name = metric.definition.name
            if metric.defined and any(fnmatch.fnmatchcase(name, pattern) for pattern in usable):
                metric.modified = False
                self.publish_metric(metric)

    def _request_config(self, client: str, wanted: str) -> None:
        # Whether the shell would show the value is not asked: passwords are handed out.
        param, _, instance = wanted.partition("/")
        topic = f"client/{client}/config/{param.replace('.', '/')}/{instance.replace('.', '/')}"
        self.publish(topic, self._config.text(param, instance).encode())

    # Presence

    def _active(self, client: str, payload: bytes) -> None:
        known = client in self._peers
        if payload in {b"", b"0"}:
            self._peers.pop(client, None)
        else:
            # Clients live in real time, however fast the simulated one runs.
            self._peers[client] = self._clock.now + _CLIENT_VALID * max(1.0, self._clock.speed)
        if known != (client in self._peers):
            self._count_clients("app.disconnected" if known else "app.connected")

    def _expire_clients(self) -> None:
        now = self._clock.now
        expired = [client for client, until in self._peers.items() if until <= now]
        for client in expired:
            del self._peers[client]
        if expired:
            self._count_clients("app.disconnected")

    def _count_clients(self, event: str) -> None:
        now = self._clock.now
        self._metrics.set("s.v3.peers", len(self._peers))
        if self._generation.full_send_for_new_client and event == "app.connected":
            if now - self.transmission.last_full > _FULL_NOT_AGAIN:
                self.transmission.ask_full(now)
            elif now - self.transmission.last_modified > _MODIFIED_NOT_AGAIN:
                self.transmission.ask_modified(now)
        self.transmission.ask_modified(now)
        self.event(event)

    # What goes out

    def _send_outbox(self) -> None:
        for name in self.outbox.events():
            for topic, payload in event_topics(name, self._generation):
                self.publish(topic, payload.encode())
        confirming = self._data_task is not None and not self._data_task.done()
        for notification in self.outbox.notifications(self._clock.now, hold_data=confirming):
            target = notification_topic(notification, self._clock.now, self._generation)
            text = notification_text(notification, self._generation).encode()
            if notification.kind == "data":
                self._data_task = self._spawn(self._send_data(notification, target, text))
            else:
                self.publish(target, text, qos=1)

    async def _send_data(self, notification: Notification, topic: str, payload: bytes) -> None:
        """Send a record; the next one waits until the broker has it."""
        if (connection := self._connection) is None:
            self.outbox.put_back(notification)
            return
        try:
            await connection.publish_exactly_once(self._account.prefix + topic, payload)
        except EOFError:
            self.outbox.put_back(notification)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def metric_topic(name: str) -> str:
    """The topic of a metric, below the prefix."""
    return f"metric/{name.replace('.', '/')}"
