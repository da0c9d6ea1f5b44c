"""A simulated operator: what it tells, and to whom."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl

import aiohttp
import pytest

from simulators.cpo import Capability, Cpo, Encoding, Evse, Location, Version

from .cpo_emsp import LONG_AGO, Emsp, Object, an_object, meet, objects

pytestmark = pytest.mark.usefixtures("socket_enabled")

ALL = list(Version)
NEW = [Version.V2_2_1, Version.V2_3_0]


async def endpoints(emsp: Emsp) -> dict[str, Object]:
    """What the details of a version tell, by the module."""
    told = (await emsp.get("/ocpi/versions")).list
    url = next(each["url"] for each in told if each["version"] == emsp.version)
    assert isinstance(url, str)
    details = (await emsp.get(url)).data
    assert details["version"] == emsp.version
    return {str(each["identifier"]): each for each in objects(details["endpoints"])}


@pytest.mark.parametrize("version", ALL)
async def test_versions_lead_to_modules(version: Version) -> None:
    """Each version tells where its modules are; since 2.2 it tells who is who, too."""
    async with meet(Cpo(ALL), version) as emsp:
        told = await endpoints(emsp)
        assert set(told) == {"credentials", "locations", "sessions", "commands"}
        roles = {name: each.get("role") for name, each in told.items()}
        if version is Version.V2_1_1:
            assert set(roles.values()) == {None}
        else:
            assert roles == {
                "credentials": "SENDER",
                "locations": "SENDER",
                "sessions": "SENDER",
                "commands": "RECEIVER",
            }
        reply = await emsp.get(str(told["locations"]["url"]))
        assert (reply.status, reply.code, len(reply.list)) == (200, 1000, 2)
        credentials = (await emsp.get(str(told["credentials"]["url"]))).data
        assert credentials["url"] == emsp.cpo.versions_url
        assert ("roles" in credentials) is (version in NEW)


async def test_one_version_only() -> None:
    """What is not spoken is not told, and not there."""
    async with meet(Cpo(Version.V2_3_0)) as emsp:
        assert [each["version"] for each in (await emsp.get("/ocpi/versions")).list] == ["2.3.0"]
        assert (await emsp.get("/ocpi/2.2.1")).status == 404
        assert (await emsp.get("/ocpi/cpo/2.2.1/locations")).status == 404
        assert (await emsp.get("/ocpi/cpo/2.3.0/tariffs")).status == 404
        assert (await emsp.get("/")).status == 404


@pytest.mark.parametrize("path", ["versions", "details", "locations", "sessions", "commands/STOP_SESSION"])
@pytest.mark.parametrize("version", ALL)
async def test_who_may_come_in(version: Version, path: str) -> None:
    """Raw up to 2.1.1, Base64 since: whoever says it otherwise, or nothing, is not let in."""
    async with meet(Cpo(version)) as emsp:
        where = {"versions": "/ocpi/versions", "details": f"/ocpi/{version}"}.get(path, emsp.at(path))
        method = "POST" if "commands" in path else "GET"
        right = await emsp.ask(method, where, query={"date_from": LONG_AGO}, said={})
        assert right.status == 200
        for wrong in (
            {},
            {"Authorization": "Token"},
            {"Authorization": "Token wrong"},
            {"Authorization": f"Token {Encoding.BASE64.write('wrong')}"},
            emsp.authorization(version.encoding.other),
            emsp.authorization(scheme="Bearer"),
        ):
            refused = await emsp.ask(method, where, query={"date_from": LONG_AGO}, said={}, headers=wrong)
            assert refused.status == 401
            assert "data" not in refused.envelope
        emsp.cpo.token = "another"
        assert (await emsp.ask(method, where, query={"date_from": LONG_AGO}, said={})).status == 200
        assert len(emsp.cpo.requests) == 8


async def test_versions_are_told_in_either_encoding() -> None:
    """An operator that speaks old and new cannot know before which is meant."""
    async with meet(Cpo(ALL)) as emsp:
        for encoding in Encoding:
            headers = emsp.authorization(encoding)
            assert (await emsp.ask("GET", "/ocpi/versions", headers=headers)).status == 200
            assert (await emsp.ask("GET", "/ocpi/2.1.1", headers=headers)).status == (
                200 if encoding is Encoding.RAW else 401
            )


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("version", ALL)
async def test_an_encoding_of_its_own(version: Version, encoding: Encoding) -> None:
    """Many operators differ from their version."""
    async with meet(Cpo(version, encoding=encoding)) as emsp:
        assert (await emsp.ask("GET", f"/ocpi/{version}", headers=emsp.authorization(encoding))).status == 200
        assert (await emsp.ask("GET", f"/ocpi/{version}", headers=emsp.authorization(encoding.other))).status == 401


@pytest.mark.parametrize("version", ALL)
async def test_request_ids_come_back(version: Version) -> None:
    """As since 2.2 they do."""
    ids = {"X-Request-ID": "one", "X-Correlation-ID": "two"}
    async with meet(Cpo(version)) as emsp:
        reply = await emsp.ask("GET", emsp.at("locations"), headers=emsp.authorization() | ids)
        assert {name for name in ids if reply.headers.get(name) == ids[name]} == (set(ids) if version in NEW else set())
        assert emsp.cpo.requests[-1].headers["x-request-id"] == "one"


async def test_what_cannot_be_done() -> None:
    """Nothing but reading, and commands."""
    async with meet(Cpo()) as emsp:
        assert (await emsp.ask("PUT", emsp.at("locations"), said={})).status == 405
        assert (await emsp.get(emsp.at("commands/START_SESSION"))).status == 405
        assert (await emsp.get(emsp.at("sessions/SESSION-1"))).status == 404


# Locations


@pytest.mark.parametrize("version", ALL)
async def test_locations(version: Version) -> None:
    """With their EVSEs and connectors, whose power is told or can be found out."""
    async with meet(Cpo(version)) as emsp:
        garage, street = await emsp.locations()
        assert (garage["id"], garage["name"], street["id"]) == ("LOC1", "Garage", "LOC2")
        assert ("country_code" in garage, "publish" in garage, "type" in garage) == (
            (False, False, True) if version is Version.V2_1_1 else (True, True, False)
        )
        first, second = objects(garage["evses"])
        assert (first["uid"], first["status"]) == ("EVSE1", "AVAILABLE")
        assert "REMOTE_START_STOP_CAPABLE" in str(first["capabilities"])
        connector = objects(second["connectors"])[0]
        if version is Version.V2_1_1:
            assert (connector["voltage"], connector["amperage"]) == (230, 32)
            assert "max_electric_power" not in connector
        else:
            assert (connector["max_voltage"], connector["max_amperage"]) == (230, 32)
            assert connector["max_electric_power"] == 22080


async def test_a_part_of_a_location() -> None:
    """By ids, whose case does not matter."""
    async with meet(Cpo()) as emsp:
        assert (await emsp.get(emsp.at("locations/loc1"))).data["id"] == "LOC1"
        assert (await emsp.get(emsp.at("locations/LOC1/evse2"))).data["uid"] == "EVSE2"
        assert (await emsp.get(emsp.at("locations/LOC1/EVSE2/1"))).data["format"] == "SOCKET"
        for unknown in ("LOC9", "LOC1/EVSE3", "LOC1/EVSE1/2", "LOC1/EVSE1/1/1"):
            reply = await emsp.get(emsp.at(f"locations/{unknown}"))
            assert (reply.status, reply.code, "data" in reply.envelope) == (200, 2003, False)


def many(number: int) -> list[Location]:
    """So many places, each with an EVSE."""
    return [Location(id=f"L{each}", evses=[Evse(uid=f"E{each}")]) for each in range(number)]


async def test_pages() -> None:
    """No more than a page, and a link to the next that keeps what was asked for."""
    async with meet(Cpo(locations=many(7), page=3)) as emsp:
        reply = await emsp.get(emsp.at("locations"), date_from=LONG_AGO)
        found = [each["id"] for each in reply.list]
        for _ in range(2):
            link = reply.headers["Link"]
            assert link.endswith('>; rel="next"')
            assert "date_from" in link
            assert (reply.headers["X-Total-Count"], reply.headers["X-Limit"]) == ("7", "3")
            reply = await emsp.get(link[1:].partition(">")[0])
            found += [each["id"] for each in reply.list]
        assert "Link" not in reply.headers
        assert found == [f"L{each}" for each in range(7)]
        reply = await emsp.get(emsp.at("locations"), offset="5", limit="1")
        assert ([each["id"] for each in reply.list], reply.headers["X-Limit"]) == (["L5"], "1")
        assert (await emsp.get(emsp.at("locations"), offset="9")).list == []
        for wrong in ({"offset": "x"}, {"offset": "-1"}, {"limit": "0"}, {"date_from": "yesterday"}):
            assert (await emsp.get(emsp.at("locations"), **wrong)).code == 2001


async def test_what_has_changed() -> None:
    """A location that has changed, in a part of it, says so; and can be asked for."""
    async with meet(Cpo()) as emsp:
        before = f"{emsp.cpo.now:%Y-%m-%dT%H:%M:%SZ}"
        emsp.cpo.tick(60)
        assert (await emsp.get(emsp.at("locations"), date_from=before)).list == []
        emsp.cpo.plug_in("EVSE3")
        changed = (await emsp.get(emsp.at("locations"), date_from=before)).list
        assert [each["id"] for each in changed] == ["LOC2"]
        assert (await emsp.get(emsp.at("locations"), date_to=before)).headers["X-Total-Count"] == "1"


async def test_sites_of_ones_own() -> None:
    """Whatever a test wants to be there."""
    evse = Evse(uid="X", capabilities=[Capability.RESERVABLE], physical_reference="5")
    async with meet(Cpo(locations=[Location(id="HERE", evses=[evse])])) as emsp:
        told = await emsp.evse("X", "HERE")
        assert (told["capabilities"], told["physical_reference"]) == (["RESERVABLE"], "5")
        assert "evse_id" not in told


async def test_statuses() -> None:
    """CHARGING is any use; what is the case is told again after a repair."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.plug_in()
        assert (await emsp.evse())["status"] == "CHARGING"
        emsp.cpo.unplug()
        assert (await emsp.evse())["status"] == "AVAILABLE"
        emsp.cpo.out_of_order()
        assert (await emsp.evse())["status"] == "OUTOFORDER"
        emsp.cpo.repair()
        assert (await emsp.evse())["status"] == "AVAILABLE"
        emsp.cpo.out_of_order(status="SINGING")
        assert (await emsp.evse())["status"] == "SINGING"
        with pytest.raises(KeyError):
            emsp.cpo.plug_in("NOWHERE")


