"""A charge point: what is known of it, and what is done with it."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import CONNECTION, Ability, ChargePoint
from custom_components.open_ev.clients.ocpi.errors import (
    CannotConnect,
    CommandRefused,
    InvalidArgument,
    ResultTimeout,
    Unanswered,
    UnknownObject,
)
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import (
    CITRINE_OS,
    LIBRARY,
    CallbackFault,
    Capability,
    Command,
    Connector,
    Cpo,
    Module,
    Quirk,
    Script,
    Session as TheirSession,
    SessionStatus as TheirStatus,
    Version,
)
from tests.clients.waiting import eventually
from tests.operator_pace import IMPATIENT

from .conftest import DRIVER, Inbox, client_of, connected, operator

# What is known


async def test_nothing_is_known_at_first(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Nor can anything be done."""
    site = Operator(client_of(session, cpo))
    point = site.charge_point("LOC1", "EVSE1")
    assert point.readings == {}
    assert not point.knows(["status", "charging"])
    assert point.knows(["status", CONNECTION])
    assert not point.link_connected
    assert not point.can(Ability.START)
    await site.client.connect()
    with pytest.raises(CannotConnect):
        await point.start()
    await site.close()


async def test_an_idle_one(point: ChargePoint) -> None:
    """No session, no reservation."""
    assert point.readings == {"status": "available", "max_power": 11040.0, "charging": False}
    assert point.link_connected
    assert point.value("session_energy") is None
    assert (point.text("status"), point.flag("charging"), point.number("max_power")) == ("available", False, 11040.0)
    assert (point.text("charging"), point.flag("status"), point.number("status")) == (None, None, None)
    assert point.moment("status") is None


async def test_abilities(session: aiohttp.ClientSession, cpo: Cpo, version: Version) -> None:
    """As the EVSE says, and the version can."""
    cpo.evse("EVSE2").capabilities = [Capability.RESERVABLE]
    async with connected(session, cpo, None) as (site, first):
        second, fast = site.charge_point("LOC1", "EVSE2"), site.charge_point("LOC2", "EVSE3")
        await site.look()
        can_cancel = {Ability.CANCEL_RESERVATION} if version is not Version.V2_1_1 else set()
        assert {ability for ability in Ability if first.can(ability)} == {
            Ability.START,
            Ability.RESERVE,
            Ability.UNLOCK,
            *can_cancel,
        }
        assert {ability for ability in Ability if second.can(ability)} == {Ability.RESERVE, *can_cancel}
        assert not any(fast.can(ability) for ability in Ability)


async def test_a_session(linked: tuple[Operator, ChargePoint], cpo: Cpo, version: Version) -> None:
    """From the plug to the bill."""
    site, point = linked
    cpo.plug_in()
    await point.start()
    await site.look()
    cpo.tick(3600)
    await site.look()
    assert point.flag("charging") is True
    assert point.text("session_status") == "active"
    assert point.text("status") == "charging"
    assert point.number("session_energy") == pytest.approx(11, abs=0.01)
    taxes = 1 if version is Version.V2_1_1 else 1.21
    assert point.number("session_cost") == pytest.approx(11 * 0.4 * taxes, abs=0.01)
    assert point.text("session_currency") == "EUR"
    start = point.moment("session_start")
    assert start is not None
    assert abs(start - datetime.now(UTC)) < timedelta(minutes=1)
    await point.stop()
    await site.look()
    assert point.flag("charging") is False
    assert point.text("session_status") == "completed"
    # What it came to stays until the next.
    assert point.number("session_energy") == pytest.approx(11, abs=0.01)


@pytest.mark.parametrize(
    "quirks",
    [LIBRARY, CITRINE_OS, {Quirk.NO_REFERENCES, Quirk.LOWER_CASE_IDS}],
    ids=["library", "citrine_os", "without_references"],
)
async def test_sessions_of_the_field(
    session: aiohttp.ClientSession, version: Version, inbox: Inbox, quirks: frozenset[Quirk]
) -> None:
    """Ours is found whatever the operator does otherwise."""
    async with operator(version, quirks) as cpo, connected(session, cpo, inbox) as (site, point):
        cpo.plug_in()
        await point.start()
        await site.look()
        assert point.flag("charging") is True
        await point.stop()
        await site.look()
        assert point.flag("charging") is False


