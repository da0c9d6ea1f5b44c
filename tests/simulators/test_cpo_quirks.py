"""What operators do otherwise than the standard has it."""

import base64

import pytest

from simulators.cpo import ANCESTOR, CITRINE_OS, LIBRARY, Command, Cpo, Encoding, Evse, Json, Location, Quirk, Version

from .cpo_emsp import LONG_AGO, an_object, meet, objects, token

pytestmark = pytest.mark.usefixtures("socket_enabled")

ALL = list(Version)
NEW = [Version.V2_2_1, Version.V2_3_0]


# Shapes


async def test_lists() -> None:
    """One thing in a list of one; quirks may come and go."""
    async with meet(Cpo(quirks=[Quirk.LISTS])) as emsp:
        for path in ("locations/LOC1", "locations/LOC1/EVSE1", "locations/LOC1/EVSE1/1"):
            assert len((await emsp.get(emsp.at(path))).list) == 1
        assert len(await emsp.locations()) == 2
        assert (await emsp.send(Command.UNLOCK_CONNECTOR)).data["result"] == "ACCEPTED"
        emsp.cpo.quirks |= {Quirk.COMMAND_LISTS}
        assert (await emsp.send(Command.UNLOCK_CONNECTOR)).list[0]["result"] == "ACCEPTED"
        emsp.cpo.quirks.clear()
        assert (await emsp.evse())["uid"] == "EVSE1"


@pytest.mark.parametrize("version", ALL)
async def test_ids_in_lower_case(version: Version) -> None:
    """All that are CiStrings; they are understood in any case."""
    async with meet(Cpo(version, quirks=[Quirk.LOWER_CASE_IDS])) as emsp:
        emsp.cpo.plug_in()
        garage = (await emsp.locations())[0]
        evse = objects(garage["evses"])[0]
        assert (garage["id"], evse["uid"], evse["status"]) == ("loc1", "evse1", "CHARGING")
        assert garage.get("country_code", "nl") == "nl"
        assert garage["country"] == "NLD"
        await emsp.do(Command.START_SESSION, location_id="loc1", evse_uid="evse1", authorization_reference="REF")
        session = (await emsp.sessions())[0]
        assert session["id"] == "session-1"
        if version in NEW:
            assert (session["evse_uid"], session["authorization_reference"]) == ("evse1", "ref")
            assert an_object(session["cdr_token"])["uid"] == "me"
        else:
            assert session["auth_id"] == "nl-hom-me"
        assert (await emsp.do(Command.STOP_SESSION, session_id="session-1"))[0] == "ACCEPTED"


async def test_bare_answers() -> None:
    """Without envelope, all of them, or those to commands; what is refused has nothing else."""
    async with meet(Cpo(quirks=[Quirk.BARE_COMMANDS])) as emsp:
        answer = (await emsp.send(Command.UNLOCK_CONNECTOR)).envelope
        assert answer == {"result": "ACCEPTED", "timeout": 30, "message": []}
        assert (await emsp.send(Command.UNLOCK_CONNECTOR, evse_uid="absent")).code == 2001
        assert (await emsp.locations())[0]["id"] == "LOC1"
        emsp.cpo.quirks |= {Quirk.BARE}
        assert objects((await emsp.get(emsp.at("locations"))).json)[0]["id"] == "LOC1"
        assert objects((await emsp.get("/ocpi/versions")).json)[0]["version"] == "2.2.1"


def _keys(found: Json) -> set[str]:
    """The names of all fields, however deep."""
    match found:
        case dict():
            return set(found).union(*(_keys(each) for each in found.values()))
        case list():
            return set().union(*(_keys(each) for each in found))
        case _:
            return set()


def _values(found: Json) -> list[Json]:
    """All values, however deep."""
    match found:
        case dict():
            return [value for each in found.values() for value in _values(each)]
        case list():
            return [value for each in found for value in _values(each)]
        case _:
            return [found]


