"""Commands: what is asked, whether it can be, and what is done later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from .answers import INVALID, SUCCESS, UNKNOWN_LOCATION, UNKNOWN_TOKEN, Answer, detail, refusal
from .asked import Asked, BadBody
from .operator import Operator
from .quirks import Quirk
from .reservations import Reservation
from .scripts import Command, Result, Script
from .sites import Capability, Evse
from .traffic import Json, JsonObject
from .versions import Version


class Plan(NamedTuple):
    """How a command is decided when it is time, and done."""

    check: Callable[[], Result]
    do: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What comes after a command was accepted."""

    command: Command
    version: Version
    url: str
    script: Script
    plan: Plan


class _Refused(Exception):
    """A command that is answered at once, and never done."""

    def __init__(self, result: Result, code: int = SUCCESS) -> None:
        super().__init__(result)
        self.result = result
        self.code = code


class Commands:
    """Takes commands for an operator."""

    def __init__(
        self,
        operator: Operator,
        scripts: Mapping[Command, Script],
        quirks: set[Quirk],
        emsp: tuple[str, str],
        drivers: Callable[[], set[str] | None],
    ) -> None:
        """Take them from an eMSP of this country and party; `drivers` are the uids of the tokens it has told of."""
        self._operator = operator
        self._scripts = scripts
        self._quirks = quirks
        self._emsp = emsp
        self._drivers = drivers

    def take(self, name: str, body: Json, version: Version) -> tuple[Answer, Later | None]:
        """Answer a command; what was accepted has a result later."""
        known = {*Command} - ({Command.CANCEL_RESERVATION} if version.old else set())
        if name not in known:
            return self._improper(f"{name} is no command"), None
        command = Command(name)
        asked = Asked(body, version, self._quirks)
        script = replace(self._scripts[command])
        result, code = Result.ACCEPTED, SUCCESS
        url = ""
        try:
            url = asked.url("response_url")
            plan = self._prepare(command, asked, url)
        except BadBody as err:
            return self._improper(str(err)), None
        except _Unknown as err:
            return refusal(UNKNOWN_TOKEN, str(err)), None
        except _Refused as err:
            result, code = err.result, err.code
            plan = Plan(partial(_always, err.result), _nothing)
        answer = self._answer(result, script, version, code)
        if (script.immediate or result) != Result.ACCEPTED:
            return answer, None
        return answer, Later(command=command, version=version, url=url, script=script, plan=plan)

    def _improper(self, words: str) -> Answer:
        if Quirk.DETAIL_422 in self._quirks:
            return detail(422, [{"loc": ["body"], "msg": words, "type": "value_error"}])
        return refusal(INVALID, words)

    def _answer(self, result: Result, script: Script, version: Version, code: int = SUCCESS) -> Answer:
        told: JsonObject = {"result": script.immediate or (result.old if version.old else result)}
        if not version.old:
            told |= {"timeout": script.timeout, "message": display_text(script.message)}
        return Answer(data=told, code=code, message="Success" if code == SUCCESS else "Unknown location")

    # Each command: whether it can be done at all, and how

    def _prepare(self, command: Command, asked: Asked, url: str) -> Plan:
        match command:
            case Command.START_SESSION:
                return self._start(asked)
            case Command.STOP_SESSION:
                return self._stop(asked)
            case Command.RESERVE_NOW:
                return self._reserve(asked, url)
            case Command.CANCEL_RESERVATION:
                return self._cancel(asked)
            case Command.UNLOCK_CONNECTOR:
                return self._unlock(asked)

    def _start(self, asked: Asked) -> Plan:
        driver = asked.driver()
        self._check_driver(asked)
        reference, connector_id = asked.reference(), asked.connector_id()
        evse = self._place(asked, Capability.REMOTE_START_STOP_CAPABLE)
        if connector_id is None and Capability.START_SESSION_CONNECTOR_REQUIRED in evse.capabilities:
            raise BadBody("connector_id is missing")
        connectors = [found for found in evse.connectors if connector_id in {None, found.id}]
        if not connectors:
            raise _Refused(Result.REJECTED)
        return Plan(
            partial(self._operator.may_start, evse, driver),
            partial(self._operator.start, evse, driver, reference, connectors[0]),
        )

    def _stop(self, asked: Asked) -> Plan:
        session = self._operator.session(asked.text("session_id"))
        if session is None or not session.listed:
            raise _Refused(Result.UNKNOWN_SESSION)
        if not session.open:
            raise _Refused(Result.REJECTED)
        return Plan(
            lambda: Result.ACCEPTED if session.open else Result.REJECTED,
            partial(self._operator.stop, session),
        )

    def _reserve(self, asked: Asked, url: str) -> Plan:
        driver, expiry, id_ = asked.driver(), asked.moment("expiry_date"), asked.reservation_id()
        reference = asked.reference()
        self._check_driver(asked)
        if Quirk.NO_RESERVATIONS in self._quirks:
            raise _Refused(Result.NOT_SUPPORTED)
        evse = self._place(asked, Capability.RESERVABLE)
        if expiry <= self._operator.now():
            raise _Refused(Result.REJECTED)
        location, _ = self._operator.evse(evse.uid)
        reservation = Reservation(
            id=id_,
            driver=driver,
            location=location,
            evse=evse,
            expiry=expiry,
            response_url=url,
            version=asked.version,
            session=None,
        )
        return Plan(
            partial(self._operator.may_reserve, evse, driver, id_),
            partial(self._operator.reserve, reservation, reference, with_session=not asked.version.old),
        )

    def _cancel(self, asked: Asked) -> Plan:
        id_ = asked.text("reservation_id")
        if Quirk.NO_RESERVATIONS in self._quirks:
            raise _Refused(Result.NOT_SUPPORTED)

        def check() -> Result:
            return Result.ACCEPTED if self._operator.reservation(id_) is not None else Result.UNKNOWN_RESERVATION

        def do() -> None:
            if (reservation := self._operator.reservation(id_)) is not None:
                self._operator.end_reservation(reservation)

        return Plan(check, do)

    def _unlock(self, asked: Asked) -> Plan:
        uid, connector_id = asked.text("evse_uid"), asked.text("connector_id")
        evse = self._place(asked, Capability.UNLOCK_CAPABLE, uid)
        connector = next((found for found in evse.connectors if found.id.casefold() == connector_id.casefold()), None)
        if connector is None:
            raise _Refused(Result.REJECTED)
        return Plan(
            lambda: Result.ACCEPTED if evse.works else Result.EVSE_INOPERATIVE,
            partial(self._operator.unlock, evse, connector),
        )

    # What they are about

    def _place(self, asked: Asked, capability: Capability, uid: str | None = None) -> Evse:
        """Find the EVSE; where none is named, the first that can be used for it."""
        location = self._operator.location(asked.text("location_id"))
        uid = uid or asked.optional_text("evse_uid")
        if uid is None and Quirk.DEMANDS_EVSE in self._quirks:
            raise BadBody("evse_uid is missing")
        if location is None:
            raise _Refused(Result.REJECTED, UNKNOWN_LOCATION)
        evses = [evse for evse in location.evses if uid is None or evse.uid.casefold() == uid.casefold()]
        if not evses:
            raise _Refused(Result.REJECTED)
        able = [evse for evse in evses if capability in evse.capabilities]
        if not able:
            raise _Refused(Result.NOT_SUPPORTED)
        free = [evse for evse in able if evse.works and self._operator.session_at(evse) is None]
        return (free or able)[0]

    def _check_driver(self, asked: Asked) -> None:
        driver, drivers = asked.driver(), self._drivers()
        if drivers is not None and driver.uid.casefold() not in {uid.casefold() for uid in drivers}:
            raise _Unknown("This token is not known")
        party = (driver.country_code.casefold(), driver.party_id.casefold())
        foreign = party != (self._emsp[0].casefold(), self._emsp[1].casefold())
        if foreign and Quirk.DEMANDS_OWN_TOKENS in self._quirks and not asked.version.old:
            raise BadBody("This token is somebody else's")
        if not asked.valid_token():
            raise _Refused(Result.REJECTED)


class _Unknown(Exception):
    """A token that nobody has told of."""


def _always(result: Result) -> Result:
    return result


def _nothing() -> None:
    pass


def display_text(message: str | None) -> list[Json]:
    """Write a text for the driver."""
    return [] if message is None else [{"language": "en", "text": message}]
