"""Requests and answers as the gateway's small web server knows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
from typing import Final

from .claims import Json

HTML: Final = "text/html"
JSON: Final = "application/json"
TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, read whole."""

    method: str
    path: str
    id: int
    """The number at the end of the path; 0 where there is none."""
    query: Mapping[str, str]
    form: Mapping[str, str]
    """The parameters of a form's body."""
    body: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]

    def json(self) -> Json:
        """Read the body.

        Raises:
            ValueError: it is no JSON.
        """
        found: Json = json.loads(self.body)
        return found

    def object(self) -> dict[str, Json] | None:
        """Read the body; None if it is no object."""
        try:
            found = self.json()
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, and what is done once it is out."""

    status: int = 200
    body: bytes = b""
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None


type Handler = Callable[[Asked], Answer]


def text(body: str, status: int = 200, then: Callable[[], None] | None = None) -> Answer:
    """Answer with plain text."""
    return Answer(status=status, body=body.encode(), kind=TEXT, then=then)


def of_json(said: object, status: int = 200, then: Callable[[], None] | None = None) -> Answer:
    """Answer with JSON, without spaces, as the firmware writes it."""
    return Answer(status=status, body=json.dumps(said, separators=(",", ":")).encode(), then=then)


def message(words: str, status: int = 200, then: Callable[[], None] | None = None) -> Answer:
    """Answer with a message."""
    return of_json({"msg": words}, status, then)


NO_JSON: Final = message("Could not parse JSON", 400)
NOT_FOUND: Final = message("Not found", 404)
NOT_ALLOWED: Final = message("Method not allowed", 405)
