"""The commands that act on the car, with the firmware's own words for each outcome."""

from collections.abc import Callable

from .car import Car
from .clock import Clock
from .configuration import Configuration
from .knobs import Knobs
from .metrics import Metrics
from .shell import Answer, Command, Handler, failed, leading_integer
from .vehicles import CarType, Lock, ValetMode

_MODES = ("standard", "storage", "range", "performance")
_SHORTEST_PRESS = 100
_FIRST_BUTTON, _LAST_BUTTON = 1, 3

type Effect = Callable[[], object]


class VehicleCommands:
    """Decides for a type of car what a command does, and answers."""

    def __init__(
        self, car: Car, car_type: CarType, metrics: Metrics, config: Configuration, clock: Clock, knobs: Knobs
    ) -> None:
        """Act on a car."""
        self._car = car
        self._type = car_type
        self._metrics = metrics
        self._config = config
        self._clock = clock
        self._knobs = knobs

    def register(self, root: Command) -> None:
        """Add the commands; every vehicle has all of them."""
        root.add("lock", self._lock(locked=True), "<pin>", 1)
        root.add("unlock", self._lock(locked=False), "<pin>", 1)
        root.add("valet", self._valet(on=True), "<pin>", 1)
        root.add("unvalet", self._valet(on=False), "<pin>", 1)
        root.add("wakeup", self._wakeup)
        root.add("homelink", self._homelink, "<homelink> [<duration=1000ms>]", 1, 2)
        climate = root.add("climatecontrol")
        climate.add("on", self._climate(on=True))
        climate.add("off", self._climate(on=False))
        charge = root.add("charge")
        charge.add("start", self._charge_start)
        charge.add("stop", self._charge_stop)
        charge.add("current", self._charge_current, "<amps>", 1)
        charge.add("cooldown", self._cooldown)
        mode = charge.add("mode")
        for name in _MODES:
            mode.add(name, self._charge_mode(name))

    # Outcomes

    def _do(self, effect: Effect, success: str, failure: str, *, allowed: bool = True, seconds: float = 0.0) -> Answer:
        """Say that it was done and let it follow, or that it could not be done."""
        if self._knobs.refuse or not allowed:
            return failed(failure)
        if not self._knobs.confirm:
            # The module has sent its request and says so; the car did nothing.
            return failed(success)
        if self._knobs.confirm_delay:
            self._clock.call_later(self._knobs.confirm_delay, effect)
        else:
            effect()
        return Answer(success, seconds=seconds)

    @property
    def _can_write(self) -> bool:
        """Whether the owner has allowed the module to act on the car's bus."""
        return self._type.switch is None or self._config.flag(*self._type.switch)

    def _refuses(self, action: str) -> bool:
        """Whether the car already is what the action would make it, and this type of module calls that a failure."""
        metric = "v.e.hvac" if action.startswith("climate") else "v.c.charging"
        return action in self._type.refuses_same and self._metrics.boolean(metric) is action.endswith(("_on", "_start"))

    def _pin_fits(self, pin: str) -> bool:
        # An unset PIN fits nothing.
        return bool(expected := self._config.text("password", "pin")) and pin == expected

    # Commands

    def _lock(self, *, locked: bool) -> Handler:
        word = "lock" if locked else "unlock"

        def handle(words: list[str]) -> Answer:
            success, failure = f"Vehicle {word}ed", f"Error: vehicle could not be {word}ed"
            match self._type.lock:
                case Lock.NONE:
                    return failed(f"Error: Vehicle {word} functionality not available")
                case Lock.PIN_TO_CAR if not self._pin_fits(words[0]):
                    # The module passes it on and says so; the car turns it down.
                    return failed(success)
                case Lock.PIN_CHECKED if not self._pin_fits(words[0]):
                    return failed(failure)
                case Lock.SPEED_LIMIT if locked:
                    speed = leading_integer(words[0])
                    self._metrics.set("xrt.v.e.locked.speed", speed)
            return self._do(lambda: self._car.lock(locked=locked), success, failure, allowed=self._can_write)

        return handle

    def _valet(self, *, on: bool) -> Handler:
        verb = "activate" if on else "deactivate"

        def handle(words: list[str]) -> Answer:
            success, failure = f"Vehicle valet mode {verb}d", f"Error: vehicle could not {verb} valet mode"
            match self._type.valet:
                case ValetMode.NONE:
                    return failed("Error: Vehicle valet functionality not available")
                case ValetMode.NOTHING:
                    return failed(success)
                case ValetMode.BASE | ValetMode.OWN if self._metrics.boolean("v.e.valet") == on:
                    return Answer(success)
                case ValetMode.BASE | ValetMode.OWN if not self._pin_fits(words[0]):
                    return failed(failure)
                case ValetMode.DISTANCE if on:
                    odometer = self._metrics.number("v.p.odometer") + leading_integer(words[0])
                    self._metrics.set("xrt.v.e.valet.odo", odometer)
            return self._do(lambda: self._switch_valet(on=on), success, failure)

        return handle

    def _switch_valet(self, *, on: bool) -> None:
        match self._type.valet:
            case ValetMode.PRECONDITIONING:
                self._car.climate(on=on)
            case ValetMode.IGNITION:
                self._metrics.set("v.e.on", on)
            case _:
                self._car.valet(on=on)

    def _wakeup(self, _: list[str]) -> Answer:
        if not self._type.wakeup:
            return failed("Error: Vehicle wake functionality not available")
        failure = "Error: vehicle could not be woken"
        return self._do(self._car.wake, "Vehicle has been woken", failure, allowed=self._can_write)

    def _homelink(self, words: list[str]) -> Answer:
        button = leading_integer(words[0])
        if not _FIRST_BUTTON <= button <= _LAST_BUTTON:
            return failed("Error: Homelink button should be in range 1..3")
        if len(words) > 1 and leading_integer(words[1]) < _SHORTEST_PRESS:
            return failed("Error: Minimum homelink timer duration 100ms")
        if button > len(self._type.homelink):
            return failed("Error: Homelink functionality not available")
        meaning = self._type.homelink[button - 1]
        return self._do(
            lambda: self._press(meaning),
            f"Homelink #{button} activated",
            f"Error: Could not activate homelink #{button}",
            allowed=self._can_write and not self._refuses(meaning),
            seconds=(self._type.homelink_seconds or {}).get(button, 0.0),
        )

    def _press(self, meaning: str) -> None:
        match meaning:
            case "climate_off" | "abort_long_precondition":
                self._car.climate(on=False)
            case "charge_start":
                self._car.start_charging()
            case "charge_stop":
                self._car.stop_charging()
            case "wakeup":
                self._car.wake()
            case _ if meaning.startswith(("climate_", "long_precondition")):
                self._car.climate(on=True)

    def _climate(self, *, on: bool) -> Handler:
        def handle(_: list[str]) -> Answer:
            if self._type.climate_off_fails and not on:
                return failed("Error: Climate Control failed")
            if not (self._type.climate_on if on else self._type.climate_off):
                return failed("Error: Climate Control functionality not available")
            return self._do(
                lambda: self._car.climate(on=on),
                f"Climate Control \n{'on' if on else 'off'}",
                "Error: Climate Control failed",
                allowed=self._can_write and not self._refuses("climate_on" if on else "climate_off"),
            )

        return handle

    def _charge_start(self, _: list[str]) -> Answer:
        if not self._type.charge_start:
            return failed("Error: Charge start functionality not available")
        failure, allowed = "Error: Could not start charge", self._can_write and not self._refuses("charge_start")
        return self._do(self._car.start_charging, "Charge has been started", failure, allowed=allowed)

    def _charge_stop(self, _: list[str]) -> Answer:
        if not self._type.charge_stop:
            return failed("Error: Charge stop functionality not available")
        failure, allowed = "Error: Could not stop charge", self._can_write and not self._refuses("charge_stop")
        return self._do(self._car.stop_charging, "Charge has been stopped", failure, allowed=allowed)

    def _charge_current(self, words: list[str]) -> Answer:
        if not self._type.charge_current:
            return failed("Error: Charge current limit functionality not available")
        ampere = leading_integer(words[0])
        limit = self._possible_current(ampere)
        return self._do(
            lambda: self._limit_current(limit or 0),
            f"Charge current limit set to {ampere}A",
            f"Error: Could not set charge current limit to {ampere}A",
            allowed=self._can_write and limit is not None,
        )

    def _possible_current(self, ampere: int) -> int | None:
        """What this type of module makes of a current; None if it finds none that it can set."""
        if self._type.current_levels is None:
            return ampere // self._type.current_step * self._type.current_step
        levels = self._metrics.integers(self._type.current_levels)
        return max((level for level in levels if 0 < level <= ampere), default=None)

    def _limit_current(self, ampere: int) -> None:
        self._metrics.set("v.c.climit", float(ampere))
        if ("xrt", "chargelevel") in self._config:
            self._config["xrt", "chargelevel"] = str(ampere // self._type.current_step)

    def _charge_mode(self, mode: str) -> Handler:
        def handle(_: list[str]) -> Answer:
            if not self._type.charge_mode:
                return failed("Error: Charge mode functionality not available")
            return self._do(
                lambda: self._set_charge_mode(mode), f"Charge mode '{mode}' set", "Error: Could not set charge mode"
            )

        return handle

    def _set_charge_mode(self, mode: str) -> None:
        if self._type.storage_for_others and mode != "standard":
            mode = "storage"
        self._metrics.set("v.c.mode", mode)
        if ("xrt", "chargemode") in self._config:
            self._config["xrt", "chargemode"] = "1" if mode == "storage" else "0"

    def _cooldown(self, _: list[str]) -> Answer:
        if not self._type.cooldown:
            return failed("Error: Cooldown functionality not available")
        return self._do(self._car.cooldown, "Cooldown has been started", "Error: Could not start cooldown")
