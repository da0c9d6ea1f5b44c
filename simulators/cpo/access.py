"""Who may come in."""

import base64
import binascii
from collections.abc import Mapping

from .answers import CLIENT_ERROR, INVALID, Answer, detail, refusal
from .knobs import Module
from .quirks import Quirk
from .versions import Encoding, Version

_IDS = ("X-Request-ID", "X-Correlation-ID")
_ROUTING = ("OCPI-from-party-id", "OCPI-from-country-code", "OCPI-to-party-id", "OCPI-to-country-code")


class Access:
    """Knows the token of the eMSP."""

    def __init__(
        self, token: str, encoding: Encoding | None, versions: tuple[Version, ...], quirks: set[Quirk]
    ) -> None:
        """Let in who has this token; without an encoding it is as each version has it."""
        self.token = token
        self._encoding = encoding
        self._versions = versions
        self._quirks = quirks

    def refuses(self, headers: Mapping[str, str], module: Module, version: Version | None) -> Answer | None:
        """Say why somebody may not come in; None if they may. The versions endpoint has no version of its own."""
        scheme, _, said = headers.get("Authorization", "").partition(" ")
        if not said:
            return self._unauthorized("No token", 401)
        if scheme != "Token" and Quirk.ANY_SCHEME not in self._quirks:
            return self._unauthorized("No token", 401)
        if not self._knows(said.strip(), module, version):
            return self._unauthorized("Wrong token", 403 if Quirk.FORBIDDEN in self._quirks else 401)
        if version is None or version.old:
            return None
        if Quirk.DEMANDS_REQUEST_IDS in self._quirks and any(name not in headers for name in _IDS):
            return refusal(INVALID, "X-Request-ID or X-Correlation-ID is missing")
        demands_routing = Quirk.DEMANDS_ROUTING in self._quirks and module not in {Module.DETAILS, Module.CREDENTIALS}
        if demands_routing and any(name not in headers for name in _ROUTING):
            return refusal(INVALID, "An OCPI-from or OCPI-to header is missing")
        return None

    def _knows(self, said: str, module: Module, version: Version | None) -> bool:
        if module is Module.VERSIONS and Quirk.VERSIONS_DECODE in self._quirks:
            return _decoded(said) == self.token
        if Quirk.ANY_ENCODING in self._quirks:
            encodings = set(Encoding)
        elif self._encoding is not None:
            encodings = {self._encoding}
        elif version is not None:
            encodings = {version.encoding}
        else:
            encodings = {served.encoding for served in self._versions}
        return any(said == encoding.write(self.token) for encoding in encodings)

    def _unauthorized(self, words: str, status: int) -> Answer:
        if Quirk.FORBIDDEN in self._quirks:
            return detail(status, words)
        return refusal(CLIENT_ERROR, words, status)


def _decoded(said: str) -> str:
    """Decode what can be decoded; all else is taken as it is."""
    try:
        return base64.b64decode(said, validate=True).decode()
    except binascii.Error, UnicodeDecodeError:
        return said
