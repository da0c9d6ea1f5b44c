"""A person adds an operator of charge points."""

from collections.abc import AsyncGenerator
import re
import ssl

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.open_ev.clients.ocpi.errors import CommandRefused, StatusError, UnsupportedVersion
from custom_components.open_ev.clients.ocpi.models import Result
from custom_components.open_ev.flows.operator_forms import malformed
from custom_components.open_ev.settings.operator import operator_said
from simulators.cpo import Cpo, Encoding, Module, Quirk, Version
from tests.metadata.files import LANGUAGES, Tree

from .certificates import Authority
from .dialog import assert_error, shown, start, submit
from .operator_dialog import DRIVER, add, added, connect, connection
from .plaza import DRIVER_UID, OWN_TOKEN, TOKEN, operator_data, operator_entry, uses_webhooks

pytestmark = uses_webhooks


@pytest.fixture
async def cpo(socket_enabled: None) -> AsyncGenerator[Cpo]:
    """An operator that speaks 2.2.1."""
    async with Cpo(token=TOKEN, callback_token=OWN_TOKEN) as cpo:
        yield cpo


# What comes of it


@pytest.mark.parametrize(
    ("version", "title"),
    [(Version.V2_1_1, "127.0.0.1"), (Version.V2_2_1, "Open Operator"), (Version.V2_3_0, "Open Operator")],
)
async def test_an_operator_is_added(hass: HomeAssistant, version: Version, title: str) -> None:
    """It is asked before anything is kept, and is called as it calls itself, where it does."""
    async with Cpo(version, token=TOKEN, callback_token=OWN_TOKEN) as cpo:
        result = await add(hass, cpo)
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, title)
        assert result["data"] == operator_data(cpo)
        entry = added(hass)
        assert entry.state is ConfigEntryState.LOADED
        assert entry.unique_id
        assert not [request for request in cpo.requests if request.method == "POST"]
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_charge_point_is_chosen_next(hass: HomeAssistant, cpo: Cpo) -> None:
    """An operator without any is of no use."""
    result = await add(hass, cpo)
    kind, flow_id = result["next_flow"]
    assert kind == "config_subentries_flow"
    [flow] = hass.config_entries.subentries.async_progress()
    assert (flow["flow_id"], flow["step_id"]) == (flow_id, "location")
    hass.config_entries.subentries.async_abort(flow_id)
    assert await hass.config_entries.async_unload(added(hass).entry_id)


async def test_an_operator_that_shows_nothing_yet(hass: HomeAssistant, cpo: Cpo) -> None:
    """It is added all the same; there is nothing to choose."""
    cpo.locations.clear()
    result = await add(hass, cpo)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in result
    assert await hass.config_entries.async_unload(added(hass).entry_id)


async def test_our_token_is_made_up_and_shown(hass: HomeAssistant) -> None:
    """Another one each time. Nobody would guess it, and it can be copied."""
    tokens = set()
    for _ in range(2):
        suggested = shown((await start(hass, "operator"))["data_schema"])
        assert suggested.keys() == {"own_token", "encoding"}
        assert suggested["encoding"] == "auto"
        tokens.add(suggested["own_token"])
    assert len(tokens) == 2
    assert all(len(token) >= 40 and token.isascii() and token.isprintable() for token in tokens)


async def test_what_was_typed_is_tidied_up(hass: HomeAssistant, cpo: Cpo) -> None:
    """Blanks come with copying, and codes are written in capitals."""
    typed = {"versions_url": f" {cpo.versions_url} ", "token": f" {TOKEN}\n", "country_code": "nl ", "party_id": " Hom"}
    result = await add(hass, cpo, **typed, driver_uid=" DRIVER-1 ", driver_type="rfid")
    assert result["data"] == operator_data(cpo, driver_type="RFID")
    assert await hass.config_entries.async_unload(added(hass).entry_id)


@pytest.mark.parametrize("encoding", ["raw", "base64"])
async def test_a_token_written_as_chosen(hass: HomeAssistant, encoding: str) -> None:
    """And in no other way."""
    async with Cpo(token=TOKEN, callback_token=OWN_TOKEN, encoding=Encoding(encoding)) as cpo:
        other = {"raw": "base64", "base64": "raw"}[encoding]
        result = await connect(hass, cpo, encoding=other)
        assert_error(result, "operator", {"base": "operator_unauthorized"})
        assert shown(result["data_schema"])["encoding"] == other
        result = await submit(hass, result, connection(cpo, encoding=encoding))
        assert result["step_id"] == "operator_driver"


