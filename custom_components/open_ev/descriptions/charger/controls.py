"""The controls of a charger. A row exists only where the charger can do what it offers."""

from datetime import UTC, datetime, time, timedelta

from homeassistant.components.button import ButtonDeviceClass
from homeassistant.components.number import NumberDeviceClass, NumberMode
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfTime,
)
from homeassistant.exceptions import ServiceValidationError

from ...clients.openevse.charger import Charger
from ...clients.openevse.errors import InvalidArgument
from ...clients.openevse.models import Ability, Check, DivertMode, Generation, LcdColour, LimitType, Mode, ServiceLevel
from ...const import DOMAIN
from .. import ButtonRow, LockRow, NumberRow, SelectRow, SwitchRow, TimeRow
from .binary_sensors import check_reading
from .sensors import diverts, shapes

# The action that switches a safety check off, if the user says in so many words that this is meant.
CONFIRMING_ACTION = f"{DOMAIN}.set_check"


def is_told_by_rapi(charger: Charger) -> bool:
    """Whether its controller's timer and limits are used, which are coarser than those of a gateway that owns the controller."""
    return charger.identity.generation in {Generation.V2, Generation.V3}


# Switches


def _check_switch(check: Check) -> SwitchRow[Charger]:
    async def refuse(_: Charger) -> None:
        """Keep the unsafe direction from being a slip of a finger, or of an automation for all switches of a room."""
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="check_needs_confirmation",
            translation_placeholders={"action": CONFIRMING_ACTION},
        )

    return SwitchRow(
        key=check_reading(check),
        listens=(check_reading(check),),
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.CHECKS),
        on_fn=lambda charger: charger.flag(check_reading(check)),
        turn_on_fn=lambda charger: charger.set_check(check, enabled=True),
        turn_off_fn=refuse,
    )


def _follows_the_sun(charger: Charger) -> bool | None:
    mode = charger.text("divert_mode")
    return None if mode is None else mode == DivertMode.ECO


SWITCHES: tuple[SwitchRow[Charger], ...] = (
    # On is: a car that asks is charged. Whether one is asking, the binary sensor says.
    SwitchRow(
        key="charging_enabled",
        listens=("active",),
        on_fn=lambda charger: charger.flag("active"),
        turn_on_fn=lambda charger: charger.start(),
        turn_off_fn=lambda charger: charger.stop(),
    ),
    SwitchRow(
        key="divert",
        listens=("divert_mode",),
        exists_fn=lambda charger: charger.can(Ability.DIVERT),
        enabled_fn=diverts,
        on_fn=_follows_the_sun,
        turn_on_fn=lambda charger: charger.set_divert(DivertMode.ECO),
        turn_off_fn=lambda charger: charger.set_divert(DivertMode.FAST),
    ),
    SwitchRow(
        key="shaper",
        listens=("shaper_active",),
        exists_fn=lambda charger: charger.can(Ability.SHAPER),
        enabled_fn=shapes,
        on_fn=lambda charger: charger.flag("shaper_active"),
        turn_on_fn=lambda charger: charger.set_shaper(enabled=True),
        turn_off_fn=lambda charger: charger.set_shaper(enabled=False),
    ),
    *map(_check_switch, Check),
)

# Numbers


NUMBERS: tuple[NumberRow[Charger], ...] = (
    NumberRow(
        key="charge_current",
        listens=("pilot", "current_min", "current_max", "current_soft_max"),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        mode=NumberMode.SLIDER,
        min_fn=lambda charger: charger.current_range[0],
        max_fn=lambda charger: charger.current_range[1],
        value_fn=lambda charger: charger.number("pilot"),
        set_fn=lambda charger, amperes: charger.set_current(amperes),
    ),
)


def _limit(charger: Charger, kind: LimitType) -> float | None:
    """A limit of the session; 0 where there is none, and nothing where there is one that could not be read."""
    value = charger.number(f"limit_{kind}")
    if value is not None:
        return value
    limit_is_another = charger.text("limit_type") is not None
    return 0 if limit_is_another or charger.flag("limit_set") is False else None


