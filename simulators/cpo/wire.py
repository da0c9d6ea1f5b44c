"""How sites and sessions are written in each version."""

from datetime import UTC, datetime

from .quirks import Quirk
from .sessions import Session
from .sites import Connector, Evse, Location
from .traffic import Json, JsonObject
from .versions import Version


class Writer:
    """Writes the objects of one version."""

    def __init__(self, version: Version, quirks: set[Quirk], country_code: str, party_id: str) -> None:
        """Write as this party."""
        self.version = version
        self._quirks = quirks
        self._party: JsonObject = {} if version.old else {"country_code": country_code, "party_id": party_id}

    def moment(self, moment: datetime) -> str:
        """Write a time, which is UTC."""
        return write_moment(moment, zone=Quirk.NO_ZONE not in self._quirks)

    def location(self, location: Location) -> JsonObject:
        """Write a location with all that it has."""
        return self._place(location) | {"evses": [self.evse(evse) for evse in location.evses]}

    def _place(self, location: Location) -> JsonObject:
        kind: JsonObject = {"type": "PARKING_GARAGE"} if self.version.old else {"publish": True}
        return self._finished(
            {
                **self._party,
                "id": location.id,
                **kind,
                "address": location.address,
                "city": location.city,
                "postal_code": location.postal_code,
                "country": location.country,
                "coordinates": {"latitude": location.latitude, "longitude": location.longitude},
                "time_zone": "Europe/Amsterdam",
                "last_updated": self.moment(location.last_updated),
            },
            {"name": location.name, "operator": {"name": "Open Operator"}},
        )

    def evse(self, evse: Evse, only: Connector | None = None) -> JsonObject:
        """Write an EVSE with its connectors, or one of them."""
        capabilities: list[Json] = list(evse.capabilities)
        if Quirk.UNKNOWN_VALUES in self._quirks:
            capabilities.append("TELEPATHY_CAPABLE")
        connectors = evse.connectors if only is None else [only]
        return self._finished(
            {
                "uid": evse.uid,
                "status": evse.status,
                "capabilities": capabilities,
                "connectors": [self.connector(connector, evse) for connector in connectors],
                "last_updated": self.moment(evse.last_updated),
            },
            {"evse_id": evse.evse_id, "physical_reference": evse.physical_reference, "floor_level": None},
        )

    def connector(self, connector: Connector, evse: Evse) -> JsonObject:
        """Write a connector. 2.1.1 tells voltage and current only, and names them differently."""
        prefix = "" if self.version.old else "max_"
        power: Json = None if Quirk.NO_POWER in self._quirks else connector.power
        return self._finished(
            {
                "id": connector.id,
                "standard": "X_MAGIC" if Quirk.UNKNOWN_VALUES in self._quirks else connector.standard,
                "format": connector.format,
                "power_type": connector.power_type,
                f"{prefix}voltage": connector.voltage,
                f"{prefix}amperage": connector.amperage,
                "last_updated": self.moment(evse.last_updated),
            },
            {} if self.version.old else {"max_electric_power": power},
        )

    def session(self, session: Session, currency: str, cost: float | None, tax: float) -> JsonObject:
        """Write a session; `cost` is before taxes, and `tax` in %."""
        return self._finished(
            {
                **self._party,
                "id": session.id,
                self._time("start"): self.moment(session.start),
                "kwh": round(session.energy, 4),
                "auth_method": self._method(session.auth_method),
                **self._whose(session),
                "currency": currency,
                "status": session.status,
                "last_updated": self.moment(session.last_updated),
            },
            {
                self._time("end"): None if session.end is None else self.moment(session.end),
                "total_cost": None if cost is None else self._cost(cost, tax),
                **self._new_fields(session),
            },
        )

    def _time(self, which: str) -> str:
        return f"{which}_datetime" if self.version.old else f"{which}_date_time"

    def _method(self, method: str) -> str:
        """2.1.1 has no COMMAND."""
        return "AUTH_REQUEST" if self.version.old and method == "COMMAND" else method

    def _whose(self, session: Session) -> JsonObject:
        driver = session.driver
        if self.version.old:
            evse = self.evse(session.evse, session.connector)
            within: JsonObject = {"evse": evse} if Quirk.ONE_EVSE in self._quirks else {"evses": [evse]}
            return {"auth_id": driver.contract_id, "location": self._place(session.location) | within}
        return {
            "cdr_token": {
                "country_code": driver.country_code,
                "party_id": driver.party_id,
                "uid": driver.uid,
                "type": driver.type,
                "contract_id": driver.contract_id,
            },
            "location_id": session.location.id,
            "evse_uid": session.evse.uid,
            "connector_id": session.connector.id,
        }

    def _new_fields(self, session: Session) -> JsonObject:
        """Write what 2.1.1 does not have."""
        if self.version.old:
            return {}
        told: JsonObject = {}
        if Quirk.NO_REFERENCES not in self._quirks:
            told["authorization_reference"] = session.reference
        if Quirk.NEWER_SESSIONS in self._quirks:
            told |= {"soc_start": None, "soc_end": None, "odometer": None}
        return told

    def _cost(self, cost: float, tax: float) -> Json:
        """A number, an object, and another object."""
        if self.version.old:
            return cost
        amount = round(cost * tax / 100, 4)
        if self.version is Version.V2_3_0 or Quirk.NEWER_SESSIONS in self._quirks:
            return {"before_taxes": cost, "taxes": [{"name": "VAT", "percentage": tax, "amount": amount}]}
        return {"excl_vat": cost, "incl_vat": round(cost + amount, 4)}

    def _finished(self, told: JsonObject, optional: JsonObject) -> JsonObject:
        """Add what may be left out, and what should be."""
        nulls = Quirk.NULLS in self._quirks
        told |= {name: value for name, value in optional.items() if value is not None or nulls}
        if Quirk.UNKNOWN_FIELDS in self._quirks:
            told["x_operator"] = {"colour": "green", "id": 7}
        return told


def write_moment(moment: datetime, *, zone: bool = True) -> str:
    """Write a time as RFC 3339 does, or without saying that it is UTC, which OCPI allows."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}{'Z' if zone else ''}"


def read_moment(text: str) -> datetime:
    """Read a time; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
