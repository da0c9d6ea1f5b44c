"""Locations and sessions, page by page, and single EVSEs."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import threading

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi import client as module, decoding
from custom_components.open_ev.clients.ocpi.answers import JsonObject
from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.errors import BadAnswer, CannotConnect, NotOcpi, UnknownObject
from custom_components.open_ev.clients.ocpi.models import EvseStatus, Location, SessionStatus
from simulators.cpo import Cpo, Quirk, Version

from .conftest import Seen, client_of, credentials, enveloped, handshake, operator, serving

PAGING = [
    set(),
    {Quirk.BROKEN_LINKS},
    {Quirk.BROKEN_LINKS, Quirk.NO_TOTAL},
    {Quirk.NO_LINKS},
    {Quirk.RELATIVE_LINKS},
    {Quirk.RELATIVE_LINKS, Quirk.NO_TOTAL},
    {Quirk.FOREIGN_LINKS},
    {Quirk.FOREIGN_LINKS, Quirk.NO_TOTAL},
    {Quirk.TRAILING_SLASHES, Quirk.STRICT_SLASHES},
    {Quirk.NULLS, Quirk.UNKNOWN_FIELDS, Quirk.UNKNOWN_VALUES, Quirk.NO_ZONE, Quirk.NEWER_SESSIONS, Quirk.ONE_EVSE},
    {Quirk.BARE},
    {Quirk.NO_LINKS, Quirk.NO_TOTAL},
    {Quirk.NO_LINKS, Quirk.NO_TOTAL, Quirk.BARE},
]


@pytest.mark.parametrize("quirks", PAGING, ids=lambda quirks: "+".join(sorted(quirks)) or "none")
async def test_pages(session: aiohttp.ClientSession, version: Version, quirks: set[Quirk]) -> None:
    """All of them, each once, whatever the links are worth."""
    async with operator(version, quirks, page=2) as cpo:
        for _ in range(5):
            cpo.swipe("EVSE1")
            cpo.stop_session("EVSE1")
        client = client_of(session, cpo)
        await client.connect()
        found = await client.sessions(datetime.now(UTC) - timedelta(days=1))
        assert [item.id for item in found] == [f"SESSION-{number}" for number in range(1, 6)]
        assert {item.status for item in found} == {SessionStatus.COMPLETED}
        assert {item.evse_uid for item in found} == {"EVSE1"}
        assert all(request.headers["Host"] == f"127.0.0.1:{cpo.port}" for request in cpo.requests)


async def test_a_link_that_leads_back(session: aiohttp.ClientSession) -> None:
    """A page that is its own next page is asked for once more at most."""
    async with operator(Version.V2_2_1, {Quirk.ENDLESS_LINKS}, page=2) as cpo:
        client = client_of(session, cpo)
        await client.connect()
        before = len(cpo.requests)
        await client.locations()
        assert len(cpo.requests) - before <= 2


@asynccontextmanager
async def _listing(
    session: aiohttp.ClientSession, answer: Callable[[web.Request], web.Response]
) -> AsyncGenerator[tuple[OcpiClient, list[Seen]]]:
    """A connected client of a server that answers all lists in one way."""

    async def handler(request: web.Request) -> web.Response:
        return handshake(request) or answer(request)

    async with serving(handler) as (url, seen):
        client = OcpiClient(session, credentials(f"{url}/versions"))
        await client.connect()
        seen.clear()
        yield client, seen


async def test_pages_that_never_turn(session: aiohttp.ClientSession) -> None:
    """A server that ignores where a page begins would go on for ever."""
    page = [{"id": "LOC1"}]
    async with _listing(session, lambda _: enveloped(page, headers={"X-Total-Count": "1000"})) as (client, seen):
        assert [place.id for place in await client.locations()] == ["LOC1"]
        assert len(seen) == 2


async def test_pages_without_end(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one followed that always has more."""
    monkeypatch.setattr(module, "MAX_PAGES", 5)

    def answer(request: web.Request) -> web.Response:
        return enveloped([{"id": request.query["offset"]}], headers={"X-Total-Count": "999999"})

    async with _listing(session, answer) as (client, seen):
        with pytest.raises(BadAnswer) as caught:
            await client.locations()
        assert caught.value.reason == "too_many"
        assert len(seen) == 5


