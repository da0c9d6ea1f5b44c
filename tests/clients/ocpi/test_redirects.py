"""Where requests to an operator may lead, how often, and when none is sent. The token goes nowhere it is not meant to go."""

import asyncio

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.open_ev.clients.ocpi.answers import JsonObject
from custom_components.open_ev.clients.ocpi.errors import BadAnswer, StatusError
from custom_components.open_ev.clients.ocpi.transport import Transport

from .conftest import Handler, credentials, enveloped, serving


async def _get(session: aiohttp.ClientSession, handler: Handler) -> object:
    """Ask such a server for something."""
    async with serving(handler) as (url, _):
        return (await Transport(session, credentials(url)).get(URL(f"{url}/thing"))).envelope().data


async def _fails(session: aiohttp.ClientSession, handler: Handler) -> str:
    """Ask it in vain; returns why."""
    with pytest.raises(BadAnswer) as caught:
        await _get(session, handler)
    return caught.value.reason


# Rest


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120),
        (503, " 120 ", 120),
        (429, "999999", 3600),
        (429, "9" * 5000, 0),
        (429, "0", 0),
        (429, "-5", 0),
        (429, "soon", 0),
        (429, None, 0),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        (429, "Fri, 31 Dec 9999 23:59:59 -2359", 3600),
        (429, "Thu, 01 Jan 1970 00:00:00", 0),
        (500, "120", 0),
    ],
)
async def test_rest(session: aiohttp.ClientSession, status: int, said: str | None, seconds: float) -> None:
    """A server that wants to be left alone is asked nothing, and told what somebody wants to be done."""
    body: JsonObject = {}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={} if said is None else {"Retry-After": said})

    async with serving(answer) as (url, seen):
        transport = Transport(session, credentials(url))
        for _ in range(2):
            with pytest.raises(StatusError) as caught:
                (await transport.get(URL(url))).envelope()
            assert caught.value.code == status
            assert caught.value.retry_after == pytest.approx(seconds, abs=1)
        assert len(seen) == (1 if seconds else 2)
        await transport.post(URL(url), body)
        assert seen[-1].method == "POST"


async def test_rest_that_is_over(session: aiohttp.ClientSession) -> None:
    """Then it is asked again."""
    answers = [web.Response(status=429, headers={"Retry-After": "1"}), enveloped([7])]

    async def answer(_: web.Request) -> web.Response:
        return answers.pop(0)

    async with serving(answer) as (url, _):
        transport = Transport(session, credentials(url))
        await transport.get(URL(url))
        with pytest.raises(StatusError):
            await transport.get(URL(url))
        await asyncio.sleep(1.05)
        assert (await transport.get(URL(url))).envelope().data == [7]


# Redirects


def _leading(status: int, *targets: str) -> Handler:
    """Lead through these, in their order, to an answer."""
    left = list(targets)

    async def answer(request: web.Request) -> web.Response:
        if left:
            return web.Response(status=status, headers={"Location": left.pop(0)})
        return enveloped({"method": request.method, "path": request.path, "body": await request.text()})

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_of_questions(session: aiohttp.ClientSession, status: int) -> None:
    """Those of one server, often for a slash."""
    found = await _get(session, _leading(status, "/thing/"))
    assert found == {"method": "GET", "path": "/thing/", "body": ""}


@pytest.mark.parametrize("status", [307, 308])
async def test_redirects_of_commands(session: aiohttp.ClientSession, status: int) -> None:
    """The body goes along."""
    async with serving(_leading(status, "/thing/", "/other")) as (url, _):
        found = (await Transport(session, credentials(url)).post(URL(f"{url}/thing"), {"a": 1})).envelope().data
    assert found == {"method": "POST", "path": "/other", "body": '{"a": 1}'}


