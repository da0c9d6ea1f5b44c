"""Has what a command changed reported soon, because no module does so by itself.

A module says "done" when it has handed a command on; the metric that shows what became of it follows when the car reacts, at
once or after many seconds, and goes out with the module's next interval: after a minute if somebody looks, else after ten
(firmware up to 3.3.005, whose server v3 listens to no event of the car). Firmware 3.3.006 sends at once when the car was
locked, unlocked or switched on or off, and when a charge began or ended, but not for climate, valet mode, charge current,
charge mode or a target. So it is asked some times after each command, until the effect was reported; and a firmware before
3.3.006 also when it tells of an event that a newer one would have sent for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
import logging
import math
from typing import Final, NoReturn

from .commands import FIRMWARE_3_3_006, Firmware
from .errors import OvmsError

_LOGGER = logging.getLogger(__name__)

# Most cars react within 2 s, slow ones take up to 20; a module sends within a second or two of being asked.
ASK_SECONDS: Final = (2.0, 6.0, 12.0, 30.0)
# Where it is not known what shows the effect, nothing tells when to stop.
BLIND_ASK_SECONDS: Final = (3.0, 15.0)
# Where nothing is to change, it is only made sure that it is so.
SURE_ASK_SECONDS: Final = (4.0,)
# A link that is back has missed what was sent meanwhile; a module that was away sends everything by itself.
BACK_SECONDS = 2.0
# Events come in bursts (unlocked, awake, on), and each ask costs mobile data.
CUE_SECONDS = 1.0
CUE_PAUSE_SECONDS = 10.0

# Events that have firmware 3.3.006 send what changed, and the two of valet mode.
_CUES: Final = frozenset(
    {
        "vehicle.charge.start",
        "vehicle.charge.stop",
        "vehicle.locked",
        "vehicle.off",
        "vehicle.on",
        "vehicle.unlocked",
        "vehicle.valet.off",
        "vehicle.valet.on",
    }
)

# Where a metric's name would stand if it were known what shows the effect.
_ANYTHING: Final = ""

type Ask = Callable[[Collection[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command is to bring about: which metric shows it, and whether that was reported since.

    `was_so` is what was reported to be so already: firmware before 3.3.006 does not send again what has not changed.
    """

    metric: str
    is_seen: Callable[[], bool]
    was_so: bool = False


class FollowUp:
    """Asks a module to send, for as long as `run` runs; of what was not seen when that ended, it is asked once more."""

    def __init__(self) -> None:
        """Begin with nothing to ask for."""
        self._unseen: dict[str, Effect | None] = {}
        self._moments: list[float] = []
        self._cue: float | None = None
        self._cued = -math.inf
        self._news = asyncio.Event()

    def begin(self, effect: Effect | None, seconds: Iterable[float]) -> None:
        """Ask so many seconds from now for the effect of a command, or for whatever has changed if it is not known.

        That replaces what is left of an earlier command's moments; what is not seen yet of its effect is asked for as well.
        """
        now = asyncio.get_running_loop().time()
        self._unseen[_ANYTHING if effect is None else effect.metric] = effect
        self._moments = [now + each for each in seconds]
        self._news.set()

    def event(self, name: str, firmware: Firmware | None) -> None:
        """Take an event of the module: ask once, soon, for whatever has changed, if a module of this firmware keeps that back."""
        if name in _CUES and firmware is not None and firmware < FIRMWARE_3_3_006 and self._cue is None:
            now = asyncio.get_running_loop().time()
            self._cue = max(now + CUE_SECONDS, self._cued + CUE_PAUSE_SECONDS)
            self._news.set()

    async def run(self, ask: Ask) -> NoReturn:
        """Ask until cancelled. `ask` has the module send metrics of these names, or all that changed if there are none."""
        back = asyncio.get_running_loop().time() + BACK_SECONDS
        self._moments = [back] if self._unseen else []
        self._cue = None
        while True:
            self._news.clear()
            moment = self._next()
            try:
                async with asyncio.timeout_at(moment):
                    await self._news.wait()
            except TimeoutError:
                if moment == self._next():
                    await self._reached(ask)

    def _next(self) -> float | None:
        return min([*self._moments[:1], *([] if self._cue is None else [self._cue])], default=None)

    async def _reached(self, ask: Ask) -> None:
        if self._cue is not None and self._cue == self._next():
            self._cued, self._cue = self._cue, None
            await self._try(ask, ())
            return
        del self._moments[0]
        self._unseen = {name: effect for name, effect in self._unseen.items() if effect is None or not effect.is_seen()}
        if not self._unseen:
            self._moments.clear()
            return
        await self._try(ask, () if _ANYTHING in self._unseen else tuple(self._unseen))
        if not self._moments:
            self._unseen.clear()

    async def _try(self, ask: Ask, names: Collection[str]) -> None:
        try:
            await ask(names)
        except OvmsError as error:
            # Nobody waits for it, and the next time may do.
            _LOGGER.debug("The module could not be asked to send: %s", error)
