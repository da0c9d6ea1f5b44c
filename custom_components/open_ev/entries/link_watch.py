"""What is said when the way to a device comes and goes, and what is done when it breaks or wants other credentials."""

from abc import ABC, abstractmethod
import asyncio
import logging
from typing import ClassVar
from weakref import WeakSet

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..names import name_of

# Whose loss was told, also while its entry is loaded again.
_LOST: HassKey[WeakSet[ConfigEntry]] = HassKey(f"{DOMAIN}_lost")

_LOGGER = logging.getLogger(__name__)

# A fault of ours may be over after a fresh start. One that comes back sooner than this is given a rest.
STEADY_SECONDS = 60.0
REST_SECONDS = 60.0


class LinkWatch[ErrorT: Exception](ABC):
    """Follows the way to a device: says once when it is lost and once when it is back, and asks for other credentials."""

    refusals_before_reauth: ClassVar[int] = 1

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with a way that is as it was when the entry was unloaded."""
        self._hass = hass
        self._entry = entry
        self._began = hass.loop.time()
        self._all_lost = hass.data.setdefault(_LOST, WeakSet())
        self._refusals = 0

    @property
    def _target(self) -> str:
        """What the log calls the other end."""
        return name_of(self._hass, self._entry)

    @abstractmethod
    def _is_refusal(self, error: ErrorT) -> bool:
        """Whether other credentials, which the user can enter here, would help."""

    @callback
    def ended(self, running: asyncio.Task[None]) -> None:
        """A link runs until it is cancelled. One that broke is a fault of ours, and must not leave the device dead."""
        if running.cancelled() or (fault := running.exception()) is None:
            return
        _LOGGER.error("The connection to %s ended by a fault", self._target, exc_info=fault)
        if self._entry.state not in {ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.LOADED}:
            return
        if self._hass.loop.time() - self._began > STEADY_SECONDS:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        else:
            _ = self._hass.async_create_background_task(self._rest(), f"{DOMAIN} rest of {self._entry.title}")

    async def _rest(self) -> None:
        """Unload the entry, and set it up a little later unless somebody else has done that or does not want it."""
        entries, entry_id = self._hass.config_entries, self._entry.entry_id
        # One that is still being set up cannot be unloaded before it is.
        async with self._entry.setup_lock:
            pass
        await entries.async_unload(entry_id)
        await asyncio.sleep(REST_SECONDS)
        entry = entries.async_get_entry(entry_id)
        if entry is not None and entry.state is ConfigEntryState.NOT_LOADED and entry.disabled_by is None:
            await entries.async_setup(entry_id)

    @callback
    def changed(self, error: ErrorT | None) -> None:
        """Take the outcome of a try, or the end of a connection."""
        if error is None:
            self._connected()
        else:
            self._disconnected(error)

    def _connected(self) -> None:
        if self._refusals:
            self._refusals = 0
            self._ask_no_more()
        self.found()

    @callback
    def found(self) -> None:
        """Say that the way is back, if it was said that it is lost."""
        if self._entry in self._all_lost:
            self._all_lost.remove(self._entry)
            _LOGGER.info("The connection to %s is back", self._target)

    def _disconnected(self, error: ErrorT) -> None:
        if self._entry not in self._all_lost:
            self._all_lost.add(self._entry)
            _LOGGER.warning("The connection to %s was lost: %s", self._target, error)
        if self._is_refusal(error):
            self._refusals += 1
            if self._refusals == self.refusals_before_reauth:
                self._entry.async_start_reauth(self._hass)

    def _ask_no_more(self) -> None:
        """Close the dialog that asks for other credentials: whoever is let in needs none."""
        for flow in tuple(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])
