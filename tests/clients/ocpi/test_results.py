"""Results that are posted to us: by whom we were told to expect them, and by everybody else."""

import asyncio
import json
from typing import override

import pytest

from custom_components.open_ev.clients.ocpi.callbacks import MAX_RESULT, NOWHERE, Pending, PendingResults
from custom_components.open_ev.clients.ocpi.credentials import Encoding
from custom_components.open_ev.clients.ocpi.errors import CannotConnect
from custom_components.open_ev.clients.ocpi.models import Result

from .conftest import OWN_TOKEN, TOKEN

GOOD = f"Token {OWN_TOKEN}"
ACCEPTED = b'{"result": "ACCEPTED"}'


class Door:
    """Opens and closes, and knows what is open."""

    def __init__(self, url: str | None = "https://home.example/api/webhook") -> None:
        """Open at this address."""
        self.open_ids: list[str] = []
        self._url = url

    async def open(self, pending_id: str) -> str | None:
        """Open one."""
        self.open_ids.append(pending_id)
        return None if self._url is None else f"{self._url}/{pending_id}"

    def close(self, pending_id: str) -> None:
        """Close one; twice is an error."""
        self.open_ids.remove(pending_id)


@pytest.fixture
def door() -> Door:
    """A way in."""
    return Door()


@pytest.fixture
def results(door: Door) -> PendingResults:
    """What is awaited."""
    return PendingResults(OWN_TOKEN, door)


def _deliver(results: PendingResults, pending: Pending, body: bytes, authorization: str | None = GOOD) -> int:
    reply = results.deliver(pending.id, authorization, body)
    json.dumps(reply.body)
    assert OWN_TOKEN not in str(reply.body)
    return reply.status


async def test_a_result(results: PendingResults, door: Door) -> None:
    """It comes once, and nobody is let in again."""
    pending = await results.expect()
    assert door.open_ids == [pending.id]
    assert pending.url == f"https://home.example/api/webhook/{pending.id}"
    reply = results.deliver(pending.id, GOOD, ACCEPTED)
    assert reply.status == 200
    assert reply.body["status_code"] == 1000
    assert str(reply.body["timestamp"]).endswith("Z")
    result = await pending.wait(1)
    assert result is not None
    assert result.result is Result.ACCEPTED
    assert door.open_ids == []
    assert _deliver(results, pending, b'{"result": "REJECTED"}') == 404
    assert pending.result is result


async def test_ids_are_not_guessed(results: PendingResults) -> None:
    """256 bits of chance, a new one each time."""
    ids = {(await results.expect()).id for _ in range(20)}
    assert len(ids) == 20
    assert {len(pending_id) for pending_id in ids} == {64}


@pytest.mark.parametrize(
    "authorization",
    [
        GOOD,
        f"token {OWN_TOKEN}",
        f"  Token   {OWN_TOKEN} ",
        f"Token {Encoding.BASE64.write(OWN_TOKEN)}",
    ],
)
async def test_tokens(results: PendingResults, authorization: str) -> None:
    """Raw or Base64."""
    pending = await results.expect()
    assert _deliver(results, pending, ACCEPTED, authorization) == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Token",
        "Token ",
        OWN_TOKEN,
        f"Bearer {OWN_TOKEN}",
        f"Token {TOKEN}",
        f"Token {OWN_TOKEN}x",
        f"Token {OWN_TOKEN[:-1]}",
        f"Token {OWN_TOKEN.upper()}",
        "Token \ud800é",
        f"Token {OWN_TOKEN} {OWN_TOKEN}",
        f"Token {Encoding.BASE64.write(Encoding.BASE64.write(OWN_TOKEN))}",
    ],
)
async def test_other_tokens(results: PendingResults, door: Door, authorization: str | None) -> None:
    """A stranger changes nothing, and the operator is still awaited."""
    pending = await results.expect()
    assert _deliver(results, pending, ACCEPTED, authorization) == 401
    assert pending.result is None
    assert door.open_ids == [pending.id]
    assert _deliver(results, pending, ACCEPTED) == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, 2001),
        (b"ACCEPTED", 400, 2001),
        (b"<html>", 400, 2001),
        (b'{"result": "ACCEPTED"', 400, 2001),
        (b'\xff{"result": ACCEPTED', 400, 2001),
        (b"[" * 10_000, 400, 2001),
        (b"{}", 200, 2001),
        (b'{"result": 1}', 200, 2001),
        (b'"ACCEPTED"', 200, 2001),
        (b"[]", 200, 2001),
        (b'[{"result": "ACCEPTED"}, {"result": "ACCEPTED"}]', 200, 2001),
        (b'{"result": "ACCEPTED"}' + b" " * MAX_RESULT, 413, 2000),
    ],
)
async def test_what_is_no_result(results: PendingResults, door: Door, body: bytes, status: int, code: int) -> None:
    """It is answered as the standard has it, and the result may still come."""
    pending = await results.expect()
    reply = results.deliver(pending.id, GOOD, body)
    assert (reply.status, reply.body["status_code"]) == (status, code)
    assert pending.result is None
    assert door.open_ids == [pending.id]


