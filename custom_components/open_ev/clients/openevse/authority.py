"""Who has the say about charging, and until when: claims, buttons, timers and limits of any firmware generation."""

from collections.abc import Callable, Mapping
from datetime import time

from .decoding import controller_clock, is_disabled, is_off, km_per_unit, session_time, state_flags
from .models import (
    EVERY_DAY,
    LIMIT_CLIENT,
    MANUAL_CLIENT,
    NOBODY,
    SCHEDULE_CLIENT,
    LimitType,
    Mode,
    ScheduleEvent,
    client_slug,
)
from .rapi_results import StateFlags
from .report import Read, Report, flag, number, text, whole

# Limits


def _limit_of(kind: LimitType) -> Callable[[Report], float | None]:
    """Read a session's limit: the gateway's from 4.1.9 on, the controller's up to 3.x.

    In between there is none: what a claim says of limits is kept and told, and never looked at.
    """

    def read(report: Report) -> float | None:
        if text(report.limit, "type") == kind:
            value = number(report.limit, "value")
            return value * km_per_unit(report) if value is not None and kind is LimitType.RANGE else value
        energy, duration = report.controller.energy_limit, report.controller.time_limit
        if kind is LimitType.ENERGY and energy is not None:
            return energy.watt_hours or None
        if kind is LimitType.TIME and duration is not None:
            return duration.minutes or None
        return None

    return read


LIMITS: Mapping[LimitType, Callable[[Report], float | None]] = {kind: _limit_of(kind) for kind in LimitType}


def limit_type(report: Report) -> LimitType | None:
    """What the session's limit counts; a controller may have two, and then the one for energy is told."""
    return next((kind for kind, limit in LIMITS.items() if limit(report) is not None), None)


def limit_value(report: Report) -> float | None:
    """The limit in its own unit."""
    kind = limit_type(report)
    return None if kind is None else LIMITS[kind](report)


def limit_set(report: Report) -> bool | None:
    """Whether there is a limit."""
    told = flag(report.status, "limit")
    return limit_type(report) is not None if told is None else told


# Who has the say


def mode(report: Report) -> str | None:
    """Which of the charger's own three buttons is pressed.

    A controller without a manager is off when it sleeps, unless its timer has it sleep, and always when it is disabled; it is
    automatic if it has a timer.
    """
    if report.has_manager:
        if report.override is None:
            return None
        return {"active": Mode.ON, "disabled": Mode.OFF}.get(text(report.override, "state") or "", Mode.AUTO)
    off = is_off(report)
    if off is None:
        return None
    if report.controller.timer is None or not report.controller.timer.on:
        return Mode.OFF if off else Mode.ON
    return Mode.OFF if is_disabled(report) or (off and in_timer(report)) else Mode.AUTO


def in_timer(report: Report) -> bool:
    """Whether the timer, if there is one, would have the controller charge now."""
    moment = controller_clock(report)
    start, stop = _timer(report)
    if moment is None or start is None or stop is None:
        return True
    now = moment.time()
    return start <= now < stop if start < stop else now >= start or now < stop


def _timer(report: Report) -> tuple[time | None, time | None]:
    told = report.controller.timer
    return (None, None) if told is None else (told.start, told.stop)


def claim_about(what: str) -> Callable[[Report], str | None]:
    """Read who has the say about `state`, `charge_current` or `max_current`: a slug; None where nobody can tell."""

    def read(report: Report) -> str | None:
        if not report.has_manager:
            return _without_manager(report) if what == "state" else None
        if report.target is None:
            # 4.0 does not tell of claims, but of the most important one.
            return client_slug(MANUAL_CLIENT) if flag(report.status, "manual_override") else None
        owners = report.target.get("claims")
        owner = whole(owners, what) if isinstance(owners, dict) else None
        return NOBODY if owner is None else report.who(owner)

    return read


def _without_manager(report: Report) -> str | None:
    """Who has put a controller to sleep that has no manager."""
    off = is_off(report)
    if not off:
        return None if off is None else NOBODY
    if _is_limit_reached(report):
        return client_slug(LIMIT_CLIENT)
    return client_slug(MANUAL_CLIENT if is_disabled(report) or in_timer(report) else SCHEDULE_CLIENT)


def _is_limit_reached(report: Report) -> bool:
    """Whether a limit has put the controller to sleep, which it tells from firmware 6 on; before that the session's numbers do."""
    flags = state_flags(report)
    if flags is not None:
        return StateFlags.LIMIT_SLEEP in flags
    watt_hours, watt_seconds = LIMITS[LimitType.ENERGY](report), number(report.status, "wattsec")
    minutes, seconds = LIMITS[LimitType.TIME](report), session_time(report)
    return (watt_hours is not None and watt_seconds is not None and watt_seconds >= watt_hours * 3600) or (
        minutes is not None and seconds is not None and seconds >= minutes * 60
    )


def daily_events(schedule: tuple[ScheduleEvent, ...]) -> tuple[ScheduleEvent | None, ScheduleEvent | None] | None:
    """A schedule's start and stop, if it has no more than one of each, every day; None if it is another schedule."""
    starts = [event for event in schedule if event.start]
    stops = [event for event in schedule if not event.start]
    if len(starts) > 1 or len(stops) > 1 or any(event.days != EVERY_DAY for event in schedule):
        return None
    return (starts[0] if starts else None, stops[0] if stops else None)


def timer(index: int) -> Read:
    """Read the start (0) or the stop (1) of the timer, or of a schedule that is as simple as one: HH:MM."""

    def read(report: Report) -> str | None:
        moment = _timer(report)[index]
        if moment is None:
            daily = daily_events(report.schedule or ())
            event = None if daily is None else daily[index]
            moment = None if event is None else event.at
        return None if moment is None else f"{moment:%H:%M}"

    return read
