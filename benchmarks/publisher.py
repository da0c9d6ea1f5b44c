"""A publisher that costs nothing to speak of: a burst is encoded beforehand and handed to the kernel in one call.

It shares the process with what is measured, so its own part of the processor must not show. That rules out an MQTT
library, and takes no more than four kinds of MQTT 3.1.1 packets.
"""

from collections.abc import Iterable
import os
import socket
from typing import Self

_CONNECT = 0x10
_CLEAN_SESSION = 0x02
_CONNECTED = bytes((0x20, 2, 0, 0))
_PUBLISH = 0x30
_RETAIN = 0x01
_PING = bytes((0xC0, 0))
_PONG = bytes((0xD0, 0))
_TIMEOUT = 30.0


def publish_packet(topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """Encode a message of QoS 0."""
    return _packet(_PUBLISH | (_RETAIN if retain else 0), _counted(topic.encode()) + payload)


class Publisher:
    """A connection to a broker that only sends."""

    def __init__(self, host: str, port: int) -> None:
        """Connect.

        Raises:
            ConnectionError: the broker does not want it.
        """
        self._socket = socket.create_connection((host, port), timeout=_TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        level, keepalive = 4, 0
        settings = bytes((level, _CLEAN_SESSION)) + keepalive.to_bytes(2)
        client_id = f"publisher-{os.getpid()}".encode()
        self._socket.sendall(_packet(_CONNECT, _counted(b"MQTT") + settings + _counted(client_id)))
        self._expect(_CONNECTED)

    def send(self, packets: bytes) -> None:
        """Hand encoded messages to the kernel."""
        self._socket.sendall(packets)

    def retain(self, messages: Iterable[tuple[str, str]]) -> None:
        """Leave messages at the broker, and wait until it has them."""
        self.send(b"".join(publish_packet(topic, text.encode(), retain=True) for topic, text in messages))
        self.send(_PING)
        self._expect(_PONG)

    def __enter__(self) -> Self:
        """Be connected."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._socket.close()

    def _expect(self, packet: bytes) -> None:
        if (answer := self._socket.recv(len(packet), socket.MSG_WAITALL)) != packet:
            raise ConnectionError(f"the broker answered {answer.hex()}")


def _packet(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _length(len(body)) + body


def _counted(field: bytes) -> bytes:
    return len(field).to_bytes(2) + field


def _length(length: int) -> bytes:
    """Encode a length: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while length >= 0x80:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes(encoded)
