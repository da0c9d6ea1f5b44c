"""What is sent with a command, and what is not sent at all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
import re

import pytest

from custom_components.open_ev.clients.ocpi.commands import Commands, new_reservation_id, timestamp
from custom_components.open_ev.clients.ocpi.credentials import TokenType
from custom_components.open_ev.clients.ocpi.dialects import DIALECTS, Dialect
from custom_components.open_ev.clients.ocpi.errors import InvalidArgument, NotAvailable
from custom_components.open_ev.clients.ocpi.models import (
    Capability,
    CommandType,
    Connector,
    Evse,
    EvseStatus,
    Session,
    SessionStatus,
    Version,
)

from .conftest import DRIVER, credentials

CREDENTIALS = credentials("https://operator.example/versions")
EVSE = Evse(uid="EVSE1", status=EvseStatus.AVAILABLE, connectors=(Connector(id="A"),))
TWO = replace(EVSE, connectors=(Connector(id="A"), Connector(id="B")))
LATER = datetime.now(UTC) + timedelta(hours=1)
NEW = (Version.V2_2_1, Version.V2_3_0)


def _commands(version: Version) -> Commands:
    return Commands(DIALECTS[version], CREDENTIALS)


def _token(body: Mapping[str, object]) -> dict[str, object]:
    token = body["token"]
    assert isinstance(token, dict)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(token.pop("last_updated")))
    return token


def test_start_in_2_1_1() -> None:
    """A short token, no reference and no connector."""
    command = _commands(Version.V2_1_1).start_session("LOC1", EVSE, connector_id="A", reference="R")
    body = dict(command.body)
    assert command.type is CommandType.START_SESSION
    assert _token(body) == {
        "uid": DRIVER.uid,
        "type": "OTHER",
        "auth_id": DRIVER.contract_id,
        "visual_number": DRIVER.contract_id,
        "issuer": "Home",
        "valid": True,
        "whitelist": "ALWAYS",
        "language": "en",
    }
    del body["token"]
    assert body == {"location_id": "LOC1", "evse_uid": "EVSE1"}


@pytest.mark.parametrize("version", NEW)
def test_start_later(version: Version) -> None:
    """Whose the token is, and a reference that the session will show."""
    body = dict(_commands(version).start_session("LOC1", EVSE, connector_id=None, reference="R").body)
    token = _token(body)
    assert (token["country_code"], token["party_id"], token["type"]) == ("NL", "HOM", "APP_USER")
    assert token["contract_id"] == DRIVER.contract_id
    assert "auth_id" not in token
    assert ("energy_contract" in token) is (version is Version.V2_3_0)
    del body["token"]
    assert body == {"location_id": "LOC1", "evse_uid": "EVSE1", "authorization_reference": "R"}


@pytest.mark.parametrize(
    ("version", "type_", "sent"),
    [
        (Version.V2_1_1, TokenType.RFID, "RFID"),
        (Version.V2_1_1, TokenType.APP_USER, "OTHER"),
        (Version.V2_2_1, TokenType.RFID, "RFID"),
        (Version.V2_3_0, TokenType.AD_HOC_USER, "AD_HOC_USER"),
    ],
)
def test_types_of_tokens(version: Version, type_: TokenType, sent: str) -> None:
    """2.1.1 knows two of them."""
    given = replace(CREDENTIALS, driver=replace(DRIVER, type=type_))
    assert DIALECTS[version].driver_token(given, "now")["type"] == sent


@pytest.mark.parametrize("version", NEW)
def test_connectors(version: Version) -> None:
    """Named where one is wanted, or the EVSE wants one; as the operator writes it."""
    commands = _commands(version)
    needing = replace(EVSE, capabilities=frozenset({Capability.START_SESSION_CONNECTOR_REQUIRED}))

    def start(evse: Evse, connector_id: str | None) -> object:
        return commands.start_session("LOC1", evse, connector_id=connector_id, reference="R").body.get("connector_id")

    assert start(TWO, None) is None
    assert start(TWO, "b") == "B"
    assert start(needing, None) == "A"
    assert start(replace(needing, connectors=TWO.connectors), "A") == "A"
    for evse, wanted, reason in (
        (replace(needing, connectors=TWO.connectors), None, "which_connector"),
        (TWO, "C", "no_such_connector"),
        (replace(needing, connectors=()), None, "no_such_connector"),
    ):
        with pytest.raises(InvalidArgument) as caught:
            start(evse, wanted)
        assert (caught.value.argument, caught.value.reason) == ("connector", reason)


@pytest.mark.parametrize("version", list(Version))
def test_stop_and_unlock(version: Version) -> None:
    """The same in all versions."""
    commands = _commands(version)
    stop = commands.stop_session(Session(id="S1", status=SessionStatus.ACTIVE))
    assert (stop.type, stop.body) == (CommandType.STOP_SESSION, {"session_id": "S1"})
    unlock = commands.unlock_connector("LOC1", EVSE, connector_id=None)
    assert unlock.type is CommandType.UNLOCK_CONNECTOR
    assert unlock.body == {"location_id": "LOC1", "evse_uid": "EVSE1", "connector_id": "A"}
    with pytest.raises(InvalidArgument):
        commands.unlock_connector("LOC1", TWO, connector_id=None)


# Reservations


@pytest.mark.parametrize("version", list(Version))
def test_reservations(version: Version) -> None:
    """A number in 2.1.1, a text later; always in UTC."""
    commands = _commands(version)
    is_old = version is Version.V2_1_1
    expiry = (datetime.now(UTC) + timedelta(hours=2)).astimezone(timezone(timedelta(hours=5)))
    command = commands.reserve_now("LOC1", EVSE, reservation_id="17", expiry=expiry, reference="R")
    body = dict(command.body)
    assert command.type is CommandType.RESERVE_NOW
    assert _token(body)["uid"] == DRIVER.uid
    assert body["reservation_id"] == (17 if is_old else "17")
    assert body["expiry_date"] == timestamp(expiry) == expiry.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert body.get("authorization_reference") == (None if is_old else "R")
    assert (body["location_id"], body["evse_uid"]) == ("LOC1", "EVSE1")


@pytest.mark.parametrize("version", list(Version))
def test_ids_of_reservations(version: Version) -> None:
    """Ours are fit to be sent, and never the same."""
    dialect = DIALECTS[version]
    ids = {new_reservation_id(dialect) for _ in range(50)}
    assert len(ids) == 50
    for reservation_id in ids:
        assert _reserve(dialect, reservation_id)


def _reserve(dialect: Dialect, reservation_id: str) -> object:
    commands = Commands(dialect, CREDENTIALS)
    return commands.reserve_now("LOC1", EVSE, reservation_id=reservation_id, expiry=LATER, reference="R").body


@pytest.mark.parametrize(
    ("version", "reservation_id"),
    [
        (Version.V2_1_1, "A1"),
        (Version.V2_1_1, "0"),
        (Version.V2_1_1, "-1"),
        (Version.V2_1_1, "2147483648"),
        (Version.V2_1_1, "9" * 40),
        (Version.V2_1_1, "١"),
        (Version.V2_2_1, ""),
        (Version.V2_2_1, "x" * 37),
        (Version.V2_3_0, "line\nbreak"),
        (Version.V2_3_0, "é"),
    ],
)
def test_ids_that_are_none(version: Version, reservation_id: str) -> None:
    """They are refused before the operator could misunderstand them."""
    with pytest.raises(InvalidArgument) as caught:
        _reserve(DIALECTS[version], reservation_id)
    assert (caught.value.argument, caught.value.reason) == ("reservation_id", "malformed")


@pytest.mark.parametrize(
    ("expiry", "reason"),
    [
        (LATER.replace(tzinfo=None), "no_zone"),
        (datetime.now(UTC) - timedelta(seconds=1), "past"),
        (datetime.now(UTC) + timedelta(days=32), "out_of_range"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))), "out_of_range"),
        (datetime.min.replace(tzinfo=UTC), "past"),
    ],
)
def test_expiries_that_are_none(expiry: datetime, reason: str) -> None:
    """A moment with a zone, soon enough."""
    with pytest.raises(InvalidArgument) as caught:
        _commands(Version.V2_2_1).reserve_now("LOC1", EVSE, reservation_id="1", expiry=expiry, reference="R")
    assert (caught.value.argument, caught.value.reason) == ("expiry", reason)


def test_cancelling() -> None:
    """Since 2.2."""
    for version in NEW:
        command = _commands(version).cancel_reservation("R1")
        assert (command.type, command.body) == (CommandType.CANCEL_RESERVATION, {"reservation_id": "R1"})
        with pytest.raises(InvalidArgument):
            _commands(version).cancel_reservation("")
    with pytest.raises(NotAvailable) as caught:
        _commands(Version.V2_1_1).cancel_reservation("1")
    assert caught.value.what == "cancel_reservation"
