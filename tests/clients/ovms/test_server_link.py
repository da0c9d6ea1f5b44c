"""The link to a server: it comes, goes and comes back, and nothing that a server says can hurt it."""

import asyncio
from datetime import datetime
import logging
import socket
import struct
import time
import tracemalloc
from typing import override

import pytest

from custom_components.open_ev.clients.ovms import server as server_module, server_login, server_session
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError, OvmsError
from custom_components.open_ev.clients.ovms.server import Mode, Server, VehicleLogin
from custom_components.open_ev.clients.ovms.server_login import ClientKind
from custom_components.open_ev.clients.ovms.server_session import MAX_LINE, Lines, open_session
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.ovms_server import OvmsServer
from tests.clients.waiting import eventually

from .scripted_server import ACCOUNT, BURST, PASSWORD, Script, Visit, at, following, impatient, of, scripted

__all__ = ["impatient"]

pytestmark = pytest.mark.usefixtures("nothing_is_left", "impatient")


async def _tell(visit: Visit) -> None:
    await visit.say(*BURST)
    await visit.stay()


async def test_it_comes_up_with_all_that_was_stored() -> None:
    """Who is told that it is up finds the readings there."""
    async with scripted(_tell) as port, following(at(port)) as client:
        assert not client.link.connected
        await client.connected()
        assert client.changes == [None]
        assert client.vehicle.link_connected
        assert client.vehicle.online
        assert client.vehicle.value("v.b.soc") == 53.7
        assert client.link.connected


async def test_by_account() -> None:
    """Its messages are plain, and have no word before them."""

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        await visit.say(f"c7,0,{await visit.hear_command()}")
        await visit.stay()

    async with scripted(script) as port, following(at(port, ACCOUNT)) as client:
        await client.connected()
        assert client.vehicle.value("v.b.soc") == 53.7
        assert await client.link.execute("stat", timeout=1, careful=True) == "C7,stat"


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_lines_come_in_any_pieces(size: int) -> None:
    """One byte after the other, or all at once with the welcome."""

    async def script(visit: Visit) -> None:
        data = b"".join(map(visit.line, BURST))
        for start in range(0, len(data), size):
            visit.writer.write(data[start : start + size])
            await visit.writer.drain()
            await asyncio.sleep(0)
        await visit.stay()

    async with scripted(script) as port, following(at(port)) as client:
        await client.connected()
        assert client.vehicle.value("v.b.soc") == 53.7
        assert client.vehicle.unreadable == 0


def test_a_line_may_come_byte_by_byte() -> None:
    """And an endless one is given up, whatever its pieces are."""
    lines = Lines()
    found = [line for byte in b"ab\n\nc\n" * 2 for line in lines.feed(bytes([byte]))]
    assert found == [b"ab", b"", b"c"] * 2
    for _ in range(MAX_LINE):
        assert lines.feed(b"x") == []
    with pytest.raises(CannotConnect):
        lines.feed(b"x")


async def test_a_server_that_comes_back() -> None:
    """Readings stay, and what was stored meanwhile is told."""
    async with OvmsServer() as simulator:
        simulator.add_vehicle("DEMO1", PASSWORD)
        simulator.store("DEMO1", "S50.5,K")
        async with following(of(simulator)) as client:
            await client.connected()
            await simulator.stop()
            await eventually(lambda: not client.link.connected)
            assert client.vehicle.value("v.b.soc") == 50.5
            simulator.store("DEMO1", "S61.5,K")
            await simulator.start()
            await client.connected()
            assert client.vehicle.value("v.b.soc") == 61.5
            assert isinstance(await client.error(), CannotConnect)
            assert client.changes[-1] is None


async def test_settings_are_asked_for_before_each_try() -> None:
    """Whoever changes the password does not have to start anew."""
    passwords = iter([PASSWORD])

    def current() -> Server:
        return at(simulator.port, VehicleLogin(vehicle_id="DEMO1", password=next(passwords, PASSWORD)))

    async with OvmsServer() as simulator:
        simulator.add_vehicle("DEMO1", PASSWORD)
        passwords = iter(["wrong"])
        async with following(current) as client:
            await client.connected()
            assert isinstance(client.changes[0], ConnectionRefused)


async def test_whoever_is_refused_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may lock out who hammers at it."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds > 20:
            pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(server_module, "REFUSED_RETRY_SECONDS", 30.0)
    monkeypatch.setattr(asyncio, "sleep", note)
    async with OvmsServer() as simulator, following(of(simulator)) as client:
        assert isinstance(await client.error(9), ConnectionRefused)
    expected = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert all(0.7 * whole <= pause <= whole for pause, whole in zip(pauses, expected, strict=False))
    assert len(pauses) >= 9


async def test_a_server_that_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ping that nobody answers is the only sign."""
    monkeypatch.setattr(server_session, "PING_SECONDS", 0.1)
    monkeypatch.setattr(server_session, "PONG_SECONDS", 0.1)
    async with OvmsServer() as simulator:
        simulator.add_vehicle("DEMO1", PASSWORD)
        async with following(of(simulator)) as client:
            await client.connected()
            await simulator.until(lambda: simulator.messages("DEMO1").count("A") > 3)
            assert client.changes == [None]
            simulator.knobs.silent = True
            assert "silent" in str(await client.error())


async def test_a_server_is_asked_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for its answer is a part of the minute."""
    monkeypatch.setattr(server_session, "PING_SECONDS", 0.4)
    monkeypatch.setattr(server_session, "PONG_SECONDS", 0.2)
    asked: list[float] = []

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        while True:
            if await visit.hear() == "A":
                asked.append(asyncio.get_running_loop().time())
                await visit.say("a")

    async with scripted(script) as port, following(at(port)) as client:
        await client.connected()
        await eventually(lambda: len(asked) > 3)
        assert 0.35 < (asked[3] - asked[0]) / 3 < 0.5
        assert client.changes == [None]


