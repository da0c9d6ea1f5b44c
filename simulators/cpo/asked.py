"""The body of a command, as each version has it."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from .quirks import Quirk
from .sessions import Driver
from .traffic import Json, JsonObject
from .versions import Version
from .wire import read_moment

_LONGEST_ID: Final = 36
_WHITELIST: Final = {"ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"}
_TYPES: Final = {"AD_HOC_USER", "APP_USER", "OTHER", "RFID"}
_OLD_TYPES: Final = {"OTHER", "RFID"}
_NEEDED: Final = ("country_code", "party_id", "uid", "type", "contract_id", "issuer", "whitelist", "last_updated")
_OLD_NEEDED: Final = ("uid", "type", "auth_id", "issuer", "whitelist", "last_updated")
_OPTIONAL: Final[dict[Version, tuple[str, ...]]] = {
    Version.V2_1_1: ("visual_number", "language"),
    Version.V2_2_1: (),
    Version.V2_3_0: ("visual_number", "group_id", "language", "default_profile_type", "energy_contract"),
}
"""What the library that demands all fields demands of them."""


class BadBody(Exception):
    """A body that is not what the command wants."""


class Asked:
    """Reads a body, and is strict about it: every way raises BadBody."""

    def __init__(self, body: Json, version: Version, quirks: set[Quirk]) -> None:
        """Take a body as it came."""
        self.version = version
        self._said = body
        self._quirks = quirks

    def object(self) -> JsonObject:
        """Read all of it."""
        if not isinstance(self._said, dict):
            raise BadBody("The body is no object")
        return self._said

    def text(self, name: str) -> str:
        """Read what must be there."""
        found = self.optional_text(name)
        if found is None:
            raise BadBody(f"{name} is missing")
        return found

    def optional_text(self, name: str) -> str | None:
        """Read what may be there."""
        found = self.object().get(name)
        if found is None:
            return None
        if not isinstance(found, str) or not found:
            raise BadBody(f"{name} is no text")
        return found

    def url(self, name: str) -> str:
        """Read a URL of the web."""
        found = self.text(name)
        try:
            parts = urlsplit(found)
        except ValueError as err:
            raise BadBody(f"{name} is no URL") from err
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadBody(f"{name} is no URL")
        return found

    def moment(self, name: str) -> datetime:
        """Read a time."""
        try:
            return read_moment(self.text(name))
        except ValueError as err:
            raise BadBody(f"{name} is no time") from err

    def reservation_id(self) -> str:
        """Read the id of a reservation: a whole number in 2.1.1, a CiString of 36 since 2.2."""
        found = self.object().get("reservation_id")
        if not self.version.old:
            found = self.text("reservation_id")
            if len(found) > _LONGEST_ID:
                raise BadBody("reservation_id is too long")
        elif not isinstance(found, int) or isinstance(found, bool):
            raise BadBody("reservation_id is no number")
        return str(found)

    def reference(self) -> str | None:
        """Read the reference; 2.1.1 has none, and does not look at it."""
        if self.version.old:
            return None
        found = self.optional_text("authorization_reference")
        if found is not None and len(found) > _LONGEST_ID:
            raise BadBody("authorization_reference is too long")
        return found

    def connector_id(self) -> str | None:
        """Read the connector of a start; 2.1.1 has none, and does not look at it."""
        if self.version.old:
            return None
        found = self.optional_text("connector_id")
        if found is not None and self.optional_text("evse_uid") is None:
            raise BadBody("evse_uid is missing, which connector_id needs")
        return found

    # The token

    def driver(self) -> Driver:
        """Read who charges."""
        token = self._token()
        if self.version.old:
            return Driver(uid=token.text("uid"), contract_id=token.text("auth_id"), type=token.text("type"))
        return Driver(
            uid=token.text("uid"),
            contract_id=token.text("contract_id"),
            country_code=token.text("country_code"),
            party_id=token.text("party_id"),
            type=token.text("type"),
        )

    def valid_token(self) -> bool:
        """Whether the eMSP says that its token is good."""
        return self._token().object()["valid"] is True

    def _token(self) -> Asked:
        said = self.object().get("token")
        if not isinstance(said, dict):
            raise BadBody("token is missing")
        token, body = Asked(said, self.version, self._quirks), said
        for name in _OLD_NEEDED if self.version.old else _NEEDED:
            token.text(name)
        token.moment("last_updated")
        if not isinstance(body.get("valid"), bool):
            raise BadBody("valid is missing")
        if body["whitelist"] not in _WHITELIST:
            raise BadBody("whitelist is not known")
        if body["type"] not in (_OLD_TYPES if self.version.old else _TYPES):
            raise BadBody("type is not known")
        if Quirk.DEMANDS_ALL_FIELDS in self._quirks and any(name not in body for name in _OPTIONAL[self.version]):
            raise BadBody("token lacks a field")
        return token