async def test_a_result_that_nobody_knows(results: PendingResults) -> None:
    """It is no yes."""
    pending = await results.expect()
    assert _deliver(results, pending, b'{"result": "MAYBE"}') == 200
    result = await pending.wait(1)
    assert result is not None
    assert result.result is Result.UNKNOWN


async def test_nobody_answers(results: PendingResults, door: Door) -> None:
    """After the wait it is dropped."""
    pending = await results.expect()
    assert await pending.wait(0.01) is None
    assert door.open_ids == [pending.id]
    pending.close()
    pending.close()
    assert door.open_ids == []
    assert await pending.wait(1) is None
    assert _deliver(results, pending, ACCEPTED) == 404


async def test_what_is_kept(results: PendingResults, door: Door) -> None:
    """A reservation's result may be followed by its end, which comes once."""
    ended: list[bool] = []
    pending = await results.expect()
    pending.keep(lambda: ended.append(True))
    for _ in range(2):
        assert _deliver(results, pending, ACCEPTED) == 200
    assert door.open_ids == [pending.id]
    assert (ended, pending.is_revoked) == ([], False)
    assert _deliver(results, pending, b'{"result": "CANCELED_RESERVATION"}') == 200
    assert (ended, pending.is_revoked) == ([True], True)
    assert door.open_ids == []
    assert _deliver(results, pending, b'{"result": "CANCELED_RESERVATION"}') == 404
    assert ended == [True]
    # What was granted first was granted.
    assert pending.result is not None
    assert pending.result.result is Result.ACCEPTED


async def test_what_is_not_granted_is_not_kept(results: PendingResults, door: Door) -> None:
    """Then nothing more is to come."""
    pending = await results.expect()
    pending.keep(lambda: None)
    assert _deliver(results, pending, b'{"result": "EVSE_OCCUPIED"}') == 200
    assert door.open_ids == []


async def test_closing(results: PendingResults, door: Door) -> None:
    """All is dropped, who waits goes on, and nothing is awaited any more."""
    pending = [await results.expect() for _ in range(3)]
    results.close()
    assert door.open_ids == []
    assert [await item.wait(1) for item in pending] == [None] * 3
    assert all(item.is_closed for item in pending)
    with pytest.raises(CannotConnect):
        await results.expect()


async def test_closing_while_one_is_opened() -> None:
    """Whoever has to wait for a door comes too late, and it is shut again."""

    class SlowDoor(Door):
        @override
        async def open(self, pending_id: str) -> str | None:
            """Take a while."""
            await asyncio.sleep(0.01)
            return await super().open(pending_id)

    door = SlowDoor()
    results = PendingResults(OWN_TOKEN, door)
    expecting = asyncio.create_task(results.expect())
    await asyncio.sleep(0)
    results.close()
    with pytest.raises(CannotConnect):
        await expecting
    assert door.open_ids == []


@pytest.mark.parametrize("door", [None, Door(None)])
async def test_no_way_in(door: Door | None) -> None:
    """An address has to be named all the same; it leads nowhere."""
    results = PendingResults(OWN_TOKEN, door)
    pending = await results.expect()
    assert pending.url == f"{NOWHERE}{pending.id}"
    results.close()