@pytest.mark.parametrize("version", ALL)
async def test_what_is_new(version: Version) -> None:
    """Fields and values that nobody knows, and nulls."""
    async with meet(Cpo(version)) as emsp:
        emsp.cpo.swipe()

        async def told() -> Json:
            return [*await emsp.locations(), *await emsp.sessions()]

        plain = await told()
        assert None not in _values(plain)
        emsp.cpo.quirks |= {Quirk.UNKNOWN_FIELDS}
        assert _keys(await told()) - _keys(plain) == {"x_operator", "colour"}
        emsp.cpo.quirks |= {Quirk.UNKNOWN_VALUES}
        assert {"X_MAGIC", "TELEPATHY_CAPABLE"} <= set(map(str, _values(await told())))
        emsp.cpo.quirks |= {Quirk.NULLS}
        assert None in _values(await told())


async def test_what_is_left_out() -> None:
    """The power, the reference, the zone of times, what it costs."""
    async with meet(Cpo(quirks=[Quirk.NO_POWER, Quirk.NO_REFERENCES, Quirk.NO_ZONE])) as emsp:
        emsp.cpo.plug_in()
        emsp.cpo.tariff.told = False
        await emsp.do(Command.START_SESSION, authorization_reference="REF")
        session = (await emsp.sessions())[0]
        assert "max_electric_power" not in objects((await emsp.evse())["connectors"])[0]
        assert "authorization_reference" not in session
        assert "total_cost" not in session
        assert not str(session["start_date_time"]).endswith("Z")
        assert len((await emsp.get(emsp.at("sessions"), date_from="2026-01-01T00:00:00")).list) == 1


async def test_sessions_of_another_shape() -> None:
    """2.2.1 as 2.3.0 has it; 2.1.1 as its own example has it."""
    quirks = [Quirk.NEWER_SESSIONS, Quirk.ONE_EVSE]
    async with meet(Cpo(quirks=quirks)) as emsp:
        emsp.cpo.swipe()
        assert "before_taxes" in an_object((await emsp.sessions())[0]["total_cost"])
    async with meet(Cpo(Version.V2_1_1, quirks=quirks)) as emsp:
        emsp.cpo.swipe()
        place = an_object((await emsp.sessions())[0]["location"])
        assert (an_object(place["evse"])["uid"], "evses" in place) == ("EVSE1", False)


# Addresses


async def test_slashes() -> None:
    """Told with them; and wanted, or not, on pain of being led there."""
    async with meet(Cpo(quirks=[Quirk.TRAILING_SLASHES, Quirk.STRICT_SLASHES])) as emsp:
        endpoints = objects((await emsp.get("/ocpi/2.2.1")).data["endpoints"])
        assert {str(endpoint["url"])[-1] for endpoint in endpoints} == {"/"}
        reply = await emsp.get(emsp.at("locations"), limit="1")
        assert reply.status == 307
        assert reply.headers["Location"] == f"{emsp.cpo.url}{emsp.at('locations/')}?limit=1"
        assert len((await emsp.get(reply.headers["Location"])).list) == 1
        reply = await emsp.ask("POST", emsp.at("commands/UNLOCK_CONNECTOR/"), said={})
        assert (reply.status, reply.headers["Location"][-1]) == (307, "R")
        assert (await emsp.send(Command.UNLOCK_CONNECTOR)).status == 200


async def test_both_roles() -> None:
    """The eMSP's modules of the same names are somewhere else, where nothing is."""
    async with meet(Cpo(quirks=[Quirk.BOTH_ROLES])) as emsp:
        endpoints = objects((await emsp.get("/ocpi/2.2.1")).data["endpoints"])
        roles = [endpoint["role"] for endpoint in endpoints if endpoint["identifier"] == "commands"]
        assert roles == ["SENDER", "RECEIVER"]
        first = next(endpoint for endpoint in endpoints if endpoint["identifier"] == "locations")
        assert (await emsp.get(str(first["url"]))).status == 404


async def test_unknown_versions() -> None:
    """Older, and newer, and not there."""
    async with meet(Cpo(quirks=[Quirk.UNKNOWN_VERSIONS])) as emsp:
        told = (await emsp.get("/ocpi/versions")).list
        assert [each["version"] for each in told] == ["2.0", "4.0", "2.2.1"]
        assert (await emsp.get(str(told[0]["url"]))).status == 404


# Pages


