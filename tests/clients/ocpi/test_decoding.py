"""What operators tell, in the shapes of all versions, and in shapes of none."""

from datetime import UTC, datetime
import json

import pytest

from custom_components.open_ev.clients.ocpi import decoding
from custom_components.open_ev.clients.ocpi.answers import Json, JsonObject, decode, envelope, many, one, reply
from custom_components.open_ev.clients.ocpi.errors import BadAnswer, NotOcpi
from custom_components.open_ev.clients.ocpi.models import (
    Capability,
    CommandResponse,
    CommandResult,
    EvseStatus,
    Result,
    SessionStatus,
    same,
)

# JSON


@pytest.mark.parametrize("body", [b"", b"  ", b"Hello", b"NaN!", b"\xff\xfe", b"\xef\xbb\xbfOK"])
def test_no_json(body: bytes) -> None:
    """A text is not OCPI."""
    with pytest.raises(NotOcpi) as caught:
        decode(body)
    assert caught.value.reason == "not_json"


@pytest.mark.parametrize("body", [b"<html>", b"\n <!DOCTYPE html>"])
def test_pages(body: bytes) -> None:
    """Nor is a page."""
    with pytest.raises(NotOcpi) as caught:
        decode(body)
    assert caught.value.reason == "html"


@pytest.mark.parametrize("body", [b'{"data": [', b"[1, 2", b'{"a": 1} trailing', b"[" * 200_000, b"[" + b"9" * 9000])
def test_broken_json(body: bytes) -> None:
    """What was JSON once may have been cut off, or be made to break a parser."""
    with pytest.raises(BadAnswer) as caught:
        decode(body)
    assert caught.value.reason == "not_json"


def test_a_byte_order_mark_is_no_harm() -> None:
    """Some write one."""
    assert decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "code", "data"),
    [
        ({"status_code": 1000, "data": {"a": 1}}, 1000, {"a": 1}),
        ({"status_code": "2001"}, 2001, None),
        ([1], 1000, [1]),
        ({"marker": 1}, 1000, {"marker": 1}),
    ],
)
def test_envelopes(answer: Json, code: int, data: Json) -> None:
    """There may be none, where it is plain what the answer is."""
    found = envelope(answer, "marker")
    assert found is not None
    assert (found.code, found.data, found.is_success) == (code, data, code == 1000)


@pytest.mark.parametrize(
    "answer", [None, 1, "text", {}, {"status_code": True}, {"status_code": "12345"}, {"detail": 1}]
)
def test_no_envelope(answer: Json) -> None:
    """All else is something else."""
    assert envelope(answer) is None
    assert envelope(answer, "marker") is None


def test_one_and_many() -> None:
    """One object may come in a list; what is no object in a list does not count."""
    assert one({"a": 1}) == one([{"a": 1}]) == {"a": 1}
    assert many([{"a": 1}, 2, None, [{"b": 1}]]) == [{"a": 1}]


@pytest.mark.parametrize("data", [None, [], [{}, {}], "text", 1, [1]])
def test_not_one(data: Json) -> None:
    """Of two nobody knows which is meant."""
    with pytest.raises(BadAnswer):
        one(data)


@pytest.mark.parametrize("data", [None, {"a": 1}, "text", True])
def test_not_many(data: Json) -> None:
    """A list is never an object."""
    with pytest.raises(BadAnswer):
        many(data)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Plug  in\nfirst\x1b[31m", "Plug in first [31m"),
        ([{"language": "en", "text": "Plug in"}, {"language": "de", "text": "Einstecken"}], "Plug in"),
        ({"language": "en", "text": "Plug in"}, "Plug in"),
        ("x" * 9999, "x" * 200),
        ("\ud800", ""),
        ([], ""),
        ([{"language": "en"}], ""),
        (None, ""),
        (7, ""),
    ],
)
def test_words(said: Json, words: str) -> None:
    """An operator's words are shown as one line, and not longer than anybody reads."""
    assert reply(said) == words


# Enumerations and ids


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("AVAILABLE", EvseStatus.AVAILABLE),
        ("OUTOFORDER", EvseStatus.OUT_OF_ORDER),
        ("OUT_OF_ORDER", EvseStatus.OUT_OF_ORDER),
        ("charging", EvseStatus.CHARGING),
        ("SLEEPING", EvseStatus.UNKNOWN),
        ("", EvseStatus.UNKNOWN),
        (None, EvseStatus.UNKNOWN),
        (["CHARGING"], EvseStatus.UNKNOWN),
    ],
)
def test_statuses(said: Json, status: EvseStatus) -> None:
    """A status that no version has is unknown, and not an error."""
    found = decoding.evse({"uid": "1", "status": said})
    assert found is not None
    assert found.status is status


def test_ids_have_no_case() -> None:
    """A CiString; and nothing is the same as nothing."""
    assert same("Loc1", "LOC1")
    assert not same("LOC1", "LOC2")
    assert not same(None, None)
    assert not same("LOC1", None)


# Locations


