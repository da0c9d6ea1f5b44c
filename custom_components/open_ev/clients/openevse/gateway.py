"""Requests to the gateway: the small web server on the WiFi module of an OpenEVSE.

It does one thing at a time, so no request is sent before the last one was answered. Nothing is asked for that would change
something by being asked: only what `Resource` lists is ever read, because `GET /shaper` switches the shaper off, and
`GET /restart` restarts up to firmware 5.1.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
import json
import re
import ssl
from typing import Final

import aiohttp
from yarl import URL

from . import rapi
from .errors import (
    BadAnswer,
    CannotConnect,
    InvalidArgument,
    NotAvailable,
    RapiBlocked,
    RapiFailed,
    Refused,
    TlsFailed,
    Unauthorized,
)
from .rapi_table import Command
from .report import Json, JsonObject, text

# A gateway that is busy with its radio takes its time; one that takes longer is not there.
TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=5)
# The largest of all answers, a configuration, has 4 kB.
MAX_BODY: Final = 64 * 1024

SESSION_COOKIE: Final = "oevse_session"
# After 5.1.5 a cookie alone is not enough for what is not GET.
_OWN_PAGE: Final = {"X-Requested-With": "OpenEVSE"}
# Who logs in with a password alone (after 5.1.5).
_DEFAULT_USER: Final = "openevseadmin"

# Firmware writes control characters into texts as they are.
_DECODER: Final = json.JSONDecoder(strict=False)
_JSON_TYPE: Final = {"Content-Type": "application/json"}
_MAX_WORDS: Final = 200
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# The answer to a RAPI command as a page prints it (2.x to 5.1 `>$OK`, later `&gt;$OK`).
_IN_PAGE: Final = re.compile(r"<p>(?:>|&gt;)\s*(\$[^<]*)", re.IGNORECASE)
# And as JSON carries it: raw bytes of a serial number may include what JSON would escape.
_IN_JSON: Final = re.compile(r'"ret"\s*:\s*"(.*)"\s*}\s*\Z', re.DOTALL)
_REASON: Final = re.compile(r"RAPI_RESPONSE_([A-Z_]+)")
_BLOCKED: Final = "blocked"


class Resource(StrEnum):
    """What can be read without changing anything."""

    STATUS = "/status"
    CONFIG = "/config"
    OVERRIDE = "/override"
    CLAIMS = "/claims"
    TARGET = "/claims/target"
    LIMIT = "/limit"
    SCHEDULE = "/schedule"
    DESCRIPTION = "/emoncms/describe"
    SCAN = "/scan"


def charger_url(address: str) -> URL:
    """Read what a user typed: a host, a host and a port, or a URL of http or https.

    Raises:
        InvalidArgument: it is none of these, or it holds a password, which would end in logs.
    """
    given = address.strip()
    try:
        url = URL(given if _SCHEME.match(given) else f"http://{given}")
    except ValueError:
        raise InvalidArgument("url", "not_a_url") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidArgument("url", "not_a_url")
    if url.user or url.password:
        raise InvalidArgument("url", "credentials")
    return url.with_query(None).with_fragment(None).with_path(url.path.rstrip("/"))


class _Answered:
    """An answer, read whole."""

    def __init__(self, status: int, body: bytes, cookie: str | None) -> None:
        self.status = status
        self.body = body
        self.cookie = cookie

    def json(self) -> Json:
        """Read the body. Serial numbers in it may be no text at all (controllers from 7.1.5 on)."""
        said = self.body.decode(errors="replace")
        try:
            answer: Json = _DECODER.decode(said)
        except ValueError, RecursionError:
            raise BadAnswer("html" if said.lstrip().startswith("<") else "not_json") from None
        return answer

    def message(self) -> str:
        """What it says of a failure, shortened to what can be shown."""
        try:
            said = self.json()
        except BadAnswer:
            return f"status {self.status}"
        words = text(said, "msg") if isinstance(said, dict) else None
        return f"status {self.status}" if words is None else " ".join(words.split())[:_MAX_WORDS]


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
        self._lock = asyncio.Lock()
        self._headers: dict[str, str] = {}

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
        answered = await self._exchange("POST", "/r", form={"json": "1", "rapi": frame})
        # One character is one byte here, for the sake of the checksum.
        body = answered.body.decode("latin-1")
        if (reason := _REASON.search(body)) is not None:
            slug = reason[1].lower()
            raise RapiBlocked("this build hands no such command on") if slug == _BLOCKED else RapiFailed(slug)
        _check(answered)
        return _rapi_answer(body)

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
        _check(answered)
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

    async def get_text(self, resource: Resource) -> str:
        """Read something that is a text; raises what `get` raises but BadAnswer."""
        answered = await self._exchange("GET", resource)
        _check(answered)
        return answered.body.decode(errors="replace")

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
        _check(await self._exchange("POST", path, form=form))

    async def websocket(self) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket (3.0 and later).

        Raises:
            NotAvailable: this firmware has none.
            CannotConnect, Unauthorized, Refused: as for every request.
        """
        try:
            async with self._lock, asyncio.timeout(TIMEOUT.total):
                return await self._session.ws_connect(
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
        _check(answered)
        return answered.json() if answered.body.strip() else None

    async def _exchange(
        self, method: str, path: str, *, body: str | None = None, form: Mapping[str, str] | None = None
    ) -> _Answered:
        async with self._lock:
            answered = await self._send(method, path, body=body, form=form)
            if answered.status == 401 and await self._authenticate():
                answered = await self._send(method, path, body=body, form=form)
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
    ) -> _Answered:
        headers = {**_OWN_PAGE, **self._headers, **(_JSON_TYPE if body is not None else {})}
        try:
            async with self._session.request(
                method,
                self._url(path),
                data=form if body is None else body,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                ssl=self._ssl,
            ) as response:
                cookie = response.cookies.get(SESSION_COOKIE)
                return _Answered(response.status, await _read(response), None if cookie is None else cookie.value)
        except aiohttp.ClientResponseError as error:
            raise BadAnswer("not_http") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _connection_error(error) from error

    def _url(self, path: str) -> URL:
        return self.url.with_path(f"{self.url.path.rstrip('/')}{path}")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read a body, and no more of it than a charger has to say."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadAnswer("too_long")
    return bytes(body)


def _check(answered: _Answered) -> None:
    """Raise what a status says that is none of success."""
    if answered.status in {404, 405, 501}:
        raise NotAvailable("this firmware does not have it")
    if answered.status // 100 == 3:
        raise BadAnswer("redirect")
    if answered.status // 100 != 2:
        raise Refused(answered.message())


def _rapi_answer(body: str) -> rapi.Answer:
    """Find the controller's answer in what the gateway answered, in JSON or in a page."""
    if not body.strip():
        # Firmware up to 2.7, when the controller is silent.
        raise RapiFailed("no_answer")
    if (found := _IN_PAGE.search(body)) is not None:
        return rapi.read(found[1].strip())
    try:
        said: Json = json.loads(body, strict=False)
    except ValueError, RecursionError:
        if (found := _IN_JSON.search(body)) is None:
            raise BadAnswer("html" if body.lstrip().startswith("<") else "not_json") from None
        return rapi.read(found[1])
    if not isinstance(said, dict):
        raise BadAnswer("wrong_type")
    line = text(said, "ret")
    if line is None:
        raise RapiFailed("no_answer")
    return rapi.read(line)


def _connection_error(error: Exception) -> CannotConnect:
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return TlsFailed("no trusted encrypted connection")
    if isinstance(error, TimeoutError):
        return CannotConnect("no answer in time")
    return CannotConnect(str(error) or type(error).__name__)
