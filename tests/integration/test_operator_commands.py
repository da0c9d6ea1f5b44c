"""Every command with every result, in every order and version, as a user of Home Assistant meets it."""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from simulators.cpo import CallbackFault, Command, Knobs, Module, Order, Result, Script, Version
from tests.operator_commands import ASKED, go_down, is_done, refusals
from tests.operator_pace import IMPATIENT

from .plaza import DRIVER_UID, Place, Plaza, cancel, operated, reserve, uses_webhooks

pytestmark = [uses_webhooks, pytest.mark.usefixtures("everything_enabled")]

RESERVATION = "R1"

SEND: dict[Command, Callable[[Place], Awaitable[object]]] = {
    Command.START_SESSION: lambda place: place.start(),
    Command.STOP_SESSION: lambda place: place.stop(),
    Command.RESERVE_NOW: reserve,
    Command.CANCEL_RESERVATION: lambda place: cancel(place, reservation_id=RESERVATION),
    Command.UNLOCK_CONNECTOR: lambda place: place.call("unlock_connector", "button.press"),
}

each_command = pytest.mark.parametrize(("version", "command"), ASKED)


async def prepare(plaza: Plaza, command: Command) -> None:
    """Make a command possible, and its effect visible."""
    match command:
        case Command.START_SESSION:
            plaza.cpo.plug_in()
        case Command.STOP_SESSION | Command.UNLOCK_CONNECTOR:
            plaza.cpo.plug_in()
            plaza.cpo.swipe(driver=DRIVER_UID)
        case Command.CANCEL_RESERVATION:
            await reserve(plaza.place(), reservation_id=RESERVATION)
    await plaza.look()


async def refused(place: Place, command: Command) -> HomeAssistantError:
    """Send a command, and return the error that it must end with, which has a text."""
    with pytest.raises(HomeAssistantError) as caught:
        await SEND[command](place)
    assert caught.value.translation_domain == "open_ev"
    assert str(caught.value) != caught.value.translation_key
    return caught.value


# Refusals


@each_command
async def test_refused_at_once(hass: HomeAssistant, version: Version, command: Command) -> None:
    """Each refusal has a text of its own, and nothing is awaited after it."""
    async with operated(hass, versions=version) as plaza:
        await prepare(plaza, command)
        awaited = set(plaza.webhooks)
        for told in refusals(command):
            plaza.cpo.scripts[command] = Script(immediate=told, message="Because")
            error = await refused(plaza.place(), command)
            if version is Version.V2_1_1:
                assert error.translation_key == f"command_{told.lower()}"
            else:
                assert error.translation_key == f"command_{told.lower()}_saying"
                assert "Because" in str(error)
            assert set(plaza.webhooks) <= awaited
        assert not is_done(plaza.cpo, command)


@pytest.mark.parametrize("order", Order)
@each_command
async def test_refused_later(hass: HomeAssistant, version: Version, command: Command, order: Order) -> None:
    """The operator takes the command, and what becomes of it is told to a webhook, even before the answer."""
    async with operated(hass, versions=version) as plaza:
        await prepare(plaza, command)
        awaited, told_before = set(plaza.webhooks), len(plaza.cpo.callbacks)
        for told in refusals(command):
            plaza.cpo.scripts[command] = Script(immediate=Result.ACCEPTED, result=told, order=order)
            assert (await refused(plaza.place(), command)).translation_key == f"command_{told.lower()}"
            assert set(plaza.webhooks) <= awaited
        assert not is_done(plaza.cpo, command)
        await plaza.cpo.settle()
        assert [callback.status for callback in plaza.cpo.callbacks[told_before:]] == [200] * len(refusals(command))


@each_command
async def test_a_result_that_is_in_no_version(hass: HomeAssistant, version: Version, command: Command) -> None:
    """It is no success."""
    async with operated(hass, versions=version) as plaza:
        await prepare(plaza, command)
        plaza.cpo.scripts[command] = Script(immediate=Result.ACCEPTED, result="PERHAPS", does=False)
        assert (await refused(plaza.place(), command)).translation_key == "command_unknown"


# Acceptance


