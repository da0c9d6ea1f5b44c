"""How an operator reaches Home Assistant, and who else tries to."""

import asyncio
import base64
import gzip
import io
import json
import logging

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from yarl import URL

from custom_components.open_ev.entries import webhooks as webhooks_module
from custom_components.open_ev.entries.webhooks import Webhooks
from simulators.cpo import CallbackFault, Command, Order, Request, Result, Script, Version
from tests.operator_pace import IMPATIENT

from .garage import eventually
from .plaza import OWN_TOKEN, Plaza, cancel, operated, reserve, uses_webhooks

pytestmark = uses_webhooks

RAW = {"Authorization": f"Token {OWN_TOKEN}"}
BASE64 = {"Authorization": f"Token {base64.b64encode(OWN_TOKEN.encode()).decode()}"}
ACCEPTED = {"result": "ACCEPTED"}

LISTENING = [fault for fault in CallbackFault if fault is not CallbackFault.NEVER]
BELIEVED = {
    CallbackFault.TWICE,
    CallbackFault.WRONG_TOKEN_FIRST,
    CallbackFault.OTHER_ENCODING,
    CallbackFault.WRAPPED,
    CallbackFault.LISTED,
    CallbackFault.LOWER_CASE,
}


def commands(plaza: Plaza) -> list[Request]:
    """The commands that the operator got."""
    return [request for request in plaza.cpo.requests if request.method == "POST"]


def response_urls(plaza: Plaza) -> list[URL]:
    """The addresses that the operator was told."""
    return [URL(json.loads(request.body)["response_url"]) for request in commands(plaza)]


async def under_way(plaza: Plaza) -> tuple[asyncio.Task[None], URL]:
    """Start a session of which the operator tells nothing, and return the address that it was told."""
    plaza.cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER, does=False)
    before = len(commands(plaza))
    starting = asyncio.create_task(plaza.place().start())
    await eventually(lambda: len(commands(plaza)) > before, "the command was sent")
    return starting, response_urls(plaza)[-1]


async def post(url: URL, body: object = None, headers: dict[str, str] | None = None, *, method: str = "POST") -> int:
    """Say something at an address, and return the status of the answer."""
    data = body if isinstance(body, bytes) else json.dumps(ACCEPTED if body is None else body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=io.BytesIO(data), headers=headers) as response,
    ):
        await response.read()
        return response.status


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What Home Assistant writes into its log, which is without the list of requests of its web server."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")


# One address a command


async def test_every_command_has_an_address_of_its_own(hass: HomeAssistant) -> None:
    """It cannot be guessed, and nothing is open before or after."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        assert plaza.webhooks == []
        for _ in range(2):
            await plaza.place().start()
            await plaza.place().stop()
        found = response_urls(plaza)
        assert len(set(found)) == 4
        assert all(len(url.name) == 64 for url in found)
        assert plaza.webhooks == []


async def test_it_is_open_before_the_command_is_sent(hass: HomeAssistant) -> None:
    """An operator may be faster than its own answer."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        plaza.cpo.scripts[Command.START_SESSION] = Script(order=Order.BEFORE)
        await plaza.place().start()
        assert [callback.status for callback in plaza.cpo.callbacks] == [200]


async def test_it_takes_one_result(hass: HomeAssistant) -> None:
    """Who comes later finds what everybody finds at an address that is none: nothing, and no reason to come again."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert await post(url, headers=RAW) == 200
        await starting
        assert plaza.webhooks == []
        assert await post(url, {"result": "FAILED"}, RAW) == 200
        assert await post(url.with_name("0" * 64), headers=RAW) == 200


@pytest.mark.parametrize("headers", [RAW, BASE64])
async def test_our_token_in_either_way(hass: HomeAssistant, headers: dict[str, str]) -> None:
    """Operators differ in that."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert await post(url, headers=headers) == 200
        await starting


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("fault", LISTENING)
async def test_posts_of_every_kind(hass: HomeAssistant, version: Version, fault: CallbackFault) -> None:
    """What is no result of the operator's changes nothing: the effect decides, of which there is none here."""
    async with operated(hass, versions=version, pace=IMPATIENT) as plaza:
        plaza.cpo.plug_in()
        plaza.cpo.scripts[Command.START_SESSION] = Script(fault=fault, does=False, timeout=1)
        if fault in BELIEVED:
            await plaza.place().start()
        else:
            with pytest.raises(HomeAssistantError) as caught:
                await plaza.place().start()
            assert caught.value.translation_key == "command_no_result"
        await plaza.cpo.settle()
        assert plaza.webhooks == []


