"""What the gateway knows of its controller, which stays when the controller falls silent."""

from dataclasses import dataclass, field

from .controller import Controller
from .controllers import Model
from .eeprom import Setting
from .states import Flag, State


@dataclass(slots=True, kw_only=True)
class Seen:
    """As it was last read."""

    state: int = State.STARTING
    pilot_state: int = 0
    flags: Flag = field(default_factory=lambda: Flag(0))
    elapsed: int = 0
    watt_seconds: int = 0
    watt_hours: int = 0
    milliamperes: int = 0
    millivolts: int = -1
    """-1 where the controller measures none."""
    tenths: tuple[int | None, int | None, int | None] = (None, None, None)
    """Temperatures in 1/10 °C."""
    absent: tuple[int, int, int] = (-2560, -2560, -2560)
    """What the controller itself tells of a sensor that is not there."""
    counts: tuple[int, int, int] = (0, 0, 0)
    frequency: int = 0
    """1/100 Hz; 0 where the controller has not measured it."""
    capacity: int = 0
    settings: Setting = field(default_factory=lambda: Setting(0))
    scale: int = 0
    offset: int = 0
    hardware_maximum: int = 0
    temperature_maximum: int | None = None
    """The highest since the car came, in 1/10 °C."""

    @property
    def vehicle(self) -> bool:
        """Whether a car is connected."""
        return Flag.CONNECTED in self.flags

    @property
    def charging(self) -> bool:
        """Whether it charges."""
        return self.state == State.CHARGING

    @property
    def faulty(self) -> bool:
        """Whether it cannot charge for a reason of its own."""
        return State.VENT_REQUIRED <= self.state < State.SLEEPING

    @property
    def off(self) -> bool:
        """Whether it sleeps or is disabled."""
        return self.state in {State.SLEEPING, State.DISABLED}

    @property
    def temperature(self) -> int | None:
        """The first sensor that is there, in 1/10 °C."""
        return next((tenth for tenth in self.tenths if tenth is not None), None)

    def look(self, controller: Controller, *, decimal_state: bool) -> None:
        """Read what changes by itself, but for energy and counters."""
        had_car = self.vehicle
        self.state = told_state(controller.model, controller.state, decimal=decimal_state)
        self.pilot_state = controller.pilot_state
        self.flags = controller.late_flags
        self.elapsed = int(controller.elapsed)
        self.milliamperes = controller.measured
        self.millivolts = controller.voltage if controller.model.voltage_setting else -1
        self.absent = controller.model.absent
        temperatures = controller.board.temperatures
        clock, lcd, infrared = (
            None if sensor is None else round(sensor * 10)
            for sensor in (temperatures.clock, temperatures.lcd, temperatures.infrared)
        )
        self.tenths = (clock, lcd, infrared)
        self.frequency = controller.frequency
        self._follow_temperature(came=self.vehicle and not had_car)

    def measure(self, controller: Controller) -> None:
        """Read the energy."""
        self.watt_seconds = controller.joules
        self.watt_hours = controller.lifetime

    def learn(self, controller: Controller) -> None:
        """Read how it is set."""
        eeprom = controller.eeprom
        self.settings = eeprom.settings
        self.scale, self.offset = eeprom.scale, eeprom.offset
        self.hardware_maximum = eeprom.hardware_maximum

    def count_faults(self, controller: Controller) -> None:
        """Read the counters of faults."""
        gfci, ground, relay = controller.eeprom.faults.values()
        self.counts = (gfci, ground, relay)

    def _follow_temperature(self, *, came: bool) -> None:
        if came or self.temperature_maximum is None:
            self.temperature_maximum = self.temperature
        elif self.temperature is not None:
            self.temperature_maximum = max(self.temperature_maximum, self.temperature)


def told_state(model: Model, state: State, *, decimal: bool) -> int:
    """Read the state out of `$GS`: a gateway up to 2.8 stops at the first digit that is not decimal."""
    if not decimal or not model.hexadecimal_state:
        return state
    text = f"{state:02x}"
    count = next((index for index, digit in enumerate(text) if not digit.isdecimal()), len(text))
    return int(text[:count] or "0")
