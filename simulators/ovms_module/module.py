"""The simulated module: what tests and the demo hold in their hands."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
import ssl
from typing import Self
from zoneinfo import ZoneInfo

from .car import Car
from .climate_schedule import ClimateSchedule
from .clock import Clock
from .configuration import factory_configuration
from .encoding import MetricValue, StoredValue
from .firmware import Firmware
from .knobs import Knobs
from .links import Links
from .memory import Memory
from .reactions import Reactions
from .relay import Relay
from .server import Account, Server, metric_topic
from .shell import Shell
from .system_commands import SystemCommands
from .vehicle_commands import VehicleCommands
from .vehicles import car_type

_RESET_DELAY = 1
_MINUTE = 60
_BUILD = "build idf v3.3.4-854-g9063c8662c"


class OvmsModule:
    """One OVMS module in one car, connected to an MQTT broker.

    `speed` is how fast simulated time runs: 1 is real time, 60 is a minute a second, and 0 stops the clock, which
    then only moves by `tick`. Every interval of the firmware is measured on that clock, and so are the delays of
    `knobs`. The keepalive that the broker is told is in real seconds.

    What the car does reaches the broker as the firmware sends it: from 3.3.006 on some changes at once (locked, on,
    charging), the others, and before 3.3.006 all, with the next interval. Only `set`, `clear` and `send_...` publish
    when they are called.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 1883,
        *,
        prefix: str = "ovms/demo/DEMO1/",
        vehicle_type: str = "NL",
        firmware: Firmware = Firmware.V3_3_006,
        vehicle_id: str = "DEMO1",
        pin: str = "1234",
        username: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        keepalive: int | None = None,
        metrics: Mapping[str, MetricValue] | None = None,
        speed: float = 1.0,
        knobs: Knobs | None = None,
        zone: tzinfo | None = None,
        start: datetime | None = None,
    ) -> None:
        """Build a module in a parked, locked, unplugged car.

        Args:
            host: The broker's address.
            port: The broker's port.
            prefix: The topic prefix, used as it is: no slash is added.
            vehicle_type: The firmware's code of the vehicle type.
            firmware: The generation to behave like.
            vehicle_id: The vehicle's id, which is also the MQTT client id.
            pin: The module's PIN; an empty one is "not set", which no PIN fits.
            username: For the broker; None sends none.
            password: For the broker.
            tls: Connect with TLS, trusting what the context trusts.
            keepalive: Seconds, instead of the firmware's default.
            metrics: First values that differ from the type's.
            speed: How fast simulated time runs.
            knobs: What goes wrong.
            zone: The module's time zone, by default Europe/Berlin.
            start: The moment at which simulated time starts, by default now.
        """
        self.generation = firmware.value
        self.knobs = knobs or Knobs()
        self.prefix = prefix
        self.vehicle_id = vehicle_id
        self.vehicle_type = vehicle_type
        self.config = factory_configuration(vehicle_id, vehicle_type, car_type(vehicle_type))
        """The module's configuration, by (param, instance): ("password", "pin"), ("xnl", "canwrite")..."""
        if pin:
            self.config["password", "pin"] = pin
        self._zone = zone or ZoneInfo("Europe/Berlin")
        self._start = (start or datetime.now(UTC)).timestamp()
        self.clock = Clock(speed, self._second)
        self.links = Links()
        """What the module is connected to beside its broker."""
        self._relay = Relay(host, port)
        self.shell = Shell()
        self._booted_at = 0.0
        self._running = False
        self._restart: asyncio.Task[None] | None = None
        self._memory = Memory(vehicle_type, self.generation, self._start, metrics or {})
        self.metrics = self._memory.metrics
        self.car = Car(self.metrics, self.config, car_type(vehicle_type))
        account = Account(
            prefix=prefix,
            client_id=vehicle_id,
            username=username,
            password=password,
            keepalive=self.generation.keepalive if keepalive is None else keepalive,
            tls=tls,
        )
        self.server = Server(
            account,
            self._relay,
            self.generation,
            self.metrics,
            self.config,
            self.clock,
            self.shell,
            self.knobs,
            self._zone,
        )
        self._register_commands()

    @property
    def received(self) -> list[str]:
        """Every command line that reached the module's shell."""
        return self.shell.received

    @property
    def executed(self) -> list[str]:
        """The command lines that really did something, which is what a test asserts on.

        Not those that were refused, not understood, given a wrong PIN, or said to be done by a car that did nothing.
        """
        return self.shell.executed

    @property
    def connected(self) -> bool:
        """The broker has accepted the module, and the module does not know that the link is broken."""
        return self.server.connected

    @property
    def now(self) -> datetime:
        """The simulated moment."""
        return datetime.fromtimestamp(self._start + self.clock.now, UTC)

    def __getitem__(self, name: str) -> StoredValue | None:
        """Return what the module knows of a metric now; None where it is undefined."""
        metric = self.metrics[name]
        return metric.value if metric.defined else None

    # The module and its link

    async def boot(self) -> None:
        """Power up and connect; returns when the first full transmission is out, or the broker could not be had.

        Where the broker cannot be had, the module tries again after 30 seconds of simulated time.
        """
        if self._running:
            return
        self._running = True
        self._booted_at = self.clock.now
        self._describe_itself()
        await self._relay.start()
        with_broker = self.config.flag("auto", "server.v3")
        if with_broker:
            self.server.start()
        self.clock.start()
        if with_broker:
            await self.server.connect()
        await self.links.start()

    async def power_off(self) -> None:
        """Lose power: the connection breaks without a DISCONNECT, so the broker publishes the will."""
        if not self._running:
            return
        self._running = False
        await self.clock.stop()
        await self.server.stop()
        await self.links.stop()
        await self._relay.stop()
        self._memory.forget(keep_persistent=False)

    async def reboot(self) -> None:
        """Restart: the link drops, what is not persistent is forgotten, and the module connects again.

        What the module only learns from a car that is awake stays undefined until the car wakes up.
        """
        self._running = False
        await self.clock.stop()
        await self.server.stop()
        await self.links.stop()
        await self._relay.stop()
        self._memory.forget(keep_persistent=True)
        if self.metrics.boolean("v.e.awake"):
            self._memory.read_car()
        await self.boot()

    async def reconnect(self) -> None:
        """Connect now, without waiting for the firmware's 30 or 60 seconds."""
        await self.server.connect()

    async def lose_connection(self) -> None:
        """Break the connection; the module notices, and connects again after 60 seconds."""
        self._relay.cut()
        await self.server.disconnected()

    async def lose_coverage(self) -> None:
        """Out of coverage: the connection stays half-open, nothing passes in either direction."""
        self._relay.freeze()
        self.links.freeze()

    async def regain_coverage(self) -> None:
        """Back in coverage: what was on its way in either direction continues."""
        self._relay.thaw()
        self.links.thaw()
        await self._settle()

    async def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass: physics, intervals, keepalive, delayed answers, attempts to connect."""
        await self.clock.advance(seconds)
        if (restart := self._restart) is not None:
            await asyncio.wait([restart])
        await self._settle()

    # What the car does

    async def sleep(self) -> None:
        """The car falls asleep: not on, not awake; the module stays connected and sends at the idle interval."""
        self.car.sleep()
        await self._acted()

    async def wake(self) -> None:
        """The car wakes up, and the module reads what it had not read since it restarted."""
        self._memory.read_car()
        self.car.wake()
        await self._acted()

    async def drive(self, speed: float = 50.0) -> None:
        """Switch on and drive at `speed` km/h until `park`."""
        self._memory.read_car()
        self.car.drive(speed)
        await self._acted()

    async def park(self) -> None:
        """Stop and switch off."""
        self.car.park()
        await self._acted()

    async def plug_in(self) -> None:
        """Open the charge port and connect the cable."""
        self.car.plug_in()
        await self._acted()

    async def unplug(self) -> None:
        """Disconnect the cable and close the charge port."""
        self.car.unplug()
        await self._acted()

    async def start_charging(self) -> None:
        """Start a charge; plugs in first."""
        self._memory.read_car()
        self.car.plug_in()
        self.car.start_charging()
        await self._acted()

    async def stop_charging(self) -> None:
        """Interrupt the charge."""
        self.car.stop_charging("interrupted")
        await self._acted()

    # What the module publishes

    async def set(self, metric: str, value: MetricValue, *, publish: bool = True) -> None:
        """Give a metric a value; without `publish` it goes out with the next interval.

        A metric that the module does not have yet is added: a text, a number or a yes-no, as the value is.

        Raises:
            TypeError: the value does not fit the metric's type.
        """
        self._memory.set(metric, value)
        if publish:
            self.metrics[metric].modified = False
            self.server.publish_metric(self.metrics[metric])
        await self._acted()

    async def clear(self, metric: str, *, publish: bool = True) -> None:
        """Make a metric undefined again; up to 3.3.005 that sends an empty retained message, from 3.3.006 nothing."""
        self.metrics[metric].clear()
        if publish:
            await self.send_modified()

    async def send_all(self) -> None:
        """Transmit every defined metric now."""
        self.server.transmission.ask_full(self.clock.now)
        self.server.transmission.flush_all()
        await self.server.settle()

    async def send_modified(self) -> None:
        """Transmit the modified metrics now."""
        self.server.transmission.ask_modified(self.clock.now)
        self.server.transmission.flush_all()
        await self.server.settle()

    async def publish_raw(self, metric: str, payload: bytes, *, retain: bool = True) -> None:
        """Publish any payload on a metric's topic: binary, HTML, a megabyte."""
        await self.publish_topic(metric_topic(metric), payload, retain=retain)

    async def publish_topic(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish on any topic below the prefix, at QoS 0 or 1."""
        self.server.publish(topic, payload, qos=qos, retain=retain)
        await self.server.settle()

    async def notify(self, kind: str, subtype: str, text: str) -> None:
        """Raise a notification: kind is info, alert, error or data. One of each kind goes out a second.

        An error's text is `<vehicle type>,<code>,<data>`, a record's `<record type>,<number>,<lifetime>,<values>`.
        """
        self._notify(kind, subtype, text)
        await self._settle()

    async def emit_event(self, name: str) -> None:
        """Raise an event, such as vehicle.locked; the metric of that name is not touched."""
        self.server.event(name)
        await self.server.settle()

    def run(self, line: str) -> str:
        """Run a command as on the module's own console, and return what it prints."""
        return self.shell.execute(line, self.knobs.reply_override).text

    async def __aenter__(self) -> Self:
        """Boot."""
        await self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Power off."""
        if self._restart is not None:
            self._restart.cancel()
        await self.power_off()

    # The module's inside

    async def _acted(self) -> None:
        # Events are raised after the metrics that change together have all changed.
        await asyncio.sleep(0)
        await self._settle()

    async def _settle(self) -> None:
        await self.server.settle()
        await self.links.settle()

    def _notify(self, kind: str, subtype: str, text: str) -> None:
        self.server.notify(kind, subtype, text)
        self.links.notify(kind, subtype, text)

    def _second(self) -> None:
        now = self._start + self.clock.now
        self.metrics.set("m.monotonic", int(self.clock.now - self._booted_at))
        self.metrics.set("m.time.utc", int(now))
        if self.metrics.boolean("v.p.gpslock"):
            self.metrics.set("v.p.gpstime", int(now))
        if int(now) % _MINUTE == 0:
            self.server.event(f"clock.{datetime.fromtimestamp(now, self._zone):%H%M}")
        self.car.second()
        self.server.second()
        self.links.second()

    def _describe_itself(self) -> None:
        generation = self.generation
        product = ", product v3.3" if generation.requests else ""
        self.metrics.set("m.version", f"{generation.version}/ota_0/main ({_BUILD} {generation.build}{product})")
        self.metrics.set("m.monotonic", 0)
        self.metrics.set("v.type", self.vehicle_type)
        limit = car_type(self.vehicle_type).limit
        if limit is not None:
            self.metrics.set("v.c.limit.soc", self.config.number(limit.param, limit.instance, 0))
        self.metrics.set("m.time.utc", int(self._start + self.clock.now))

    def _register_commands(self) -> None:
        root = self.shell.root
        kind = car_type(self.vehicle_type)
        vehicle = VehicleCommands(self.car, kind, self.metrics, self.config, self.clock, self.knobs)
        vehicle.register(root)
        if self.generation.climate_schedule:
            schedule = ClimateSchedule(self.config, lambda: self.now.astimezone(self._zone))
            schedule.register(root.children["climatecontrol"])
        system = SystemCommands(
            self.metrics, self.config, self.generation, self.server, self.vehicle_type, self._zone, self._reset
        )
        system.register(root)
        Reactions(self.metrics, self.clock, self.server.event, self._notify, system.stat)

    def _reset(self) -> None:
        self.clock.call_later(_RESET_DELAY, self._start_restart)

    def _start_restart(self) -> None:
        self._restart = asyncio.create_task(self.reboot())
