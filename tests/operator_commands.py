"""Which commands a simulated operator can be sent, whether it did them, and one that is down."""

import asyncio
from typing import Final

from simulators.cpo import Command, Cpo, Result, Version

# OCPI 2.1.1 has no command that cancels a reservation.
ASKED: Final = [
    (version, command)
    for version in Version
    for command in Command
    if (version, command) != (Version.V2_1_1, Command.CANCEL_RESERVATION)
]


def refusals(command: Command) -> list[Result]:
    """The results that say that a command was not done. That a reservation is cancelled is what giving it up is about."""
    granted = {Result.ACCEPTED}
    if command is Command.CANCEL_RESERVATION:
        granted.add(Result.CANCELED_RESERVATION)
    return [result for result in Result if result not in granted]


def is_done(cpo: Cpo, command: Command) -> bool:
    """Whether the operator did it."""
    match command:
        case Command.START_SESSION:
            return cpo.charging()
        case Command.STOP_SESSION | Command.UNLOCK_CONNECTOR:
            return not cpo.charging()
        case Command.RESERVE_NOW:
            return bool(cpo.reservations)
        case Command.CANCEL_RESERVATION:
            return not cpo.reservations


async def go_down(cpo: Cpo) -> None:
    """Refuse connections, and let who had one notice: what is sent on it may have arrived for all they know."""
    await cpo.refuse_connections()
    await asyncio.sleep(0.05)
