"""What goes wrong with a simulated operator's HTTP."""

import asyncio

import aiohttp
import pytest

from simulators.cpo import Command, Cpo, Knobs, Module

from .cpo_emsp import Emsp, meet

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def ask(emsp: Emsp) -> int:
    """Ask for locations; returns the status."""
    return (await emsp.get(emsp.at("locations"))).status


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_statuses(status: int) -> None:
    """In place of an answer: nothing is done."""
    async with meet(Cpo(knobs=Knobs(status=status))) as emsp:
        assert (await emsp.get("/ocpi/versions")).status == status
        assert (await emsp.send(Command.UNLOCK_CONNECTOR)).status == status
        await emsp.cpo.settle()
        assert emsp.cpo.evse().unlocked == []
        emsp.cpo.heal()
        assert await ask(emsp) == 200


async def test_other_answers() -> None:
    """Which are none."""
    async with meet(Cpo()) as emsp:
        knobs = emsp.cpo.knobs
        for name, body in (
            ("html", b"<!DOCTYPE html>"),
            ("empty", b""),
            ("not_an_envelope", b'{"hello": "world"}'),
            ("wrong_types", b'{"data": 7, "status_code": 1000'),
            ("no_data", b'{"status_code": 1000'),
            ("nested", b"[[[[[[[["),
        ):
            setattr(knobs, name, True)
            reply = await emsp.get(emsp.at("locations"))
            assert (reply.status, reply.body[: len(body)]) == (200, body)
            assert ("html" in reply.headers["Content-Type"]) is (name == "html")
            knobs.heal()
        knobs.code = 3000
        reply = await emsp.get(emsp.at("locations"))
        assert (reply.status, reply.code, "data" in reply.envelope) == (200, 3000, False)


async def test_redirections() -> None:
    """With the body, if there is one."""
    async with meet(Cpo(knobs=Knobs(redirect="http://127.0.0.1:9/"))) as emsp:
        reply = await emsp.get(emsp.at("locations"))
        assert (reply.status, reply.headers["Location"]) == (302, "http://127.0.0.1:9/")
        assert (await emsp.send(Command.UNLOCK_CONNECTOR)).status == 307


async def test_hanging_up() -> None:
    """Before the answer, and in the middle of it; then the command is done."""
    async with meet(Cpo()) as emsp:
        emsp.cpo.knobs.hang_up = True
        with pytest.raises(aiohttp.ClientError):
            await emsp.send(Command.UNLOCK_CONNECTOR)
        emsp.cpo.heal()
        emsp.cpo.knobs.hang_up_midway = True
        with pytest.raises(aiohttp.ClientError):
            await emsp.send(Command.UNLOCK_CONNECTOR)
        await emsp.cpo.settle()
        assert emsp.cpo.evse().unlocked == ["1"]
        assert len(emsp.heard) == 1


async def test_silence() -> None:
    """Until the operator stops."""
    async with meet(Cpo(knobs=Knobs(silent=True))) as emsp:
        asking = asyncio.create_task(ask(emsp))
        await asyncio.wait([asking], timeout=0.1)
        assert not asking.done()
        await emsp.cpo.stop()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_slowness() -> None:
    """The answer is right, and late; others may ask meanwhile."""
    async with meet(Cpo(knobs=Knobs(slow=0.1))) as emsp:
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert set(await asyncio.gather(ask(emsp), ask(emsp))) == {200}
        assert loop.time() - before >= 0.1
        assert emsp.cpo.most_at_once == 2


async def test_bodies() -> None:
    """Cut off, too large, of unknown length, or larger than they look."""
    async with meet(Cpo()) as emsp:
        knobs, right = emsp.cpo.knobs, len((await emsp.get(emsp.at("locations"))).body)
        knobs.cut_off = True
        reply = await emsp.get(emsp.at("locations"))
        assert (len(reply.body), reply.headers["Content-Length"]) == (right // 2, str(right // 2))
        knobs.heal()
        knobs.huge = 2_000_000
        assert len((await emsp.get(emsp.at("locations"))).list) == 2
        knobs.chunked = True
        reply = await emsp.get(emsp.at("locations"))
        assert ("Content-Length" in reply.headers, len(reply.body)) == (False, right + 2_000_000)
        knobs.chunked, knobs.compressed = False, True
        reply = await emsp.get(emsp.at("locations"))
        assert (reply.headers["Content-Encoding"], len(reply.body)) == ("gzip", right + 2_000_000)


async def test_some_modules_some_times() -> None:
    """What goes wrong may be for one module, and end by itself."""
    knobs = Knobs(status=500, modules=frozenset({Module.LOCATIONS}), for_requests=2)
    async with meet(Cpo(knobs=knobs)) as emsp:
        assert (await emsp.get("/ocpi/versions")).status == 200
        assert [await ask(emsp) for _ in range(3)] == [500, 500, 200]
        assert (await emsp.get("/ocpi/versions")).status == 200
