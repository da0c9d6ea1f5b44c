"""MQTT brokers for tests and the demo: one inside this process, and mosquitto as a process of its own.

Both have the same face: `host`, `port`, `start`, `stop`, and use as an asynchronous context manager. Accounts may be
changed on a stopped broker; the port stays the same from the first start on.
"""

import asyncio
import base64
from collections.abc import Mapping
import hashlib
import logging
import os
from pathlib import Path
import pwd
import secrets
import shutil
import signal
import socket
from typing import Any, Self

from .amqtt_broker import AccountsPlugin, ConformingBroker

_LOOPBACK = "127.0.0.1"
_TALKATIVE = ("amqtt", "transitions")
"""Loggers with several lines for every single message, which cost more than the message."""
_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 10.0
_PBKDF2_ROUNDS = 101


class BrokerFailed(RuntimeError):
    """The broker did not come up; the text is what it said."""


class EmbeddedBroker:
    """An amqtt broker in this event loop, on loopback (MQTT 3.1.1 only).

    A stop keeps nothing: no session, no queued and no retained message.
    """

    def __init__(
        self,
        port: int | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        client_ca: Path | None = None,
        websocket: bool = False,
    ) -> None:
        """Configure; `certificate` is the certificate chain's file and the key's, `client_ca` who signs clients."""
        self.host = _LOOPBACK
        self.port = port or 0
        """The given port, or a free one from the first start on."""
        self.websocket_port = 0 if websocket else None
        self.accounts = dict(accounts or {})
        """User names and passwords; none means that everybody may connect."""
        self.certificate = certificate
        self._client_ca = client_ca
        self._broker: ConformingBroker | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            amqtt.errors.BrokerError: the port is taken, or the certificate cannot be read.
        """
        if self._broker is not None:
            return
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        broker = ConformingBroker(self._configuration())
        await broker.start()
        self._broker = broker
        ports = broker.ports()
        self.port = ports["default"]
        if self.websocket_port is not None:
            self.websocket_port = ports["websocket"]

    async def stop(self) -> None:
        """Cut every connection and forget everything; no will is published."""
        if (broker := self._broker) is not None:
            self._broker = None
            await broker.cut()

    async def restart(self) -> None:
        """Stop, and start on the same port."""
        await self.stop()
        await self.start()

    @property
    def retained(self) -> dict[str, bytes]:
        """The retained messages, by topic."""
        if self._broker is None:
            return {}
        return {topic: bytes(message.data) for topic, message in self._broker.retained_messages.items()}

    @property
    def clients(self) -> frozenset[str]:
        """The ids of the clients that are connected now."""
        if self._broker is None:
            return frozenset()
        return frozenset(
            client_id
            for client_id, (session, _) in self._broker.sessions.items()
            if session.transitions.state == "connected"
        )

    def _configuration(self) -> dict[str, Any]:
        tls: dict[str, Any] = {}
        if self.certificate is not None:
            chain, key = self.certificate
            tls = {"ssl": True, "certfile": str(chain), "keyfile": str(key)}
        if self._client_ca is not None:
            tls["cafile"] = str(self._client_ca)
        listeners: dict[str, Any] = {"default": {"type": "tcp", "bind": f"{self.host}:{self.port}", **tls}}
        if self.websocket_port is not None:
            listeners["websocket"] = {"type": "ws", "bind": f"{self.host}:{self.websocket_port}", **tls}
        plugin = f"{AccountsPlugin.__module__}.{AccountsPlugin.__qualname__}"
        return {"listeners": listeners, "plugins": {plugin: {"accounts": self.accounts}}}

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


class Mosquitto:
    """A private mosquitto process on loopback (MQTT 3.1.1 and 5).

    With persistence, sessions, queued and retained messages survive a stop.
    """

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        persistence: bool = True,
    ) -> None:
        """Configure; `directory` is an existing folder of its own for configuration and persistence."""
        self.host = _LOOPBACK
        self.port = port or 0
        """The given port, or a free one from the first start on."""
        self.accounts = dict(accounts or {})
        """User names and passwords; none means that everybody may connect."""
        self.certificate = certificate
        self._directory = directory
        self._persistence = persistence
        self._process: asyncio.subprocess.Process | None = None

    @staticmethod
    def available() -> bool:
        """Whether there is a mosquitto on this machine."""
        return _mosquitto() is not None

    async def start(self) -> None:
        """Run it, and wait until it listens.

        Raises:
            BrokerFailed: there is no mosquitto, or it ended, or it does not listen within 10 seconds.
        """
        if self._process is not None:
            return
        if (program := _mosquitto()) is None:
            raise BrokerFailed("mosquitto is not installed")
        self.port = _claim_port(self.port)
        log = self._directory / "mosquitto.log"
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                program, "-c", str(self._write_configuration()), stdout=output, stderr=output
            )
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await self._listening(self._process)
        except TimeoutError, BrokerFailed:
            await self.stop()
            raise BrokerFailed(log.read_text(errors="replace")) from None

    async def kill(self) -> None:
        """End it like a power cut: no will is published, nothing is saved."""
        if (process := self._process) is not None:
            self._process = None
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """End it in order: mosquitto publishes its clients' wills, and saves what it keeps."""
        if (process := self._process) is None:
            return
        self._process = None
        if process.returncode is None:
            # A frozen process would not see the request to end.
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def restart(self) -> None:
        """Stop, and start on the same port."""
        await self.stop()
        await self.start()

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP): connections stay open, nothing moves."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue (SIGCONT)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    async def _listening(self, process: asyncio.subprocess.Process) -> None:
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise BrokerFailed("ended")

    def _write_configuration(self) -> Path:
        lines = [
            f"listener {self.port} {self.host}",
            f"allow_anonymous {'false' if self.accounts else 'true'}",
            f"persistence {'true' if self._persistence else 'false'}",
            f"persistence_location {self._directory}/",
            # Started by root, mosquitto becomes another user, who could not read this folder.
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "log_dest stderr",
        ]
        if self.accounts:
            passwords = self._directory / "passwords"
            passwords.write_text("".join(f"{user}:{_hashed(word)}\n" for user, word in self.accounts.items()))
            passwords.chmod(0o600)
            lines.append(f"password_file {passwords}")
        if self.certificate is not None:
            chain, key = self.certificate
            lines += [f"certfile {chain}", f"keyfile {key}"]
        path = self._directory / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return path

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


def _mosquitto() -> str | None:
    """Find the program; Debian keeps it where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _claim_port(port: int) -> int:
    """Check that a port is free, or choose one for 0: who answers there later is then our process."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as err:
            raise BrokerFailed(f"port {port}: {err.strerror}") from err
        chosen: int = probe.getsockname()[1]
        return chosen


def _hashed(password: str) -> str:
    """Hash as mosquitto's password files do (PBKDF2, SHA-512)."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ROUNDS)
    encoded = [base64.b64encode(part).decode() for part in (salt, digest)]
    return f"$7${_PBKDF2_ROUNDS}${encoded[0]}${encoded[1]}"
