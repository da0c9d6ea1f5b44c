"""Things a user should mend outside Open EV, and the mending of those that Open EV can mend itself."""

from datetime import datetime, timedelta
from typing import override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .broker_settings import broker_of
from .clients.ovms.commands import FIRMWARE_3_3_006
from .clients.ovms.errors import LinkError
from .clients.ovms.vehicle import Aspect, Vehicle
from .const import DOMAIN
from .coordinator import VehicleConfigEntry

# A car that stands without network for a holiday is no fault; one that drives is heard of every day.
SILENCE_WORTH_A_WORD = timedelta(days=14)
LOOK_AGAIN = timedelta(hours=12)

STORED_COMMANDS = "stored_commands"
OPEN_BROKER = "open_broker"
FIRMWARE_TOO_OLD = "firmware_too_old"
MODULE_SILENT = "module_silent"


class VehicleIssues:
    """Keeps the repair issues of one vehicle true while its entry is loaded.

    An issue goes when it is known to be mended, and not while nothing is known: who has ignored it would see it again
    after each restart.
    """

    def __init__(self, hass: HomeAssistant, entry: VehicleConfigEntry) -> None:
        """Take the loaded entry whose vehicle is looked at."""
        self._hass = hass
        self._entry = entry

    @callback
    def start(self) -> None:
        """Look now, when something changes, and now and then."""
        vehicle = self._entry.runtime_data.device
        names = ("m.version", Aspect.CONNECTION, Aspect.HEARD)
        self._entry.async_on_unload(vehicle.subscribe(names, self._look))
        self._entry.async_on_unload(async_track_time_interval(self._hass, self._look_again, LOOK_AGAIN))
        self._entry.async_on_unload(self._stop)
        self._look()

    @callback
    def _look(self) -> None:
        runtime = self._entry.runtime_data
        # That there are none is known only some time after each connection.
        self._show(STORED_COMMANDS, runtime.link.has_stored_commands or None, fixable=True)
        self._show(OPEN_BROKER, self._broker_is_open())
        self._show(FIRMWARE_TOO_OLD, _firmware_lacks_something(runtime.device))
        self._show(MODULE_SILENT, _silent_for_long(runtime.device))

    @callback
    def _look_again(self, _: datetime) -> None:
        runtime = self._entry.runtime_data
        if runtime.link.connected and not runtime.link.has_stored_commands:
            self._show(STORED_COMMANDS, wanted=False)
        self._look()

    @callback
    def _stop(self) -> None:
        if self._entry.disabled_by is not None:
            forget_issues(self._hass, self._entry)

    def _show(self, key: str, wanted: bool | None, *, fixable: bool = False) -> None:
        if wanted:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                _issue_id(key, self._entry),
                data={"entry_id": self._entry.entry_id},
                is_fixable=fixable,
                severity=ir.IssueSeverity.WARNING,
                translation_key=key,
                translation_placeholders={CONF_NAME: self._entry.title},
            )
        elif wanted is not None:
            ir.async_delete_issue(self._hass, DOMAIN, _issue_id(key, self._entry))

    def _broker_is_open(self) -> bool | None:
        """Whether the broker let this connection in without knowing who it is: then it lets in everybody."""
        if not self._entry.runtime_data.device.link_connected:
            return None
        try:
            broker = broker_of(self._hass, self._entry.data)
        except LinkError:
            return None
        # Headers are for a proxy before the broker, which may ask who comes.
        certified = broker.tls is not None and broker.tls.certificate is not None
        return not (broker.username or broker.websocket_headers or certified)


@callback
def forget_issues(hass: HomeAssistant, entry: VehicleConfigEntry) -> None:
    """Take the issues of a vehicle away, mended or not."""
    for key in (STORED_COMMANDS, OPEN_BROKER, FIRMWARE_TOO_OLD, MODULE_SILENT):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(key, entry))


def _issue_id(key: str, entry: VehicleConfigEntry) -> str:
    return f"{key}_{entry.entry_id}"


def _firmware_lacks_something(vehicle: Vehicle) -> bool | None:
    return None if vehicle.firmware is None else vehicle.firmware < FIRMWARE_3_3_006


def _silent_for_long(vehicle: Vehicle) -> bool | None:
    if vehicle.online is None or vehicle.last_heard is None:
        return None
    return not vehicle.online and dt_util.utcnow() - vehicle.last_heard > SILENCE_WORTH_A_WORD


class StoredCommandsFlow(ConfirmRepairFlow):
    """Has the broker forget the commands that it keeps for a module, after the user agreed."""

    def __init__(self, entry: VehicleConfigEntry) -> None:
        """Take the entry of the vehicle."""
        super().__init__()
        self._entry = entry

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then do it."""
        if user_input is not None:
            if self._entry.state is not ConfigEntryState.LOADED:
                return self.async_abort(reason="cannot_connect")
            try:
                await self._entry.runtime_data.link.clear_stored_commands()
            except LinkError:
                return self.async_abort(reason="cannot_connect")
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Start the mending of an issue."""
    entry: VehicleConfigEntry = hass.config_entries.async_get_known_entry(str((data or {})["entry_id"]))
    return StoredCommandsFlow(entry)
