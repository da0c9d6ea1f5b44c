"""Every command, with every result, told at once or later, before or after, twice or never, in every version."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.errors import CommandRefused, ResultTimeout
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import CallbackFault, Command, Cpo, Order, Result as Told, Script, Version
from tests.operator_commands import ASKED, is_done, refusals
from tests.operator_pace import IMPATIENT

from .conftest import DRIVER, Inbox, connected


async def _reserve(point: ChargePoint) -> None:
    await point.reserve(datetime.now(UTC) + timedelta(hours=1))


async def _cancel(point: ChargePoint) -> None:
    await point.cancel_reservation("R1")


SEND: dict[Command, Callable[[ChargePoint], Awaitable[None]]] = {
    Command.START_SESSION: lambda point: point.start(),
    Command.STOP_SESSION: lambda point: point.stop(),
    Command.RESERVE_NOW: _reserve,
    Command.CANCEL_RESERVATION: _cancel,
    Command.UNLOCK_CONNECTOR: lambda point: point.unlock(),
}


@pytest.fixture(params=ASKED, ids="-".join)
def asked(request: pytest.FixtureRequest) -> tuple[Version, Command]:
    """Each command in each version that has it."""
    found: tuple[Version, Command] = request.param
    return found


@pytest.fixture
def version(asked: tuple[Version, Command]) -> Version:
    """The version."""
    return asked[0]


@pytest.fixture
def command(asked: tuple[Version, Command]) -> Command:
    """The command."""
    return asked[1]


async def _prepare(cpo: Cpo, operator: Operator, point: ChargePoint, command: Command) -> None:
    """Make the command possible, and its effect visible."""
    match command:
        case Command.START_SESSION:
            cpo.plug_in()
        case Command.STOP_SESSION | Command.UNLOCK_CONNECTOR:
            cpo.plug_in()
            cpo.swipe(driver=DRIVER.uid)
        case Command.CANCEL_RESERVATION:
            await point.reserve(datetime.now(UTC) + timedelta(hours=1), reservation_id="R1")
        case Command.RESERVE_NOW:
            pass
    await operator.look()


# Refusals


async def test_refused_at_once(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox, command: Command) -> None:
    """The answer says no, and no result is awaited."""
    operator, point = linked
    await _prepare(cpo, operator, point, command)
    awaited = set(inbox.open_ids)
    for told in refusals(command):
        cpo.scripts[command] = Script(immediate=told)
        with pytest.raises(CommandRefused) as caught:
            await SEND[command](point)
        assert caught.value.result is Result[told.name]
        assert inbox.open_ids <= awaited
    assert not is_done(cpo, command)


@pytest.mark.parametrize("order", list(Order))
async def test_refused_later(
    linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox, command: Command, order: Order
) -> None:
    """The answer says yes, and the result no, even before the answer."""
    operator, point = linked
    await _prepare(cpo, operator, point, command)
    awaited = set(inbox.open_ids)
    for told in refusals(command):
        cpo.scripts[command] = Script(immediate=Told.ACCEPTED, result=told, order=order, message="Because")
        with pytest.raises(CommandRefused) as caught:
            await SEND[command](point)
        assert caught.value.result is Result[told.name]
        assert caught.value.reply in {"Because", ""}
        assert inbox.open_ids <= awaited
    assert not is_done(cpo, command)


# Acceptance


@pytest.mark.parametrize("order", list(Order))
async def test_accepted(linked: tuple[Operator, ChargePoint], cpo: Cpo, command: Command, order: Order) -> None:
    """A result comes 10 ms after the answer, or overtakes it."""
    operator, point = linked
    await _prepare(cpo, operator, point, command)
    cpo.scripts[command] = Script(order=order)
    await SEND[command](point)
    assert is_done(cpo, command)


async def test_accepted_twice(linked: tuple[Operator, ChargePoint], cpo: Cpo, command: Command) -> None:
    """Once is enough; the second time nobody listens."""
    operator, point = linked
    await _prepare(cpo, operator, point, command)
    cpo.scripts[command] = Script(fault=CallbackFault.TWICE)
    await SEND[command](point)
    await cpo.settle()
    assert is_done(cpo, command)
    assert [told.status for told in cpo.callbacks if told.command is command][-2:] == [200, 200]


@pytest.mark.parametrize("reachable", [True, False])
async def test_seen(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox, command: Command, reachable: bool) -> None:
    """No result ever comes, because the operator sends none or cannot reach us: then its effect is seen."""
    async with connected(session, cpo, inbox if reachable else None) as (operator, point):
        cpo.scripts[Command.RESERVE_NOW] = Script()
        await _prepare(cpo, operator, point, command)
        cpo.scripts[command] = Script(fault=CallbackFault.NEVER if reachable else None, does_after=0.05)
        await SEND[command](point)
        assert is_done(cpo, command)


async def test_neither(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox, command: Command) -> None:
    """No result comes, and nothing happens."""
    async with connected(session, cpo, inbox, pace=IMPATIENT) as (operator, point):
        await _prepare(cpo, operator, point, command)
        awaited = set(inbox.open_ids)
        cpo.scripts[command] = Script(fault=CallbackFault.NEVER, does=False)
        with pytest.raises(ResultTimeout):
            await SEND[command](point)
        assert inbox.open_ids <= awaited
        assert not is_done(cpo, command)
