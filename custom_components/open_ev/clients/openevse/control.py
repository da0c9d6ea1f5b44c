"""How a charger is told what to do: what all firmware generations have in common.

Nothing here waits for an effect. What is sent comes with what the charger will show once it has followed, and whoever sends it
looks.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from ..known import Readings
from . import rapi_commands as rapi
from .decoding import km_per_unit
from .errors import InvalidArgument, NotAvailable, OpenEvseError, VehicleSourceNotSet
from .gateway import Gateway
from .models import Ability, Check, DivertMode, LcdColour, LimitType, Mode, ScheduleEvent, ServiceLevel, VehicleSource
from .parts import Part
from .rapi_table import Command
from .report import Json, JsonObject, Report, flag, whole

_INSISTENCE: Final = (0.5, 2.0, 5.0)
# A clock that was set and has run for a moment since.
CLOCK_TOLERANCE: Final = timedelta(seconds=10)
# What a distance loses on its way into whole miles and back, and one of whole km does not.
_RANGE_TOLERANCE: Final = 1.0

_SOURCES: Final = {VehicleSource.NONE: 0, VehicleSource.TESLA: 1, VehicleSource.MQTT: 2, VehicleSource.HTTP: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent, and how the charger will show that it followed.

    `parts` and `questions` are what to read for that, and `decided` names the reading of who has the say about it.
    `unseen` is what cannot be seen, and `refused` what the charger said at once that it did not do. `undo` takes back
    what was sent, so that it does not come true later, when nobody expects it any more.
    """

    shows: Callable[[Readings], bool] = lambda _: True
    parts: Sequence[Part] = ()
    questions: Sequence[str] = ()
    decided: str = "claim"
    unseen: bool = False
    refused: bool = False
    undo: Callable[[], Awaitable[None]] | None = None


