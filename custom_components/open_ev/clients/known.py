"""What is known of one thing, by the names of its readings, and who listens to them."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, override

from .listeners import Listener, Listeners, Subscriptions, Unsubscribe

type Value = bool | int | float | str | datetime
type Readings = Mapping[str, Value]

CONNECTION: Final = "connection"
"""What can be listened to beside readings: the way to it came or went."""


class Valued(ABC):
    """Something whose values are asked for by name, as what one can show: a reading of another type is none."""

    @abstractmethod
    def value(self, name: str) -> object:
        """The last good value of that name, None if there is none."""

    def number(self, name: str) -> float | None:
        """The last good value of a number."""
        value = self.value(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        """The last good value of what is yes or no."""
        value = self.value(name)
        return value if isinstance(value, bool) else None


class Known(Valued):
    """Something whose readings are all taken anew with each look."""

    def __init__(self, names: Iterable[str]) -> None:
        """Begin with nothing known. `names` is all that can be listened to. Needs a running event loop."""
        self._listeners: dict[str, Listeners] = {name: {} for name in names}
        self._subscriptions = Subscriptions(asyncio.get_running_loop(), self._listeners.__getitem__)
        self._readings: Readings = {}

    @property
    def readings(self) -> Readings:
        """Everything that is known now, by its name."""
        return self._readings

    @override
    def value(self, name: str) -> Value | None:
        """A reading, None if it is not known."""
        return self._readings.get(name)

    def text(self, name: str) -> str | None:
        """A reading that is a text."""
        value = self.value(name)
        return value if isinstance(value, str) else None

    def moment(self, name: str) -> datetime | None:
        """A reading that is a moment."""
        value = self.value(name)
        return value if isinstance(value, datetime) else None

    def knows(self, names: Iterable[str]) -> bool:
        """Whether any of these is known."""
        return any(name in self._readings or name == CONNECTION for name in names)

    def subscribe(self, names: Iterable[str], listener: Listener) -> Unsubscribe:
        """Call `listener` after any of these readings changed, once for all that changed within one loop turn."""
        return self._subscriptions.subscribe(names, listener)

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until `condition` holds, looked at whenever one of these changed; False if it did not in time, or at `close`."""
        return await self._subscriptions.wait_until(condition, names, seconds=seconds)

    def _take(self, readings: Readings) -> None:
        """Take all readings anew, and tell who listens to those that changed."""
        before, self._readings = self._readings, readings
        for name in {**readings, **before}:
            if before.get(name) != readings.get(name):
                self._notify(name)

    def _notify(self, name: str) -> None:
        """Tell who listens to a reading."""
        self._subscriptions.notify(self._listeners[name])

    def _fall_silent(self) -> None:
        """Stop what still waits, and call nobody any more, whatever is still learnt."""
        self._subscriptions.close()