@pytest.mark.parametrize(
    ("quirk", "first", "last"),
    [
        (Quirk.BROKEN_LINKS, "/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.locations/?date_from=None", ""),
        (Quirk.NO_LINKS, None, None),
        (Quirk.RELATIVE_LINKS, "</ocpi/cpo/2.2.1/locations?", None),
        (Quirk.ENDLESS_LINKS, "/locations?offset=0&limit=2>", "/locations?offset=2&limit=2>"),
        (Quirk.FOREIGN_LINKS, "<http://127.0.0.1:1/there?offset=2", None),
    ],
)
async def test_links(quirk: Quirk, first: str | None, last: str | None) -> None:
    """To nowhere, to nobody, to oneself."""
    places = [Location(id=f"L{each}", evses=[Evse(uid=f"E{each}")]) for each in range(3)]
    async with meet(Cpo(locations=places, quirks=[quirk])) as emsp:
        emsp.cpo.foreign_url = "http://127.0.0.1:1/there"
        for offset, expected in (("0", first), ("2", last)):
            reply = await emsp.get(emsp.at("locations"), offset=offset, limit="2")
            link = reply.headers.get("Link")
            assert link == expected if not expected else expected in str(link)
            assert reply.headers["X-Total-Count"] == "3"


async def test_no_total() -> None:
    """Nobody says how many there are."""
    async with meet(Cpo(quirks=[Quirk.NO_TOTAL])) as emsp:
        assert "X-Total-Count" not in (await emsp.get(emsp.at("locations"))).headers


# Who may come in


async def test_forbidden() -> None:
    """A wrong token is another thing than none."""
    async with meet(Cpo(quirks=[Quirk.FORBIDDEN])) as emsp:
        for headers, status in (({"Authorization": "Token wrong"}, 403), ({}, 401)):
            reply = await emsp.ask("GET", emsp.at("locations"), headers=headers)
            assert (reply.status, set(reply.envelope)) == (status, {"detail"})


@pytest.mark.parametrize("version", ALL)
async def test_whatever_is_said(version: Version) -> None:
    """Any encoding, any word before it."""
    async with meet(Cpo(version, quirks=[Quirk.ANY_ENCODING, Quirk.ANY_SCHEME])) as emsp:
        for encoding in Encoding:
            headers = emsp.authorization(encoding, scheme="Bearer")
            assert (await emsp.ask("GET", emsp.at("locations"), headers=headers)).status == 200


async def test_versions_decode() -> None:
    """A raw token that is Base64 by chance is refused by the versions endpoint, and nowhere else."""
    token_ = base64.b64encode(b"secret").decode()
    async with meet(Cpo(Version.V2_1_1, quirks=[Quirk.VERSIONS_DECODE], token=token_)) as emsp:
        assert (await emsp.get("/ocpi/versions")).status == 401
        assert (await emsp.get("/ocpi/2.1.1")).status == 200
        headers = emsp.authorization(Encoding.BASE64)
        assert (await emsp.ask("GET", "/ocpi/versions", headers=headers)).status == 200
        emsp.cpo.token = "not-base64!"
        assert (await emsp.get("/ocpi/versions")).status == 200


async def test_headers_that_are_demanded() -> None:
    """Ids, and who it is from and for, since 2.2."""
    ids = {"X-Request-ID": "1", "X-Correlation-ID": "2"}
    routing = {f"OCPI-{way}-{what}": "X" for way in ("from", "to") for what in ("party-id", "country-code")}
    cpo = Cpo(ALL, quirks=[Quirk.DEMANDS_REQUEST_IDS, Quirk.DEMANDS_ROUTING])
    async with meet(cpo, Version.V2_2_1) as emsp:
        for more, code in (({}, 2001), (ids, 2001), (routing, 2001), (ids | routing, 1000)):
            reply = await emsp.ask("GET", emsp.at("locations"), headers=emsp.authorization() | more)
            assert (reply.status, reply.code) == (200, code)
        assert (await emsp.ask("GET", "/ocpi/2.2.1", headers=emsp.authorization() | ids)).code == 1000
        raw = emsp.authorization(Encoding.RAW)
        assert (await emsp.ask("GET", "/ocpi/cpo/2.1.1/locations", headers=raw)).code == 1000


# Commands


@pytest.mark.parametrize("version", ALL)
async def test_improper_commands(version: Version) -> None:
    """Status 422, and no envelope."""
    async with meet(Cpo(version, quirks=[Quirk.DETAIL_422])) as emsp:
        path = emsp.at("commands/START_SESSION")
        replies = [
            await emsp.ask("POST", path, body=b"{"),
            await emsp.ask("POST", path, said=[]),
            await emsp.send(Command.START_SESSION, token="absent"),
            await emsp.ask("POST", emsp.at("commands/DANCE"), said={}),
        ]
        assert {(reply.status, *reply.envelope) for reply in replies} == {(422, "detail")}


