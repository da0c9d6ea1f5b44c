"""A charger as the integration has it, and one whose polls can be counted out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
import time
from types import MappingProxyType
from typing import Any, override
from unittest.mock import patch

import aiohttp
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.open_ev import const
from custom_components.open_ev.clients.openevse.charger import Charger, Pace
from custom_components.open_ev.clients.openevse.errors import NotAvailable
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.report import JsonObject
from custom_components.open_ev.coordinator import ChargerConfigEntry
from custom_components.open_ev.entries import charger as charger_entry

from .station import Station

# One look follows the other; each waits at the turnstile.
_AT_ONCE = Pace(idle=0, charging=0, alone_idle=0, alone_charging=0)


class Turnstile(Gateway):
    """Lets one poll pass at a time, once it is closed.

    It has no websocket: what a websocket tells before a poll would be less for the poll to do.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """Be open."""
        super().__init__(*arguments, **settings)
        self._closed = False
        self._there = asyncio.Event()
        self._next = asyncio.Event()
        self._began = 0.0
        self._took = 0.0

    async def close(self) -> None:
        """Let nobody pass any more, and wait until a poll stands in front."""
        self._closed = True
        await self._there.wait()

    def open(self) -> None:
        """Let everybody pass again."""
        self._closed = False
        self._next.set()

    async def poll(self) -> float:
        """Let one poll pass, and wait until all is done that comes of it and the next one stands in front.

        Returns the seconds of processor time of this thread, which is the event loop's, that this took.
        """
        self._there.clear()
        self._next.set()
        await self._there.wait()
        return self._took

    @override
    async def status(self) -> JsonObject:
        if self._closed:
            self._took = time.thread_time() - self._began
            self._there.set()
            await self._next.wait()
            self._next.clear()
            self._began = time.thread_time()
        return await super().status()

    @override
    async def websocket(self) -> aiohttp.ClientWebSocketResponse:
        raise NotAvailable("it would take work off the polls")


class ChargerInHome:
    """A charger's config entry."""

    def __init__(self, hass: HomeAssistant, station: Station) -> None:
        """Make the entry, as the config flow makes it."""
        self.hass = hass
        self.station = station
        self.entry: ChargerConfigEntry = ConfigEntry(
            data={
                const.CONF_KIND: const.Kind.CHARGER.value,
                CONF_URL: station.url,
                const.CONF_VERIFY_TLS: True,
            },
            discovery_keys=MappingProxyType({}),
            domain=const.DOMAIN,
            minor_version=1,
            options=None,
            source=SOURCE_USER,
            subentries_data=None,
            title="openevse",
            unique_id=station.url,
            version=1,
        )

    async def add(self) -> None:
        """Add it to Home Assistant, which reads all of it."""
        await self.hass.config_entries.async_add(self.entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.entry.reason

    async def remove(self) -> None:
        """Take it out of Home Assistant."""
        await self.hass.config_entries.async_remove(self.entry.entry_id)

    def entity_id(self, platform: Platform, key: str) -> str:
        """The entity with a key."""
        unique_id = self.entry.runtime_data.unique_id_of(key)
        found = er.async_get(self.hass).async_get_entity_id(platform, const.DOMAIN, unique_id)
        assert found is not None
        return found

    @property
    def enabled_entities(self) -> int:
        """How many entities have a state."""
        entries = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        return sum(entry.disabled_by is None for entry in entries)


@asynccontextmanager
async def charger_in_home(
    hass: HomeAssistant, station: Station, session: aiohttp.ClientSession
) -> AsyncGenerator[ChargerInHome]:
    """Have a charger in Home Assistant, as a user has it; its requests go through the given session."""
    with patch.object(charger_entry, "gateway_of", lambda *_: Gateway(session, station.url)):
        async with _in_home(hass, station) as charger:
            yield charger


@asynccontextmanager
async def counted_charger(
    hass: HomeAssistant, station: Station, session: aiohttp.ClientSession
) -> AsyncGenerator[tuple[ChargerInHome, Turnstile]]:
    """Have a charger in Home Assistant that is polled only when it is let."""
    turnstile = Turnstile(session, station.url)
    hurried = partial(Charger, pace=_AT_ONCE)
    with (
        patch.object(charger_entry, "gateway_of", lambda *_: turnstile),
        patch.object(charger_entry, "Charger", hurried),
    ):
        async with _in_home(hass, station) as charger:
            await turnstile.close()
            try:
                yield charger, turnstile
            finally:
                turnstile.open()


@asynccontextmanager
async def _in_home(hass: HomeAssistant, station: Station) -> AsyncGenerator[ChargerInHome]:
    charger = ChargerInHome(hass, station)
    await charger.add()
    try:
        yield charger
    finally:
        await charger.remove()
