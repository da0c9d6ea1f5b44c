"""A car whose simulated module talks to a simulated OVMS server, and its config entry in Home Assistant."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import itertools
from typing import Any, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.clients.ovms.vehicle_types import vehicle_type as type_of
from custom_components.open_ev.const import DOMAIN
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

from .garage import MOMENT, PIN, Car, eventually

PASSWORD = "server-secret"
VEHICLE_ID = "DEMO1"

_BEATS = itertools.count(1000)


def server_entry(
    server: OvmsServer,
    vehicle_type: str | None = "VWEG",
    *,
    vehicle_id: str = VEHICLE_ID,
    password: str = PASSWORD,
    options: Mapping[str, Any] | None = None,
    **data: Any,
) -> MockConfigEntry:
    """The config entry of a vehicle at a server, with the vehicle's own login."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"{type_of(vehicle_type).name} {vehicle_id}",
        unique_id=f"{vehicle_id}@{server.host}",
        data={
            "kind": "vehicle_server",
            "host": server.host,
            "port": server.port,
            "tls": False,
            "verify_tls": True,
            "vehicle_id": vehicle_id,
            "password": password,
            "vehicle_type": vehicle_type,
            **data,
        },
        options=options or {},
    )


@dataclass(frozen=True, kw_only=True)
class ServerCar(Car):
    """A module at a server, and what Home Assistant has of it."""

    server: OvmsServer
    link: ServerV2

    @override
    async def set_up(self) -> None:
        """Load the entry, and wait until everything that the module has told is there."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        if self.link.connected:
            await self.settled()
        await self.hass.async_block_till_done()

    @override
    async def settled(self) -> None:
        """Have the module send all it knows, and wait until the last of it has arrived."""
        await self.link.send_all()
        # One connection keeps its order: what is sent last arrives last.
        beat = next(_BEATS)
        await self.module.set("v.p.trip", beat)
        self.link.schedule.send_all()
        await eventually(lambda: self.vehicle.number("v.p.trip") == beat, "the module was heard")
        await self.hass.async_block_till_done()


def server_module(
    server: OvmsServer, vehicle_type: str = "VWEG", vehicle_id: str = VEHICLE_ID, **settings: Any
) -> OvmsModule:
    """A car's module without a broker, whose clock stands still unless it is pushed; it knows no server yet."""
    module = OvmsModule(
        vehicle_type=vehicle_type, vehicle_id=vehicle_id, pin=PIN, **{"speed": 0, "start": MOMENT, **settings}
    )
    module.config["auto", "server.v3"] = "no"
    return module


@asynccontextmanager
async def at_server(
    hass: HomeAssistant,
    server: OvmsServer,
    vehicle_type: str = "VWEG",
    *,
    vehicle_id: str = VEHICLE_ID,
    entry: MockConfigEntry | None = None,
    owner: str = "",
    module: OvmsModule | None = None,
    boot: bool = True,
    set_up: bool = True,
    **module_settings: Any,
) -> AsyncGenerator[ServerCar]:
    """Park a car: connect its module to a server that knows it, and set its entry up."""
    record = server.add_vehicle(vehicle_id, PASSWORD, owner=owner)
    module = module or server_module(server, vehicle_type, vehicle_id, **module_settings)
    link = ServerV2(module, server.port, host=server.host, password=PASSWORD)
    car = ServerCar(
        hass=hass,
        server=server,
        module=module,
        link=link,
        entry=entry or server_entry(server, vehicle_type, vehicle_id=vehicle_id),
    )
    async with AsyncExitStack() as stack:
        stack.push_async_exit(module)
        try:
            if boot:
                await module.boot()
                await eventually(lambda: "Y" in record.messages, "the server has all of it")
            if set_up:
                await car.set_up()
            yield car
        finally:
            if car.entry.state is ConfigEntryState.LOADED:
                assert await hass.config_entries.async_unload(car.entry.entry_id)
            await hass.async_block_till_done()