@pytest.mark.parametrize("version", ALL)
async def test_all_fields(version: Version) -> None:
    """2.1.1 and 2.3.0 want what is optional to be there; null is enough."""
    names = ("visual_number", "group_id", "language", "default_profile_type", "energy_contract")
    async with meet(Cpo(version, quirks=[Quirk.DEMANDS_ALL_FIELDS])) as emsp:
        strict = version is not Version.V2_2_1
        assert (await emsp.send(Command.START_SESSION)).code == (2001 if strict else 1000)
        full = token(version) | dict.fromkeys(names)
        assert (await emsp.send(Command.START_SESSION, token=full)).code == 1000


async def test_what_citrine_os_demands() -> None:
    """An EVSE, and a token of the eMSP's own; there are no reservations."""
    async with meet(Cpo(quirks=CITRINE_OS)) as emsp:
        assert (await emsp.send(Command.START_SESSION, evse_uid="absent")).code == 2001
        foreign = token(Version.V2_2_1, party_id="XXX")
        assert (await emsp.send(Command.START_SESSION, token=foreign)).code == 2001
        assert await emsp.do(Command.RESERVE_NOW) == ["NOT_SUPPORTED"]
        assert await emsp.do(Command.CANCEL_RESERVATION) == ["NOT_SUPPORTED"]
        assert await emsp.do(Command.START_SESSION, token=token(Version.V2_2_1, party_id="hom")) == ["ACCEPTED"] * 2


async def test_cables() -> None:
    """Needed before a start; or a session waits for one."""
    async with meet(Cpo(quirks=[Quirk.NEEDS_CABLE])) as emsp:
        assert await emsp.do(Command.START_SESSION) == ["ACCEPTED", "FAILED"]
    async with meet(Cpo(quirks=[Quirk.PENDING_SESSIONS])) as emsp:
        await emsp.do(Command.START_SESSION)
        assert (await emsp.sessions())[0]["status"] == "PENDING"
        assert (await emsp.do(Command.START_SESSION, token=token(Version.V2_2_1, "YOU")))[-1] == "EVSE_OCCUPIED"
        await emsp.do(Command.START_SESSION)
        emsp.cpo.plug_in()
        assert [session["status"] for session in await emsp.sessions()] == ["ACTIVE"]
        emsp.cpo.unplug()
        await emsp.do(Command.START_SESSION)
        emsp.cpo.tick(61)
        assert [session["status"] for session in await emsp.sessions()] == ["COMPLETED", "INVALID"]


async def test_a_car_that_is_not_seen() -> None:
    """Until it charges."""
    async with meet(Cpo(quirks=[Quirk.AVAILABLE_UNTIL_CHARGING])) as emsp:
        emsp.cpo.plug_in()
        assert (await emsp.evse())["status"] == "AVAILABLE"
        await emsp.do(Command.START_SESSION)
        assert (await emsp.evse())["status"] == "CHARGING"


# All together


@pytest.mark.parametrize(
    ("quirks", "version"),
    [
        *((LIBRARY, version) for version in ALL),
        *((ANCESTOR, version) for version in ALL if version is not Version.V2_3_0),
        (CITRINE_OS, Version.V2_2_1),
    ],
)
async def test_real_operators(quirks: frozenset[Quirk], version: Version) -> None:
    """Each can be used by who knows how."""
    names = ("visual_number", "group_id", "language", "default_profile_type", "energy_contract")
    async with meet(Cpo(version, quirks=quirks)) as emsp:
        emsp.cpo.plug_in()
        reply = await emsp.send(Command.START_SESSION, token=token(version) | dict.fromkeys(names))
        data = reply.envelope["data"]
        answer = objects(data)[0] if quirks is ANCESTOR else an_object(data)
        assert answer["result"] == "ACCEPTED"
        assert await emsp.results() == ["ACCEPTED"]
        slash = "/" if Quirk.STRICT_SLASHES in quirks else ""
        [session] = (await emsp.get(emsp.at(f"sessions{slash}"), date_from=LONG_AGO)).list
        assert session["status"] == "ACTIVE"
