"""How integrations tell prices, and that the blueprint for the cheapest hours understands each of them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import JsonValueType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .automations import automated
from .dialog import uses_home_assistants_server
from .night import BLUEPRINT, MIDNIGHT, NIGHT, PRICE, QUARTER, charged_quarters, evening, hours, of

pytestmark = uses_home_assistants_server

type Row = dict[str, JsonValueType]


def iso(moment: datetime) -> str:
    """A moment as JSON has it."""
    return moment.isoformat()


FORMATS: dict[str, Callable[[], dict[str, object]]] = {
    "Nord Pool from HACS": lambda: {
        "raw_today": [{"start": start, "end": end, "value": value} for start, end, value in NIGHT[:24]],
        "raw_tomorrow": [{"start": start, "end": end, "value": value} for start, end, value in NIGHT[24:]],
        "today": [value for _, _, value in NIGHT[:24]],
    },
    "ENTSO-e": lambda: {
        "prices_today": [{"time": str(start), "price": value} for start, _, value in NIGHT[:24]],
        "prices": [{"time": str(start), "price": value} for start, _, value in NIGHT],
    },
    "EPEX Spot": lambda: {
        "data": [
            {"start_time": iso(start), "end_time": iso(end), "price_per_kwh": value} for start, end, value in NIGHT
        ]
    },
    "Amber": lambda: {
        "forecasts": [{"start_time": iso(start), "end_time": iso(end), "per_kwh": value} for start, end, value in NIGHT]
    },
    "Tibber by hand": lambda: {"prices": [{"startsAt": iso(start), "total": value} for start, _, value in NIGHT]},
    "quarters of an hour": lambda: {
        "data": [
            {"start": iso(start + QUARTER * part), "price": value} for start, _, value in NIGHT for part in range(4)
        ]
    },
    "gaps and nonsense": lambda: {
        "data": [
            {"start": None, "price": 0.01},
            {"start": "tomorrow", "price": 0.01},
            {"start": iso(MIDNIGHT + timedelta(hours=20)), "price": None},
            {"start": iso(MIDNIGHT + timedelta(hours=21)), "price": float("inf")},
            *({"start": iso(start), "price": str(value)} for start, _, value in NIGHT if start.hour not in {20, 21}),
        ],
        "options": ["a", "b"],
    },
}


@pytest.mark.parametrize("name", FORMATS)
async def test_lists_of_many_integrations_are_understood(hass: HomeAssistant, name: str) -> None:
    """They call the same by different names."""
    hass.states.async_set(PRICE, "0.3", FORMATS[name]())
    async with evening(hass, 19) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


def price_sensor(hass: HomeAssistant, domain: str, identifier: str, name: str) -> str:
    """The price sensor of an integration that lists no prices."""
    entry = MockConfigEntry(domain=domain)
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(domain, identifier)}, name=name
    )
    sensor = er.async_get(hass).async_get_or_create(
        "sensor", domain, identifier, config_entry=entry, device_id=device.id, suggested_object_id="price"
    )
    hass.states.async_set(sensor.entity_id, "0.3", {"friendly_name": f"{name} price"})
    assert sensor.entity_id == PRICE
    return entry.entry_id


def offer(hass: HomeAssistant, action: str, answer: Callable[[Mapping[str, Any]], ServiceResponse]) -> None:
    """Offer an action that answers."""
    domain, _, name = action.partition(".")

    async def handle(call: ServiceCall) -> ServiceResponse:
        return answer(call.data)

    hass.services.async_register(domain, name, handle, supports_response=SupportsResponse.ONLY)


async def test_nord_pool_is_asked(hass: HomeAssistant) -> None:
    """The integration of Home Assistant itself: for both days, in its price area."""
    entry_id = price_sensor(hass, "nordpool", "SE3", "Nord Pool SE3")

    def answer(asked: Mapping[str, Any]) -> ServiceResponse:
        assert asked["config_entry"] == entry_id
        rows: list[Row] = [
            {"start": iso(start), "end": iso(end), "price": value * 1000}
            for start, end, value in NIGHT
            if iso(start).startswith(asked["date"])
        ]
        others: list[Row] = [{**row, "price": 1.0 if "T19" in str(row["start"]) else 500.0} for row in rows]
        return {"SE3": list(rows), "SE4": list(others)}

    offer(hass, "nordpool.get_prices_for_date", answer)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


async def test_tibber_is_asked(hass: HomeAssistant) -> None:
    """The integration of Home Assistant itself: for the home of the sensor."""
    price_sensor(hass, "tibber", "home", "Lake House")

    def answer(asked: Mapping[str, Any]) -> ServiceResponse:
        begin, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
        rows: list[Row] = [{"start_time": iso(at), "price": value} for at, _, value in NIGHT if begin <= at < end]
        others: list[Row] = [{**row, "price": 0.001} for row in rows[20:24]]
        return {"prices": {"City": list(others), "Lake House": list(rows)}}

    offer(hass, "tibber.get_prices", answer)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 4) == hours(1)


async def test_an_integration_that_does_not_answer_is_no_reason_not_to_charge(hass: HomeAssistant) -> None:
    """Whoever has to drive in the morning does not care why."""
    price_sensor(hass, "nordpool", "SE3", "Nord Pool SE3")

    def refuse(_: Mapping[str, Any]) -> ServiceResponse:
        raise TimeoutError

    offer(hass, "nordpool.get_prices_for_date", refuse)
    async with evening(hass) as (time, station), automated(hass, BLUEPRINT, **of(station, hours=1)) as automation:
        assert await charged_quarters(time, station, automation, 9) == hours(6)
