"""Whether the module is there, by what is said of it, and when it was last heard."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

# A state that says "heard a moment ago" is worth a write now and then, not one a message; each is a line of the activity.
# When the car falls silent, the last moment is told exactly.
HEARD_RESOLUTION = timedelta(minutes=5)

# A broker that broke down told nobody that the module left, so what it kept may say for ever that it is there. A module
# that is there sends its clock every ten minutes, or as rarely as its owner wants.
STORED_WORD_HOLDS = timedelta(days=1)


class Heard:
    """What is heard of one module, by itself and by others."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        now: Callable[[], datetime],
        *,
        came_or_went: Callable[[], None],
        heard: Callable[[], None],
    ) -> None:
        """Begin with nothing known.

        `came_or_went` is called after `online` became another, `heard` after `last` did, now and then.
        """
        self._loop = loop
        self._now = now
        self._came_or_went = came_or_went
        self._heard = heard
        self._heard_at: datetime | None = None
        self._heard_told: datetime | None = None
        self._online_stored = False
        self._doubt: asyncio.TimerHandle | None = None
        self.online: bool | None = None
        """Whether it is there; None while nobody can tell."""
        self.stored_at: datetime | None = None
        """When it said the latest of what was stored while nobody listened."""

    @property
    def last(self) -> datetime | None:
        """When the module last gave a sign of life, as far as it is known.

        What it stored while the link was away can be later than what was heard before.
        """
        return max(filter(None, (self._heard_at, self.stored_at)), default=None)

    def within(self, seconds: float) -> bool:
        """Whether the module itself was heard in the last seconds; a stored value is no sign of life."""
        # A clock that was set back makes what was heard lie in the future, and that proves nothing.
        return self._heard_at is not None and timedelta(0) <= self._now() - self._heard_at <= timedelta(seconds=seconds)

    def take_online(self, *, online: bool | None, stored: bool = False) -> None:
        """Take what is said of the module being there; a stored word is believed as long as the module was heard of."""
        self._online_stored = stored
        if online is not self.online:
            self.online = online
            self._came_or_went()
        self._doubt_stored_word()

    def take_sign(self) -> datetime:
        """Note a sign of life, and return its moment. A module that speaks is there, whatever was said before."""
        now = self._now()
        self._heard_at = now
        if self._heard_told is None or now - self._heard_told >= HEARD_RESOLUTION:
            self._heard_told = now
            self._heard()
        if not self.online:
            self.take_online(online=True)
        return now

    def take_stored(self, moment: datetime) -> None:
        """Note when the module last spoke while nobody listened."""
        before = self.last
        self.stored_at = moment
        if self.last != before:
            self._heard()
        self._doubt_stored_word()

    def close(self) -> None:
        """Doubt nothing any more."""
        if self._doubt is not None:
            self._doubt.cancel()
            self._doubt = None

    def _doubt_stored_word(self) -> None:
        """Believe a stored word no longer than it holds, also when nothing ever comes that would make one look again."""
        self.close()
        if not (self.online and self._online_stored) or (heard := self.last) is None:
            return
        left = STORED_WORD_HOLDS - (self._now() - heard)
        if left < timedelta(0):
            self.take_online(online=None)
        else:
            self._doubt = self._loop.call_later(left.total_seconds(), self._doubt_stored_word)
