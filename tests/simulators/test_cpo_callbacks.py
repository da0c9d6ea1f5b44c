"""The results that a simulated operator posts, and what may be wrong with them."""

import asyncio
import json
from pathlib import Path
import ssl

from aiohttp import web
import pytest

from simulators.cpo import CallbackFault, Command, Cpo, Encoding, Order, Quirk, Version

from .cpo_emsp import meet

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize("encoding", [None, *Encoding])
@pytest.mark.parametrize("version", list(Version))
async def test_what_is_posted(version: Version, encoding: Encoding | None) -> None:
    """The eMSP's own token, in the encoding of the version or the operator's; ids since 2.2; the result, bare."""
    async with meet(Cpo(version, encoding=encoding)) as emsp:
        cpo = emsp.cpo
        await cpo.settle()
        emsp_headers = {"Authorization": f"Token {(encoding or version.encoding).write(cpo.token)}"}
        body = emsp.body(Command.START_SESSION)
        await emsp.ask("POST", emsp.at("commands/START_SESSION"), said=body, headers=emsp_headers)
        heard = await emsp.hear()
        assert heard.headers["Authorization"] == f"Token {(encoding or version.encoding).write(cpo.callback_token)}"
        assert heard.headers["Content-Type"] == "application/json"
        assert ("X-Request-ID" in heard.headers) is (version is not Version.V2_1_1)
        assert set(json.loads(heard.body)) == ({"result"} if version is Version.V2_1_1 else {"result", "message"})
        await cpo.settle()
        [posted] = cpo.callbacks
        assert (posted.command, posted.url, posted.status) == ("START_SESSION", f"{emsp.url}/START_SESSION", 200)
        assert b"1000" in posted.answer
        assert posted.body == heard.body


USUAL = b'{"result": "ACCEPTED", "message": []}'
ENCODED = Encoding.BASE64.write("OURS")
RIGHT = f"Token {ENCODED}"
WRONG = f"Token {Encoding.BASE64.write('not-OURS')}"
SHOWN: dict[CallbackFault, list[str | None]] = {
    CallbackFault.NEVER: [],
    CallbackFault.TWICE: [RIGHT, RIGHT],
    CallbackFault.WRONG_TOKEN: [WRONG],
    CallbackFault.WRONG_TOKEN_FIRST: [WRONG, RIGHT],
    CallbackFault.NO_TOKEN: [None],
    CallbackFault.OTHER_ENCODING: ["Token OURS"],
    CallbackFault.OTHER_SCHEME: [f"Bearer {ENCODED}"],
    # More than this server takes.
    CallbackFault.HUGE: [],
}
BODIES = {
    CallbackFault.GARBAGE: b'\xff{"result": ACCEPTED',
    CallbackFault.NOT_AN_OBJECT: b'"ACCEPTED"',
    CallbackFault.NO_RESULT: b'{"message": []}',
    CallbackFault.LISTED: b"[" + USUAL + b"]",
    CallbackFault.LOWER_CASE: USUAL.lower(),
}


@pytest.mark.parametrize("fault", list(CallbackFault))
async def test_faults(fault: CallbackFault) -> None:
    """Each is seen by who listens; the command is done whatever is posted."""
    async with meet(Cpo(callback_token="OURS")) as emsp:
        emsp.cpo.plug_in()
        emsp.cpo.scripts[Command.START_SESSION].fault = fault
        assert (await emsp.send(Command.START_SESSION)).data["result"] == "ACCEPTED"
        await emsp.cpo.settle()
        assert emsp.cpo.charging()
        shown = [heard.headers.get("Authorization") for heard in emsp.heard]
        assert shown == SHOWN.get(fault, [RIGHT])
        for heard in emsp.heard:
            if fault is CallbackFault.WRAPPED:
                assert json.loads(heard.body)["data"] == json.loads(USUAL)
            else:
                assert heard.body == BODIES.get(fault, USUAL)
        sizes = [len(posted.body) for posted in emsp.cpo.callbacks]
        assert (max(sizes, default=0) > 1_000_000) is (fault is CallbackFault.HUGE)


