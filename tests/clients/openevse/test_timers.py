"""Timers and schedules, and when the simulated charger starts and stops by them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, time

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import (
    CannotConnect,
    InvalidArgument,
    NotAvailable,
    TimerDecides,
    Unconfirmed,
)
from custom_components.open_ev.clients.openevse.models import Ability, Day, Mode, ScheduleEvent
from simulators.openevse import Generation, OpenEvse

from .conftest import WITH_MANAGER, WITHOUT_MANAGER, charges, connected, look, usual_controller

WITH_LIMITS = (Generation.V4_2, Generation.V5_0, Generation.V5_1, Generation.HEAD)
WITHOUT_LIMITS = (Generation.V4_1_0, Generation.V4_1_7)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

limited = pytest.mark.parametrize("generation", WITH_LIMITS)
managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)

type SetLimit = Callable[[Charger, float | None], Awaitable[None]]


@pytest.fixture
async def evse(generation: Generation) -> AsyncGenerator[OpenEvse]:
    """A charger at noon, that does not move its starts at random."""
    async with OpenEvse(generation, usual_controller(generation), start=NOON) as evse:
        evse.config["scheduler_start_window"] = 0
        yield evse


# Timers


async def test_a_timer(charger: Charger, evse: OpenEvse) -> None:
    """Every day from one local time to another, with a schedule where there is one."""
    evse.plug_in()
    await charger.set_timer(time(13, 0), time(14, 30))
    assert (charger.text("timer_start"), charger.text("timer_stop")) == ("13:00", "14:30")
    evse.tick(60)
    assert not charges(evse)
    await look(charger)
    assert charger.text("why") == "by_schedule"
    evse.tick(3600)
    assert charges(evse)
    evse.tick(2 * 3600)
    assert not charges(evse)
    await charger.set_timer(time(7, 0), time(20, 0))
    assert (charger.text("timer_start"), charger.text("timer_stop")) == ("07:00", "20:00")
    await charger.set_timer(None, None)
    assert charger.value("timer_start") is None
    assert charger.value("timer_stop") is None
    assert evse.schedule == []


@unmanaged
async def test_the_timer_of_a_controller_is_automatic(charger: Charger, evse: OpenEvse) -> None:
    """Whether it sleeps or not."""
    evse.plug_in()
    await charger.set_timer(time(13, 0), time(14, 0))
    evse.tick(60)
    await look(charger)
    assert (charger.text("mode"), charger.text("state")) == ("auto", "sleeping")
    await charger.start()
    assert charges(evse)
    assert charger.text("mode") == "auto"


@unmanaged
async def test_a_timer_is_overruled(charger: Charger, evse: OpenEvse) -> None:
    """The controller looks at it every second, and would undo what is only asleep or awake."""
    evse.plug_in()
    await charger.set_timer(time(11, 0), time(14, 0))
    await charger.stop()
    evse.tick(60)
    await look(charger)
    assert not charges(evse)
    assert (charger.text("mode"), charger.text("claim")) == ("off", "manual")
    await charger.set_mode(Mode.AUTO)
    evse.tick(60)
    assert charges(evse)
    await charger.set_timer(time(13, 0), time(13, 30))
    await charger.start()
    await charger.start()
    evse.tick(60)
    assert charges(evse)
    await charger.set_mode(Mode.OFF)
    await charger.set_mode(Mode.AUTO)
    evse.tick(60)
    await look(charger)
    assert not charges(evse)
    assert (charger.text("mode"), charger.text("claim")) == ("auto", "schedule")


async def test_a_timer_that_cannot_be_overruled(session: aiohttp.ClientSession) -> None:
    """Controllers before 5.0 have no command for their button, and it is said so."""
    async with OpenEvse(Generation.V2_9, "4.12.3", start=NOON) as evse, connected(session, evse) as charger:
        evse.plug_in()
        await charger.set_timer(time(13, 0), time(14, 0))
        with pytest.raises(TimerDecides):
            await charger.start()
        assert evse.state == 254


@unmanaged
async def test_a_timer_that_is_taken_away(charger: Charger, evse: OpenEvse) -> None:
    """A charger that slept because of it wakes; one that somebody has paused does not."""
    evse.plug_in()
    await charger.set_timer(time(13, 0), time(14, 0))
    evse.tick(60)
    await look(charger)
    assert not charges(evse)
    await charger.set_timer(None, None)
    assert charges(evse)
    assert charger.text("mode") == "on"
    await charger.set_timer(time(11, 0), time(14, 0))
    await charger.stop()
    await charger.set_timer(None, None)
    assert not charges(evse)
    assert charger.text("mode") == "off"


@unmanaged
@pytest.mark.parametrize(
    ("start", "stop", "argument", "reason"),
    [
        (time(7, 0), None, "stop", "missing"),
        (None, time(7, 0), "start", "missing"),
        (time(7, 0), time(7, 0), "stop", "same_as_start"),
    ],
)
async def test_timers_that_are_none(
    charger: Charger, evse: OpenEvse, start: time | None, stop: time | None, argument: str, reason: str
) -> None:
    """A controller's timer has two ends."""
    with pytest.raises(InvalidArgument) as caught:
        await charger.set_timer(start, stop)
    assert (caught.value.argument, caught.value.reason) == (argument, reason)
    assert not any(command.startswith("$ST") for command in evse.rapi)


