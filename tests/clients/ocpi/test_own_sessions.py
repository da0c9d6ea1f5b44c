"""Which sessions are ours, and how they are kept in sight until they are over: money is at stake."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from custom_components.open_ev.clients.ocpi.credentials import Encoding
from custom_components.open_ev.clients.ocpi.errors import CommandRefused, OcpiError
from custom_components.open_ev.clients.ocpi.models import Result, Session, SessionStatus
from custom_components.open_ev.clients.ocpi.own_session import OwnSession
from simulators.cpo import Cpo, Module, Session as TheirSession, SessionStatus as TheirStatus, Version

from .conftest import DRIVER, Inbox, connected, credentials, operator

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
HERE = Session(
    id="S1", status=SessionStatus.ACTIVE, start=NOW, location_id="LOC1", evse_uid="EVSE1", token_uid=DRIVER.uid
)


@pytest.fixture
def own() -> OwnSession:
    """Ours at a charge point."""
    return OwnSession(credentials("https://operator.example/", encoding=Encoding.AUTO), "LOC1", "EVSE1")


def _taken(own: OwnSession, *sessions: Session) -> str | None:
    """Take these, of the last month; returns which is shown."""
    own.take(sessions, NOW - MONTH)
    return None if own.session is None else own.session.id


# Whose they are


@pytest.mark.parametrize(
    ("session", "is_ours"),
    [
        (HERE, True),
        (replace(HERE, token_uid=DRIVER.uid.lower(), location_id="loc1", evse_uid="evse1"), True),
        (replace(HERE, token_party="nlHOM"), True),
        (replace(HERE, contract_id="ANOTHER"), True),
        # 2.1.1 tells no token.
        (replace(HERE, token_uid=None, contract_id=DRIVER.contract_id), True),
        # Another card of the same contract is another driver's.
        (replace(HERE, token_uid="DRIVER-2", contract_id=DRIVER.contract_id), False),
        # And so is a card that happens to have the same number.
        (replace(HERE, token_party="NLXYZ"), False),
        (replace(HERE, token_uid=None, contract_id=DRIVER.contract_id, token_party="BEHOM"), False),
        (replace(HERE, token_uid=None), False),
        (replace(HERE, evse_uid="EVSE2"), False),
        (replace(HERE, evse_uid=None), False),
        (replace(HERE, location_id="LOC2"), False),
        (replace(HERE, token_uid="SOMEBODY", reference="theirs"), False),
    ],
)
def test_whose(own: OwnSession, session: Session, is_ours: bool) -> None:
    """Our driver's, and here."""
    assert _taken(own, session) == ("S1" if is_ours else None)


def test_what_we_authorized(own: OwnSession) -> None:
    """It is ours whatever else is said of it, and stays so when the operator does not repeat by what it was known."""
    virtual = replace(HERE, token_uid="VIRTUAL", reference=own.new_reference().upper())
    assert _taken(own, virtual) == "S1"
    assert _taken(own, replace(virtual, reference=None, status=SessionStatus.COMPLETED)) == "S1"
    assert not own.is_open
    # Somebody else's id may be the same elsewhere.
    assert _taken(own, replace(virtual, reference=None, evse_uid="EVSE2", energy=7.0)) == "S1"
    assert own.session is not None
    assert own.session.energy is None


def test_references_are_not_kept_for_ever(own: OwnSession) -> None:
    """The session of a command long ago is over."""
    first = own.new_reference()
    for _ in range(20):
        own.new_reference()
    assert _taken(own, replace(HERE, token_uid="VIRTUAL", reference=first)) is None


# Which one is shown


def test_the_youngest(own: OwnSession) -> None:
    """An operator may have forgotten to end one that never began, and an older one that is active goes before."""
    pending = replace(HERE, id="P", status=SessionStatus.PENDING, start=None, updated=NOW - timedelta(days=2))
    done = replace(HERE, id="D", status=SessionStatus.COMPLETED, start=NOW - timedelta(days=1))
    assert _taken(own, pending, done) == "D"
    assert not own.is_open
    assert _taken(own, replace(pending, id="Q", updated=None)) == "Q"
    active = replace(HERE, id="A", start=NOW - timedelta(days=3))
    assert _taken(own, active) == "A"
    assert _taken(own, replace(active, id="B", start=NOW)) == "B"


# Which one has charged


@pytest.mark.parametrize("waiting", [SessionStatus.RESERVATION, SessionStatus.PENDING])
@pytest.mark.parametrize("end", [SessionStatus.COMPLETED, SessionStatus.INVALID, SessionStatus.UNKNOWN])
def test_one_that_never_charged(own: OwnSession, waiting: SessionStatus, end: SessionStatus) -> None:
    """What was charged is that of the session before, also when the reservation or the start in vain is over."""
    done = replace(HERE, status=SessionStatus.COMPLETED, energy=11.0)
    _taken(own, done)
    waits = replace(HERE, id="W", status=waiting, start=NOW + timedelta(hours=1), energy=0.0)
    assert _taken(own, done, waits) == "W"
    assert own.charged == done
    # Nor are those lists of any use in which the one before is no more, as it has not changed.
    for status in (waiting, end, end):
        assert _taken(own, replace(waits, status=status)) == "W"
        assert own.charged == done