async def test_a_cancelled_reservation_may_be_wrong_as_well() -> None:
    """In a way of its own."""
    async with meet(Cpo()) as emsp:
        await emsp.do(Command.RESERVE_NOW)
        emsp.cpo.cancel_reservation("7", fault=CallbackFault.NO_TOKEN)
        await emsp.cpo.settle()
        assert [heard.headers.get("Authorization") is None for heard in emsp.heard] == [False, True]


async def test_without_ids() -> None:
    """Not every operator sends them."""
    async with meet(Cpo(quirks=[Quirk.NO_REQUEST_IDS])) as emsp:
        await emsp.do(Command.START_SESSION)
        assert "X-Request-ID" not in emsp.heard[0].headers


async def test_nobody_is_there() -> None:
    """No second try is made."""
    async with meet(Cpo()) as emsp:
        reply = await emsp.send(Command.START_SESSION, response_url="http://127.0.0.1:9/nobody")
        assert reply.data["result"] == "ACCEPTED"
        await emsp.cpo.settle()
        assert [posted.status for posted in emsp.cpo.callbacks] == [None]


async def test_a_redirection_is_not_followed() -> None:
    """A token is for one address only."""
    async with meet(Cpo()) as emsp:
        application = web.Application()

        async def lead(request: web.Request) -> web.Response:
            del request
            return web.Response(status=307, headers={"Location": f"{emsp.url}/elsewhere"})

        application.router.add_post("/", lead)
        runner = web.AppRunner(application)
        await runner.setup()
        assert runner.server is not None
        listener = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        await emsp.send(Command.START_SESSION, response_url=f"http://127.0.0.1:{port}/")
        await emsp.cpo.settle()
        assert [posted.status for posted in emsp.cpo.callbacks] == [307]
        assert emsp.heard == []
        listener.close()
        await runner.cleanup()


async def test_results_before_the_answer_wait_for_each_other() -> None:
    """The answer comes when the eMSP has taken the result."""
    async with meet(Cpo()) as emsp:
        emsp.waits = asyncio.Event()
        emsp.cpo.scripts[Command.UNLOCK_CONNECTOR].order = Order.BEFORE
        sending = asyncio.create_task(emsp.send(Command.UNLOCK_CONNECTOR))
        await emsp.hear()
        assert not sending.done()
        emsp.waits.set()
        assert (await sending).data["result"] == "ACCEPTED"


async def test_a_stop_ends_what_is_due() -> None:
    """Nothing is posted after it."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.scripts[Command.START_SESSION].delay = 60
        await emsp.send(Command.START_SESSION)
        await emsp.cpo.stop()
        await emsp.cpo.settle()
        assert emsp.cpo.callbacks == []


async def test_a_stop_lets_who_is_being_told_hear() -> None:
    """For a moment; who does not answer by then is not waited for."""
    async with meet(Cpo()) as emsp:
        for answers in (True, False):
            emsp.waits = asyncio.Event()
            emsp.heard.clear()
            await emsp.send(Command.UNLOCK_CONNECTOR)
            await emsp.hear()
            stopping = asyncio.create_task(emsp.cpo.stop())
            if answers:
                asyncio.get_running_loop().call_later(0.02, emsp.waits.set)
            await stopping
            assert [posted.status for posted in emsp.cpo.callbacks] == [200]
            await emsp.cpo.start()
            emsp.waits.set()


async def test_https(certificate: tuple[Path, Path]) -> None:
    """Posted to https where its certificate is trusted, and not where it is not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    taken: list[str] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.text())
        return web.Response()

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    assert runner.server is not None
    listener = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0, ssl=server)
    url = f"https://localhost:{listener.sockets[0].getsockname()[1]}/"
    for trusts, statuses in ((ssl.create_default_context(cafile=certificate[0]), [200]), (None, [None])):
        async with meet(Cpo(trusts=trusts)) as emsp:
            await emsp.send(Command.START_SESSION, response_url=url)
            await emsp.cpo.settle()
            assert [posted.status for posted in emsp.cpo.callbacks] == statuses
    assert len(taken) == 1
    listener.close()
    await runner.cleanup()