async def test_pages_larger_than_asked_for(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody keeps more objects than a list may have, on however few pages."""
    monkeypatch.setattr(module, "MAX_OBJECTS", 5)

    def answer(request: web.Request) -> web.Response:
        return enveloped([{"id": f"{request.query['offset']}-{number}"} for number in range(3)])

    async with _listing(session, lambda _: enveloped([{"id": str(number)} for number in range(6)])) as (client, _):
        with pytest.raises(BadAnswer) as caught:
            await client.locations()
        assert caught.value.reason == "too_many"
    async with _listing(session, answer) as (client, _):
        assert len(await client.locations()) == 3


async def test_pages_that_are_too_long_together(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may be as long as it is; who keeps them all has only so much memory."""
    monkeypatch.setattr(module, "MAX_LIST", 100_000)

    def answer(request: web.Request) -> web.Response:
        place = {"id": request.query["offset"], "name": "n" * 30_000}
        return enveloped([place], headers={"X-Total-Count": "999999"})

    async with _listing(session, answer) as (client, seen):
        with pytest.raises(BadAnswer) as caught:
            await client.locations()
        assert caught.value.reason == "too_long"
        assert len(seen) == 4


@pytest.mark.parametrize(("places", "beside"), [(1, False), (50, True)])
async def test_a_large_page_is_read_beside_the_event_loop(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, places: int, beside: bool
) -> None:
    """Nobody else waits for as long as it takes; a small one is not worth a thread."""
    readers = set()
    read = decoding.location

    def location(item: JsonObject) -> Location | None:
        readers.add(threading.current_thread())
        return read(item)

    monkeypatch.setattr(decoding, "location", location)
    page = [{"id": str(number), "name": "n" * 2_000} for number in range(places)]
    async with _listing(session, lambda _: enveloped(page, headers={"X-Total-Count": str(places)})) as (client, _):
        assert len(await client.locations()) == places
    assert (threading.main_thread() not in readers) is beside
    assert len(readers) == 1


@pytest.mark.parametrize(("count", "limit"), [(50, None), (50, "1000"), (50, "0"), (2, "2")])
async def test_a_full_page_without_a_word(session: aiohttp.ClientSession, count: int, limit: str | None) -> None:
    """It may not be the last; one that is not turned is."""
    page = [{"id": str(number)} for number in range(count)]
    headers = {} if limit is None else {"X-Limit": limit}
    async with _listing(session, lambda _: enveloped(page, headers=headers)) as (client, seen):
        assert len(await client.locations()) == count
        assert [int(each.path.partition("offset=")[2].partition("&")[0]) for each in seen] == [0, count]


async def test_pages_that_take_too_long(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is in time, and all of them are not."""
    monkeypatch.setattr(module, "LIST_TIMEOUT", 0.2)

    async def handler(request: web.Request) -> web.Response:
        if (answered := handshake(request)) is not None:
            return answered
        await asyncio.sleep(0.05)
        return enveloped([{"id": request.query["offset"]}], headers={"X-Total-Count": "999999"})

    async with serving(handler) as (url, seen):
        client = OcpiClient(session, credentials(f"{url}/versions"))
        await client.connect()
        seen.clear()
        with pytest.raises(CannotConnect):
            await client.locations()
        assert len(seen) < 6


@pytest.mark.parametrize(
    "headers",
    [
        {"Link": '<{base}/locations?offset=1>; rel="next"'},
        {"Link": "</locations?offset=1>; rel=next"},
        {"Link": '<{base}/locations?offset=0>; rel="prev", <{base}/locations/?offset=1>; rel="next"'},
        {"Link": '<https://{host}/locations?offset=9>; rel="next"', "X-Total-Count": "2"},
        {"Link": '<{base}/elsewhere?offset=9>; rel="next"', "X-Total-Count": "2"},
        {"Link": '<http://[>; rel="next"'},
        {"Link": '<https://[]a@>; rel="next"'},
        {"Link": '<https://xn--a/>; rel="next"'},
        {"Link": "next"},
        {"Link": "<>"},
        {"X-Total-Count": "2"},
        {"X-Total-Count": " 2 "},
    ],
    ids=str,
)
async def test_ways_to_the_next_page(session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    """A link on the operator's server, else the numbers; what leads elsewhere is not followed."""

    def answer(request: web.Request) -> web.Response:
        if request.path.strip("/") != "locations":
            return web.Response(status=500)
        match request.query.get("offset"):
            case "0":
                base = f"http://{request.host}"
                told = {name: said.format(base=base, host=request.host) for name, said in headers.items()}
                return enveloped([{"id": "LOC1"}], headers=told)
            case "1":
                return enveloped([{"id": "LOC2"}])
        return web.Response(status=500)

    async with _listing(session, answer) as (client, _):
        assert [place.id for place in await client.locations()] == ["LOC1", "LOC2"]


@pytest.mark.parametrize("total", [None, "", "none", "-1", "1", "9" * 20])
async def test_numbers_that_are_none(session: aiohttp.ClientSession, total: str | None) -> None:
    """Without a link and a number, one page is all."""
    headers = {} if total is None else {"X-Total-Count": total}
    async with _listing(session, lambda _: enveloped([{"id": "LOC1"}], headers=headers)) as (client, seen):
        assert len(await client.locations()) == 1
        assert len(seen) == 1


async def test_bad_objects_among_good_ones(session: aiohttp.ClientSession) -> None:
    """The good ones are taken, as the standard advises."""
    page = [{"id": "LOC1"}, {"name": "nameless"}, "text", None, {"id": "LOC2"}]
    async with _listing(session, lambda _: enveloped(page)) as (client, _):
        assert [place.id for place in await client.locations()] == ["LOC1", "LOC2"]


async def test_what_is_no_list(session: aiohttp.ClientSession) -> None:
    """An object where a list should be is no empty list."""
    async with _listing(session, lambda _: enveloped({"id": "LOC1"})) as (client, _):
        with pytest.raises(BadAnswer):
            await client.locations()
    async with _listing(session, lambda _: web.json_response({"id": "LOC1"})) as (client, _):
        with pytest.raises(NotOcpi):
            await client.locations()


# Sessions and EVSEs


async def test_sessions_since(session: aiohttp.ClientSession, cpo: Cpo) -> None:
    """Only what has changed since then, and nobody else's."""
    cpo.swipe("EVSE1")
    cpo.swipe("EVSE2", listed=False)
    client = client_of(session, cpo)
    await client.connect()
    assert len(await client.sessions(datetime.now(UTC) - timedelta(hours=1))) == 1
    assert len(await client.sessions(datetime.now(UTC) + timedelta(hours=1))) == 0


@pytest.mark.parametrize("quirks", [set(), {Quirk.LISTS, Quirk.LOWER_CASE_IDS}])
async def test_an_evse(session: aiohttp.ClientSession, version: Version, quirks: set[Quirk]) -> None:
    """As an object or in a list, and whatever the case of its name."""
    async with operator(version, quirks) as cpo:
        cpo.out_of_order("EVSE1")
        client = client_of(session, cpo)
        await client.connect()
        found = await client.evse("loc1", "evse1")
        assert found.status is EvseStatus.OUT_OF_ORDER
        assert found.max_power == 11040
        with pytest.raises(UnknownObject):
            await client.evse("LOC1", "EVSE9")
        with pytest.raises(UnknownObject):
            await client.evse("LOC9", "EVSE1")


PLACE = {"id": "LOC1", "evses": [{"uid": "EVSE1", "status": "AVAILABLE"}]}


@pytest.mark.parametrize("place", [PLACE, [PLACE]])
async def test_an_evse_within_its_location(session: aiohttp.ClientSession, place: object) -> None:
    """Where an operator shows no less than a location."""

    def answer(request: web.Request) -> web.Response:
        return enveloped(place) if request.path == "/locations/LOC1" else web.Response(status=404)

    async with _listing(session, answer) as (client, _):
        assert (await client.evse("LOC1", "evse1")).uid == "EVSE1"
        with pytest.raises(UnknownObject):
            await client.evse("LOC1", "EVSE2")


@pytest.mark.parametrize("data", [None, [], {}, {"status": "AVAILABLE"}, [{"uid": "1"}, {"uid": "2"}], 7])
async def test_no_evse(session: aiohttp.ClientSession, data: object) -> None:
    """What is none, or two."""
    async with _listing(session, lambda _: enveloped(data)) as (client, _):
        with pytest.raises(BadAnswer):
            await client.evse("LOC1", "EVSE1")


async def test_a_location_that_is_none(session: aiohttp.ClientSession) -> None:
    """The second place to look at may hold nothing either."""

    def answer(request: web.Request) -> web.Response:
        return enveloped({"name": "nameless"}) if request.path == "/locations/LOC1" else enveloped(None, 2003)

    async with _listing(session, answer) as (client, _):
        with pytest.raises(UnknownObject):
            await client.evse("LOC1", "EVSE1")