@pytest.mark.parametrize("order", Order)
@each_command
async def test_accepted(hass: HomeAssistant, version: Version, command: Command, order: Order) -> None:
    """What was asked for is done, and no webhook is left but that of a reservation in force."""
    async with operated(hass, versions=version) as plaza:
        await prepare(plaza, command)
        plaza.cpo.scripts[command] = Script(order=order)
        await SEND[command](plaza.place())
        assert is_done(plaza.cpo, command)
        assert len(plaza.webhooks) == (command is Command.RESERVE_NOW)


@pytest.mark.parametrize("inbound", [True, False])
@each_command
async def test_a_result_that_never_comes(
    hass: HomeAssistant, version: Version, command: Command, inbound: bool
) -> None:
    """The effect is seen instead, whether or not there is a way into Home Assistant."""
    async with operated(hass, versions=version, inbound=inbound) as plaza:
        await prepare(plaza, command)
        plaza.cpo.scripts[command] = Script(fault=CallbackFault.NEVER)
        await SEND[command](plaza.place())
        assert is_done(plaza.cpo, command)


@each_command
async def test_nothing_comes_of_it(hass: HomeAssistant, version: Version, command: Command) -> None:
    """Neither a result nor an effect: that is no success, and no refusal."""
    async with operated(hass, versions=version, pace=IMPATIENT) as plaza:
        await prepare(plaza, command)
        awaited = set(plaza.webhooks)
        plaza.cpo.scripts[command] = Script(fault=CallbackFault.NEVER, does=False, timeout=1)
        assert (await refused(plaza.place(), command)).translation_key == "command_no_result"
        assert set(plaza.webhooks) <= awaited


# Operators that say something else


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Knobs(hang_up=True), "command_unsure"),
        (Knobs(status=401), "operator_unauthorized"),
        (Knobs(status=500), "operator_status"),
        (Knobs(html=True), "not_ocpi"),
        (Knobs(cut_off=True), "command_unsure"),
        (Knobs(huge=5_000_000), "command_unsure"),
        (Knobs(redirect="https://elsewhere.invalid/"), "command_unsure"),
        (Knobs(code=2004), "operator_status_saying"),
    ],
)
async def test_an_answer_that_is_none(hass: HomeAssistant, fault: Knobs, key: str) -> None:
    """Each is told so that a user knows whether the command may have arrived."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        # A result that overtakes a long answer would say that all is well.
        plaza.cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER)
        for name in Knobs.__dataclass_fields__:
            setattr(plaza.cpo.knobs, name, getattr(fault, name))
        plaza.cpo.knobs.modules = frozenset({Module.COMMANDS})
        assert (await refused(plaza.place(), Command.START_SESSION)).translation_key == key
        assert plaza.webhooks == []


@each_command
async def test_an_operator_that_is_down(hass: HomeAssistant, version: Version, command: Command) -> None:
    """Nobody can have taken what nobody was sent, and so it is told; nothing is left to be awaited."""
    async with operated(hass, versions=version) as plaza:
        await prepare(plaza, command)
        awaited = set(plaza.webhooks)
        await go_down(plaza.cpo)
        assert (await refused(plaza.place(), command)).translation_key == "command_not_sent"
        assert set(plaza.webhooks) == awaited
        await plaza.cpo.accept_connections()


@pytest.mark.parametrize(
    ("fault", "key"), [(Knobs(hang_up=True), "command_not_sent"), (Knobs(cut_off=True), "operator_bad_answer")]
)
async def test_a_look_in_vain(hass: HomeAssistant, fault: Knobs, key: str) -> None:
    """What is asked before a start may go wrong as well, and then none was sent."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        plaza.cpo.knobs.hang_up, plaza.cpo.knobs.cut_off = fault.hang_up, fault.cut_off
        plaza.cpo.knobs.modules = frozenset({Module.SESSIONS})
        assert (await refused(plaza.place(), Command.START_SESSION)).translation_key == key
        assert all(request.method == "GET" for request in plaza.cpo.requests)


async def test_reservations_that_cannot_be_cancelled(hass: HomeAssistant) -> None:
    """OCPI 2.1.1 has no word for it, and nothing is sent."""
    async with operated(hass, versions=Version.V2_1_1) as plaza:
        asked = len(plaza.cpo.requests)
        error = await refused(plaza.place(), Command.CANCEL_RESERVATION)
        assert error.translation_key == "operator_cannot"
        assert len(plaza.cpo.requests) == asked