_WATT_HOURS_PER_KILOWATT_HOUR = 1000
_LIMIT_READINGS = ("limit_set", "limit_type")


async def _set_energy_limit(charger: Charger, energy: float) -> None:
    """Set a limit in kWh; 0 is none, and what is next to nothing is not to become none."""
    watt_hours = round(energy * _WATT_HOURS_PER_KILOWATT_HOUR)
    if energy and not watt_hours:
        raise InvalidArgument("energy_limit", "out_of_range")
    await charger.set_energy_limit(watt_hours or None)


def limit_numbers(*, by_rapi: bool) -> tuple[NumberRow[Charger], ...]:
    """What ends a session; 0 is no limit. Controllers count in whole kWh and quarters of an hour, gateways more finely."""
    return (
        NumberRow(
            key="session_energy_limit",
            listens=("limit_energy", *_LIMIT_READINGS),
            device_class=NumberDeviceClass.ENERGY,
            native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
            native_min_value=0,
            native_max_value=255,  # the most that a controller takes, and more than any car's battery holds
            native_step=1 if by_rapi else 0.1,
            mode=NumberMode.BOX,
            exists_fn=lambda charger: charger.can(Ability.ENERGY_LIMIT),
            value_fn=_energy_limit,
            set_fn=_set_energy_limit,
        ),
        NumberRow(
            key="session_time_limit",
            listens=("limit_time", *_LIMIT_READINGS),
            device_class=NumberDeviceClass.DURATION,
            native_unit_of_measurement=UnitOfTime.MINUTES,
            native_min_value=0,
            native_max_value=3825,  # the most that a controller takes
            native_step=15 if by_rapi else 1,
            mode=NumberMode.BOX,
            exists_fn=lambda charger: charger.can(Ability.TIME_LIMIT),
            value_fn=lambda charger: _limit(charger, LimitType.TIME),
            set_fn=lambda charger, minutes: charger.set_time_limit(minutes or None),
        ),
        # They need to be told of the car, which most chargers are not.
        NumberRow(
            key="session_state_of_charge_limit",
            listens=("limit_soc", *_LIMIT_READINGS),
            native_unit_of_measurement=PERCENTAGE,
            native_min_value=0,
            native_max_value=100,
            native_step=1,
            mode=NumberMode.SLIDER,
            entity_registry_enabled_default=False,
            exists_fn=lambda charger: charger.can(Ability.SOC_LIMIT),
            value_fn=lambda charger: _limit(charger, LimitType.SOC),
            set_fn=lambda charger, percent: charger.set_soc_limit(percent or None),
        ),
        NumberRow(
            key="session_range_limit",
            listens=("limit_range", *_LIMIT_READINGS),
            device_class=NumberDeviceClass.DISTANCE,
            native_unit_of_measurement=UnitOfLength.KILOMETERS,
            native_min_value=0,
            native_max_value=1000,
            native_step=1,
            mode=NumberMode.BOX,
            entity_registry_enabled_default=False,
            exists_fn=lambda charger: charger.can(Ability.RANGE_LIMIT),
            value_fn=lambda charger: _limit(charger, LimitType.RANGE),
            set_fn=lambda charger, kilometres: charger.set_range_limit(kilometres or None),
        ),
    )


def _energy_limit(charger: Charger) -> float | None:
    watt_hours = _limit(charger, LimitType.ENERGY)
    return None if watt_hours is None else watt_hours / _WATT_HOURS_PER_KILOWATT_HOUR


# Choices


def _colour(slug: str) -> LcdColour:
    return next(colour for colour in LcdColour if colour.slug == slug)


SELECTS: tuple[SelectRow[Charger], ...] = (
    SelectRow(
        key="mode",
        listens=("mode",),
        options=list(Mode),
        exists_fn=lambda charger: charger.can(Ability.MODE),
        value_fn=lambda charger: charger.text("mode"),
        select_fn=lambda charger, mode: charger.set_mode(Mode(mode)),
    ),
    # The charger goes back to the colour of its state when that changes.
    SelectRow(
        key="display_colour",
        listens=("lcd_colour",),
        options=[colour.slug for colour in LcdColour],
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.LCD_COLOUR),
        value_fn=lambda charger: charger.text("lcd_colour"),
        select_fn=lambda charger, colour: charger.set_lcd_colour(_colour(colour)),
    ),
)


