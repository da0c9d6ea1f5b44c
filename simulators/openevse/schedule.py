"""The schedule, from 4.0 on: a week of starts and stops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
import re

from .claims import Client, Json, Priority, Properties, Wish
from .manager import Manager

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MOST_EVENTS = 50
_DAY = 86_400
_WEEK = 7 * _DAY
_TIME = re.compile(r"(\d+):(\d\d?)(?::(\d\d?))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A start or a stop on some days of every week."""

    id: int
    state: Wish
    second: int
    """Of the day."""
    days: frozenset[int]
    """0 is Sunday."""

    @property
    def time(self) -> str:
        """As 08:05:00."""
        return f"{self.second // 3600:02}:{self.second // 60 % 60:02}:{self.second % 60:02}"

    def as_json(self) -> dict[str, Json]:
        """Write it."""
        days: list[Json] = [name for day, name in enumerate(DAYS) if day in self.days]
        return {"id": self.id, "state": self.state, "time": self.time, "days": days}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occurrence:
    """An event on one of its days."""

    event: Event
    day: int
    start: int
    """Second of the day, which is not that of the event where the start is at random."""

    @property
    def of_week(self) -> int:
        """Second of the week, from Sunday's midnight."""
        return self.day * _DAY + self.start


class Schedule:
    """Claims for whatever began last; a start has the priority of a timer, a stop that of no opinion."""

    def __init__(self, manager: Manager, now: Callable[[], datetime], window: Callable[[], int]) -> None:
        """Begin empty; `now` is local time, and starts are moved at random by up to `window` seconds either way."""
        self._manager = manager
        self._now = now
        self._window = window
        self._random = Random(0)
        self._events: dict[int, Event] = {}
        self._plan: list[_Occurrence] = []
        self._active: _Occurrence | None = None
        self.version = 0
        self.plan_version = 0

    def as_json(self) -> list[Json]:
        """Write all events."""
        return [event.as_json() for event in self._events.values()]

    def get(self, event: int) -> dict[str, Json] | None:
        """Write one event."""
        found = self._events.get(event)
        return None if found is None else found.as_json()

    def merge(self, said: Json, event: int | None = None) -> bool:
        """Take an event or a list of them, by their ids; false if one makes no sense, and none is taken."""
        rows = said if isinstance(said, list) else [said]
        taken: list[Event] = []
        for row in rows:
            if not isinstance(row, dict) or (read := self._read(row, event, len(taken))) is None:
                return False
            taken.append(read)
        if len(self._events | {row.id: row for row in taken}) > MOST_EVENTS:
            return False
        self._events |= {row.id: row for row in taken}
        self._build()
        return True

    def _read(self, row: dict[str, Json], event: int | None, taken: int) -> Event | None:
        number = row.get("id", event)
        if event is not None and number != event:
            return None
        if not isinstance(number, int):
            number = max(self._events, default=0) + 1 + taken
        state, time, days = row.get("state"), row.get("time"), row.get("days")
        if not isinstance(time, str) or not isinstance(days, list) or (at := _TIME.fullmatch(time)) is None:
            return None
        hour, minute, second = (int(part or 0) for part in at.groups())
        return Event(
            id=number,
            state="active" if state == "active" else "disabled",
            second=hour * 3600 + minute * 60 + second,
            days=frozenset(DAYS.index(day) for day in days if isinstance(day, str) and day in DAYS),
        )

    def remove(self, event: int) -> bool:
        """Take an event out; false if there is none of that id."""
        if self._events.pop(event, None) is None:
            return False
        self._build()
        return True

    def restart(self) -> None:
        """Read the schedule from the file system again; what is done about it begins anew."""
        self._active = None
        self._build()
        self.version = self.plan_version = 0

    def replan(self) -> None:
        """Lay the starts at random again, as after a change of the configuration."""
        self._build()

    def _build(self) -> None:
        plan = [
            _Occurrence(event=event, day=day, start=self._start(event))
            for event in self._events.values()
            for day in sorted(event.days)
        ]
        self._plan = sorted(plan, key=lambda occurrence: (occurrence.day, occurrence.event.second))
        self.version += 1
        self.plan_version += 1
        self.watch()

    def _start(self, event: Event) -> int:
        window = self._window()
        if event.state != "active" or window <= 0:
            return event.second
        return event.second + self._random.randrange(-min(window, event.second), window)

    def _moment(self) -> tuple[int, int]:
        now = self._now()
        return now.isoweekday() % 7, now.hour * 3600 + now.minute * 60 + now.second

    def _current(self) -> _Occurrence | None:
        day, second = self._moment()
        moment = day * _DAY + second
        return min(self._plan, key=lambda occurrence: (moment - occurrence.of_week) % _WEEK, default=None)

    def watch(self) -> None:
        """Claim for the event that began last, if it is another than before."""
        current = self._current()
        if current == self._active:
            return
        self._active = current
        self.plan_version += 1
        if current is None:
            self._manager.claims.release(Client.SCHEDULE)
            return
        starts = current.event.state == "active"
        priority = Priority.TIMER if starts else Priority.DEFAULT
        self._manager.claims.make(Client.SCHEDULE, priority, Properties(state=current.event.state))

    def plan(self) -> dict[str, Json]:
        """Tell what is done now, next, and on each day."""
        day, second = self._moment()
        told: dict[str, Json] = {"current_day": DAYS[day], "current_offset": second}
        if self._active is None:
            return told | {"next_event_delay": False, "current_event": False, "next_event": False}
        following = self._following(self._active)
        told["next_event_delay"] = (following.of_week - day * _DAY - second) % _WEEK
        told["current_event"] = self._tell(self._active)
        told["next_event"] = self._tell(following)
        for name_day, name in enumerate(DAYS):
            if found := [self._tell(occurrence) for occurrence in self._plan if occurrence.day == name_day]:
                told[name] = list[Json](found)
        return told

    def _following(self, occurrence: _Occurrence) -> _Occurrence:
        return self._plan[(self._plan.index(occurrence) + 1) % len(self._plan)]

    def _tell(self, occurrence: _Occurrence) -> dict[str, Json]:
        event = occurrence.event
        return {
            "id": event.id,
            "state": event.state,
            "time": event.time,
            "day": DAYS[occurrence.day],
            "offset": event.second,
            "start_offset": occurrence.start,
            "diff": occurrence.start - event.second,
            "duration": (self._following(occurrence).of_week - occurrence.of_week) % _WEEK or _WEEK,
        }
