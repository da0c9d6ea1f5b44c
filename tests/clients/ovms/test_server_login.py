"""How the client gets in, by either scheme, and what keeps it out."""

import asyncio
import os
import ssl

import pytest

from custom_components.open_ev.clients.ovms import server_session
from custom_components.open_ev.clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError, TlsFailed
from custom_components.open_ev.clients.ovms.server import (
    PLAIN_PORT,
    TLS_PORT,
    AccountLogin,
    Server,
    VehicleLogin,
    find_vehicles,
    try_login,
)
from simulators.ovms_server import Kind, OvmsServer
from tests.clients.waiting import eventually

from .certificates import Authority
from .conftest import Serve, server as listening
from .scripted_server import ACCOUNT, LOGIN, PASSWORD, TOKEN, at, of

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience."""
    monkeypatch.setattr(server_session, "LOGIN_TIMEOUT", 0.2)
    monkeypatch.setattr(server_session, "CONNECT_TIMEOUT", 0.2)
    monkeypatch.setattr(server_session, "HANDSHAKE_TIMEOUT", 0.2)
    monkeypatch.setattr(server_session, "FAREWELL_TIMEOUT", 0.2)


@pytest.fixture
def tls(authority: Authority) -> ssl.SSLContext:
    """What a server needs for TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server.files)
    return context


def _simulator(tls: ssl.SSLContext | None = None) -> OvmsServer:
    simulator = OvmsServer(tls=tls)
    simulator.add_account("jane", "jane-secret", {"good-token": ["v2"], "weak-token": ["auth"]})
    simulator.add_account("joe", "joe-secret")
    for vehicle_id in ("DEMO1", "ZOE"):
        simulator.add_vehicle(vehicle_id, PASSWORD, owner="jane")
    return simulator


def test_tls_is_what_one_gets_without_asking() -> None:
    """And nothing that is written down tells a password."""
    server = Server(host="example.com", login=LOGIN)
    assert (server.port, server.tls, server.verify_tls, PLAIN_PORT) == (TLS_PORT, True, True, 6867)
    assert PASSWORD not in repr(server)
    assert "jane-secret" not in repr(ACCOUNT)


async def test_a_vehicle_logs_in() -> None:
    """As a batch client, which the module is not told of; the id's case does not matter."""
    async with _simulator() as simulator:
        assert (await try_login(of(simulator))).vehicle_id == "DEMO1"
        assert await find_vehicles(of(simulator)) == ("DEMO1",)
        assert {login.kind for login in simulator.logins} == {"B"}
        await eventually(lambda: not simulator.connected("DEMO1"))


async def test_an_account_has_vehicles() -> None:
    """By its password or a token; without an id the first is taken."""
    async with _simulator() as simulator:
        assert await find_vehicles(at(simulator.port, ACCOUNT)) == ("DEMO1", "ZOE")
        token = AccountLogin(account="jane", secret="good-token", vehicle_id="zoe")
        assert (await try_login(at(simulator.port, token))).vehicle_id == "ZOE"


async def test_an_account_may_have_none() -> None:
    """It is greeted with no vehicle then; who refuses it says nothing."""
    async with _simulator() as simulator:
        nobody = at(simulator.port, AccountLogin(account="joe", secret="joe-secret"))
        assert await find_vehicles(nobody) == ()
        simulator.knobs.refuse_without_vehicle = True
        with pytest.raises(ConnectionRefused):
            await find_vehicles(nobody)


async def test_a_welcome_without_the_vehicle_that_was_asked_for() -> None:
    """Nothing could come after that."""
    async with listening(_saying(b"MP-S 1 jane  \r\n")) as port:
        with pytest.raises(CannotConnect):
            await try_login(at(port, AccountLogin(account="jane", secret="secret", vehicle_id="DEMO1")))


@pytest.mark.parametrize(
    "login",
    [
        VehicleLogin(vehicle_id="DEMO1", password="wrong"),
        VehicleLogin(vehicle_id="NOBODY", password=PASSWORD),
        AccountLogin(account="jane", secret="wrong"),
        AccountLogin(account="jane", secret="weak-token"),
        AccountLogin(account="jane", secret="jane-secret", vehicle_id="NOBODY"),
        AccountLogin(account="joe", secret="joe-secret", vehicle_id="DEMO1"),
        VehicleLogin(vehicle_id="DEMO 1", password=PASSWORD),
        VehicleLogin(vehicle_id="", password=PASSWORD),
        AccountLogin(account="jane", secret="jane\r\nMP-A"),
        AccountLogin(account="jane", secret="two words"),
        AccountLogin(account="jane\x00", secret="jane-secret"),
    ],
)
async def test_whoever_is_not_wanted_is_refused(login: VehicleLogin | AccountLogin) -> None:
    """The server closes the connection; what cannot be said in one word is not even sent."""
    async with _simulator() as simulator:
        with pytest.raises(ConnectionRefused):
            await try_login(at(simulator.port, login))
        assert not simulator.connected("DEMO1", Kind.BATCH)


