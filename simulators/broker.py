"""MQTT brokers for tests and the demo: one inside this process, and mosquitto as a process of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self


class EmbeddedBroker:
    """An amqtt broker in this event loop, on loopback. A stop keeps nothing: no session, no retained message."""

    def __init__(
        self,
        port: int | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        websocket: bool = False,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = port or 0
        """Free port, chosen at the first start, kept over stop and start."""
        self.websocket_port: int | None = None

    async def start(self) -> None:
        """Listen."""

    async def stop(self) -> None:
        """Cut every connection and forget everything; no will is published."""

    async def restart(self) -> None:
        """Stop and start on the same port."""

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


class Mosquitto:
    """A private mosquitto process on loopback."""

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        persistence: bool = True,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = port or 0

    @staticmethod
    def available() -> bool:
        """Whether there is a mosquitto on this machine."""
        raise NotImplementedError

    async def start(self) -> None:
        """Run it, and wait until it listens."""

    async def stop(self) -> None:
        """End it; with persistence, sessions, queued and retained messages survive."""

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP): connections stay open, nothing moves."""

    def thaw(self) -> None:
        """Let it continue."""

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()
