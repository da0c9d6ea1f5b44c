"""What can be done in two ways is done in the one that is chosen."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import NotAvailable
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Habits, Mode
from simulators.openevse import OpenEvse

from .conftest import QUICK, SOON, WITH_MANAGER, WITHOUT_MANAGER, charges

SLEEPING, DISABLED = 254, 255

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)


@asynccontextmanager
async def used_to(session: aiohttp.ClientSession, evse: OpenEvse, habits: Habits) -> AsyncGenerator[Charger]:
    """A charger with a car, and habits."""
    evse.plug_in()
    charger = Charger(Gateway(session, evse.url), habits=habits, patience=SOON, pace=QUICK)
    await charger.connect()
    try:
        yield charger
    finally:
        await charger.close()


@unmanaged
@pytest.mark.parametrize(("disabled", "state"), [(True, DISABLED), (False, SLEEPING)])
async def test_how_a_charger_pauses(session: aiohttp.ClientSession, evse: OpenEvse, disabled: bool, state: int) -> None:
    """In both ways the car charges on afterwards."""
    async with used_to(session, evse, Habits(pauses_disabled=disabled)) as charger:
        for _ in range(2):
            await charger.stop()
            assert (evse.state, charges(evse)) == (state, False)
            await charger.start()
            assert charges(evse)
        await charger.set_mode(Mode.OFF)
        assert evse.state == state


@managed
async def test_how_long_a_mode_counts(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Until the car leaves, unless it is said otherwise."""
    async with used_to(session, evse, Habits(until_unplugged=True)) as charger:
        await charger.set_mode(Mode.OFF)
        assert not charges(evse)
        evse.unplug()
        evse.plug_in()
        assert charges(evse)
        if not evse.generation.firmware.releases_override:
            await charger.set_mode(Mode.OFF, until_unplugged=False)
            evse.unplug()
            evse.plug_in()
            assert not charges(evse)


@unmanaged
async def test_a_mode_that_nobody_forgets(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """A controller without a manager cannot have that habit; asked for by itself, it is refused."""
    async with used_to(session, evse, Habits(until_unplugged=True)) as charger:
        await charger.set_mode(Mode.OFF)
        assert not charges(evse)
        with pytest.raises(NotAvailable):
            await charger.set_mode(Mode.ON, until_unplugged=True)
        assert not charges(evse)