def test_one_that_charged_out_of_sight(own: OwnSession) -> None:
    """It is known by its energy, which may be told late."""
    waits = replace(HERE, status=SessionStatus.RESERVATION, energy=0.0)
    _taken(own, waits)
    _taken(own, replace(waits, status=SessionStatus.COMPLETED))
    assert own.charged is None
    charged = replace(waits, status=SessionStatus.COMPLETED, energy=7.0)
    _taken(own, charged)
    assert own.charged == charged


def test_one_that_charged_nothing(own: OwnSession) -> None:
    """A car that was full has had its session all the same, and there is no way back to the one before."""
    done = replace(HERE, status=SessionStatus.COMPLETED, energy=11.0)
    active = replace(HERE, id="F", start=NOW + timedelta(hours=1), energy=0.0)
    full = replace(active, status=SessionStatus.COMPLETED)
    for session in (replace(active, status=SessionStatus.RESERVATION), active, full):
        _taken(own, done, session)
    assert own.charged == full
    _taken(own, done)
    assert own.charged == full


def test_one_of_which_nobody_saw_the_beginning(own: OwnSession) -> None:
    """It was shown before a restart, perhaps, so it is shown now."""
    over = replace(HERE, status=SessionStatus.COMPLETED, energy=0.0)
    _taken(own, over)
    assert own.charged == over


def test_one_that_failed_between_two_looks(own: OwnSession) -> None:
    """It is younger than the one that charges, of which more is told yet; and nobody saw it wait."""
    charging = replace(HERE, energy=3.0)
    failed = replace(HERE, id="F", status=SessionStatus.INVALID, start=NOW + timedelta(hours=1), energy=0.0)
    _taken(own, charging)
    _taken(own, charging, failed)
    done = replace(charging, status=SessionStatus.COMPLETED, energy=11.0)
    assert _taken(own, done, failed) == "F"
    assert own.charged == done


@pytest.mark.parametrize(
    ("first", "start"),
    [
        # Its operator has forgotten to end it.
        (replace(HERE, id="A", energy=11.0), NOW + timedelta(hours=1)),
        # By the clock of the EVSE the next one was before it.
        (replace(HERE, id="A", energy=11.0, status=SessionStatus.COMPLETED), NOW - timedelta(hours=1)),
    ],
    ids=["never ended", "wrong clock"],
)
def test_one_that_was_counted_does_not_come_back(own: OwnSession, first: Session, start: datetime) -> None:
    """What it charged would be charged again, for all who see its count begin anew."""
    second = replace(HERE, start=start, energy=0.5)
    _taken(own, first)
    assert own.charged == first
    _taken(own, first, second)
    assert own.charged == second
    done = replace(second, status=SessionStatus.COMPLETED, energy=5.0)
    for _ in range(2):
        _taken(own, replace(first, id="a"), done)
        assert own.charged == done
    third = replace(HERE, id="C", start=NOW + timedelta(hours=2))
    _taken(own, first, third)
    assert own.charged == third


def test_one_that_is_corrected_during_the_next(own: OwnSession) -> None:
    """It stays ours when the operator no longer repeats by what it was known."""
    virtual = replace(HERE, token_uid="VIRTUAL", reference=own.new_reference(), energy=11.0)
    _taken(own, virtual)
    _taken(own, replace(virtual, status=SessionStatus.COMPLETED))
    waits = replace(HERE, id="W", status=SessionStatus.RESERVATION, start=NOW + timedelta(hours=1))
    _taken(own, waits)
    corrected = replace(virtual, status=SessionStatus.COMPLETED, reference=None, energy=11.5)
    assert _taken(own, waits, corrected) == "W"
    assert own.charged == corrected


# How long


@pytest.mark.parametrize(
    ("session", "since"),
    [
        (HERE, NOW),
        (replace(HERE, updated=NOW + timedelta(hours=1)), NOW),
        (replace(HERE, start=None, updated=NOW), NOW),
        (replace(HERE, status=SessionStatus.RESERVATION), NOW),
        (replace(HERE, status=SessionStatus.UNKNOWN), NOW),
        (replace(HERE, start=None), None),
        (replace(HERE, status=SessionStatus.COMPLETED), None),
        (replace(HERE, status=SessionStatus.INVALID), None),
    ],
)
def test_what_has_to_be_asked_for(own: OwnSession, session: Session, since: datetime | None) -> None:
    """All since one began that is not over."""
    assert own.since is None
    _taken(own, session)
    assert own.since == since


def test_one_that_is_gone(own: OwnSession) -> None:
    """Nobody knows how it went on, if it is not seen again and again where it would be; and it may come back."""
    _taken(own, replace(HERE, energy=3.0))
    _taken(own)
    assert own.is_charging
    _taken(own, HERE)
    _taken(own)
    assert own.is_charging
    _taken(own)
    assert own.session == replace(HERE, status=SessionStatus.UNKNOWN)
    _taken(own, HERE)
    assert own.is_charging


