"""Things a user should mend outside Open EV, and the mending of those that Open EV can mend itself."""

from datetime import datetime, timedelta
from typing import override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
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
from .coordinator import OpenEvConfigEntry

# A car that stands without network for a holiday is no fault; one that drives is heard of every day.
SILENCE_WORTH_A_WORD = timedelta(days=14)
LOOK_AGAIN = timedelta(hours=12)

STORED_COMMANDS = "stored_commands"
OPEN_BROKER = "open_broker"
FIRMWARE_TOO_OLD = "firmware_too_old"
MODULE_SILENT = "module_silent"


class VehicleIssues:
    """Keeps the repair issues of one vehicle true while its entry is loaded."""

    def __init__(self, hass: HomeAssistant, entry: OpenEvConfigEntry) -> None:
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
        self._entry.async_on_unload(self._forget)
        self._look()

    @callback
    def _look_again(self, _: datetime) -> None:
        self._look()

    @callback
    def _look(self) -> None:
        runtime = self._entry.runtime_data
        self._show(STORED_COMMANDS, runtime.link.has_stored_commands, fixable=True)
        self._show(OPEN_BROKER, self._broker_is_open())
        self._show(FIRMWARE_TOO_OLD, _firmware_lacks_something(runtime.device))
        self._show(MODULE_SILENT, _silent_for_long(runtime.device))

    @callback
    def _forget(self) -> None:
        for key in (STORED_COMMANDS, OPEN_BROKER, FIRMWARE_TOO_OLD, MODULE_SILENT):
            self._show(key, wanted=False)

    def _show(self, key: str, wanted: bool, *, fixable: bool = False) -> None:
        issue_id = f"{key}_{self._entry.entry_id}"
        if not wanted:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id},
            is_fixable=fixable,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={CONF_NAME: self._entry.title},
        )

    def _broker_is_open(self) -> bool:
        """Whether the broker let this connection in without knowing who it is: then it lets in everybody."""
        if not self._entry.runtime_data.device.link_connected:
            return False
        try:
            broker = broker_of(self._hass, self._entry.data)
        except LinkError:
            return False
        return not broker.username and (broker.tls is None or broker.tls.certificate is None)


def _firmware_lacks_something(vehicle: Vehicle) -> bool:
    return vehicle.firmware is not None and vehicle.firmware < FIRMWARE_3_3_006


def _silent_for_long(vehicle: Vehicle) -> bool:
    heard = vehicle.last_heard
    return vehicle.online is False and heard is not None and dt_util.utcnow() - heard > SILENCE_WORTH_A_WORD


class StoredCommandsFlow(ConfirmRepairFlow):
    """Has the broker forget the commands that it keeps for a module, after the user agreed."""

    def __init__(self, entry: OpenEvConfigEntry) -> None:
        """Take the loaded entry of the vehicle."""
        super().__init__()
        self._entry = entry

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then do it."""
        if user_input is not None:
            try:
                await self._entry.runtime_data.link.clear_stored_commands()
            except LinkError:
                return self.async_abort(reason="cannot_connect")
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Start the mending of an issue."""
    entry: OpenEvConfigEntry = hass.config_entries.async_get_known_entry(str((data or {})["entry_id"]))
    return StoredCommandsFlow(entry)
