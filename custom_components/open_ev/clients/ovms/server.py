"""The link to a vehicle whose module talks to an OVMS server (v2 protocol)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from .errors import LinkError
from .server_login import PLAIN_PORT, TLS_PORT, AccountLogin, ClientKind, Login, Server, VehicleLogin, Welcome
from .server_session import Session, find_vehicles, session, try_login
from .vehicle import Vehicle

__all__ = [
    "PLAIN_PORT",
    "TLS_PORT",
    "AccountLogin",
    "Login",
    "Mode",
    "Server",
    "ServerLink",
    "VehicleLogin",
    "Welcome",
    "find_vehicles",
    "try_login",
]


class Mode(StrEnum):
    """How closely a vehicle is followed; it decides how much mobile data the module spends."""

    AUTOMATIC = "automatic"
    """Closely while it is on, charging or awake, and for five minutes after the user did something."""
    LIVE = "live"
    ECONOMY = "economy"


class ServerLink:
    """Feeds a vehicle from a server and carries its commands, for as long as `run` runs."""

    def __init__(self, vehicle: Vehicle, *, server: Callable[[], Server], mode: Mode = Mode.AUTOMATIC) -> None:
        """`server` is asked before each try, so that changed settings count at once."""
        self._vehicle = vehicle
        self._server = server
        self._mode = mode
        self._session: Session | None = None
        self.paranoid = False
        vehicle.attach(self)

    @property
    def connected(self) -> bool:
        """Whether the server has let us in."""
        return self._session is not None

    async def run(self, on_change: Callable[[LinkError | None], None]) -> None:
        """Connect, and connect again, until cancelled.

        `on_change` is called with None when the link came up, and with the error after each try or connection that ended.
        """
        while True:
            try:
                async with session(self._server(), ClientKind.APP) as self._session:
                    self._vehicle.report_link()
                    on_change(None)
                    await self._session.run(lambda _: None)
            except LinkError as error:
                self._session = None
                on_change(error)
            await asyncio.sleep(3)

    async def execute(self, line: str, *, timeout: float, careful: bool) -> str:
        """Run one line on the module and return its answer."""
        raise LinkError("not connected")

    async def request(self, names: Iterable[str]) -> None:
        """Have the module send its metrics again; it sends all that the protocol carries, whatever the names."""
        raise LinkError("not connected")

    async def read_config(self, param: str, instance: str) -> str:
        """Ask the module for one value of its configuration."""
        raise LinkError("not connected")

    async def list_metrics(self) -> Mapping[str, str]:
        """Ask the module for all of its metrics: name to text with unit."""
        raise LinkError("not connected")