def test_a_location() -> None:
    """What is of use, and no bad EVSE in it."""
    found = decoding.location(
        {
            "id": "LOC1",
            "name": "Garage",
            "address": "Harbour Street 1",
            "city": "Utrecht",
            "operator": {"name": "Open Operator"},
            "evses": [
                {
                    "uid": "EVSE1",
                    "evse_id": "NL*OPE*E1",
                    "physical_reference": "1",
                    "status": "AVAILABLE",
                    "capabilities": ["RESERVABLE", "unlock_capable", "TELEPORTING", 7],
                    "connectors": [{"id": "1", "standard": "IEC_62196_T2"}, {"standard": "none"}, 3],
                },
                {"status": "AVAILABLE"},
                None,
            ],
        }
    )
    assert found is not None
    assert (found.name, found.address, found.city) == ("Garage", "Harbour Street 1", "Utrecht")
    (evse,) = found.evses
    assert (evse.uid, evse.evse_id, evse.physical_reference) == ("EVSE1", "NL*OPE*E1", "1")
    assert evse.capabilities == {Capability.RESERVABLE, Capability.UNLOCK_CAPABLE}
    assert [(item.id, item.standard) for item in evse.connectors] == [("1", "IEC_62196_T2")]
    assert evse.max_power is None


@pytest.mark.parametrize("source", [{}, {"id": ""}, {"id": 7}, {"id": " "}, {"id": "\ud800"}, {"id": None}])
def test_no_location(source: JsonObject) -> None:
    """A thing without an id cannot be chosen."""
    assert decoding.location(source) is None
    assert decoding.session(source) is None
    assert decoding.evse({"uid": source.get("id")}) is None


def test_a_location_of_odd_parts() -> None:
    """What is of another type is as if it were not there."""
    found = decoding.location({"id": "1", "evses": {"uid": "1"}, "name": 7, "city": " \t"})
    assert found is not None
    assert (found.evses, found.name, found.city) == ((), None, None)
    evse = decoding.evse({"uid": "1", "capabilities": "RESERVABLE", "connectors": "1"})
    assert evse is not None
    assert (evse.capabilities, evse.connectors) == (frozenset(), ())


@pytest.mark.parametrize(
    ("connector", "watts"),
    [
        # Told.
        ({"max_electric_power": 11000, "max_voltage": 230, "max_amperage": 16, "power_type": "AC_3_PHASE"}, 11000),
        # 2.2.1 and later; a voltage to neutral, or the one between lines that many give.
        ({"max_voltage": 230, "max_amperage": 16, "power_type": "AC_3_PHASE"}, 11040),
        ({"max_voltage": 400, "max_amperage": 32, "power_type": "AC_3_PHASE"}, 22170),
        ({"max_voltage": 230, "max_amperage": 16, "power_type": "AC_2_PHASE"}, 7360),
        ({"max_voltage": 240, "max_amperage": 40, "power_type": "AC_2_PHASE_SPLIT"}, 9600),
        ({"max_voltage": 400, "max_amperage": 125, "power_type": "DC"}, 50000),
        ({"max_electric_power": 0, "max_voltage": 230, "max_amperage": 16, "power_type": "AC_1_PHASE"}, 3680),
        # 2.1.1.
        ({"voltage": 230, "amperage": 16, "power_type": "AC_3_PHASE"}, 11040),
        ({"voltage": 230, "amperage": 10}, 2300),
        # Nothing to compute with.
        ({"voltage": 230}, None),
        ({"voltage": -230, "amperage": 16}, None),
        ({"voltage": float("nan"), "amperage": 16}, None),
        ({"voltage": 1e300, "amperage": 16}, None),
        ({"voltage": True, "amperage": "16"}, None),
        ({}, None),
    ],
)
def test_power(connector: JsonObject, watts: float | None) -> None:
    """As told, else from voltage and current, whatever these are called."""
    found = decoding.evse({"uid": "1", "connectors": [{"id": "1", **connector}, {"id": "2"}]})
    assert found is not None
    assert found.max_power == watts


# Sessions


def test_a_session_of_2_1_1() -> None:
    """A location within it says where, and times are called otherwise."""
    found = decoding.session(
        {
            "id": "S1",
            "start_datetime": "2026-11-20T08:00:00Z",
            "end_datetime": "2026-11-20T09:00:00Z",
            "kwh": 7,
            "auth_id": "NL-HOM-C12345678-X",
            "location": {"id": "LOC1", "evses": [{"uid": "EVSE1", "connectors": [{"id": "1"}]}]},
            "currency": "EUR",
            "total_cost": 2.5,
            "status": "COMPLETED",
        }
    )
    assert found is not None
    assert found.start == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert (found.energy, found.cost, found.currency) == (7.0, 2.5, "EUR")
    assert (found.contract_id, found.token_uid, found.reference) == ("NL-HOM-C12345678-X", None, None)
    assert (found.location_id, found.evse_uid, found.connector_id) == ("LOC1", "EVSE1", "1")
    assert found.status is SessionStatus.COMPLETED


