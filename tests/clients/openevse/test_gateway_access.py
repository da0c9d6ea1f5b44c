"""Who may come in: user and password, sessions by cookie, and certificates."""

from collections.abc import AsyncGenerator
import errno
import os
from pathlib import Path
import ssl

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.open_ev.clients.openevse import rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    NotAvailable,
    Refused,
    TlsFailed,
    TlsWanted,
    Unauthorized,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway, Resource
from simulators.openevse import Generation, OpenEvse
from tests.clients.ovms.certificates import Authority

from .conftest import always, answering

USER, PASSWORD = "admin", "correct horse"


@pytest.fixture(params=list(Generation), ids=str)
async def locked(request: pytest.FixtureRequest) -> AsyncGenerator[OpenEvse]:
    """A charger of each generation that asks for a user and a password."""
    async with OpenEvse(request.param, "7.1.3", username=USER, password=PASSWORD) as evse:
        yield evse


@pytest.fixture
async def modern() -> AsyncGenerator[OpenEvse]:
    """A charger that knows sessions, and asks for a password alone."""
    async with OpenEvse(Generation.HEAD, password=PASSWORD) as evse:
        yield evse


async def test_the_right_password(session: aiohttp.ClientSession, locked: OpenEvse) -> None:
    """Everything can be done with it."""
    gateway = Gateway(session, locked.url, username=USER, password=PASSWORD)
    assert (await gateway.status())["state"] == 1
    assert (await gateway.config())["www_password"] == "_DUMMY_PASSWORD"
    await gateway.run(commands.GET_VERSION)


@pytest.mark.parametrize(
    ("user", "password"), [(None, None), (USER, None), (USER, ""), (USER, "wrong"), ("other", PASSWORD)]
)
async def test_no_password_or_another(
    session: aiohttp.ClientSession, locked: OpenEvse, user: str | None, password: str | None
) -> None:
    """Each request says so, and no message tells the password."""
    gateway = Gateway(session, locked.url, username=user, password=password)
    for _ in range(2):
        with pytest.raises(Unauthorized) as caught:
            await gateway.status()
        assert not caught.value.retry_later
        assert "wrong" not in str(caught.value)
        assert PASSWORD not in str(caught.value)


