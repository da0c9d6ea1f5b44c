"""What the controller does with each RAPI command, as its firmwares were seen to do it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from .controller import MAXIMUM_OF_LEVEL_1, MINIMUM_CURRENT, Controller, Offer
from .eeprom import LEVEL_1, LEVEL_2, Setting
from .knobs import Knobs
from .rapi import Command, answer, digits, read, signed_word, unsigned_byte
from .states import State

NO: Final = "NK"
YES: Final = "OK"
_ACKNOWLEDGE = 165
_NO_CLOCK = "165 165 165 165 165 85"
_CENTURY = 2000

_CHECKS = {
    "D": Setting.DIODE_OFF,
    "F": Setting.GFCI_TEST_OFF,
    "G": Setting.GROUND_OFF,
    "R": Setting.RELAY_OFF,
    "T": Setting.TEMPERATURE_OFF,
    "V": Setting.VENT_OFF,
}

type Arguments = tuple[str, ...]


class Processor:
    """Reads a line, obeys, answers."""

    def __init__(self, controller: Controller, knobs: Knobs) -> None:
        """Speak for a controller."""
        self._controller = controller
        self._knobs = knobs
        self._commands: dict[str, Callable[[Arguments], str]] = {
            "F0": self._lcd_updates,
            "F1": self._button,
            "FB": self._colour,
            "FC": lambda _: self._do(self._controller.eeprom.reset_counters),
            "FD": lambda _: self._do(self._controller.disable),
            "FE": lambda _: self._do(self._controller.enable),
            "FF": self._feature,
            "FP": self._print,
            "FR": lambda _: self._do(self._controller.restart),
            "FS": lambda _: self._do(self._controller.sleep),
            "S0": self._lcd_type,
            "S1": self._set_clock,
            "S2": self._calibrating,
            "S3": self._time_limit,
            "S5": self._lock,
            "SA": self._ammeter,
            "SC": self._current,
            "SH": self._energy_limit,
            "SK": self._meter,
            "SL": self._level,
            "ST": self._timer,
            "SV": self._voltage,
            "SY": self._heartbeat,
            "SD": lambda arguments: self._old_switch("D", arguments),
            "SE": self._old_echo,
            "SF": lambda arguments: self._old_switch("F", arguments),
            "SG": lambda arguments: self._old_switch("G", arguments),
            "SR": lambda arguments: self._old_switch("R", arguments),
            "G0": self._connected,
            "G3": lambda _: f"OK {self._controller.time_limit}",
            "G5": self._tell_lock,
            "GA": lambda _: f"OK {self._controller.eeprom.scale} {self._controller.eeprom.offset}",
            "GC": self._capacity,
            "GD": lambda _: "OK " + " ".join(map(str, self._controller.eeprom.timer)),
            "GE": lambda _: f"OK {self._controller.capacity} {self._controller.eeprom.settings:04X}",
            "GF": lambda _: "OK " + " ".join(f"{count:x}" for count in self._controller.eeprom.faults.values()),
            "GG": self._power,
            "GH": lambda _: f"OK {self._controller.energy_limit}",
            "GI": lambda _: "OK  " + self._controller.board.chip.decode("latin-1"),
            "GP": self._temperatures,
            "GS": self._state,
            "GT": self._clock,
            "GU": lambda _: f"OK {self._controller.joules} {self._controller.lifetime}",
            "GV": lambda _: f"OK {self._controller.model.version} {self._controller.model.protocol}",
            "GZ": lambda _: f"OK {self._controller.frequency}",
            "GY": lambda _: self._tell_heartbeat(YES),
            "SB": self._boot_lock,
        }

    def answer(self, line: str) -> str:
        """Obey a line without its carriage return, and answer; what was not understood is refused."""
        command = read(line)
        if command is None:
            return answer(None, NO)
        if (told := self._knobs.added.get(command.name)) is not None:
            return answer(command, told)
        if command.name not in self._controller.model.commands or command.name in self._knobs.refused:
            return answer(command, NO)
        if not self._knobs.confirm and not command.name.startswith("G"):
            return answer(command, " ".join([YES, *command.arguments[: command.name == "SC"]]))
        return answer(command, self._obey(command))

    def _obey(self, command: Command) -> str:
        try:
            return self._commands[command.name](command.arguments)
        except IndexError, ValueError:
            # Fewer arguments than it takes.
            return NO

    @staticmethod
    def _do(action: Callable[[], None]) -> str:
        action()
        return YES

    # Functions

    def _lcd_updates(self, arguments: Arguments) -> str:
        self._controller.lcd_updates = arguments[0] != "0"
        self._controller.settle()
        return YES

    def _button(self, arguments: Arguments) -> str:
        del arguments
        return self._do(self._controller.press_button)

    def _colour(self, arguments: Arguments) -> str:
        self._controller.board.display.colour = digits(arguments[0])
        return YES

    def _feature(self, arguments: Arguments) -> str:
        letter, value = arguments[0], arguments[1]
        if value not in {"0", "1"}:
            return NO
        if letter == "E":
            # Meant to switch the echo; whatever it is given, the echo is on from here to the next restart.
            self._controller.echo = True
            return YES
        if letter == "B" and self._controller.model.button_switch:
            self._controller.eeprom.switch(Setting.BUTTON_OFF, on=value == "0")
            return YES
        return self._switch(letter, on=value == "1") if letter in _CHECKS else NO

    def _switch(self, letter: str, *, on: bool) -> str:
        self._controller.eeprom.switch(_CHECKS[letter], on=not on)
        self._controller.settle()
        return YES

    def _old_switch(self, letter: str, arguments: Arguments) -> str:
        return self._switch(letter, on=arguments[0] != "0")

    def _old_echo(self, arguments: Arguments) -> str:
        self._controller.echo = arguments[0] != "0"
        return YES

    def _print(self, arguments: Arguments) -> str:
        column, row, *words = arguments
        if not words or self._controller.hard_fault:
            return NO
        self._controller.board.display.write(digits(column), digits(row), " ".join(words))
        return YES

    # Settings

    def _lcd_type(self, arguments: Arguments) -> str:
        self._controller.eeprom.switch(Setting.MONOCHROME, on=arguments[0] == "0")
        return YES

    def _set_clock(self, arguments: Arguments) -> str:
        year, month, day, hour, minute, second = (digits(argument) for argument in arguments[:6])
        try:
            moment = datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            # Accepted all the same: the controller checks no range.
            return YES
        self._controller.set_clock(moment.replace(tzinfo=None))
        return YES

    def _calibrating(self, _: Arguments) -> str:
        """Measure without a charging car too, of which an exact ammeter shows nothing."""
        return YES

    def _limit_is_possible(self) -> bool:
        if not self._controller.model.limits_need_a_car:
            return True
        return self._controller.state in {State.CONNECTED, State.CHARGING}

    def _time_limit(self, arguments: Arguments) -> str:
        quarters = unsigned_byte(arguments[0])
        return self._do(lambda: self._controller.set_time_limit(quarters)) if self._limit_is_possible() else NO

    def _energy_limit(self, arguments: Arguments) -> str:
        limit = unsigned_byte(arguments[0])
        return self._do(lambda: self._controller.set_energy_limit(limit)) if self._limit_is_possible() else NO

    def _lock(self, arguments: Arguments) -> str:
        match arguments[0]:
            case "A":
                self._controller.lock_by_hand = None
            case "M":
                self._controller.lock_by_hand = self._controller.socket_locked
            case "0" | "1":
                self._controller.lock_by_hand = arguments[0] == "1"
            case _:
                return NO
        return YES

    def _ammeter(self, arguments: Arguments) -> str:
        self._controller.eeprom.scale = signed_word(arguments[0])
        self._controller.eeprom.offset = signed_word(arguments[1])
        self._controller.eeprom.writes += 1
        return YES

    def _current(self, arguments: Arguments) -> str:
        controller, eeprom = self._controller, self._controller.eeprom
        asked = unsigned_byte(arguments[0])
        mark = arguments[1] if len(arguments) > 1 else ""
        if mark == "M" and controller.model.volatile_mark == "V":
            return self._hardware_maximum(asked)
        # Any third token but M means volatile from 4.6 on; before, only N does.
        volatile = bool(mark) if controller.model.volatile_mark == "V" else mark == "N"
        most = eeprom.hardware_maximum if eeprom.level == LEVEL_2 else MAXIMUM_OF_LEVEL_1
        if volatile and not controller.model.volatile_above_stored:
            most = eeprom.maximum[eeprom.level]
        if volatile and controller.heartbeat.missed:
            most = controller.heartbeat.current
        taken = max(MINIMUM_CURRENT, min(asked, most))
        if controller.tripped is State.OVER_TEMPERATURE and taken > controller.capacity:
            return f"NK {controller.capacity}"
        if not volatile:
            eeprom.maximum[eeprom.level] = taken
            eeprom.writes += 1
        controller.set_capacity(taken)
        return f"{YES if taken == asked else NO} {taken}"

    def _hardware_maximum(self, asked: int) -> str:
        eeprom = self._controller.eeprom
        if eeprom.hardware_maximum != self._controller.model.hardware_maximum:
            return f"NK {eeprom.hardware_maximum}"
        eeprom.hardware_maximum = max(MINIMUM_CURRENT, min(asked, eeprom.hardware_maximum))
        eeprom.maximum[LEVEL_2] = min(eeprom.maximum[LEVEL_2], eeprom.hardware_maximum)
        eeprom.writes += 1
        self._controller.set_capacity(min(self._controller.capacity, eeprom.hardware_maximum))
        return f"OK {eeprom.hardware_maximum}"

    def _meter(self, arguments: Arguments) -> str:
        self._controller.eeprom.watt_hours = digits(arguments[0])
        self._controller.eeprom.writes += 1
        return YES

    def _level(self, arguments: Arguments) -> str:
        controller = self._controller
        match arguments[0]:
            case "1" | "2":
                if controller.model.automatic_level:
                    controller.eeprom.switch(Setting.AUTOMATIC_LEVEL_OFF, on=True)
                controller.set_level(LEVEL_1 if arguments[0] == "1" else LEVEL_2)
            case "A" if controller.model.automatic_level:
                controller.eeprom.switch(Setting.AUTOMATIC_LEVEL_OFF, on=False)
            case _:
                return NO
        return YES

    def _timer(self, arguments: Arguments) -> str:
        start_hour, start_minute, stop_hour, stop_minute = (unsigned_byte(argument) for argument in arguments[:4])
        self._controller.eeprom.timer = (start_hour, start_minute, stop_hour, stop_minute)
        self._controller.eeprom.writes += 1
        return self._do(self._controller.obey_timer)

    def _voltage(self, arguments: Arguments) -> str:
        if self._controller.model.voltage_setting:
            self._controller.voltage = digits(arguments[0])
            return YES
        return self._old_switch("V", arguments)

    def _heartbeat(self, arguments: Arguments) -> str:
        heartbeat = self._controller.heartbeat
        if len(arguments) > 1:
            heartbeat.interval, heartbeat.current = digits(arguments[0]), digits(arguments[1])
        elif arguments and digits(arguments[0]) == _ACKNOWLEDGE:
            self._controller.acknowledge_heartbeat()
        return self._tell_heartbeat(NO if heartbeat.missed else YES)

    def _boot_lock(self, arguments: Arguments) -> str:
        del arguments
        board = self._controller.board
        if not board.boot_lock:
            return NO
        board.boot_lock = False
        return "OK 0"

    # Questions

    def _tell_heartbeat(self, word: str) -> str:
        heartbeat = self._controller.heartbeat
        return f"{word} {heartbeat.interval} {heartbeat.current} {heartbeat.missed}"

    def _connected(self, arguments: Arguments) -> str:
        del arguments
        if self._controller.offer is Offer.DISABLED:
            # At -12 V nothing can be told of the other end.
            return "OK 2"
        return f"OK {int(self._controller.car is not None)}"

    def _tell_lock(self, arguments: Arguments) -> str:
        del arguments
        return f"OK {int(self._controller.socket_locked)} {'A' if self._controller.lock_by_hand is None else 'M'}"

    def _capacity(self, arguments: Arguments) -> str:
        del arguments
        controller, eeprom = self._controller, self._controller.eeprom
        values = [controller.model.shown_minimum, eeprom.hardware_maximum]
        if eeprom.level == LEVEL_1:
            values[1] = MAXIMUM_OF_LEVEL_1
        if controller.model.capacity_values == 4:
            values += [controller.capacity, eeprom.maximum[eeprom.level]]
        return "OK " + " ".join(map(str, values))

    def _power(self, arguments: Arguments) -> str:
        del arguments
        voltage = self._controller.voltage if self._controller.model.voltage_setting else -1
        return f"OK {self._controller.measured} {voltage}"

    def _temperatures(self, arguments: Arguments) -> str:
        del arguments
        temperatures = self._controller.board.temperatures
        sensors = (temperatures.clock, temperatures.lcd, temperatures.infrared)
        tenths = (
            absent if sensor is None else round(sensor * 10)
            for sensor, absent in zip(sensors, self._controller.model.absent, strict=True)
        )
        return "OK " + " ".join(map(str, tenths))

    def _state(self, arguments: Arguments) -> str:
        del arguments
        controller = self._controller
        state, elapsed = controller.state, int(controller.elapsed)
        if not controller.model.hexadecimal_state:
            return f"OK {state:d} {elapsed}"
        return f"OK {state:02x} {elapsed} {controller.pilot_state:02x} {controller.flags:04x}"

    def _clock(self, arguments: Arguments) -> str:
        del arguments
        clock = self._controller.board.clock
        if clock is None:
            return f"OK {_NO_CLOCK}"
        now = clock.shows
        return f"OK {now.year - _CENTURY} {now.month} {now.day} {now.hour} {now.minute} {now.second}"
