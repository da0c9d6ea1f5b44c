"""The simulated module: what tests and the demo hold in their hands."""

from collections.abc import Mapping, Sequence
import ssl
from datetime import datetime
from typing import Self

from .firmware import Firmware
from .knobs import Knobs

type MetricValue = bool | int | float | str | datetime | Sequence[int] | Sequence[float] | frozenset[int]


class OvmsModule:
    """One OVMS module in one car, connected to an MQTT broker.

    `speed` is how fast simulated time runs: 1 is real time, 60 is a minute a second, and 0 stops the clock, which
    then only moves by `tick`. Every interval of the firmware is measured on that clock.
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
    ) -> None:
        self.knobs = knobs or Knobs()
        self.received: list[str] = []
        """Every command line that reached the module's shell."""
        self.executed: list[str] = []
        """The command lines that really did something: what a test asserts on."""
        self.config: dict[tuple[str, str], str] = {}
        """The module's configuration, by (param, instance): ("password", "pin"), ("xnl", "canwrite")..."""

    async def __aenter__(self) -> Self:
        """Boot."""
        await self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Power off."""
        await self.power_off()

    # The module and its link

    @property
    def connected(self) -> bool:
        """The broker has accepted the module."""
        raise NotImplementedError

    async def boot(self) -> None:
        """Power up and connect; returns when the first full transmission is out, or the broker could not be had."""

    async def reboot(self) -> None:
        """Restart: the link drops, what is not persistent is forgotten, and the module connects again."""

    async def power_off(self) -> None:
        """Lose power: the connection breaks without a DISCONNECT, so the broker publishes the will."""

    async def reconnect(self) -> None:
        """Connect now, without waiting for the firmware's 30 or 60 seconds."""

    async def lose_coverage(self) -> None:
        """Out of coverage: the connection stays half-open, nothing passes in either direction."""

    async def regain_coverage(self) -> None:
        """Back in coverage: what was on its way in either direction continues."""

    async def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass: physics, intervals, keepalive, delayed answers."""

    # What the car does

    async def sleep(self) -> None:
        """The car falls asleep: not on, not awake; the module stays connected and sends at the idle interval."""

    async def wake(self) -> None:
        """The car wakes up."""

    async def drive(self, speed: float = 50.0) -> None:
        """Switch on and drive at `speed` km/h until `park`."""

    async def park(self) -> None:
        """Stop and switch off."""

    async def plug_in(self) -> None:
        """Open the charge port and connect the cable."""

    async def unplug(self) -> None:
        """Disconnect the cable and close the charge port."""

    async def start_charging(self) -> None:
        """Start a charge (plugs in first where needed)."""

    async def stop_charging(self) -> None:
        """Interrupt the charge."""

    # What the module publishes

    async def set(self, metric: str, value: MetricValue, *, publish: bool = True) -> None:
        """Give a metric a value; without `publish` it goes out with the next interval."""

    async def clear(self, metric: str, *, publish: bool = True) -> None:
        """Make a metric undefined again; what that publishes depends on the firmware."""

    async def send_all(self) -> None:
        """Transmit every defined metric now."""

    async def send_modified(self) -> None:
        """Transmit the modified metrics now."""

    async def publish_raw(self, metric: str, payload: bytes, *, retain: bool = True) -> None:
        """Publish any payload on a metric's topic (binary, HTML, a megabyte)."""

    async def publish_topic(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish on any topic below the prefix."""

    async def notify(self, kind: str, subtype: str, text: str) -> None:
        """Raise a notification: kind is info, alert, error or data."""

    async def emit_event(self, name: str) -> None:
        """Raise an event, such as vehicle.locked."""
