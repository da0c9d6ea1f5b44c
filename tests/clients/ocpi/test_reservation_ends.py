"""How reservations end: used, run out, given up, and taken back by the operator."""

import asyncio

import aiohttp
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.errors import CommandRefused
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import CallbackFault, Command, Cpo, Order, Result as Told, Script, Version
from tests.clients.waiting import eventually

from .conftest import DRIVER, Inbox, connected, operator
from .reserving import Heard, soon


async def test_used(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """When we charge there it is over, and not by the operator's doing."""
    site, point = linked
    heard = Heard(point)
    await point.reserve(soon())
    await site.look()
    cpo.plug_in()
    await point.start()
    await site.look()
    assert point.flag("charging") is True
    assert point.value("reservation") is None
    assert not inbox.open_ids
    assert heard.ids == []


async def test_run_out(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """It ends by itself, and nobody is awaited any more."""
    _, point = linked
    heard = Heard(point)
    # An operator is told whole seconds, of which one has to be left.
    await point.reserve(soon(1.5))
    assert await point.wait_until(lambda: point.value("reservation") is None, ["reservation"], seconds=5)
    assert point.value("reserved_until") is None
    assert not inbox.open_ids
    assert heard.ids == []


# Given up


async def test_given_up(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """And the operator's word for that is no news."""
    async with operator() as cpo, connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        await site.look()
        await point.cancel_reservation(reservation_id.upper())
        assert point.value("reservation") is None
        await site.look()
        assert point.text("status") == "available"
        assert not inbox.open_ids
        assert heard.ids == []


async def test_given_up_without_a_way_in(session: aiohttp.ClientSession) -> None:
    """What is seen of it is our doing, though it is seen before it is told."""
    async with operator() as cpo, connected(session, cpo, None) as (site, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        await site.look()
        assert not cpo.callbacks or all(told.status is None for told in cpo.callbacks)
        await point.cancel_reservation(reservation_id)
        assert point.value("reservation") is None
        assert heard.ids == []


async def test_given_up_in_vain(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """It stays, and its end is news again."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(result=Told.REJECTED)
        with pytest.raises(CommandRefused):
            await point.cancel_reservation(reservation_id)
        assert point.text("reservation") == reservation_id
        cpo.cancel_reservation(reservation_id)
        await eventually(lambda: heard.ids)
        assert heard.ids == [reservation_id]


async def test_given_up_in_other_words(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """That it is cancelled is what was asked for."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        for script in (Script(result=Told.CANCELED_RESERVATION), Script(immediate=Told.CANCELED_RESERVATION)):
            await point.reserve(soon(), reservation_id="R1")
            cpo.scripts[Command.CANCEL_RESERVATION] = script
            await point.cancel_reservation("R1")
            assert point.value("reservation") is None
        assert heard.ids == []


async def test_given_up_by_both(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """Who takes back what we are giving up tells us nothing new."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(result=Told.ACCEPTED, does=False, delay=0.2)
        cancelling = asyncio.create_task(point.cancel_reservation(reservation_id))
        await eventually(lambda: cpo.requests[-1].path.endswith("CANCEL_RESERVATION"))
        cpo.cancel_reservation(reservation_id)
        await eventually(lambda: point.value("reservation") is None)
        await cancelling
        assert heard.ids == []


async def test_another_is_given_up(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """One that is not known here may be known there."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        reservation_id = await point.reserve(soon())
        with pytest.raises(CommandRefused) as caught:
            await point.cancel_reservation("another")
        assert caught.value.result is Result.UNKNOWN_RESERVATION
        assert point.text("reservation") == reservation_id


async def test_given_up_after_its_end(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """One that is not held here, and whose end was told before, is given up in peace."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        reservation_id = await point.reserve(soon())
        cpo.cancel_reservation(reservation_id)
        await eventually(lambda: point.value("reservation") is None)
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(result=Told.ACCEPTED)
        await point.cancel_reservation(reservation_id)


@pytest.mark.parametrize("version", [Version.V2_2_1, Version.V2_3_0])
async def test_one_that_the_operator_knows_no_more(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Then there is nothing left to give up; where it was refused for another reason, there is."""
    _, point = linked
    reservation_id = await point.reserve(soon())
    for result, left in ((Told.REJECTED, reservation_id), (Told.UNKNOWN_RESERVATION, None)):
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(immediate=Told.ACCEPTED, result=result, does=False)
        with pytest.raises(CommandRefused):
            await point.cancel_reservation(reservation_id)
        assert point.text("reservation") == left


# Taken back


async def test_taken_back(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """The operator says so where it said yes, long after."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        for number in range(2):
            await point.reserve(soon(), reservation_id="R1")
            cpo.cancel_reservation("R1")
            await cpo.settle()
            await asyncio.sleep(0)
            assert point.value("reservation") is None
            assert not inbox.open_ids
            # The same id twice is news twice.
            assert heard.ids == ["R1"] * (number + 1)


@pytest.mark.parametrize(
    "fault",
    [
        CallbackFault.WRONG_TOKEN,
        CallbackFault.NO_TOKEN,
        CallbackFault.GARBAGE,
        CallbackFault.HUGE,
        CallbackFault.NO_RESULT,
        CallbackFault.TWICE,
    ],
)
async def test_taken_back_by_whom(session: aiohttp.ClientSession, inbox: Inbox, fault: CallbackFault) -> None:
    """Nobody but the operator can, and that once."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        cpo.cancel_reservation(reservation_id, fault=fault)
        await cpo.settle()
        await asyncio.sleep(0)
        is_told = fault is CallbackFault.TWICE
        assert (point.value("reservation") is None) is is_told
        assert heard.ids == ([reservation_id] if is_told else [])


async def test_taken_back_before_the_command_is_answered(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """A yes, a no after all, and then the answer: it was granted, and is none."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        cpo.scripts[Command.RESERVE_NOW] = Script(order=Order.BEFORE)
        inbox.then = b'{"result": "CANCELED_RESERVATION"}'
        reservation_id = await point.reserve(soon())
        await asyncio.sleep(0)
        assert point.value("reservation") is None
        assert heard.ids == [reservation_id]
        assert not inbox.open_ids


async def test_seen_to_be_taken_back(session: aiohttp.ClientSession, version: Version) -> None:
    """Where the operator cannot tell us, the place is free again before its time."""
    async with operator(version) as cpo, connected(session, cpo, None) as (site, point):
        heard = Heard(point)
        reservation_id = await point.reserve(soon())
        await site.look()
        cpo.cancel_reservation(reservation_id)
        await site.look()
        await asyncio.sleep(0)
        assert point.value("reservation") is None
        assert heard.ids == [reservation_id]


async def test_what_was_never_seen_does_not_end(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """An operator may show no reservation at all."""
    site, point = linked
    heard = Heard(point)
    cpo.scripts[Command.RESERVE_NOW] = Script(does=False)
    reservation_id = await point.reserve(soon())
    await site.look()
    assert point.text("status") == "available"
    assert point.text("reservation") == reservation_id
    assert heard.ids == []


async def test_a_clock_that_is_ahead(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """An end within the last minute is no more than another clock."""
    async with connected(session, cpo, None) as (site, point):
        heard = Heard(point)
        await point.reserve(soon(50))
        await site.look()
        cpo.tick(51)
        await site.look()
        await asyncio.sleep(0)
        assert point.value("reservation") is None
        assert heard.ids == []


async def test_taken_by_a_car_that_is_not_shown_yet(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Who plugs in has not lost the reservation."""
    site, point = linked
    heard = Heard(point)
    reservation_id = await point.reserve(soon())
    await site.look()
    cpo.out_of_order(status="CHARGING")
    for session in cpo.sessions:
        cpo.stop_session(session.evse.uid)
    cpo.plug_in()
    await site.look()
    assert point.text("reservation") == reservation_id
    cpo.swipe("EVSE1", DRIVER.uid)
    await site.look()
    assert point.value("reservation") is None
    assert heard.ids == []
