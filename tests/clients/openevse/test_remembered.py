"""What a gateway remembers of its controller, where that is not how it is any more."""

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import Unconfirmed
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Check, ServiceLevel
from custom_components.open_ev.clients.openevse.pace import Pace
from simulators.openevse import Generation, OpenEvse, RapiFault
from simulators.openevse.eeprom import LEVEL_2, Setting

from .conftest import QUICK, WITH_MANAGER, WITHOUT_MANAGER, asked_for, connected, look

BEFORE_NEWEST = tuple(generation for generation in WITH_MANAGER if generation is not Generation.HEAD)
BY_CONFIG = tuple(generation for generation in WITH_MANAGER if generation is not Generation.V4_1_0)
OFTEN = Pace(idle=30, charging=30, stored=0)


async def told(session: aiohttp.ClientSession, evse: OpenEvse, name: str) -> object:
    """What the gateway says in /status, or in /config."""
    gateway = Gateway(session, evse.url)
    return (await gateway.status() | await gateway.config())[name]


# The current


@pytest.mark.parametrize("generation", BEFORE_NEWEST)
async def test_a_current_that_the_controller_has_lowered(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """The gateway goes on telling what it has asked for."""
    evse.lower_current(8)
    assert await told(session, evse, "pilot") == 24
    async with connected(session, evse) as charger:
        assert charger.number("pilot") == 8


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_current_that_the_controller_does_not_take(charger: Charger, evse: OpenEvse) -> None:
    """The gateway says that it was asked for; that it is offered is not so."""
    evse.knobs.refused = ["SC"]
    with pytest.raises(Unconfirmed):
        await charger.set_current(10)
    assert evse.pilot == charger.number("pilot") == 24


@pytest.mark.parametrize("generation", WITHOUT_MANAGER)
async def test_a_current_before_the_gateway_has_looked(
    session: aiohttp.ClientSession, charger: Charger, evse: OpenEvse
) -> None:
    """It takes 12 s; the controller answers at once."""
    await charger.set_current(10)
    assert await told(session, evse, "pilot") != 10
    assert charger.number("pilot") == evse.pilot == 10


# How it is set


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_check_that_was_switched_behind_its_back(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """It shows as it is, and is switched: the gateway, which believes that it is so already, is told the truth before."""
    async with connected(session, evse, pace=OFTEN) as charger:
        evse.eeprom.switch(Setting.GROUND_OFF, on=True)
        assert await told(session, evse, "ground_check") is True
        await look(charger)
        assert charger.flag("check_ground") is False
        await charger.set_check(Check.GROUND, enabled=True)
        assert Setting.GROUND_OFF not in evse.eeprom.settings
        assert charger.flag("check_ground") is True


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_level_that_was_set_behind_its_back(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """The same with the service level, which decides how much current there may be."""
    async with connected(session, evse, pace=OFTEN) as charger:
        await charger.set_service_level(ServiceLevel.LEVEL_2)
        evse.eeprom.switch(Setting.LEVEL_2, on=False)
        await look(charger)
        assert charger.text("service_level") == ServiceLevel.LEVEL_1
        await charger.set_service_level(ServiceLevel.LEVEL_2)
        assert evse.eeprom.level == LEVEL_2
        assert charger.text("service_level") == ServiceLevel.LEVEL_2


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_check_that_is_so_already(charger: Charger, evse: OpenEvse) -> None:
    """Nothing is told but what is wanted."""
    posted = [request for request in evse.requests if request.method == "POST" and request.path == "/config"]
    await charger.set_check(Check.GROUND, enabled=True)
    now = [request for request in evse.requests if request.method == "POST" and request.path == "/config"]
    assert len(now) == len(posted) + 1


async def test_a_gateway_that_does_not_believe_it(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """What it is told is what is wanted all the same, and what comes of it is looked at."""
    async with connected(session, newest) as charger:
        newest.eeprom.switch(Setting.GROUND_OFF, on=True)
        newest.knobs.confirm = False
        with pytest.raises(Unconfirmed):
            await charger.set_check(Check.GROUND, enabled=True)
        assert charger.flag("check_ground") is False


async def test_what_was_sent_by_hand_is_looked_at(session: aiohttp.ClientSession) -> None:
    """Whoever sends RAPI need not wait until somebody asks."""
    async with OpenEvse(Generation.V4_2) as evse, connected(session, evse) as charger:
        assert charger.flag("check_ground") is True
        await charger.send_rapi("$FF G 0")
        await look(charger)
        assert charger.flag("check_ground") is False


async def test_an_answer_that_got_lost(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """What is stored is as before, though the gateway remembers something older; and it is asked for again."""
    evse.eeprom.switch(Setting.GROUND_OFF, on=True)
    async with connected(session, evse, pace=OFTEN) as charger:
        assert charger.flag("check_ground") is False
        evse.knobs.rapi_fault = RapiFault.TIMEOUT
        await look(charger)
        assert charger.flag("check_ground") is False
        evse.knobs.heal()
        evse.eeprom.switch(Setting.GROUND_OFF, on=False)
        await look(charger)
        assert charger.flag("check_ground") is True


# Who it is


@pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V2_9])
async def test_a_controller_that_was_silent_at_first(session: aiohttp.ClientSession, generation: Generation) -> None:
    """The gateway never learns its version, by which is known how to spare its EEPROM."""
    async with OpenEvse(generation, "4.5.1") as evse:
        evse.knobs.controller_absent = True
        evse.restart_gateway()
        evse.tick(6)
        evse.knobs.controller_absent = False
        assert await told(session, evse, "firmware") == "-"
        writes = evse.eeprom.writes
        async with connected(session, evse, pace=QUICK) as charger:
            assert charger.identity.controller_version == "D4.5.1"
            await charger.set_current(10)
        assert evse.pilot == 10
        assert evse.eeprom.writes == writes


# Who has the say


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_claim_that_ends_with_the_session(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """The gateway does not count that, and it is seen all the same."""
    evse.plug_in()
    evse.claim(20, auto_release=True)
    async with connected(session, evse) as charger:
        assert {claim.client for claim in charger.claims or ()} == {20}
        read = asked_for(evse, "/claims")
        evse.unplug()
        await look(charger)
        assert asked_for(evse, "/claims") > read
        assert not charger.claims
