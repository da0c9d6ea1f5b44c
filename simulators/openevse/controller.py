"""The controller: an AVR that watches the pilot and closes the relay, with nobody's help."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Final

from .board import Board, ClockChip
from .car import Car
from .controllers import Model
from .eeprom import CURRENT_OF_LEVEL_1, LEVEL_1, LEVEL_2, Eeprom, Setting
from .states import CHECKS, HARD, Flag, State, colour_of

MINIMUM_CURRENT: Final = 6
"""A. Below it the standard knows no current."""
MAXIMUM_OF_LEVEL_1: Final = 16
_FREQUENCY = 5000
_BOOT = 3.0
"""Seconds of silence after a restart."""
_QUARTER = 900
_SILENT_FOR = 30.0
"""Seconds for which the flags may still tell of a closed relay after the controller was put to sleep."""


class Offer(Enum):
    """Whether a car may charge."""

    ENABLED = auto()
    ASLEEP = auto()
    DISABLED = auto()


class Heartbeat:
    """A watch on the gateway: without its pulses the car gets a small current only (controllers from 8.1 on)."""

    def __init__(self) -> None:
        self.interval = 0
        """Seconds; 0 is off."""
        self.current = 0
        """A without pulses."""
        self.missed = 0
        """2 once a pulse was missed, until it is acknowledged."""


class Controller:
    """One board with its firmware. `answers` is false while it restarts."""

    def __init__(self, model: Model, now: datetime) -> None:
        """Power up with nothing on the cable."""
        self.model = model
        self.board = Board(clock=ClockChip(now.replace(tzinfo=None)))
        self.eeprom = Eeprom(
            maximum={LEVEL_1: CURRENT_OF_LEVEL_1, LEVEL_2: model.factory_maximum},
            hardware_maximum=model.hardware_maximum,
        )
        self.car: Car | None = None
        self.fault: State | None = None
        self.on_change: Callable[[], None] = lambda: None
        """Called whenever its state or its current may have changed."""
        self.on_button: Callable[[], None] | None = None
        """Told of the button in place of acting, where the firmware leaves that to the gateway."""
        self.restarts = 0
        self.switches = 0
        """How often the relay closed or opened."""
        self.relay_closed = False
        self._booting = 0.0
        self._since_opened = _SILENT_FOR
        self._reset()

    def _reset(self) -> None:
        """Begin with what the EEPROM has."""
        self.capacity = self.eeprom.maximum[self.eeprom.level]
        self.offer = Offer.ENABLED
        self.echo = False
        self.lcd_updates = True
        self.voltage = 240_000
        """mV with which it computes energy."""
        self.heartbeat = Heartbeat()
        self.lock_by_hand: bool | None = None
        """Whether the socket is locked by hand; None leaves it to the controller."""
        self.elapsed = 0.0
        """Seconds of charging in this session."""
        self.watt_seconds = 0.0
        """Energy of this session."""
        self.energy_limit = 0
        """kWh; 0 is none."""
        self.time_limit = 0
        """Quarters of an hour; 0 is none."""
        self._time_limit_end = 0.0
        self._timer_overruled = False
        self._limit_sleep = False
        self._session_ended = True
        self._gfci_tripped = False
        self._ground_tripped = False

    # What can be seen from outside

    @property
    def answers(self) -> bool:
        """Whether it has started."""
        return self._booting <= 0

    @property
    def frequency(self) -> int:
        """Of the mains, in 1/100 Hz; 0 until the relay has switched, which is when it is measured."""
        return _FREQUENCY if self.switches else 0

    @property
    def state(self) -> State:
        """What it would tell."""
        if not self.answers:
            return State.STARTING
        match self.offer:
            case Offer.DISABLED:
                return State.DISABLED
            case Offer.ASLEEP:
                return State.SLEEPING
            case Offer.ENABLED:
                return self.tripped or self._pilot_state

    @property
    def tripped(self) -> State | None:
        """The fault that it sees; a check that is off sees none."""
        check = CHECKS.get(self.fault) if self.fault is not None else None
        return None if check is not None and check in self.eeprom.settings else self.fault

    @property
    def _pilot_state(self) -> State:
        """What the car does to the pilot."""
        if self.car is None:
            return State.NOT_CONNECTED
        if not self.car.asks:
            return State.CONNECTED
        if self.car.needs_ventilation and Setting.VENT_OFF not in self.eeprom.settings:
            return State.VENT_REQUIRED
        return State.CHARGING

    @property
    def pilot_state(self) -> State:
        """A, B, C or D as 1 to 4; a car that is offered nothing stays in B."""
        state = self._pilot_state
        offered = self.offer is Offer.ENABLED and self.tripped is None
        return state if offered or state is State.NOT_CONNECTED else State.CONNECTED

    @property
    def current(self) -> float:
        """What flows, in A."""
        return min(self.capacity, self.car.limit) if self.relay_closed and self.car is not None else 0.0

    @property
    def measured(self) -> int:
        """What the ammeter makes of it, in mA."""
        if not self.relay_closed:
            return 0
        return round(self.current * 1000 * self.eeprom.scale / 220) + self.eeprom.offset

    @property
    def joules(self) -> int:
        """Energy of the session; a sum of many small parts, cut off where it is whole but for the rounding."""
        return int(round(self.watt_seconds, 6))

    @property
    def lifetime(self) -> int:
        """Wh since it was made."""
        return int(round(self.eeprom.watt_hours, 6))

    @property
    def socket_locked(self) -> bool:
        """Whether the plug is held."""
        return self.relay_closed if self.lock_by_hand is None else self.lock_by_hand

    @property
    def flags(self) -> Flag:
        """The volatile flags."""
        told = {
            Flag.HARD_FAULT: self.hard_fault,
            Flag.LIMIT_SLEEP: self._limit_sleep,
            Flag.TIME_LIMIT: self.time_limit > 0,
            Flag.CHARGE_LIMIT: self.energy_limit > 0,
            Flag.GROUND_TRIPPED: self._ground_tripped,
            Flag.GFCI_TRIPPED: self._gfci_tripped,
            Flag.RELAY_CLOSED: self.relay_closed,
            Flag.CONNECTED: self.car is not None,
            Flag.CONNECTED_BEFORE: self.car is not None,
            Flag.SESSION_ENDED: self._session_ended,
            Flag.TIMER_ON: any(self.eeprom.timer),
            Flag.LOCK_BY_HAND: self.lock_by_hand is not None,
        }
        return Flag(sum(flag for flag, is_so in told.items() if is_so))

    @property
    def late_flags(self) -> Flag:
        """The flags of half a minute ago: one who does not ask again sees the relay closed after it has opened."""
        late = self._since_opened < _SILENT_FOR and self.offer is not Offer.ENABLED
        return self.flags | Flag.RELAY_CLOSED if late else self.flags

    @property
    def hard_fault(self) -> bool:
        """A fault that only a restart ends."""
        return self.tripped in HARD

    # What is done to it

    def plug_in(self, car: Car) -> None:
        """Connect a car: a new session."""
        self.car = car
        self.elapsed = 0.0
        self.watt_seconds = 0.0
        self._session_ended = True
        self._release_limits()
        self.settle()

    def unplug(self) -> None:
        """Disconnect the car; the session's numbers stay until the next one."""
        self.car = None
        self._session_ended = True
        self._release_limits()
        self.settle()

    def trip(self, fault: State) -> None:
        """Let there be a fault; it is seen unless its check is off."""
        self.fault = fault
        if self.tripped is not None:
            self._gfci_tripped |= fault is State.GFCI_FAULT
            self._ground_tripped |= fault is State.NO_GROUND
            if fault in self.eeprom.faults:
                self.eeprom.faults[fault] = min(self.eeprom.faults[fault] + 1, 0xFF)
        self.settle()

    def recover(self) -> None:
        """Let there be none; after an over-temperature the current goes back to the stored maximum."""
        if self.fault is State.OVER_TEMPERATURE:
            self.capacity = self.eeprom.maximum[self.eeprom.level]
        self.fault = None
        self.settle()

    def enable(self) -> None:
        """Offer to charge."""
        self.offer = Offer.ENABLED
        self._limit_sleep = False
        self.settle()

    def sleep(self) -> None:
        """Offer nothing, at +12 or +9 V of the pilot."""
        self.offer = Offer.ASLEEP
        if self.car is not None and self.car.sleepy:
            self.car.asleep = True
        self.settle()

    def disable(self) -> None:
        """Offer nothing, at -12 V of the pilot, which wakes a car that sleeps."""
        self.offer = Offer.DISABLED
        if self.car is not None:
            self.car.asleep = False
        self.settle()

    def press_button(self) -> None:
        """Start or stop; a gateway that is told decides itself."""
        if Setting.BUTTON_OFF in self.eeprom.settings:
            return
        if self.on_button is not None and self.model.reports_button:
            self.on_button()
        else:
            if self.offer is Offer.ENABLED:
                self.sleep()
            else:
                self.enable()
            self._timer_overruled = any(self.eeprom.timer) and self._is_in_timer == (self.offer is Offer.ASLEEP)

    def restart(self) -> None:
        """Forget what is not in the EEPROM, and be silent for three seconds."""
        self.restarts += 1
        self._booting = _BOOT
        self._reset()
        self.settle()

    def set_energy_limit(self, kilowatt_hours: int) -> None:
        """Sleep after so much energy; 0 is no limit."""
        self.energy_limit = kilowatt_hours
        self.settle()

    def set_time_limit(self, quarters: int) -> None:
        """Sleep after so many quarters of an hour of charging; 0 is no limit."""
        self.time_limit = quarters
        self._time_limit_end = quarters * _QUARTER + (self.elapsed if self.model.limits_extend else 0.0)
        self.settle()

    def set_level(self, level: int) -> None:
        """Take the other service level, and the current that is stored for it."""
        self.eeprom.switch(Setting.LEVEL_2, on=level == LEVEL_2)
        self.capacity = self.eeprom.maximum[level]
        self.settle()

    def set_capacity(self, amperes: int) -> None:
        """Advertise a current."""
        self.capacity = amperes
        self.settle()

    def set_clock(self, moment: datetime) -> None:
        """Set the clock chip, where there is one."""
        if self.board.clock is not None:
            self.board.clock.shows = moment

    def miss_heartbeat(self) -> None:
        """Notice that the gateway is gone."""
        if self.heartbeat.interval:
            self.heartbeat.missed = 2
            self.set_capacity(min(self.capacity, self.heartbeat.current))

    def acknowledge_heartbeat(self) -> None:
        """The gateway is back: the stored maximum counts again."""
        if self.heartbeat.missed:
            self.heartbeat.missed = 0
            self.set_capacity(self.eeprom.maximum[self.eeprom.level])

    # Its life

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self._booting = max(0.0, self._booting - seconds)
        self._since_opened += seconds
        if self.board.clock is not None:
            self.board.clock.run(seconds)
        self.board.temperatures.warm(self.board.surroundings, self.current, seconds)
        if self.relay_closed and self.car is not None:
            watt_hours = self.current * self.voltage / 1000 * seconds / 3600
            self.elapsed += seconds
            self.watt_seconds += watt_hours * 3600
            self.eeprom.watt_hours += watt_hours
            self.car.take(self.current * self.board.voltage * seconds / 3600)
            self._obey_limits()
        self._obey_timer()
        self.settle()

    def settle(self) -> None:
        """Close or open the relay as the state wants it, paint the display, and tell."""
        closed = self.state is State.CHARGING
        if closed != self.relay_closed:
            self.relay_closed = closed
            self.switches += 1
            if closed:
                self._session_ended = False
            else:
                self._since_opened = 0.0
        if self.lcd_updates:
            self.board.display.colour = colour_of(self.state, car=self.car is not None)
            self.board.display.show(self.state.name.replace("_", " ").title(), f"{self.capacity}A")
        self.on_change()

    def obey_timer(self) -> None:
        """Look at the timer now, as after it was set."""
        self._timer_overruled = False
        self._obey_timer()
        self.settle()

    def _obey_timer(self) -> None:
        if not any(self.eeprom.timer) or not self.model.timer_acts or self.board.clock is None:
            return
        inside = self._is_in_timer
        # What the button has done counts until the timer wants the same.
        self._timer_overruled = self._timer_overruled and inside == (self.offer is Offer.ASLEEP)
        if self._timer_overruled:
            return
        if inside and self.offer is Offer.ASLEEP and not self._limit_sleep:
            self.enable()
        elif not inside and self.offer is Offer.ENABLED:
            self.sleep()

    @property
    def _is_in_timer(self) -> bool:
        if self.board.clock is None:
            return False
        now = self.board.clock.shows
        start_hour, start_minute, stop_hour, stop_minute = self.eeprom.timer
        start, stop, minute = start_hour * 60 + start_minute, stop_hour * 60 + stop_minute, now.hour * 60 + now.minute
        return start <= minute < stop if start <= stop else not stop <= minute < start

    def _obey_limits(self) -> None:
        energy = self.energy_limit and self.watt_seconds >= self.energy_limit * 3_600_000
        time = self.time_limit and self.elapsed >= self._time_limit_end
        if energy or time:
            self._limit_sleep = True
            self.sleep()

    def _release_limits(self) -> None:
        self.energy_limit = 0
        self.time_limit = 0
        if self._limit_sleep:
            self._limit_sleep = False
            self.offer = Offer.ENABLED
