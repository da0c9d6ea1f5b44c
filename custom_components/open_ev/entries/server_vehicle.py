"""The life of the config entry of a vehicle at an OVMS server (v2 protocol)."""

import asyncio
import random
from typing import override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed

from ..clients.ovms.errors import ConnectionRefused, LinkError
from ..clients.ovms.server import Mode, ServerLink, try_login
from ..clients.ovms.server_messages import CARRIED
from ..clients.ovms.vehicle import Aspect
from ..const import CONF_EXPOSE_LOCATION, CONF_MODE, DOMAIN
from ..coordinator import ServerVehicleConfigEntry, VehicleRuntime
from ..descriptions.vehicle import vehicle_rows
from ..issues.server import ServerIssues
from ..settings.server import server_error_key, server_of
from .vehicle import VehicleWatch, async_connect, make_vehicle

# A server that ends while somebody logs in looks like one that refuses. The link takes its time before it tries again.
REFUSALS_BEFORE_REAUTH = 2

# How soon a login that was refused when the entry was set up is tried again, and how seldom in the end: some servers lock
# out who comes again and again.
FIRST_KNOCK_SECONDS = 30.0
LAST_KNOCK_SECONDS = 3600.0


async def async_start_server_vehicle(hass: HomeAssistant, entry: ServerVehicleConfigEntry) -> None:
    """Connect a vehicle at a server, and keep it connected until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the server does not want the login in the entry. A person is asked for another one; the entry
            is set up again by itself should the server let us in after all.
        ConfigEntryNotReady: the server cannot be had now.
    """
    vehicle = make_vehicle(entry)
    link = ServerLink(
        vehicle,
        server=lambda: server_of(entry.data),
        mode=Mode(entry.options.get(CONF_MODE, Mode.AUTOMATIC)),
    )
    try:
        page = await async_connect(hass, entry, vehicle, ServerWatch(hass, entry), link.run)
    except ConfigEntryAuthFailed:
        _knock(hass, entry)
        raise
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


@callback
def _knock(hass: HomeAssistant, entry: ServerVehicleConfigEntry) -> None:
    """Look from time to time whether the server lets us in, until the entry is set up again, disabled or removed.

    A server that is away behind a proxy closes connections just as one does that refuses a login, and then there is nothing
    that a person could mend here.
    """
    knocking = hass.async_create_background_task(_until_let_in(hass, entry), f"{DOMAIN} login of {entry.title}")

    @callback
    def state_changed() -> None:
        if entry.state is not ConfigEntryState.SETUP_ERROR:
            knocking.cancel()

    # Not within that: who is called there must not forget itself.
    forget = entry.async_on_state_change(state_changed)
    knocking.add_done_callback(lambda _: forget())


async def _until_let_in(hass: HomeAssistant, entry: ServerVehicleConfigEntry) -> None:
    pause = FIRST_KNOCK_SECONDS
    while True:
        await asyncio.sleep(pause * random.uniform(0.7, 1.0))
        try:
            await try_login(server_of(entry.data))
        except ConnectionRefused:
            pause = min(pause * 2, LAST_KNOCK_SECONDS)
        except LinkError:
            # It is away, and who comes to nobody's door annoys nobody.
            pause = FIRST_KNOCK_SECONDS
        else:
            break
    hass.config_entries.async_schedule_reload(entry.entry_id)


class ServerWatch(VehicleWatch):
    """Follows a link to a server."""

    refusals_before_reauth = REFUSALS_BEFORE_REAUTH

    @property
    @override
    def _target(self) -> str:
        return f"the OVMS server of {super()._target}"

    @override
    def _is_refusal(self, error: LinkError) -> bool:
        return isinstance(error, ConnectionRefused)

    @override
    def _error_key(self, error: LinkError) -> str:
        return server_error_key(error)
