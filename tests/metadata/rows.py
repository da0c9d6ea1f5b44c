"""Every row of the integration's tables, found by looking, so that no table can be forgotten."""

import asyncio
from collections.abc import Iterator
from functools import cache
import importlib
import pkgutil
from typing import Any

from custom_components.open_ev import descriptions
from custom_components.open_ev.clients.ovms.metrics import vehicle_metrics
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import VEHICLE_TYPES
from custom_components.open_ev.descriptions import Row, Rows
from custom_components.open_ev.descriptions.charge_point import charge_point_tables
from custom_components.open_ev.descriptions.charger import charger_tables
from custom_components.open_ev.descriptions.vehicle import vehicle_rows


def written() -> Iterator[Row[Any]]:
    """The rows that the modules of the tables hold."""
    for found in pkgutil.walk_packages(descriptions.__path__, f"{descriptions.__name__}."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, Row):
                yield value
            elif isinstance(value, tuple):
                yield from (each for each in value if isinstance(each, Row))


async def _made() -> tuple[Rows[Any], ...]:
    # A vehicle lives in an event loop.
    vehicles = [
        Vehicle(type_code=code, extra_metrics=vehicle_metrics(code) if code else ()) for code in ("", *VEHICLE_TYPES)
    ]
    return (
        *(vehicle_rows(vehicle, expose_location=True) for vehicle in vehicles),
        *(charger_tables(by_rapi=by_rapi) for by_rapi in (True, False)),
        charge_point_tables(),
    )


@cache
def made() -> tuple[Rows[Any], ...]:
    """The rows of devices of every type, with those that are made for the device."""
    return asyncio.run(_made())


def rows_of(rows: Rows[Any]) -> Iterator[Row[Any]]:
    """The rows of a device, whatever their platform."""
    for field in Rows.__dataclass_fields__:
        yield from getattr(rows, field)


@cache
def every_row() -> tuple[Row[Any], ...]:
    """Every row, once for each device that has it."""
    return (*written(), *(row for rows in made() for row in rows_of(rows)))


def platform_of(row: Row[Any]) -> str:
    """The platform of a row: that of the description of Home Assistant's which it is."""
    components = "homeassistant.components."
    [platform] = {
        kind.__module__.removeprefix(components).partition(".")[0]
        for kind in type(row).__mro__
        if kind.__module__.startswith(components)
    }
    return platform


def key_of(row: Row[Any]) -> str:
    """What texts and icons are found by."""
    return row.translation_key or row.key
