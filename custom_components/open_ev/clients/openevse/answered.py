"""What a gateway answers: JSON, a page, or something that somebody in between has put in its place."""

import json
import re
from typing import Final

import aiohttp

from . import rapi
from .errors import BadAnswer, NotAvailable, RapiBlocked, RapiFailed, Refused, TlsWanted
from .report import Json, text

# The largest of all answers, a configuration, has 4 kB.
MAX_BODY: Final = 64 * 1024

# Firmware writes control characters into texts as they are.
_DECODER: Final = json.JSONDecoder(strict=False)
_MAX_WORDS: Final = 200
# The answer to a RAPI command as a page prints it (2.x to 5.1 `>$OK`, later `&gt;$OK`).
_IN_PAGE: Final = re.compile(r"<p>(?:>|&gt;)\s*(\$[^<]*)", re.IGNORECASE)
# And as JSON carries it: raw bytes of a serial number may include what JSON would escape.
_IN_JSON: Final = re.compile(r'"ret"\s*:\s*"(.*)"\s*}\s*\Z', re.DOTALL)
_REASON: Final = re.compile(r"RAPI_RESPONSE_([A-Z_]+)")
_BLOCKED: Final = "blocked"


class Answered:
    """An answer, read whole."""

    def __init__(self, status: int, body: bytes, cookie: str | None, tls_url: str | None = None) -> None:
        """`tls_url` is where the same machine speaks https, if that is where the answer leads to."""
        self.status = status
        self.body = body
        self.cookie = cookie
        self.tls_url = tls_url

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
        told = text(said, "msg") if isinstance(said, dict) else None
        printable = "".join(character if character.isprintable() else " " for character in told or "")
        return " ".join(printable.split())[:_MAX_WORDS] or f"status {self.status}"


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """Read a body, and no more of it than a charger has to say."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadAnswer("too_long")
    return bytes(body)


def check(answered: Answered) -> None:
    """Raise what a status says that is none of success."""
    if answered.status in {404, 405, 501}:
        raise NotAvailable("this firmware does not have it")
    if answered.status // 100 == 3:
        raise BadAnswer("redirect") if answered.tls_url is None else TlsWanted(answered.tls_url)
    if answered.status // 100 != 2:
        raise Refused(answered.message())


def rapi_answer(answered: Answered) -> rapi.Answer:
    """Find the controller's answer in what the gateway answered, in JSON or in a page.

    Raises:
        RapiBlocked: this build hands no such command on.
        RapiFailed: the controller gave no usable answer.
        BadAnswer, NotAvailable, Refused: it is no answer to a command.
    """
    # One character is one byte here, for the sake of the checksum.
    body = answered.body.decode("latin-1")
    if (reason := _REASON.search(body)) is not None:
        slug = reason[1].lower()
        raise RapiBlocked("this build hands no such command on") if slug == _BLOCKED else RapiFailed(slug)
    check(answered)
    return _answer_in(body)


def _answer_in(body: str) -> rapi.Answer:
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