@pytest.mark.parametrize("verify", [True, False])
async def test_tls(tls: ssl.SSLContext, verify: bool) -> None:
    """A certificate that nobody knows is taken if that is what the user wants."""
    async with _simulator(tls) as simulator:
        server = at(simulator.port, tls=True, verify=verify)
        if verify:
            with pytest.raises(TlsFailed):
                await try_login(server)
        else:
            assert (await try_login(server)).vehicle_id == "DEMO1"


async def test_tls_where_there_is_none() -> None:
    """The port of the plain protocol."""
    async with _simulator() as simulator:
        with pytest.raises(TlsFailed):
            await try_login(at(simulator.port, tls=True))


@pytest.mark.usefixtures("hurry")
async def test_tls_with_a_server_that_says_nothing() -> None:
    """The handshake does not wait for ever."""
    async with listening(_say_nothing) as port:
        with pytest.raises(TlsFailed):
            await try_login(at(port, tls=True))


async def test_plain_where_there_is_tls(tls: ssl.SSLContext) -> None:
    """Whatever the server makes of it, it is no welcome."""
    async with _simulator(tls) as simulator:
        with pytest.raises((CannotConnect, ConnectionRefused)):
            await try_login(at(simulator.port))


async def _say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


def _saying(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        writer.write(answer)
        await writer.drain()

    return serve


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (_say_nothing, CannotConnect),
        (_saying(b""), ConnectionRefused),
        (_saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), CannotConnect),
        (_saying(b"MP-S 0 half a wel"), CannotConnect),
        (_saying(b"\x15\x03\x01\xff\n"), CannotConnect),
        (_saying(b"x" * 1_000_000), CannotConnect),
        (_saying(f"MP-S 0 {TOKEN} bm90IHRoZSBkaWdlc3Q=\r\n".encode()), CannotConnect),
        (_saying(f"MP-S 1 {TOKEN} DEMO1\r\n".encode()), CannotConnect),
    ],
)
async def test_what_is_no_server(serve: Serve, error: type[LinkError]) -> None:
    """Nothing at all, another protocol, or one that does not know the password."""
    async with listening(serve) as port:
        with pytest.raises(LinkError) as raised:
            await try_login(at(port))
    assert type(raised.value) is error
    assert PASSWORD not in str(raised.value)


async def test_what_is_no_server_for_accounts() -> None:
    """Its welcome is for the other scheme."""
    async with listening(_saying(b"MP-S 0 a b\r\n")) as port:
        with pytest.raises(CannotConnect):
            await try_login(at(port, ACCOUNT))


async def test_a_connection_that_is_reset() -> None:
    """A server that had not read all of the login."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(serve) as port:
        with pytest.raises(ConnectionRefused):
            await try_login(at(port))


@pytest.mark.parametrize("knob", ["wrong_digest", "echo_token"])
async def test_a_server_that_does_not_know_the_password(knob: str) -> None:
    """It says something wrong, or plays back what it was told."""
    async with _simulator() as simulator:
        setattr(simulator.knobs, knob, True)
        with pytest.raises(CannotConnect, match="password"):
            await try_login(of(simulator))


@pytest.mark.parametrize("server", [at(0), at(99999), at(-1)])
@pytest.mark.usefixtures("socket_enabled")
async def test_where_nothing_is(server: Server) -> None:
    """What was typed does not have to be a port."""
    with pytest.raises(CannotConnect):
        await try_login(server)


@pytest.mark.usefixtures("hurry", "socket_enabled")
async def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its packets get lost."""

    async def wait_for_ever(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", wait_for_ever)
    with pytest.raises(CannotConnect, match="no answer"):
        await try_login(at(6867))


async def test_giving_up_leaves_nothing() -> None:
    """Whoever closes the dialog cancels the try."""
    async with listening(_say_nothing) as port:
        trying = asyncio.create_task(try_login(at(port)))
        await asyncio.sleep(0.05)
        trying.cancel()
        await asyncio.wait([trying])
        assert trying.cancelled()


async def test_another_car_is_not_taken() -> None:
    """Whatever was asked for: its doors would be the ones that open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"MP-S 1 jane DEMO1 DEMO1 ZOE\r\n")
        await reader.read()

    async with listening(serve) as port:
        for wanted in ("DEMO1", "demo1", "*"):
            login = AccountLogin(account="jane", secret="secret", vehicle_id=wanted)
            assert (await try_login(at(port, login))).vehicle_id == "DEMO1"
        with pytest.raises(CannotConnect, match="another vehicle"):
            await try_login(at(port, AccountLogin(account="jane", secret="secret", vehicle_id="ZOE")))


async def test_a_password_that_is_no_text() -> None:
    """Half a character is what a broken form may hand over."""
    async with _simulator() as simulator:
        with pytest.raises(ConnectionRefused):
            await try_login(at(simulator.port, VehicleLogin(vehicle_id="DEMO1", password="\ud800")))


async def test_an_encryption_that_breaks(tls: ssl.SSLContext) -> None:
    """That says nothing of the password."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        # Beside the encryption.
        os.write(writer.get_extra_info("socket").fileno(), b"nonsense" * 10)
        await reader.read()

    async with listening(serve, tls) as port:
        with pytest.raises(CannotConnect, match="lost"):
            await try_login(at(port, tls=True, verify=False))
