"""What a simulated charger was asked over HTTP."""

from collections.abc import Mapping
from typing import NamedTuple


class Request(NamedTuple):
    """A request as it arrived, whatever became of it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str
