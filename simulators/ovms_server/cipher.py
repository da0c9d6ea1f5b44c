"""The cryptography of the v2 protocol (server v3, firmware 3.3.006), written out for the simulator alone.

Three old parts: HMAC-MD5 proves who knows the password and makes a session's key, RC4 hides the lines, base64 makes
text of them. A connection has one RC4 state in each direction, both started with the same key: the first line of
either side is hidden by the same bytes, which is the protocol's fault and not ours.
"""

import base64
import binascii
import hmac
import secrets
import string
from typing import Protocol, override

PREFIX = "MP-0 "
"""Stands before every message inside the cipher, so that a line that was not decrypted well is noticed."""
_DROPPED = 1024
_TOKEN_LENGTH = 22
_TOKEN_LETTERS = f"{string.ascii_letters}{string.digits}+/"


class Rc4:
    """An RC4 key stream whose first 1024 bytes are thrown away; it goes on from where it was."""

    def __init__(self, key: bytes) -> None:
        """Schedule the key."""
        self._box = list(range(256))
        self._at = self._swap = 0
        jump = 0
        for place in range(256):
            jump = (jump + self._box[place] + key[place % len(key)]) & 0xFF
            self._box[place], self._box[jump] = self._box[jump], self._box[place]
        self.apply(bytes(_DROPPED))

    def apply(self, data: bytes) -> bytes:
        """Encrypt or decrypt, which is the same."""
        box, at, swap = self._box, self._at, self._swap
        found = bytearray(data)
        for number, byte in enumerate(data):
            at = (at + 1) & 0xFF
            swap = (swap + box[at]) & 0xFF
            box[at], box[swap] = box[swap], box[at]
            found[number] = byte ^ box[(box[at] + box[swap]) & 0xFF]
        self._at, self._swap = at, swap
        return bytes(found)


class Lines(Protocol):
    """How the messages of a logged-in connection become lines, and lines messages."""

    def encode(self, message: str) -> bytes:
        """Write a message as a line, without its end."""
        ...

    def decode(self, line: bytes) -> str | None:
        """Read a line; None is one that makes no sense."""
        ...


class CipherLines(Lines):
    """Scheme 0: one cipher out, one in. Every line has to pass, also one that nobody wants."""

    def __init__(self, key: bytes) -> None:
        """Start both with the session's key."""
        self._outwards = Rc4(key)
        self._inwards = Rc4(key)

    @override
    def encode(self, message: str) -> bytes:
        return base64.b64encode(self._outwards.apply(f"{PREFIX}{message}".encode()))

    @override
    def decode(self, line: bytes) -> str | None:
        data = unpack(line)
        if data is None:
            return None
        text = self._inwards.apply(data).decode(errors="replace")
        return text.removeprefix(PREFIX) if text.startswith(PREFIX) and len(text) > len(PREFIX) else None


class PlainLines(Lines):
    """Scheme 1: text as it is, without the prefix."""

    @override
    def encode(self, message: str) -> bytes:
        return message.encode()

    @override
    def decode(self, line: bytes) -> str | None:
        return line.decode(errors="replace") or None


def unpack(text: bytes) -> bytes | None:
    """Decode base64 whose padding may be missing; None where it is none."""
    bare = text.rstrip(b"=")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None


def new_token() -> str:
    """Invent a token."""
    return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(_TOKEN_LENGTH))


def digest(password: str, token: str) -> str:
    """Prove that one knows the password."""
    return base64.b64encode(keyed(password, token)).decode()


def session_key(password: str, server_token: str, client_token: str) -> bytes:
    """Make the 16 bytes that both sides start their ciphers with."""
    return keyed(password, server_token + client_token)


def keyed(password: str, text: str) -> bytes:
    """HMAC-MD5."""
    return hmac.digest(password.encode(), text.encode(), "md5")


def hide(password: str, token: str, data: str) -> str:
    """Encrypt a message's data for the paranoid mode: a fresh cipher for each."""
    return base64.b64encode(Rc4(keyed(password, token)).apply(data.encode())).decode()


def reveal(password: str, token: str, data: str) -> str | None:
    """Decrypt what was hidden."""
    found = unpack(data.encode())
    return None if found is None else Rc4(keyed(password, token)).apply(found).decode(errors="replace")
