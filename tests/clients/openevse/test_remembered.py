"""What a gateway remembers of its controller, where that is not how it is any more."""

from dataclasses import replace

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
    before = told_to(evse)
    await charger.set_check(Check.GROUND, enabled=True)
    assert told_to(evse) == before + 1


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


# What the gateway has told since


@pytest.mark.parametrize("generation", WITH_MANAGER)
async def test_a_current_while_the_controller_is_not_to_be_asked(charger: Charger, evse: OpenEvse) -> None:
    """What the gateway has told anew is believed, and an order that it follows is confirmed."""
    evse.knobs.rapi_fault = RapiFault.TIMEOUT
    await charger.set_current(10)
    assert evse.pilot == charger.number("pilot") == 10
    evse.restart_gateway()
    await look(charger)
    assert evse.pilot == charger.number("pilot") == 24


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_check_while_the_controller_is_not_to_be_asked(
    session: aiohttp.ClientSession, charger: Charger, evse: OpenEvse
) -> None:
    """Somebody has switched it off; that it is on again is not believed because it was on before."""
    evse.knobs.rapi_fault = RapiFault.TIMEOUT
    await Gateway(session, evse.url).post("/config", {"ground_check": False})
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.set_check(Check.GROUND, enabled=True)
    assert charger.flag("check_ground") is False
    evse.knobs.confirm = True
    await charger.set_check(Check.GROUND, enabled=True)
    assert charger.flag("check_ground") is True


@pytest.mark.parametrize("generation", BY_CONFIG)
@pytest.mark.parametrize("name", ["bad_checksum", "bad_sequence"])
async def test_a_check_with_answers_that_cannot_be_used(charger: Charger, evse: OpenEvse, name: str) -> None:
    """It is switched by another way."""
    setattr(evse.knobs, name, True)
    await charger.set_check(Check.DIODE, enabled=False)
    assert Setting.DIODE_OFF in evse.eeprom.settings
    assert charger.flag("check_diode") is False


async def test_an_old_truth_is_not_told(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """The check was off and is on by now, and whoever does not know that must not switch it off to begin with."""
    newest.eeprom.switch(Setting.GROUND_OFF, on=True)
    async with connected(session, newest) as charger:
        newest.eeprom.switch(Setting.GROUND_OFF, on=False)
        newest.knobs.rapi_fault = RapiFault.TIMEOUT
        before = told_to(newest)
        with pytest.raises(Unconfirmed):
            await charger.set_check(Check.GROUND, enabled=True)
        assert told_to(newest) == before + 1
        assert Setting.GROUND_OFF not in newest.eeprom.settings


async def test_faults_while_the_controller_is_not_to_be_asked(session: aiohttp.ClientSession) -> None:
    """The gateway counts them."""
    async with OpenEvse(Generation.V4_2, "9.0.1") as evse, connected(session, evse) as charger:
        evse.knobs.rapi_fault = RapiFault.TIMEOUT
        evse.fault(6)
        await look(charger)
        assert charger.number("gfci_faults") == 1


@pytest.mark.parametrize("generation", [Generation.V2_9, Generation.V3_3, Generation.V4_1_0, Generation.V4_1_7])
async def test_a_total_that_grows_past_what_it_was(charger: Charger, evse: OpenEvse) -> None:
    """What the controller said after it was reset is not true for ever."""
    evse.plug_in()
    evse.tick(3600)
    evse.unplug()
    await look(charger)
    before = charger.number("total_energy")
    assert before
    await charger.reset_energy()
    assert charger.number("total_energy") == 0
    for watt_hours in (round(before * 1000) - 1, round(before * 1000), round(before * 1000) + 1):
        evse.say(watthour=watt_hours, total_energy=watt_hours / 1000)
        await look(charger)
        assert charger.number("total_energy") == pytest.approx(watt_hours / 1000, abs=0.002)


@pytest.mark.parametrize("generation", BY_CONFIG)
async def test_a_calibration_by_others(session: aiohttp.ClientSession, charger: Charger, evse: OpenEvse) -> None:
    """It is told; and one behind the gateway's back is found when it is set."""
    await Gateway(session, evse.url).post("/config", {"scale": 230, "offset": 5})
    await look(charger)
    assert charger.details()["ammeter_scale"] == 230
    evse.eeprom.scale, evse.eeprom.offset = 240, 6
    await charger.calibrate(230, 5)
    assert (evse.eeprom.scale, evse.eeprom.offset) == (230, 5)
    assert charger.details()["ammeter_offset"] == 5


async def test_nothing_waits_for_ever_because_of_commands_by_hand(session: aiohttp.ClientSession) -> None:
    """After each of them all is asked for again, and only some of it at a time."""
    async with OpenEvse(Generation.V2_9) as evse, connected(session, evse) as charger:
        asked = len(evse.rapi)
        for colour in range(6):
            await charger.send_rapi(f"$FB {colour}")
            await look(charger)
        assert {"$GC", "$GD", "$GE", "$GT", "$GU", "$GA"} <= set(evse.rapi[asked:])


async def test_a_question_by_hand_changes_nothing(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """So nothing is asked for because of it."""
    async with connected(session, newest) as charger:
        asked = len(newest.rapi)
        await charger.send_rapi("$GP")
        await look(charger)
        assert newest.rapi[asked:] == ["$GP"]


def told_to(evse: OpenEvse) -> int:
    """How often it was told settings."""
    return sum(request.method == "POST" and request.path == "/config" for request in evse.requests)


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
        async with connected(session, evse, pace=replace(QUICK, question=0)) as charger:
            assert charger.identity.controller_version == "D4.5.1"
            evse.knobs.rapi_fault = RapiFault.TIMEOUT
            for _ in range(4):
                await look(charger)
                assert charger.identity.controller_version == "D4.5.1"
            evse.knobs.heal()
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
