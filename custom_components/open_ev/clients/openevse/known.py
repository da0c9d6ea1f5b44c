"""What is known of a charger, by the names of its readings."""

from collections.abc import Callable, Iterable, Mapping

from ..listeners import Listener, Unsubscribe
from .rapi_commands import MAXIMUM_CURRENT, MINIMUM_CURRENT
from .store import CONNECTION, Store
from .why import Value


class Known:
    """Something that has readings."""

    def __init__(self) -> None:
        """Begin with nothing known. Needs a running event loop."""
        self._store = Store()

    @property
    def readings(self) -> Mapping[str, Value]:
        """Everything that is known now, by its name."""
        return self._store.readings

    def value(self, name: str) -> Value | None:
        """A reading, None if it is not known."""
        return self._store.readings.get(name)

    def number(self, name: str) -> float | None:
        """A reading that is a number."""
        value = self.value(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        """A reading that is yes or no."""
        value = self.value(name)
        return value if isinstance(value, bool) else None

    def text(self, name: str) -> str | None:
        """A reading that is a text."""
        value = self.value(name)
        return value if isinstance(value, str) else None

    @property
    def current_range(self) -> tuple[int, int]:
        """The least and the most current in A that can be asked for."""
        bounds = [self.number(name) for name in ("current_soft_max", "current_max")]
        # Whatever a charger says of itself, there is no more in the standard.
        most = min((MAXIMUM_CURRENT, *(bound for bound in bounds if bound)))
        return max(MINIMUM_CURRENT, int(self.number("current_min") or MINIMUM_CURRENT)), int(most)

    def knows(self, names: Iterable[str]) -> bool:
        """Whether any of these is known."""
        return any(name in self._store.readings or name == CONNECTION for name in names)

    def subscribe(self, names: Iterable[str], listener: Listener) -> Unsubscribe:
        """Call `listener` after any of these readings changed, once for all that changed within one loop turn."""
        return self._store.subscribe(names, listener)

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until `condition` holds, looked at whenever one of these changed; False if it did not in time, or at `close`."""
        return await self._store.wait_until(condition, names, seconds=seconds)
