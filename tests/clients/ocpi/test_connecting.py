"""Finding out what an operator speaks, and where."""

from collections.abc import Mapping

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.ocpi.client import OcpiClient
from custom_components.open_ev.clients.ocpi.credentials import Encoding
from custom_components.open_ev.clients.ocpi.errors import (
    BadAnswer,
    NotAvailable,
    NotOcpi,
    OcpiError,
    StatusError,
    Unauthorized,
    UnsupportedVersion,
)
from custom_components.open_ev.clients.ocpi.models import Session, SessionStatus
from simulators.cpo import ANCESTOR, CITRINE_OS, LIBRARY, Cpo, Encoding as TheirEncoding, Knobs, Module, Quirk, Version

from .conftest import TOKEN, Seen, client_of, credentials, enveloped, handshake, operator, serving


async def test_each_version(session: aiohttp.ClientSession, cpo: Cpo, version: Version) -> None:
    """Each is spoken alone."""
    client = client_of(session, cpo)
    assert (await client.connect()).name == version.name
    assert client.version is not None
    assert client.version.name == version.name
    assert [place.id for place in await client.locations()] == ["LOC1", "LOC2"]


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ((Version.V2_1_1, Version.V2_2_1, Version.V2_3_0), Version.V2_3_0),
        ((Version.V2_2_1, Version.V2_1_1), Version.V2_2_1),
    ],
)
async def test_the_newest(session: aiohttp.ClientSession, offered: tuple[Version, ...], taken: Version) -> None:
    """Of several the newest that both speak, beside some that nobody has."""
    async with operator(offered, {Quirk.UNKNOWN_VERSIONS}) as cpo:
        assert (await client_of(session, cpo).connect()).name == taken.name


@pytest.mark.parametrize(
    "quirks",
    [LIBRARY, ANCESTOR, CITRINE_OS, {Quirk.BARE}, {Quirk.BOTH_ROLES}],
    ids=["library", "ancestor", "citrine_os", "bare", "both_roles"],
)
async def test_operators_of_the_field(
    session: aiohttp.ClientSession, version: Version, quirks: frozenset[Quirk]
) -> None:
    """What real ones do otherwise does not matter."""
    async with operator(version, quirks) as cpo:
        client = client_of(session, cpo)
        assert (await client.connect()).name == version.name
        assert [place.id.upper() for place in await client.locations()] == ["LOC1", "LOC2"]
        assert (await client.evse("LOC1", "EVSE1")).uid.upper() == "EVSE1"


# Tokens


@pytest.mark.parametrize("ours", list(Encoding))
@pytest.mark.parametrize("theirs", list(TheirEncoding))
async def test_encodings(
    session: aiohttp.ClientSession, version: Version, ours: Encoding, theirs: TheirEncoding
) -> None:
    """Whatever the operator wants is found out; what is chosen is not changed."""
    async with Cpo(version, token=TOKEN, encoding=theirs) as cpo:
        client = client_of(session, cpo, encoding=ours)
        if ours.name not in {"AUTO", theirs.name}:
            with pytest.raises(Unauthorized):
                await client.connect()
            return
        await client.connect()
        assert await client.locations()


async def test_a_token_that_is_base64_by_chance(session: aiohttp.ClientSession) -> None:
    """A library's versions endpoint takes the meaning of one, all else the text."""
    async with Cpo(Version.V2_1_1, token="c2VjcmV0", quirks=LIBRARY) as cpo:
        client = OcpiClient(session, credentials(cpo.versions_url, token="c2VjcmV0"))
        await client.connect()
        assert await client.locations()


@pytest.mark.parametrize("quirks", [set(), {Quirk.FORBIDDEN}])
async def test_wrong_tokens(session: aiohttp.ClientSession, version: Version, quirks: set[Quirk]) -> None:
    """401, or 403 as some say it."""
    async with operator(version, quirks) as cpo:
        cpo.token = "another"
        with pytest.raises(Unauthorized):
            await client_of(session, cpo).connect()
        cpo.token = TOKEN
        client = client_of(session, cpo)
        await client.connect()
        cpo.token = "another"
        with pytest.raises(Unauthorized):
            await client.locations()


