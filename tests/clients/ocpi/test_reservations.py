"""Reservations: granted, used, given up, run out, and taken back by the operator."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import RESERVATION_CANCELLED, ChargePoint
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.errors import CommandRefused, InvalidArgument, ResultTimeout
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import CallbackFault, Command, Cpo, Order, Result as Told, Script, Version
from tests.clients.waiting import eventually
from tests.operator_pace import IMPATIENT

from .conftest import DRIVER, OWN_TOKEN, Inbox, connected, credentials, enveloped, handshake, operator, serving


def _soon(seconds: float = 3600) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


class Heard:
    """The reservations that the operator took back, as they are told."""

    def __init__(self, point: ChargePoint) -> None:
        """Listen."""
        self.ids: list[str | None] = []
        point.subscribe([RESERVATION_CANCELLED], lambda: self.ids.append(point.text(RESERVATION_CANCELLED)))


async def test_granted(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox, version: Version) -> None:
    """It is known by its id until it runs out, and the operator may still say something about it."""
    site, point = linked
    expiry = _soon()
    reservation_id = await point.reserve(expiry)
    assert point.text("reservation") == reservation_id
    assert point.moment("reserved_until") == expiry
    (theirs,) = cpo.reservations
    assert theirs.id == reservation_id
    assert theirs.expiry == expiry.replace(microsecond=0)
    assert len(inbox.open_ids) == 1
    await site.look()
    assert point.text("status") == "reserved"
    assert point.text("session_status") == (None if version is Version.V2_1_1 else "reservation")
    assert point.flag("charging") is False


async def test_an_id_of_ones_own(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """The same id replaces the reservation."""
    _, point = linked
    for seconds in (1000, 2000):
        assert await point.reserve(_soon(seconds), reservation_id="17") == "17"
    (theirs,) = cpo.reservations
    assert theirs.expiry > _soon(1500)
    until = point.moment("reserved_until")
    assert until is not None
    assert until > _soon(1500)


async def test_the_former_is_forgotten(linked: tuple[Operator, ChargePoint], inbox: Inbox) -> None:
    """One address is open, that of the last."""
    _, point = linked
    await point.reserve(_soon(), reservation_id="17")
    await point.reserve(_soon(), reservation_id="17")
    assert inbox.open_ids == {inbox.opened[-1]}


async def test_refused(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """Then there is none; what there was before stays."""
    _, point = linked
    await point.reserve(_soon(), reservation_id="17")
    cpo.scripts[Command.RESERVE_NOW] = Script(result=Told.EVSE_OCCUPIED)
    with pytest.raises(CommandRefused):
        await point.reserve(_soon(), reservation_id="18")
    assert point.text("reservation") == "17"
    assert len(inbox.open_ids) == 1


async def test_nothing_is_sent_that_is_wrong(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """A moment that is over."""
    _, point = linked
    asked = len(cpo.requests)
    with pytest.raises(InvalidArgument):
        await point.reserve(_soon(-1))
    assert len(cpo.requests) == asked
    assert not inbox.opened


async def test_used(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """When we charge there it is over, and not by the operator's doing."""
    site, point = linked
    heard = Heard(point)
    await point.reserve(_soon())
    await site.look()
    cpo.plug_in()
    await point.start()
    await site.look()
    assert point.flag("charging") is True
    assert point.value("reservation") is None
    assert not inbox.open_ids
    assert heard.ids == []


