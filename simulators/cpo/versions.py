"""The versions of OCPI, and what differs between them before anything is said."""

import base64
from enum import StrEnum


class Encoding(StrEnum):
    """How a token stands in the Authorization header."""

    RAW = "raw"
    BASE64 = "base64"

    def write(self, token: str) -> str:
        """Encode a token."""
        return token if self is Encoding.RAW else base64.b64encode(token.encode()).decode()

    @property
    def other(self) -> Encoding:
        """The one it is not."""
        return Encoding.RAW if self is Encoding.BASE64 else Encoding.BASE64


class Version(StrEnum):
    """A version, as the versions endpoint writes it."""

    V2_1_1 = "2.1.1"
    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"

    @property
    def old(self) -> bool:
        """Whether it is from before roles, request ids and results of their own kind (2.2)."""
        return self is Version.V2_1_1

    @property
    def encoding(self) -> Encoding:
        """Raw in 2.1.1; Base64 (RFC 4648) since 2.2."""
        return Encoding.RAW if self.old else Encoding.BASE64
