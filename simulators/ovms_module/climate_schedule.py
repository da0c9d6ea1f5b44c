"""`climatecontrol schedule`, from firmware 3.3.006."""

from collections.abc import Callable
from datetime import datetime
import re

from .configuration import Configuration
from .shell import Answer, Command, failed

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?:/(\d+))?")
_SHORTEST, _LONGEST = 5, 30
_ENABLED = ("vehicle", "climate.precondition")


class ClimateSchedule:
    """Keeps the weekly schedule in the configuration, where the firmware keeps it."""

    def __init__(self, config: Configuration, now: Callable[[], datetime]) -> None:
        """Take the module's local time from `now`."""
        self._config = config
        self._now = now

    def register(self, climate: Command) -> None:
        """Add the subcommands below climatecontrol."""
        schedule = climate.add("schedule")
        schedule.add("set", self._set, "<day> <times>", 2)
        schedule.add("list", self._list)
        schedule.add("clear", self._clear, "<day|all>", 1)
        schedule.add("copy", self._copy, "<day> <days>", 2)
        schedule.add("enable", lambda _: self._switch(enabled=True))
        schedule.add("disable", lambda _: self._switch(enabled=False))
        schedule.add("status", self._status)

    def _set(self, words: list[str]) -> Answer:
        day, times = words
        if day not in _DAYS:
            return failed(f"ERROR: Invalid day '{day}'")
        normalised: list[str] = []
        for time in times.split(","):
            match = _TIME.fullmatch(time.strip())
            if match is None or not _SHORTEST <= int(match[3] or _SHORTEST) <= _LONGEST:
                return failed(f"ERROR: Invalid time '{time}'")
            normalised.append(f"{int(match[1]):02}:{match[2]}" + (f"/{match[3]}" if match[3] else ""))
        self._config[_key(day)] = ",".join(sorted(normalised))
        return Answer(f"Climate control schedule set for {day}: {self._config[_key(day)]}")

    def _list(self, _: list[str]) -> Answer:
        rows = [f"{day}: {self._config[_key(day)]}\n" for day in _DAYS if self._config.get(_key(day))]
        return Answer("".join(rows) or "No schedules configured.")

    def _clear(self, words: list[str]) -> Answer:
        days = _DAYS if words[0] == "all" else (words[0],)
        if not set(days) <= set(_DAYS):
            return failed(f"ERROR: Invalid day '{words[0]}'")
        for day in days:
            self._config.pop(_key(day), None)
        return Answer(f"Climate control schedule cleared for {words[0]}")

    def _copy(self, words: list[str]) -> Answer:
        source, days = words[0], words[1].split(",")
        if not {source, *days} <= set(_DAYS):
            return failed(f"ERROR: Invalid day in '{words[1]}'")
        for day in days:
            self._config[_key(day)] = self._config.text(*_key(source))
        return Answer(f"Climate control schedule copied from {source} to {words[1]}")

    def _switch(self, *, enabled: bool) -> Answer:
        self._config[_ENABLED] = "yes" if enabled else "no"
        return Answer(f"Scheduled precondition {'enabled' if enabled else 'disabled'}")

    def _status(self, _: list[str]) -> Answer:
        enabled = self._config.flag(*_ENABLED)
        text = f"Scheduled precondition: {'ENABLED' if enabled else 'DISABLED'}\n"
        if enabled and (following := self._next()) is not None:
            text += f"Next scheduled: {following}\n"
        return Answer(text)

    def _next(self) -> str | None:
        now = self._now()
        for ahead in range(8):
            day = (now.weekday() + ahead) % 7
            for entry in filter(None, self._config.text(*_key(_DAYS[day])).split(",")):
                time, _, minutes = entry.partition("/")
                if ahead or time > now.strftime("%H:%M"):
                    return f"{_NAMES[day]} at {time}" + (f" ({minutes} min)" if minutes else "")
        return None


def _key(day: str) -> tuple[str, str]:
    return "vehicle", f"climate.schedule.{day}"