async def test_a_connection_that_breaks() -> None:
    """It is a loss like any other."""

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        await asyncio.sleep(0.05)
        # With this, the end is a reset.
        linger = struct.pack("ii", 1, 0)
        visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        visit.writer.transport.abort()

    async with scripted(script) as port, following(at(port)) as client:
        assert "lost" in str(await client.error())


async def test_a_steady_connection_is_missed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one that broke soon after it began is tried again with more and more patience."""
    monkeypatch.setattr(server_module, "STEADY_SECONDS", 0.02)
    monkeypatch.setattr(server_module, "FIRST_RETRY_SECONDS", 0.02)

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        await asyncio.sleep(0.05)

    async with scripted(script) as port, following(at(port)) as client:
        began = time.monotonic()
        await client.error(8)
        # With doubled pauses it would have been five seconds.
        assert time.monotonic() - began < 2.5


async def test_a_closed_connection_takes_nothing() -> None:
    """Whoever is about to send learns that."""
    async with scripted(_tell) as port:
        session = await open_session(at(port), ClientKind.APP)
        await session.close()
        with pytest.raises(LinkError):
            session.send("A")


async def _silence(visit: Visit) -> None:
    await visit.stay()


async def _garbage(visit: Visit) -> None:
    await visit.say("Z1")
    visit.writer.write(b"\xff\x00 not base64 at all\r\n")
    await visit.stay()


async def _no_envelope(visit: Visit) -> None:
    await visit.say("Z1")
    visit.writer.write(b"aGVsbG8gd29ybGQ=\r\n")
    await visit.stay()


async def _lost_byte(visit: Visit) -> None:
    line = visit.line(BURST[1])
    visit.writer.write(line[:20] + line[24:] + visit.line("Z1"))
    await visit.stay()


async def _empty_lines(visit: Visit) -> None:
    visit.writer.write(b"\r\n" * 100_000)
    await visit.stay()


async def _endless_line(visit: Visit) -> None:
    for _ in range(40):
        visit.writer.write(b"A" * 65536)
        await visit.writer.drain()
    await visit.stay()


async def _close(visit: Visit) -> None:
    await visit.say("Z1")


@pytest.mark.parametrize("script", [_silence, _garbage, _no_envelope, _lost_byte, _empty_lines, _endless_line, _close])
async def test_a_server_that_makes_no_sense_is_left(
    script: Script, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And tried again; nothing of it is believed or remembered."""
    # Without it, what a ruined cipher makes of a line would be another each time.
    monkeypatch.setattr(server_login, "new_token", lambda: "ClientTokenClientToken")
    caplog.set_level(logging.DEBUG)
    async with scripted(script) as port, following(at(port)) as client:
        assert isinstance(await client.error(2), CannotConnect)
        assert not client.link.connected
        assert client.vehicle.readings == {}
        assert None not in client.changes
    assert PASSWORD not in caplog.text


async def test_nobody_waits_for_a_flood() -> None:
    """A megabyte in a line, and a hundred thousand lines: others have their turn, and the memory does not grow."""

    async def script(visit: Visit) -> None:
        await visit.say(*BURST)
        for _ in range(3):
            await visit.say(f"S{'9' * 1_000_000}", f"D{',' * 700_000}", f"c7,0,{'x' * 700_000}", f"P{'A' * 700_000}")
        for number in range(20):
            visit.writer.write(b"".join(visit.line(f"S{number}.5,K" if number % 2 else "q") for _ in range(500)))
            await visit.writer.drain()
        await visit.say("S42.5,K")
        await visit.stay()

    turns = 0
    async with scripted(script) as port, following(at(port, ACCOUNT)) as client:
        await client.connected()
        tracemalloc.start()
        while client.vehicle.value("v.b.soc") != 42.5:
            await asyncio.sleep(0)
            turns += 1
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert client.vehicle.unreadable == 6
    assert turns > 100
    assert held < 8 * 1024 * 1024


async def test_what_is_wrong_in_the_client_is_not_hidden() -> None:
    """An error of its own ends it, and is told."""

    class Broken(Vehicle):
        @override
        def report_heard(self) -> datetime:
            raise ZeroDivisionError

    async def script(visit: Visit) -> None:
        await visit.say(*BURST, BURST[2])
        await visit.stay()

    with pytest.raises(ZeroDivisionError):
        async with scripted(script) as port, following(at(port), vehicle=Broken()) as client:
            await asyncio.wait([client.task])


async def test_what_is_wrong_while_asking_a_car_to_send_is_not_hidden_either() -> None:
    """In economy mode that goes on beside the reading."""

    class Broken(Vehicle):
        @override
        def flag(self, name: str) -> bool | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with scripted(_tell) as port, following(at(port), vehicle=Broken(), mode=Mode.ECONOMY) as client:
            await asyncio.wait([client.task])


async def test_without_a_connection_there_are_no_commands() -> None:
    """Nothing is sent."""
    async with scripted(_silence) as port, following(at(port)) as client:
        with pytest.raises(LinkError):
            await client.link.execute("lock 1", timeout=1, careful=True)
        with pytest.raises(OvmsError):
            await client.link.read_config("vehicle", "id")


async def test_a_module_that_hides_what_it_says_is_told_of() -> None:
    """Its owner chose a password of its own for the messages."""

    async def script(visit: Visit) -> None:
        await visit.say("Z1", "ETtoken", "EMSabc", "T5")
        await visit.stay()

    async with scripted(script) as port, following(at(port)) as client:
        await client.connected()
        assert client.link.paranoid
