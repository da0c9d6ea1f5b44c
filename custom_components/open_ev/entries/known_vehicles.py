"""Which vehicle is which: what a server tells of one, and whether it has a config entry already."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST

from ..clients.ovms.errors import LinkError
from ..clients.ovms.server import Mode, Server, ServerLink
from ..clients.ovms.vehicle import Vehicle
from ..clients.ovms.vehicle_types import VEHICLE_TYPES
from ..const import CONF_KIND, CONF_VEHICLE_ID, CONF_VEHICLE_TYPE, Kind
from .vehicle import reported_type

_VEHICLES = frozenset({Kind.VEHICLE_MQTT, Kind.VEHICLE_SERVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What can be told of a car; nothing of one whose module has never been there."""

    type_code: str | None = None
    vin: str | None = None

    @classmethod
    def of_entry(cls, entry: ConfigEntry) -> Self:
        """What an entry's car told last; its vehicle identification number is stored nowhere."""
        loaded = entry.state is ConfigEntryState.LOADED
        vin = entry.runtime_data.device.text("v.vin") if loaded else None
        return cls(type_code=entry.data.get(CONF_VEHICLE_TYPE), vin=vin)

    def is_other_than(self, known: Self) -> bool:
        """Whether this is certainly another car."""
        if self.vin and known.vin:
            return self.vin != known.vin
        return bool(self.type_code and known.type_code and self.type_code != known.type_code)

    def title(self, vehicle_id: str) -> str:
        """What the car is called at first."""
        vehicle_type = VEHICLE_TYPES.get(self.type_code or "")
        return vehicle_id if vehicle_type is None else f"{vehicle_type.name} {vehicle_id}"


async def look_at(server: Server) -> Seen:
    """Log in, and see what the server has stored of the car. Its module is not told.

    Raises:
        LinkError: whatever is in the way.
    """
    vehicle = Vehicle()
    link = ServerLink(vehicle, server=lambda: server, mode=Mode.ECONOMY)
    outcome: asyncio.Future[LinkError | None] = asyncio.get_running_loop().create_future()

    def changed(error: LinkError | None) -> None:
        if not outcome.done():
            outcome.set_result(error)

    running = asyncio.create_task(link.run(changed))
    either: tuple[asyncio.Future[Any], ...] = (running, outcome)
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        if (error := await outcome) is not None:
            raise error
        return Seen(type_code=reported_type(vehicle), vin=vehicle.text("v.vin"))
    finally:
        running.cancel()
        await asyncio.wait([running])
        vehicle.close()


def unique_id_at(host: str, vehicle_id: str) -> str:
    """What a vehicle is known by: each server has ids of its own."""
    return f"{vehicle_id}@{host}"


def entry_at(entries: Iterable[ConfigEntry], host: str, vehicle_id: str) -> ConfigEntry | None:
    """The entry of the vehicle that has this id at this server, today or when it was set up."""
    for entry in entries:
        today = (entry.data.get(CONF_HOST), entry.data.get(CONF_VEHICLE_ID)) == (host, vehicle_id)
        if today or entry.unique_id == unique_id_at(host, vehicle_id):
            return entry
    return None


def entry_with_vin(entries: Iterable[ConfigEntry], vin: str | None) -> ConfigEntry | None:
    """The entry of the car with this vehicle identification number, whatever link it has, as far as that is known now."""
    for entry in entries:
        if vin is not None and entry.data.get(CONF_KIND) in _VEHICLES and Seen.of_entry(entry).vin == vin:
            return entry
    return None
