"""Requests to a gateway, and what becomes of those that go wrong."""

import asyncio
import errno
import os
import socket
from typing import override

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
import pytest

from custom_components.open_ev.clients.openevse import gateway as module
from custom_components.open_ev.clients.openevse.addresses import charger_url
from custom_components.open_ev.clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    InvalidArgument,
    NotAvailable,
    OpenEvseError,
    Refused,
    Unauthorized,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway, Resource
from simulators.openevse import OpenEvse

from .conftest import WITHOUT_MANAGER, Break, always, answering, broken


@pytest.fixture
def gateway(session: aiohttp.ClientSession, evse: OpenEvse) -> Gateway:
    """The way to a charger of each generation."""
    return Gateway(session, evse.url)


@pytest.fixture
def way(session: aiohttp.ClientSession, newest: OpenEvse) -> Gateway:
    """The way to a charger of 5.1."""
    return Gateway(session, newest.url)


# Addresses


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("openevse.local", "http://openevse.local"),
        (" 192.0.2.1 ", "http://192.0.2.1"),
        ("192.0.2.1:8080", "http://192.0.2.1:8080"),
        ("[2001:db8::1]:80", "http://[2001:db8::1]"),
        ("https://charger.example/evse/", "https://charger.example/evse"),
        ("HTTP://charger.example/?a=b#c", "http://charger.example"),
        ("openevse-7b2c", "http://openevse-7b2c"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    """A host will do."""
    assert str(charger_url(typed)).rstrip("/") == url


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "not_a_url"),
        ("http://", "not_a_url"),
        ("ftp://charger.example", "not_a_url"),
        ("http://charger.example:99999", "not_a_url"),
        ("2001:db8::1", "not_a_url"),
        # What yarl fails at, each in its own way.
        ("[", "not_a_url"),
        ("[]a@", "not_a_url"),
        ("https://[]a@", "not_a_url"),
        ("xn--a", "not_a_url"),
        ("\ud800", "not_a_url"),
        ("http://user:secret@charger.example", "credentials"),
        ("user@charger.example", "credentials"),
    ],
)
def test_addresses_that_are_none(typed: str, reason: str) -> None:
    """Nor may a password be in one, because addresses are shown."""
    with pytest.raises(InvalidArgument) as caught:
        charger_url(typed)
    assert caught.value.reason == reason
    assert "secret" not in str(caught.value)


# Reading


async def test_status_and_config(gateway: Gateway, evse: OpenEvse) -> None:
    """Every generation has both."""
    assert (await gateway.status())["state"] == 1
    assert (await gateway.config())["version"] == evse.generation.firmware.version
    assert evse.most_at_once == 1


async def test_one_request_at_a_time(way: Gateway, newest: OpenEvse) -> None:
    """However many ask."""
    newest.knobs.slow = 0.02
    await asyncio.gather(*(way.status() for _ in range(5)))
    assert newest.most_at_once == 1


