"""Logging in to the simulated OVMS server, and the cipher, against what was recorded from a real one."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from pathlib import Path
import ssl

import pytest

from simulators.ovms_server import CipherLines, Knobs, Login, OvmsServer, digest, session_key

from .ovms_visitor import PASSWORD, TOKEN, VEHICLE, Visitor, key_stream, keyed, proof, visit

RECORDED_PASSWORD = "testcar-server-secret"
CLIENT_TOKEN, SERVER_TOKEN = "BenchClientTokenABCDEF", "K0UFq5gkPrXyk3OC6L70hQ"
SESSION_KEY = "dd0219f5078fec872b620d174930243f"
RECORDED_SERVER = {
    "qAdMyH7/gA==": "Z0",
    "QTDV5YmICEEVXtT6rndiYyOYBatfav/ezi6rZc9C55q9zJPpYL89fzpEFiVe5m6VuoniiC5vN1W0OG7A+/RXOiDNDLNr1wxsG2Z+uuH9PEUEnb3N7NX"
    "BG7UTmtuuVHPR2vXMmDrRyrCe18rWrv8lxA53r2Oxedzgznqp03g8tW1t3Y54Bw0aQDHxxIxE/SPZLq+6h8dUoBhQ2fjNd7BTRSwp4gNh1Q03YZfPj"
    "sJRg67vsGakjgLDa6z68qodGKDrzOUA4NpvZsk2X1VFVaHhRwKxvWVdmDk=": "F3.3.005-800-gbench/ota_0/main (build idf v3.3.4-"
    "849-g6e214dc335 Aug 22 2026 10:00:00),BENCH00000000TEST,17,1,DEMO,Bench Télécom,12345,1811808000,OVMS WIFI BLE BT"
    " cores=2 rev=ESP32/3; MODEM SIM7600,LTE;Online",
    "OKYYGHzd2XnGqCFLuU+piTf0fcixmo8FH4ei9yBwPajMbHN8UHUv6ljD3gZITwtRWYMOcUZVlEc5oojL2negAZXeESYCkrm+5DxxBy+yM+sLTm2GmaW"
    "himorzQh6jkXumW8LasfflMYsWE7VQu/5pD/q6Z2DCuHv6vtKoXwtkF7CIYTrWTH05vmO2pINXXYkOCCS2vQ79XsOF2DNQMfdRc7zZiIDbzU9c4j2A"
    "JtMb4qn": "S53.7,K,231,15.70,charging,standard,215,192,16,2400,0,68,3,1,0,0,0,0,152.75,260,150,0,80,-1,0,0,0,-1,150"
    ",402,0,10.20,361.40,98.40,10.90,93.50,-28.20,70.4,7.3,1519.6,58.2,-1",
}
RECORDED_CLIENT = {"qAdMyH7k": "A", "/VxNyPXq/QpDFEHU+rZqa34jhA==": "C31,2100-01-01"}


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[OvmsServer]:
    """A server whose time stands still, with two vehicles of one account and one of another."""
    server = OvmsServer(speed=0)
    server.add_vehicle(VEHICLE, PASSWORD, owner="family")
    server.add_vehicle("ALSO", "other", owner="family")
    server.add_vehicle("FOREIGN", "third", owner="stranger")
    server.add_account("family", "password", {"good": ["v2"], "all": ["*"], "bad": ["auth"]})
    server.add_account("nobody", "password")
    async with server:
        yield server


# The cipher


def test_recorded_login() -> None:
    """The digests and the key are those of the real server."""
    assert digest(RECORDED_PASSWORD, CLIENT_TOKEN) == "NGppJhso+hbyRDZ6N3PbNw=="
    assert digest(RECORDED_PASSWORD, SERVER_TOKEN) == "El8tzI9aAw3DmiN/p2JrDQ=="
    assert session_key(RECORDED_PASSWORD, SERVER_TOKEN, CLIENT_TOKEN).hex() == SESSION_KEY


@pytest.mark.parametrize("recorded", [RECORDED_SERVER, RECORDED_CLIENT])
def test_recorded_lines(recorded: dict[str, str]) -> None:
    """Each direction has its own cipher, which starts as the other one does."""
    key = bytes.fromhex(SESSION_KEY)
    reads, writes = CipherLines(key), CipherLines(key)
    assert [reads.decode(line.encode()) for line in recorded] == list(recorded.values())
    assert [writes.encode(message).decode() for message in recorded.values()] == list(recorded)


def test_visitor_agrees() -> None:
    """The tests' own cipher is another one, and the same."""
    assert keyed(RECORDED_PASSWORD, SERVER_TOKEN + CLIENT_TOKEN).hex() == SESSION_KEY
    read = key_stream(bytes.fromhex(SESSION_KEY))
    found = [read(base64.b64decode(line)).decode() for line in RECORDED_SERVER]
    assert found == [f"MP-0 {message}" for message in RECORDED_SERVER.values()]


@pytest.mark.parametrize("line", [b"", b"?", b"AAAAAAAA", b"qAdMyH4="])
def test_lines_that_make_no_sense(line: bytes) -> None:
    """Nothing is read from what was not hidden by this cipher, and nothing from a message without a code."""
    assert CipherLines(bytes.fromhex(SESSION_KEY)).decode(line) is None


# Scheme 0


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_vehicle_login(server: OvmsServer, kind: str) -> None:
    """The server proves that it knows the password, too, and talks by the cipher from then on."""
    visitor = await Visitor.connect(server)
    _, scheme, token, told = (await visitor.log_in(kind)).split()
    assert (scheme, told) == ("0", proof(PASSWORD, token))
    assert token != TOKEN
    assert (await visitor.hear())[0] == "Z"
    assert server.logins == [Login(kind, "0", VEHICLE, accepted=True)]
    await visitor.close()


