"""A small car around the module: what it does, and the physics that follows.

All state lives in the metrics, so whatever a test sets is where the car goes on from. A metric that this type of car
does not have is left alone.
"""

import math

from .configuration import Configuration
from .encoding import single_precision
from .metrics import Metrics
from .vehicles import CarType

_SUPPLY_VOLTAGE = 230.0
_EFFICIENCY = 0.9
_MOST_C_RATE = 0.5
_TOP_OFF_FROM = 97.0
_DEGREE_KM = 111.32
_HOME_RADIUS_KM = 0.2
_RESTING_12V, _CHARGING_12V = 12.8, 14.2
_HVAC_POWER = 1.5
_CABIN_TARGET = 21.0
_CABIN_RATE = 0.02
_RPM_PER_KMH = 68


class Car:
    """Turns what happens to the car into metrics."""

    def __init__(self, metrics: Metrics, config: Configuration, car_type: CarType) -> None:
        """Take over the metrics as they are."""
        self._metrics = metrics
        self._config = config
        self._type = car_type
        self._speed = 0.0
        self._plugged = False
        self._exact: dict[str, float] = {}
        self._home = self._position()

    # What people and the module do to it

    def lock(self, *, locked: bool) -> None:
        """Lock or unlock."""
        self._metrics.set("v.e.locked", locked)

    def valet(self, *, on: bool) -> None:
        """Enter or leave valet mode."""
        self._metrics.set("v.e.valet", on)

    def wake(self) -> None:
        """Wake the car's systems."""
        self._metrics.set("v.e.aux12v", value=True)
        self._metrics.set("v.e.awake", value=True)

    def sleep(self) -> None:
        """Switch everything off."""
        self.park()
        for name in ("v.e.awake", "v.e.aux12v", "v.e.hvac", "v.e.headlights", "v.e.charging12v"):
            self._metrics.set(name, value=False)
        self._metrics.set("v.b.12v.voltage", _RESTING_12V)

    def climate(self, *, on: bool) -> None:
        """Switch the climate control; it wakes the car."""
        if on:
            self.wake()
        warmer = self._metrics.number("v.e.cabintemp", _CABIN_TARGET) < _CABIN_TARGET
        self._metrics.set("v.e.hvac", on)
        self._metrics.set("v.e.heating", on and warmer)
        self._metrics.set("v.e.cooling", on and not warmer)
        self._metrics.set("v.e.cabinfan", 60 if on else 0)

    def cooldown(self) -> None:
        """Cool the battery."""
        self._metrics.set("v.e.cooling", value=True)

    def drive(self, speed: float) -> None:
        """Switch on, release the brake, and go at `speed` km/h."""
        self.unplug()
        self.wake()
        self._speed = speed
        self._metrics.set("v.e.parktime", 0)
        self._metrics.set("v.e.drivetime", 0)
        self._metrics.set("v.p.trip", 0.0)
        self._metrics.set("v.e.handbrake", value=False)
        self._metrics.set("v.e.gear", 1)
        self._metrics.set("v.e.charging12v", value=True)
        self._metrics.set("v.b.12v.voltage", _CHARGING_12V)
        self._metrics.set("v.e.on", value=True)

    def park(self) -> None:
        """Stop and switch off; the car's systems stay awake for now."""
        if not self._metrics.boolean("v.e.on"):
            return
        self._speed = 0.0
        for name in ("v.p.speed", "v.p.gpsspeed", "v.b.power", "v.b.current", "v.b.consumption", "v.i.power"):
            self._metrics.set(name, 0.0)
        self._metrics.set("v.m.rpm", 0)
        self._metrics.set("v.e.gear", 0)
        self._metrics.set("v.e.handbrake", value=True)
        self._metrics.set("v.e.charging12v", value=False)
        self._metrics.set("v.b.12v.voltage", _RESTING_12V)
        self._metrics.set("v.e.on", value=False)

    def plug_in(self) -> None:
        """Open the port and connect a cable with voltage on it."""
        self._plugged = True
        self._metrics.set("v.d.cp", value=True)
        self._metrics.set("v.c.pilot", value=True)
        self._metrics.set("v.c.voltage", _SUPPLY_VOLTAGE)

    def unplug(self) -> None:
        """Disconnect the cable and close the port."""
        if not self._plugged:
            return
        self.stop_charging("interrupted")
        self._plugged = False
        self._metrics.set("v.c.voltage", 0.0)
        self._metrics.set("v.c.pilot", value=False)
        self._metrics.set("v.d.cp", value=False)

    def start_charging(self) -> None:
        """Begin to charge, if there is a cable."""
        if not self._plugged or self._metrics.boolean("v.c.charging"):
            return
        self.wake()
        for name in ("v.c.kwh", "v.c.kwh.grid"):
            self._metrics.set(name, 0.0)
        self._metrics.set("v.c.time", 0)
        self._metrics.set("v.c.substate", "onrequest")
        self._metrics.set("v.c.state", "charging")
        self._metrics.set("v.e.charging12v", value=True)
        self._metrics.set("v.b.12v.voltage", _CHARGING_12V)
        self._charge_flow(self._charge_power())
        self._metrics.set("v.c.charging", value=True)

    def stop_charging(self, substate: str = "onrequest", state: str = "stopped") -> None:
        """End a charge."""
        if not self._metrics.boolean("v.c.charging"):
            return
        self._charge_flow(0.0)
        self._metrics.set("v.c.duration.full", 0)
        self._metrics.set("v.c.substate", substate)
        self._metrics.set("v.c.state", state)
        self._metrics.set("v.e.charging12v", value=False)
        self._metrics.set("v.b.12v.voltage", _RESTING_12V)
        self._metrics.set("v.c.charging", value=False)

    # What follows from it

    def second(self) -> None:
        """Let a second pass."""
        on = self._metrics.boolean("v.e.on")
        counter = "v.e.drivetime" if on else "v.e.parktime"
        self._metrics.set(counter, int(self._metrics.number(counter)) + 1)
        if on:
            self._drive_second()
        elif self._metrics.boolean("v.c.charging"):
            self._charge_second()
        if self._metrics.boolean("v.e.hvac"):
            self._climate_second()

    @property
    def _capacity(self) -> float:
        """Usable energy of the full battery in kWh."""
        ah, volt = self._metrics.number("v.b.cac", 80.0), self._metrics.number("v.b.voltage", 360.0)
        return self._metrics.number("v.b.capacity") or ah * volt / 1000

    @property
    def _range(self) -> float:
        """Kilometres of a full battery."""
        return self._metrics.number("v.b.range.full") or self._capacity * 6.5

    def _drive_second(self) -> None:
        km = self._speed / 3600
        consumption = self._capacity / self._range
        power = consumption * self._speed
        volt = self._metrics.number("v.b.voltage", 360.0)
        self._use(km * consumption)
        for name in ("v.p.odometer", "v.p.trip"):
            self._add(name, km)
        for name in ("v.p.speed", "v.p.gpsspeed"):
            self._metrics.set(name, self._speed)
        for name in ("v.b.power", "v.i.power"):
            self._metrics.set(name, round(power, 3))
        self._metrics.set("v.b.current", round(power * 1000 / volt, 2))
        self._metrics.set("v.b.consumption", consumption * 1000)
        self._metrics.set("v.m.rpm", int(self._speed * _RPM_PER_KMH))
        self._move(km)

    def _move(self, km: float) -> None:
        heading = math.radians(self._metrics.number("v.p.direction"))
        latitude, _ = self._position()
        north, east = km * math.cos(heading) / _DEGREE_KM, km * math.sin(heading) / _DEGREE_KM
        self._add("v.p.latitude", north)
        self._add("v.p.longitude", east / math.cos(math.radians(latitude)))
        self._metrics.set("v.p.direction", (self._metrics.number("v.p.direction") + 0.2) % 360)
        self._metrics.set("v.p.location", "Home" if self._distance_home() < _HOME_RADIUS_KM else "")

    def _position(self) -> tuple[float, float]:
        return self._metrics.number("v.p.latitude"), self._metrics.number("v.p.longitude")

    def _distance_home(self) -> float:
        latitude, longitude = self._position()
        north = latitude - self._home[0]
        east = (longitude - self._home[1]) * math.cos(math.radians(latitude))
        return math.hypot(north, east) * _DEGREE_KM

    def _charge_power(self) -> float:
        """Power from the grid in kW."""
        ampere = self._metrics.number("v.c.climit", 16.0) or 16.0
        tapering = 0.2 if self._metrics.number("v.b.soc") >= _TOP_OFF_FROM else 1.0
        asked = ampere * _SUPPLY_VOLTAGE * self._type.ac_phases / 1000
        return min(asked, self._capacity * _MOST_C_RATE) * tapering

    def _charge_flow(self, power: float) -> None:
        volt = self._metrics.number("v.b.voltage", 360.0)
        self._metrics.set("v.c.power", round(power, 3))
        self._metrics.set("v.c.current", round(power * 1000 / _SUPPLY_VOLTAGE / self._type.ac_phases, 1))
        self._metrics.set("v.c.efficiency", _EFFICIENCY * 100 if power else 0.0)
        # Into the battery: output is what counts as positive.
        self._metrics.set("v.b.power", round(-power * _EFFICIENCY, 3))
        self._metrics.set("v.b.current", round(-power * _EFFICIENCY * 1000 / volt, 2))

    def _charge_second(self) -> None:
        power = self._charge_power()
        grid, stored = power / 3600, power * _EFFICIENCY / 3600
        self._charge_flow(power)
        self._use(-stored)
        for name, energy in (
            ("v.c.kwh", stored),
            ("v.c.kwh.grid", grid),
            ("v.c.kwh.grid.total", grid),
            ("v.b.energy.recd", stored),
            ("v.b.energy.recd.total", stored),
        ):
            self._add(name, energy)
        self._metrics.set("v.c.time", int(self._metrics.number("v.c.time")) + 1)
        soc = self._metrics.number("v.b.soc")
        self._metrics.set("v.c.duration.full", math.ceil((100 - soc) / 100 * self._capacity / (stored * 60)))
        if soc >= 100:
            self.stop_charging("", "done")
        elif self._limit_reached(soc):
            self.stop_charging("scheduledstop", "stopped")
        elif soc >= _TOP_OFF_FROM:
            self._metrics.set("v.c.state", "topoff")

    def _limit_reached(self, soc: float) -> bool:
        limit = self._type.limit
        if limit is None or limit.stops_if is None:
            return False
        percent = self._config.number(limit.param, limit.instance, 0)
        allowed = all(self._config.text(limit.param, name) == value for name, value in limit.stops_if.items())
        return allowed and 0 < percent <= soc

    def _climate_second(self) -> None:
        cabin = self._metrics.number("v.e.cabintemp", _CABIN_TARGET)
        step = max(-_CABIN_RATE, min(_CABIN_RATE, _CABIN_TARGET - cabin))
        self._metrics.set("v.e.cabintemp", cabin + step)
        self._use(_HVAC_POWER / 3600)

    def _use(self, energy: float) -> None:
        """Take energy in kWh out of the battery, or put it in where it is negative."""
        before = self._metrics.number("v.b.soc")
        self._add("v.b.soc", max(-before, min(100.0 - before, -energy / self._capacity * 100)))
        soc = self._metrics.number("v.b.soc")
        self._metrics.set("v.b.range.ideal", self._range * soc / 100)
        self._metrics.set("v.b.range.est", self._range * soc / 100 * 0.93)
        if energy > 0:
            for name in ("v.b.energy.used", "v.b.energy.used.total"):
                self._add(name, energy)

    def _add(self, name: str, amount: float) -> None:
        """Add to a metric; what its single precision cannot hold is remembered for the next time."""
        shown = self._metrics.number(name)
        exact = self._exact.get(name, shown)
        if single_precision(exact) != shown:
            exact = shown
        self._exact[name] = exact + amount
        self._metrics.set(name, self._exact[name])
