"""The life of the config entry of a vehicle at an OVMS server (v2 protocol)."""

from typing import override

from homeassistant.core import HomeAssistant

from .clients.ovms.errors import ConnectionRefused, LinkError
from .clients.ovms.server import Mode, ServerLink
from .clients.ovms.server_messages import CARRIED
from .clients.ovms.vehicle import Aspect
from .const import CONF_EXPOSE_LOCATION, CONF_MODE
from .coordinator import ServerVehicleConfigEntry, VehicleRuntime
from .descriptions.vehicle import vehicle_rows
from .server_issues import ServerIssues
from .server_settings import server_error_key, server_of
from .vehicle_entry import VehicleWatch, async_connect, make_vehicle

# A server that ends while somebody logs in looks like one that refuses. The link takes its time before it tries again.
REFUSALS_BEFORE_REAUTH = 2


async def async_start_server_vehicle(hass: HomeAssistant, entry: ServerVehicleConfigEntry) -> None:
    """Connect a vehicle at a server, and keep it connected until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the server does not want the login in the entry. It is not tried again until a person has
            looked at it, because servers block who is refused too often.
        ConfigEntryNotReady: the server cannot be had now.
    """
    vehicle = make_vehicle(entry)
    link = ServerLink(
        vehicle,
        server=lambda: server_of(entry.data),
        mode=Mode(entry.options.get(CONF_MODE, Mode.AUTOMATIC)),
    )
    page = await async_connect(hass, entry, vehicle, ServerWatch(hass, entry), link.run)
    entry.runtime_data = VehicleRuntime(
        device=vehicle,
        link=link,
        unique_id=str(entry.unique_id),
        device_info=page.info(),
        rows=vehicle_rows(
            vehicle,
            expose_location=entry.options.get(CONF_EXPOSE_LOCATION, True),
            carries=carries,
        ),
    )
    ServerIssues(hass, entry).start()


_CARRIED = CARRIED.union(Aspect)


def carries(name: str) -> bool:
    """Whether a server tells a metric or an aspect by itself; of the module's events it tells none."""
    return name in _CARRIED


class ServerWatch(VehicleWatch):
    """Follows a link to a server."""

    refusals_before_reauth = REFUSALS_BEFORE_REAUTH

    @property
    @override
    def _target(self) -> str:
        return f"the OVMS server of {self._entry.title}"

    @override
    def _is_refusal(self, error: LinkError) -> bool:
        return isinstance(error, ConnectionRefused)

    @override
    def _error_key(self, error: LinkError) -> str:
        return server_error_key(error)
