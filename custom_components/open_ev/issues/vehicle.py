"""What a user should mend about a vehicle, whatever its link."""

from datetime import datetime, timedelta
from typing import ClassVar

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..clients.ovms.commands import FIRMWARE_3_3_006
from ..clients.ovms.vehicle import Aspect, Link, Vehicle
from ..coordinator import VehicleConfigEntry
from . import Issues

# A car that stands without network for a holiday is no fault; one that drives is heard of every day.
SILENCE_WORTH_A_WORD = timedelta(days=14)
LOOK_AGAIN = timedelta(hours=12)

FIRMWARE_TOO_OLD = "firmware_too_old"
MODULE_SILENT = "module_silent"


class VehicleIssues[LinkT: Link](Issues):
    """Keeps the repair issues of one vehicle true while its entry is loaded, whatever its link."""

    silent_key: ClassVar = MODULE_SILENT

    def __init__(self, hass: HomeAssistant, entry: VehicleConfigEntry[LinkT]) -> None:
        """Take the loaded entry whose vehicle is looked at."""
        super().__init__(hass, entry)
        self._entry = entry

    @callback
    def start(self) -> None:
        """Look now, when something changes, and now and then."""
        vehicle = self._entry.runtime_data.device
        names = ("m.version", Aspect.CONNECTION, Aspect.HEARD)
        self._entry.async_on_unload(vehicle.subscribe(names, self._look))
        self._entry.async_on_unload(async_track_time_interval(self._hass, self._look_again, LOOK_AGAIN))
        self._look()

    @callback
    def _look(self) -> None:
        vehicle = self._entry.runtime_data.device
        self._show(FIRMWARE_TOO_OLD, _firmware_lacks_something(vehicle))
        self._show(self.silent_key, self._silent_for_long())

    @callback
    def _look_again(self, now: datetime) -> None:
        self._look()

    def _silent_for_long(self) -> bool | None:
        vehicle = self._entry.runtime_data.device
        if vehicle.online is None or vehicle.last_heard is None:
            return None
        return not vehicle.online and dt_util.utcnow() - vehicle.last_heard > SILENCE_WORTH_A_WORD


def _firmware_lacks_something(vehicle: Vehicle) -> bool | None:
    return None if vehicle.firmware is None else vehicle.firmware < FIRMWARE_3_3_006