def test_a_session_as_in_the_example_of_2_1_1() -> None:
    """There the location has one EVSE, and that one connector, in no list."""
    place: JsonObject = {"id": "LOC1", "evse": {"uid": "EVSE1", "connector": {"id": "1"}}}
    found = decoding.session({"id": "S1", "location": place})
    assert found is not None
    assert (found.location_id, found.evse_uid, found.connector_id) == ("LOC1", "EVSE1", "1")


def test_a_session_anywhere_in_a_location() -> None:
    """With a whole location within it, nobody knows where."""
    place: JsonObject = {"id": "LOC1", "evses": [{"uid": "EVSE1"}, {"uid": "EVSE2"}]}
    found = decoding.session({"id": "S1", "location": place})
    assert found is not None
    assert (found.location_id, found.evse_uid) == ("LOC1", None)


def test_a_session_of_2_2_1() -> None:
    """With ids, and a token of its own."""
    found = decoding.session(
        {
            "id": "S1",
            "start_date_time": "2026-11-20T08:00:00.123Z",
            "kwh": 7.25,
            "cdr_token": {"uid": "DRIVER-1", "type": "APP_USER", "contract_id": "C1"},
            "authorization_reference": "R1",
            "location_id": "LOC1",
            "evse_uid": "EVSE1",
            "connector_id": "2",
            "currency": "eur",
            "status": "active",
        }
    )
    assert found is not None
    assert found.start == datetime(2026, 11, 20, 8, 0, 0, 123000, tzinfo=UTC)
    assert (found.token_uid, found.contract_id, found.reference) == ("DRIVER-1", "C1", "R1")
    assert (found.location_id, found.evse_uid, found.connector_id) == ("LOC1", "EVSE1", "2")
    assert (found.currency, found.cost, found.status) == ("EUR", None, SessionStatus.ACTIVE)


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        (2.5, 2.5),
        (0, 0.0),
        ({"excl_vat": 2.0, "incl_vat": 2.42}, 2.42),
        ({"excl_vat": 2.0, "incl_vat": None}, 2.0),
        ({"before_taxes": 2.0, "taxes": [{"name": "VAT", "amount": 0.4}, {"amount": 0.1}]}, 2.5),
        ({"before_taxes": 2.0}, 2.0),
        ({"before_taxes": 2.0, "taxes": [{"amount": "0.4"}, 7]}, 2.0),
        (None, None),
        ("2.5", None),
        (True, None),
        ({}, None),
        (float("inf"), None),
    ],
)
def test_costs(said: Json, cost: float | None) -> None:
    """The shapes of all versions, whichever is spoken: some operators mix them. No cost told is not free of charge."""
    found = decoding.session({"id": "S1", "total_cost": said})
    assert found is not None
    assert found.cost == cost


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-20T08:00:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T09:00:00+01:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("9999-12-31T23:59:59-01:00", None),
        ("yesterday", None),
        (1763625600, None),
    ],
)
def test_moments(said: Json, moment: datetime | None) -> None:
    """UTC, where nothing else is said."""
    found = decoding.session({"id": "S1", "start_date_time": said})
    assert found is not None
    assert found.start == moment


@pytest.mark.parametrize("said", ["", "EURO", "€", 978, None])
def test_currencies(said: Json) -> None:
    """Three letters, or not told."""
    found = decoding.session({"id": "S1", "currency": said})
    assert found is not None
    assert found.currency is None


# Commands


@pytest.mark.parametrize(
    ("data", "response"),
    [
        (
            {"result": "ACCEPTED", "timeout": 30, "message": [{"language": "en", "text": "Plug in"}]},
            CommandResponse(result=Result.ACCEPTED, timeout=30, reply="Plug in"),
        ),
        ({"result": "ACCEPTED"}, CommandResponse(result=Result.ACCEPTED)),
        ([{"result": "rejected", "timeout": "30"}], CommandResponse(result=Result.REJECTED)),
        ({"result": "PERHAPS", "timeout": float("nan")}, CommandResponse(result=Result.UNKNOWN)),
    ],
)
def test_responses(data: Json, response: CommandResponse) -> None:
    """2.1.1 has the result alone; what no version has is no yes."""
    assert decoding.response(data) == response


@pytest.mark.parametrize("data", [None, [], {}, {"result": ""}, {"result": True}, "ACCEPTED", [{}, {}]])
def test_no_response(data: Json) -> None:
    """Without a result there is none."""
    with pytest.raises(BadAnswer):
        decoding.response(data)
    with pytest.raises(BadAnswer):
        decoding.result(data)


def test_results() -> None:
    """Bare, as the standard has it, in a list, or in an envelope."""
    bare: JsonObject = {"result": "EVSE_OCCUPIED", "message": []}
    expected = CommandResult(result=Result.EVSE_OCCUPIED)
    for said in (bare, [bare], {"data": bare, "status_code": 1000}, {"data": [bare]}):
        assert decoding.result(json.loads(json.dumps(said))) == expected
