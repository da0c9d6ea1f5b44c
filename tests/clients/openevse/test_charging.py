"""What is asked for of charging, and what the simulated charger then does."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import InvalidArgument, NotAvailable, Unconfirmed
from custom_components.open_ev.clients.openevse.models import OWN_CLIENT, Mode
from simulators.openevse import Generation, OpenEvse

from .conftest import WITH_MANAGER, WITHOUT_MANAGER, charges, connected, look

MANUAL = 65537
DIVERT = 65538
OCPP = 65545
SHAPER = 65548

SLEEPING, DISABLED = 254, 255

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)


# Start and stop


async def test_stop_and_start(charger: Charger, evse: OpenEvse) -> None:
    """The relay follows, and stays so: what a gateway undoes, it undoes within seconds."""
    evse.plug_in()
    assert charges(evse)
    await charger.stop()
    assert (evse.state, charges(evse)) == (SLEEPING, False)
    assert (charger.flag("active"), charger.flag("charging"), charger.text("state")) == (False, False, "sleeping")
    evse.tick(10)
    assert not charges(evse)
    await charger.start()
    assert charges(evse)
    assert (charger.flag("active"), charger.text("state")) == (True, "charging")
    evse.tick(10)
    assert charges(evse)


async def test_nothing_is_stored_by_it(charger: Charger, evse: OpenEvse) -> None:
    """The EEPROM wears."""
    evse.plug_in()
    writes = evse.eeprom.writes
    await charger.stop()
    await charger.start()
    await charger.set_current(10)
    assert evse.eeprom.writes == writes


async def test_starting_without_a_car(charger: Charger, evse: OpenEvse) -> None:
    """It is ready for one."""
    await charger.stop()
    await charger.start()
    assert (evse.state, charger.flag("active")) == (1, True)
    assert charger.text("why") == "no_vehicle"


@unmanaged
async def test_cars_that_do_not_wake_from_sleep(charger: Charger, evse: OpenEvse) -> None:
    """3.3 has a setting for them."""
    charger.config["pause_uses_disabled"] = True
    evse.plug_in()
    await charger.stop()
    assert evse.state == DISABLED
    assert charger.text("state") == "disabled"


@managed
async def test_a_claim_of_our_own(charger: Charger, evse: OpenEvse) -> None:
    """It stays when the car leaves, and is given up in the end."""
    evse.plug_in()
    await charger.stop()
    claim = evse.claims[OWN_CLIENT]
    assert (claim.priority, claim.properties.state, claim.properties.auto_release) == (500, "disabled", False)
    assert charger.text("claim") == "own"
    assert charger.text("why") == "by_home_assistant"
    assert charger.text("mode") == "auto"
    evse.unplug()
    evse.plug_in()
    assert not charges(evse)
    await charger.close()
    assert evse.claims == {}
    assert charges(evse)


@managed
async def test_a_claim_from_before(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """Who was killed has left one behind, which is ours again."""
    evse.claim(OWN_CLIENT, state="disabled", charge_current=12)
    async with connected(session, evse) as charger:
        await charger.start()
        assert evse.claims[OWN_CLIENT].properties.charge_current == 12
    assert evse.claims == {}


@managed
async def test_a_gateway_that_has_forgotten_it(charger: Charger, evse: OpenEvse) -> None:
    """What was asked for before is not asked for again by the way."""
    evse.plug_in()
    await charger.stop()
    evse.restart_gateway()
    assert charges(evse)
    await charger.set_current(8)
    assert evse.claims[OWN_CLIENT].properties.state is None
    assert charges(evse)
    evse.restart_gateway()
    await charger.close()
    assert evse.claims == {}


@managed
@pytest.mark.parametrize(("client", "priority", "who"), [(MANUAL, 1000, "manual"), (OCPP, 1050, "ocpp")])
async def test_somebody_elses_claim_is_not_fought(
    charger: Charger, evse: OpenEvse, client: int, priority: int, who: str
) -> None:
    """It is said who has the say, and what was asked for does not come true later."""
    evse.plug_in()
    evse.claim(client, priority, state="active")
    with pytest.raises(Unconfirmed) as caught:
        await charger.stop()
    assert (caught.value.what, caught.value.claim) == ("stop", who)
    assert charges(evse)
    assert charger.flag("active") is True
    evse.release(client)
    evse.tick(5)
    assert charges(evse)
    assert OWN_CLIENT not in evse.claims


@managed
async def test_what_was_asked_for_before_stays_when_more_cannot_be_had(charger: Charger, evse: OpenEvse) -> None:
    """The claim goes back to what it was."""
    await charger.set_current(10)
    evse.claim(OCPP, 1050, state="active")
    with pytest.raises(Unconfirmed):
        await charger.stop()
    claim = evse.claims[OWN_CLIENT].properties
    assert (claim.state, claim.charge_current) == (None, 10)


@managed
async def test_the_button_overrules(charger: Charger, evse: OpenEvse) -> None:
    """Whoever stands in front of it."""
    evse.plug_in()
    await charger.stop()
    evse.press_button()
    assert charges(evse)
    await look(charger)
    assert (charger.text("claim"), charger.text("mode"), charger.flag("active")) == ("manual", "on", True)


@managed
async def test_divert_is_overruled(charger: Charger, evse: OpenEvse) -> None:
    """Who asks for a charge does not want to wait for the sun."""
    evse.plug_in()
    evse.claim(DIVERT, 10, state="disabled")
    await look(charger)
    assert charger.text("why") == "by_divert"
    await charger.start()
    assert charges(evse)
    await charger.set_mode(Mode.AUTO)
    assert not charges(evse)


# Without claims: 4.0


@pytest.fixture
async def first_manager(session: aiohttp.ClientSession) -> AsyncGenerator[tuple[Charger, OpenEvse]]:
    """A charger of 4.0, whose manager does not know claims yet."""
    async with OpenEvse(Generation.V4_1_0, "7.1.3") as evse:
        evse.say(status=None)
        async with connected(session, evse) as charger:
            yield charger, evse


async def test_a_manager_without_claims(first_manager: tuple[Charger, OpenEvse]) -> None:
    """An override stands in for one, and is given up in the end."""
    charger, evse = first_manager
    evse.plug_in()
    await charger.stop()
    assert evse.claims.keys() == {MANUAL}
    assert not charges(evse)
    assert (charger.text("mode"), charger.text("why")) == ("off", "by_override")
    await charger.set_current(9)
    assert evse.pilot == 9
    assert not charges(evse)
    await charger.start()
    assert charges(evse)
    assert evse.pilot == 9
    await charger.close()
    assert evse.claims == {}


async def test_an_override_of_somebody_else_stays(first_manager: tuple[Charger, OpenEvse]) -> None:
    """Only ours is given up."""
    charger, evse = first_manager
    evse.press_button()
    await look(charger)
    await charger.close()
    assert evse.claims.keys() == {MANUAL}


async def test_an_override_that_is_taken_back(first_manager: tuple[Charger, OpenEvse]) -> None:
    """What does not come true is taken back to what it was, and that is nothing."""
    charger, evse = first_manager
    evse.claim(OCPP, 1050, state="active")
    evse.plug_in()
    with pytest.raises(Unconfirmed):
        await charger.stop()
    assert evse.claims.keys() == {OCPP}


# The three buttons


@managed
@pytest.mark.parametrize("until_unplugged", [True, False])
async def test_modes_of_a_manager(charger: Charger, evse: OpenEvse, until_unplugged: bool) -> None:
    """They are the charger's own, so they overrule claims, and what its pages show is what was chosen."""
    evse.plug_in()
    await charger.set_mode(Mode.OFF, until_unplugged=until_unplugged)
    assert not charges(evse)
    assert (charger.text("mode"), charger.text("why")) == ("off", "by_override")
    # Up to 4.1.7 an override never outlasts the car.
    always = evse.generation in {Generation.V4_1_0, Generation.V4_1_7}
    assert evse.claims[MANUAL].properties.auto_release is (until_unplugged or always)
    evse.claim(99, state="disabled")
    await charger.set_mode(Mode.ON)
    assert charges(evse)
    assert charger.text("mode") == "on"
    evse.release(99)
    await charger.set_mode(Mode.AUTO)
    assert evse.claims == {}
    assert charger.text("mode") == "auto"
    await charger.set_mode(Mode.AUTO)
    assert charger.text("mode") == "auto"