def service_level_selects(*, automatic: bool) -> tuple[SelectRow[Charger], ...]:
    """The kind of supply; most builds of the controller can find it out, those for Europe cannot."""
    return (
        SelectRow(
            key="service_level",
            listens=("service_level",),
            options=[level for level in ServiceLevel if level is not ServiceLevel.AUTO or automatic],
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            exists_fn=lambda charger: charger.can(Ability.SERVICE_LEVEL),
            value_fn=lambda charger: charger.text("service_level"),
            select_fn=lambda charger, level: charger.set_service_level(ServiceLevel(level)),
        ),
    )


# Times


def _time_of(charger: Charger, reading: str) -> time | None:
    told = charger.text(reading)
    return None if told is None else time.fromisoformat(told)


def _minute_from(moment: time, minutes: int) -> time:
    return (datetime.combine(datetime.min.replace(tzinfo=UTC), moment) + timedelta(days=1, minutes=minutes)).time()


async def _set_start(charger: Charger, start: time) -> None:
    stop = _time_of(charger, "timer_stop")
    if stop is None and is_told_by_rapi(charger):
        # A controller's timer has both. Who names no stop wants the longest time.
        stop = _minute_from(start, -1)
    await charger.set_timer(start, stop)


async def _set_stop(charger: Charger, stop: time) -> None:
    start = _time_of(charger, "timer_start")
    if start is None and is_told_by_rapi(charger):
        start = _minute_from(stop, 1)
    await charger.set_timer(start, stop)


TIMES: tuple[TimeRow[Charger], ...] = (
    TimeRow(
        key="timer_start",
        listens=("timer_start",),
        exists_fn=lambda charger: charger.can(Ability.TIMER),
        value_fn=lambda charger: _time_of(charger, "timer_start"),
        set_fn=_set_start,
    ),
    TimeRow(
        key="timer_stop",
        listens=("timer_stop",),
        exists_fn=lambda charger: charger.can(Ability.TIMER),
        value_fn=lambda charger: _time_of(charger, "timer_stop"),
        set_fn=_set_stop,
    ),
)

# Locks

# Controllers tell of the lock of a type 2 socket whether or not they have one.
LOCKS: tuple[LockRow[Charger], ...] = (
    LockRow(
        key="socket",
        listens=("socket_locked",),
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.SOCKET_LOCK),
        locked_fn=lambda charger: charger.flag("socket_locked"),
        lock_fn=lambda charger, _: charger.lock_socket(locked=True),
        unlock_fn=lambda charger, _: charger.lock_socket(locked=False),
    ),
)

# Buttons

BUTTONS: tuple[ButtonRow[Charger], ...] = (
    ButtonRow(
        key="clear_timer",
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.TIMER),
        press_fn=lambda charger: charger.set_timer(None, None),
    ),
    ButtonRow(
        key="press_button",
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.PRESS_BUTTON),
        press_fn=lambda charger: charger.press_button(),
    ),
    # Once locked or unlocked by hand, a socket stays so until it is told otherwise.
    ButtonRow(
        key="lock_socket_automatically",
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.SOCKET_LOCK),
        press_fn=lambda charger: charger.lock_socket(None),
    ),
    ButtonRow(
        key="restart_gateway",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda charger: charger.restart_gateway(),
    ),
    ButtonRow(
        key="restart_controller",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.RESTART_CONTROLLER),
        press_fn=lambda charger: charger.restart_controller(),
    ),
    ButtonRow(
        key="set_clock",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.CLOCK),
        press_fn=lambda charger: charger.set_clock(datetime.now(UTC)),
    ),
    ButtonRow(
        key="reset_energy",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.RESET_ENERGY),
        press_fn=lambda charger: charger.reset_energy(),
    ),
    ButtonRow(
        key="reset_faults",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: charger.can(Ability.RESET_FAULTS),
        press_fn=lambda charger: charger.reset_faults(),
    ),
)
