"""What an operator and its customer have agreed upon."""

import base64
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Final

from .addresses import operator_url
from .errors import InvalidArgument

# Printable ASCII without spaces, as the standard has it; the length keeps it within a header.
_TOKEN: Final = re.compile(r"[!-~]{1,1024}")
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_PARTY: Final = re.compile(r"[A-Za-z0-9]{3}")
_NAME: Final = re.compile(r"[ -~]{1,36}")

# What is shorter than this is no secret, and may be anything.
SHORTEST_SECRET: Final = 8
COVERED: Final = "***"


class Encoding(StrEnum):
    """How a token is written in a header."""

    AUTO = "auto"
    """As the version says (2.1.1 raw, later Base64), and the other way where that is refused."""
    BASE64 = "base64"
    RAW = "raw"

    def write(self, token: str) -> str:
        """Write a token."""
        return base64.b64encode(token.encode()).decode() if self is Encoding.BASE64 else token


class TokenType(StrEnum):
    """What the driver shows to the operator."""

    APP_USER = "APP_USER"
    AD_HOC_USER = "AD_HOC_USER"
    RFID = "RFID"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverToken:
    """Who charges, and pays. `contract_id` is the eMA id of the contract, `uid` the name of the card or the app."""

    uid: str
    contract_id: str
    issuer: str
    type: TokenType = TokenType.APP_USER
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A pair of tokens, exchanged by hand, and who we are.

    `token` is what the operator wants to be shown, `own_token` what it shows to us with results of commands.

    Raises:
        InvalidArgument: one of these cannot be sent, or the address would let the token be read on the way.
    """

    versions_url: str
    token: str = field(repr=False)
    own_token: str = field(repr=False)
    country_code: str
    party_id: str
    driver: DriverToken = field(repr=False)
    encoding: Encoding = Encoding.AUTO

    def __post_init__(self) -> None:
        """Refuse what no operator could take."""
        operator_url(self.versions_url)
        for argument, value, shape in (
            ("token", self.token, _TOKEN),
            ("own_token", self.own_token, _TOKEN),
            ("country_code", self.country_code, _COUNTRY),
            ("party_id", self.party_id, _PARTY),
            ("driver_uid", self.driver.uid, _NAME),
            ("contract_id", self.driver.contract_id, _NAME),
        ):
            if shape.fullmatch(value) is None:
                raise InvalidArgument(argument, "malformed")
        if not 0 < len(self.driver.issuer) <= 64:
            raise InvalidArgument("issuer", "malformed")

    def cover(self, words: str) -> str:
        """Take out of an operator's words what is nobody else's business: they are shown, and end in logs."""
        secrets = (self.token, self.own_token, self.driver.uid, self.driver.contract_id)
        written = {encoding.write(secret) for secret in secrets for encoding in (Encoding.RAW, Encoding.BASE64)}
        # One may hold another one.
        for secret in sorted(written, key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                words = re.sub(re.escape(secret), COVERED, words, flags=re.IGNORECASE)
        return words