# https


async def test_https(certificate: tuple[Path, Path]) -> None:
    """With a certificate; its URLs tell the name that the certificate is for."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    client = ssl.create_default_context(cafile=certificate[0])
    async with meet(Cpo(tls=server, name="localhost"), tls=client) as emsp:
        assert emsp.cpo.versions_url.startswith("https://localhost:")
        url = str((await emsp.get(emsp.cpo.versions_url)).list[0]["url"])
        assert url.startswith("https://localhost:")
        assert an_object((await emsp.get(url)).data)["version"] == "2.2.1"
        async with aiohttp.ClientSession() as stranger:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await stranger.get(emsp.cpo.versions_url)


async def test_it_stops_and_goes_on() -> None:
    """On the same port, with all that was; and it can refuse to talk meanwhile."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.plug_in()
        port = emsp.cpo.port
        await emsp.cpo.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await emsp.evse()
        await emsp.cpo.start()
        assert emsp.cpo.port == port
        assert (await emsp.evse())["status"] == "CHARGING"
        await emsp.cpo.refuse_connections()
        with pytest.raises(aiohttp.ClientConnectionError):
            await emsp.evse()
        await emsp.cpo.accept_connections()
        assert (await emsp.evse())["status"] == "CHARGING"


@pytest.mark.parametrize("on_time", [False, True])
async def test_time_that_runs_faster_may_be_dated_right(on_time: bool) -> None:
    """Cars charge as fast as is wanted; what is dated need not lie in the future for that."""
    async with Cpo(speed=3600, on_time=on_time) as cpo:
        cpo.plug_in()
        session = cpo.swipe()
        await asyncio.sleep(0.3)
        assert session.energy > 0
        assert (cpo.now - datetime.now(UTC) < timedelta(seconds=1)) is on_time
