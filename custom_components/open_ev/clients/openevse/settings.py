"""How a controller is set by way of its gateway's /config: firmware 4.1.2 and later."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from .control import Sent
from .controller import NEW_NAMES, calibration, service_level
from .errors import OpenEvseError
from .gateway import Gateway
from .models import Check, ServiceLevel
from .parts import Part
from .questions import AMMETER, SETTINGS, Question
from .rapi_results import Calibration
from .report import JsonObject, Report

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
        truth = service_level(self._report) if await self._answers(SETTINGS) else None
        await self._store({"service": _LEVELS[level]}, None if truth is None else {"service": _LEVELS[truth]})
        return Sent(
            shows=lambda readings: readings.get("service_level") == level,
            parts=(Part.CONFIG,),
            questions=(SETTINGS.text,),
        )

    async def set_check(self, check: Check, *, enabled: bool) -> Sent:
        """Make a safety check, or leave it out."""
        name = NEW_NAMES[check]
        settings = self._report.controller.settings if await self._answers(SETTINGS) else None
        await self._store({name: enabled}, None if settings is None else {name: settings.enabled(check)})
        return Sent(
            shows=lambda readings: readings.get(f"check_{check}") is enabled,
            parts=(Part.CONFIG,),
            questions=(SETTINGS.text,),
        )

    async def calibrate(self, scale: int, offset: int) -> Sent:
        """Say what the ammeter's readings are multiplied with, and what is then added in mA."""
        told = self._report.controller.ammeter if await self._answers(AMMETER) else None
        truth: JsonObject | None = None if told is None else {"scale": told.scale, "offset": told.offset}
        await self._store({"scale": scale, "offset": offset}, truth)
        return Sent(
            shows=lambda _: calibration(self._report) == Calibration(scale, offset),
            parts=(Part.CONFIG,),
            questions=(AMMETER.text,),
        )

    async def _answers(self, question: Question) -> bool:
        """Have the controller say how it is set. It need not, and what it said before may be true no more."""
        with suppress(OpenEvseError):
            await question.ask(self._gateway, self._report)
            return True
        return False

    async def _store(self, wanted: JsonObject, truth: JsonObject | None) -> None:
        if truth not in (None, wanted) and self._told(wanted) == wanted:
            await self._gateway.post("/config", truth)
            await self._until(lambda: self._told(wanted) != wanted)
        await self._gateway.post("/config", wanted)

    def _told(self, names: Iterable[str]) -> JsonObject:
        return {name: self._report.config.get(name) for name in names}

    async def _until(self, heard: Callable[[], bool]) -> None:
        for pause in _MOMENTS:
            await asyncio.sleep(pause)
            await self._read_again((Part.CONFIG,))
            if heard():
                return