async def test_a_password_that_is_not_asked_for(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """It is not told to somebody who does not ask."""
    gateway = Gateway(session, evse.url, username=USER, password=PASSWORD)
    await gateway.status()
    assert [request.path for request in evse.requests] == ["/status"]


async def test_a_session(session: aiohttp.ClientSession, modern: OpenEvse) -> None:
    """The password is sent once; requests that change something are marked as those of the gateway's own pages are."""
    gateway = Gateway(session, modern.url, password=PASSWORD)
    await gateway.status()
    await gateway.post("/claims/20271", {"state": "disabled"})
    await gateway.delete("/claims/20271")
    paths = [request.path for request in modern.requests]
    assert paths == ["/status", "/login", "/status", "/claims/20271", "/claims/20271"]
    assert sum(PASSWORD in request.body for request in modern.requests) == 1


async def test_a_session_that_has_ended(session: aiohttp.ClientSession, modern: OpenEvse) -> None:
    """Another one is begun."""
    gateway = Gateway(session, modern.url, password=PASSWORD)
    await gateway.status()
    modern.expire_sessions()
    await gateway.status()
    modern.config["www_password"] = "changed"
    modern.expire_sessions()
    with pytest.raises(Unauthorized):
        await gateway.status()


async def test_a_session_is_nobody_elses(session: aiohttp.ClientSession, modern: OpenEvse) -> None:
    """Where cookies are kept, which is for names and not for numbers, it would let in whoever asks."""
    url = str(URL(modern.url).with_host("localhost"))
    gateway = Gateway(session, url, password=PASSWORD)
    await gateway.status()
    await (await gateway.websocket()).close()
    assert not list(session.cookie_jar)
    for password in (None, "wrong"):
        with pytest.raises(Unauthorized):
            await Gateway(session, url, password=password).status()
    gateway.forget_login()
    modern.requests.clear()
    await gateway.status()
    assert [request.path for request in modern.requests] == ["/status", "/login", "/status"]


async def test_too_many_wrong_passwords(session: aiohttp.ClientSession, modern: OpenEvse) -> None:
    """After ten of them it does not look any more, and says so; the right one still passes."""
    wrong = Gateway(session, modern.url, password="wrong")
    for _ in range(10):
        with pytest.raises(Unauthorized) as caught:
            await wrong.status()
        assert not caught.value.retry_later
    with pytest.raises(Unauthorized) as caught:
        await wrong.status()
    assert caught.value.retry_later
    await Gateway(session, modern.url, password=PASSWORD).status()


async def test_the_websocket_of_a_locked_charger(session: aiohttp.ClientSession, modern: OpenEvse) -> None:
    """It asks for the session as well."""
    gateway = Gateway(session, modern.url, password=PASSWORD)
    with pytest.raises(Unauthorized):
        await gateway.websocket()
    await gateway.status()
    websocket = await gateway.websocket()
    assert "state" in await websocket.receive_json()
    await websocket.close()


async def test_websockets(session: aiohttp.ClientSession, evse: OpenEvse) -> None:
    """From 3.0 on there is one."""
    gateway = Gateway(session, evse.url)
    if evse.generation in {Generation.V2_7, Generation.V2_9}:
        with pytest.raises(NotAvailable):
            await gateway.websocket()
        return
    websocket = await gateway.websocket()
    assert "state" in await websocket.receive_json()
    await websocket.close()


async def test_a_websocket_that_cannot_be_had(session: aiohttp.ClientSession) -> None:
    """What is wrong is told apart."""
    async with answering(always(b"", 503)) as url:
        with pytest.raises(Refused, match="503"):
            await Gateway(session, url).websocket()
    with pytest.raises(CannotConnect):
        await Gateway(session, url).websocket()


async def test_a_user_with_a_colon(session: aiohttp.ClientSession, locked: OpenEvse) -> None:
    """Nobody is named so: it would be the beginning of the password."""
    with pytest.raises(Unauthorized):
        await Gateway(session, locked.url, username="a:b", password=PASSWORD).status()


# Certificates


@pytest.fixture
async def encrypted(tmp_path: Path) -> AsyncGenerator[OpenEvse]:
    """A charger whose certificate nobody knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*Authority(tmp_path).server.files)
    async with OpenEvse(Generation.V5_1, tls=context) as evse:
        yield evse


async def test_a_certificate_that_nobody_knows(session: aiohttp.ClientSession, encrypted: OpenEvse) -> None:
    """It is accepted by choice only, and then for the websocket as well."""
    strict = Gateway(session, encrypted.url)
    with pytest.raises(TlsFailed):
        await strict.status()
    with pytest.raises(TlsFailed):
        await strict.websocket()
    trusting = Gateway(session, encrypted.url, verify_tls=False)
    assert (await trusting.status())["state"] == 1
    await (await trusting.websocket()).close()


async def test_an_encryption_that_breaks(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """OpenSSL numbers its errors as the system does its own, of which the first is that something is not permitted."""

    async def break_off(request: web.Request) -> web.Response:
        assert request.transport is not None
        os.write(request.transport.get_extra_info("socket").fileno(), b"in the clear")
        return web.Response()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*Authority(tmp_path).server.files)
    async with answering(break_off, context) as url:
        with pytest.raises(CannotConnect, match="SSL") as caught:
            await Gateway(session, url, verify_tls=False).status()
    assert os.strerror(errno.EPERM) not in str(caught.value)


async def test_no_certificate_at_all(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """A charger that does not speak TLS is not spoken to without, because that was not asked for."""
    gateway = Gateway(session, newest.url.replace("http:", "https:"), verify_tls=False)
    with pytest.raises(TlsFailed):
        await gateway.status()


async def test_a_charger_that_wants_tls(session: aiohttp.ClientSession) -> None:
    """Firmware that was given a certificate leads there; it is for the caller to follow."""

    async def secured(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": f"https://127.0.0.1:8443{request.path}"})

    async with answering(secured) as url:
        with pytest.raises(TlsWanted) as caught:
            await Gateway(session, url).get(Resource.STATUS)
    assert caught.value.url == "https://127.0.0.1:8443"


@pytest.mark.parametrize(
    "there", ["https://charger.example/", "http://127.0.0.1:1/", "/elsewhere", "https://[", "https://[]a@", ""]
)
async def test_an_answer_that_leads_somewhere_else(session: aiohttp.ClientSession, there: str) -> None:
    """Nobody is led from one address to another."""

    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": there})

    async with answering(elsewhere) as url:
        with pytest.raises(BadAnswer, match="redirect"):
            await Gateway(session, url).get(Resource.STATUS)


async def test_a_websocket_that_leads_somewhere_else(session: aiohttp.ClientSession) -> None:
    """It is not followed, and nobody there is told who asks."""
    heard: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        heard.append(f"{request.path} {dict(request.headers)}")
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        return websocket

    async with answering(elsewhere) as there:

        async def answer(request: web.Request) -> web.Response:
            if request.path == "/login":
                return web.Response(text="{}", headers={"Set-Cookie": "oevse_session=abc"})
            if request.path == "/ws":
                return web.Response(status=302, headers={"Location": f"{there}/ws"})
            return web.json_response({}) if "abc" in request.headers.get("Cookie", "") else web.Response(status=401)

        async with answering(answer) as url:
            gateway = Gateway(session, url, password=PASSWORD)
            await gateway.status()
            with pytest.raises(BadAnswer, match="redirect"):
                await gateway.websocket()
    assert heard == []
