"""How an answer is wrapped, and how operators wrap it otherwise."""

from collections.abc import Callable, Mapping
from datetime import datetime
import json
from typing import Final

from .answers import Answer
from .knobs import Module
from .paths import Place
from .quirks import Quirk
from .traffic import Json
from .wire import write_moment

_IDS: Final = {
    "authorization_reference",
    "connector_id",
    "contract_id",
    "country_code",
    "auth_id",
    "evse_id",
    "evse_uid",
    "id",
    "location_id",
    "party_id",
    "uid",
}
"""The fields of type CiString."""


class Envelope:
    """Writes answers."""

    def __init__(self, quirks: set[Quirk], now: Callable[[], datetime]) -> None:
        """Write with these quirks."""
        self._quirks = quirks
        self._now = now

    def write(self, answer: Answer, place: Place | None) -> bytes:
        """Write an answer as JSON."""
        if answer.instead is not None:
            return json.dumps(answer.instead).encode()
        data = answer.data if place is None else self._dressed(answer.data, place)
        if place is not None and data is not None and self._is_bare(place):
            return json.dumps(data).encode()
        told: dict[str, Json] = {} if data is None else {"data": data}
        told |= {"status_code": answer.code, "timestamp": write_moment(self._now())}
        if answer.message is not None:
            told["status_message"] = answer.message
        return json.dumps(told).encode()

    def ids(self, headers: Mapping[str, str], place: Place | None) -> dict[str, str]:
        """Say which request this answers, as since 2.2 every answer does."""
        if place is None or place.version is None or place.version.old:
            return {}
        return {name: headers[name] for name in ("X-Request-ID", "X-Correlation-ID") if name in headers}

    def _is_bare(self, place: Place) -> bool:
        quirk = Quirk.BARE_COMMANDS if place.module is Module.COMMANDS else Quirk.BARE
        return quirk in self._quirks or Quirk.BARE in self._quirks

    def _dressed(self, data: Json, place: Place) -> Json:
        if Quirk.LOWER_CASE_IDS in self._quirks and place.module not in {Module.VERSIONS, Module.DETAILS}:
            data = _in_lower_case(data)
        if place.module is Module.COMMANDS:
            listed = Quirk.COMMAND_LISTS in self._quirks
        else:
            listed = Quirk.LISTS in self._quirks and place.module is Module.LOCATIONS
        return [data] if listed and isinstance(data, dict) else data


def _in_lower_case(data: Json) -> Json:
    match data:
        case list():
            return [_in_lower_case(found) for found in data]
        case dict():
            return {
                name: found.lower() if name in _IDS and isinstance(found, str) else _in_lower_case(found)
                for name, found in data.items()
            }
        case _:
            return data