def test_one_that_was_not_asked_for(own: OwnSession) -> None:
    """What began before, or is over, need not be among what changed."""
    _taken(own, HERE)
    for _ in range(3):
        own.take([], NOW + timedelta(seconds=1))
    assert own.is_charging
    _taken(own, replace(HERE, status=SessionStatus.COMPLETED))
    for _ in range(3):
        _taken(own)
    assert own.session is not None
    assert own.session.status is SessionStatus.COMPLETED


# With an operator


def _begin(cpo: Cpo, ago: timedelta) -> TheirSession:
    cpo.plug_in()
    theirs = cpo.swipe("EVSE1", DRIVER.uid)
    theirs.start = theirs.last_updated = cpo.now - ago
    return theirs


async def test_an_end_that_is_told_late(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """An EVSE that was offline tells of it with the time that it had, long before our last look."""
    theirs = _begin(cpo, timedelta(hours=5))
    async with connected(session, cpo, None) as (site, point):
        assert point.flag("charging") is True
        await site.look()
        theirs.close(cpo.now - timedelta(hours=3))
        await site.look()
        assert point.flag("charging") is False
        assert point.text("session_status") == "completed"
        # And then it has not to be asked for any more.
        await site.look()
        assert datetime.fromisoformat(cpo.requests[-2].query["date_from"]) > cpo.now - timedelta(hours=2)


async def test_an_operator_whose_clock_is_behind(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Sessions are asked for by that clock, or the next would never be seen."""
    cpo.tick(-3 * 3600)
    async with connected(session, cpo, None) as (site, point):
        await site.look()
        _begin(cpo, timedelta())
        await site.look()
        assert point.flag("charging") is True


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday"])
async def test_an_operator_that_has_no_clock(
    session: aiohttp.ClientSession, cpo: Cpo, monkeypatch: pytest.MonkeyPatch, year: str
) -> None:
    """It is asked for what has changed all the same."""
    monkeypatch.setattr("simulators.cpo.envelope.write_moment", lambda _: year)
    async with connected(session, cpo, None) as (site, point):
        _begin(cpo, timedelta())
        await site.look()
        assert point.flag("charging") is True
        assert cpo.now - timedelta(days=9) < datetime.fromisoformat(cpo.requests[-2].query["date_from"]) < cpo.now


async def test_one_that_began_in_the_year_one(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Nobody asks for two thousand years of sessions."""
    theirs = _begin(cpo, timedelta())
    theirs.start = datetime.min.replace(tzinfo=UTC)
    async with connected(session, cpo, None) as (site, point):
        await site.look()
        assert point.flag("charging") is True
        assert datetime.fromisoformat(cpo.requests[-2].query["date_from"]) > cpo.now - timedelta(days=8)


async def test_one_that_the_operator_knows_no_more(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """The switch does not stay on for ever."""
    theirs = _begin(cpo, timedelta())
    async with connected(session, cpo, None) as (site, point):
        assert point.flag("charging") is True
        theirs.listed = False
        with pytest.raises(CommandRefused) as caught:
            await point.stop()
        assert caught.value.result is Result.UNKNOWN_SESSION
        for _ in range(2):
            await site.look()
        assert point.flag("charging") is False
        assert point.text("session_status") == "unknown"


async def test_no_second_start(session: aiohttp.ClientSession, cpo: Cpo, inbox: Inbox) -> None:
    """Where ours charges nothing is sent; where it has ended meanwhile the next is begun."""
    _begin(cpo, timedelta())
    async with connected(session, cpo, inbox) as (_, point):
        await asyncio.gather(point.start(), point.start())
        assert all(request.method == "GET" for request in cpo.requests)
        cpo.stop_session()
        await asyncio.gather(point.start(), point.start())
        assert len([request for request in cpo.requests if request.method == "POST"]) == 1
        assert [theirs.status for theirs in cpo.sessions] == [TheirStatus.COMPLETED, TheirStatus.ACTIVE]


async def test_no_start_in_the_dark(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Nor is anything sent when nobody can say whether it still charges."""
    _begin(cpo, timedelta())
    async with connected(session, cpo, None) as (_, point):
        cpo.knobs.modules, cpo.knobs.status = frozenset({Module.SESSIONS}), 500
        with pytest.raises(OcpiError):
            await point.start()
        assert all(request.method == "GET" for request in cpo.requests)


async def test_another_driver_of_our_contract(session: aiohttp.ClientSession, inbox: Inbox) -> None:
    """Is not stopped, nor shown."""
    async with operator(Version.V2_2_1) as cpo, connected(session, cpo, inbox) as (site, point):
        cpo.plug_in()
        theirs = cpo.swipe("EVSE1", "DRIVER-2")
        theirs.driver = replace(theirs.driver, contract_id=DRIVER.contract_id)
        await site.look()
        assert point.session is None
        with pytest.raises(CommandRefused) as caught:
            await point.stop()
        assert caught.value.result is Result.UNKNOWN_SESSION
        assert cpo.charging()
