"""A vehicle as a plain object: readings come in, commands go out. It knows no transport and no Home Assistant.

A link feeds the readings and carries the commands; who is interested subscribes to the metrics that it shows. Nothing
here searches: a link holds one receiver for each metric, and a receiver knows its listeners.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial
import re
from typing import Protocol, override

from ..known import Valued
from ..listeners import Listener, Listeners, News, Subscriptions, Unsubscribe
from .commands import FIRMWARE_3_3_006, Command, Firmware, config_setting, metric_name
from .errors import Busy, CommandRefused, Failed, FailedWithPin, FirmwareTooOld, LinkError, VehicleOffline
from .follow_up import Effect
from .heard import Heard
from .metrics import STANDARD_METRICS, Metric, vehicle_metrics
from .notifications import Notification
from .position import Position, PositionTracker
from .readings import Reading, Slot
from .values import UnreadableValue, Value, parser
from .vehicle_types import VehicleType, vehicle_type

__all__ = ["Aspect", "DatedReceiver", "Link", "Listener", "Reading", "Receiver", "Unsubscribe", "Vehicle"]

type Receiver = Callable[[str, bool], None]
type DatedReceiver = Callable[[str, datetime | None], None]

# The module's clock is unset until it had a network; what lies before its first firmware is no time.
_FIRST_CREDIBLE_TIME = datetime(2018, 1, 1, tzinfo=UTC)
_FIRMWARE = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class Aspect(StrEnum):
    """What can be listened to beside metrics."""

    CONNECTION = "connection"  # the link came or went, or the module did
    HEARD = "heard"  # the module gave a sign of life; told now and then
    POSITION = "position"  # the car is at another place


class Link(Protocol):
    """A way to reach a vehicle."""

    @property
    def connected(self) -> bool:
        """Whether the way is open now; whether the module is at its other end is another question."""

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Run one line on the module and return its answer.

        `careful` has the module answer something harmless right before: for a line that acts, and must not do so later.

        Raises:
            VehicleOffline: the module gave no sign of life; nothing was sent.
            NoAnswer: sent, and no answer came within `timeout` seconds.
            LinkError: the way is closed; nothing was sent.
        """

    def acted(self, effect: Effect | None) -> None:
        """Have the module, which ran a command or may have, report its effect soon; None if that is not known."""

    async def request(self, names: Iterable[str]) -> None:
        """Have the module send these metrics again; names may begin or end with `*`."""

    async def read_config(self, param: str, instance: str) -> str:
        """Return one value of the module's configuration; an empty text if it is not set."""


