"""A simulated charger on loopback, and its config entry in Home Assistant."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import charger as charger_entry_module
from simulators.openevse import Car, Generation, OpenEvse

from .garage import MOMENT, InHomeAssistant, eventually

SERIAL = "aabbccddee01"
SINCE_MANAGER = (
    Generation.V4_1_0,
    Generation.V4_1_7,
    Generation.V4_2,
    Generation.V5_0,
    Generation.V5_1,
    Generation.HEAD,
)
WITHOUT_MANAGER = (Generation.V2_7, Generation.V2_9, Generation.V3_3)

# The controller that was sold with a gateway of that time; what happens to be together in the field is the clients' matter.
CONTROLLERS = {
    Generation.V2_7: "4.12.3",
    Generation.V2_9: "5.0.1",
    Generation.V3_3: "7.1.3",
    Generation.V4_1_0: "7.1.3",
}

# Looks follow each other as fast as a test waits.
FAST = Pace(
    idle=0.05,
    charging=0.05,
    alone_idle=0.05,
    alone_charging=0.05,
    soon=0.0,
    again=0.02,
    first_retry=0.02,
    last_retry=0.05,
    refused=0.05,
    first_listening=0.05,
    last_listening=0.1,
    no_websocket=5.0,
)
BRIEFLY = 0.6


def charger_entry(evse: OpenEvse, **data: Any) -> MockConfigEntry:
    """The config entry of a charger."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="OpenEVSE",
        unique_id=evse.serial,
        data={"kind": "charger", "url": evse.url, "verify_tls": True, **data},
    )


@dataclass(frozen=True, kw_only=True)
class Station(InHomeAssistant):
    """A charger, and what Home Assistant has of it."""

    evse: OpenEvse

    @property
    def charger(self) -> Charger:
        """The client's charger, while the entry is loaded."""
        charger: Charger = self.entry.runtime_data.device
        return charger

    async def set_up(self) -> None:
        """Load the entry."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def looked(self) -> None:
        """Wait until the charger was looked at again, and everybody was told."""
        looks = self.looks
        # The look that is under way may have begun too soon.
        await eventually(lambda: self.looks >= looks + 2, "the charger was looked at")
        await self.hass.async_block_till_done()

    @property
    def looks(self) -> int:
        """How often /status was asked for."""
        return sum(request.path == "/status" and request.method == "GET" for request in self.evse.requests)


@asynccontextmanager
async def installed(
    hass: HomeAssistant,
    generation: Generation = Generation.V5_1,
    *,
    entry_data: dict[str, Any] | None = None,
    set_up: bool = True,
    pace: Pace = FAST,
    **settings: Any,
) -> AsyncGenerator[Station]:
    """Install a charger, and set its entry up. Its clock stands still unless it is pushed."""
    settings = {
        "controller": CONTROLLERS.get(generation, "8.2.3"),
        "serial": SERIAL,
        "zone": dt_util.get_default_time_zone(),
        **settings,
    }
    hurried = partial(Charger, pace=pace, patience=BRIEFLY)
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(charger_entry_module, "Charger", hurried))
        evse = await stack.enter_async_context(OpenEvse(generation, **settings))
        station = Station(hass=hass, evse=evse, entry=charger_entry(evse, **(entry_data or {})))
        try:
            if set_up:
                await station.set_up()
            yield station
        finally:
            if station.entry.state is ConfigEntryState.LOADED:
                assert await hass.config_entries.async_unload(station.entry.entry_id)
            await hass.async_block_till_done()


@asynccontextmanager
async def charging(hass: HomeAssistant, generation: Generation) -> AsyncGenerator[Station]:
    """A charger in the middle of a session."""
    async with installed(hass, generation, set_up=False, start=MOMENT) as station:
        station.evse.plug_in(Car(limit=16, capacity=40_000, soc=50))
        station.evse.tick(1800)
        await station.set_up()
        await eventually(lambda: station.charger.live or not generation.firmware.websocket, "it is listened to")
        await station.looked()
        yield station
