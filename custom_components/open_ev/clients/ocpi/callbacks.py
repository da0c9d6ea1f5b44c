"""Results that operators send later: who is told of which, and who may tell.

Nothing here listens. Whoever does opens an address for each command, and hands on what arrives there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
import hmac
from http import HTTPStatus
import secrets
from typing import Final, Protocol

from . import decoding
from .answers import Json, JsonObject, decode
from .credentials import Encoding
from .errors import BadAnswer, CannotConnect, NotOcpi
from .models import CommandResult, Result

# A result with a message in every language there is.
MAX_RESULT: Final = 16 * 1024
# An address is needed even where nobody can be reached; this name is never anybody's (RFC 2606).
NOWHERE: Final = "https://open-ev.invalid/"

_GENERIC_SUCCESS: Final = 1000
_GENERIC_ERROR: Final = 2000
_INVALID: Final = 2001


class Callbacks(Protocol):
    """Something that operators can reach."""

    async def open(self, pending_id: str) -> str | None:
        """Take what is posted to an address of its own from now on, and return that address; None where there is no way in.

        What is posted goes to `PendingResults.deliver`, with this id. The id is all that a stranger would have to guess.
        """

    def close(self, pending_id: str) -> None:
        """Take nothing there any more."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer to an operator."""

    status: HTTPStatus
    body: JsonObject


class Pending:
    """One command's result, awaited."""

    def __init__(self, pending_id: str, url: str, closed: Callable[[], None]) -> None:
        """`closed` is called when nothing is awaited any more."""
        self.id = pending_id
        self.url = url
        self.result: CommandResult | None = None
        self.is_revoked = False
        """Whether the operator has said something else than yes, at once or after all."""
        self._closed = closed
        self._over = asyncio.Event()
        self._is_open = True
        self._ended: Callable[[], None] | None = None

    async def wait(self, seconds: float) -> CommandResult | None:
        """Wait for the result; None if it did not come in time, or will not come any more."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
        return self.result

    def keep(self, ended: Callable[[], None]) -> None:
        """Stay open when the operator says yes: `ended` is called when it says otherwise, at once or later."""
        self._ended = ended

    def take(self, result: CommandResult) -> None:
        """Take a result: the first, and after one that grants a reservation that which ends it."""
        if self.result is None:
            self.result = result
            self._over.set()
        if result.result is not Result.ACCEPTED:
            self.is_revoked = True
            self.close()
            if self._ended is not None:
                self._ended()
        elif self._ended is None:
            self.close()

    @property
    def is_closed(self) -> bool:
        """Whether no result is awaited any more."""
        return not self._is_open

    def close(self) -> None:
        """Await nothing any more."""
        if self._is_open:
            self._is_open = False
            self._over.set()
            self._closed()


class PendingResults:
    """The results that one operator still owes."""

    def __init__(self, own_token: str, callbacks: Callbacks | None = None) -> None:
        """`own_token` is what the operator shows to us."""
        self._tokens = [encoding.write(own_token).encode() for encoding in (Encoding.RAW, Encoding.BASE64)]
        self._callbacks = callbacks
        self._pending: dict[str, Pending] = {}
        self._is_closed = False

    async def expect(self) -> Pending:
        """Be ready for a result. This comes before the command is sent: a result may be there within 10 ms.

        Raises:
            CannotConnect: it is too late.
        """
        pending_id = secrets.token_hex(32)

        def closed() -> None:
            self._pending.pop(pending_id, None)
            if self._callbacks is not None:
                self._callbacks.close(pending_id)

        url = None if self._callbacks is None else await self._callbacks.open(pending_id)
        pending = Pending(pending_id, url or f"{NOWHERE}{pending_id}", closed)
        self._pending[pending_id] = pending
        # Looked at last, because it may have become so meanwhile.
        if self._is_closed:
            pending.close()
            raise CannotConnect("let go of")
        return pending

    def deliver(self, pending_id: str, authorization: str | None, body: bytes) -> Reply:
        """Take what was posted, and say what to answer. Nothing but a result of the operator's changes anything.

        A body of more than `MAX_RESULT` bytes need not be read to its end to be handed over: it is refused.
        """
        pending = self._pending.get(pending_id)
        if pending is None:
            return _reply(HTTPStatus.NOT_FOUND, _GENERIC_ERROR, "nothing is awaited here")
        if not self._is_known(authorization):
            return _reply(HTTPStatus.UNAUTHORIZED, _GENERIC_ERROR, "unknown token")
        if len(body) > MAX_RESULT:
            return _reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _GENERIC_ERROR, "too long")
        try:
            said: Json = decode(body)
        except NotOcpi, BadAnswer:
            return _reply(HTTPStatus.BAD_REQUEST, _INVALID, "no JSON")
        try:
            result = decoding.result(said)
        except BadAnswer:
            return _reply(HTTPStatus.OK, _INVALID, "no result")
        pending.take(result)
        return _reply(HTTPStatus.OK, _GENERIC_SUCCESS, "Success")

    def _is_known(self, authorization: str | None) -> bool:
        """Compare in a time that tells nothing."""
        scheme, _, shown = (authorization or "").strip().partition(" ")
        given = shown.strip().encode(errors="replace")
        matches = [hmac.compare_digest(given, token) for token in self._tokens]
        return any(matches) and scheme.lower() == "token"

    def close(self) -> None:
        """Await nothing any more, nor later."""
        self._is_closed = True
        for pending in list(self._pending.values()):
            pending.close()


def _reply(status: HTTPStatus, code: int, message: str) -> Reply:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return Reply(status, {"status_code": code, "status_message": message, "timestamp": now})
