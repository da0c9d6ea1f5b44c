"""What is done once: restarts, the button, meters, texts on the display, and commands by hand."""

import asyncio

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import lcd
from custom_components.open_ev.clients.openevse.charger import BUTTON, Charger
from custom_components.open_ev.clients.openevse.errors import (
    CannotConnect,
    DisplayBlocked,
    InvalidArgument,
    NotAvailable,
    RapiBlocked,
    RapiFailed,
    RapiRefused,
    Unconfirmed,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from custom_components.open_ev.clients.openevse.models import Ability, Mode
from simulators.openevse import Generation, OpenEvse, RapiFault
from tests.clients.waiting import eventually

from .conftest import BLOCKED, QUICK, SOON, WITH_MANAGER, WITHOUT_MANAGER, answering, charges, connected, hand_on, look

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)
OPEN = tuple(generation for generation in WITH_MANAGER if generation not in BLOCKED)


# Restarts


async def test_restarting_the_gateway(charger: Charger, evse: OpenEvse) -> None:
    """Charging goes on, and what comes back is read anew."""
    evse.plug_in()
    await charger.restart_gateway()
    assert evse.gateway_restarts == 1
    assert evse.controller_restarts == 0
    assert charges(evse)
    await look(charger)
    assert charger.text("state") == "charging"


async def test_restarting_the_controller(charger: Charger, evse: OpenEvse) -> None:
    """The gateway stays."""
    assert charger.can(Ability.RESTART_CONTROLLER)
    await charger.restart_controller()
    assert evse.controller_restarts == 1
    assert evse.gateway_restarts == 0


# The button


async def test_pressing_the_button(charger: Charger, evse: OpenEvse) -> None:
    """It does what it does by hand: pause, and go on."""
    evse.plug_in()
    await charger.press_button()
    assert not charges(evse)
    assert charger.flag("active") is False
    await charger.press_button()
    assert charges(evse)
    assert charger.flag("active") is True


@pytest.mark.parametrize(("controller", "known"), [("4.5.1", False), ("4.12.3", False), ("5.0.1", True)])
async def test_a_controller_that_does_not_know_the_command(
    session: aiohttp.ClientSession, controller: str, known: bool
) -> None:
    """It is not sent what it would refuse: the button can be pressed from 5.0 on."""
    async with OpenEvse(Generation.V2_9, controller) as evse, connected(session, evse) as charger:
        assert charger.can(Ability.PRESS_BUTTON) is known
        if not known:
            with pytest.raises(NotAvailable):
                await charger.press_button()
        assert "$F1" not in evse.rapi


async def test_a_controller_that_has_not_said_what_it_is(session: aiohttp.ClientSession) -> None:
    """Nothing is guessed."""
    async with OpenEvse(Generation.V2_9, "5.0.1") as evse:
        evse.knobs.controller_absent = True
        async with connected(session, evse) as charger:
            charger.config.pop("firmware", None)
            assert not charger.can(Ability.PRESS_BUTTON)
            assert not charger.can(Ability.TIMER)


@managed
async def test_who_pressed_the_button(charger: Charger, evse: OpenEvse) -> None:
    """What somebody else chose is told, what we have chosen is not; nor is the end of a session."""
    pressed: list[str | None] = []
    charger.subscribe([BUTTON], lambda: pressed.append(charger.text("mode")))
    evse.plug_in()
    await look(charger)
    await charger.set_mode(Mode.OFF)
    await charger.set_mode(Mode.AUTO)
    await look(charger)
    assert pressed == []
    evse.press_button()
    await look(charger)
    assert pressed == ["off"]
    evse.press_button()
    await look(charger)
    assert pressed == ["off", "auto"]
    evse.press_button()
    await look(charger)
    evse.unplug()
    await look(charger)
    assert pressed == ["off", "auto", "off"]


# Meters


async def test_resetting_the_meter(charger: Charger, evse: OpenEvse) -> None:
    """All sessions are forgotten."""
    evse.plug_in()
    evse.tick(3600 * 3)
    evse.unplug()
    await look(charger)
    total = charger.number("total_energy")
    assert total is not None
    assert total > 5
    assert charger.can(Ability.RESET_ENERGY)
    await charger.reset_energy()
    assert charger.number("total_energy") == 0


async def test_a_meter_that_is_not_reset(charger: Charger, evse: OpenEvse) -> None:
    """It is seen that it is as before."""
    evse.plug_in()
    evse.tick(3600 * 3)
    evse.knobs.confirm = False
    with pytest.raises(Unconfirmed):
        await charger.reset_energy()
    assert evse.eeprom.watt_hours > 5000


