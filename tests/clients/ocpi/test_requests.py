"""Requests to an operator, and what becomes of those that go wrong. The token goes nowhere it is not meant to go."""

import asyncio
import base64
import socket
import ssl

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest
from yarl import URL

from custom_components.open_ev.clients.ocpi import transport as module
from custom_components.open_ev.clients.ocpi.addresses import joined
from custom_components.open_ev.clients.ocpi.credentials import Encoding
from custom_components.open_ev.clients.ocpi.errors import (
    BadAnswer,
    CannotConnect,
    NotOcpi,
    NotReached,
    OcpiError,
    StatusError,
    TlsFailed,
    Unauthorized,
    UnknownObject,
)
from custom_components.open_ev.clients.ocpi.transport import Transport

from .conftest import TOKEN, Handler, credentials, enveloped, serving


async def _get(session: aiohttp.ClientSession, handler: Handler, path: str = "/thing") -> object:
    """Ask such a server for something."""
    async with serving(handler) as (url, _):
        transport = Transport(session, credentials(url))
        return (await transport.get(URL(url + path))).envelope().data


async def _fails[E: OcpiError](session: aiohttp.ClientSession, handler: Handler, kind: type[E]) -> E:
    with pytest.raises(OcpiError) as caught:
        await _get(session, handler)
    assert type(caught.value) is kind, repr(caught.value)
    assert TOKEN not in str(caught.value)
    assert isinstance(caught.value, kind)
    return caught.value


def _bytes(body: bytes, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, content_type="application/json")

    return answer


def _json(body: object, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    return answer


# What is sent


async def test_headers(session: aiohttp.ClientSession) -> None:
    """Who asks, and an id for each request; a chain of requests has one more in common."""

    async def answer(_: web.Request) -> web.Response:
        return enveloped([])

    async with serving(answer) as (url, seen):
        transport = Transport(session, credentials(url))
        transport.agree(Encoding.RAW, {"OCPI-from-party-id": "HOM"})
        await transport.get(URL(url), correlation="chain")
        await transport.get(URL(url), correlation="chain")
        await transport.post(URL(url), {"a": 1})
        await transport.try_token(URL(url), Encoding.BASE64)
    first, second, third, bare = (request.headers for request in seen)
    assert first["Authorization"] == f"Token {TOKEN}"
    assert first["OCPI-from-party-id"] == "HOM"
    assert first["X-Correlation-ID"] == second["X-Correlation-ID"] == "chain" != third["X-Correlation-ID"]
    assert len({headers["X-Request-ID"] for headers in (first, second, third, bare)}) == 4
    assert third["Content-Type"] == "application/json"
    assert "Content-Type" not in first
    # What belongs to no version yet names no parties.
    assert "OCPI-from-party-id" not in bare
    assert base64.b64decode(bare["Authorization"].removeprefix("Token ")).decode() == TOKEN


def test_joining() -> None:
    """With and without a slash, and whatever is in an id."""
    assert str(joined(URL("https://a.example/x"), "START_SESSION")) == "https://a.example/x/START_SESSION"
    assert str(joined(URL("https://a.example/x/"), "START_SESSION")) == "https://a.example/x/START_SESSION"
    assert str(joined(URL("https://a.example"), "a")) == "https://a.example/a"
    assert str(joined(URL("https://a.example/x"), "a/b", "c d?#")) == "https://a.example/x/a%2Fb/c%20d%3F%23"


# Answers of every kind


async def test_an_answer(session: aiohttp.ClientSession) -> None:
    """As it should be."""
    assert await _get(session, _json({"status_code": 1000, "data": [1]})) == [1]


@pytest.mark.parametrize("status", [401, 403])
async def test_refusals(session: aiohttp.ClientSession, status: int) -> None:
    """Whatever is said with them."""
    await _fails(session, _json({"detail": f"Token {TOKEN} is wrong"}, status), Unauthorized)


@pytest.mark.parametrize(
    ("body", "status", "code", "reply"),
    [
        ({"status_code": 2001, "status_message": "Invalid\nparameter"}, 200, 2001, "Invalid parameter"),
        ({"status_code": 3000}, 200, 3000, ""),
        ({"status_code": 3001, "status_message": "Down"}, 503, 3001, "Down"),
        ({"status_code": 1000, "data": []}, 500, 500, ""),
        ({"detail": "No"}, 422, 422, ""),
        ([], 400, 400, ""),
        ({"status_code": 2000, "status_message": f"Token {TOKEN}?"}, 200, 2000, "Token ***?"),
        ({"status_code": 2000, "status_message": Encoding.BASE64.write(TOKEN)}, 200, 2000, "***"),
    ],
)
async def test_failures(session: aiohttp.ClientSession, body: object, status: int, code: int, reply: str) -> None:
    """With OCPI's status where there is one, and never with our token."""
    error = await _fails(session, _json(body, status), StatusError)
    assert (error.code, error.reply) == (code, reply)


async def test_a_token_that_is_no_secret(session: aiohttp.ClientSession) -> None:
    """What has a few letters may be any word, and is left where it stands."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"status_code": 2000, "status_message": "Not now"})

    async with serving(answer) as (url, _):
        with pytest.raises(StatusError) as caught:
            (await Transport(session, credentials(url, token="No")).get(URL(url))).envelope()
    assert caught.value.reply == "Not now"


@pytest.mark.parametrize(("body", "status"), [({"status_code": 2003}, 200), ({"detail": "Not Found"}, 404)])
async def test_nothing_there(session: aiohttp.ClientSession, body: object, status: int) -> None:
    """An unknown location, said in either way."""
    await _fails(session, _json(body, status), UnknownObject)


async def test_a_page_instead_of_an_error(session: aiohttp.ClientSession) -> None:
    """A proxy's page for a server that is down says so in its status."""
    error = await _fails(session, _bytes(b"<html>Bad gateway</html>", 502), StatusError)
    assert error.code == 502


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"Welcome", "not_json"),
        (b"", "not_json"),
        (b'{"hello": "world"}', "no_envelope"),
        (b'"text"', "no_envelope"),
    ],
)
async def test_no_ocpi(session: aiohttp.ClientSession, body: bytes, reason: str) -> None:
    """Something else answers."""
    assert (await _fails(session, _bytes(body), NotOcpi)).reason == reason


