"""What differs between the versions of OCPI, beside the shapes of objects, which are read whatever the version.

2.2.1 and 2.3.0 take the same commands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from .answers import JsonObject
from .credentials import Credentials, Encoding, TokenType
from .models import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version's ways.

    Attributes:
        version: Its name.
        encoding: How the token is written, unless the operator does otherwise.
        has_references: A command can name an authorization, which its session then shows, and a connector to start at.
        has_cancel: Reservations can be cancelled.
        has_parties: Requests name who asks and who is asked, and driver tokens whose they are.
        numbers_reservations: The id of a reservation is a number.
        spelled_out: Parts of a driver token that are named though there is nothing to say.
    """

    version: Version
    encoding: Encoding
    has_references: bool
    has_cancel: bool
    has_parties: bool
    numbers_reservations: bool
    spelled_out: tuple[str, ...] = ()

    def driver_token(self, credentials: Credentials, updated: str) -> JsonObject:
        """Write who charges. `updated` is when that was last changed.

        Nobody can ask us about a driver, so a driver is always allowed. What may be left out is sent as far as there is
        anything to say: a library that operators use wants all of it (ocpi-python up to 2026.1.9, in 2.1.1 and 2.3.0).
        """
        driver = credentials.driver
        common: JsonObject = {
            "uid": driver.uid,
            "visual_number": driver.contract_id,
            "issuer": driver.issuer,
            "valid": True,
            "whitelist": "ALWAYS",
            "language": driver.language,
            "last_updated": updated,
        }
        if not self.has_parties:
            is_card = driver.type is TokenType.RFID
            return {**common, "type": TokenType.RFID if is_card else TokenType.OTHER, "auth_id": driver.contract_id}
        return {
            **common,
            "country_code": credentials.country_code.upper(),
            "party_id": credentials.party_id.upper(),
            "type": driver.type,
            "contract_id": driver.contract_id,
            **dict.fromkeys(self.spelled_out),
        }


_V2_2_1: Final = Dialect(
    version=Version.V2_2_1,
    encoding=Encoding.BASE64,
    has_references=True,
    has_cancel=True,
    has_parties=True,
    numbers_reservations=False,
)
_V2_1_1: Final = Dialect(
    version=Version.V2_1_1,
    encoding=Encoding.RAW,
    has_references=False,
    has_cancel=False,
    has_parties=False,
    numbers_reservations=True,
)
_V2_3_0: Final = replace(
    _V2_2_1, version=Version.V2_3_0, spelled_out=("group_id", "default_profile_type", "energy_contract")
)

DIALECTS: Final[Mapping[Version, Dialect]] = {dialect.version: dialect for dialect in (_V2_3_0, _V2_2_1, _V2_1_1)}
"""The newest first, which is the one to take of those that both sides speak."""
