"""An encrypted connection is trusted for the right reasons only."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
import os
from pathlib import Path
import socket
import ssl
import time

from cryptography.hazmat.primitives import serialization
import pytest

from custom_components.open_ev.clients.ovms import broker as broker_module
from custom_components.open_ev.clients.ovms.broker import Broker, Tls, connection
from custom_components.open_ev.clients.ovms.errors import CannotConnect, TlsFailed
from simulators.broker import EmbeddedBroker, Mosquitto

from .certificates import Authority, Certificate
from .conftest import SLACK, AnyBroker, TunedMosquitto, at, server

pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def connect(settings: Broker, tls: Tls | None) -> None:
    """Try once, and say something."""
    async with connection(replace(settings, tls=tls), client_id="tests") as client:
        await client.publish("a", "b", qos=1)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody asked."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
async def encrypted(any_kind: type[AnyBroker], authority: Authority, tmp_path: Path) -> AsyncGenerator[AnyBroker]:
    """A broker with a certificate for its address."""
    async with make(any_kind, authority.server, tmp_path) as running:
        yield running


@pytest.fixture(params=[EmbeddedBroker, pytest.param(Mosquitto, marks=pytest.mark.mosquitto)])
def any_kind(request: pytest.FixtureRequest, socket_enabled: None) -> type[AnyBroker]:
    """Each kind of broker."""
    kind: type[AnyBroker] = request.param
    return kind


def make(kind: type[AnyBroker], certificate: Certificate, folder: Path) -> AnyBroker:
    """A broker with a certificate."""
    if kind is EmbeddedBroker:
        return EmbeddedBroker(certificate=certificate.files)
    return Mosquitto(folder, certificate=certificate.files)


def text(path: Path) -> str:
    """What a user pastes."""
    return path.read_text(encoding="ascii")


async def test_an_own_authority(encrypted: AnyBroker, authority: Authority) -> None:
    """Made at home, without the fields that strict checks ask for."""
    await connect(at(encrypted), Tls(authority=authority.pem))


async def test_a_strange_authority(encrypted: AnyBroker, stranger: Authority) -> None:
    """Nobody else's word counts, the machine's own authorities' included."""
    for tls in (Tls(authority=stranger.pem), Tls()):
        with pytest.raises(TlsFailed, match="CERTIFICATE_VERIFY_FAILED"):
            await connect(at(encrypted), tls)


async def test_a_wrong_name(any_kind: type[AnyBroker], authority: Authority, tmp_path: Path) -> None:
    """A certificate of another host proves nothing, whoever signed it."""
    async with make(any_kind, authority.elsewhere, tmp_path) as running:
        with pytest.raises(TlsFailed, match="CERTIFICATE_VERIFY_FAILED"):
            await connect(at(running), Tls(authority=authority.pem))


async def test_insecure(any_kind: type[AnyBroker], authority: Authority, stranger: Authority, tmp_path: Path) -> None:
    """Anything is accepted, by explicit choice."""
    async with make(any_kind, authority.elsewhere, tmp_path) as running:
        await connect(at(running), Tls(insecure=True))
        await connect(at(running), Tls(insecure=True, authority=stranger.pem))


@pytest.mark.mosquitto
@pytest.mark.parametrize("version", ["tlsv1.2", "tlsv1.3"])
async def test_a_client_certificate(authority: Authority, stranger: Authority, tmp_path: Path, version: str) -> None:
    """A broker that wants one says so in its own way, and is content with the right one."""
    demanding = TunedMosquitto(
        tmp_path,
        "require_certificate true",
        f"cafile {authority.file}",
        f"tls_version {version}",
        certificate=authority.server.files,
    )
    known, unknown = authority.client, stranger.client
    async with demanding as running:
        await connect(at(running), Tls(authority=authority.pem, certificate=text(known.chain), key=text(known.key)))
        for tls in (
            Tls(authority=authority.pem),
            Tls(authority=authority.pem, certificate=text(unknown.chain), key=text(unknown.key)),
        ):
            with pytest.raises(TlsFailed):
                await connect(at(running), tls)


async def test_certificate_and_key_in_one_text(authority: Authority) -> None:
    """As some tools write them."""
    both = text(authority.client.chain) + text(authority.client.key)
    tls = Tls(certificate=both)
    assert isinstance(await asyncio.to_thread(tls.context), ssl.SSLContext)
    assert "PRIVATE" not in repr(Tls(authority=both, certificate=both, key=both))


async def test_what_cannot_be_read(authority: Authority, stranger: Authority) -> None:
    """A key of another certificate, a protected key, half a file; a password is asked of nobody."""
    certificate, key = text(authority.client.chain), text(authority.client.key)
    loaded = serialization.load_pem_private_key(key.encode(), None)
    protected = loaded.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    ).decode()
    for tls in (
        Tls(authority="nonsense"),
        Tls(authority=authority.pem[:-100]),
        Tls(authority="Überraschung"),
        Tls(certificate="nonsense"),
        Tls(certificate="Überraschung", key=key),
        Tls(certificate=certificate),
        Tls(certificate=certificate, key=text(stranger.client.key)),
        Tls(certificate=certificate, key=key[:-100]),
        Tls(certificate=certificate, key=protected),
    ):
        with pytest.raises(TlsFailed, match="cannot be read") as raised:
            await connect(Broker(host="127.0.0.1", port=1), tls)
        assert "PRIVATE" not in str(raised.value)


def test_nowhere_to_write(monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path) -> None:
    """A client certificate goes through a file, and that is gone afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tls = Tls(certificate=text(authority.client.chain), key=text(authority.client.key))
    tls.context()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("tempfile.tempdir", os.devnull)
    with pytest.raises(TlsFailed):
        tls.context()


async def test_no_tls_on_that_port(any_broker: AnyBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is about TLS, and comes soon, also from a broker that does not hang up."""
    monkeypatch.setattr(broker_module, "HANDSHAKE_TIMEOUT", 0.5)
    began = time.monotonic()
    with pytest.raises(TlsFailed):
        await connect(at(any_broker), Tls(insecure=True))
    assert time.monotonic() - began < SLACK


async def test_nothing_but_tls_on_that_port(encrypted: AnyBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that hears no TLS hangs up, or says so in a way that is no MQTT."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 1.0)
    began = time.monotonic()
    with pytest.raises(CannotConnect):
        await connect(at(encrypted), None)
    assert time.monotonic() - began < SLACK


async def test_a_handshake_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that listens and says nothing is given up."""
    monkeypatch.setattr(broker_module, "HANDSHAKE_TIMEOUT", 0.2)

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass

    async with server(listen) as port:
        began = time.monotonic()
        with pytest.raises(TlsFailed):
            await connect(Broker(host="127.0.0.1", port=port), Tls(insecure=True))
        task = asyncio.create_task(connect(Broker(host="127.0.0.1", port=port), Tls(insecure=True)))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert time.monotonic() - began < SLACK


async def test_a_handshake_that_is_cut_off() -> None:
    """Reset or closed, it comes to the same."""

    async def close(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        connected: socket.socket = writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        writer.transport.abort()

    for ending in (close, reset):
        async with server(ending) as port:
            with pytest.raises(TlsFailed):
                await connect(Broker(host="127.0.0.1", port=port), Tls(insecure=True))


async def test_a_broker_that_hangs_up_after_the_handshake(authority: Authority) -> None:
    """That is how a missing client certificate looks from here, so the error is about TLS."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server.files)
    async with server(hang_up, context) as port:
        with pytest.raises(TlsFailed, match="client certificate"):
            await connect(Broker(host="127.0.0.1", port=port), Tls(authority=authority.pem))
