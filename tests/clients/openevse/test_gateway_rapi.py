"""RAPI by way of a gateway of each generation, and what becomes of exchanges that go wrong."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.open_ev.clients.openevse import rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import (
    BadAnswer,
    CannotConnect,
    InvalidArgument,
    RapiBlocked,
    RapiFailed,
    RapiRefused,
)
from custom_components.open_ev.clients.openevse.gateway import Gateway
from simulators.openevse import Generation, OpenEvse, RapiFault

from .conftest import BLOCKED, Break, always, answering, broken


@pytest.fixture
def gateway(session: aiohttp.ClientSession, evse: OpenEvse) -> Gateway:
    """The way to a charger of each generation."""
    return Gateway(session, evse.url)


async def test_rapi(gateway: Gateway, evse: OpenEvse) -> None:
    """A question goes through everywhere."""
    version = await gateway.run(commands.GET_VERSION)
    assert version.controller == evse.config.get("firmware", version.controller)
    assert evse.rapi[-1] == "$GV"
    assert evse.requests[-1].method == "POST"


async def test_what_the_controller_refuses(gateway: Gateway, evse: OpenEvse) -> None:
    """It says no, which is an answer to a question."""
    evse.knobs.refused = ["GV"]
    assert not (await gateway.rapi("$GV")).accepted
    with pytest.raises(RapiRefused) as caught:
        await gateway.run(commands.GET_VERSION)
    assert caught.value.reply == "$NK"


async def test_what_the_gateway_blocks(gateway: Gateway, evse: OpenEvse) -> None:
    """From 5.0 on most builds hand on questions only."""
    if evse.generation in BLOCKED:
        with pytest.raises(RapiBlocked):
            await gateway.run(commands.SLEEP)
        assert evse.state == 1
    else:
        await gateway.run(commands.SLEEP)
        assert evse.state == 254


@pytest.mark.parametrize("fault", RapiFault)
async def test_exchanges_that_fail(gateway: Gateway, evse: OpenEvse, fault: RapiFault) -> None:
    """The reason is told from 2.9 on; before, there is nothing in the answer."""
    evse.knobs.rapi_fault = fault
    with pytest.raises(RapiFailed) as caught:
        await gateway.run(commands.GET_VERSION)
    tells = evse.generation is not Generation.V2_7
    assert caught.value.reason == (fault.removeprefix("RAPI_RESPONSE_").lower() if tells else "no_answer")


@pytest.mark.parametrize(
    ("wrong", "error", "reason"),
    [
        (broken(bad_checksum=True), BadAnswer, "wrong_checksum"),
        (broken(bad_sequence=True), BadAnswer, "wrong_sequence_id"),
        (broken(empty_answer=True), RapiFailed, "no_answer"),
        (broken(cut_off=True), BadAnswer, "not_json"),
        (broken(html=True), BadAnswer, "html"),
    ],
)
async def test_answers_of_a_controller_that_are_none(
    gateway: Gateway, evse: OpenEvse, wrong: Break, error: type[BadAnswer | RapiFailed], reason: str
) -> None:
    """They are not believed."""
    wrong(evse)
    with pytest.raises(error) as caught:
        await gateway.run(commands.GET_STATE)
    assert isinstance(caught.value, BadAnswer | RapiFailed)
    assert caught.value.reason == reason


async def test_a_serial_number_in_an_answer(session: aiohttp.ClientSession) -> None:
    """Six of its bytes are written as they are."""
    async with OpenEvse(Generation.V5_1, "8.2.3") as evse:
        assert len((await Gateway(session, evse.url).run(commands.GET_CHIP_ID)).number) == 20


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # What several generations print where they do not print JSON.
        (b"<p>RAPI command<p>$GC<p>>$OK 6 80 24 24^1E<script type='text/javascript'>", "6 80 24 24"),
        (b"<p>RAPI command<p>$GC<p>&gt;$OK 6 80 24 24^1E<script>", "6 80 24 24"),
        (b"<P>$GC<P>&GT; $OK 6 80 24 24^1E", "6 80 24 24"),
        # Raw bytes of a serial number that JSON would have to escape.
        (b'{"cmd":"$GI","ret":"$OK  \x01"\\\n345678^6B"}', ' \x01"\\\n345678'),
        (b'{"cmd":"$GC^20","ret":"$OK 6 80^2C"}', "6 80"),
    ],
)
async def test_how_an_answer_is_wrapped(session: aiohttp.ClientSession, body: bytes, text: str) -> None:
    """In JSON, in what should be JSON, and in a page."""
    frame = body.partition(b"$OK")[2].rpartition(b"^")[0]
    checksum = 0
    for byte in b"$OK" + frame:
        checksum ^= byte
    head, _, tail = body.rpartition(b"^")
    sealed = head + b"^%02X" % checksum + tail[2:]
    async with answering(always(sealed)) as url:
        assert (await Gateway(session, url).rapi("$GC")).text == text


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (b"[]", BadAnswer, "wrong_type"),
        (b'{"cmd":"$GC"}', RapiFailed, "no_answer"),
        (b'{"cmd":"$GC","ret":7}', RapiFailed, "no_answer"),
        (b"nothing", BadAnswer, "not_json"),
        (b'{"cmd":"$GC","ret":"$AT 01 01 24 0200^2A"}', BadAnswer, "wrong_checksum"),
    ],
)
async def test_no_answer_in_it(
    session: aiohttp.ClientSession, body: bytes, error: type[BadAnswer | RapiFailed], reason: str
) -> None:
    """There is something else, or nothing."""
    async with answering(always(body)) as url:
        with pytest.raises(error) as caught:
            await Gateway(session, url).rapi("$GC")
    assert isinstance(caught.value, BadAnswer | RapiFailed)
    assert caught.value.reason == reason


async def test_a_command_that_cannot_be_sent(session: aiohttp.ClientSession, newest: OpenEvse) -> None:
    """Nothing is."""
    for command in ("$FF E 0", "$GC\r$FD", "hello", "$FP 0 0 " + "x" * 30):
        with pytest.raises(InvalidArgument):
            await Gateway(session, newest.url).rapi(command)
    assert newest.requests == []


async def test_a_command_is_not_sent_twice(session: aiohttp.ClientSession) -> None:
    """Not even where the connection broke on which it was sent."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/status":
            return web.json_response({})
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(answer) as url:
        gateway = Gateway(session, url)
        await gateway.status()
        with pytest.raises(CannotConnect):
            await gateway.run(commands.PRESS_BUTTON)
    assert asked == ["/status", "/r"]
