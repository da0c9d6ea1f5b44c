"""How a controller is set by way of its gateway's /config: firmware 4.1.2 and later."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from . import rapi_commands as rapi
from .control import Sent
from .controller import service_level
from .errors import RapiError
from .gateway import Gateway
from .models import Check, ServiceLevel
from .parts import Part
from .report import Report

_CHECKS: Final = {
    Check.DIODE: "diode_check",
    Check.GFCI: "gfci_check",
    Check.GROUND: "ground_check",
    Check.RELAY: "relay_check",
    Check.VENT: "vent_check",
    Check.TEMPERATURE: "temp_check",
}
_LEVELS: Final = {ServiceLevel.AUTO: 0, ServiceLevel.LEVEL_1: 1, ServiceLevel.LEVEL_2: 2}
# Within which a gateway has heard what its controller made of it.
_MOMENTS: Final = (0.0, 0.25, 0.5, 1.0)


class Settings:
    """What a controller has stored.

    The gateway hands on only what is news to it, and it knows what it has read when it or the controller started, or changed
    itself. So what was changed behind its back it is told as it is, before it is told how it shall be.
    """

    def __init__(
        self, gateway: Gateway, report: Report, read_again: Callable[[Iterable[Part]], Awaitable[None]]
    ) -> None:
        """`read_again` reads parts of the report anew, and raises what stood in the way."""
        self._gateway = gateway
        self._report = report
        self._read_again = read_again

    async def set_service_level(self, level: ServiceLevel) -> Sent:
        """Choose the level, or have it found out."""
        await self._ask()
        truth = service_level(self._report)
        await self._store("service", _LEVELS[level], None if truth is None else _LEVELS[truth])
        return Sent(
            shows=lambda readings: readings.get("service_level") == level,
            parts=(Part.CONFIG,),
            questions=(rapi.GET_SETTINGS.text,),
        )

    async def set_check(self, check: Check, *, enabled: bool) -> Sent:
        """Make a safety check, or leave it out."""
        await self._ask()
        settings = self._report.controller.settings
        await self._store(_CHECKS[check], enabled, None if settings is None else settings.enabled(check))
        return Sent(
            shows=lambda readings: readings.get(f"check_{check}") is enabled,
            parts=(Part.CONFIG,),
            questions=(rapi.GET_SETTINGS.text,),
        )

    async def _ask(self) -> None:
        """Have the controller say how it is set; if it does not, what it said before has to do."""
        with suppress(RapiError):
            self._report.controller.settings = await self._gateway.run(rapi.GET_SETTINGS)

    async def _store(self, name: str, wanted: int, truth: int | None) -> None:
        if truth not in {None, wanted} and self._report.config.get(name) == wanted:
            await self._gateway.post("/config", {name: truth})
            await self._until(lambda: self._report.config.get(name) != wanted)
        await self._gateway.post("/config", {name: wanted})

    async def _until(self, heard: Callable[[], bool]) -> None:
        for pause in _MOMENTS:
            await asyncio.sleep(pause)
            await self._read_again((Part.CONFIG,))
            if heard():
                return
