"""Commands to an operator that is down: where nothing was sent nobody has to look whether it was done."""

from typing import override

import aiohttp
import pytest

from custom_components.open_ev.clients.ocpi import transport as module
from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.errors import CannotConnect, NotReached, Unanswered
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import Command, Cpo, Knobs, Module
from tests.operator_commands import go_down

from .conftest import DRIVER, Inbox, connected, operator
from .reserving import soon


async def test_nobody_listens(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """Nothing was sent, and it can be tried again at once."""
    _, point = linked
    await go_down(cpo)
    with pytest.raises(NotReached):
        await point.unlock()
    assert not inbox.open_ids
    await cpo.accept_connections()
    await point.unlock()
    assert cpo.evse().unlocked == ["1"]


async def test_gone_before_the_command(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """What looks first fails there, however that comes, and has not sent its command either."""
    _, point = linked
    cpo.plug_in()
    cpo.knobs.modules, cpo.knobs.hang_up = frozenset({Module.SESSIONS}), True
    with pytest.raises(CannotConnect):
        await point.start()
    cpo.heal()
    await go_down(cpo)
    with pytest.raises(NotReached):
        await point.start()
    await cpo.accept_connections()
    await point.start()
    assert cpo.charging()


async def test_a_reservation_that_was_not_sent(session: aiohttp.ClientSession) -> None:
    """It cannot be granted later, so nobody has to keep its id; one whose fate is not known is kept on."""

    class LastMoment(Inbox):
        """The way in, which is opened after the last look and before the command is sent."""

        is_last = False

        @override
        async def open(self, pending_id: str) -> str | None:
            """Lose the operator now."""
            if self.is_last:
                await go_down(cpo)
            return await super().open(pending_id)

    inbox = LastMoment()
    await inbox.start()
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        inbox.is_last = True
        with pytest.raises(NotReached):
            await point.reserve(soon(), reservation_id="UNSENT")
        unsent = point.unsure_reservation
        inbox.is_last = False
        await cpo.accept_connections()
        cpo.knobs.modules, cpo.knobs.hang_up = frozenset({Module.COMMANDS}), True
        with pytest.raises(Unanswered):
            await point.reserve(soon(), reservation_id="UNKNOWN")
        unknown = point.unsure_reservation
    await inbox.stop()
    assert unsent is None
    assert unknown is not None
    assert unknown.id == "UNKNOWN"


async def test_nothing_to_expect(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """Nobody looks often for what was not sent, and somebody does for what may have been."""
    async with connected(session, cpo, inbox) as (site, point):
        cpo.plug_in()
        cpo.swipe(driver=DRIVER.uid)
        await site.look()
        calm = point.pause()
        await go_down(cpo)
        with pytest.raises(NotReached):
            await point.stop()
        assert point.pause() == calm
        await cpo.accept_connections()
        cpo.knobs.modules, cpo.knobs.hang_up = frozenset({Module.COMMANDS}), True
        with pytest.raises(Unanswered):
            await point.stop()
        assert point.pause() < calm


@pytest.mark.parametrize(
    ("error", "is_first", "kind"),
    [
        (aiohttp.ConnectionTimeoutError(), True, NotReached),
        # Whoever sent it on had heard it.
        (aiohttp.ConnectionTimeoutError(), False, CannotConnect),
        (aiohttp.SocketTimeoutError(), True, CannotConnect),
        (aiohttp.ServerDisconnectedError(), True, CannotConnect),
        (ConnectionResetError(), True, CannotConnect),
        (TimeoutError(), True, CannotConnect),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_was_never_sent(error: Exception, is_first: bool, kind: type[CannotConnect]) -> None:
    """A connection that was never made is told from one that was lost."""
    assert type(module.connection_error(error, is_first=is_first)) is kind


@pytest.mark.parametrize("fault", [Knobs(silent=True), Knobs(hang_up=True), Knobs(cut_off=True)])
async def test_a_command_that_may_have_arrived(
    linked: tuple[Operator, ChargePoint], cpo: Cpo, monkeypatch: pytest.MonkeyPatch, fault: Knobs
) -> None:
    """It was sent, and there is no answer, or none that can be used."""
    monkeypatch.setattr(module, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    _, point = linked
    for name in Knobs.__dataclass_fields__:
        setattr(cpo.knobs, name, getattr(fault, name))
    cpo.knobs.modules = frozenset({Module.COMMANDS})
    cpo.scripts[Command.UNLOCK_CONNECTOR].does = False
    with pytest.raises(Unanswered):
        await point.unlock()
