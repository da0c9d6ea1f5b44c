"""The link to a vehicle whose module publishes to an MQTT broker (server v3 of the firmware).

Commands go out with QoS 0 and are never retained: the module keeps its session at the broker, so whatever the broker
stored for it would run at its next connection, an unlock an hour later included.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import contextlib
from enum import StrEnum
import itertools
import logging
import random
import secrets
import time

import aiomqtt

from .broker import Broker, connection, reason
from .errors import ConnectionRefused, LinkError, NoAnswer, VehicleOffline
from .notifications import parse_event, parse_notification
from .vehicle import Receiver, Vehicle

_LOGGER = logging.getLogger(__name__)

# No metric of the firmware comes near it; what is larger is not read at all, so that it costs nothing.
MAX_PAYLOAD = 64 * 1024

MAX_STORED_COMMANDS = 50

# The module forgets a client 120 s after its last word.
PRESENCE_SECONDS = 60.0
# How long a person who just did something goes on looking.
ATTENTION_SECONDS = 300.0

# A car must be back on the dashboard within 5 s of its broker's return, so the pause between tries stays below that.
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 3.0
# Who is refused will be refused again, and brokers count.
REFUSED_RETRY_SECONDS = 15.0

# A module that spoke so recently is there. Another one is asked first, because a broker takes up to 45 minutes to notice
# that a module is gone, and what it was handed meanwhile is delivered when the module's connection comes back.
ALIVE_SECONDS = 20.0
SIGN_OF_LIFE_TIMEOUT = 15.0
CONFIG_TIMEOUT = 15.0
# Any answer is a sign of life, also that of a firmware which does not know the command (before 3.3.002).
_SIGN_OF_LIFE = "server v3 update modified"


# From here on, the code that answers a subscription says no (MQTT 3.1.1 and 5).
_SUBSCRIPTION_REFUSED = 0x80

# While one of these holds, the car does something worth following.
_REASONS_TO_LOOK = ("v.e.on", "v.c.charging", "v.e.awake")


class Presence(StrEnum):
    """When the module is told that somebody is looking; it then sends more often, which costs mobile data."""

    AUTOMATIC = "automatic"
    LIVE = "live"
    ECONOMY = "economy"


class MqttLink:
    """Feeds a vehicle from a broker and carries its commands, for as long as `run` runs."""

    def __init__(
        self,
        vehicle: Vehicle,
        *,
        prefix: str,
        client_id: str,
        broker: Callable[[], Awaitable[Broker]],
        presence: Presence = Presence.AUTOMATIC,
    ) -> None:
        """`prefix` is all that stands before `metric/`, used as it is.

        `client_id` names this client at the broker and at the module; `broker` is asked before each try, so that
        changed settings count at once.
        """
        self._vehicle = vehicle
        self._prefix = prefix
        self._client_id = client_id
        self._broker = broker
        self._presence = presence
        self._client: aiomqtt.Client | None = None
        self._receivers = self._metric_receivers()
        self._answers: dict[str, asyncio.Future[str]] = {}
        # The ids of an earlier run must not fit, because its answers can still be on their way.
        self._ids = (f"{secrets.token_hex(4)}-{number}" for number in itertools.count(1))
        self._attention_until = 0.0
        self._presence_due = asyncio.Event()
        self._twin_event: str | None = None
        # Commands that somebody left at the broker as retained messages: the module runs them whenever it connects.
        self._stored_commands: set[str] = set()
        vehicle.attach(self)

    @property
    def connected(self) -> bool:
        """Whether the broker is connected and subscribed."""
        return self._client is not None

    async def run(self, on_change: Callable[[LinkError | None], None]) -> None:
        """Connect, and connect again, until cancelled.

        `on_change` is called with None when the link came up, and with the error after each try or connection that ended.
        """
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                async with connection(await self._broker(), client_id=self._client_id, will=self._will()) as client:
                    await self._subscribe(client)
                    pause = FIRST_RETRY_SECONDS
                    on_change(None)
                    await self._serve(client)
            except LinkError as error:
                on_change(error)
                pause = REFUSED_RETRY_SECONDS if isinstance(error, ConnectionRefused) else pause
            # A house full of clients shall not return in the same moment.
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))
            pause = min(pause * 2, LAST_RETRY_SECONDS)

    async def execute(self, line: str, *, timeout: float) -> str:
        """Run one line on the module and return its answer."""
        await self._prove_alive()
        return await self._run(line, timeout=timeout)

    async def request(self, names: Iterable[str]) -> None:
        """Have the module publish these metrics again."""
        await self._prove_alive()
        await self._publish("request/metric", ",".join(names))

    async def read_config(self, param: str, instance: str) -> str:
        """Ask the module for one value of its configuration."""
        await self._prove_alive()
        path = f"config/{param}/{instance}".replace(".", "/")
        return await self._ask(
            path, below_client="request/config", payload=f"{param}/{instance}", timeout=CONFIG_TIMEOUT
        )

    @property
    def has_stored_commands(self) -> bool:
        """Whether the broker keeps commands that the module will run at each of its connections."""
        return bool(self._stored_commands)

    async def clear_stored_commands(self) -> None:
        """Have the broker forget the commands that it keeps for the module."""
        if self._client is None:
            raise LinkError("not connected")
        try:
            for path in sorted(self._stored_commands):
                await self._client.publish(f"{self._prefix}{path}", b"", qos=1, retain=True)
                self._stored_commands.discard(path)
        except aiomqtt.MqttError as error:
            raise LinkError(str(error)) from error
        self._vehicle.report_link()

    async def _prove_alive(self) -> None:
        self._pay_attention()
        if self._vehicle.heard_within(ALIVE_SECONDS):
            return
        try:
            await self._run(_SIGN_OF_LIFE, timeout=SIGN_OF_LIFE_TIMEOUT)
        except NoAnswer:
            raise VehicleOffline("the module gave no sign of life") from None

    async def _run(self, line: str, *, timeout: float) -> str:
        command_id = next(self._ids)
        return await self._ask(
            f"response/{command_id}", below_client=f"command/{command_id}", payload=line, timeout=timeout
        )

    async def _ask(self, answer_path: str, *, below_client: str, payload: str, timeout: float) -> str:
        """Publish something and wait for what the module publishes at `answer_path` of this client."""
        answer = self._answers.setdefault(answer_path, asyncio.get_running_loop().create_future())
        try:
            await self._publish(below_client, payload)
            async with asyncio.timeout(timeout):
                return await asyncio.shield(answer)
        except TimeoutError:
            raise NoAnswer(f"no answer within {timeout:.0f} s") from None
        finally:
            self._answers.pop(answer_path, None)

    async def _publish(self, below_client: str, payload: str) -> None:
        if self._client is None:
            raise LinkError("not connected")
        try:
            await self._client.publish(f"{self._prefix}client/{self._client_id}/{below_client}", payload, qos=0)
        except aiomqtt.MqttError as error:
            raise LinkError(str(error)) from error

    def _will(self) -> aiomqtt.Will:
        return aiomqtt.Will(f"{self._prefix}client/{self._client_id}/active", "0", qos=0)

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        granted = await client.subscribe(
            [
                (f"{self._prefix}metric/#", 0),
                (f"{self._prefix}notify/#", 1),
                (f"{self._prefix}event/#", 0),  # matches the older topic `event` too
                (f"{self._prefix}client/{self._client_id}/response/+", 1),
                (f"{self._prefix}client/{self._client_id}/config/#", 0),
                (f"{self._prefix}client/+/command/+", 0),
            ]
        )
        if any((reason(code) or 0) >= _SUBSCRIPTION_REFUSED for code in granted):
            raise ConnectionRefused("the broker does not let this user read the vehicle's topics")

    async def _serve(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._vehicle.report_link()
        presence = asyncio.create_task(self._announce(client))
        try:
            async for message in client.messages:
                self._receive(message.topic.value, message.payload, message.retain)
        finally:
            self._client = None
            await self._end_presence(presence, client)
            self._give_up_answers()
            self._vehicle.report_link()

    # What arrives

    def _metric_receivers(self) -> dict[str, Receiver]:
        receivers = {
            f"{self._prefix}metric/{name.replace('.', '/')}": self._vehicle.receiver(name)
            for name in self._vehicle.metrics
        }
        receivers[f"{self._prefix}metric/s/v3/connected"] = self._module_connected
        return receivers

    def _receive(self, topic: str, payload: object, stored: bool) -> None:
        receiver = self._receivers.get(topic)
        if receiver is None:
            self._receive_other(topic.removeprefix(self._prefix), payload, stored=stored)
        elif (text := _text(payload)) is None:
            self._vehicle.unreadable += 1
        else:
            receiver(text, stored)

    def _receive_other(self, path: str, payload: object, *, stored: bool) -> None:
        place, _, rest = path.partition("/")
        if place == "metric":
            self._vehicle.unknown_metrics += 1
        elif place == "client" and "/command/" in rest:
            self._command_seen(path, stored=stored)
        elif (text := _text(payload)) is None:
            self._vehicle.unreadable += 1
        elif place == "client":
            self._answered(rest.removeprefix(f"{self._client_id}/"), text)
        elif stored:
            pass  # news is never stored by the module; somebody else's leftover is no news
        elif place == "notify":
            self._notified(rest, text)
        else:
            self._event_happened(rest, text)

    def _module_connected(self, text: str, stored: bool) -> None:
        """Take `s.v3.connected`: the module publishes yes, its last will at the broker says no."""
        # The will is no sign of life, so the vehicle takes the text as if it had been stored.
        self._vehicle.update("s.v3.connected", text, stored=True)
        connected = self._vehicle.flag("s.v3.connected")
        if connected and not stored:
            self._vehicle.report_heard()
        self._vehicle.report_online(online=connected)
        self._presence_due.set()

    def _answered(self, path: str, text: str) -> None:
        self._vehicle.report_heard()
        answer = self._answers.get(path)
        if answer is not None and not answer.done():
            answer.set_result(text)

    def _command_seen(self, path: str, *, stored: bool) -> None:
        # Other controllers' commands pass here too; they are nobody's business, unless they are there to stay.
        if stored and len(self._stored_commands) < MAX_STORED_COMMANDS:
            self._stored_commands.add(path)
            self._vehicle.report_link()

    def _notified(self, path: str, text: str) -> None:
        self._vehicle.report_heard()
        notification = parse_notification(path, text)
        if notification is not None:
            self._vehicle.report_notification(notification)

    def _event_happened(self, path: str, text: str) -> None:
        """Take an event. Firmware 3.3.005 and later sends each twice: on the old topic, then on one of its own."""
        self._vehicle.report_heard()
        event = parse_event(path or text)
        if path and event == self._twin_event:
            self._twin_event = None
            return
        self._twin_event = None if path else event
        if event is not None:
            self._vehicle.report_event(event)

    def _give_up_answers(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(NoAnswer("the connection was lost"))

    # Presence

    def _pay_attention(self) -> None:
        self._attention_until = time.monotonic() + ATTENTION_SECONDS
        self._presence_due.set()

    def _wants_presence(self) -> bool:
        match self._presence:
            case Presence.LIVE:
                return True
            case Presence.ECONOMY:
                return False
            case Presence.AUTOMATIC:
                return time.monotonic() < self._attention_until or any(
                    self._vehicle.flag(name) for name in _REASONS_TO_LOOK
                )

    async def _announce(self, client: aiomqtt.Client) -> None:
        topic = f"{self._prefix}client/{self._client_id}/active"
        present = False
        forget = self._vehicle.subscribe(_REASONS_TO_LOOK, self._presence_due.set)
        try:
            while True:
                self._presence_due.clear()
                wanted = self._wants_presence()
                if wanted or present:
                    await client.publish(topic, "1" if wanted else "0", qos=0)
                present = wanted
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PRESENCE_SECONDS):
                        await self._presence_due.wait()
        except aiomqtt.MqttError as error:
            _LOGGER.debug("The presence could not be announced: %s", error)
        finally:
            forget()
            if present:
                with contextlib.suppress(aiomqtt.MqttError):
                    await client.publish(topic, "0", qos=0)

    async def _end_presence(self, presence: asyncio.Task[None], client: aiomqtt.Client) -> None:
        presence.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await presence


def _text(payload: object) -> str | None:
    """A payload's text; None for what no metric can be."""
    if not isinstance(payload, bytes | bytearray) or len(payload) > MAX_PAYLOAD:
        return None
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
