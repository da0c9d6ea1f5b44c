"""What was said, both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type JsonObject = dict[str, Json]


class Request(NamedTuple):
    """A request of the eMSP as it arrived, whatever became of it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Their names as they were written; looked up caselessly."""
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A result that was posted to the eMSP."""

    command: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None
    """What the eMSP answered; None if it could not be reached."""
    answer: bytes = b""
