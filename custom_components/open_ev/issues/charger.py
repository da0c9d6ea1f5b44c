"""What a user should mend about a charger."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..clients.openevse.charger import CONNECTION, Charger
from ..clients.openevse.errors import RapiBlocked, RapiFailed, VehicleSourceNotSet, WrongCharger
from ..clients.openevse.models import Ability, Check, VehicleSource
from ..const import DOMAIN
from ..coordinator import ChargerConfigEntry, ClientError, acting
from . import Issues, show_issue

ANOTHER_CHARGER: Final = "another_charger"
MOVED: Final = "charger_moved"
RAPI_BLOCKED: Final = "rapi_blocked"
VEHICLE_SOURCE_NOT_SET: Final = "vehicle_source_not_set"
ECHO_STUCK: Final = "echo_stuck"
HEARTBEAT_MISSED: Final = "heartbeat_missed"
CLOCK_WRONG: Final = "clock_wrong"
CHECK_OFF: Final = {check: f"check_{check}_off" for check in Check}

# The clock is read up to half a minute before it is looked at, and one without a network drifts by minutes in a year.
CLOCK_TOLERANCE: Final = timedelta(minutes=2)

# With the controller's echo on, the gateway takes the command itself for the answer.
_ECHO: Final = "invalid_response"
_ANY_QUESTION: Final = "$GV"


@callback
def ask_about_move(hass: HomeAssistant, entry: ConfigEntry, address: str) -> None:
    """Ask whether a charger is really where something announces itself as it, before its password is sent there."""
    show_issue(hass, entry, MOVED, fixable=True, address=address)


class ChargerIssues(Issues):
    """Keeps the repair issues of one charger true while its entry is loaded."""

    def __init__(self, hass: HomeAssistant, entry: ChargerConfigEntry, charger: Charger) -> None:
        """Take the charger that is looked at."""
        super().__init__(hass, entry)
        self._entry = entry
        self._charger = charger

    @callback
    def start(self) -> None:
        """Look now, and when something changes."""
        names = ("heartbeat_missed", "vehicle_data_source", "gateway_version", CONNECTION)
        checks = (f"check_{check}" for check in Check)
        self._entry.async_on_unload(self._charger.subscribe((*names, *checks), self._look))
        # It is another with each poll, and the others hardly ever are.
        self._entry.async_on_unload(self._charger.subscribe(("clock", CONNECTION), self._look_at_clock))
        self._entry.async_on_unload(self._charger.subscribe(("controller_connected",), self._look_for_echo))
        self._entry.async_on_unload(self._charger.subscribe(("rapi_ok",), self._controller_answered))
        self._look()
        self._look_at_clock()
        self._look_for_echo()

    @callback
    def note(self, error: ClientError) -> None:
        """Show what stood in the way: of an action, which nobody has to mend who does not need it, or of everything."""
        match error:
            case WrongCharger():
                self._show(ANOTHER_CHARGER, wanted=True)
            case RapiBlocked():
                self._show(RAPI_BLOCKED, wanted=True, fixable=True)
            case VehicleSourceNotSet():
                self._show(VEHICLE_SOURCE_NOT_SET, wanted=True, fixable=True)
            case RapiFailed(reason=reason) if reason == _ECHO:
                self._show(ECHO_STUCK, wanted=True, fixable=True)

    @callback
    def _look(self) -> None:
        charger = self._charger
        if not charger.link_connected:
            return
        # It is where its entry looks for it.
        self._show(MOVED, wanted=False)
        self._show(ANOTHER_CHARGER, wanted=False)
        self._show(HEARTBEAT_MISSED, charger.flag("heartbeat_missed"), fixable=True)
        for check, key in CHECK_OFF.items():
            enabled = charger.flag(f"check_{check}")
            self._show(key, None if enabled is None else not enabled, fixable=True)
        if charger.can(Ability.RAPI_WRITES):
            self._show(RAPI_BLOCKED, wanted=False)
        if charger.text("vehicle_data_source") in {None, VehicleSource.HTTP}:
            self._show(VEHICLE_SOURCE_NOT_SET, wanted=False)

    @callback
    def _look_at_clock(self) -> None:
        if self._charger.link_connected:
            self._show(CLOCK_WRONG, _clock_is_wrong(self._charger), fixable=True)

    @callback
    def _look_for_echo(self) -> None:
        """Find out why the controller is not heard, which the gateway tells only who asks for something."""
        if self._charger.link_connected and self._charger.flag("controller_connected") is False:
            _ = self._entry.async_create_background_task(
                self._hass, self._ask_controller(), f"{DOMAIN} question to the controller of {self._entry.title}"
            )

    async def _ask_controller(self) -> None:
        with suppress(HomeAssistantError):
            async with acting(self.note):
                await self._charger.send_rapi(_ANY_QUESTION)

    @callback
    def _controller_answered(self) -> None:
        self._show(ECHO_STUCK, wanted=False)


def _clock_is_wrong(charger: Charger) -> bool | None:
    shown = charger.value("clock")
    return abs(dt_util.utcnow() - shown) > CLOCK_TOLERANCE if isinstance(shown, datetime) else None
