"""An operator's OCPI server: which version it speaks, what it tells, and what it can be asked to do."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import logging
import re
from typing import Final
from uuid import uuid4

import aiohttp
from yarl import URL

from ..web_address import web_address
from . import decoding
from .addresses import is_same_server, joined
from .answers import Envelope, JsonObject, envelope, many, objects, one, reply, text
from .commands import Command, Commands, timestamp
from .credentials import Credentials, Encoding
from .dialects import DIALECTS, Dialect
from .errors import (
    BadAnswer,
    CannotConnect,
    NotAvailable,
    NotOcpi,
    NotReached,
    OcpiError,
    Unanswered,
    Unauthorized,
    UnknownObject,
    UnsupportedVersion,
)
from .models import CommandResponse, Evse, Location, Module, Result, Session, Version, same
from .transport import Answered, Transport, status_error

_LOGGER = logging.getLogger(__name__)

PAGE: Final = 50
MAX_PAGES: Final = 100
MAX_OBJECTS: Final = PAGE * MAX_PAGES
# All pages together, in bytes: five thousand large locations.
MAX_LIST: Final = 32 * 1024 * 1024
# All pages together; each has the time that any answer has.
LIST_TIMEOUT: Final = 120.0
# Reading this many bytes takes a few milliseconds; the largest page would keep the event loop from all else for a third of a
# second.
_LARGE: Final = 64 * 1024
# Whose clock is further behind has none.
_LARGEST_SKEW: Final = timedelta(days=1)

# A gateway has sent on what it was asked, and lost sight of it.
_LOST: Final = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}

# What is written into headers: country and party (CiStrings of 2 and 3).
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_PARTY: Final = re.compile(r"[A-Za-z0-9]{3}")

_CREDENTIALS: Final = "credentials"
# Which side of a module is asked for things, and which takes commands (2.2.1 and later). A server of both sides has a module
# twice; one of 2.1.1 has no sides.
_SIDES: Final[Mapping[str, frozenset[str]]] = {
    Module.LOCATIONS: frozenset({"", "SENDER"}),
    Module.SESSIONS: frozenset({"", "SENDER"}),
    Module.COMMANDS: frozenset({"", "RECEIVER"}),
    _CREDENTIALS: frozenset({"", "SENDER", "RECEIVER"}),
}


class OcpiClient:
    """One operator's server."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Nothing is asked for yet; `connect` is next."""
        self._transport = Transport(session, credentials)
        self._dialect: Dialect | None = None
        self._endpoints: Mapping[str, URL] = {}
        self.credentials = credentials
        self.name: str | None = None
        """What the operator calls itself, where it says so (2.2.1 and later)."""
        self.clock_behind = timedelta()
        """By how much the operator's clock was behind ours when it last told the time."""

    # Getting to know each other

    async def connect(self) -> Version:
        """Find the newest version that both sides speak, and where its modules are.

        Raises:
            CannotConnect, Unauthorized, NotOcpi, BadAnswer, StatusError: there is no such server, or it says no.
            UnsupportedVersion: it speaks none of our versions.
            NotAvailable: it does not serve locations, sessions and commands.
        """
        offered = await self._versions()
        missing: list[str] = []
        for version, dialect in DIALECTS.items():
            if (address := offered.get(version)) is None:
                continue
            answered, encoding = await self._ask_either_way(self._transport.address(address), dialect.encoding)
            endpoints = self._modules(answered)
            missing = [module for module in Module if module not in endpoints]
            if not missing:
                parties = await self._parties(endpoints.get(_CREDENTIALS), encoding) if dialect.has_parties else {}
                self._dialect, self._endpoints = dialect, endpoints
                self._transport.agree(encoding, parties)
                return version
        if missing:
            raise NotAvailable(", ".join(missing))
        raise UnsupportedVersion(tuple(offered))

    @property
    def version(self) -> Version | None:
        """The version that is spoken, once connected."""
        return None if self._dialect is None else self._dialect.version

    @property
    def commands(self) -> Commands:
        """What can be sent.

        Raises:
            NotAvailable: not connected yet.
        """
        if self._dialect is None:
            raise NotAvailable(Module.COMMANDS)
        return Commands(self._dialect, self.credentials)

    async def _versions(self) -> Mapping[str, str]:
        """The addresses of the versions that are offered."""
        answered, _ = await self._ask_either_way(self._transport.versions_url, Encoding.BASE64)
        try:
            opened = answered.envelope()
            found = many(opened.data)
        except UnknownObject:
            # Whatever this is, it has no such page.
            raise NotOcpi("not_found") from None
        self._compare_clocks(opened)
        return {
            name: address
            for item in reversed(found)
            if (name := text(item, "version")) is not None and (address := text(item, "url")) is not None
        }

    def _modules(self, answered: Answered) -> Mapping[str, URL]:
        """Where the modules of a version are."""
        found = objects(one(answered.envelope("endpoints").data), "endpoints")
        named = [((text(item, "identifier") or "").lower(), (text(item, "role") or "").upper(), item) for item in found]
        return {
            name: self._transport.address(text(item, "url"))
            for name, side, item in named
            if side in _SIDES.get(name, frozenset())
        }

    async def _ask_either_way(self, url: URL, first: Encoding) -> tuple[Answered, Encoding]:
        """Ask with the token written as it should be, and if it is not known so, the other way: many do otherwise."""
        chosen = self.credentials.encoding
        other = Encoding.RAW if first is Encoding.BASE64 else Encoding.BASE64
        for encoding in (first, other) if chosen is Encoding.AUTO else (chosen,):
            answered = await self._transport.try_token(url, encoding)
            if not answered.is_refusal:
                return answered, encoding
        raise Unauthorized("the operator does not know the token")

    async def _parties(self, url: URL | None, encoding: Encoding) -> Mapping[str, str]:
        """Who asks, and who is asked as far as the operator tells: a hub wants both, and so do some who are none."""
        parties = {
            "OCPI-from-country-code": self.credentials.country_code.upper(),
            "OCPI-from-party-id": self.credentials.party_id.upper(),
        }
        if url is None:
            return parties
        try:
            answered = await self._transport.try_token(url, encoding)
            operators = [role for role in objects(one(answered.envelope("roles").data), "roles") if _is_operator(role)]
        except OcpiError as error:
            _LOGGER.debug("The operator does not say who it is: %s", error)
            return parties
        return parties | self._only(operators)

    def _only(self, operators: list[JsonObject]) -> dict[str, str]:
        """The party of the operator, where there is only one."""
        match operators:
            case [role]:
                business = role.get("business_details")
                self.name = reply(business.get("name")) or None if isinstance(business, dict) else None
                country, party = text(role, "country_code") or "", text(role, "party_id") or ""
                if _COUNTRY.fullmatch(country) and _PARTY.fullmatch(party):
                    return {"OCPI-to-country-code": country, "OCPI-to-party-id": party}
        return {}

    # What it tells. Each of these raises CannotConnect, Unauthorized, NotOcpi, BadAnswer and StatusError.

    async def locations(self) -> tuple[Location, ...]:
        """Read all locations that the operator shows to us."""
        return await self._pages(Module.LOCATIONS, {}, decoding.location)

    async def evse(self, location_id: str, evse_uid: str) -> Evse:
        """Read one EVSE; from its whole location where the operator shows no less.

        Raises:
            UnknownObject: there is none such.
        """
        url = self._endpoint(Module.LOCATIONS)
        try:
            answered = await self._transport.get(joined(url, location_id, evse_uid))
            found = await _read(answered, _evse)
        except UnknownObject:
            answered = await self._transport.get(joined(url, location_id))
            place = await _read(answered, _location)
            evses = () if place is None else place.evses
            found = next((item for item in evses if same(item.uid, evse_uid)), None)
            if found is None:
                raise UnknownObject(HTTPStatus.NOT_FOUND) from None
        if found is None:
            raise BadAnswer("wrong_type")
        return found

    async def sessions(self, date_from: datetime) -> tuple[Session, ...]:
        """Read the sessions that have changed since a moment, which has a zone."""
        return await self._pages(Module.SESSIONS, {"date_from": timestamp(date_from)}, decoding.session)

    async def _pages[ObjectT](
        self, module: Module, query: Mapping[str, str], decode: Callable[[JsonObject], ObjectT | None]
    ) -> tuple[ObjectT, ...]:
        """Read a list to its end, or to where no list is that long."""
        try:
            async with asyncio.timeout(LIST_TIMEOUT):
                return tuple(await self._read_pages(module, query, decode))
        except TimeoutError:
            raise CannotConnect("no end of a list in time") from None

    async def _read_pages[ObjectT](
        self, module: Module, query: Mapping[str, str], decode: Callable[[JsonObject], ObjectT | None]
    ) -> list[ObjectT]:
        base = self._endpoint(module)
        found: list[ObjectT] = []
        page: list[JsonObject] = []
        received = size = 0
        correlation = str(uuid4())
        url = _page(base, query, 0)
        visited: set[URL] = set()
        for _ in range(MAX_PAGES):
            answered = await self._transport.get(url, correlation=correlation)
            size += answered.size
            if size > MAX_LIST:
                raise BadAnswer("too_long")
            before = page
            opened, page, decoded = await _read(answered, lambda answered: _decoded(answered, decode))
            self._compare_clocks(opened)
            # One that turns no page would go on for ever.
            if not page or page == before:
                return found
            received += len(page)
            if received > MAX_OBJECTS:
                break
            found += decoded
            visited.add(url)
            following = _next(answered, base, query, received, is_full=len(page) >= min(answered.limit or PAGE, PAGE))
            if following is None or following in visited:
                return found
            url = following
        raise BadAnswer("too_many")

    def _compare_clocks(self, opened: Envelope) -> None:
        if opened.timestamp is not None:
            self.clock_behind = min(max(timedelta(), datetime.now(UTC) - opened.timestamp), _LARGEST_SKEW)

    # What it can be asked to do

    async def command(self, command: Command, response_url: str) -> CommandResponse:
        """Send a command, and return what the operator says at once; what becomes of it comes to the address later.

        Raises:
            NotReached: it was not sent.
            Unanswered: it may have been taken all the same.
            Unauthorized, NotOcpi, StatusError: it was not, as far as anybody can tell.
        """
        try:
            return await self._command(command, response_url)
        except NotReached:
            raise
        except (CannotConnect, BadAnswer) as error:
            raise Unanswered(str(error)) from error

    async def _command(self, command: Command, response_url: str) -> CommandResponse:
        url = joined(self._endpoint(Module.COMMANDS), command.type.upper())
        answered = await self._transport.post(url, {"response_url": response_url, **command.body})
        if answered.status in _LOST:
            raise CannotConnect("lost on the way")
        around = envelope(answered.json(), "result")
        if around is None:
            answered.check()
            raise NotOcpi("no_envelope")
        if around.is_success:
            answered.check()
            return decoding.response(around.data)
        # What is wrong with a command is said in both places, and better in the inner one.
        with suppress(BadAnswer):
            response = decoding.response(around.data)
            if response.result is not Result.ACCEPTED:
                return response
        raise status_error(around.code, self.credentials.cover(around.reply))

    def _endpoint(self, module: Module) -> URL:
        if (url := self._endpoints.get(module)) is None:
            raise NotAvailable(module)
        return url