async def test_redirects_to_nowhere(session: aiohttp.ClientSession) -> None:
    """A server that does not say where to is not asked again."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302)

    async with serving(answer) as (url, seen):
        with pytest.raises(BadAnswer):
            await Transport(session, credentials(url)).get(URL(url))
    assert len(seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_redirects_that_lose_a_command(session: aiohttp.ClientSession, status: int) -> None:
    """What would become a question is no command any more."""
    body: JsonObject = {}
    async with serving(_leading(status, "/thing/")) as (url, seen):
        with pytest.raises(BadAnswer) as caught:
            await Transport(session, credentials(url)).post(URL(f"{url}/thing"), body)
    assert caught.value.reason == "redirect"
    assert len(seen) == 1


@pytest.mark.parametrize(
    "targets",
    [
        # Where it came from, at once or by a detour, and nowhere.
        ["/thing"],
        ["/other", "/thing"],
        [""],
        [None],
    ],
)
async def test_redirects_that_repeat_a_command(session: aiohttp.ClientSession, targets: list[str | None]) -> None:
    """No command is sent to one address twice: it might be carried out twice."""
    left = list(targets)
    body: JsonObject = {}

    async def answer(_: web.Request) -> web.Response:
        target = left.pop(0) if left else None
        return web.Response(status=307, headers={} if target is None else {"Location": target})

    async with serving(answer) as (url, seen):
        with pytest.raises(BadAnswer) as caught:
            await Transport(session, credentials(url)).post(URL(f"{url}/thing"), body)
    assert caught.value.reason == "redirect"
    assert len(seen) == len({each.path for each in seen}) == len(targets)


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/thing",
        "//localhost/thing",
        "http://thief.example/",
        "http://[",
        "https://[]a@",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
    ],
)
async def test_redirects_to_elsewhere(session: aiohttp.ClientSession, target: str) -> None:
    """The token goes to no other server."""
    assert await _fails(session, _leading(307, target)) == "redirect"


async def test_redirects_to_another_port(session: aiohttp.ClientSession) -> None:
    """Another port is another server, and is not asked."""

    async def answer(_: web.Request) -> web.Response:
        return enveloped([])

    async with serving(answer) as (thief, seen):
        assert await _fails(session, _leading(302, f"{thief}/thing")) == "redirect"
        assert seen == []


async def test_redirects_without_end(session: aiohttp.ClientSession) -> None:
    """A few are followed."""
    assert await _fails(session, _leading(302, *["/thing"] * 4)) == "redirect"
    assert await _get(session, _leading(302, *["/thing"] * 3)) is not None


# Addresses that an operator gives


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "not_a_url"),
        ("", "not_a_url"),
        ("/details", "not_a_url"),
        ("https://[", "not_a_url"),
        ("https://[]a@", "not_a_url"),
        ("https://xn--a/", "not_a_url"),
        ("ftp://operator.example", "not_a_url"),
        ("https://me:secret@operator.example/", "not_a_url"),
        ("http://operator.example/details", "not_encrypted"),
        ("http://127.0.0.1:8123/api", "loopback_url"),
        ("https://localhost/details", "loopback_url"),
    ],
)
async def test_addresses_that_are_not_gone_to(session: aiohttp.ClientSession, said: str | None, reason: str) -> None:
    """Not in the clear, and not to what is on this machine."""
    transport = Transport(session, credentials("https://operator.example/versions"))
    with pytest.raises(BadAnswer) as caught:
        transport.address(said)
    assert caught.value.reason == reason


async def test_addresses_that_are_gone_to(session: aiohttp.ClientSession) -> None:
    """An operator may have several servers; and be on this machine as a whole."""
    far = Transport(session, credentials("https://operator.example/versions"))
    assert str(far.address("https://api.operator.example/2.2.1#x")) == "https://api.operator.example/2.2.1"
    near = Transport(session, credentials("http://127.0.0.1:8000/versions"))
    assert str(near.address("http://localhost:8000/2.2.1")) == "http://localhost:8000/2.2.1"