@managed
async def test_automatic_takes_back_what_we_have_asked_for(charger: Charger, evse: OpenEvse) -> None:
    """And what the button has; the current stays."""
    evse.plug_in()
    await charger.set_current(11)
    await charger.stop()
    evse.press_button()
    await charger.set_mode(Mode.AUTO)
    assert evse.claims.keys() == {OWN_CLIENT}
    assert evse.claims[OWN_CLIENT].properties.state is None
    assert charges(evse)
    assert evse.pilot == 11


@managed
async def test_a_mode_keeps_the_current_of_an_override(charger: Charger, evse: OpenEvse) -> None:
    """The charger's own pages can set one."""
    evse.claim(MANUAL, 1000, charge_current=13)
    await charger.set_mode(Mode.ON)
    assert evse.claims[MANUAL].properties.charge_current == 13


@managed
async def test_a_switch_after_a_mode_of_ours(charger: Charger, evse: OpenEvse) -> None:
    """Both are what the same person asks for, by two names; the button's is somebody else's."""
    evse.plug_in()
    await charger.set_mode(Mode.OFF)
    await charger.start()
    assert charges(evse)
    assert charger.text("mode") == "on"
    await charger.stop()
    assert not charges(evse)
    await charger.set_mode(Mode.AUTO)
    evse.press_button()
    assert not charges(evse)
    with pytest.raises(Unconfirmed):
        await charger.start()
    assert not charges(evse)


