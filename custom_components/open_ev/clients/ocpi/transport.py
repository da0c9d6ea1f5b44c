"""Requests to an operator. The token in them starts billed sessions, so it goes nowhere but where it is meant to go."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
import json
import re
import ssl
from typing import Final
from uuid import uuid4

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..web_address import web_address
from .addresses import is_loopback, is_same_server, operator_url
from .answers import Envelope, Json, JsonObject, decode, envelope
from .credentials import COVERED, SHORTEST_SECRET, Credentials, Encoding
from .errors import BadAnswer, CannotConnect, NotOcpi, NotReached, StatusError, TlsFailed, Unauthorized, UnknownObject

TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=10)
# A page of fifty large locations.
MAX_BODY: Final = 4 * 1024 * 1024
MAX_REDIRECTS: Final = 3

# Redirects that keep method and body, and those that a question may follow as well.
_KEEPING: Final = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}
_REDIRECTS: Final = {*_KEEPING, HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
_REFUSALS: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_BUSY: Final = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
# Who asks for more rest than this is asked once an hour all the same.
_LONGEST_REST: Final = 3600.0
_NO_SUCH_LOCATION: Final = 2003
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^,]*\brel\s*=\s*"?next\b', re.IGNORECASE)


class Answered:
    """An answer, read whole. `answer` raises for one that is none of success."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, cover: Callable[[str], str]) -> None:
        self.status = status
        self._cover = cover
        self._headers = headers
        self._body = body

    @property
    def size(self) -> int:
        """How long it is, in bytes."""
        return len(self._body)

    @property
    def is_refusal(self) -> bool:
        """Whether the token is not known."""
        return self.status in _REFUSALS

    @property
    def total(self) -> int | None:
        """How many objects there are on all pages."""
        return _count(self._headers.get("X-Total-Count", "").strip())

    @property
    def limit(self) -> int | None:
        """How many objects there are on a page at most."""
        return _count(self._headers.get("X-Limit", "").strip())

    @property
    def retry_after(self) -> float:
        """For how many seconds the server does not want to be asked again: seconds, or a date (RFC 9110, 10.2.3)."""
        if self.status not in _BUSY:
            return 0.0
        said = self._headers.get(hdrs.RETRY_AFTER, "").strip()
        seconds: float | None = _count(said)
        if seconds is None:
            try:
                until = parsedate_to_datetime(said)
            except ValueError:
                return 0.0
            seconds = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        return min(max(seconds, 0.0), _LONGEST_REST)

    @property
    def link(self) -> str | None:
        """Where the next page is said to be; empty if it is not said in a way that can be read."""
        said = self._headers.get(hdrs.LINK, "").strip()
        if not said:
            return None
        found = _NEXT.search(said)
        return "" if found is None else found[1].strip()

    def json(self) -> Json:
        """Read the body.

        Raises:
            StatusError, UnknownObject: it is none, and the HTTP status says that something is wrong.
            NotOcpi, BadAnswer: it is none.
        """
        try:
            return decode(self._body)
        except NotOcpi, BadAnswer:
            self.check()
            raise

    def envelope(self, marker: str | None = None) -> Envelope:
        """Read an answer that is all well; `marker` is what an object without an envelope is known by.

        Raises:
            StatusError, UnknownObject: something is wrong.
            NotOcpi, BadAnswer: it cannot be read.
        """
        found = envelope(self.json(), marker)
        if found is not None and not found.is_success:
            raise status_error(found.code, self._cover(found.reply), retry_after=self.retry_after)
        self.check()
        if found is None:
            raise NotOcpi("no_envelope")
        return found

    def check(self) -> None:
        """Raise what the HTTP status says that is none of success."""
        if self.status // 100 != 2:
            raise status_error(self.status, retry_after=self.retry_after)