class Vehicle(Valued):
    """One car with an OVMS module."""

    def __init__(
        self,
        *,
        type_code: str | None = None,
        extra_metrics: Iterable[str] = (),
        zone: tzinfo = UTC,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a vehicle that knows the standard metrics, and of its type's own ones those named in `extra_metrics`.

        `type_code` is what is known of the type before the module is heard. `zone` is the time zone that the module is
        likely set to, for its local times; `now` is the clock. Needs a running event loop.
        """
        own = vehicle_metrics(type_code) if type_code else {}
        extras = [own[name] for name in extra_metrics if name in own]
        loop = asyncio.get_running_loop()
        self._now = now
        self._known_type = type_code
        self._slots = {
            metric.name: Slot(metric, parser(metric.kind, zone)) for metric in [*STANDARD_METRICS.values(), *extras]
        }
        self._aspects: dict[str, Listeners] = {aspect: {} for aspect in Aspect}
        self._subscriptions = Subscriptions(loop, self._listeners)
        self._notifications = News[Notification](loop)
        self._events = News[str](loop)
        self._position = PositionTracker(loop, lambda: self._notify(Aspect.POSITION))
        self._slots["v.p.latitude"].derive = lambda reading: self._position.latitude(reading.value)
        self._slots["v.p.longitude"].derive = lambda reading: self._position.longitude(reading.value)
        self._slots["m.time.utc"].derive = self._clock_read
        self._link: Link | None = None
        self._heard = Heard(
            loop,
            now,
            came_or_went=lambda: self._notify(Aspect.CONNECTION),
            heard=lambda: self._notify(Aspect.HEARD),
        )
        self.unreadable = 0
        self.unknown_metrics = 0

    # What is known

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics that this vehicle takes."""
        return {name: slot.metric for name, slot in self._slots.items()}

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Every metric that has been read, with its last good value."""
        return {name: slot.reading for name, slot in self._slots.items() if slot.reading is not None}

    def reading(self, name: str) -> Reading | None:
        """The last good reading of a metric, None if there is none."""
        return self._slots[name].reading if name in self._slots else None

    @override
    def value(self, name: str) -> Value | None:
        """The last good value of a metric, None if there is none."""
        reading = self.reading(name)
        return None if reading is None else reading.value

    def text(self, name: str) -> str | None:
        """The last good value of a text metric; None if there is none or it is empty."""
        value = self.value(name)
        return value if isinstance(value, str) and value else None

    def read_at(self, name: str) -> datetime | None:
        """When a metric was read; for a stored value the module's stored clock, which is the latest it can be."""
        reading = self.reading(name)
        if reading is None:
            return None
        return reading.at or self._heard.stored_at

    @property
    def position(self) -> Position | None:
        """Where the car is, or was when it was last heard."""
        return self._position.position

    @property
    def online(self) -> bool | None:
        """Whether the module is there; None while nobody can tell."""
        return self._heard.online

    @property
    def last_heard(self) -> datetime | None:
        """When the module last gave a sign of life, as far as it is known.

        What it stored while the link was away can be later than what was heard before.
        """
        return self._heard.last

    def knows(self, names: Iterable[str]) -> bool:
        """Whether any of these metrics has been read, or any of these aspects is known."""
        return any(self._knows(name) for name in names)

    @property
    def type(self) -> VehicleType:
        """The type of car and what it can do."""
        return vehicle_type(self.text("v.type") or self._known_type)

    @property
    def firmware(self) -> Firmware | None:
        """The module's firmware version, None while it is not known."""
        match = _FIRMWARE.match(self.text("m.version") or "")
        return (int(match[1]), int(match[2]), int(match[3])) if match else None

    @property
    def link_connected(self) -> bool:
        """Whether the way to the vehicle is open."""
        return self._link is not None and self._link.connected

    # Subscribing

    def subscribe(self, names: Iterable[str], listener: Listener) -> Unsubscribe:
        """Call `listener` after any of these metrics or aspects changed, once for a burst within one loop turn."""
        return self._subscriptions.subscribe(names, listener)

    def subscribe_notifications(self, listener: Callable[[Notification], None]) -> Unsubscribe:
        """Call `listener` with each notification that the module sends."""
        return self._notifications.subscribe(listener)

    def subscribe_events(self, listener: Callable[[str], None]) -> Unsubscribe:
        """Call `listener` with the dotted name of each event that the module sends."""
        return self._events.subscribe(listener)

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until `condition` holds, looked at whenever one of the named metrics or aspects changed.

        False if it did not in time, or not before `close`.
        """
        return await self._subscriptions.wait_until(condition, names, seconds=seconds)

    # What a link tells

    def attach(self, link: Link | None) -> None:
        """Give the vehicle the link that carries its commands."""
        self._link = link

    def receiver(self, name: str) -> Receiver:
        """What a link calls with each payload of this metric, and whether the payload was a stored one."""
        return partial(self._receive, self._slots[name])

    def dated_receiver(self, name: str) -> DatedReceiver:
        """What a link calls with each text of this metric out of a message of many, and with when that was heard.

        That is what `report_heard` returned for the message, None if it was a stored one.
        """
        return partial(self._take, self._slots[name])

    def update(self, name: str, text: str, *, stored: bool = False) -> None:
        """Take the text of a metric. `stored` says that the link kept it while nobody listened."""
        if (slot := self._slots.get(name)) is None:
            self.unknown_metrics += 1
            return
        self._receive(slot, text, stored)

    def report_online(self, *, online: bool | None, stored: bool = False) -> None:
        """Take what the link knows of the module being there; None when it cannot tell.

        `stored` says that the link kept it while nobody listened: then it is believed as long as the module was heard of.
        """
        self._heard.take_online(online=online, stored=stored)

    def report_heard(self) -> datetime:
        """Note a sign of life, and return its moment. A module that speaks is there, whatever was said before."""
        return self._heard.take_sign()

    def report_stored(self, age: timedelta) -> None:
        """Note how long ago the module last spoke while nobody listened: what is stored is as old, or older."""
        self._heard.take_stored(self._now() - max(age, timedelta(0)))

    def report_link(self) -> None:
        """Tell the listeners that the link came or went, or that there is news of it."""
        if not self.link_connected:
            self.forget_halves()
        self._notify(Aspect.CONNECTION)

    def forget_halves(self) -> None:
        """Join nothing of what comes from now on to what came before."""
        self._position.forget_halves()

    def report_notification(self, notification: Notification) -> None:
        """Hand a notification to who listens."""
        self._notifications.tell(notification)

    def report_event(self, name: str) -> None:
        """Hand an event to who listens."""
        self._events.tell(name)

    def heard_within(self, seconds: float) -> bool:
        """Whether the module itself was heard in the last seconds; a stored value is no sign of life."""
        return self._heard.within(seconds)

    def close(self) -> None:
        """Stop what still waits, and call nobody any more."""
        self._heard.close()
        self._position.close()
        self._subscriptions.close()

    # What goes out

    async def send(self, command: Command, *, wait_for_vehicle: float = 0) -> str:
        """Run a command on the module and return its answer.

        A module that is known to be away is not sent anything, because what a broker keeps for it would run whenever it
        comes back. `wait_for_vehicle` waits here instead, for so many seconds.

        Raises:
            VehicleOffline, LinkError: nothing was sent.
            NoAnswer, EmptyAnswer: sent, and nobody knows whether it ran.
            CommandRefused: one of its classes, with the module's own words.
        """
        link = await self._reachable_link(command.firmware, wait_for_vehicle)
        effect = self._effect(command)
        refused = False
        try:
            return command.result(await link.execute(command.text, timeout=command.timeout, careful=command.acts))
        except Failed as error:
            # That it failed can mean that it is so already, of which nothing is known here then.
            refused = isinstance(error, FailedWithPin)
            raise
        except CommandRefused, VehicleOffline, LinkError, Busy:
            refused = True
            raise
        finally:
            # Also where nobody knows whether it ran: what is reported will tell.
            if command.acts and command.reported and not refused:
                link.acted(effect)

    async def request(self, names: Iterable[str]) -> None:
        """Have the module send metrics again; names may begin or end with `*`.

        Raises:
            FirmwareTooOld: before 3.3.006.
            InvalidArgument: a name is no metric's name.
            VehicleOffline, LinkError: nothing was sent.
        """
        wanted = [metric_name(name) for name in names]
        await (await self._reachable_link(FIRMWARE_3_3_006)).request(wanted)

    async def read_config(self, param: str, instance: str) -> str:
        """Return one value of the module's configuration, an empty text if it is not set.

        The module would hand out its passwords too, so what may hold one is not asked for.

        Raises:
            FirmwareTooOld: before 3.3.006.
            InvalidArgument: a name is none, or may stand for a secret.
            NoAnswer, VehicleOffline, LinkError: as for a command.
        """
        setting = config_setting(param, instance)
        return await (await self._reachable_link(FIRMWARE_3_3_006)).read_config(*setting)

    def _effect(self, command: Command) -> Effect | None:
        if command.effect is None:
            return None
        name, wanted = command.effect
        before = self.reading(name)

        def is_seen() -> bool:
            reading = self.reading(name)
            # Read again: what is known already may be long past.
            return reading is not None and reading is not before and reading.value == wanted

        return Effect(name, is_seen, was_so=before is not None and before.value == wanted)

    async def _reachable_link(self, firmware: Firmware | None, wait_for_vehicle: float = 0) -> Link:
        if self._link is None or not self._link.connected:
            raise LinkError("not connected")
        self._require(firmware)
        if self.online is False:
            if not await self._comes_online(wait_for_vehicle):
                raise VehicleOffline("the module is not connected")
            self._require(firmware)
        return self._link

    def _require(self, firmware: Firmware | None) -> None:
        if firmware is not None and self.firmware is not None and self.firmware < firmware:
            raise FirmwareTooOld("{}.{}.{:03}".format(*firmware))

    async def _comes_online(self, seconds: float) -> bool:
        return seconds > 0 and await self.wait_until(
            lambda: self.online is not False, [Aspect.CONNECTION], seconds=seconds
        )

    def _receive(self, slot: Slot, text: str, stored: bool) -> None:
        self._take(slot, text, None if stored else self.report_heard())

    def _take(self, slot: Slot, text: str, at: datetime | None) -> None:
        try:
            value = slot.parse(text)
        except UnreadableValue:
            self.unreadable += 1
            return
        if slot.take(value, at):
            self._subscriptions.notify(slot.listeners)

    def _clock_read(self, reading: Reading) -> None:
        """Take the module's clock. A stored one dates all that is stored, and is the module's last known sign of life."""
        if reading.at is not None or not isinstance(reading.value, datetime) or reading.value < _FIRST_CREDIBLE_TIME:
            return
        self._heard.take_stored(min(reading.value, self._now()))

    def _knows(self, name: str) -> bool:
        match name:
            case Aspect.CONNECTION:
                return self.online is not None
            case Aspect.HEARD:
                return self.last_heard is not None
            case Aspect.POSITION:
                return self.position is not None
        return self.reading(name) is not None

    def _listeners(self, name: str) -> Listeners:
        return self._aspects[name] if name in self._aspects else self._slots[name].listeners

    def _notify(self, aspect: Aspect) -> None:
        self._subscriptions.notify(self._aspects[aspect])
