"""What is done once: restarts, the button, meters, texts on the display, and commands by hand."""

import asyncio

import aiohttp
import pytest

from custom_components.open_ev.clients.openevse import control, lcd
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

from .conftest import BLOCKED, WITH_MANAGER, WITHOUT_MANAGER, charges, connected, look

managed = pytest.mark.parametrize("generation", WITH_MANAGER)
unmanaged = pytest.mark.parametrize("generation", WITHOUT_MANAGER)
NINTH = "9.0.1"
"""The first controller whose counters of faults can begin anew."""
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
    """Controllers before 9.0 cannot begin them anew."""
    evse.fault(6)
    assert not charger.can(Ability.RESET_FAULTS)
    with pytest.raises(NotAvailable):
        await charger.reset_faults()
    assert evse.eeprom.faults[6] == 1


@pytest.mark.parametrize("generation", [Generation.V3_3, Generation.V4_1_0, Generation.V4_2, Generation.HEAD])
async def test_counters_begin_anew(session: aiohttp.ClientSession, generation: Generation) -> None:
    """A manager goes on telling what it had counted. The controller forgets its energy as well, and is told it again."""
    async with OpenEvse(generation, NINTH, blocked=False) as evse:
        evse.plug_in()
        evse.tick(3600)
        evse.fault(6)
        energy = evse.eeprom.watt_hours
        assert energy > 1000
        async with connected(session, evse) as charger:
            assert counted(charger) == (1, 0, 0)
            await charger.reset_faults()
            assert set(evse.eeprom.faults.values()) == {0}
            assert evse.eeprom.watt_hours == pytest.approx(energy, abs=1)
            assert counted(charger) == (0, 0, 0)
            evse.clear_fault()
            await look(charger)
            # As many as the gateway has told all the time.
            evse.fault(6)
            await look(charger)
            assert counted(charger) == (1, 0, 0)


async def test_energy_is_not_lost_with_the_counters(session: aiohttp.ClientSession) -> None:
    """The controller is told of it until it has understood, also when nobody waits for it any more."""
    async with OpenEvse(Generation.V3_3, NINTH) as evse, connected(session, evse) as charger:
        evse.eeprom.watt_hours = 5000
        evse.fault(6)
        evse.knobs.refused = ["SK"]
        resetting = asyncio.create_task(charger.reset_faults())
        await eventually(lambda: "$SK 5000" in evse.rapi)
        resetting.cancel()
        await asyncio.wait([resetting])
        assert evse.eeprom.watt_hours == 0
        evse.knobs.refused = []
        await eventually(lambda: evse.eeprom.watt_hours == 5000)


async def test_energy_that_a_controller_does_not_take_back(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked is told, after some tries."""
    monkeypatch.setattr(control, "_INSISTENCE", (0.0, 0.01))
    async with OpenEvse(Generation.V3_3, NINTH) as evse, connected(session, evse) as charger:
        evse.eeprom.watt_hours = 5000
        evse.knobs.refused = ["SK"]
        with pytest.raises(RapiRefused):
            await charger.reset_faults()
        assert evse.rapi.count("$SK 5000") == 3


async def test_energy_that_cannot_be_told_again(session: aiohttp.ClientSession) -> None:
    """Then the counters stay."""
    async with OpenEvse(Generation.V3_3, NINTH) as evse, connected(session, evse) as charger:
        evse.eeprom.watt_hours = 3_000_000_000
        evse.fault(6)
        with pytest.raises(InvalidArgument):
            await charger.reset_faults()
        assert evse.eeprom.faults[6] == 1


async def test_counters_that_others_began_anew(session: aiohttp.ClientSession) -> None:
    """What the controller says is true, and not what its gateway remembers."""
    async with OpenEvse(Generation.V5_1, NINTH) as evse:
        evse.fault(6)
        evse.eeprom.reset_counters()
        async with connected(session, evse) as charger:
            assert (await Gateway(session, evse.url).status())["gfcicount"] == 1
            assert counted(charger) == (0, 0, 0)
            # This build hands on what is a question.
            assert not charger.can(Ability.RESET_FAULTS)


async def test_counters_that_only_the_gateway_tells(session: aiohttp.ClientSession) -> None:
    """They are better than none."""
    async with OpenEvse(Generation.V4_2, NINTH) as evse:
        evse.fault(6)
        evse.knobs.refused = ["GF"]
        async with connected(session, evse) as charger:
            assert counted(charger) == (1, 0, 0)


async def test_counters_that_go_on(session: aiohttp.ClientSession) -> None:
    """It is seen that they did not begin anew."""
    async with OpenEvse(Generation.V4_2, NINTH) as evse:
        evse.fault(6)
        async with connected(session, evse) as charger:
            evse.knobs.confirm = False
            with pytest.raises(Unconfirmed):
                await charger.reset_faults()
            assert counted(charger) == (1, 0, 0)


def counted(charger: Charger) -> tuple[float | None, ...]:
    """How often there was a fault: GFCI, no ground, stuck relay."""
    return tuple(charger.number(name) for name in ("gfci_faults", "no_ground_faults", "stuck_relay_faults"))


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
