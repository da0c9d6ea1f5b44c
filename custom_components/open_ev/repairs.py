"""The mending of what Open EV can mend itself, after the user agreed."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .clients.openevse.charger import Charger
from .clients.openevse.errors import CannotConnect, OpenEvseError, RapiFailed, Unseen
from .clients.openevse.models import Check, VehicleSource
from .clients.ovms.errors import LinkError
from .coordinator import BrokerVehicleConfigEntry, ChargerConfigEntry
from .issues.broker import STORED_COMMANDS
from .issues.charger import (
    CHECK_OFF,
    CLOCK_WRONG,
    ECHO_STUCK,
    HEARTBEAT_MISSED,
    MOVED,
    RAPI_BLOCKED,
    VEHICLE_SOURCE_NOT_SET,
)


class StoredCommandsFlow(ConfirmRepairFlow):
    """Has the broker forget the commands that it keeps for a module, after the user agreed."""

    def __init__(self, entry: BrokerVehicleConfigEntry) -> None:
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
                all_gone = await self._entry.runtime_data.link.clear_stored_commands()
            except LinkError:
                return self.async_abort(reason="cannot_connect")
            if not all_gone:
                return self.async_abort(reason="some_left")
        return await super().async_step_confirm(user_input)


class MovedFlow(ConfirmRepairFlow):
    """Has an entry look for its charger somewhere else, after the user agreed that it is there."""

    def __init__(self, entry: ChargerConfigEntry, address: str) -> None:
        """Take the entry of the charger, and where it is said to be."""
        super().__init__()
        self._entry = entry
        self._address = address

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then do it."""
        if user_input is not None:
            data = {**self._entry.data, CONF_URL: self._address}
            self.hass.config_entries.async_update_entry(self._entry, data=data)
            self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return await super().async_step_confirm(user_input)


type Mend = Callable[[Charger], Awaitable[None]]


class ChargerFlow(ConfirmRepairFlow):
    """Has a charger do what mends it, after the user agreed."""

    def __init__(self, entry: ChargerConfigEntry, mend: Mend) -> None:
        """Take the entry of the charger, and what mends it."""
        super().__init__()
        self._entry = entry
        self._mend = mend

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then do it."""
        if user_input is not None:
            if self._entry.state is not ConfigEntryState.LOADED:
                return self.async_abort(reason="cannot_connect")
            try:
                await self._mend(self._entry.runtime_data.device)
            except CannotConnect, Unseen:
                return self.async_abort(reason="cannot_connect")
            except OpenEvseError:
                return self.async_abort(reason="not_mended")
        return await super().async_step_confirm(user_input)


async def _end_echo(charger: Charger) -> None:
    # Where the restart is itself a command, its answer is lost in the echo.
    with suppress(RapiFailed):
        await charger.restart_controller()


def _enable(check: Check) -> Mend:
    return lambda charger: charger.set_check(check, enabled=True)


MENDS: Final[Mapping[str, Mend]] = {
    VEHICLE_SOURCE_NOT_SET: lambda charger: charger.set_vehicle_source(VehicleSource.HTTP),
    ECHO_STUCK: _end_echo,
    HEARTBEAT_MISSED: lambda charger: charger.restart_gateway(),
    CLOCK_WRONG: lambda charger: charger.set_clock(dt_util.utcnow()),
    **{key: _enable(check) for check, key in CHECK_OFF.items()},
}


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Start the mending of an issue."""
    told = data or {}
    key = str(told["key"])
    entry = hass.config_entries.async_get_known_entry(str(told["entry_id"]))
    if key == STORED_COMMANDS:
        return StoredCommandsFlow(entry)
    if key == RAPI_BLOCKED:
        # There is nothing to mend, only to know.
        return ConfirmRepairFlow()
    if key == MOVED:
        return MovedFlow(entry, str(told["address"]))
    return ChargerFlow(entry, MENDS[key])