async def test_accepted_is_not_charging(session: aiohttp.ClientSession, version: Version, inbox: Inbox) -> None:
    """Without a car the operator says yes, and nothing charges."""
    async with operator(version) as cpo, connected(session, cpo, inbox) as (site, point):
        await point.start()
        await site.look()
        assert point.flag("charging") is False
        assert point.session is None
        cpo.plug_in()
        await site.look()
        assert point.flag("charging") is True


async def test_pending_is_not_charging(session: aiohttp.ClientSession, version: Version) -> None:
    """A session that waits for its car is enough to know that the command was carried out."""
    async with operator(version, {Quirk.PENDING_SESSIONS}) as cpo, connected(session, cpo, None) as (site, point):
        await point.start()
        assert (point.text("session_status"), point.flag("charging")) == ("pending", False)
        await point.stop()
        await site.look()
        assert point.text("session_status") == "completed"


async def test_sessions_of_others(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """A session of another driver, or elsewhere, is none of ours; the place is taken all the same."""
    site, point = linked
    cpo.plug_in()
    cpo.swipe("EVSE1", "SOMEBODY")
    cpo.plug_in("EVSE2")
    cpo.swipe("EVSE2", DRIVER.uid)
    await site.look()
    assert point.readings == {"status": "charging", "max_power": 11040.0, "charging": False}
    with pytest.raises(CommandRefused) as caught:
        await point.stop()
    assert caught.value.result is Result.UNKNOWN_SESSION
    assert all(request.method == "GET" for request in cpo.requests)
    with pytest.raises(CommandRefused) as caught:
        await point.start()
    assert caught.value.result in {Result.EVSE_OCCUPIED, Result.REJECTED}


async def test_a_session_from_before(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """One that our driver's card, or we before a restart, have begun is ours."""
    cpo.plug_in()
    cpo.swipe("EVSE1", DRIVER.uid.lower())
    async with connected(session, cpo, None) as (_, point):
        assert point.flag("charging") is True
        await point.stop()
        assert not cpo.charging()


async def test_a_session_that_is_younger_than_our_look(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """It can be stopped."""
    _, point = linked
    cpo.plug_in()
    cpo.swipe("EVSE1", DRIVER.uid)
    await point.stop()
    assert not cpo.charging()


async def test_our_reference_goes_before_all_else(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """An operator may put another token into the session that we have begun."""
    async with operator(Version.V2_2_1) as cpo, connected(session, cpo, inbox) as (site, point):
        cpo.plug_in()
        await point.start()
        (theirs,) = cpo.sessions
        theirs.driver = type(theirs.driver)(uid="VIRTUAL", contract_id="VIRTUAL")
        await site.look()
        assert point.flag("charging") is True


async def test_which_of_several_sessions(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """One that is active, else the youngest."""
    site, point = linked
    cpo.plug_in()
    first = cpo.swipe("EVSE1", DRIVER.uid)
    cpo.stop_session()
    cpo.tick(60)
    second = cpo.swipe("EVSE1", DRIVER.uid)
    await site.look()
    assert _shown(point) == second.id
    _change(second, TheirStatus.INVALID, cpo)
    _change(first, TheirStatus.ACTIVE, cpo)
    await site.look()
    assert _shown(point) == first.id
    _change(first, TheirStatus.COMPLETED, cpo)
    await site.look()
    assert _shown(point) == second.id


def _shown(point: ChargePoint) -> str | None:
    return None if point.session is None else point.session.id


def _change(session: TheirSession, status: TheirStatus, cpo: Cpo) -> None:
    session.status, session.last_updated = status, cpo.now


async def test_a_status_that_nobody_knows(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """It is unknown."""
    site, point = linked
    cpo.out_of_order(status="SLEEPING")
    await site.look()
    assert point.text("status") == "unknown"


async def test_one_that_is_taken_away(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Nothing is known of it any more, and nothing of it can be done."""
    site, point = linked
    cpo.locations[0].evses.pop(0)
    await site.look()
    assert point.readings == {}
    assert site.link_connected
    assert not point.link_connected
    with pytest.raises(UnknownObject):
        await site.client.evse("LOC1", "EVSE1")
    with pytest.raises(CannotConnect):
        await point.unlock()


# Connectors and unlocking


@pytest.fixture
async def double(version: Version) -> AsyncGenerator[Cpo]:
    """An operator whose EVSE has two connectors, and starts nothing without being told which one, since that can be told."""
    async with operator(version) as cpo:
        cpo.evse().connectors = [Connector(id="A"), Connector(id="B")]
        if not version.old:
            cpo.evse().capabilities.append(Capability.START_SESSION_CONNECTOR_REQUIRED)
        yield cpo


async def test_several_connectors(session: aiohttp.ClientSession, inbox: Inbox, double: Cpo, version: Version) -> None:
    """The one that is ours is named, as the operator writes it."""
    async with connected(session, double, inbox, connector="b") as (site, point):
        await point.unlock()
        double.plug_in()
        await point.start()
        await site.look()
        await point.unlock()
        assert double.evse().unlocked == ["B", "A" if version.old else "B"]


async def test_several_connectors_of_which_none_is_ours(
    session: aiohttp.ClientSession, inbox: Inbox, double: Cpo, version: Version
) -> None:
    """Nobody knows which one is meant, so nothing is sent; OCPI 2.1.1 starts sessions without."""
    async with connected(session, double, inbox) as (_, point):
        double.plug_in()
        for command in (point.unlock, *(() if version.old else (point.start,))):
            with pytest.raises(InvalidArgument) as caught:
                await command()
            assert (caught.value.argument, caught.value.reason) == ("connector", "which_connector")
        assert not inbox.open_ids
        assert not double.charging()


async def test_the_connector_that_charges_is_unlocked(
    session: aiohttp.ClientSession, inbox: Inbox, version: Version
) -> None:
    """Whatever we use otherwise: our session may have been started with the card, at another one."""
    async with operator(version) as cpo:
        cpo.evse().connectors = [Connector(id="A"), Connector(id="B")]
        async with connected(session, cpo, inbox, connector="B") as (site, point):
            cpo.plug_in()
            cpo.swipe(driver="DRIVER-1")
            await site.look()
            await point.unlock()
            assert cpo.evse().unlocked == ["A"]


async def test_an_evse_that_wants_a_connector(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """It is told the only one."""
    async with operator(Version.V2_2_1) as cpo:
        cpo.evse().capabilities.append(Capability.START_SESSION_CONNECTOR_REQUIRED)
        async with connected(session, cpo, inbox) as (_, point):
            cpo.plug_in()
            await point.start()
            assert cpo.charging()


async def test_unlocking_without_a_session_shows_nothing(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """So without a way in nobody knows whether it was done; and nobody looks in vain."""
    async with connected(session, cpo, None, pace=IMPATIENT) as (_, point):
        asked = len(cpo.requests)
        with pytest.raises(ResultTimeout):
            await point.unlock()
        assert len(cpo.requests) == asked + 1
        assert cpo.evse().unlocked == ["1"]


# One after the other, and none after the end


async def test_one_command_at_a_time(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """A stop that follows a start at once waits for it."""
    _, point = linked
    cpo.plug_in()
    cpo.scripts[Command.START_SESSION] = Script(delay=0.1)
    start = asyncio.create_task(point.start())
    await eventually(lambda: any(request.method == "POST" for request in cpo.requests))
    await point.stop()
    assert start.done()
    assert [session.status for session in cpo.sessions] == [TheirStatus.COMPLETED]


async def test_letting_go(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """What is under way ends, what waits is not begun, and nobody is let in any more."""
    async with connected(session, cpo, inbox) as (site, point):
        cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(fault=CallbackFault.NEVER)
        commands = [asyncio.create_task(point.unlock()) for _ in range(2)]
        await eventually(lambda: cpo.evse().unlocked)
        await site.close()
        for command in commands:
            with pytest.raises((CannotConnect, Unanswered)):
                await command
        assert cpo.evse().unlocked == ["1"]
        assert not inbox.open_ids


async def test_a_command_that_is_given_up(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """Who does not want to know any more leaves nothing open."""
    _, point = linked
    cpo.scripts[Command.UNLOCK_CONNECTOR] = Script(fault=CallbackFault.NEVER)
    command = asyncio.create_task(point.unlock())
    await eventually(lambda: cpo.evse().unlocked)
    command.cancel()
    with pytest.raises(asyncio.CancelledError):
        await command
    assert not inbox.open_ids


async def test_looks_in_vain(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """While a command is under way an operator that cannot be asked is asked again."""
    cpo.plug_in()
    cpo.swipe("EVSE1", DRIVER.uid)
    async with connected(session, cpo, None) as (_, point):
        cpo.scripts[Command.STOP_SESSION] = Script(does_after=0.02)
        cpo.knobs.modules, cpo.knobs.status, cpo.knobs.for_requests = frozenset({Module.SESSIONS}), 500, 3
        await point.stop()
        assert point.flag("charging") is False