# Parties


async def test_parties(session: aiohttp.ClientSession, cpo: Cpo, version: Version) -> None:
    """Since 2.2 requests say who asks and who is asked, as soon as that is known."""
    cpo.quirks.add(Quirk.DEMANDS_ROUTING)
    cpo.quirks.add(Quirk.DEMANDS_REQUEST_IDS)
    client = client_of(session, cpo)
    await client.connect()
    await client.locations()
    headers = cpo.requests[-1].headers
    said = {name.lower(): value for name, value in headers.items() if name.lower().startswith("ocpi-")}
    if version is Version.V2_1_1:
        assert said == {}
    else:
        assert said == {
            "ocpi-from-country-code": "NL",
            "ocpi-from-party-id": "HOM",
            "ocpi-to-country-code": "NL",
            "ocpi-to-party-id": "OPE",
        }


async def test_an_operator_that_does_not_say_who_it_is(session: aiohttp.ClientSession) -> None:
    """Then nobody is named as the one who is asked."""
    async with operator() as cpo:
        cpo.knobs.modules, cpo.knobs.status = frozenset({Module.CREDENTIALS}), 405
        client = client_of(session, cpo)
        await client.connect()
        await client.locations()
        assert "OCPI-from-party-id" in cpo.requests[-1].headers
        assert "OCPI-to-party-id" not in cpo.requests[-1].headers


HUB = [
    {"role": "CPO", "country_code": "NL", "party_id": "ONE"},
    {"role": "CPO", "country_code": "NL", "party_id": "TWO"},
]


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        ([{"role": "HUB", "country_code": "NL", "party_id": "HUB"}, HUB[0]], "ONE"),
        (HUB, None),
        ([{"role": "CPO", "party_id": "ONE"}], None),
        # What would end a header, and what is none.
        ([{"role": "CPO", "country_code": "NL", "party_id": "A\r\nB"}], None),
        ([{"role": "CPO", "country_code": "N\u00e9", "party_id": "ONE"}], None),
        ([], None),
        ("CPO", None),
    ],
)
async def test_who_is_asked(session: aiohttp.ClientSession, roles: object, asked: str | None) -> None:
    """Of several operators behind one door nobody knows which."""
    endpoints = {"locations": "SENDER", "sessions": "SENDER", "commands": "RECEIVER", "credentials": "SENDER"}
    seen = await _connect(session, endpoints, {"/credentials": {"token": "x", "roles": roles}})
    assert seen[-1].path.startswith("/locations")
    assert seen[-1].headers.get("OCPI-to-party-id") == asked


async def _connect(
    session: aiohttp.ClientSession,
    endpoints: Mapping[str, str | None],
    more: Mapping[str, object] | None = None,
    *,
    versions: object = None,
    details: object = None,
) -> list[Seen]:
    """Connect to a server that has these modules on these sides, and ask for locations."""

    async def answer(request: web.Request) -> web.Response:
        base = f"http://{request.host}"
        if request.path == "/versions":
            told = [{"version": "2.2.1", "url": f"{base}/details"}, {"version": "2.1.1", "url": f"{base}/old"}]
            return enveloped(told if versions is None else versions)
        if request.path == "/details":
            modules = [
                {"identifier": name, "url": f"{base}/{name}", **({} if side is None else {"role": side})}
                for name, side in endpoints.items()
            ]
            return enveloped({"version": "2.2.1", "endpoints": modules} if details is None else details)
        if request.path == "/old":
            return enveloped({"version": "2.1.1", "endpoints": []})
        return enveloped((more or {}).get(request.path, []))

    async with serving(answer) as (url, seen):
        client = OcpiClient(session, credentials(f"{url}/versions"))
        await client.connect()
        await client.locations()
    return seen


