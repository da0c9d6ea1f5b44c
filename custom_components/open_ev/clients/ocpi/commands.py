"""What is sent to have an operator do something. Everything is checked before, so that nothing half right is sent."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import re
import secrets
from typing import Final
from uuid import uuid4

from .answers import JsonObject
from .credentials import Credentials
from .dialects import Dialect
from .errors import InvalidArgument, NotAvailable
from .models import Capability, CommandType, Evse, Session

# A CiString of 36, and of the ids of 2.1.1 those that fit any integer.
_ID: Final = re.compile(r"[ -~]{1,36}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST_NUMBER: Final = 2**31 - 1
_LONGEST_RESERVATION: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command but for the address that its result is to be sent to."""

    type: CommandType
    body: JsonObject = field(repr=False)


def new_reference() -> str:
    """A name for an authorization that nobody else has given."""
    return str(uuid4())


def new_reservation_id(dialect: Dialect) -> str:
    """An id for a reservation that we have not given before."""
    return str(secrets.randbelow(_LARGEST_NUMBER) + 1) if dialect.numbers_reservations else str(uuid4())


def timestamp(moment: datetime) -> str:
    """Write a moment as every version has it: UTC, with the letter that says so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@dataclass(frozen=True, slots=True)
class Commands:
    """What can be sent to one operator, as its version has it."""

    dialect: Dialect
    credentials: Credentials

    def start_session(self, location_id: str, evse: Evse, *, connector_id: str | None, reference: str) -> Command:
        """Have a session begin. Its connector is named where the EVSE asks for that.

        Raises:
            InvalidArgument: the EVSE has no such connector, or asks for one and nobody knows which.
        """
        body: JsonObject = {"token": self._token(), "location_id": location_id, "evse_uid": evse.uid}
        if self.dialect.has_references:
            body["authorization_reference"] = reference
            if connector_id is not None or Capability.START_SESSION_CONNECTOR_REQUIRED in evse.capabilities:
                body["connector_id"] = find_connector(evse, connector_id)
        return Command(type=CommandType.START_SESSION, body=body)

    def stop_session(self, session: Session) -> Command:
        """Have a session end."""
        return Command(type=CommandType.STOP_SESSION, body={"session_id": session.id})

    def unlock_connector(self, location_id: str, evse: Evse, *, connector_id: str | None) -> Command:
        """Have a cable let go, for whoever runs the site.

        Raises:
            InvalidArgument: the EVSE has no such connector, or several of which none is named.
        """
        connector = find_connector(evse, connector_id)
        return Command(
            type=CommandType.UNLOCK_CONNECTOR,
            body={"location_id": location_id, "evse_uid": evse.uid, "connector_id": connector},
        )

    def reserve_now(
        self, location_id: str, evse: Evse, *, reservation_id: str, expiry: datetime, reference: str
    ) -> Command:
        """Have an EVSE kept for us, which may cost money. The same id at the same location replaces a reservation.

        Raises:
            InvalidArgument: the id is none, or the expiry has no zone, is over, or further away than anybody plans.
        """
        if expiry.tzinfo is None:
            raise InvalidArgument("expiry", "no_zone")
        left = expiry - datetime.now(UTC)
        if left <= timedelta():
            raise InvalidArgument("expiry", "past")
        if left > _LONGEST_RESERVATION:
            raise InvalidArgument("expiry", "out_of_range")
        body: JsonObject = {
            "token": self._token(),
            "expiry_date": timestamp(expiry),
            "reservation_id": self._reservation(reservation_id),
            "location_id": location_id,
            "evse_uid": evse.uid,
        }
        if self.dialect.has_references:
            body["authorization_reference"] = reference
        return Command(type=CommandType.RESERVE_NOW, body=body)

    def cancel_reservation(self, reservation_id: str) -> Command:
        """Have a reservation given up (2.2.1 and later).

        Raises:
            NotAvailable: 2.1.1 has no way.
            InvalidArgument: the id is none.
        """
        if not self.dialect.has_cancel:
            raise NotAvailable(CommandType.CANCEL_RESERVATION)
        return Command(type=CommandType.CANCEL_RESERVATION, body={"reservation_id": self._reservation(reservation_id)})

    def _token(self) -> JsonObject:
        return self.dialect.driver_token(self.credentials, timestamp(datetime.now(UTC)))

    def _reservation(self, reservation_id: str) -> str | int:
        if not self.dialect.numbers_reservations:
            if _ID.fullmatch(reservation_id) is None:
                raise InvalidArgument("reservation_id", "malformed")
            return reservation_id
        if _NUMBER.fullmatch(reservation_id) is None or int(reservation_id) > _LARGEST_NUMBER:
            raise InvalidArgument("reservation_id", "malformed")
        return int(reservation_id)


def find_connector(evse: Evse, wanted: str | None) -> str:
    """The id of a connector as the operator writes it: the one that is wanted, or the only one.

    Raises:
        InvalidArgument: there is no such one, or there are several and none is wanted.
    """
    ids = [connector.id for connector in evse.connectors]
    if wanted is not None:
        ids = [connector_id for connector_id in ids if connector_id.casefold() == wanted.casefold()]
    match ids:
        case [connector_id]:
            return connector_id
        case []:
            raise InvalidArgument("connector", "no_such_connector")
    raise InvalidArgument("connector", "which_connector")
