"""What is in an operator's objects, by shape and not by version: versions meet in one and the same operator.

An object without what makes it one is none: the standard advises to take the good ones of a list and leave the bad.
"""

from collections.abc import Mapping
from enum import StrEnum
import math
import re
from typing import Final

from .answers import Json, JsonObject, as_number, moment, number, objects, one, reply, text
from .errors import BadAnswer
from .models import (
    Capability,
    CommandResponse,
    CommandResult,
    Connector,
    Evse,
    EvseStatus,
    Location,
    Result,
    Session,
    SessionStatus,
)


def _spelled(kind: type[StrEnum]) -> Mapping[str, StrEnum]:
    return {_letters(member): member for member in kind}


def _letters(word: str) -> str:
    return word.replace("_", "").replace("-", "").casefold()


_SPELLED: Final[Mapping[type[StrEnum], Mapping[str, StrEnum]]] = {
    kind: _spelled(kind) for kind in (Capability, EvseStatus, Result, SessionStatus)
}


def member[E: StrEnum](kind: type[E], said: Json, otherwise: E) -> E:
    """Read an enumeration, whose values later versions add to."""
    found = _SPELLED[kind].get(_letters(said)) if isinstance(said, str) else None
    return found if isinstance(found, kind) else otherwise


# Locations


def location(source: JsonObject) -> Location | None:
    """Read a location."""
    location_id = text(source, "id")
    if location_id is None:
        return None
    found = (evse(item) for item in objects(source, "evses"))
    return Location(
        id=location_id,
        name=text(source, "name"),
        address=text(source, "address"),
        city=text(source, "city"),
        evses=tuple(item for item in found if item is not None),
    )


def evse(source: JsonObject) -> Evse | None:
    """Read an EVSE."""
    uid = text(source, "uid")
    if uid is None:
        return None
    said = source.get("capabilities")
    letters = {_letters(item) for item in said if isinstance(item, str)} if isinstance(said, list) else set()
    return Evse(
        uid=uid,
        evse_id=text(source, "evse_id"),
        status=member(EvseStatus, source.get("status"), EvseStatus.UNKNOWN),
        physical_reference=text(source, "physical_reference"),
        capabilities=frozenset(item for item in Capability if _letters(item) in letters),
        connectors=tuple(
            Connector(id=connector_id, standard=text(item, "standard"), max_power=_max_power(item))
            for item in objects(source, "connectors")
            if (connector_id := text(item, "id")) is not None
        ),
    )


# A three-phase connector's voltage is that from line to neutral, and many give the one between lines.
_BETWEEN_LINES: Final = 300


def _max_power(source: JsonObject) -> float | None:
    """The power of a connector in W: as told (2.2.1 and later), else from voltage and current, which 2.1.1 names otherwise."""
    told = number(source, "max_electric_power")
    if told is not None and told > 0:
        return told
    volts = number(source, "max_voltage") or number(source, "voltage")
    amperes = number(source, "max_amperage") or number(source, "amperage")
    if volts is None or amperes is None or volts <= 0 or amperes <= 0:
        return None
    match text(source, "power_type"):
        case "AC_3_PHASE":
            phases = math.sqrt(3) if volts > _BETWEEN_LINES else 3
        case "AC_2_PHASE" if volts <= _BETWEEN_LINES:
            phases = 2
        case _:
            phases = 1
    return float(round(phases * volts * amperes))


# Sessions

# ISO 4217.
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def session(source: JsonObject) -> Session | None:
    """Read a session; 2.1.1 names its times otherwise, and has a location within it, with no more than where it is.

    The standard's own example of that has one `evse` in place of a list.
    """
    session_id = text(source, "id")
    if session_id is None:
        return None
    token, place = _inner(source, "cdr_token"), _inner(source, "location")
    place_evse = _inner(place, "evse") or _only(place, "evses")
    place_connector = _inner(place_evse, "connector") or _only(place_evse, "connectors")
    currency = (text(source, "currency") or "").upper()
    return Session(
        id=session_id,
        status=member(SessionStatus, source.get("status"), SessionStatus.UNKNOWN),
        start=moment(source, "start_date_time") or moment(source, "start_datetime"),
        updated=moment(source, "last_updated"),
        energy=number(source, "kwh"),
        cost=_cost(source.get("total_cost")),
        currency=currency if _CURRENCY.fullmatch(currency) else None,
        token_uid=text(token, "uid"),
        token_party=_party(token),
        contract_id=text(token, "contract_id") or text(source, "auth_id"),
        reference=text(source, "authorization_reference"),
        location_id=text(source, "location_id") or text(place, "id"),
        evse_uid=text(source, "evse_uid") or text(place_evse, "uid"),
        connector_id=text(source, "connector_id") or text(place_connector, "id"),
    )


def _party(token: JsonObject) -> str | None:
    country, party = text(token, "country_code"), text(token, "party_id")
    return country + party if country and party else None


def _inner(source: JsonObject, name: str) -> JsonObject:
    found = source.get(name)
    return found if isinstance(found, dict) else {}


def _only(source: JsonObject, name: str) -> JsonObject:
    found = objects(source, name)
    return found[0] if len(found) == 1 else {}


def _cost(said: Json) -> float | None:
    """What is to be paid, with taxes where these are told.

    A number without them (2.1.1), `excl_vat` and perhaps `incl_vat` (2.2.1), `before_taxes` and a list of taxes (2.3.0).
    """
    if not isinstance(said, dict):
        return as_number(said)
    if (before := number(said, "before_taxes")) is not None:
        return before + sum(number(tax, "amount") or 0 for tax in objects(said, "taxes"))
    including = number(said, "incl_vat")
    return number(said, "excl_vat") if including is None else including


# Commands


def response(data: Json) -> CommandResponse:
    """Read what an operator says at once.

    Raises:
        BadAnswer: it says nothing of the kind.
    """
    source = one(data)
    return CommandResponse(result=_result(source), timeout=number(source, "timeout"), reply=_reply(source))


def result(data: Json) -> CommandResult:
    """Read what an operator says later: bare, or in an envelope, as some send it.

    Raises:
        BadAnswer: it says nothing of the kind.
    """
    source = one(data)
    if "result" not in source and "data" in source:
        source = one(source["data"])
    return CommandResult(result=_result(source), reply=_reply(source))


def _result(source: JsonObject) -> Result:
    said = source.get("result")
    if not isinstance(said, str) or not said:
        raise BadAnswer("no_result")
    return member(Result, said, Result.UNKNOWN)


def _reply(source: JsonObject) -> str:
    return reply(source.get("message"))
