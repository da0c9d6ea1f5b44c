"""What is changed has to be known first: an answer that got lost is no reason to write over what is there."""

from datetime import time

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import BadAnswer
from simulators.openevse import OpenEvse

from .conftest import WITH_MANAGER, connected

CURRENT = 10


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_schedule_that_could_not_be_read(charger: Charger, evse: OpenEvse) -> None:
    """Its events would be overwritten by those of the timer, which have the same numbers."""
    schedule = [
        {"id": number, "state": "active", "time": f"0{number}:00:00", "days": ["monday"]} for number in (1, 2, 3)
    ]
    async with aiohttp.ClientSession() as somebody, somebody.post(f"{evse.url}/schedule", json=schedule):
        pass
    evse.knobs.paths = frozenset({"/schedule"})
    evse.knobs.cut_off = True
    with pytest.raises(BadAnswer):
        await charger.set_timer(time(22), time(6))
    evse.knobs.heal()
    async with aiohttp.ClientSession() as somebody, somebody.get(f"{evse.url}/schedule") as answer:
        assert await answer.json() == schedule


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_claim_from_before_that_could_not_be_read(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Its current is a part of it, and the car would take more."""
    evse.plug_in()
    async with connected(session, evse) as charger:
        await charger.set_current(CURRENT)
        evse.knobs.paths = frozenset({"/claims"})
        evse.knobs.cut_off = True
        async with connected(session, evse) as another:
            with pytest.raises(BadAnswer):
                await another.start()
        evse.knobs.heal()
        assert evse.pilot == CURRENT