def _count(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def status_error(code: int, reply: str = "", *, retry_after: float = 0.0) -> StatusError:
    """Make an error of a status code, OCPI's or HTTP's."""
    kind = UnknownObject if code in {_NO_SUCH_LOCATION, HTTPStatus.NOT_FOUND} else StatusError
    return kind(code, reply, retry_after=retry_after)


class Transport:
    """The way to one operator."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Take what to show to the operator."""
        self._session = session
        self._credentials = credentials
        self.versions_url = operator_url(credentials.versions_url)
        self._encoding = Encoding.BASE64
        self._parties: Mapping[str, str] = {}
        self._busy_status = 0
        self._busy_until = 0.0

    def agree(self, encoding: Encoding, parties: Mapping[str, str]) -> None:
        """Write the token so from now on, and say who asks and who is asked, where the version has that (2.2.1 and later)."""
        self._encoding, self._parties = encoding, parties

    def address(self, said: str | None) -> URL:
        """Read an address that the operator gives for us to come to, with the token.

        It may be on any host, since operators keep versions and modules on several, and who says so has proved by its
        certificate to be the operator, from whom the token is. Whoever is at that host has to prove as much, so that
        nothing in the user's network can be talked to that does not speak https under that very name.

        Raises:
            BadAnswer: it is none, or the token could be read on the way there. What is on this machine is of no operator's
                business, unless it is here itself.
        """
        url = web_address(said or "")
        if url is None or url.user or url.password:
            raise BadAnswer("not_a_url")
        if is_loopback(url):
            if not is_loopback(self.versions_url):
                raise BadAnswer("loopback_url")
        elif url.scheme != "https":
            raise BadAnswer("not_encrypted")
        return url.with_fragment(None)

    async def get(self, url: URL, *, correlation: str | None = None) -> Answered:
        """Ask for something.

        Raises:
            StatusError: the operator has not been asked, because it wants to be left alone for a while.
            CannotConnect: no answer; NotReached, TlsFailed: nothing was asked.
            Unauthorized: the token is not known.
            BadAnswer: an answer that is too long, cut off, or leads elsewhere.
        """
        return self._require_access(await self._request(hdrs.METH_GET, url, correlation=correlation))

    async def try_token(self, url: URL, encoding: Encoding) -> Answered:
        """Ask for something with the token written so; the answer may be a refusal. Raises what else `get` raises."""
        return await self._request(hdrs.METH_GET, url, encoding=encoding)

    async def post(self, url: URL, body: JsonObject) -> Answered:
        """Send something; raises what `get` raises."""
        return self._require_access(await self._request(hdrs.METH_POST, url, body=json.dumps(body)))

    async def _request(
        self,
        method: str,
        url: URL,
        *,
        body: str | None = None,
        correlation: str | None = None,
        encoding: Encoding | None = None,
    ) -> Answered:
        """Exchange a request for an answer. Without an encoding it is what was agreed, as one party to another.

        A redirect is followed on the operator's own server only: anywhere else the token is not meant to go. A command is sent
        to no address twice, wherever it is led.
        """
        if method == hdrs.METH_GET:
            self._leave_alone()
        headers: dict[str, str] = {
            hdrs.AUTHORIZATION: f"Token {(encoding or self._encoding).write(self._credentials.token)}",
            hdrs.ACCEPT: "application/json",
            "X-Correlation-ID": correlation or str(uuid4()),
            **(self._parties if encoding is None else {}),
            **({} if body is None else {hdrs.CONTENT_TYPE: "application/json"}),
        }
        asked: set[URL] = set()
        for _ in range(MAX_REDIRECTS + 1):
            if method != hdrs.METH_GET and url in asked:
                break
            asked.add(url)
            try:
                async with self._session.request(
                    method,
                    url,
                    data=body,
                    headers={**headers, "X-Request-ID": str(uuid4())},
                    timeout=TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    if response.status not in _REDIRECTS:
                        body_read = self._hide(await _read(response))
                        return self._note_rest(
                            Answered(response.status, response.headers, body_read, self._credentials.cover)
                        )
                    url = _redirected(response, url)
            except aiohttp.ClientPayloadError:
                raise BadAnswer("cut_off") from None
            except aiohttp.ClientResponseError as error:
                raise NotOcpi("not_http") from error
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                # Who was led on has sent it once before.
                raise connection_error(error, is_first=len(asked) == 1) from error
        raise BadAnswer("redirect")

    def _note_rest(self, answered: Answered) -> Answered:
        """Keep in mind that the operator wants to be left alone."""
        if (seconds := answered.retry_after) > 0:
            self._busy_status = answered.status
            self._busy_until = asyncio.get_running_loop().time() + seconds
        return answered

    def _leave_alone(self) -> None:
        """Ask nothing while the operator does not want it. What somebody wants to be done is sent all the same."""
        left = self._busy_until - asyncio.get_running_loop().time()
        if left > 0:
            raise status_error(self._busy_status, retry_after=left)

    def _hide(self, body: bytes) -> bytes:
        """Take our token out of what is said about it: an operator's words end in logs."""
        token = self._credentials.token
        if len(token) >= SHORTEST_SECRET:
            for encoding in (Encoding.RAW, Encoding.BASE64):
                body = body.replace(encoding.write(token).encode(), COVERED.encode())
        return body

    @staticmethod
    def _require_access(answered: Answered) -> Answered:
        if answered.is_refusal:
            raise Unauthorized("the operator does not know the token")
        return answered


def _redirected(response: aiohttp.ClientResponse, url: URL) -> URL:
    """Where an answer leads, if it may lead there."""
    if response.method != hdrs.METH_GET and response.status not in _KEEPING:
        raise BadAnswer("redirect")
    said = response.headers.get(hdrs.LOCATION)
    target = None if said is None else web_address(said, url)
    if target is None or not is_same_server(target, url):
        raise BadAnswer("redirect")
    return target


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read a body, and no more of it than an operator has to say on a page."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadAnswer("too_long")
    return bytes(body)


def connection_error(error: Exception, *, is_first: bool) -> CannotConnect:
    """Say what kept an answer from coming, to the first request or to one that a redirect led to."""
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return TlsFailed("no trusted encrypted connection")
    if is_first and isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotReached("no connection")
    if isinstance(error, TimeoutError):
        return CannotConnect("no answer in time")
    return CannotConnect(str(error) or type(error).__name__)
