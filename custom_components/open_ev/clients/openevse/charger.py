"""A charger as a plain object: readings come in, actions go out. It knows no entity and no Home Assistant."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, tzinfo
from typing import Final

from ..known import CONNECTION, Value
from . import rapi_commands as rapi
from .choices import Choices
from .control import Control, Sent
from .details import details
from .errors import CannotConnect, DisplayBlocked, InvalidArgument, OpenEvseError, WrongCharger
from .gateway import Gateway
from .identity import identify, read_charger
from .known import BUTTON, WHY, KnownCharger
from .lcd import Lcd
from .manager_control import ManagerControl
from .models import (
    OWN_CLIENT,
    Ability,
    Check,
    Claim,
    DivertMode,
    Habits,
    Identity,
    LcdColour,
    LimitType,
    Mode,
    ScheduleEvent,
    ServiceLevel,
    VehicleSource,
)
from .orders import Orders
from .pace import Pace
from .parts import take_config
from .questions import settle
from .rapi import Answer
from .rapi_control import RapiControl
from .reader import Reader
from .readings import read
from .report import JsonObject, Report
from .watch import Watch
from .why import why

__all__ = ["BUTTON", "CONNECTION", "Charger", "Pace"]

# How long an effect may take to show.
PATIENCE: Final = 8.0


class Charger(KnownCharger):
    """One OpenEVSE, of whatever firmware."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        zone: tzinfo = UTC,
        client: int = OWN_CLIENT,
        serial: str | None = None,
        habits: Habits | None = None,
        patience: float = PATIENCE,
        pace: Pace | None = None,
    ) -> None:
        """Make a charger that nothing is known of yet; `connect` is next. Needs a running event loop.

        Args:
            gateway: The way to it.
            zone: The time zone that the controller's clock is likely set to; it does not tell.
            client: Our number as a client of its manager, see `client_number_of`; whoever else speaks to it needs another.
            serial: Its serial number as in its `Identity`, where it is known: then no other charger will do.
            habits: How to do what can be done in two ways.
            patience: Seconds after which what is not done is believed not to be done.
            pace: How often to look.
        """
        super().__init__()
        self._gateway = gateway
        self._report = Report(zone=zone, own_client=client, serial=serial)
        pace = pace or Pace()
        self._reader = Reader(gateway, self._report, pace)
        self._watch = Watch(gateway, self._reader, self._report, changed=self._changed, pace=pace)
        self._manager = ManagerControl(gateway, self._report, self._reader.read_to_change)
        self._habits = habits or Habits()
        self._rapi = RapiControl(gateway, self._report, self._reader.read_to_change, habits=self._habits)
        self._lcd = Lcd(gateway)
        self._choices = Choices(self._report, self._reader)
        self._orders = Orders(
            gateway,
            self._reader,
            readings=lambda: self.readings,
            looked=self._changed,
            done=self._watch.hurry,
            let_go=self._let_go,
            patience=patience,
        )
        self._connected = False
        # Whether the car has been charged since it was plugged in, as far as that was seen.
        self._charged: bool | None = None

    # Its life

    async def connect(self) -> None:
        """Read everything for the first time.

        Raises:
            NotAnOpenEvse, FirmwareTooOld: there is no such charger at the address.
            WrongCharger: another charger is there.
            CannotConnect, Unauthorized, BadAnswer, Refused: it cannot be read.
        """
        found = await read_charger(self._gateway)
        # Another one may know somebody by our number: it is neither asked for more nor, in the end, let go of.
        take_config(self._report, found.config)
        self._report.status = found.status
        await self._reader.read_all()
        self._watch.reached()
        self._changed()

    async def run(self, on_change: Callable[[OpenEvseError | None], None]) -> None:
        """Follow it until cancelled, or until `close`.

        `on_change` is called with None when it is there, and with the error after each look in vain once it is not.
        """

        def tell(error: OpenEvseError | None) -> None:
            if isinstance(error, WrongCharger):
                self._lcd.forget()
            on_change(error)

        await self._watch.run(tell)

    def hurry(self) -> None:
        """Look soon: something has changed, or somebody wants to know."""
        self._watch.hurry()

    async def close(self) -> None:
        """Follow it no longer and have no say any more: release our claim, hand the display back. It may be away already."""
        self._watch.close()
        try:
            await self._orders.close()
        finally:
            self._fall_silent()

    async def _let_go(self) -> None:
        with suppress(OpenEvseError):
            await self._lcd.close()
        if self.link_connected:
            with suppress(OpenEvseError):
                await self._control.release()

    # What is known

    @property
    def identity(self) -> Identity:
        """Which charger it is."""
        return identify(self._report)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Who wants what of the charger; none where it does not tell (up to 4.0)."""
        return self._report.claims or ()

    def details(self) -> Mapping[str, Value]:
        """What it tells beside its readings, read now: how it is set, and what only experts ask for."""
        return details(self._report)

    @property
    def status(self) -> JsonObject:
        """/status as it was last read, for diagnostics: it holds what is private."""
        return self._report.status

    @property
    def config(self) -> JsonObject:
        """/config as it was last read, for diagnostics: it holds what is private."""
        return self._report.config

    @property
    def live(self) -> bool:
        """Whether the charger tells of changes by itself."""
        return self._watch.live

    @property
    def link_connected(self) -> bool:
        """Whether the charger answered when it was last asked."""
        return self._watch.connected

    def can(self, ability: Ability) -> bool:
        """Whether this charger can do that, as far as it tells."""
        return self._control.can(ability)

    @property
    def all_answered(self) -> bool:
        """Whether it has told of all its abilities; a question that got lost leaves one of them open."""
        return self._reader.all_answered

    # Charging. Each of these raises, beside what it says: CannotConnect or WrongCharger when nothing was sent, Unauthorized,
    # BadAnswer or Refused when nothing is known of the outcome, NotAvailable where the charger has no way, InvalidArgument when
    # nothing was sent, Unconfirmed when the charger shows something else afterwards, and Unseen when it could not be looked at.

    async def start(self) -> None:
        """Let it charge, whatever its schedule says; its own button, OCPP and its safety overrule."""
        await self._do("start", lambda control: control.start())

    async def stop(self) -> None:
        """Keep it from charging; its own button and OCPP overrule."""
        await self._do("stop", lambda control: control.stop())

    async def set_mode(self, mode: Mode, *, until_unplugged: bool | None = None) -> None:
        """Press one of the charger's own three buttons: `AUTO` takes back what the button, its pages and we have asked for.

        Whether it ends when the car leaves is the habit where it is not said; controllers without a manager cannot do that.
        """
        ends = self._habits.until_unplugged and self._report.has_manager if until_unplugged is None else until_unplugged
        await self._do("mode", lambda control: control.set_mode(mode, until_unplugged=ends))

    async def set_current(self, amperes: float) -> None:
        """Advertise a current in A, a whole number within `current_range`. It is not stored, so the EEPROM does not wear."""
        low, high = self.current_range
        if not low <= amperes <= high:
            raise InvalidArgument("current", "out_of_range")
        if amperes != int(amperes):
            raise InvalidArgument("current", "not_whole")
        await self._do("current", lambda control: control.set_current(int(amperes)))

    async def set_energy_limit(self, watt_hours: float | None) -> None:
        """Stop this session after so many Wh, or not; up to 3.x a multiple of 1,000, and only while a car is connected."""
        await self._set_limit(LimitType.ENERGY, watt_hours)

    async def set_time_limit(self, minutes: float | None) -> None:
        """Stop this session after so many minutes, or not; up to 3.x a multiple of 15, and only while a car is connected."""
        await self._set_limit(LimitType.TIME, minutes)

    async def set_soc_limit(self, percent: float | None) -> None:
        """Stop this session at a state of charge, or not; somebody has to tell the charger of it."""
        await self._set_limit(LimitType.SOC, percent)

    async def set_range_limit(self, km: float | None) -> None:
        """Stop this session at a range, or not; somebody has to tell the charger of it."""
        await self._set_limit(LimitType.RANGE, km)

    async def clear_limits(self) -> None:
        """Let the session end by no limit, whatever kind of limit there is."""
        await self._do("limit", lambda control: control.clear_limits())

    async def _set_limit(self, kind: LimitType, value: float | None) -> None:
        if value is not None and not 0 < value < float("inf"):
            raise InvalidArgument(f"{kind}_limit", "out_of_range")
        if value is not None and value != int(value):
            raise InvalidArgument(f"{kind}_limit", "not_whole")
        whole = None if value is None else int(value)
        await self._do(f"{kind}_limit", lambda control: control.set_limit(kind, whole))

    def schedule(self) -> tuple[ScheduleEvent, ...]:
        """The starts and stops of every week (4.0 and later)."""
        return self._report.schedule or ()

    async def set_schedule(self, events: Iterable[ScheduleEvent]) -> None:
        """Have these starts and stops and no others. The firmware moves starts at random by up to its start window."""
        wanted: Sequence[ScheduleEvent] = tuple(events)
        await self._do("schedule", lambda control: control.set_schedule(wanted))

    async def set_timer(self, start: time | None, stop: time | None) -> None:
        """Charge every day from one local time to another; without both, whenever. Up to 3.x both belong together."""
        await self._do("timer", lambda control: control.set_timer(start, stop))

    # Settings, which raise as above

    async def set_service_level(self, level: ServiceLevel) -> None:
        """Set the kind of supply, and with it the current that is stored for it."""
        await self._do("service_level", lambda control: control.set_service_level(level))

    async def set_check(self, check: Check, *, enabled: bool) -> None:
        """Switch a safety check, for good."""
        await self._do(f"check_{check}", lambda control: control.set_check(check, enabled=enabled))

    async def calibrate(self, scale: int, offset: int) -> None:
        """Say how the ammeter's readings become mA."""
        await self._do("calibration", lambda control: control.calibrate(scale, offset))

    async def set_clock(self, moment: datetime) -> None:
        """Set the clock that timers go by; the moment has a zone."""
        if moment.tzinfo is None:
            raise InvalidArgument("moment", "no_zone")
        await self._do("clock", lambda control: control.set_clock(moment))

    async def set_divert(self, mode: DivertMode) -> None:
        """Choose what is done with the sun's power."""
        await self._do("divert_mode", lambda control: control.set_divert(mode))

    async def set_shaper(self, enabled: bool) -> None:
        """Switch the shaper, until the gateway restarts."""
        await self._do("shaper", lambda control: control.set_shaper(enabled=enabled))

    async def set_vehicle_source(self, source: VehicleSource) -> None:
        """Choose where the gateway takes the car's data from (5.0 and later)."""
        await self._do("vehicle_data_source", lambda control: control.set_vehicle_source(source))

    async def lock_socket(self, locked: bool | None) -> None:
        """Lock or unlock a type 2 socket; with None it locks itself."""
        await self._do("socket_lock", lambda control: control.lock_socket(locked))

    async def set_lcd_colour(self, colour: int) -> None:
        """Choose the display's colour, 0 to 7, until the state changes."""
        if colour not in LcdColour:
            raise InvalidArgument("colour", "out_of_range")
        await self._do("lcd_colour", lambda control: control.set_lcd_colour(LcdColour(colour)))

    # What is done once, which raises as above

    async def restart_gateway(self) -> None:
        """Restart the WiFi module, which forgets claims and limits; charging goes on."""
        await self._do("restart", lambda control: control.restart_gateway())

    async def restart_controller(self) -> None:
        """Restart what has the relay, which ends charging for a moment."""
        await self._do("restart", lambda control: control.restart_controller())

    async def press_button(self) -> None:
        """Press the front button shortly."""
        await self._do("button", lambda control: control.press_button())

    async def reset_energy(self) -> None:
        """Begin the meter of all sessions anew."""
        await self._do("reset_energy", lambda control: control.reset_energy())

    async def reset_faults(self) -> None:
        """Begin the counters of faults anew."""
        await self._do("reset_faults", lambda control: control.reset_faults())

    async def push_vehicle(
        self, soc: float | None = None, range_km: float | None = None, time_to_full_s: float | None = None
    ) -> None:
        """Tell the charger of the car: %, km and s.

        Raises:
            VehicleSourceNotSet: it would not listen.
        """
        await self._do("vehicle", lambda control: control.push_vehicle(soc, range_km, time_to_full_s))

    async def show_text(self, line1: str, line2: str = "", *, seconds: float) -> None:
        """Show two lines of up to 16 ASCII characters on the display, then hand it back.

        Raises:
            DisplayBlocked: this build lets nobody write on it.
        """
        if not self.can(Ability.SHOW_TEXT):
            raise DisplayBlocked("this build lets nobody write on the display")
        async with self._orders.giving("text", self._require_link):
            await self._lcd.show(line1, line2, seconds, shared=self._report.has_manager)

    async def send_rapi(self, line: str) -> Answer:
        """Have the controller do one command, for people who know what they do; its answer may be a refusal.

        Raises:
            InvalidArgument: what would do harm, or is no command.
            RapiBlocked, RapiFailed: it did not get through, or no answer came back.
        """
        command = rapi.raw(line, managed=self._report.has_manager)
        async with self._orders.giving("command", self._require_link):
            try:
                return await self._gateway.rapi(command.text)
            finally:
                if not command.text.startswith("$G"):
                    self._reader.ask_again()

    # How

    @property
    def _control(self) -> Control:
        return self._manager if self._report.has_manager else self._rapi

    def _require_link(self) -> None:
        if self._orders.closed or not self.link_connected:
            raise CannotConnect("not connected")

    async def _do(self, what: str, act: Callable[[Control], Awaitable[Sent]]) -> None:
        """Act, and look what came of it."""
        async with self._orders.giving(what, self._require_link):
            is_seen = False
            try:
                sent = await act(self._control)
                if not sent.unseen:
                    await self._orders.confirm(what, sent)
                    is_seen = True
            finally:
                if not is_seen:
                    self._choices.doubt()

    def _changed(self) -> None:
        """Take what is known now from what the charger last said."""
        settle(self._report)
        readings = read(self._report)
        if readings.get("charging"):
            self._charged = True
        elif readings.get("vehicle_connected") is False:
            self._charged = False
        claim = readings.get("claim")
        reason = why(readings, claim if isinstance(claim, str) else None, charged=self._charged)
        if reason is not None:
            readings[WHY] = reason
        before = self.readings
        self._take(readings)
        if not self._orders.busy and self._choices.is_anothers(before, readings):
            self._notify(BUTTON)
        if self._connected is not self.link_connected:
            self._connected = self.link_connected
            self._notify(CONNECTION)
