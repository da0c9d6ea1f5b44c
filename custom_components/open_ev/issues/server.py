"""What a user should mend about a vehicle at an OVMS server."""

from typing import Final, override

from homeassistant.core import HomeAssistant, callback

from ..clients.ovms.server import ServerLink
from ..coordinator import ServerVehicleConfigEntry
from .vehicle import VehicleIssues

PARANOID: Final = "paranoid"
MODULE_SILENT_AT_SERVER: Final = "module_silent_at_server"


class ServerIssues(VehicleIssues[ServerLink]):
    """Keeps the repair issues of one vehicle at a server true while its entry is loaded."""

    silent_key = MODULE_SILENT_AT_SERVER

    def __init__(self, hass: HomeAssistant, entry: ServerVehicleConfigEntry) -> None:
        """Take the loaded entry whose vehicle is looked at."""
        super().__init__(hass, entry)
        self._link = entry.runtime_data.link

    @callback
    @override
    def _look(self) -> None:
        self._show(PARANOID, self._is_paranoid())
        super()._look()

    def _is_paranoid(self) -> bool | None:
        """Whether the module hides its messages; that it does not is known once one was read."""
        if self._link.paranoid:
            return True
        vehicle = self._entry.runtime_data.device
        return False if self._link.connected and vehicle.readings else None
