"""The gateway: a WiFi module that reads the controller and, from 4.0 on, owns it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .claims import Json, Wish
from .config import factory_settings
from .controller import Controller
from .divert import Divert, Shaper
from .generations import Firmware
from .knobs import Knobs
from .limit import Limit, Progress
from .manager import Manager
from .meter import Meter
from .network import Network
from .schedule import Schedule
from .seen import Seen
from .serial_line import Line
from .states import colour_of
from .vehicle import Told

_DEFAULT_VOLTAGE = 240.0
_PHASES = 3


class Gateway:
    """One module, its settings and what it knows."""

    def __init__(
        self,
        firmware: Firmware,
        controller: Controller,
        knobs: Knobs,
        now: Callable[[], datetime],
        *,
        serial: str,
        access_point: bool,
    ) -> None:
        """Power up beside a controller; `now` is local time as the network tells it."""
        self.firmware = firmware
        self.controller = controller
        self.knobs = knobs
        self._network_time = now
        self._clock_error = timedelta()
        self.serial = serial
        self.version = firmware.version
        self.line = Line(controller, knobs)
        self.seen = Seen()
        self.network = Network(access_point=access_point)
        self.config: dict[str, Json] = factory_settings(firmware.number)
        self.meter = Meter()
        self.told = Told()
        self.own_temperature: int | None = None
        """1/10 °C of a sensor on the gateway's own board."""
        self.manager = (
            Manager(self.line, lambda: self.seen.off, lambda: self.controller.capacity) if firmware.manager else None
        )
        self.divert = Divert(self.manager)
        self.shaper: Shaper | None = None
        self.limit: Limit | None = None
        self.schedule: Schedule | None = None
        if self.manager is not None:
            self.schedule = Schedule(self.manager, self.now, self._start_window)
            self.shaper = Shaper(self.manager) if "/shaper" in firmware.paths else None
            self.limit = Limit(self.manager) if "/limit" in firmware.paths else None
        self.restarts = 0
        self.uptime = 0.0
        self.identified: str | None = None
        """The version that the controller told; None before it was heard."""
        self._greeted = 0
        """How often the controller had restarted when it was last greeted."""
        self.evse_serial = b""
        self.config_version = 0
        self.voltage_fed: float | None = None
        self.log: list[dict[str, Json]] = []
        """The events that /logs tells of."""

    # Its clock

    def now(self) -> datetime:
        """Local time, as its own clock shows it."""
        return self._network_time() + self._clock_error

    def set_clock(self, moment: datetime) -> None:
        """Set its own clock, and that of the controller."""
        self._clock_error = moment - self._network_time()
        local = self.now()
        self.line.exchange(f"$S1 {local:%y} {local.month} {local.day} {local:%H %M %S}")

    # Its life

    def boot(self) -> None:
        """Start, or start again: the settings are kept, and the schedule; claims and limits are not."""
        self.uptime = 0.0
        self.identified = None
        self.config_version = 0
        self.voltage_fed = None
        self.told = Told()
        self.line.sent = self.line.succeeded = 0
        self.controller.on_change = self._controller_changed
        self.line.passed_on = False
        if self.manager is not None:
            self.manager.restart()
            self.controller.on_button = self._button
        for part in (self.divert, self.limit, self.shaper):
            if part is not None:
                part.restart()
        self.hear()
        self.configured(self.config)
        if self.schedule is not None:
            self.schedule.restart()

    def restart(self) -> None:
        """Start again."""
        self.restarts += 1
        self.boot()

    def _identify(self) -> None:
        """Greet a controller that answers."""
        self.identified = self.controller.model.version
        self.seen.count_faults(self.controller)
        self.seen.measure(self.controller)
        self.learn()
        self.config_version += 1
        if "GI" in self.controller.model.commands:
            self.evse_serial = self.controller.board.chip
        if self.manager is None:
            return
        # The display is the gateway's from here on.
        self.line.exchange("$F0 0")
        if self._owns_display:
            self._paint()
        if self.controller.model.heartbeat:
            self.line.exchange("$SY 5 6")
            self.line.exchange("$SY 165")
        self.manager.apply()

    def learn(self) -> None:
        """Read how the controller is set: when it starts, and after what this gateway has changed itself."""
        self.seen.learn(self.controller)
        if self.manager is not None:
            self.manager.soft_maximum = self.controller.eeprom.maximum[self.controller.eeprom.level]
            self.manager.hear(self.controller.capacity)

    def _controller_changed(self) -> None:
        if not self.line.busy:
            self.line.passed_on = False
        self.hear()

    def hear(self) -> None:
        """Look at the controller, and do what follows from what is seen.

        A gateway without a manager asks for one thing after the other, and comes round in 12 s. One with a manager is told of
        the state at once, and up to 5.1 of nothing else.
        """
        had_car, charged, was = self.seen.vehicle, self.seen.charging, self.seen.state
        if not self.line.works:
            self.line.connected = False
            return
        self.line.connected = True
        if self.manager is None and self.line.passed_on:
            return
        self.seen.look(self.controller, decimal_state=self.firmware.decimal_state)
        if self.manager is None:
            self.seen.capacity = self.controller.capacity
            self.seen.count_faults(self.controller)
        elif self.firmware.hears_current:
            self.manager.hear(self.controller.capacity)
        if self.manager is None or self.seen.charging:
            self.seen.measure(self.controller)
        may_greet = not (self.firmware.asks_once and self.uptime)
        if may_greet and (self.identified is None or self._greeted != self.controller.restarts):
            self._greeted = self.controller.restarts
            self._identify()
        if self.seen.state != was:
            if self.seen.faulty:
                self.seen.count_faults(self.controller)
            self._note()
            if self._owns_display:
                self.controller.board.display.colour = colour_of(self.seen.state, car=self.seen.vehicle)
                self._paint()
        if self.seen.charging and not charged:
            self.divert.charging_began(self._number("divert_min_charge_time"))
        if had_car and not self.seen.vehicle:
            self._car_left()

    def _car_left(self) -> None:
        self.meter.car_left()
        if self.limit is not None:
            self.limit.car_left()
        if self.manager is not None:
            self.manager.claims.car_left()

    def _button(self) -> None:
        """Take a press of the front button, which is an override by hand."""
        if self.manager is not None:
            self.manager.toggle_override()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.uptime += seconds
        self.line.passed_on = False
        self.network.run(seconds)
        self.told.run(seconds)
        if self.line.works:
            self.line.sent += 1
            self.line.succeeded += 1
        self.hear()
        self.meter.turn(self.now())
        self.meter.switches = self.controller.switches
        if self.seen.charging:
            self.meter.count(self.power * seconds / 3600, seconds)
        self.divert.run(seconds)
        self._run_manager(seconds)

    def _run_manager(self, seconds: float) -> None:
        if self.shaper is not None:
            self.shaper.run(seconds)
        if self.schedule is not None:
            self.schedule.watch()
        if self.limit is not None:
            self.limit.watch(self.progress)
        if self.manager is not None:
            self.manager.watch(seconds)
        if self._owns_display:
            self._paint()

    @property
    def _owns_display(self) -> bool:
        return self.manager is not None and self.line.works and not self.controller.lcd_updates

    def _paint(self) -> None:
        """Write over the display whatever is on it."""
        display = self.controller.board.display
        charging = f"{self.seen.milliamperes / 1000:.1f}A" if self.seen.charging else f"{self.pilot}A"
        display.show("OpenEVSE", charging)

    def _note(self) -> None:
        self.log.append(
            {
                "time": f"{self.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "type": "information",
                "managerState": self.wish,
                "evseState": int(self.seen.state),
                "evseFlags": int(self.seen.flags),
                "pilot": self.pilot,
                "energy": self.meter.session,
                "elapsed": int(self.meter.elapsed),
                "temperature": self.seen.temperature,
            }
        )

    # What it tells

    @property
    def mac(self) -> str:
        """With colons, in upper case."""
        serial = self.serial.upper()
        return ":".join(serial[index : index + 2] for index in range(0, len(serial), 2))

    @property
    def voltage(self) -> float:
        """V: what was fed; else, up to 5.1, what the controller computes with; else 240."""
        if self.voltage_fed is not None:
            return self.voltage_fed
        if "voltage" in self.config:
            return self._number("voltage") / 100 or _DEFAULT_VOLTAGE
        return self.seen.millivolts / 1000 if self.seen.millivolts >= 0 else _DEFAULT_VOLTAGE

    @property
    def power(self) -> float:
        """W, of three phases where the gateway was told so."""
        return self.seen.milliamperes / 1000 * self.voltage * (_PHASES if self.config.get("is_threephase") else 1)

    @property
    def wish(self) -> Wish:
        """What the manager wants; it does not know of faults."""
        return "active" if self.manager is None else self.manager.wish

    @property
    def overridden(self) -> bool:
        """Whether there is a manual override."""
        return self.manager is not None and self.manager.overridden

    @property
    def pilot(self) -> int:
        """A that the car is offered, as far as the gateway knows: up to 5.1 a manager knows what it has asked for."""
        return self.seen.capacity if self.manager is None else self.manager.current

    @property
    def max_current(self) -> int:
        """The lowest of what is configured and claimed, in A."""
        return self.seen.capacity if self.manager is None else self.manager.max_current

    @property
    def progress(self) -> Progress:
        """How far the session is."""
        return Progress(
            charging=self.seen.charging,
            seconds=self.meter.elapsed,
            watt_hours=self.meter.session,
            soc=self.told.number("battery_level"),
            range=self.told.number("battery_range"),
        )

    def versions(self) -> dict[str, int]:
        """Count the changes of each resource since the start."""
        return {
            "config_version": self.config_version,
            "claims_version": self.manager.claims.version if self.manager is not None else 0,
            "override_version": self.manager.override_version if self.manager is not None else 0,
            "schedule_version": self.schedule.version if self.schedule is not None else 0,
            "schedule_plan_version": self.schedule.plan_version if self.schedule is not None else 0,
            "limit_version": self.limit.version if self.limit is not None else 0,
        }

    # What it is told

    def _number(self, name: str) -> float:
        value = self.config.get(name, 0)
        return value if isinstance(value, int | float) else 0.0

    def _start_window(self) -> int:
        return int(self._number("scheduler_start_window"))

    def feed(self, *, solar: int | None = None, grid: int | None = None) -> None:
        """Take what the sun gives or the house takes, in W."""
        ratio = self._number("divert_PV_ratio") or 1.0
        current = self.seen.milliamperes / 1000
        self.divert.feed(solar=solar, grid=grid, voltage=self.voltage, current=current, ratio=ratio)

    def feed_shaper(self, power: int) -> None:
        """Take what the house takes altogether, in W."""
        if self.shaper is not None:
            pause = self._number("current_shaper_min_pause_time")
            current = self.seen.milliamperes / 1000
            self.shaper.feed(power, voltage=self.voltage, current=current, pause=pause)

    def configured(self, changed: dict[str, Json]) -> None:
        """Do what follows from settings that have changed."""
        if changed.keys() & {"divert_enabled", "charge_mode"}:
            eco = self.config.get("divert_enabled") and self.config.get("charge_mode") == "eco"
            self.divert.set_mode(2 if eco else 1)
        if self.shaper is not None and any(name.startswith("current_shaper") for name in changed):
            patience = self._number("current_shaper_data_maxinterval") or 120.0
            self.shaper.configure(limit=int(self._number("current_shaper_max_pwr")), patience=patience)
            if "current_shaper_enabled" in changed:
                self.shaper.set_enabled(enabled=bool(self.config.get("current_shaper_enabled")))
        if self.schedule is not None and "scheduler_start_window" in changed:
            self.schedule.replan()
        if self.limit is not None and "limit_default_type" in changed and not self.limit.exists:
            kind, value = self.config.get("limit_default_type"), self.config.get("limit_default_value")
            self.limit.set({"type": kind, "value": value, "auto_release": False})
        if self.manager is not None:
            self.manager.pause_disables = bool(self.config.get("pause_uses_disabled"))
            self.manager.default = "active" if self.config.get("default_state", True) else "disabled"
            self.manager.apply()