async def test_counters_of_faults(charger: Charger, evse: OpenEvse) -> None:
    """Only a newer kind of controller can begin them anew."""
    assert not charger.can(Ability.RESET_FAULTS)
    with pytest.raises(NotAvailable):
        await charger.reset_faults()
    charger.config["d9_support"] = True
    if evse.generation in BLOCKED:
        assert not charger.can(Ability.RESET_FAULTS)
        return
    assert charger.can(Ability.RESET_FAULTS)
    # The simulated controllers are of the older kind.
    with pytest.raises(RapiRefused):
        await charger.reset_faults()


async def test_counters_of_a_newer_controller(session: aiohttp.ClientSession) -> None:
    """It is looked whether they are at their beginning."""
    async with OpenEvse(Generation.V4_2, "7.1.3") as evse:
        evse.say(gfcicount=2, stuckcount=1)

        async def answer(request: web.Request) -> web.StreamResponse:
            if request.path == "/config":
                return web.json_response({"d9_support": True})
            if "FC" in await request.text():
                return web.json_response({"cmd": "$FC", "ret": "$OK^20"})
            return await hand_on(session, evse, request)

        async with answering(answer) as url:
            charger = Charger(Gateway(session, url), patience=SOON, pace=QUICK)
            await charger.connect()
            with pytest.raises(Unconfirmed):
                await charger.reset_faults()
            evse.say_truth()
            await charger.reset_faults()
            assert charger.number("gfci_faults") == 0
            await charger.close()


# Texts


@unmanaged
async def test_a_text(charger: Charger, evse: OpenEvse) -> None:
    """The display is taken, and handed back in the end."""
    await charger.show_text("Charging by sun", "until 80 %", seconds=0.05)
    assert evse.lcd == ("Charging by sun", "until 80 %")
    assert not evse.lcd_is_own
    await eventually(lambda: evse.lcd_is_own)


@unmanaged
@pytest.mark.parametrize("written", [0, 1, 2])
async def test_a_text_that_is_given_up(charger: Charger, evse: OpenEvse, written: int) -> None:
    """Wherever that is, and however little time there is, the display is handed back."""
    evse.knobs.slow = 0.02
    evse.rapi.clear()
    order = asyncio.create_task(charger.show_text("Dishwasher first", seconds=60))
    await eventually(lambda: "$F0 0" in evse.rapi and sum(line.startswith("$FP") for line in evse.rapi) >= written)
    # Home Assistant stops the script, and then itself.
    order.cancel()
    await asyncio.sleep(0)
    order.cancel()
    with pytest.raises(asyncio.CancelledError):
        await order
    await eventually(lambda: evse.lcd_is_own)
    await charger.close()
    assert evse.rapi[-1] == "$F0 1"


@unmanaged
async def test_a_text_after_another(charger: Charger, evse: OpenEvse) -> None:
    """The later one counts; and whoever is gone has handed the display back."""
    await charger.show_text("first", seconds=60)
    await charger.show_text("second", "line two", seconds=60)
    assert evse.lcd == ("second", "line two")
    assert not evse.lcd_is_own
    await charger.close()
    assert evse.lcd_is_own


@unmanaged
async def test_a_text_that_is_over(charger: Charger, evse: OpenEvse) -> None:
    """Nothing is left to hand back."""
    await charger.show_text("first", seconds=0.01)
    await eventually(lambda: evse.lcd_is_own)
    # The answer has to come back.
    await asyncio.sleep(0.05)
    asked = len(evse.rapi)
    await charger.close()
    assert len(evse.rapi) == asked


@unmanaged
async def test_a_display_that_cannot_be_written_on(charger: Charger, evse: OpenEvse) -> None:
    """It is handed back at once."""
    evse.knobs.refused = ["FP"]
    with pytest.raises(RapiRefused):
        await charger.show_text("hello", seconds=60)
    assert evse.lcd_is_own


@unmanaged
async def test_a_display_that_cannot_be_handed_back(charger: Charger, evse: OpenEvse) -> None:
    """Nobody can do more than try."""
    await charger.show_text("hello", seconds=60)
    evse.knobs.rapi_fault = RapiFault.TIMEOUT
    await charger.close()
    assert not evse.lcd_is_own


