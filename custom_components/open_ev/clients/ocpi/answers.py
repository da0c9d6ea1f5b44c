"""Reading what operators answer: the envelope around it, and what is in an object, whoever wrote it."""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
import math
import re
from typing import Final

from .errors import BadAnswer, NotOcpi

# The id at the end of an address for a result, which is all that a stranger would have to guess.
_SECRET_ID: Final = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type JsonObject = dict[str, Json]

_SUCCESS: Final = 1000
_LONGEST: Final = 255
_LONGEST_REPLY: Final = 200
# More than any energy, cost, voltage or power. JSON has numbers of any length, and nothing can be computed with most.
_LARGEST: Final = 1e12


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is around every answer."""

    code: int
    data: Json
    reply: str
    timestamp: datetime | None = None

    @property
    def is_success(self) -> bool:
        """Whether all is well: 1000 to 1999."""
        return 1000 <= self.code < 2000


def decode(body: bytes) -> Json:
    """Read JSON.

    Raises:
        NotOcpi: a page, a text, or nothing.
        BadAnswer: JSON that was cut off, or is none further on.
    """
    said = body.decode(errors="replace").lstrip("\ufeff \t\r\n")
    try:
        found: Json = json.loads(said)
    except ValueError, RecursionError:
        if said[:1] in {"{", "["}:
            raise BadAnswer("not_json") from None
        raise NotOcpi("html" if said.startswith("<") else "not_json") from None
    return found


def envelope(answer: Json, marker: str | None = None) -> Envelope | None:
    """Find the envelope; None where there is none.

    Some operators leave it out. Then a list is taken for what was asked for, and an object that has `marker`.
    """
    if isinstance(answer, list):
        return Envelope(_SUCCESS, answer, "")
    if not isinstance(answer, dict):
        return None
    match answer.get("status_code"):
        case int(code) if not isinstance(code, bool):
            pass
        case str(said) if said.isascii() and said.isdigit() and len(said) == 4:
            code = int(said)
        case _:
            return Envelope(_SUCCESS, answer, "") if marker is not None and marker in answer else None
    return Envelope(code, answer.get("data"), reply(answer.get("status_message")), moment(answer, "timestamp"))


def one(data: Json) -> JsonObject:
    """Take the object that an answer is about; some operators put it into a list.

    Raises:
        BadAnswer: there is no object, or more than one.
    """
    match data:
        case dict():
            return data
        case [dict() as only]:
            return only
    raise BadAnswer("wrong_type")


def many(data: Json) -> list[JsonObject]:
    """Take the objects of a list; what is no object among them is left out.

    Raises:
        BadAnswer: it is no list.
    """
    if not isinstance(data, list):
        raise BadAnswer("wrong_type")
    return [item for item in data if isinstance(item, dict)]


def objects(source: JsonObject, name: str) -> list[JsonObject]:
    """The objects of a list within an object; none where there is no such list."""
    found = source.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(source: JsonObject, name: str) -> str | None:
    """A text that is not empty, and can be written down: JSON may spell halves of characters."""
    value = source.get(name)
    if not isinstance(value, str) or any("\ud800" <= character <= "\udfff" for character in value):
        return None
    return value.strip()[:_LONGEST] or None


def number(source: JsonObject, name: str) -> float | None:
    """A number that can be computed with."""
    return as_number(source.get(name))


def as_number(value: Json) -> float | None:
    """The same, of a value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST < value < _LARGEST:
        return None
    return float(value) if math.isfinite(value) else None


def moment(source: JsonObject, name: str) -> datetime | None:
    """A moment; where no zone is named it is UTC (all versions)."""
    said = text(source, name)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except ValueError, OverflowError:
        return None


def reply(said: Json) -> str:
    """An operator's own words, shortened to what can be shown: a text, or texts in some languages, of which the first.

    An address that it was told for a result is no word of its own.
    """
    match said:
        case str():
            words = said
        case [{"text": str(words)}, *_] | {"text": str(words)}:
            pass
        case _:
            return ""
    words = _SECRET_ID.sub("***", words[: 4 * _LONGEST_REPLY])
    printable = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(printable.split())[:_LONGEST_REPLY]
