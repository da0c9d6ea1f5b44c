"""A charger that was read once, without a Home Assistant that follows it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from homeassistant.const import Platform

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.descriptions import Row, Rows
from simulators.openevse import OpenEvse


@asynccontextmanager
async def unread(url: str = "http://127.0.0.1:9") -> AsyncGenerator[Charger]:
    """A charger that nothing is known of."""
    async with aiohttp.ClientSession() as session:
        charger = Charger(Gateway(session, url))
        yield charger
        await charger.close()


@asynccontextmanager
async def read(evse: OpenEvse) -> AsyncGenerator[Charger]:
    """What is known of a simulated charger now."""
    async with unread(evse.url) as charger:
        await charger.connect()
        yield charger


def each_row(rows: Rows[Charger]) -> dict[tuple[str, str], Row[Charger]]:
    """Every row by its platform and key."""
    tables: dict[str, tuple[Row[Charger], ...]] = {
        Platform.SENSOR: rows.sensors,
        Platform.BINARY_SENSOR: rows.binary_sensors,
        Platform.LOCK: rows.locks,
        Platform.SWITCH: rows.switches,
        Platform.NUMBER: rows.numbers,
        Platform.SELECT: rows.selects,
        Platform.TIME: rows.times,
        Platform.BUTTON: rows.buttons,
        Platform.EVENT: rows.events,
    }
    return {(platform, row.key): row for platform, table in tables.items() for row in table}
