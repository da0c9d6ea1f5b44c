"""Two that speak to the same charger: neither takes the other for itself, nor anything away from it."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import Unconfirmed
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import CLIENTS, OTHER, OWN, client_number_of, client_slug
from simulators.openevse import Client, OpenEvse

from .conftest import QUICK, SOON, WITH_MANAGER, charges, look

managed = pytest.mark.parametrize("generation", WITH_MANAGER)

HERE, THERE = client_number_of("3f1c5d"), client_number_of("9b2e77")


@pytest.fixture
async def pair(session: aiohttp.ClientSession, evse: OpenEvse) -> AsyncGenerator[tuple[Charger, Charger]]:
    """The charger, as two of them see it."""
    chargers = [Charger(Gateway(session, evse.url), client=each, patience=SOON, pace=QUICK) for each in (HERE, THERE)]
    for charger in chargers:
        await charger.connect()
    yield chargers[0], chargers[1]
    for charger in chargers:
        await charger.close()


@managed
async def test_each_sees_whose_claim_it_is(pair: tuple[Charger, Charger], evse: OpenEvse) -> None:
    """One's own is the other's stranger."""
    here, there = pair
    evse.plug_in()
    await here.stop()
    await look(there)
    assert (here.text("claim"), here.text("why")) == (OWN, "by_home_assistant")
    assert (there.text("claim"), there.text("why")) == (OTHER, "by_other")
    assert [claim.who for claim in there.claims] == [OTHER]


@managed
async def test_who_leaves_takes_no_more_than_its_own(pair: tuple[Charger, Charger], evse: OpenEvse) -> None:
    """The other one's pause stays."""
    here, there = pair
    evse.plug_in()
    await here.stop()
    await there.set_current(8)
    assert evse.claims.keys() == {HERE, THERE}
    await there.close()
    assert evse.claims.keys() == {HERE}
    assert not charges(evse)
    await here.close()
    assert evse.claims == {}
    assert charges(evse)


@managed
async def test_nobody_is_overruled_by_an_equal(pair: tuple[Charger, Charger], evse: OpenEvse) -> None:
    """Whoever came first has the say, the other one is told so, and its wish does not come true later."""
    here, there = pair
    evse.plug_in()
    await here.stop()
    with pytest.raises(Unconfirmed) as caught:
        await there.start()
    assert caught.value.claim == OTHER
    assert not charges(evse)
    assert evse.claims.keys() == {HERE}
    await here.start()
    await here.set_current(10)
    with pytest.raises(Unconfirmed) as caught:
        await there.set_current(12)
    assert caught.value.claim == OTHER
    assert evse.pilot == 10
    assert evse.claims.keys() == {HERE}


@managed
async def test_both_pause(pair: tuple[Charger, Charger], evse: OpenEvse) -> None:
    """It is paused as long as one of them wants it."""
    here, there = pair
    evse.plug_in()
    await here.stop()
    await there.stop()
    await here.close()
    assert not charges(evse)
    await there.close()
    assert charges(evse)


def test_numbers() -> None:
    """The same each time, another for each, none of the firmware's own, and none that a path cannot name."""
    assert client_number_of("3f1c5d") == HERE
    numbers = {client_number_of(f"{number:032x}") for number in range(1000)}
    assert len(numbers) == 1000
    assert all(0x4000_0000 <= number <= 0x7FFF_FFFF and client_slug(number) == OTHER for number in numbers)
    assert numbers.isdisjoint(Client)
    assert CLIENTS[0] == OWN