def _is_operator(role: JsonObject) -> bool:
    return text(role, "role") == "CPO"


async def _read[ReadT](answered: Answered, read: Callable[[Answered], ReadT]) -> ReadT:
    """Read an answer, and a large one beside the event loop."""
    return await asyncio.to_thread(read, answered) if answered.size > _LARGE else read(answered)


def _evse(answered: Answered) -> Evse | None:
    return decoding.evse(one(answered.envelope("uid").data))


def _location(answered: Answered) -> Location | None:
    return decoding.location(one(answered.envelope("evses").data))


def _decoded[ObjectT](
    answered: Answered, decode: Callable[[JsonObject], ObjectT | None]
) -> tuple[Envelope, list[JsonObject], list[ObjectT]]:
    """Open a page of a list: what is around it, what is on it, and what that means."""
    opened = answered.envelope()
    page = many(opened.data)
    return opened, page, [found for item in page if (found := decode(item)) is not None]


def _page(base: URL, query: Mapping[str, str], offset: int) -> URL:
    return base.update_query({**query, "offset": str(offset), "limit": str(PAGE)})


def _next(answered: Answered, base: URL, query: Mapping[str, str], received: int, *, is_full: bool) -> URL | None:
    """Where the next page is; None if there is none.

    Some operators' links lead to where a proxy or a container believes to be: then pages are counted. Where nothing is said,
    a page that is full may not be the last.
    """
    link, total = answered.link, answered.total
    if link:
        url = web_address(link, base)
        if url is not None and is_same_server(url, base) and url.path.rstrip("/") == base.path.rstrip("/"):
            return url
    if total is not None:
        return _page(base, query, received) if received < total else None
    return _page(base, query, received) if is_full or link is not None else None
