"""What is behind each path."""

from collections.abc import Callable, Mapping
from functools import partial
import json

from aiohttp import web

from .access import Access
from .answers import CLIENT_ERROR, INVALID, UNKNOWN_LOCATION, Answer, detail, refusal
from .commands import Commands, Later
from .knobs import Module
from .operator import Operator
from .paging import Pager
from .paths import Place, details_path, module_path
from .quirks import Quirk
from .sessions import Session
from .sites import Location
from .traffic import Json, JsonObject
from .versions import Version
from .wire import Writer

_LISTS = {Module.LOCATIONS, Module.SESSIONS, Module.CREDENTIALS}


class Doors:
    """Leads to an operator."""

    def __init__(
        self,
        operator: Operator,
        access: Access,
        commands: Commands,
        pager: Pager,
        writers: Mapping[Version, Writer],
        quirks: set[Quirk],
        url: Callable[[], str],
        credentials: Callable[[Version], JsonObject],
    ) -> None:
        """Lead to an operator whose address is `url`."""
        self._operator = operator
        self._access = access
        self._commands = commands
        self._pager = pager
        self._writers = writers
        self._quirks = quirks
        self._url = url
        self._credentials = credentials

    def handle(self, request: web.Request, place: Place | None, body: str) -> tuple[Answer, Later | None]:
        """Answer a request; a command that was accepted has a result later."""
        if place is None or (place.version is not None and place.version not in self._writers):
            return refusal(CLIENT_ERROR, "There is nothing", 404), None
        if (led := self._elsewhere(request, place)) is not None:
            return led, None
        if (refused := self._access.refuses(request.headers, place.module, place.version)) is not None:
            return refused, None
        self._operator.settle()
        if place.module is Module.COMMANDS:
            return self._command(request, place, body)
        if request.method != "GET":
            return refusal(CLIENT_ERROR, "This cannot be done here", 405), None
        return self._read(request, place), None

    def _elsewhere(self, request: web.Request, place: Place) -> Answer | None:
        """Lead to the same path with the right end; whoever asks, as the framework does it before anybody looks."""
        if Quirk.STRICT_SLASHES not in self._quirks or place.module is Module.VERSIONS:
            return None
        wanted = place.module in _LISTS and not place.rest
        if place.slash is wanted:
            return None
        path, _, query = request.raw_path.partition("?")
        right = path.rstrip("/") + ("/" if wanted else "")
        return Answer(
            status=307, headers={"Location": self._url() + right + (f"?{query}" if query else "")}, message=None
        )

    def _command(self, request: web.Request, place: Place, body: str) -> tuple[Answer, Later | None]:
        if request.method != "POST" or place.version is None or len(place.rest) != 1:
            return refusal(CLIENT_ERROR, "This cannot be done here", 405), None
        try:
            said: Json = json.loads(body)
        except ValueError:
            if Quirk.DETAIL_422 in self._quirks:
                return detail(422, [{"loc": ["body"], "msg": "JSON decode error", "type": "json_invalid"}]), None
            return refusal(INVALID, "This is no JSON", 400), None
        return self._commands.take(place.rest[0], said, place.version)

    def _read(self, request: web.Request, place: Place) -> Answer:
        if place.version is None:
            return Answer(data=self._versions())
        writer = self._writers[place.version]
        match place.module, place.rest:
            case Module.DETAILS, ():
                return Answer(data=self._details(place.version))
            case Module.CREDENTIALS, ():
                return Answer(data=self._credentials(place.version))
            case Module.LOCATIONS, ():
                return self._locations(request, writer)
            case Module.SESSIONS, ():
                return self._sessions(request, writer)
            case Module.LOCATIONS, (id_, *rest):
                return self._part(writer, self._operator.location(id_), rest)
            case _:
                return refusal(CLIENT_ERROR, "There is nothing", 404)

    def _versions(self) -> list[Json]:
        numbers = ["2.0", "4.0"] if Quirk.UNKNOWN_VERSIONS in self._quirks else []
        told: list[Json] = [{"version": number, "url": f"{self._url()}/ocpi/{number}"} for number in numbers]
        told += [{"version": version, "url": self._url() + details_path(version)} for version in self._writers]
        return told

    def _details(self, version: Version) -> JsonObject:
        slash = "/" if Quirk.TRAILING_SLASHES in self._quirks else ""
        endpoints: list[Json] = []
        for module in (Module.CREDENTIALS, Module.LOCATIONS, Module.SESSIONS, Module.COMMANDS):
            url = f"{self._url()}{module_path(version, module)}{slash}"
            if version.old:
                endpoints.append({"identifier": module, "url": url})
                continue
            role, other = ("RECEIVER", "SENDER") if module is Module.COMMANDS else ("SENDER", "RECEIVER")
            if Quirk.BOTH_ROLES in self._quirks and module is not Module.CREDENTIALS:
                endpoints.append({"identifier": module, "role": other, "url": url.replace("/cpo/", "/emsp/")})
            endpoints.append({"identifier": module, "role": role, "url": url})
        return {"version": version, "endpoints": endpoints}

    def _locations(self, request: web.Request, writer: Writer) -> Answer:
        url = self._url() + module_path(writer.version, Module.LOCATIONS)
        return self._pager.page(
            self._operator.locations,
            writer.location,
            lambda location: location.last_updated,
            request.query,
            url,
            needs_date=False,
        )

    def _sessions(self, request: web.Request, writer: Writer) -> Answer:
        url = self._url() + module_path(writer.version, Module.SESSIONS)
        # What 2.1.1 has no word for, it does not tell.
        told = [
            session
            for session in self._operator.sessions
            if session.listed and not (writer.version.old and session.status == "RESERVATION")
        ]
        return self._pager.page(
            told,
            partial(self._session, writer),
            lambda session: session.last_updated,
            request.query,
            url,
            needs_date=True,
        )

    def _session(self, writer: Writer, session: Session) -> Json:
        tariff = self._operator.tariff
        cost = session.cost(tariff) if tariff.told else None
        return writer.session(session, tariff.currency, cost, tariff.tax)

    @staticmethod
    def _part(writer: Writer, location: Location | None, rest: list[str]) -> Answer:
        """Answer with a location, an EVSE of it, or a connector of that."""
        if location is None:
            return refusal(UNKNOWN_LOCATION, "There is no such location")
        if not rest:
            return Answer(data=writer.location(location))
        evse = next((found for found in location.evses if found.uid.casefold() == rest[0].casefold()), None)
        if evse is None:
            return refusal(UNKNOWN_LOCATION, "There is no such EVSE")
        match rest[1:]:
            case []:
                return Answer(data=writer.evse(evse))
            case [id_]:
                for connector in evse.connectors:
                    if connector.id.casefold() == id_.casefold():
                        return Answer(data=writer.connector(connector, evse))
        return refusal(UNKNOWN_LOCATION, "There is no such connector")
