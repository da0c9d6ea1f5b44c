"""Bringing a car to a state that it reports, where some modules refuse what already is so."""

import logging

from .commands import Command
from .errors import Failed
from .vehicle import Vehicle

_LOGGER = logging.getLogger(__name__)


async def switch(vehicle: Vehicle, name: str, command: Command, *, on: bool) -> None:
    """Run a command that is to bring a vehicle to what a metric reports as on or off.

    Some modules refuse what already is so, and say of it no more than that it failed (firmware 3.3.006: charging and
    climate control of the e-Up, climate control of the Volt and of the newer Zoe). Nothing failed then. Not for what a
    PIN is asked for: a wrong one would pass for a right one.

    Raises:
        CommandError, LinkError: as for `Vehicle.send`.
    """
    try:
        await vehicle.send(command)
    except Failed:
        if not vehicle.online or vehicle.flag(name) is not on:
            raise
        # Not the module's words, which can hold what nobody else may read.
        _LOGGER.debug("%s is what was asked for, so it is no failure that the module refused", name)
