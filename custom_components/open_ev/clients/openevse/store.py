"""The readings of one charger, and who listens to them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..listeners import Listener, Listeners, Subscriptions, Unsubscribe
from .readings import FIELDS
from .why import Value

CONNECTION: Final = "connection"
"""What can be listened to beside readings: the charger came or went."""

BUTTON: Final = "button"
"""The same: somebody else has chosen another mode."""

WHY: Final = "why"
NAMES: Final = frozenset({*(field.name for field in FIELDS), WHY, CONNECTION, BUTTON})


class Store:
    """What is known, and who is told when it is something else."""

    def __init__(self) -> None:
        """Begin with nothing known. Needs a running event loop."""
        self._listeners: dict[str, Listeners] = {name: {} for name in NAMES}
        self._subscriptions = Subscriptions(asyncio.get_running_loop(), self._listeners.__getitem__)
        self.readings: Mapping[str, Value] = {}

    def take(self, readings: Mapping[str, Value]) -> None:
        """Take all readings anew, and tell who listens to those that changed."""
        before, self.readings = self.readings, readings
        for name, value in readings.items():
            if before.get(name) != value:
                self.notify(name)
        for name in before.keys() - readings.keys():
            self.notify(name)

    def notify(self, name: str) -> None:
        """Tell who listens to a reading."""
        self._subscriptions.notify(self._listeners[name])

    def subscribe(self, names: Iterable[str], listener: Listener) -> Unsubscribe:
        """Call `listener` after any of these changed, once for all that changed within one loop turn."""
        return self._subscriptions.subscribe(names, listener)

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until `condition` holds, looked at whenever one of these changed; False if it did not in time, or at `close`."""
        return await self._subscriptions.wait_until(condition, names, seconds=seconds)

    def close(self) -> None:
        """Stop what still waits, and call nobody any more."""
        self._subscriptions.close()
