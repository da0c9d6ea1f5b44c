"""The link to a vehicle whose module publishes to an MQTT broker (server v3 of the firmware).

The module keeps its session at the broker and does not look at a command's age (all firmware): whatever was kept for it
runs at its next connection, an unlock an hour later included. So a command that acts goes out right after the module
answered a harmless question, with QoS 0, not retained, and over MQTT 5 with the order to be forgotten in seconds.

What remains is a module that loses its network between its answer and the command, mostly a fraction of a second and
never more than `SIGN_OF_LIFE_TIMEOUT` and the way of the command. The sender is told that there was no answer. The
command may run later where it waits: in the connection that the broker still takes for open, until the network is back
or the broker gives up (on Linux after a quarter of an hour, or one and a half of the module's keepalives if that is
sooner); and with MQTT 3.1.1, where nothing is ever too old, at a broker that keeps QoS 0 for absent clients (EMQX does
by default, Mosquitto only with `queue_qos0_messages`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
import itertools
import logging
import random
import secrets
import time

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .answers import Answers, Orders
from .attention import Mode
from .broker import FAREWELL_TIMEOUT, Broker, Connection, Protocol, connection, is_refusal
from .commands import FIRMWARE_3_3_002, FIRMWARE_3_3_006
from .errors import ConnectionRefused, LinkError, NoAnswer, VehicleOffline
from .follow_up import ASK_SECONDS, BLIND_ASK_SECONDS, SURE_ASK_SECONDS, Effect, FollowUp
from .notifications import parse_event, parse_notification
from .presence import Announcer
from .sign_of_life import SignOfLife
from .stored_commands import StoredCommands
from .vehicle import Receiver, Vehicle

__all__ = ["Mode", "MqttLink"]

_LOGGER = logging.getLogger(__name__)

# No metric of the firmware comes near it; what is larger is not read at all, so that it costs nothing.
MAX_PAYLOAD = 64 * 1024

# A car must be back on the dashboard within 5 s of its broker's return, so the pause between tries stays below that.
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 3.0
# Who is refused will be refused again, and brokers count. Not so at first: one that has just started may refuse everybody
# for some seconds until it has its list of users, so these tries are made at the pace of one that is away.
REFUSED_RETRY_SECONDS = 15.0
REFUSALS_OF_A_START = 6
# A connection that broke sooner was none, and the next try is made with more patience.
STEADY_SECONDS = 30.0

# A broker takes up to 45 minutes to notice that a module is gone, and what it was handed meanwhile is delivered when the
# module's connection comes back. For what only tells something it is enough that the module spoke so recently.
ALIVE_SECONDS = 20.0
SIGN_OF_LIFE_TIMEOUT = 15.0
CONFIG_TIMEOUT = 15.0
# Any answer is a sign of life, also that of a firmware which does not know the command (before 3.3.002).
_SIGN_OF_LIFE = "server v3 update modified"
# How long a broker may keep a command for a module that it cannot hand it to. One that is there has it at once.
EXPIRY_SECONDS = 5

# The library's class says nothing of its types.
_properties: Callable[[int], Properties] = Properties

# What `s.v3.connected` says of the module; nothing, once somebody deleted it from the broker.
_ONLINE = {"yes": True, "no": False, "": None}


class MqttLink:
    """Feeds a vehicle from a broker and carries its commands, for as long as `run` runs."""

    def __init__(
        self,
        vehicle: Vehicle,
        *,
        prefix: str,
        client_id: str,
        broker: Callable[[], Awaitable[Broker]],
        mode: Mode = Mode.AUTOMATIC,
    ) -> None:
        """`prefix` is all that stands before `metric/`, used as it is.

        `client_id` names this client at the broker and at the module; `broker` is asked before each try, so that
        changed settings count at once.
        """
        self._vehicle = vehicle
        self._prefix = prefix
        self._client_id = client_id
        self._broker = broker
        self._announcer = Announcer(vehicle, mode)
        self._follow_up = FollowUp()
        self._client: Connection | None = None
        self._receivers = self._metric_receivers()
        self._answers = Answers()
        self._sign_of_life = SignOfLife(self._answers_now)
        self._orders = Orders()
        # The ids of an earlier run must not fit, because its answers can still be on their way.
        run = secrets.token_hex(4)
        self._ids = (f"{run}-{number}" for number in itertools.count(1))
        self._twin_event: str | None = None
        self._stored_commands = StoredCommands(prefix)
        self._tried: Broker | None = None
        vehicle.attach(self)

    @property
    def connected(self) -> bool:
        """Whether the broker is connected and subscribed."""
        return self._client is not None

    @property
    def connected_to(self) -> Broker | None:
        """The broker at the other end, None if there is none; a later try can go to another one."""
        return self._tried if self.connected else None

    async def run(self, on_change: Callable[[LinkError | None], None]) -> None:
        """Connect, and connect again, until cancelled.

        `on_change` is called with None when the link came up, and with the error after each try or connection that ended.
        """
        pause, refusals = FIRST_RETRY_SECONDS, 0
        while True:
            began = time.monotonic()
            try:
                self._tried = await self._broker()
                async with connection(
                    self._tried, client_id=self._client_id, will=self._will(), receive=self._receive
                ) as client:
                    await self._subscribe(client)
                    await self._serve(client, on_change)
            except LinkError as error:
                on_change(error)
                refusals = refusals + 1 if isinstance(error, ConnectionRefused) else 0
                if refusals > REFUSALS_OF_A_START:
                    pause = REFUSED_RETRY_SECONDS
                elif time.monotonic() - began > STEADY_SECONDS:
                    pause = FIRST_RETRY_SECONDS
            # A house full of clients shall not return in the same moment.
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))
            pause = min(pause * 2, LAST_RETRY_SECONDS)

    # What goes out

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Run one line on the module and return its answer."""
        await self._prove_alive(careful=careful)
        with self._orders.given():
            return await self._run(line, timeout=timeout)

    def acted(self, effect: Effect | None) -> None:
        """Have the module publish what a command changed, as soon as the car shows it."""
        seconds: tuple[float, ...] = BLIND_ASK_SECONDS
        if effect is not None:
            seconds = SURE_ASK_SECONDS if effect.was_so else ASK_SECONDS
        self._follow_up.begin(effect, seconds)

    async def request(self, names: Iterable[str]) -> None:
        """Have the module publish these metrics again."""
        await self._prove_alive()
        await self._publish("request/metric", ",".join(names))

    async def read_config(self, param: str, instance: str) -> str:
        """Ask the module for one value of its configuration."""
        await self._prove_alive()
        path = f"config/{param}/{instance}".replace(".", "/")
        asked = f"{param}/{instance}"
        return await self._ask(path, below_client="request/config", payload=asked, timeout=CONFIG_TIMEOUT, patient=True)

    @property
    def has_stored_commands(self) -> bool:
        """Whether the broker keeps commands that the module will run at each of its connections."""
        return bool(self._stored_commands)

    async def clear_stored_commands(self) -> bool:
        """Have the broker forget the commands that it keeps for the module; False if there are too many for one time.

        Raises:
            LinkError: there is no connection, or it was lost meanwhile.
        """
        if (client := self._client) is None:
            raise LinkError("not connected")
        try:
            cleared = await self._stored_commands.clear(client)
        except aiomqtt.MqttError as error:
            raise LinkError(str(error)) from error
        finally:
            self._vehicle.report_link()
        if self._client is not client:
            raise LinkError("the connection was lost before the broker had told all")
        return cleared

    async def _prove_alive(self, *, careful: bool = False) -> None:
        self._announcer.pay_attention()
        if not careful and self._vehicle.heard_within(ALIVE_SECONDS):
            return
        if not await self._sign_of_life.given():
            # Also when the connection was lost meanwhile; then it is that which is in the way.
            raise VehicleOffline("the module gave no sign of life") if self.connected else LinkError("not connected")
        if self._vehicle.online is False:
            # Its last will came right behind its answer.
            raise VehicleOffline("the module has just left")

    async def _answers_now(self) -> bool:
        try:
            await self._run(_SIGN_OF_LIFE, timeout=SIGN_OF_LIFE_TIMEOUT, patient=True)
        except NoAnswer, LinkError:
            return False
        return True

    async def _run(self, line: str, *, timeout: float, patient: bool = False) -> str:
        command_id = next(self._ids)
        path = f"response/{command_id}"
        return await self._ask(
            path, below_client=f"command/{command_id}", payload=line, timeout=timeout, patient=patient
        )

    async def _ask(self, answer_path: str, *, below_client: str, payload: str, timeout: float, patient: bool) -> str:
        """Publish something and wait for what the module publishes at `answer_path` of this client.

        With `patient` the time counts from when the module is through with what it was told before.
        """
        asked = time.monotonic()
        with self._answers.expected(answer_path) as expected:
            await self._publish(below_client, payload)
            if patient:
                await self._orders.done_unless(expected)
            try:
                async with asyncio.timeout(timeout):
                    answer = await expected
            except TimeoutError:
                raise NoAnswer(f"no answer within {timeout:.0f} s") from None
        if answer is None:
            raise NoAnswer("the connection was lost")
        # Neither question nor answer: both can hold what nobody else may read.
        _LOGGER.debug("The module answered at %s after %.1f s", answer_path, time.monotonic() - asked)
        return answer

    async def _have_published(self, names: Collection[str]) -> None:
        """Have the module publish these metrics, or what has changed, by whatever way its firmware has. It is no command."""
        firmware = self._vehicle.firmware
        if self._vehicle.online is False:
            pass  # it sends everything when it is back
        elif firmware is None or firmware < FIRMWARE_3_3_002:
            self._announcer.be_counted_anew()
        elif names and firmware >= FIRMWARE_3_3_006:
            await self._publish("request/metric", ",".join(names))
        else:
            # What comes of it are metrics, so nobody waits for the answer and nothing has to wait for it.
            await self._publish(f"command/{next(self._ids)}", _SIGN_OF_LIFE)

    async def _publish(self, below_client: str, payload: str) -> None:
        if self._client is None:
            raise LinkError("not connected")
        try:
            await self._client.publish(
                f"{self._prefix}client/{self._client_id}/{below_client}", payload, qos=0, properties=self._expiry()
            )
        except aiomqtt.MqttError as error:
            # The library may have it and not have written it yet, so it may still go out.
            raise NoAnswer(str(error)) from error

    def _expiry(self) -> Properties | None:
        """What has the broker forget a message that it could not hand over; older protocols know nothing of the kind."""
        if self._tried is None or self._tried.protocol is not Protocol.V5:
            return None
        properties = _properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = EXPIRY_SECONDS
        return properties

    # The connection

    def _will(self) -> aiomqtt.Will:
        return aiomqtt.Will(f"{self._prefix}client/{self._client_id}/active", "0", qos=0)

    async def _subscribe(self, client: Connection) -> None:
        # All of it holds for one connection: the other half of a place or an event that was cut off, what the broker keeps,
        # and whether the module is there, which a broker that lost its memory cannot tell.
        self._vehicle.forget_halves()
        self._vehicle.report_online(online=None)
        self._twin_event = None
        self._stored_commands.forget()
        *granted, _ = await client.subscribe(
            [
                (f"{self._prefix}metric/#", 0),
                (f"{self._prefix}notify/#", 1),
                (f"{self._prefix}event/#", 0),  # matches the older topic `event` too
                (f"{self._prefix}client/{self._client_id}/response/+", 1),
                (f"{self._prefix}client/{self._client_id}/config/#", 0),
                # Only to warn of what should not be there, so the broker may refuse it.
                (self._stored_commands.topics, 0),
            ]
        )
        if any(is_refusal(code) for code in granted):
            raise ConnectionRefused("the broker does not let this user read the vehicle's topics")

    async def _serve(self, client: Connection, on_change: Callable[[LinkError | None], None]) -> None:
        self._client = client
        announcing = asyncio.create_task(self._announce(client))
        following = asyncio.create_task(self._follow_up.run(self._have_published))
        try:
            self._vehicle.report_link()
            on_change(None)
            await client.ended()
        finally:
            self._client = None
            self._answers.give_up()
            self._vehicle.report_link()
            announcing.cancel()
            following.cancel()
            # Not awaited themselves: a second cancellation would be taken for the end of this one.
            await asyncio.wait([announcing, following])

    async def _announce(self, client: Connection) -> None:
        topic = f"{self._prefix}client/{self._client_id}/active"

        async def say(payload: str) -> None:
            try:
                await client.publish(topic, payload, qos=0, timeout=FAREWELL_TIMEOUT)
            except aiomqtt.MqttError as error:
                _LOGGER.debug("The presence could not be announced: %s", error)

        await self._announcer.run(say)

    # What arrives

    def _metric_receivers(self) -> dict[str, Receiver]:
        receivers = {
            f"{self._prefix}metric/{name.replace('.', '/')}": self._vehicle.receiver(name)
            for name in self._vehicle.metrics
        }
        receivers[f"{self._prefix}metric/s/v3/connected"] = self._module_connected
        return receivers

    def _receive(self, topic: str, payload: bytes, stored: bool) -> None:
        receiver = self._receivers.get(topic)
        if receiver is None:
            self._receive_other(topic.removeprefix(self._prefix), payload, stored=stored)
        elif (text := _metric_text(payload)) is None:
            self._vehicle.unreadable += 1
        else:
            receiver(text, stored)

    def _receive_other(self, path: str, payload: bytes, *, stored: bool) -> None:
        place, _, rest = path.partition("/")
        if place == "metric":
            self._vehicle.unknown_metrics += 1
        elif place == "client" and "/command/" in rest:
            self._command_seen(path, stored=stored)
        elif stored:
            pass  # the module stores nothing but metrics; somebody else's leftover is no news and no answer
        elif place == "client":
            self._answered(rest.removeprefix(f"{self._client_id}/"), _readable_text(payload))
        elif place == "notify":
            self._notified(rest, _readable_text(payload))
        elif path == "event":
            self._event_happened(_readable_text(payload), again=False)
        else:
            self._event_happened(rest, again=True)

    def _module_connected(self, text: str, stored: bool) -> None:
        """Take `s.v3.connected`: the module publishes yes, its last will at the broker says no."""
        # The will is no sign of life, so the vehicle takes the text as if it had been stored.
        self._vehicle.update("s.v3.connected", text, stored=True)
        if text in _ONLINE:
            self._vehicle.report_online(online=_ONLINE[text], stored=stored)
        if text == "yes" and not stored:
            self._vehicle.report_heard()
            self._announcer.announce_again()

    def _answered(self, path: str, text: str) -> None:
        self._vehicle.report_heard()
        self._answers.arrived(path, text)

    def _command_seen(self, path: str, *, stored: bool) -> None:
        # Other controllers' commands pass here too; they are nobody's business, unless they are there to stay.
        if stored and self._stored_commands.found(f"{self._prefix}{path}"):
            self._vehicle.report_link()

    def _notified(self, path: str, text: str) -> None:
        self._vehicle.report_heard()
        notification = parse_notification(path, text)
        if notification is not None:
            self._vehicle.report_notification(notification)

    def _event_happened(self, name: str, *, again: bool) -> None:
        """Take an event. Firmware 3.3.005 and later sends each twice: on the old topic, then `again` on one of its own."""
        self._vehicle.report_heard()
        event = parse_event(name)
        if again and event == self._twin_event:
            self._twin_event = None
            return
        self._twin_event = None if again else event
        if event is not None:
            self._vehicle.report_event(event)
            self._follow_up.event(event, self._vehicle.firmware)


def _metric_text(payload: bytes) -> str | None:
    """A metric's text; None for what no metric can be."""
    if len(payload) > MAX_PAYLOAD:
        return None
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _readable_text(payload: bytes) -> str:
    """What is for people: as much of it as can be read, for it may hold names of networks in any encoding."""
    return payload[:MAX_PAYLOAD].decode(errors="replace")