async def test_given_up(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """And the operator's word for that is no news."""
    async with operator() as cpo, connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        reservation_id = await point.reserve(_soon())
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
        reservation_id = await point.reserve(_soon())
        await site.look()
        assert not cpo.callbacks or all(told.status is None for told in cpo.callbacks)
        await point.cancel_reservation(reservation_id)
        assert point.value("reservation") is None
        assert heard.ids == []


async def test_given_up_in_vain(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """It stays, and its end is news again."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        reservation_id = await point.reserve(_soon())
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
            await point.reserve(_soon(), reservation_id="R1")
            cpo.scripts[Command.CANCEL_RESERVATION] = script
            await point.cancel_reservation("R1")
            assert point.value("reservation") is None
        assert heard.ids == []


async def test_given_up_by_both(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """Who takes back what we are giving up tells us nothing new."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        reservation_id = await point.reserve(_soon())
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
        reservation_id = await point.reserve(_soon())
        with pytest.raises(CommandRefused) as caught:
            await point.cancel_reservation("another")
        assert caught.value.result is Result.UNKNOWN_RESERVATION
        assert point.text("reservation") == reservation_id


async def test_given_up_after_its_end(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """One that is not held here, and whose end was told before, is given up in peace."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        reservation_id = await point.reserve(_soon())
        cpo.cancel_reservation(reservation_id)
        await eventually(lambda: point.value("reservation") is None)
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(result=Told.ACCEPTED)
        await point.cancel_reservation(reservation_id)


@pytest.mark.parametrize("fault", [CallbackFault.NEVER, None])
async def test_granted_after_all(session: aiohttp.ClientSession, fault: CallbackFault | None) -> None:
    """What nobody has heard of in time may cost money: once it is seen its id is known, and it can be given up."""
    async with operator() as cpo, connected(session, cpo, None, pace=IMPATIENT) as (site, point):
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=fault, does_after=0.5)
        with pytest.raises(ResultTimeout):
            await point.reserve(_soon(), reservation_id="LATE")
        assert point.value("reservation") is None
        await eventually(lambda: cpo.reservations)
        await site.look()
        assert point.text("reservation") == "LATE"
        await point.cancel_reservation("LATE")
        await site.look()
        assert point.value("reservation") is None
        assert not cpo.reservations


async def test_granted_to_who_gave_up_waiting(session: aiohttp.ClientSession) -> None:
    """A script that is stopped has reserved all the same; one that was refused before is no matter any more."""
    async with operator() as cpo, connected(session, cpo, None, pace=IMPATIENT) as (site, point):
        cpo.scripts[Command.RESERVE_NOW] = Script(immediate=Told.REJECTED)
        with pytest.raises(CommandRefused):
            await point.reserve(_soon(), reservation_id="REFUSED")
        refused = point.unsure_reservation
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does_after=0.3)
        order = asyncio.create_task(point.reserve(_soon(), reservation_id="LATE"))
        asked = len(cpo.requests)
        await eventually(lambda: any(each.method == "POST" for each in cpo.requests[asked:]))
        order.cancel()
        with pytest.raises(asyncio.CancelledError):
            await order
        unsure = point.unsure_reservation
        assert refused is None
        assert unsure is not None
        assert unsure.id == "LATE"
        await eventually(lambda: cpo.reservations)
        await site.look()
        assert point.text("reservation") == "LATE"
        assert point.unsure_reservation is None


@pytest.mark.parametrize("gives_up", [False, True])
async def test_one_that_may_have_been_granted_before_we_began(
    session: aiohttp.ClientSession, inbox: Inbox, gives_up: bool
) -> None:
    """By its reference it is known as ours when it shows; who gives it up need not wait for that."""
    async with operator() as cpo:
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does_after=0.5)
        async with connected(session, cpo, None, pace=IMPATIENT) as (_, point):
            with pytest.raises(ResultTimeout):
                await point.reserve(_soon(), reservation_id="LATE")
            unsure = point.unsure_reservation
        assert unsure is not None
        async with connected(session, cpo, inbox) as (site, point):
            point.recall_reservation("LONG-OVER", _soon(-1), unsure_reference=unsure.reference)
            assert point.unsure_reservation is None
            point.recall_reservation(unsure.id, unsure.expiry, unsure_reference=unsure.reference)
            assert point.value("reservation") is None
            await eventually(lambda: cpo.reservations)
            if gives_up:
                await point.cancel_reservation("LATE")
                assert not cpo.reservations
            await site.look()
            assert point.text("reservation") == (None if gives_up else "LATE")
            assert point.unsure_reservation is None


async def test_somebody_elses(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """A place that was reserved for another since our last look is not reserved for us because it is reserved."""
    async with connected(session, cpo, None, pace=IMPATIENT) as (_, point):
        cpo.out_of_order(status="RESERVED")
        cpo.scripts[Command.RESERVE_NOW] = Script(immediate=Told.ACCEPTED, does=False)
        with pytest.raises(ResultTimeout):
            await point.reserve(_soon())
        assert point.value("reservation") is None


async def test_run_out(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """It ends by itself, and nobody is awaited any more."""
    _, point = linked
    heard = Heard(point)
    # An operator is told whole seconds, of which one has to be left.
    await point.reserve(_soon(1.5))
    assert await point.wait_until(lambda: point.value("reservation") is None, ["reservation"], seconds=5)
    assert point.value("reserved_until") is None
    assert not inbox.open_ids
    assert heard.ids == []


# Taken back


async def test_taken_back(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """The operator says so where it said yes, long after."""
    async with operator() as cpo, connected(session, cpo, inbox) as (_, point):
        heard = Heard(point)
        for number in range(2):
            await point.reserve(_soon(), reservation_id="R1")
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
        reservation_id = await point.reserve(_soon())
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
        reservation_id = await point.reserve(_soon())
        await asyncio.sleep(0)
        assert point.value("reservation") is None
        assert heard.ids == [reservation_id]
        assert not inbox.open_ids


async def test_seen_to_be_taken_back(session: aiohttp.ClientSession, version: Version) -> None:
    """Where the operator cannot tell us, the place is free again before its time."""
    async with operator(version) as cpo, connected(session, cpo, None) as (site, point):
        heard = Heard(point)
        reservation_id = await point.reserve(_soon())
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
    reservation_id = await point.reserve(_soon())
    await site.look()
    assert point.text("status") == "available"
    assert point.text("reservation") == reservation_id
    assert heard.ids == []


async def test_a_clock_that_is_ahead(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """An end within the last minute is no more than another clock."""
    async with connected(session, cpo, None) as (site, point):
        heard = Heard(point)
        await point.reserve(_soon(50))
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
    reservation_id = await point.reserve(_soon())
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


async def test_granted_while_letting_go(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """Nothing is held by whom nobody holds any more."""

    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            site.results.deliver(inbox.opened[0], f"Token {OWN_TOKEN}", b'{"result": "ACCEPTED"}')
            await site.close()
            return enveloped({"result": "ACCEPTED", "timeout": 30})
        evse = {"uid": "EVSE1", "status": "AVAILABLE"}
        return handshake(request) or enveloped(evse if request.path.endswith("EVSE1") else [])

    async with serving(answer) as (url, _):
        site = Operator(OcpiClient(session, credentials(f"{url}/versions")), callbacks=inbox)
        point = site.charge_point("LOC1", "EVSE1")
        await site.connect()
        await point.reserve(_soon())
        assert point.value("reservation") is None
        assert not inbox.open_ids


async def test_letting_go(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """The reservation goes on without us, and nobody is told."""
    async with connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        await point.reserve(_soon())
        await site.close()
        assert not inbox.open_ids
        assert len(cpo.reservations) == 1
        await asyncio.sleep(0)
        assert heard.ids == []


@pytest.mark.parametrize("version", [Version.V2_2_1, Version.V2_3_0])
async def test_one_that_the_operator_knows_no_more(linked: tuple[Operator, ChargePoint], cpo: Cpo) -> None:
    """Then there is nothing left to give up; where it was refused for another reason, there is."""
    _, point = linked
    reservation_id = await point.reserve(_soon())
    for result, left in ((Told.REJECTED, reservation_id), (Told.UNKNOWN_RESERVATION, None)):
        cpo.scripts[Command.CANCEL_RESERVATION] = Script(immediate=Told.ACCEPTED, result=result, does=False)
        with pytest.raises(CommandRefused):
            await point.cancel_reservation(reservation_id)
        assert point.text("reservation") == left


async def test_one_from_before_we_began(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """It is held, without an address, until it is given up, runs out, or is seen to be taken back; one that has run out is not."""
    async with connected(session, cpo, inbox) as (_, before):
        expiry = _soon()
        reservation_id = await before.reserve(expiry)
    async with connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        point.recall_reservation("LONG-OVER", _soon(-1))
        assert point.text("reservation") is None
        point.recall_reservation(reservation_id, expiry)
        assert (point.text("reservation"), point.moment("reserved_until")) == (reservation_id, expiry)
        await site.look()
        assert not inbox.open_ids
        cpo.cancel_reservation(reservation_id)
        await site.look()
        await eventually(lambda: heard.ids == [reservation_id])
        assert point.text("reservation") is None