async def test_several_operators(hass: HomeAssistant, cpo: Cpo) -> None:
    """And another driver at the same one."""
    async with Cpo(token=TOKEN, callback_token=OWN_TOKEN) as other:
        for each, driver in ((cpo, "A"), (other, "A"), (cpo, "B")):
            assert (await add(hass, each, driver_uid=driver))["type"] is FlowResultType.CREATE_ENTRY
        entries = hass.config_entries.async_entries("open_ev")
        assert len({entry.unique_id for entry in entries}) == 3
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_same_operator_again(hass: HomeAssistant, cpo: Cpo) -> None:
    """For the same driver it is there already; another token can be typed."""
    operator_entry(cpo).add_to_hass(hass)
    result = await add(hass, cpo)
    assert_error(result, "operator_driver", {"base": "operator_taken"})
    assert result["description_placeholders"] == {"name": "Open Operator"}
    assert shown(result["data_schema"]) == DRIVER
    result = await submit(hass, result, {**DRIVER, "driver_uid": "DRIVER-2"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_one_that_was_set_up_where_another_was(hass: HomeAssistant, cpo: Cpo) -> None:
    """An operator that has moved keeps its id, so this one gets another. Who charges stands in neither."""
    await add(hass, cpo)
    moved = added(hass)
    data = {**moved.data, "versions_url": "https://moved.example/versions"}
    assert await hass.config_entries.async_unload(moved.entry_id)
    hass.config_entries.async_update_entry(moved, data=data)
    result = await add(hass, cpo)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    unique_id = result["result"].unique_id
    assert unique_id not in {None, moved.unique_id}
    assert DRIVER_UID not in f"{unique_id} {moved.unique_id}"
    assert await hass.config_entries.async_unload(result["result"].entry_id)


# What can be wrong with what was typed


async def test_a_token_is_required(hass: HomeAssistant, cpo: Cpo) -> None:
    """The form is not sent without, and tells nothing of one that is stored: there is none yet."""
    result = await start(hass, "operator")
    assert not (result["description_placeholders"] or {}).keys() & {"name"}
    with pytest.raises(InvalidData):
        await submit(hass, result, connection(cpo, token=None))
    assert cpo.requests == []


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"versions_url": "ocpi.example.com"}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "ftp://ocpi.example.com"}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "http://["}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "https://[]a@"}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "https://xn--a/versions"}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "javascript:alert(1)"}, {"versions_url": "operator_url_not_a_url"}),
        ({"versions_url": "http://127.0.0.1.evil.example/"}, {"versions_url": "operator_url_not_encrypted"}),
        ({"versions_url": "http://localhost@evil.example/"}, {"versions_url": "operator_url_credentials"}),
        ({"versions_url": "http://[fd00::1]/"}, {"versions_url": "operator_url_not_encrypted"}),
        ({"versions_url": "https://me:secret@ocpi.example.com/"}, {"versions_url": "operator_url_credentials"}),
        ({"versions_url": "http://ocpi.example.com/versions"}, {"versions_url": "operator_url_not_encrypted"}),
        ({"versions_url": "http://192.168.1.2/versions"}, {"versions_url": "operator_url_not_encrypted"}),
        ({"token": "  "}, {"token": "token_needed"}),
        ({"token": "two words"}, {"token": "malformed_token"}),
        ({"token": "schlüssel"}, {"token": "malformed_token"}),
        ({"own_token": "two words"}, {"own_token": "malformed_own_token"}),
        ({"own_token": ""}, {"own_token": "malformed_own_token"}),
        ({"country_code": "Netherlands"}, {"country_code": "malformed_country_code"}),
        ({"country_code": ""}, {"country_code": "malformed_country_code"}),
        ({"party_id": "H"}, {"party_id": "malformed_party_id"}),
        ({"token": "x\r\nHost: evil"}, {"token": "malformed_token"}),
        ({"token": "x" * 1025}, {"token": "malformed_token"}),
        ({"party_id": "H\nM"}, {"party_id": "malformed_party_id"}),
        ({"country_code": "N\u0130"}, {"country_code": "malformed_country_code"}),
    ],
)
async def test_what_no_operator_could_take(
    hass: HomeAssistant, cpo: Cpo, typed: dict[str, str | None], errors: dict[str, str]
) -> None:
    """It is said where it was typed, and nobody is asked. The token is not shown again."""
    result = await connect(hass, cpo, **typed)
    assert_error(result, "operator", errors)
    assert "token" not in shown(result["data_schema"])
    assert cpo.requests == []
    result = await submit(hass, result, connection(cpo))
    assert result["step_id"] == "operator_driver"


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("step", ["operator", "operator_reconfigure"])
async def test_what_is_said_of_the_address(cpo: Cpo, texts: Tree, step: str) -> None:
    """It is what is taken."""
    told = texts["config"]["step"][step]["data_description"]["versions_url"]
    assert "https://" in told
    [exception] = re.findall(r"\(([0-9.]+)\)", told)
    for address, is_taken in ((exception, True), ("192.168.1.2", False)):
        data = operator_data(cpo, versions_url=f"http://{address}/versions")
        assert (malformed(data) == {}) is is_taken


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"driver_uid": ""}, {"driver_uid": "malformed_driver_uid"}),
        ({"driver_uid": "x" * 37}, {"driver_uid": "malformed_driver_uid"}),
        ({"contract_id": "Ä"}, {"contract_id": "malformed_contract_id"}),
        ({"issuer": " "}, {"issuer": "malformed_issuer"}),
        ({"issuer": "x" * 65}, {"issuer": "malformed_issuer"}),
    ],
)
async def test_who_cannot_charge(hass: HomeAssistant, cpo: Cpo, typed: dict[str, str], errors: dict[str, str]) -> None:
    """It is said before the first command is sent."""
    result = await add(hass, cpo, **typed)
    assert_error(result, "operator_driver", errors)
    result = await submit(hass, result, DRIVER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(added(hass).entry_id)


# What can be wrong with the operator


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"hang_up": True}, "operator_unreachable"),
        ({"status": 401}, "operator_unauthorized"),
        ({"status": 403}, "operator_unauthorized"),
        ({"status": 404}, "not_ocpi"),
        ({"status": 500}, "operator_status"),
        ({"code": 3000}, "operator_status_saying"),
        ({"html": True}, "not_ocpi"),
        ({"not_an_envelope": True}, "not_ocpi"),
        ({"cut_off": True}, "operator_bad_answer"),
        ({"huge": 5_000_000}, "operator_bad_answer"),
        ({"status": 500, "modules": frozenset({Module.DETAILS})}, "operator_status"),
    ],
)
async def test_an_operator_that_cannot_be_used(
    hass: HomeAssistant, cpo: Cpo, faults: dict[str, object], error: str
) -> None:
    """Each in words of its own, and the same form can be sent again when it is mended."""
    for name, value in faults.items():
        setattr(cpo.knobs, name, value)
    result = await connect(hass, cpo)
    assert_error(result, "operator", {"base": error})
    assert "token" not in shown(result["data_schema"])
    cpo.heal()
    result = await submit(hass, result, connection(cpo))
    assert result["step_id"] == "operator_driver"