@pytest.mark.parametrize("generation", OPEN)
async def test_a_text_beside_a_gateway(charger: Charger, evse: OpenEvse, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the display for itself and paints over the text, which is written again until its time is over."""
    monkeypatch.setattr(lcd, "REPAINT_EVERY", 0.01)
    assert charger.can(Ability.SHOW_TEXT)
    await charger.show_text("hello", seconds=1)
    assert evse.lcd == ("hello", "")
    evse.tick(1)
    assert evse.lcd[0] == "OpenEVSE"
    await eventually(lambda: evse.lcd == ("hello", ""))
    evse.knobs.rapi_fault = RapiFault.QUEUE_FULL
    await asyncio.sleep(0.03)
    evse.tick(1)
    evse.knobs.heal()
    await eventually(lambda: evse.lcd == ("hello", ""))
    await asyncio.sleep(1.1)
    evse.tick(1)
    await asyncio.sleep(0.03)
    assert evse.lcd[0] == "OpenEVSE"
    assert not any(command.startswith("$F0") for command in evse.rapi)


@pytest.mark.parametrize("generation", BLOCKED)
async def test_a_display_that_only_the_gateway_has(charger: Charger, evse: OpenEvse) -> None:
    """Nothing is sent."""
    assert not charger.can(Ability.SHOW_TEXT)
    with pytest.raises(DisplayBlocked):
        await charger.show_text("hello", seconds=60)
    assert not any(command.startswith("$FP 0") for command in evse.rapi)


async def test_a_build_for_developers(session: aiohttp.ClientSession) -> None:
    """It hands everything on."""
    async with OpenEvse(Generation.V5_1, blocked=False) as evse, connected(session, evse) as charger:
        assert charger.can(Ability.RAPI_WRITES)
        await charger.show_text("hello", seconds=60)
        assert evse.lcd == ("hello", "")


@pytest.mark.parametrize("generation", [Generation.V2_9])
@pytest.mark.parametrize(
    ("line1", "line2", "seconds"),
    [
        ("seventeen letters", "", 10),
        ("", "seventeen letters", 10),
        ("grün", "", 10),
        ("a\nb", "", 10),
        ("a", "", 0),
        ("a", "", 1e9),
        ("a", "", float("nan")),
    ],
)
async def test_texts_that_cannot_be(charger: Charger, evse: OpenEvse, line1: str, line2: str, seconds: float) -> None:
    """Nothing is sent."""
    with pytest.raises(InvalidArgument):
        await charger.show_text(line1, line2, seconds=seconds)
    assert evse.lcd_is_own


# Commands by hand


async def test_a_command_by_hand(charger: Charger, evse: OpenEvse) -> None:
    """Its answer is what the controller said, be it yes or no."""
    answer = await charger.send_rapi("gc")
    assert answer.accepted
    assert answer.tokens[0] == "6"
    assert evse.rapi[-1] == "$GC"
    answer = await charger.send_rapi("$GO")
    assert not answer.accepted


async def test_a_command_that_is_blocked(charger: Charger, evse: OpenEvse) -> None:
    """It is said that it is; and afterwards the charger is read."""
    if evse.generation in BLOCKED:
        with pytest.raises(RapiBlocked):
            await charger.send_rapi("$SL 1")
        assert evse.eeprom.level == 2
    else:
        await charger.send_rapi("$SL 1")
        assert evse.eeprom.level == 1


@pytest.mark.parametrize("line", ["$FF E 0", "$FF E 1", "$SE 0", "$SC 300", "$SC 16 M", "", "$GC\r$FD", "hello"])
async def test_commands_that_would_do_harm(charger: Charger, evse: OpenEvse, line: str) -> None:
    """They are not sent."""
    asked = len(evse.rapi)
    with pytest.raises(InvalidArgument):
        await charger.send_rapi(line)
    assert len(evse.rapi) == asked


@pytest.mark.parametrize("line", ["$FS", "$FE", "$SC 10 V", "$ST 1 0 2 0"])
async def test_commands_that_a_manager_would_fight(charger: Charger, evse: OpenEvse, line: str) -> None:
    """They are for chargers without one."""
    if evse.generation in WITH_MANAGER:
        with pytest.raises(InvalidArgument):
            await charger.send_rapi(line)
    else:
        assert (await charger.send_rapi(line)).accepted


async def test_a_command_to_a_charger_that_is_gone(charger: Charger, evse: OpenEvse) -> None:
    """Or to a controller that does not answer."""
    evse.knobs.rapi_fault = RapiFault.TIMEOUT
    with pytest.raises(RapiFailed):
        await charger.send_rapi("$GC")
    await evse.refuse_connections()
    with pytest.raises(CannotConnect):
        await charger.send_rapi("$GC")