@unmanaged
async def test_modes_without_a_manager(charger: Charger, evse: OpenEvse) -> None:
    """On and automatic are the same, until there is a timer."""
    evse.plug_in()
    await charger.set_mode(Mode.OFF)
    assert (evse.state, charger.text("mode")) == (SLEEPING, "off")
    await charger.set_mode(Mode.AUTO)
    assert charges(evse)
    assert charger.text("mode") == "on"
    await charger.set_mode(Mode.ON)
    assert charges(evse)
    with pytest.raises(NotAvailable):
        await charger.set_mode(Mode.OFF, until_unplugged=True)
    assert charges(evse)


# The current


async def test_a_current(charger: Charger, evse: OpenEvse) -> None:
    """The car is told of it, and the stored maximum stays."""
    evse.plug_in()
    maximum = dict(evse.eeprom.maximum)
    for amperes in (10, 6, 16):
        await charger.set_current(amperes)
        assert evse.pilot == amperes
        assert charger.number("pilot") == amperes
        evse.tick(5)
        assert evse.pilot == amperes
    assert evse.eeprom.maximum == maximum


@pytest.mark.parametrize("amperes", [-1, 0, 5, 81, 300, float("nan"), float("inf")])
async def test_currents_that_cannot_be(charger: Charger, evse: OpenEvse, amperes: float) -> None:
    """The controller would make another one of them, 44 A of 300; so they are not sent."""
    asked, pilot = len(evse.requests), evse.pilot
    with pytest.raises(InvalidArgument) as caught:
        await charger.set_current(amperes)
    assert (caught.value.argument, caught.value.reason) == ("current", "out_of_range")
    with pytest.raises(InvalidArgument, match="current: not_whole"):
        await charger.set_current(10.5)
    assert len(evse.requests) == asked
    assert evse.pilot == pilot


@pytest.mark.parametrize("generation", [Generation.V3_3, *WITH_MANAGER])
async def test_the_stored_maximum_is_respected(charger: Charger, evse: OpenEvse) -> None:
    """It is what the cable was installed for."""
    assert charger.current_range == (6, 24)
    with pytest.raises(InvalidArgument):
        await charger.set_current(25)


@pytest.mark.parametrize("generation", [Generation.V2_9])
async def test_a_current_that_the_controller_does_not_take(charger: Charger, evse: OpenEvse) -> None:
    """Older ones do not tell their stored maximum; what they set in its place is shown."""
    assert charger.current_range == (6, 80)
    with pytest.raises(Unconfirmed) as caught:
        await charger.set_current(20)
    assert caught.value.what == "current"
    assert evse.pilot == 16
    assert charger.number("pilot") == 16


async def test_controllers_that_would_store_a_current(session: aiohttp.ClientSession) -> None:
    """Up to 4.5 another letter keeps them from it."""
    async with OpenEvse(Generation.V2_7, "4.5.1") as evse, connected(session, evse) as charger:
        writes = evse.eeprom.writes
        await charger.set_current(12)
        assert evse.pilot == 12
        assert evse.eeprom.writes == writes


@managed
async def test_a_current_below_what_the_shaper_allows(charger: Charger, evse: OpenEvse) -> None:
    """Less is left for now: that is no failure, and comes back by itself."""
    evse.claim(SHAPER, 5000, max_current=8)
    await charger.set_current(16)
    assert evse.pilot == 8
    evse.release(SHAPER)
    assert evse.pilot == 16


@managed
async def test_a_current_that_somebody_else_has_the_say_of(charger: Charger, evse: OpenEvse) -> None:
    """It is said who."""
    evse.claim(OCPP, 1050, charge_current=9, state="active")
    with pytest.raises(Unconfirmed) as caught:
        await charger.set_current(16)
    assert caught.value.claim == "ocpp"
    assert evse.pilot == 9
    evse.release(OCPP)
    assert evse.pilot == 24