@pytest.mark.parametrize(
    ("business", "name"),
    [
        ({"name": "Open Operator"}, "Open Operator"),
        ({"name": "Open\nOperator\x1b[2J"}, "Open Operator [2J"),
        ({"name": "\n"}, None),
        ({}, None),
        ("Open Operator", None),
        (None, None),
    ],
)
async def test_the_name_of_an_operator(session: aiohttp.ClientSession, business: object, name: str | None) -> None:
    """As it tells, in one line: it stands in logs."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/credentials":
            return enveloped({"roles": [{"role": "CPO", "business_details": business}]})
        return handshake(request, more=["credentials"]) or enveloped([])

    async with serving(answer) as (url, _):
        client = OcpiClient(session, credentials(f"{url}/versions"))
        assert client.name is None
        await client.connect()
        assert client.name == name


# Versions and modules that are not there


async def test_sides(session: aiohttp.ClientSession) -> None:
    """What has no side will do; of what is on the wrong side nothing is to be had."""
    await _connect(session, {"locations": None, "sessions": "sender", "COMMANDS": "RECEIVER"})
    with pytest.raises(NotAvailable) as caught:
        await _connect(session, {"locations": "SENDER", "sessions": "RECEIVER", "commands": "SENDER"})
    # And the older version has none of them.
    assert caught.value.what == "locations, sessions, commands"


async def test_an_address_that_does_not_matter(session: aiohttp.ClientSession) -> None:
    """Only where we go has to be fit for it."""
    told = {
        "endpoints": [
            {"identifier": "tariffs", "role": "SENDER", "url": "http://nowhere.example"},
            {"identifier": "locations", "role": "SENDER", "url": "http://nowhere.example"},
        ]
    }
    with pytest.raises(BadAnswer) as caught:
        await _connect(session, {}, details=told)
    assert caught.value.reason == "not_encrypted"
    told["endpoints"].pop()
    with pytest.raises(NotAvailable):
        await _connect(session, {}, details=told)


@pytest.mark.parametrize(
    ("versions", "offered"),
    [
        ([], ()),
        (
            [{"version": "2.0", "url": "https://x.example"}, {"version": "3.0", "url": "https://x.example"}],
            ("3.0", "2.0"),
        ),
        ([{"version": "2.2.1"}, {"url": "https://x.example"}, 7], ()),
    ],
)
async def test_no_common_version(session: aiohttp.ClientSession, versions: object, offered: tuple[str, ...]) -> None:
    """What is offered is told to who has to talk to the operator."""
    with pytest.raises(UnsupportedVersion) as caught:
        await _connect(session, {}, versions=versions)
    assert sorted(caught.value.offered) == sorted(offered)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Knobs(html=True), NotOcpi),
        (Knobs(not_an_envelope=True), NotOcpi),
        (Knobs(empty=True), NotOcpi),
        (Knobs(status=404), NotOcpi),
        (Knobs(status=500), StatusError),
        (Knobs(status=429), StatusError),
        (Knobs(code=3000), StatusError),
        (Knobs(wrong_types=True), BadAnswer),
        (Knobs(no_data=True), BadAnswer),
        (Knobs(nested=True), BadAnswer),
        (Knobs(cut_off=True), BadAnswer),
        (Knobs(hang_up_midway=True), BadAnswer),
        (Knobs(huge=5_000_000), BadAnswer),
        (Knobs(huge=5_000_000, compressed=True), BadAnswer),
        (Knobs(redirect="https://elsewhere.example/"), BadAnswer),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
async def test_what_is_no_operator(session: aiohttp.ClientSession, fault: Knobs, error: type[OcpiError]) -> None:
    """Or one that is ill."""
    async with Cpo(Version.V2_2_1, token=TOKEN, knobs=fault) as cpo:
        with pytest.raises(OcpiError) as caught:
            await client_of(session, cpo).connect()
        assert type(caught.value) is error


async def test_before_it_is_connected(session: aiohttp.ClientSession) -> None:
    """Nothing can be asked of an operator that nobody has spoken to."""
    client = OcpiClient(session, credentials("https://operator.example/versions"))
    assert client.version is None
    with pytest.raises(NotAvailable):
        await client.locations()
    with pytest.raises(NotAvailable):
        client.commands.stop_session(Session(id="S1", status=SessionStatus.ACTIVE))