async def test_a_wrong_token(hass: HomeAssistant, cpo: Cpo) -> None:
    """The operator says so."""
    assert_error(await connect(hass, cpo, token="wrong"), "operator", {"base": "operator_unauthorized"})


async def test_nothing_there(hass: HomeAssistant, cpo: Cpo) -> None:
    """Nobody answers."""
    await cpo.refuse_connections()
    assert_error(await connect(hass, cpo), "operator", {"base": "operator_unreachable"})


@pytest.mark.usefixtures("names")
async def test_a_certificate_that_nobody_vouches_for(hass: HomeAssistant, stranger: Authority) -> None:
    """There is no way around it: the token would be anybody's."""
    certificate = stranger.sign("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain_file, certificate.key_file)
    async with Cpo(token=TOKEN, tls=context, name="localhost") as cpo:
        assert_error(await connect(hass, cpo), "operator", {"base": "operator_tls_failed"})


async def test_versions_that_nobody_speaks_here(hass: HomeAssistant, socket_enabled: None) -> None:
    """What it offers is named."""

    async def versions(request: web.Request) -> web.Response:
        return web.json_response({"status_code": 1000, "data": [{"version": "2.0", "url": str(request.url)}]})

    app = web.Application()
    app.router.add_get("/versions", versions)
    async with TestServer(app) as server, Cpo(token=TOKEN) as cpo:
        result = await connect(hass, cpo, versions_url=str(server.make_url("/versions")))
        assert_error(result, "operator", {"base": "operator_versions"})
        assert (result["description_placeholders"] or {})["offered"] == "2.0"


async def test_an_operator_that_takes_no_commands(hass: HomeAssistant, socket_enabled: None) -> None:
    """What is missing is named."""

    async def versions(request: web.Request) -> web.Response:
        url = str(request.url.with_path("/details"))
        return web.json_response({"status_code": 1000, "data": [{"version": "2.2.1", "url": url}]})

    async def details(request: web.Request) -> web.Response:
        url = str(request.url)
        endpoints = [{"identifier": name, "role": "SENDER", "url": url} for name in ("locations", "sessions")]
        return web.json_response({"status_code": 1000, "data": {"version": "2.2.1", "endpoints": endpoints}})

    app = web.Application()
    app.router.add_get("/versions", versions)
    app.router.add_get("/details", details)
    async with TestServer(app) as server, Cpo(token=TOKEN) as cpo:
        result = await connect(hass, cpo, versions_url=str(server.make_url("/versions")))
        assert_error(result, "operator", {"base": "operator_modules"})
        assert (result["description_placeholders"] or {})["what"] == "commands"


async def test_an_operator_that_does_not_say_who_it_is(hass: HomeAssistant) -> None:
    """It is called by its address."""
    async with Cpo(token=TOKEN, callback_token=OWN_TOKEN, quirks=[Quirk.LISTS]) as cpo:
        cpo.knobs.modules, cpo.knobs.status = frozenset({Module.CREDENTIALS}), 500
        result = await add(hass, cpo)
        assert result["title"] == "127.0.0.1"
        assert await hass.config_entries.async_unload(added(hass).entry_id)


@pytest.mark.parametrize(("words", "said"), [("[Pay](https://evil.example)", "Pay https evil.example"), ("[]", "–")])
def test_what_an_operator_says_is_no_link(words: str, said: str) -> None:
    """Its words stand in forms as well."""
    assert operator_said(StatusError(2000, words)) == {"code": "2000", "reply": said}
    assert operator_said(CommandRefused(Result.REJECTED, words)) == {"reply": said}
    assert operator_said(UnsupportedVersion((words,))) == {"offered": said}
