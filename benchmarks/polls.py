"""What it costs to look at a charger, and how long it takes until it has done what it was told."""

import asyncio
from collections.abc import Awaitable, Callable
import gc
import itertools
import json
import time
from typing import Any

import aiohttp
from homeassistant.const import ATTR_ENTITY_ID, EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from .charger import ChargerInHome, charger_in_home, counted_charger
from .figures import Figure, Unit, in_turns
from .home import home_assistant
from .station import Station, station

_POLLS = 20
_ROUNDS = 30
# What passes between two polls of a charger that charges.
_BETWEEN = "tick 10"
# Below this, something else is measured than a charger with all its enabled entities.
_FEWEST_ENTITIES = 20
_FEWEST_STATES = 3
_ORDERS = 40
_CURRENTS = (10, 12)
# Whoever claims (`/claims/<client>`): no client that the firmware knows.
_CLIENT = 70_000
_TIMEOUT = 30.0

type Look = Callable[[], Awaitable[float]]
"""Looks at a charger, and returns the seconds of processor time of the event loop that this took."""


async def polls() -> list[Figure]:
    """Measure polls, then controls."""
    async with home_assistant() as hass, station() as charger, station() as other:
        cost = await _cost(hass, charger)
        return [cost, *await _latency(hass, charger, other)]


async def _cost(hass: HomeAssistant, evse: Station) -> Figure:
    async with aiohttp.ClientSession() as session, counted_charger(hass, evse, session) as (charger, turnstile):

        async def get() -> float:
            began = time.thread_time()
            async with session.get(f"{evse.url}/status") as response:
                json.loads(await response.read())
            # The connection, which the charger does not keep, is closed in the next turn of the loop: of a poll, that is a part.
            await asyncio.sleep(0)
            return time.thread_time() - began

        await _check_states(charger, turnstile.poll)
        # A full collection takes 0.1 s here, because Home Assistant is large; in whose turn it falls would be chance.
        gc.collect()
        gc.freeze()
        values = await in_turns(
            _ROUNDS, {"floor": lambda: _one_of_many(evse, get), "poll": lambda: _one_of_many(evse, turnstile.poll)}
        )
        return Figure(
            name=f"processor time of a poll that charges, {charger.enabled_entities} enabled entities",
            unit=Unit.MICROSECONDS,
            measured=values["poll"],
            beside=values["floor"],
            beside_name="bare GET and json.loads",
            most_times=2,
        )


async def _one_of_many(evse: Station, look: Look) -> float:
    """Processor time of a look, of which each finds what passed since the last one."""
    seconds = 0.0
    for _ in range(_POLLS):
        await evse.tell(_BETWEEN)
        seconds += await look()
    return seconds / _POLLS


async def _check_states(charger: ChargerInHome, poll: Look) -> None:
    """See that a poll is one: that what the charger tells becomes states."""
    written = 0

    @callback
    def count(_: Event[EventStateChangedData]) -> None:
        nonlocal written
        written += 1

    remove = charger.hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    for _ in range(_POLLS):
        await charger.station.tell(_BETWEEN)
        await poll()
    remove()
    assert charger.enabled_entities >= _FEWEST_ENTITIES
    assert written >= _FEWEST_STATES * _POLLS, f"{written} states in {_POLLS} polls"


async def _latency(hass: HomeAssistant, evse: Station, other: Station) -> list[Figure]:
    async with aiohttp.ClientSession() as session, charger_in_home(hass, evse, session) as charger:
        switch = charger.entity_id(Platform.SWITCH, "charging_enabled")
        number = charger.entity_id(Platform.NUMBER, "charge_current")
        wishes, currents = itertools.cycle((False, True)), itertools.cycle(_CURRENTS)
        bare_wishes, bare_currents = itertools.cycle((False, True)), itertools.cycle(_CURRENTS)

        async def switch_it() -> float:
            wanted = next(wishes)
            action = "turn_on" if wanted else "turn_off"
            seconds = await _until_shown(hass, switch, "on" if wanted else "off", Platform.SWITCH, action)
            assert (await evse.tell("show")).startswith("charging" if wanted else "sleeping")
            return seconds

        async def set_it() -> float:
            wanted = next(currents)
            seconds = await _until_shown(hass, number, str(wanted), Platform.NUMBER, "set_value", value=wanted)
            assert f" of {wanted} A" in await evse.tell("show")
            return seconds

        async def switch_bare() -> float:
            return await _claim(session, other, state="active" if next(bare_wishes) else "disabled")

        async def set_bare() -> float:
            return await _claim(session, other, charge_current=next(bare_currents))

        switched = await in_turns(_ORDERS, {"bare": switch_bare, "entity": switch_it})
        was_set = await in_turns(_ORDERS, {"bare": set_bare, "entity": set_it})
        return [_order("switching", switched), _order("setting the current", was_set)]


def _order(what: str, values: dict[str, list[float]]) -> Figure:
    return Figure(
        name=f"from {what} to the effect, confirmed by the charger",
        unit=Unit.MILLISECONDS,
        measured=values["entity"],
        beside=values["bare"],
        beside_name="bare POST and GET",
        most=0.25,
    )


async def _until_shown(hass: HomeAssistant, entity_id: str, state: str, domain: str, action: str, **data: Any) -> float:
    """Seconds from an action to the state that follows from it, which an entity takes only from the charger."""
    shown = asyncio.Event()

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None and new.state == state:
            shown.set()

    remove = async_track_state_change_event(hass, [entity_id], look)
    began = time.perf_counter()
    async with asyncio.timeout(_TIMEOUT):
        await hass.services.async_call(domain, action, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True)
        await shown.wait()
    seconds = time.perf_counter() - began
    remove()
    return seconds


async def _claim(session: aiohttp.ClientSession, evse: Station, **wish: Any) -> float:
    """Seconds of the least that is needed: to claim, and to look at what came of it."""
    began = time.perf_counter()
    async with session.post(f"{evse.url}/claims/{_CLIENT}", json=wish) as response:
        await response.read()
    async with session.get(f"{evse.url}/status") as response:
        json.loads(await response.read())
    return time.perf_counter() - began