# Strangers


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Token", "Token wrong", f"Bearer {OWN_TOKEN}", OWN_TOKEN, f"Token {OWN_TOKEN}x", "Token \xe9"],
)
async def test_who_does_not_know_our_token(hass: HomeAssistant, authorization: str | None) -> None:
    """Even one who has read the address somewhere."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        headers = {} if authorization is None else {"Authorization": authorization}
        assert await post(url, headers=headers) == 401
        assert not starting.done()
        assert await post(url, headers=RAW) == 200
        await starting


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_other_methods(hass: HomeAssistant, caplog: pytest.LogCaptureFixture, method: str) -> None:
    """Results are posted. The address is not written into the log where something else is tried at it."""
    caplog.set_level(logging.INFO)
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert await post(url, headers=RAW, method=method) == 405
        assert not starting.done()
        assert url.name not in logged(caplog)
        assert await post(url, headers=RAW) == 200
        await starting


async def test_a_body_that_cannot_be_unpacked(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """It is no fault of ours, and the address of a command under way is not written into the log for it."""
    caplog.set_level(logging.INFO)
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert await post(url, b"no gzip", RAW | {"Content-Encoding": "gzip"}) == 400
        assert not starting.done()
        assert url.name not in logged(caplog)
        assert await post(url, headers=RAW) == 200
        await starting


async def test_a_body_that_unpacks_without_end(hass: HomeAssistant) -> None:
    """No more of it is unpacked than a result has."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        packed = gzip.compress(b" " * 50_000_000)
        assert await post(url, packed, RAW | {"Content-Encoding": "gzip"}) == 413
        assert not starting.done()
        assert await post(url, headers=RAW) == 200
        await starting


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 10_000, 400),
        (b" " * 20_000 + b'{"result": "ACCEPTED"}', 413),
        (b" " * 5_000_000, 413),
        ({}, 200),
        ([], 200),
        ({"result": 1}, 200),
        ("ACCEPTED", 200),
    ],
    ids=["nothing", "no text", "deep", "long", "huge", "no result", "an empty list", "a number", "a text"],
)
async def test_bodies_that_are_no_results(hass: HomeAssistant, body: object, status: int) -> None:
    """Nothing of them is believed, and no more of them is read than a result has."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert await post(url, body, RAW) == status
        assert not starting.done()
        assert await post(url, headers=RAW) == 200
        await starting


async def test_a_body_that_turns_out_not_to_be_packed(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Its head came first, so that it is read when that is seen."""
    caplog.set_level(logging.INFO)
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert url.host is not None
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.authority}\r\nContent-Encoding: gzip\r\nContent-Length: 27\r\n\r\n"
        )
        writer.write(head.encode())
        await asyncio.sleep(0.1)
        writer.write(b"this is no gzip, not at all")
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert url.name not in logged(caplog)
        assert await post(url, headers=RAW) == 200
        await starting


