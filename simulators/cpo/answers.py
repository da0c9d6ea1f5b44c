"""Answers before they are written: data and status, as OCPI has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .traffic import Json, JsonObject

SUCCESS: Final = 1000
CLIENT_ERROR: Final = 2000
INVALID: Final = 2001
UNKNOWN_LOCATION: Final = 2003
UNKNOWN_TOKEN: Final = 2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `status` is HTTP's, `code` OCPI's."""

    data: Json = None
    code: int = SUCCESS
    message: str | None = "Success"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: JsonObject | None = None
    """What is written in place of data in an envelope."""


def refusal(code: int, message: str, status: int = 200) -> Answer:
    """Refuse in the way of OCPI, which is status 200 for whoever may come in."""
    return Answer(code=code, message=message, status=status)


def detail(status: int, words: Json) -> Answer:
    """Refuse in the way of a web framework that was never told of OCPI."""
    return Answer(status=status, instead={"detail": words})