async def test_who_follows_a_charger_and_who_sets_it_up(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """They take turns as well, and nobody waits for another charger."""
    newest.knobs.slow = 0.02
    ways = [Gateway(session, newest.url), Gateway(session, f"{newest.url}/"), Gateway(session, newest.url)]
    await asyncio.gather(*(way.status() for way in ways))
    assert newest.most_at_once == 1
    newest.knobs.slow = 0.5
    async with OpenEvse() as other:
        waiting = asyncio.create_task(ways[0].status())
        await asyncio.sleep(0)
        assert (await Gateway(session, other.url).status())["state"] == 1
        assert not waiting.done()
        await waiting


async def test_what_a_firmware_does_not_have(gateway: Gateway, evse: OpenEvse) -> None:
    """It is told from what is wrong."""
    if evse.generation in WITHOUT_MANAGER:
        with pytest.raises(NotAvailable):
            await gateway.get_object(Resource.OVERRIDE)
    else:
        assert await gateway.get_object(Resource.OVERRIDE) == {}


async def test_a_charger_behind_a_proxy(session: aiohttp.ClientSession) -> None:
    """It can be below a path."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"state": 1})

    async with answering(answer) as url:
        await Gateway(session, f"{url}/charger/").status()
    assert asked == ["/charger/status"]


def test_nothing_is_asked_for_that_changes_something() -> None:
    """These are done by being asked for, up to one firmware or another."""
    changing = {"/shaper", "/divertmode", "/restart", "/reset", "/apoff", "/savenetwork", "/saveadmin", "/settime"}
    assert changing.isdisjoint(Resource)


# What goes wrong


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (broken(hang_up=True), CannotConnect),
        (broken(restart_mid_answer=True), CannotConnect),
        (broken(status=500), Refused),
        (broken(status=503), Refused),
        (broken(status=401), Unauthorized),
        (broken(status=429), Unauthorized),
        (broken(status=404), NotAvailable),
        (broken(status=405), NotAvailable),
        (broken(status=302), BadAnswer),
        (broken(html=True), BadAnswer),
        (broken(cut_off=True), BadAnswer),
    ],
)
async def test_answers_that_are_none(way: Gateway, newest: OpenEvse, wrong: Break, error: type[OpenEvseError]) -> None:
    """Each is told from the others, and the next request works."""
    wrong(newest)
    with pytest.raises(error):
        await way.status()
    newest.knobs.heal()
    assert (await way.status())["state"] == 1


async def test_what_says_to_wait(way: Gateway, newest: OpenEvse) -> None:
    """Too many wrong passwords are not a wrong password."""
    newest.knobs.status = 429
    with pytest.raises(Unauthorized) as caught:
        await way.status()
    assert caught.value.retry_later
    newest.knobs.status = 401
    with pytest.raises(Unauthorized) as caught:
        await way.status()
    assert not caught.value.retry_later


async def test_a_charger_that_is_not_there(session: aiohttp.ClientSession) -> None:
    """Nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gateway = Gateway(session, f"127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(CannotConnect, match=rf"^no connection: {os.strerror(errno.ECONNREFUSED)}$"):
        await gateway.status()


class Unresolving(AbstractResolver):
    """Knows no name, and says so in one way or another."""

    def __init__(self, refusal: OSError) -> None:
        """Take what is said."""
        self._refusal = refusal

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Refuse."""
        raise self._refusal

    @override
    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (OSError(None, "Domain name not found"), "no connection: Domain name not found"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no connection: Name or service not known"),
        (OSError("Multiple exceptions: one, another"), "no connection: Multiple exceptions: one, another"),
    ],
)
async def test_a_name_that_leads_nowhere(refusal: OSError, said: str) -> None:
    """What ends in a log is what the system says, without a word of an encryption that nobody has asked for."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Unresolving(refusal))) as session:
        with pytest.raises(CannotConnect) as caught:
            await Gateway(session, "http://charger.invalid").status()
    assert str(caught.value) == said


async def test_a_charger_that_does_not_answer(
    way: Gateway, newest: OpenEvse, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for for ever, neither is the connection of its websocket."""
    monkeypatch.setattr(module, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    newest.knobs.silent = True
    with pytest.raises(CannotConnect, match="in time"):
        await way.status()

    over = asyncio.Event()

    async def silence(_: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    async with answering(silence) as url:
        with pytest.raises(CannotConnect, match="in time"):
            await Gateway(session, url).websocket()
        over.set()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1]", "wrong_type"),
        (b"7", "wrong_type"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":', "not_json"),
        (b" <html>", "html"),
        pytest.param(b"[" * 60_000, "not_json", id="deep"),
        pytest.param(b'"' + b"x" * 70_000 + b'"', "too_long", id="long"),
    ],
)
async def test_bodies_that_are_none(session: aiohttp.ClientSession, body: bytes, reason: str) -> None:
    """The answer is read no further than a charger can have something to say."""
    async with answering(always(body)) as url:
        with pytest.raises(BadAnswer) as caught:
            await Gateway(session, url).status()
    assert caught.value.reason == reason


async def test_a_body_without_an_end(session: aiohttp.ClientSession) -> None:
    """Whoever sends it is told nothing more."""

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 4096)
        except ConnectionError:
            return response

    async with answering(flood) as url:
        with pytest.raises(BadAnswer, match="too_long"):
            await Gateway(session, url).status()


async def test_a_list_where_there_should_be_one(session: aiohttp.ClientSession) -> None:
    """The type of an answer is looked at."""
    async with answering(always(b"{}")) as url:
        with pytest.raises(BadAnswer, match="wrong_type"):
            await Gateway(session, url).get_list(Resource.CLAIMS)


async def test_something_that_does_not_speak_http(session: aiohttp.ClientSession) -> None:
    """It answers, and it is no web server."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BadAnswer, match="not_http"):
            await Gateway(session, f"127.0.0.1:{port}").status()


@pytest.mark.parametrize("odd", [b"\xff\xff\x01\x02", b"\x00\x1f\x7f", b"\xc3\x28"])
async def test_a_serial_number_that_is_no_text(way: Gateway, newest: OpenEvse, odd: bytes) -> None:
    """The rest of the configuration is read all the same."""
    newest.knobs.odd_bytes = odd
    assert (await way.config())["version"] == "v5.1.2"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"msg":"Factory settings\\n are locked"}', "Factory settings are locked"),
        (b'{"msg":""}', "status 423"),
        (b'{"msg":" \x1b "}', "status 423"),
        (b'{"msg":"\x1b[2JNo\x00 way"}', "[2JNo way"),
        (b"[]", "status 423"),
        (b"no", "status 423"),
        pytest.param(b'{"msg":"' + b"x" * 500 + b'"}', "x" * 200, id="long"),
    ],
)
async def test_what_a_refusal_says(session: aiohttp.ClientSession, body: bytes, words: str) -> None:
    """The charger's own words, as far as they can be shown."""
    async with answering(always(body, 423)) as url:
        with pytest.raises(Refused) as caught:
            await Gateway(session, url).post("/config", {"max_current_hard": 80})
    assert caught.value.reply == words


async def test_an_answer_without_a_body(session: aiohttp.ClientSession) -> None:
    """Success needs no words."""
    async with answering(always(b" ")) as url:
        assert await Gateway(session, url).delete("/limit") is None