async def test_a_body_that_does_not_end(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it."""
    monkeypatch.setattr(webhooks_module, "READ_TIMEOUT", 0.1)
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        assert url.host is not None
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST {url.path} HTTP/1.1\r\nHost: {url.authority}\r\nContent-Length: 22\r\n\r\n"
        writer.write(head.encode() + b'{"res')
        assert b" 408 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert await post(url, headers=RAW) == 200
        await starting


async def test_too_late(hass: HomeAssistant) -> None:
    """After the operator's own time for it nobody listens any more."""
    async with operated(hass, pace=IMPATIENT) as plaza:
        starting, url = await under_way(plaza)
        with pytest.raises(HomeAssistantError):
            await starting
        assert plaza.webhooks == []
        assert await post(url, headers=RAW) == 200
        await plaza.look()
        assert plaza.place().state("session", "switch") == "off"


async def test_no_token_is_logged(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the operator's nor ours."""
    async with operated(hass) as plaza:
        starting, url = await under_way(plaza)
        await post(url, headers={"Authorization": "Token wrong"})
        await post(url, headers=RAW)
        await starting
    assert "secret" not in caplog.text
    assert base64.b64encode(OWN_TOKEN.encode()).decode() not in caplog.text


# Reservations


async def test_a_reservation_that_is_cancelled_later(hass: HomeAssistant) -> None:
    """Its address stays open until then, for this one word more."""
    async with operated(hass) as plaza:
        place = plaza.place()
        told = await reserve(place)
        assert len(plaza.webhooks) == 1
        assert place.state("reservation", "event") == "unknown"
        plaza.cpo.cancel_reservation(told["reservation_id"])
        await plaza.cpo.settle()
        await eventually(lambda: place.state("reservation", "event") != "unknown", "it is told")
        news = place.look("reservation", "event").attributes
        assert (news["event_type"], news["reservation_id"]) == ("cancelled", told["reservation_id"])
        assert plaza.webhooks == []


async def test_a_reservation_that_is_given_up(hass: HomeAssistant) -> None:
    """That is no news."""
    async with operated(hass) as plaza:
        place = plaza.place()
        told = await reserve(place)
        assert await cancel(place) == {"reservation_id": told["reservation_id"]}
        assert plaza.webhooks == []
        assert plaza.cpo.reservations == []
        assert place.state("reservation", "event") == "unknown"


async def test_a_reservation_that_runs_out(hass: HomeAssistant) -> None:
    """Nor is that, and its address goes with it."""
    async with operated(hass) as plaza:
        place = plaza.place()
        await reserve(place, duration={"seconds": 1})
        assert len(plaza.webhooks) == 1
        await eventually(lambda: plaza.webhooks == [], "it is over")
        assert place.state("reservation", "event") == "unknown"


# Where Home Assistant is


def base_url(hass: HomeAssistant, *, over_http: bool = False) -> str | None:
    """Where an operator is told that Home Assistant is."""
    return Webhooks(hass, "operator", lambda *_: pytest.fail("nothing is posted"), over_http=over_http).base_url()


@pytest.mark.parametrize(
    ("external", "internal", "told"),
    [
        ("https://home.example", "http://192.168.1.2:8123", "https://home.example"),
        ("https://home.example", "https://192.168.1.2:8123", "https://home.example"),
        ("http://home.example", "https://inside.example", "https://inside.example"),
        ("http://home.example", "http://192.168.1.2:8123", None),
        (None, "https://inside.example:8443", "https://inside.example:8443"),
        (None, None, None),
    ],
)
async def test_only_encrypted_addresses_are_told(
    hass: HomeAssistant, external: str | None, internal: str | None, told: str | None
) -> None:
    """Our token comes along with a result. The address that the internet knows goes before another."""
    hass.config.external_url, hass.config.internal_url = external, internal
    assert base_url(hass) == told


async def test_an_operator_on_this_machine(hass: HomeAssistant) -> None:
    """Then nobody is in between, unless it had to go out and come in again; encrypted is better all the same."""
    hass.config.internal_url = "http://127.0.0.1:8123"
    assert base_url(hass, over_http=True) == "http://127.0.0.1:8123"
    hass.config.external_url = "http://home.example"
    assert base_url(hass, over_http=True) == "http://127.0.0.1:8123"
    hass.config.external_url = "https://home.example"
    assert base_url(hass, over_http=True) == "https://home.example"


async def test_without_a_way_in(hass: HomeAssistant) -> None:
    """The operator is told an address that is nobody's, no webhook is opened, and the session tells what became of it."""
    async with operated(hass, inbound=False) as plaza:
        place = plaza.place()
        plaza.cpo.plug_in()
        await place.start()
        await place.shows("session", "on", "switch")
        [url] = response_urls(plaza)
        assert (url.scheme, url.host) == ("https", "open-ev.invalid")
        await place.stop()
        await place.shows("session", "off", "switch")
        assert plaza.webhooks == []


async def test_a_refusal_that_nobody_can_tell(hass: HomeAssistant) -> None:
    """Without a way in, and without an effect, it is not known what became of it."""
    async with operated(hass, inbound=False, pace=IMPATIENT) as plaza:
        plaza.cpo.scripts[Command.START_SESSION] = Script(
            immediate=Result.ACCEPTED, result=Result.EVSE_OCCUPIED, timeout=1
        )
        with pytest.raises(HomeAssistantError) as caught:
            await plaza.place().start()
        assert caught.value.translation_key == "command_no_result"