@managed
async def test_half_a_timer(charger: Charger, evse: OpenEvse) -> None:
    """A schedule can do with one end."""
    await charger.set_timer(time(13, 0), None)
    assert (charger.text("timer_start"), charger.value("timer_stop")) == ("13:00", None)
    await charger.set_timer(None, time(14, 0))
    assert (charger.value("timer_start"), charger.text("timer_stop")) == (None, "14:00")
    with pytest.raises(InvalidArgument):
        await charger.set_timer(time(7, 0), time(7, 0))
    assert len(evse.schedule) == 1


@managed
async def test_a_schedule_is_not_lost_for_a_timer(charger: Charger, evse: OpenEvse) -> None:
    """Somebody has made it."""
    weekend = frozenset({Day.SATURDAY, Day.SUNDAY})
    await charger.set_schedule([ScheduleEvent(start=True, at=time(8, 0), days=weekend)])
    with pytest.raises(InvalidArgument) as caught:
        await charger.set_timer(time(7, 0), time(20, 0))
    assert caught.value.reason == "not_a_timer"
    assert len(evse.schedule) == 1


# Schedules


@managed
async def test_a_schedule(charger: Charger, evse: OpenEvse) -> None:
    """All of it is as it was given, whatever was there."""
    assert charger.can(Ability.SCHEDULE)
    workdays = frozenset(Day) - {Day.SATURDAY, Day.SUNDAY}
    events = [
        ScheduleEvent(start=True, at=time(22, 0)),
        ScheduleEvent(start=False, at=time(6, 0), days=workdays),
        ScheduleEvent(start=False, at=time(9, 30, 15), days=frozenset({Day.SATURDAY, Day.SUNDAY})),
    ]
    await charger.set_schedule(events)
    assert len(evse.schedule) == 3
    assert [(event.start, event.at, event.days) for event in charger.schedule()] == [
        (event.start, event.at, event.days) for event in events
    ]
    evse.plug_in()
    evse.tick(60)
    assert not charges(evse)
    evse.tick(10 * 3600)
    assert charges(evse)
    await charger.set_schedule(events[:1])
    assert len(evse.schedule) == 1
    await charger.set_schedule([])
    assert evse.schedule == []
    assert charger.schedule() == ()


@managed
@pytest.mark.parametrize(
    ("events", "argument"),
    [
        ([ScheduleEvent(start=True, at=time(22, 0), days=frozenset())], "days"),
        ([ScheduleEvent(start=True, at=time(22, 0))] * 51, "events"),
    ],
    ids=["no days", "too many"],
)
async def test_schedules_that_are_none(
    charger: Charger, evse: OpenEvse, events: list[ScheduleEvent], argument: str
) -> None:
    """Nothing is sent."""
    with pytest.raises(InvalidArgument) as caught:
        await charger.set_schedule(events)
    assert caught.value.argument == argument
    assert evse.schedule == []


@unmanaged
async def test_controllers_have_no_schedule(charger: Charger) -> None:
    """They have a timer."""
    assert charger.schedule() == ()
    assert not charger.can(Ability.SCHEDULE)
    with pytest.raises(NotAvailable):
        await charger.set_schedule([])


@managed
async def test_a_schedule_that_is_not_taken(charger: Charger, evse: OpenEvse) -> None:
    """It is seen that it is not there."""
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.set_schedule([ScheduleEvent(start=True, at=time(22, 0))])
    assert charger.schedule() == ()
    evse.knobs.heal()
    evse.knobs.hang_up = True
    with pytest.raises(CannotConnect):
        await charger.set_schedule([])
