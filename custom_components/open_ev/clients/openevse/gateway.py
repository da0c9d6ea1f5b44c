"""Requests to the gateway: the small web server on the WiFi module of an OpenEVSE.

It does one thing at a time, so no request is sent before the last one was answered. Nothing is asked for that would change
something by being asked: only what `Resource` lists is ever read, because `GET /shaper` switches the shaper off, and
`GET /restart` restarts up to firmware 5.1.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
import json
import os
import ssl
from typing import Final
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from . import rapi
from .addresses import charger_url, tls_url
from .answered import MAX_BODY, Answered, check, rapi_answer, read_body
from .errors import BadAnswer, CannotConnect, NotAvailable, Refused, TlsFailed, Unauthorized
from .rapi_table import Command
from .report import Json, JsonObject

# A gateway that is busy with its radio takes its time; one that takes longer is not there.
TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=5)

SESSION_COOKIE: Final = "oevse_session"
# After 5.1.5 a cookie alone is not enough for what is not GET.
_OWN_PAGE: Final = {"X-Requested-With": "OpenEVSE"}
# Who logs in with a password alone (after 5.1.5).
_DEFAULT_USER: Final = "openevseadmin"

_JSON_TYPE: Final = {"Content-Type": "application/json"}


class Resource(StrEnum):
    """What can be read without changing anything."""

    STATUS = "/status"
    CONFIG = "/config"
    OVERRIDE = "/override"
    CLAIMS = "/claims"
    TARGET = "/claims/target"
    LIMIT = "/limit"
    SCHEDULE = "/schedule"
    SCAN = "/scan"


# One for each web server that somebody speaks to: who sets a charger up does not interrupt who follows it.
_LOCKS: Final[WeakValueDictionary[tuple[int, URL], asyncio.Lock]] = WeakValueDictionary()


def _lock_of(session: aiohttp.ClientSession, url: URL) -> asyncio.Lock:
    """What whoever speaks to a web server takes turns by."""
    return _LOCKS.setdefault((id(session), url.origin()), asyncio.Lock())


class Gateway:
    """One charger's web server."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        verify_tls: bool = True,
    ) -> None:
        """`url` is what a user typed. Without `verify_tls` any certificate is accepted.

        Raises:
            InvalidArgument: the URL is none.
        """
        self._session = session
        self.url = charger_url(url)
        self._username = username or ""
        self._password = password or ""
        self._ssl = verify_tls
        self._lock = _lock_of(session, self.url)
        self._headers: dict[str, str] = {}
        self.orders = 0
        """How many requests to change something were taken, or may have been."""

    def forget_login(self) -> None:
        """Show who asks only after being asked for it: whoever answers from now on may be somebody else."""
        self._headers = {}

    # RAPI

    async def rapi(self, command: str) -> rapi.Answer:
        """Have the controller do a command, and return its answer, be it yes or no.

        It is sent as a form, which every generation takes, and which is never sent twice: a client may repeat a GET that
        broke off.

        Raises:
            InvalidArgument: the command cannot be sent.
            RapiBlocked: this build hands no such command on.
            RapiFailed: the controller gave no usable answer; the command may have run.
            CannotConnect, Unauthorized, BadAnswer, Refused: as for every request.
        """
        frame = rapi.build(command)
        asks = command.startswith("$G")
        answered = await self._exchange("POST", "/r", form={"json": "1", "rapi": frame}, asks=asks)
        return rapi_answer(answered)

    async def run[T](self, command: Command[T]) -> T:
        """Have the controller do a command, and return what it answers.

        Raises:
            RapiRefused: the controller says no; and what `rapi` raises.
        """
        return command.result(await self.rapi(command.text))

    # Everything else

    async def status(self) -> JsonObject:
        """Read /status."""
        return await self.get_object(Resource.STATUS)

    async def config(self) -> JsonObject:
        """Read /config."""
        return await self.get_object(Resource.CONFIG)

    async def get(self, resource: Resource) -> Json:
        """Read something.

        Raises:
            NotAvailable: this firmware does not have it.
            CannotConnect: nothing answers, or not to the end.
            Unauthorized: user name and password are missing or wrong.
            BadAnswer: the answer is no JSON.
            Refused: the charger says that something is wrong.
        """
        answered = await self._exchange("GET", resource)
        check(answered)
        return answered.json()

    async def get_object(self, resource: Resource) -> JsonObject:
        """Read something that is an object.

        Raises:
            BadAnswer: it is none; and what `get` raises.
        """
        found = await self.get(resource)
        if not isinstance(found, dict):
            raise BadAnswer("wrong_type")
        return found

    async def get_list(self, resource: Resource) -> list[Json]:
        """Read something that is a list.

        Raises:
            BadAnswer: it is none; and what `get` raises.
        """
        found = await self.get(resource)
        if not isinstance(found, list):
            raise BadAnswer("wrong_type")
        return found

    async def post(self, path: str, body: Json) -> Json:
        """Send JSON; raises what `get` raises."""
        return await self._send_json("POST", path, body)

    async def patch(self, path: str) -> Json:
        """Have something toggled; raises what `get` raises."""
        return await self._send_json("PATCH", path, {})

    async def delete(self, path: str, body: Json = None) -> Json:
        """Have something removed; raises what `get` raises."""
        return await self._send_json("DELETE", path, body)

    async def post_form(self, path: str, form: Mapping[str, str]) -> None:
        """Send a form, whose answer says nothing; raises what `get` raises."""
        check(await self._exchange("POST", path, form=form))

    async def websocket(self) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket (3.0 and later).

        Raises:
            NotAvailable: this firmware has none.
            BadAnswer: it leads somewhere else.
            CannotConnect, Unauthorized, Refused: as for every request.
        """
        try:
            async with self._lock, asyncio.timeout(TIMEOUT.total), _own_session(self._session, _staying()) as session:
                return await session.ws_connect(
                    self._url("/ws"), headers=self._headers, ssl=self._ssl, max_msg_size=MAX_BODY, compress=0
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status == 401:
                raise Unauthorized("the websocket asks for a user name and a password") from None
            if error.status in {404, 405}:
                raise NotAvailable("no websocket") from None
            raise Refused(f"status {error.status}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _connection_error(error) from error

    # How

    async def _send_json(self, method: str, path: str, body: Json) -> Json:
        answered = await self._exchange(method, path, body=None if body is None else json.dumps(body))
        check(answered)
        return answered.json() if answered.body.strip() else None

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        form: Mapping[str, str] | None = None,
        asks: bool = False,
    ) -> Answered:
        """Send a request; one that `asks` changes nothing, whatever its method."""
        changes = int(method != "GET" and not asks)
        async with self._lock:
            try:
                answered = await self._send(method, path, body=body, form=form)
                if answered.status == 401 and await self._authenticate():
                    answered = await self._send(method, path, body=body, form=form)
            except CannotConnect as error:
                self.orders += changes * error.sent
                raise
        self.orders += changes * (answered.status // 100 == 2)
        if answered.status == 401:
            raise Unauthorized("the charger asks for another user name and password")
        if answered.status == 429:
            raise Unauthorized("the charger has seen too many wrong passwords", retry_later=True)
        return answered

    async def _authenticate(self) -> bool:
        """Find out how to say who asks; false if there is nothing more to say.

        Firmware up to 5.1.5 has no /login. With a session the password is sent once, and not with each request.
        """
        if not self._password or aiohttp.hdrs.AUTHORIZATION in self._headers:
            return False
        user = self._username or _DEFAULT_USER
        self._headers = {}
        said = json.dumps({"user": user, "pass": self._password, "remember": False})
        answered = await self._send("POST", "/login", body=said)
        if answered.status == 200 and answered.cookie is not None:
            self._headers = {aiohttp.hdrs.COOKIE: f"{SESSION_COOKIE}={answered.cookie}"}
            return True
        if answered.status == 429:
            raise Unauthorized("the charger has seen too many wrong passwords", retry_later=True)
        if answered.status == 401:
            return False
        if ":" in user:
            # Nobody up to 5.1.5 is named so: basic authentication cannot say it.
            return False
        self._headers = {aiohttp.hdrs.AUTHORIZATION: aiohttp.encode_basic_auth(user, self._password)}
        return True

    async def _send(
        self, method: str, path: str, *, body: str | None = None, form: Mapping[str, str] | None = None
    ) -> Answered:
        headers = {**_OWN_PAGE, **self._headers, **(_JSON_TYPE if body is not None else {})}
        try:
            async with (
                _own_session(self._session) as session,
                session.request(
                    method,
                    self._url(path),
                    data=form if body is None else body,
                    headers=headers,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    ssl=self._ssl,
                ) as response,
            ):
                cookie = response.cookies.get(SESSION_COOKIE)
                return Answered(
                    response.status,
                    await read_body(response),
                    None if cookie is None else cookie.value,
                    tls_url(self.url, response.headers.get(aiohttp.hdrs.LOCATION, "")),
                )
        except aiohttp.ClientResponseError as error:
            raise BadAnswer("not_http") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _connection_error(error) from error

    def _url(self, path: str) -> URL:
        return self.url.with_path(f"{self.url.path.rstrip('/')}{path}")


def _own_session(session: aiohttp.ClientSession, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """A session over the same connections, for one request: it shares no cookies.

    Who shares a session with others logs them in as well, on every port of the charger's name.
    """
    return aiohttp.ClientSession(
        connector=session.connector,
        connector_owner=False,
        headers=session.headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=list(traces),
    )


def _staying() -> aiohttp.TraceConfig:
    """What follows nobody to another address: there is no other way to say that of a websocket."""

    async def refuse(*_: object) -> None:
        raise BadAnswer("redirect")

    staying = aiohttp.TraceConfig()
    staying.on_request_redirect.append(refuse)
    return staying


def _connection_error(error: Exception) -> CannotConnect:
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return TlsFailed("no trusted encrypted connection")
    sent = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    if isinstance(error, TimeoutError):
        return CannotConnect("no answer in time", sent=sent)
    return CannotConnect(_said_by_system(error) or str(error) or type(error).__name__, sent=sent)


def _said_by_system(error: Exception) -> str | None:
    """What the operating system says of a connection; aiohttp's own words speak of TLS even where there is none."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if not isinstance(cause, OSError):
        return None
    # asyncio's words for a connection that was not made name the address. Without a number, or with a negative one, they are
    # the resolver's, or several at once; and the number of one that was lost may be that of OpenSSL.
    number = cause.errno or 0
    reason = os.strerror(number) if number > 0 and cause is not error else cause.strerror or str(cause)
    return f"no connection: {reason}" if reason else None
