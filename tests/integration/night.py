"""A night with prices of electricity, and when a charger charged in it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from simulators.openevse import Car

from .automations import Automation, Clock, clock
from .driveway import Station, installed
from .garage import eventually

BLUEPRINT = "charge_in_cheapest_hours"
PRICE = "sensor.price"
MIDNIGHT = datetime(2026, 11, 20, tzinfo=dt_util.get_time_zone("Europe/Berlin"))
QUARTER = timedelta(minutes=15)


def tariff(cheap: Mapping[int, float]) -> list[tuple[datetime, datetime, float]]:
    """Prices of two days, hour by hour: 0.30, but for the hours that are cheap."""
    hours = [MIDNIGHT + timedelta(hours=hour) for hour in range(48)]
    return [(hour, hour + timedelta(hours=1), cheap.get(hour.hour, 0.3)) for hour in hours]


NIGHT = tariff({22: 0.2, 1: 0.1, 2: 0.12, 3: 0.25})


def announce(hass: HomeAssistant, prices: list[tuple[datetime, datetime, float]], now: float = 0.3) -> None:
    """Have a price sensor whose integration lists its prices."""
    rows = [{"start": start, "end": end, "value": value} for start, end, value in prices]
    hass.states.async_set(PRICE, str(now), {"raw_today": rows[:24], "raw_tomorrow": rows[24:]})


@asynccontextmanager
async def evening(hass: HomeAssistant, hour: int = 16) -> AsyncGenerator[tuple[Clock, Station]]:
    """A charger with a car on it, shortly before a time of the evening at which the automation looks."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    start = MIDNIGHT + timedelta(hours=hour, minutes=59)
    with clock(hass, start) as time:
        async with installed(hass, start=start) as station:
            station.evse.plug_in(Car(capacity=200_000))
            station.evse.tick(5)
            await station.shows("vehicle_connected", "binary_sensor", "on")
            yield time, station


def of(station: Station, **more: object) -> dict[str, object]:
    """What a user fills in."""
    return {
        "price": PRICE,
        "charging": station.entity_id("charging_enabled", "switch"),
        "plugged_in": station.entity_id("vehicle_connected", "binary_sensor"),
        "progress": station.entity_id("session_time", "sensor"),
        **more,
    }


async def nothing() -> None:
    """Let a quarter of an hour of charging pass without more ado."""


async def a_quarter_of_charging(station: Station) -> None:
    """Let the charger charge for as long, and see it counted."""

    def minutes() -> float:
        return float(station.state("session_time", "sensor"))

    await station.looked()
    before = minutes()
    station.evse.tick(15 * 60)
    await eventually(lambda: minutes() > before + 14.9, "it is counted")


async def charged_quarters(
    time: Clock,
    station: Station,
    automation: Automation,
    until: int,
    *,
    after_each: Callable[[], Awaitable[None]] = nothing,
) -> list[str]:
    """Let the night pass, and note the quarters of an hour in which the charger charged, with what comes after each."""
    charged = []
    await time.forward(60)
    while dt_util.now().hour != until:
        await time.forward(5 * 60, step=300)
        await automation.rests()
        station.evse.tick(1)
        if station.evse.relay_closed:
            charged.append(f"{dt_util.now():%-H}:{dt_util.now().minute // 15 * 15:02}")
            await a_quarter_of_charging(station)
            await after_each()
        await time.forward(10 * 60, step=600)
    return charged


def hours(*begun: int) -> list[str]:
    """The quarters of some hours."""
    return [f"{hour}:{minute:02}" for hour in begun for minute in (0, 15, 30, 45)]
