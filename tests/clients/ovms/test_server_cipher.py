"""A whole short connection to the real Perl server, recorded: what each side proved, and every line of both."""

import base64
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
import pytest

from custom_components.open_ev.clients.ovms import cipher
from custom_components.open_ev.clients.ovms.cipher import digest, is_digest, new_token, session_key, stream
from custom_components.open_ev.clients.ovms.errors import CannotConnect
from custom_components.open_ev.clients.ovms.server_messages import Messages
from custom_components.open_ev.clients.ovms.vehicle import Vehicle

PASSWORD = "testcar-server-secret"
RECORDING = (Path(__file__).parents[2] / "fixtures" / "ovms" / "server_v2_capture.txt").read_text().splitlines()
LOGIN, WELCOME = RECORDING[2].split()[1:], RECORDING[3].split()[1:]
KEY = bytes.fromhex("dd0219f5078fec872b620d174930243f")


def _lines(side: str) -> list[tuple[bytes, str]]:
    """The lines of one side after the login: as they were sent, and what they say."""
    pairs = pairwise(RECORDING[5:])
    return [
        (base64.b64decode(sent[3:]), said.strip().removeprefix("= ")) for sent, said in pairs if sent.startswith(side)
    ]


def test_both_sides_prove_that_they_know_the_password() -> None:
    """The digests are those of the recording, with their padding or without."""
    assert digest(PASSWORD, LOGIN[2]) == LOGIN[3]
    assert is_digest(PASSWORD, WELCOME[2], WELCOME[3])
    assert is_digest(PASSWORD, WELCOME[2], WELCOME[3].rstrip("="))
    assert not is_digest("another", WELCOME[2], WELCOME[3])
    assert not is_digest(PASSWORD, WELCOME[2], "é")


def test_the_key_follows_from_both_tokens() -> None:
    """The server's token comes first."""
    assert session_key(PASSWORD, WELCOME[2], LOGIN[2]) == KEY


@pytest.mark.parametrize(("side", "count"), [("<", 10), (">", 2)])
def test_the_cipher_runs_on_over_all_lines(side: str, count: int) -> None:
    """Each side has one of its own; both start alike."""
    lines = _lines(side)
    assert len(lines) == count
    decrypt = stream(KEY)
    assert [decrypt.update(sent).decode() for sent, _ in lines] == [said for _, said in lines]


def test_tokens_differ() -> None:
    """Twenty-two characters out of sixty-four."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {22}


def test_a_machine_without_the_old_cipher_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL can be built without it."""

    def refuse(_: bytes) -> object:
        raise UnsupportedAlgorithm("no RC4")

    monkeypatch.setattr(cipher, "ARC4", refuse)
    with pytest.raises(CannotConnect, match="RC4"):
        stream(KEY)


async def test_the_recorded_car_is_understood() -> None:
    """What the real server told of it."""
    vehicle = Vehicle()
    answers: list[tuple[str, str]] = []
    messages = Messages(vehicle, lambda code, answer: answers.append((code, answer)), lambda: None)
    for _, said in _lines("<"):
        messages.take(said.removeprefix("MP-0 "))
    assert vehicle.unreadable == 0
    assert answers == [("31", "1,No historical data available")]
    assert not vehicle.online
    assert {name: reading.value for name, reading in vehicle.readings.items() if name in EXPECTED} == EXPECTED
    vehicle.close()


EXPECTED = {
    "m.net.mdm.mode": "LTE,Online",
    "m.net.provider": "Bench Télécom",
    "m.net.sq": -79,
    "v.b.12v.current": -0.4,
    "v.b.capacity": 58.2,
    "v.b.current": -28.2,
    "v.b.energy.recd": 0.911,
    "v.b.power": -10.2,
    "v.b.range.speed": 70.4,
    "v.b.soc": 53.7,
    "v.c.charging": True,
    "v.c.kwh": 6.8,
    "v.c.kwh.grid.total": 1519.6,
    "v.c.state": "charging",
    "v.c.substate": "onrequest",
    "v.d.cp": True,
    "v.d.fl": True,
    "v.d.fr": False,
    "v.e.drivemode": 26,
    "v.e.locked": True,
    "v.e.on": False,
    "v.p.latitude": 52.379189,
    "v.p.odometer": 43210.7,
    "v.p.speed": 0.0,
    "v.t.pressure": (250.1, 251.3, 262.4, 260.0),
    "v.t.temp": (17.0, 18.0, 16.0, 17.0),
    "v.type": "DEMO",
}
