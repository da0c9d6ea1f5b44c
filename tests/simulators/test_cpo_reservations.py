"""Reservations at a simulated operator: made, run out, given back and cancelled."""

import pytest

from simulators.cpo import Command, Cpo, Result, Tariff, Version

from .cpo_emsp import LONG_AGO, in_a_while, meet, refined, token

pytestmark = pytest.mark.usefixtures("socket_enabled")

ALL = list(Version)
NEW = [Version.V2_2_1, Version.V2_3_0]


@pytest.mark.parametrize("version", ALL)
async def test_a_reservation(version: Version) -> None:
    """It keeps others out, lets its driver in, and becomes the session that it came with (since 2.2)."""
    async with meet(Cpo(version, tariff=Tariff(reservation=2.0))) as emsp:
        cpo = emsp.cpo
        occupied = refined(version, Result.EVSE_OCCUPIED)
        assert await emsp.do(Command.RESERVE_NOW) == ["ACCEPTED"] * 2
        assert ((await emsp.evse())["status"], cpo.reservations[0].id) == ("RESERVED", "7")
        assert [session["status"] for session in await emsp.sessions()] == (
            [] if version is Version.V2_1_1 else ["RESERVATION"]
        )
        cpo.plug_in()
        assert cpo.status() == "RESERVED"
        other = token(version, "YOU")
        assert (await emsp.do(Command.START_SESSION, token=other))[-1] == occupied
        assert (await emsp.do(Command.RESERVE_NOW, token=other, reservation_id=_id(version, 8)))[-1] == occupied
        assert (await emsp.do(Command.RESERVE_NOW, token=other))[-1] == "REJECTED"
        assert (await emsp.do(Command.START_SESSION))[-1] == "ACCEPTED"
        [session] = await emsp.sessions()
        assert (session["status"], cpo.reservations, cpo.status()) == ("ACTIVE", [], "CHARGING")
        assert cpo.sessions[0].fees == (0.0 if version is Version.V2_1_1 else 2.0)


def _id(version: Version, number: int) -> int | str:
    return number if version is Version.V2_1_1 else str(number)


@pytest.mark.parametrize("version", ALL)
async def test_a_reservation_that_runs_out(version: Version) -> None:
    """Nobody is told. The same id again replaces it."""
    async with meet(Cpo(version)) as emsp:
        await emsp.do(Command.RESERVE_NOW, expiry_date=in_a_while(100))
        await emsp.do(Command.RESERVE_NOW, expiry_date=in_a_while(500))
        assert len(emsp.cpo.reservations) == 1
        emsp.cpo.tick(200)
        assert emsp.cpo.status() == "RESERVED"
        emsp.cpo.tick(400)
        assert ((await emsp.evse())["status"], emsp.cpo.reservations) == ("AVAILABLE", [])
        assert await emsp.results() == ["ACCEPTED"] * 2
        assert {session.status for session in emsp.cpo.sessions} <= {"COMPLETED"}
        assert await emsp.do(Command.RESERVE_NOW, expiry_date=LONG_AGO) == ["REJECTED", "ACCEPTED", "ACCEPTED"]


@pytest.mark.parametrize("version", NEW)
async def test_a_reservation_given_back(version: Version) -> None:
    """By its id; its session is over."""
    async with meet(Cpo(version)) as emsp:
        await emsp.do(Command.RESERVE_NOW, reservation_id="Seven")
        assert await emsp.do(Command.CANCEL_RESERVATION, reservation_id="SEVEN") == ["ACCEPTED"] * 3
        assert (emsp.cpo.status(), (await emsp.sessions())[0]["status"]) == ("AVAILABLE", "COMPLETED")


@pytest.mark.parametrize("version", ALL)
async def test_a_reservation_that_the_operator_cancels(version: Version) -> None:
    """It is posted to where the result of the reservation went; 2.1.1 has no word for it."""
    async with meet(Cpo(version)) as emsp:
        for breaks in (False, True):
            emsp.heard.clear()
            await emsp.do(Command.RESERVE_NOW)
            if breaks:
                emsp.cpo.out_of_order()
            else:
                emsp.cpo.cancel_reservation("7")
            assert emsp.cpo.reservations == []
            results = await emsp.results()
            assert results == ["ACCEPTED", "CANCELED_RESERVATION"][: 1 if version is Version.V2_1_1 else 2]
            assert {heard.path for heard in emsp.heard} == {"/RESERVE_NOW"}
        with pytest.raises(KeyError):
            emsp.cpo.cancel_reservation("7")


async def test_a_reservation_stopped_as_a_session() -> None:
    """It is one."""
    async with meet(Cpo()) as emsp:
        await emsp.do(Command.RESERVE_NOW)
        await emsp.do(Command.STOP_SESSION)
        assert (emsp.cpo.reservations, emsp.cpo.status()) == ([], "AVAILABLE")
