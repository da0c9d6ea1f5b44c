"""How a charger without a manager is told what to do: gateway firmware 2.x and 3.x, and RAPI for all."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, time
from typing import Final, override

from ..known import Readings
from . import rapi_commands as rapi
from .authority import in_timer, mode as mode_of
from .control import Control, Sent, is_clock, is_total_reset
from .controller import (
    calibration,
    controller_version,
    finds_level_itself,
    has_button_command,
    is_old_controller,
    resets_faults,
)
from .decoding import is_off
from .errors import InvalidArgument, NotAvailable, RapiRefused, TimerDecides
from .gateway import Gateway
from .models import Ability, Check, Habits, LimitType, Mode, ScheduleEvent, ServiceLevel
from .parts import Part
from .rapi_results import Calibration
from .report import Report, flag

_NEVER: Final = frozenset(
    {Ability.SOC_LIMIT, Ability.RANGE_LIMIT, Ability.SCHEDULE, Ability.PUSH_VEHICLE, Ability.SHAPER}
)


class RapiControl(Control):
    """Tells the controller, by way of a gateway that hands everything on."""

    def __init__(
        self,
        gateway: Gateway,
        report: Report,
        read_again: Callable[[Iterable[Part]], Awaitable[None]],
        *,
        habits: Habits | None = None,
    ) -> None:
        """Take the habits beside what every control takes."""
        super().__init__(gateway, report, read_again)
        self._habits = habits or Habits()

    @override
    def can(self, ability: Ability) -> bool:
        controller = self._report.controller
        match ability:
            case Ability.ENERGY_LIMIT:
                return controller.energy_limit is not None
            case Ability.TIME_LIMIT:
                return controller.time_limit is not None
            case Ability.SOCKET_LOCK:
                return controller.socket_lock is not None
            case Ability.AUTOMATIC_SERVICE_LEVEL:
                return finds_level_itself(self._report)
            case Ability.RESET_FAULTS:
                return resets_faults(self._report)
            case Ability.PRESS_BUTTON:
                return has_button_command(self._report)
            case Ability.CLOCK | Ability.TIMER:
                # A timer goes by the clock; not every controller has its chip.
                return controller.clock is not None and controller.clock.present
        return ability not in _NEVER

    # Charging

    @override
    async def start(self) -> Sent:
        if self._has_timer and not in_timer(self._report):
            await self._start_for_now()
        else:
            await self._gateway.run(rapi.ENABLE)
        return Sent(shows=lambda readings: readings.get("active") is True)

    @property
    def _has_timer(self) -> bool:
        """Whether the controller looks every second what its timer says."""
        timer = self._report.controller.timer
        return timer is not None and timer.on

    async def _start_for_now(self) -> None:
        """Start against the timer, which lets nothing but the button overrule it."""
        if not self.can(Ability.PRESS_BUTTON):
            raise TimerDecides("the controller starts nothing outside of its timer")
        # The same button would stop what charges.
        self._report.controller.state = await self._gateway.run(rapi.GET_STATE)
        if is_off(self._report):
            await self._gateway.run(rapi.PRESS_BUTTON)

    @override
    async def stop(self) -> Sent:
        # Some cars do not wake from sleep, but from being disabled; 3.3 has a setting for them. And a timer wakes what sleeps.
        disables = self._habits.pauses_disabled or flag(self._report.config, "pause_uses_disabled") or self._has_timer
        await self._gateway.run(rapi.DISABLE if disables else rapi.SLEEP)
        return Sent(shows=lambda readings: readings.get("active") is False)

    @override
    async def set_mode(self, mode: Mode, *, until_unplugged: bool) -> Sent:
        if until_unplugged:
            raise NotAvailable("a controller without a manager does not forget its mode")
        if mode is Mode.AUTO and self._has_timer:
            # What the timer wants by now; that it was overruled is then forgotten.
            await self._gateway.run(rapi.ENABLE if in_timer(self._report) else rapi.SLEEP)
            return Sent(shows=lambda readings: readings.get("mode") == mode)
        return await (self.stop() if mode is Mode.OFF else self.start())

    @override
    async def set_current(self, amperes: int) -> Sent:
        if controller_version(self._report) is None:
            # Which letter keeps it out of the EEPROM is not to be guessed.
            self._report.controller.version = await self._gateway.run(rapi.GET_VERSION)
        keep = rapi.Keep.OLD_VOLATILE if is_old_controller(self._report) else rapi.Keep.VOLATILE
        result = await self._gateway.run(rapi.set_current(amperes, keep))
        return Sent(
            shows=lambda readings: readings.get("pilot") == amperes,
            questions=(rapi.GET_SETTINGS.text,),
            refused=not result.as_asked,
        )

    @override
    async def set_limit(self, kind: LimitType, value: int | None) -> Sent:
        match kind:
            case LimitType.ENERGY:
                self._require(Ability.ENERGY_LIMIT)
                await self._gateway.run(rapi.set_energy_limit(value or 0))
                question = rapi.GET_ENERGY_LIMIT.text
            case LimitType.TIME:
                self._require(Ability.TIME_LIMIT)
                await self._gateway.run(rapi.set_time_limit(value or 0))
                question = rapi.GET_TIME_LIMIT.text
            case _:
                raise NotAvailable("the controller knows nothing of the car")
        return Sent(shows=lambda readings: readings.get(f"limit_{kind}") == value, questions=(question,))

    @override
    async def clear_limits(self) -> Sent:
        able = {ability for ability in (Ability.ENERGY_LIMIT, Ability.TIME_LIMIT) if self.can(ability)}
        if not able:
            raise NotAvailable("the controller has no limits")
        # Without a car there are none, and the controller refuses to take back what is not there.
        if Ability.ENERGY_LIMIT in able and (await self._gateway.run(rapi.GET_ENERGY_LIMIT)).watt_hours:
            await self._gateway.run(rapi.set_energy_limit(0))
        if Ability.TIME_LIMIT in able and (await self._gateway.run(rapi.GET_TIME_LIMIT)).minutes:
            await self._gateway.run(rapi.set_time_limit(0))
        return Sent(
            shows=lambda readings: readings.get("limit_set") is False,
            questions=(rapi.GET_ENERGY_LIMIT.text, rapi.GET_TIME_LIMIT.text),
        )

    @override
    async def set_schedule(self, events: Sequence[ScheduleEvent]) -> Sent:
        raise NotAvailable("the controller has a timer, and no schedule")

    @override
    async def set_timer(self, start: time | None, stop: time | None) -> Sent:
        self._require(Ability.TIMER)
        if (start is None) is not (stop is None):
            raise InvalidArgument("start" if start is None else "stop", "missing")
        command = rapi.CLEAR_TIMER if start is None or stop is None else rapi.set_timer(start, stop)
        # Who forgets a timer goes on sleeping because of it.
        wakes = command is rapi.CLEAR_TIMER and mode_of(self._report) == Mode.AUTO and is_off(self._report) is True
        await self._gateway.run(command)
        if wakes:
            await self._gateway.run(rapi.ENABLE)
        wanted = tuple(None if moment is None else f"{moment:%H:%M}" for moment in (start, stop))

        def shows(readings: Readings) -> bool:
            shown = (readings.get("timer_start"), readings.get("timer_stop")) == wanted
            return shown and (not wakes or readings.get("active") is True)

        return Sent(shows=shows, questions=(rapi.GET_TIMER.text,))

    @override
    async def release(self) -> None:
        # A controller does not know who has told it what.
        pass

    # Settings

    @override
    async def set_service_level(self, level: ServiceLevel) -> Sent:
        if level is ServiceLevel.AUTO:
            self._require(Ability.AUTOMATIC_SERVICE_LEVEL)
        await self._gateway.run(rapi.set_service_level(level))
        return Sent(
            shows=lambda readings: readings.get("service_level") == level,
            parts=(Part.CONFIG,),
            questions=(rapi.GET_SETTINGS.text, rapi.GET_CAPACITY.text),
        )

    @override
    async def set_check(self, check: Check, *, enabled: bool) -> Sent:
        try:
            await self._gateway.run(rapi.set_check(check, enabled=enabled))
        except RapiRefused:
            if not is_old_controller(self._report):
                raise
            # Gateways may have done this already, and have said no all the same.
            with suppress(RapiRefused):
                await self._gateway.run(rapi.set_old_check(check, enabled=enabled))
        return Sent(
            shows=lambda readings: readings.get(f"check_{check}") is enabled,
            parts=(Part.CONFIG,),
            questions=(rapi.GET_SETTINGS.text,),
        )

    @override
    async def calibrate(self, scale: int, offset: int) -> Sent:
        await self._gateway.run(rapi.calibrate_ammeter(scale, offset))
        return self.calibrated(scale, offset)

    def calibrated(self, scale: int, offset: int) -> Sent:
        """What shows a calibration."""

        def shows(_: Readings) -> bool:
            return calibration(self._report) == Calibration(scale, offset)

        return Sent(shows=shows, parts=(Part.CONFIG,), questions=(rapi.GET_AMMETER.text,))

    @override
    async def set_clock(self, moment: datetime) -> Sent:
        self._require(Ability.CLOCK)
        await self._gateway.run(rapi.set_clock(moment.astimezone(self._report.zone)))
        return Sent(shows=lambda readings: is_clock(readings, moment), questions=(rapi.GET_CLOCK.text,))

    @override
    async def restart_gateway(self) -> Sent:
        await self._gateway.post_form("/restart", {})
        return Sent(unseen=True)

    @override
    async def restart_controller(self) -> Sent:
        await self._gateway.run(rapi.RESTART)
        return Sent(unseen=True)

    @override
    async def press_button(self) -> Sent:
        self._require(Ability.PRESS_BUTTON)
        await self._gateway.run(rapi.PRESS_BUTTON)
        return Sent()

    @override
    async def reset_energy(self) -> Sent:
        await self._gateway.run(rapi.set_total_energy(0))
        return Sent(shows=is_total_reset, questions=(rapi.GET_ENERGY.text,))