async def test_json_that_ends_too_soon(session: aiohttp.ClientSession) -> None:
    """As if that were all of it."""
    error = await _fails(session, _bytes(b'{"status_code": 1000, "data": ['), BadAnswer)
    assert error.reason == "not_json"


@pytest.mark.parametrize("compressed", [False, True])
async def test_an_endless_answer(session: aiohttp.ClientSession, compressed: bool) -> None:
    """Nobody reads more than an operator has to say, however small it was sent."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if compressed:
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 1_000_000)
        except ConnectionError:
            pass
        return response

    assert (await _fails(session, answer, BadAnswer)).reason == "too_long"


async def test_an_answer_that_breaks_off(session: aiohttp.ClientSession) -> None:
    """Half of it arrives."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"status_code": 1000')
        assert request.transport is not None
        request.transport.close()
        return response

    assert (await _fails(session, answer, BadAnswer)).reason == "cut_off"


async def test_no_answer_in_time(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers."""
    monkeypatch.setattr(module, "TIMEOUT", aiohttp.ClientTimeout(total=0.05))

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response()

    assert str(await _fails(session, answer, CannotConnect)) == "no answer in time"


async def test_nobody_there(session: aiohttp.ClientSession) -> None:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(NotReached):
        await Transport(session, credentials(url)).get(URL(url))


async def test_no_http(session: aiohttp.ClientSession) -> None:
    """Something that speaks another language."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(NotOcpi) as caught:
            await Transport(session, credentials(url)).get(URL(url))
    assert caught.value.reason == "not_http"


async def test_no_encryption(session: aiohttp.ClientSession) -> None:
    """A port that does not speak TLS is not asked in the clear, so nothing that was to be sent there can have arrived."""
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    server = TestServer(web.Application())
    server.app.router.add_route("*", "/", answer)
    await server.start_server()
    url = str(server.make_url("/")).replace("http:", "https:")
    with pytest.raises(TlsFailed) as caught:
        await Transport(session, credentials(url)).post(URL(url), {})
    assert isinstance(caught.value, NotReached)
    assert seen == []
    await server.close()


def test_errors_of_certificates() -> None:
    """However they are raised."""
    assert isinstance(module.connection_error(ssl.SSLError("certificate"), is_first=True), TlsFailed)
    assert str(module.connection_error(OSError(), is_first=True)) == "OSError"