class Control(ABC):
    """One way to tell a charger what to do."""

    def __init__(
        self, gateway: Gateway, report: Report, read_again: Callable[[Iterable[Part]], Awaitable[None]]
    ) -> None:
        """`read_again` reads parts of the report anew, and raises what stood in the way."""
        self._gateway = gateway
        self._report = report
        self._read_again = read_again

    @abstractmethod
    def can(self, ability: Ability) -> bool:
        """Whether this charger can do that."""

    # Charging

    @abstractmethod
    async def start(self) -> Sent:
        """Let it charge."""

    @abstractmethod
    async def stop(self) -> Sent:
        """Keep it from charging."""

    @abstractmethod
    async def set_mode(self, mode: Mode, *, until_unplugged: bool) -> Sent:
        """Press one of the charger's own three buttons."""

    @abstractmethod
    async def set_current(self, amperes: int) -> Sent:
        """Advertise a current, without storing it."""

    @abstractmethod
    async def set_limit(self, kind: LimitType, value: int | None) -> Sent:
        """Limit the session, or not any more."""

    @abstractmethod
    async def clear_limits(self) -> Sent:
        """Limit the session by nothing, whatever it was limited by."""

    @abstractmethod
    async def set_schedule(self, events: Sequence[ScheduleEvent]) -> Sent:
        """Have this schedule and no other."""

    @abstractmethod
    async def set_timer(self, start: time | None, stop: time | None) -> Sent:
        """Charge from one time of day to another, or whenever."""

    @abstractmethod
    async def release(self) -> None:
        """Have no say any more."""

    # Settings

    @abstractmethod
    async def set_service_level(self, level: ServiceLevel) -> Sent:
        """Set the kind of supply."""

    @abstractmethod
    async def set_check(self, check: Check, *, enabled: bool) -> Sent:
        """Switch a safety check."""

    @abstractmethod
    async def calibrate(self, scale: int, offset: int) -> Sent:
        """Calibrate the ammeter."""

    @abstractmethod
    async def set_clock(self, moment: datetime) -> Sent:
        """Set the clock that timers go by."""

    @abstractmethod
    async def restart_gateway(self) -> Sent:
        """Restart the WiFi module."""

    @abstractmethod
    async def restart_controller(self) -> Sent:
        """Restart what has the relay."""

    @abstractmethod
    async def press_button(self) -> Sent:
        """Press the front button shortly."""

    @abstractmethod
    async def reset_energy(self) -> Sent:
        """Begin the meter of all sessions anew."""

    async def reset_faults(self) -> Sent:
        """Begin the counters of faults anew. The controller forgets the energy of all sessions with them, so it is told again."""
        self._require(Ability.RESET_FAULTS)
        energy = await self._gateway.run(rapi.GET_ENERGY)
        telling = rapi.set_total_energy(energy.total)
        await self._gateway.run(rapi.RESET_COUNTERS)
        # Who does not want to wait any more has not said that the energy may be lost.
        await asyncio.shield(asyncio.ensure_future(self._insist(telling)))
        names = ("gfci_faults", "no_ground_faults", "stuck_relay_faults")
        return Sent(
            shows=lambda readings: not any(readings.get(name) for name in names),
            questions=(rapi.GET_FAULT_COUNTERS.text, rapi.GET_ENERGY.text),
        )

    async def set_lcd_colour(self, colour: LcdColour) -> Sent:
        """Choose the display's colour until the state changes; no gateway tells the colour that was chosen."""
        await self._gateway.run(rapi.set_lcd_colour(colour))
        return Sent(unseen=True)

    async def lock_socket(self, locked: bool | None) -> Sent:
        """Lock or unlock the socket of a type 2 charger; with None it locks itself while a car is connected."""
        self._require(Ability.SOCKET_LOCK)
        if locked is None:
            await self._gateway.run(rapi.set_socket_lock(rapi.SocketLockMode.AUTOMATIC))
        else:
            await self._gateway.run(rapi.set_socket_lock(rapi.SocketLockMode.MANUAL))
            mode = rapi.SocketLockMode.LOCK if locked else rapi.SocketLockMode.UNLOCK
            await self._gateway.run(rapi.set_socket_lock(mode))

        def shows(readings: Readings) -> bool:
            lock = self._report.controller.socket_lock
            if lock is None or lock.manual is (locked is None):
                return False
            return locked is None or readings.get("socket_locked") is locked

        return Sent(shows=shows, questions=(rapi.GET_SOCKET_LOCK.text,))

    # The sun, the house and the car

    async def set_divert(self, mode: DivertMode) -> Sent:
        """Choose what is done with the sun's power. Whether anything is done is a setting of its own, from 2.9 on."""
        enabled = flag(self._report.config, "divert_enabled")
        if mode is DivertMode.OFF and enabled is None:
            raise NotAvailable("this firmware cannot switch diverting off")
        if enabled is not None and enabled is not (mode is not DivertMode.OFF):
            await self._configure({"divert_enabled": mode is not DivertMode.OFF})
        await self._gateway.post_form("/divertmode", {"divertmode": "2" if mode is DivertMode.ECO else "1"})
        return Sent(shows=lambda readings: readings.get("divert_mode") == mode, parts=(Part.CONFIG,))

    async def set_shaper(self, *, enabled: bool) -> Sent:
        """Switch the shaper until the gateway restarts."""
        self._require(Ability.SHAPER)
        await self._gateway.post_form("/shaper", {"shaper": str(int(enabled))})
        return Sent(shows=lambda readings: readings.get("shaper_active") is enabled)

    async def push_vehicle(self, soc: float | None, range_km: float | None, time_to_full: float | None) -> Sent:
        """Tell the gateway of the car. It ignores what it takes from elsewhere, and answers that all is well."""
        self._require(Ability.PUSH_VEHICLE)
        told: dict[str, float] = {}
        if soc is not None:
            # The firmware cuts off what is not whole (src/evse_man.h takes an int).
            told["battery_level"] = int(_within("soc", soc, 0, 100))
        if range_km is not None:
            told["battery_range"] = round(_within("range", range_km, 0, 10_000) / km_per_unit(self._report))
        if time_to_full is not None:
            told["time_to_full_charge"] = round(_within("time_to_full", time_to_full, 0, 10_000_000))
        if not told:
            raise InvalidArgument("soc", "empty")
        source = whole(self._report.config, "vehicle_data_src")
        if source is not None and source != _SOURCES[VehicleSource.HTTP]:
            raise VehicleSourceNotSet("the gateway takes the car's data from elsewhere")
        # Only what is known: a null would be stored as 0.
        body: JsonObject = dict(told)
        await self._gateway.post("/status", body)
        return Sent(shows=lambda readings: _is_told(readings, soc, range_km))

    async def set_vehicle_source(self, source: VehicleSource) -> Sent:
        """Choose where the gateway takes the car's data from."""
        if not self._report.is_fifth:
            raise NotAvailable("this firmware takes the car's data from everywhere")
        await self._configure({"vehicle_data_src": _SOURCES[source]})
        return Sent(shows=lambda readings: readings.get("vehicle_data_source") == source, parts=(Part.CONFIG,))

    # How

    async def _insist(self, command: Command[None]) -> None:
        """Run a command that must not get lost, again if need be; raises what stood in the way the last time."""
        for pause in _INSISTENCE:
            with suppress(OpenEvseError):
                await self._gateway.run(command)
                return
            await asyncio.sleep(pause)
        await self._gateway.run(command)

    async def _configure(self, settings: JsonObject) -> None:
        body: Json = settings
        await self._gateway.post("/config", body)

    def _require(self, ability: Ability) -> None:
        if not self.can(ability):
            raise NotAvailable(f"this charger has no way: {ability}")


def _within(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise InvalidArgument(name, "out_of_range")
    return value


def _is_told(readings: Readings, soc: float | None, range_km: float | None) -> bool:
    """Whether the gateway tells what it was told; the time to full it counts down by itself."""
    if soc is not None and readings.get("vehicle_soc") != int(soc):
        return False
    told = readings.get("vehicle_range")
    return range_km is None or (isinstance(told, int | float) and abs(told - range_km) <= _RANGE_TOLERANCE)


def is_clock(readings: Readings, moment: datetime) -> bool:
    """Whether the clock shows a moment."""
    clock = readings.get("clock")
    return isinstance(clock, datetime) and abs(clock - moment) <= CLOCK_TOLERANCE


def is_total_reset(readings: Readings) -> bool:
    """Whether the meter of all sessions has begun anew; a car that charges has added to it since."""
    total = readings.get("total_energy")
    return isinstance(total, int | float) and total < 1
