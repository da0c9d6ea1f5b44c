"""Brokers, and a client that watches what a simulated module says."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import ipaddress
from pathlib import Path

import aiomqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from simulators.broker import EmbeddedBroker, Mosquitto
from simulators.ovms_module import Firmware, Knobs, OvmsModule
from tests.eavesdropper import Eavesdropper

PREFIX = "ovms/demo/DEMO1/"
PATIENCE = 10.0
"""Seconds of real time after which what was expected is not coming."""
QUIET = 0.05
"""Seconds of real time in which a message over loopback would have come."""
QUIET_ROUNDS = 10
"""In so many parts, so that a busy machine does not make a short silence look like the end."""

type Broker = EmbeddedBroker | Mosquitto


class Watcher(Eavesdropper):
    """A client that keeps all it hears below the prefix."""

    def __init__(self, client: aiomqtt.Client) -> None:
        super().__init__(client, PREFIX)
        self._commands = 0

    def topics(self) -> set[str]:
        """Every topic heard of."""
        return {message.topic for message in self.messages}

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to be heard."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def hears(self, topic: str, payload: bytes | str) -> None:
        """Wait for a payload on a topic."""
        wanted = payload.encode() if isinstance(payload, str) else payload
        await self.until(lambda: wanted in self.payloads(topic))

    async def settle(self) -> None:
        """Give what may be under way the time to arrive."""
        quiet = 0
        while quiet < QUIET_ROUNDS:
            heard = len(self.messages)
            await asyncio.sleep(QUIET / QUIET_ROUNDS)
            quiet = quiet + 1 if heard == len(self.messages) else 0

    async def forget(self) -> None:
        """Listen afresh."""
        await self.settle()
        self.messages.clear()

    async def command(self, line: str) -> str:
        """Send a command and wait for its answer."""
        self._commands += 1
        number = self._commands
        await self.publish(f"client/watcher/command/{number}", line)
        answer = f"client/watcher/response/{number}"
        await self.until(lambda: self.payloads(answer))
        return self.payloads(answer)[0].decode()


@asynccontextmanager
async def booted(
    broker: EmbeddedBroker, watcher: Watcher, firmware: Firmware, knobs: Knobs | None = None
) -> AsyncGenerator[OvmsModule]:
    """A module on this firmware whose first transmission is heard and forgotten."""
    async with OvmsModule(broker.host, broker.port, firmware=firmware, speed=0, knobs=knobs) as module:
        await watcher.hears("metric/s/v3/connected", "yes")
        await watcher.forget()
        yield module


@pytest.fixture
async def plain_loop() -> None:
    """Do without asyncio's debug mode: a traceback for each of a broker's many tasks takes most of a test's time."""
    asyncio.get_running_loop().set_debug(False)


@pytest.fixture
async def broker(socket_enabled: None, plain_loop: None) -> AsyncGenerator[EmbeddedBroker]:
    """A running embedded broker."""
    async with EmbeddedBroker() as running:
        yield running


@pytest.fixture(params=["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def any_broker(
    request: pytest.FixtureRequest, socket_enabled: None, plain_loop: None, tmp_path: Path
) -> AsyncGenerator[Broker]:
    """Each of the brokers, running."""
    chosen: Broker = EmbeddedBroker() if request.param == "amqtt" else Mosquitto(tmp_path)
    async with chosen as running:
        yield running


@pytest.fixture
async def watcher(broker: EmbeddedBroker) -> AsyncGenerator[Watcher]:
    """A watcher on the embedded broker."""
    async with Watcher(aiomqtt.Client(broker.host, broker.port)) as watching:
        yield watching


@pytest.fixture
async def module(broker: EmbeddedBroker, watcher: Watcher) -> AsyncGenerator[OvmsModule]:
    """A booted Nissan Leaf on the newest firmware, whose time stands still."""
    async with OvmsModule(broker.host, broker.port, speed=0) as booted:
        await watcher.hears("metric/s/v3/connected", "yes")
        yield booted


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