async def test_forgiving_login(server: OvmsServer) -> None:
    """Upper and lower case are the same, the padding of the digest may be missing, and LF alone ends a line."""
    visitor = await Visitor.connect(server)
    visitor.write(f"MP-A 0 {TOKEN} {proof(PASSWORD, TOKEN).rstrip('=')} demo1\n".encode())
    assert (await visitor.line()).startswith("MP-S 0 ")
    await visitor.close()


@pytest.mark.parametrize(
    "line",
    [
        f"MP-A 0 {TOKEN} {proof('wrong', TOKEN)} {VEHICLE}",
        f"MP-A 0 {TOKEN} {proof(PASSWORD, TOKEN)} UNKNOWN",
        f"MP-A 2 {TOKEN} {proof(PASSWORD, TOKEN)} {VEHICLE}",
        f"MP-S 0 {TOKEN} {proof(PASSWORD, TOKEN)} {VEHICLE}",
        f"MP-X 0 {TOKEN} {proof(PASSWORD, TOKEN)} {VEHICLE}",
        "MP-A 0",
        "GET / HTTP/1.1",
        "",
        "MP-A 1 family wrong *",
        "MP-A 1 family bad *",
        "MP-A 1 unknown password *",
        "MP-A 1 nobody password DEMO1",
        f"MP-A 1 stranger password {VEHICLE}",
        "MP-A 1 family password FOREIGN",
    ],
)
async def test_refused_login(server: OvmsServer, line: str) -> None:
    """Whatever is wrong: the connection ends, and not a byte is said."""
    visitor = await Visitor.connect(server)
    visitor.write(f"{line}\r\n".encode())
    assert await visitor.line() == ""
    assert not any(login.accepted for login in server.logins)
    await visitor.close()


async def test_no_login(server: OvmsServer) -> None:
    """Who says nothing for half a minute is shown out."""
    visitor = await Visitor.connect(server)
    await server.until(lambda: server.strangers)
    await server.tick(29)
    assert server.strangers == 1
    await server.tick(1)
    assert await visitor.line() == ""
    await visitor.close()


# Scheme 1


@pytest.mark.parametrize(
    ("secret", "asked", "given"),
    [("password", "*", "ALSO"), ("good", "demo1", VEHICLE), ("all", VEHICLE, VEHICLE)],
)
async def test_account_login(server: OvmsServer, secret: str, asked: str, given: str) -> None:
    """A password or a token that may; a star is the first vehicle, and all of them are told."""
    visitor = await Visitor.connect(server)
    assert await visitor.log_in_by_account("family", secret, asked) == f"MP-S 1 family {given} ALSO {VEHICLE}"
    assert await visitor.burst() == ["Z0", "T3020399"]
    visitor.say("A")
    assert await visitor.hear() == "a"
    await visitor.close()


async def test_account_without_vehicle(server: OvmsServer) -> None:
    """It is let in if it asks for any, and told of none; it can also be refused like a wrong password."""
    visitor = await Visitor.connect(server)
    assert await visitor.log_in_by_account("nobody", "password", "*") == "MP-S 1 nobody  "
    visitor.say("A")
    assert await visitor.line() == ""
    await visitor.close()
    server.knobs.refuse_without_vehicle = True
    visitor = await Visitor.connect(server)
    visitor.write(b"MP-A 1 nobody password *\r\n")
    assert await visitor.line() == ""
    await visitor.close()


# TLS, and what goes wrong on purpose


async def test_tls(socket_enabled: None, certificate: tuple[Path, Path]) -> None:
    """The same protocol inside of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with OvmsServer(tls=context, speed=0) as server:
        server.add_vehicle(VEHICLE, PASSWORD)
        visitor = await Visitor.connect(server, ssl.create_default_context(cafile=str(certificate[0])))
        assert await visitor.log_in()
        assert await visitor.burst() == ["Z0", "T3020399"]
        await visitor.close()


async def test_server_that_does_not_prove_itself(server: OvmsServer) -> None:
    """A wrong digest; and a token that is the client's own, with a digest that is right for it."""
    server.knobs.wrong_digest = True
    async with visit(server):
        pass
    visitor = await Visitor.connect(server)
    _, _, token, told = (await visitor.log_in()).split()
    assert told != proof(PASSWORD, token)
    await visitor.close()
    server.knobs.heal()
    server.knobs.echo_token = True
    visitor = await Visitor.connect(server)
    assert await visitor.log_in() == f"MP-S 0 {TOKEN} {proof(PASSWORD, TOKEN)}"
    await visitor.close()


@pytest.mark.parametrize("knobs", [Knobs(refuse=True), Knobs(hang_up=True)])
async def test_refusing_everybody(server: OvmsServer, knobs: Knobs) -> None:
    """The end of the connection is all there is."""
    server.knobs.refuse, server.knobs.hang_up = knobs.refuse, knobs.hang_up
    visitor = await Visitor.connect(server)
    assert await visitor.log_in() == ""
    await visitor.close()


async def test_odd_welcomes(server: OvmsServer) -> None:
    """None at all, and any other."""
    server.knobs.no_welcome = True
    visitor = await Visitor.connect(server)
    visitor.write(f"MP-A 0 {TOKEN} {proof(PASSWORD, TOKEN)} {VEHICLE}\r\n".encode())
    await server.until(lambda: server.logins)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await visitor.line()
    await visitor.close()
    server.knobs.heal()
    server.knobs.welcome = b"220 mail.example.org ESMTP\r\n"
    visitor = await Visitor.connect(server)
    visitor.write(f"MP-A 0 {TOKEN} {proof(PASSWORD, TOKEN)} {VEHICLE}\r\n".encode())
    assert await visitor.line() == "220 mail.example.org ESMTP"
    await visitor.close()
