"""Reservations: granted, refused, and granted to who has not heard of it, or was not there yet or any more."""

import asyncio

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.errors import CommandRefused, InvalidArgument, ResultTimeout
from custom_components.open_ev.clients.ocpi.operator import Operator
from simulators.cpo import CallbackFault, Command, Cpo, Result as Told, Script, Version
from tests.clients.waiting import eventually
from tests.operator_pace import IMPATIENT

from .conftest import OWN_TOKEN, Inbox, connected, credentials, enveloped, handshake, operator, serving
from .reserving import Heard, soon


async def test_granted(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox, version: Version) -> None:
    """It is known by its id until it runs out, and the operator may still say something about it."""
    site, point = linked
    expiry = soon()
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
        assert await point.reserve(soon(seconds), reservation_id="17") == "17"
    (theirs,) = cpo.reservations
    assert theirs.expiry > soon(1500)
    until = point.moment("reserved_until")
    assert until is not None
    assert until > soon(1500)


async def test_the_former_is_forgotten(linked: tuple[Operator, ChargePoint], inbox: Inbox) -> None:
    """One address is open, that of the last."""
    _, point = linked
    await point.reserve(soon(), reservation_id="17")
    await point.reserve(soon(), reservation_id="17")
    assert inbox.open_ids == {inbox.opened[-1]}


async def test_refused(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """Then there is none; what there was before stays."""
    _, point = linked
    await point.reserve(soon(), reservation_id="17")
    cpo.scripts[Command.RESERVE_NOW] = Script(result=Told.EVSE_OCCUPIED)
    with pytest.raises(CommandRefused):
        await point.reserve(soon(), reservation_id="18")
    assert point.text("reservation") == "17"
    assert len(inbox.open_ids) == 1


async def test_nothing_is_sent_that_is_wrong(linked: tuple[Operator, ChargePoint], cpo: Cpo, inbox: Inbox) -> None:
    """A moment that is over."""
    _, point = linked
    asked = len(cpo.requests)
    with pytest.raises(InvalidArgument):
        await point.reserve(soon(-1))
    assert len(cpo.requests) == asked
    assert not inbox.opened


@pytest.mark.parametrize("fault", [CallbackFault.NEVER, None])
async def test_granted_after_all(session: aiohttp.ClientSession, fault: CallbackFault | None) -> None:
    """What nobody has heard of in time may cost money: once it is seen its id is known, and it can be given up."""
    async with operator() as cpo, connected(session, cpo, None, pace=IMPATIENT) as (site, point):
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=fault, does_after=0.5)
        with pytest.raises(ResultTimeout):
            await point.reserve(soon(), reservation_id="LATE")
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
            await point.reserve(soon(), reservation_id="REFUSED")
        refused = point.unsure_reservation
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does_after=0.3)
        order = asyncio.create_task(point.reserve(soon(), reservation_id="LATE"))
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


async def test_one_that_may_come_is_not_forgotten_for_another(session: aiohttp.ClientSession) -> None:
    """Each can cost money."""
    async with operator() as cpo, connected(session, cpo, None, pace=IMPATIENT) as (_, point):
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does=False)
        with pytest.raises(ResultTimeout):
            await point.reserve(soon(), reservation_id="FIRST")
        cpo.scripts[Command.RESERVE_NOW] = Script()
        await point.reserve(soon(), reservation_id="SECOND")
        assert point.text("reservation") == "SECOND"
        assert point.unsure_reservation is not None
        assert point.unsure_reservation.id == "FIRST"


@pytest.mark.parametrize("gives_up", [False, True])
async def test_one_that_may_have_been_granted_before_we_began(
    session: aiohttp.ClientSession, inbox: Inbox, gives_up: bool
) -> None:
    """By its reference it is known as ours when it shows; who gives it up need not wait for that."""
    async with operator() as cpo:
        cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does_after=0.5)
        async with connected(session, cpo, None, pace=IMPATIENT) as (_, point):
            with pytest.raises(ResultTimeout):
                await point.reserve(soon(), reservation_id="LATE")
            unsure = point.unsure_reservation
        assert unsure is not None
        async with connected(session, cpo, inbox) as (site, point):
            point.recall_reservation("LONG-OVER", soon(-1), unsure_reference=unsure.reference)
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
            await point.reserve(soon())
        assert point.value("reservation") is None


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
        await point.reserve(soon())
        assert point.value("reservation") is None
        assert not inbox.open_ids


async def test_letting_go(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """The reservation goes on without us, and nobody is told."""
    async with connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        await point.reserve(soon())
        await site.close()
        assert not inbox.open_ids
        assert len(cpo.reservations) == 1
        await asyncio.sleep(0)
        assert heard.ids == []


async def test_one_from_before_we_began(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """It is held, without an address, until it is given up, runs out, or is seen to be taken back; one that has run out is not."""
    async with connected(session, cpo, inbox) as (_, before):
        expiry = soon()
        reservation_id = await before.reserve(expiry)
    async with connected(session, cpo, inbox) as (site, point):
        heard = Heard(point)
        point.recall_reservation("LONG-OVER", soon(-1))
        assert point.text("reservation") is None
        point.recall_reservation(reservation_id, expiry)
        assert (point.text("reservation"), point.moment("reserved_until")) == (reservation_id, expiry)
        await site.look()
        assert not inbox.open_ids
        cpo.cancel_reservation(reservation_id)
        await site.look()
        await eventually(lambda: heard.ids == [reservation_id])
        assert point.text("reservation") is None
