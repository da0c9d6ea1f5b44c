"""A whole simulated operator, and the hands of all who have to do with it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import secrets
import ssl
from typing import Self

from simulators.running_time import RunningTime

from .access import Access
from .callbacks import Callbacks
from .commands import Commands
from .doors import Doors
from .envelope import Envelope
from .knobs import Knobs
from .operator import Operator
from .paging import Pager
from .paths import VERSIONS
from .quirks import Quirk
from .reservations import Reservation
from .scripts import CallbackFault, Command, Result, Script
from .server import Server
from .sessions import Driver, Session, SessionStatus, Tariff
from .sites import FULL, Car, Evse, Location, Status, apartment_house
from .traffic import Callback, JsonObject, Request
from .versions import Encoding, Version
from .wire import Writer


class Cpo:
    """An operator on loopback.

    Its clock is right, plus what `tick` has let pass at once: cars charge in ticks, or as fast as `speed` says. Commands
    are answered at once and done a little later, as `scripts` has it.
    """

    def __init__(
        self,
        versions: Version | Iterable[Version] = Version.V2_2_1,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        name: str | None = None,
        tls: ssl.SSLContext | None = None,
        trusts: ssl.SSLContext | None = None,
        token: str | None = None,
        callback_token: str | None = None,
        encoding: Encoding | None = None,
        country_code: str = "NL",
        party_id: str = "OPE",
        emsp: tuple[str, str] = ("NL", "HOM"),
        drivers: set[str] | None = None,
        quirks: Iterable[Quirk] = (),
        locations: list[Location] | None = None,
        tariff: Tariff | None = None,
        page: int = 50,
        patience: float = 60.0,
        speed: float = 0.0,
        on_time: bool = False,
        knobs: Knobs | None = None,
    ) -> None:
        """Build an operator whose sites have no cars.

        Args:
            versions: What it speaks.
            port: Where to listen; 0 takes a free port.
            host: The address to listen on.
            name: The name in the URLs that it tells, if that is not the address.
            tls: Speak https with this certificate.
            trusts: What vouches for the https of the eMSP's response URLs.
            token: What the eMSP shows; None makes one up. May be changed later.
            callback_token: What the operator shows the eMSP; None makes one up. May be changed later.
            encoding: How tokens are written both ways, if not as each version has it.
            country_code: The operator's.
            party_id: The operator's.
            emsp: Country and party of the eMSP.
            drivers: The uids of the tokens that it knows; None is all.
            quirks: What it does otherwise than the standard has it.
            locations: Its sites; None is a garage with EVSE1 and EVSE2 at LOC1, and a fast charger EVSE3 at LOC2.
            tariff: What a session costs.
            page: How many objects a page has at most.
            patience: Seconds for which a start waits for its car.
            speed: How fast simulated time runs.
            on_time: However fast simulated time runs, what the operator dates has the real time.
            knobs: What goes wrong.
        """
        served = (versions,) if isinstance(versions, Version) else tuple(versions)
        self.versions = served
        self.knobs = knobs or Knobs()
        self.quirks = set(quirks)
        """May be changed at any time."""
        self.scripts: dict[Command, Script] = {command: Script() for command in Command}
        """How each command is answered; may be changed at any time."""
        self.drivers = drivers
        self._ahead = timedelta()
        self._speed = speed
        self._on_time = on_time
        self._running = RunningTime(self._run)
        self._host, self._name = host, name or host
        self._scheme = "http" if tls is None else "https"
        self._party = country_code, party_id
        self._operator = Operator(
            apartment_house() if locations is None else locations,
            tariff or Tariff(),
            self.quirks,
            lambda: self.now,
            patience=patience,
        )
        self._access = Access(token or _made_up(), encoding, served, self.quirks)
        self._callbacks = Callbacks(callback_token or _made_up(), encoding, self.quirks, trusts)
        doors = Doors(
            self._operator,
            self._access,
            Commands(self._operator, self.scripts, self.quirks, emsp, lambda: self.drivers),
            Pager(size=page, quirks=self.quirks, foreign=lambda: self.foreign_url),
            {version: Writer(version, self.quirks, country_code, party_id) for version in served},
            self.quirks,
            lambda: self.url,
            self._credentials,
        )
        envelope = Envelope(self.quirks, lambda: self.now)
        self._server = Server(host, port, tls, doors, envelope, self._callbacks, self.knobs)
        self.foreign_url = "http://127.0.0.1:9/elsewhere"
        """Where FOREIGN_LINKS leads."""

    # Where it is, and what was said

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:8000."""
        return f"{self._scheme}://{self._name}:{self.port}"

    @property
    def versions_url(self) -> str:
        """What the eMSP is given, with the token."""
        return self.url + VERSIONS

    @property
    def port(self) -> int:
        """The port it listens on; a free one is known once it has started."""
        return self._server.port

    @property
    def token(self) -> str:
        """What the eMSP has to show; another one makes the old one worthless."""
        return self._access.token

    @token.setter
    def token(self, token: str) -> None:
        self._access.token = token

    @property
    def callback_token(self) -> str:
        """What the operator shows the eMSP."""
        return self._callbacks.token

    @callback_token.setter
    def callback_token(self, token: str) -> None:
        self._callbacks.token = token

    @property
    def requests(self) -> list[Request]:
        """Every request, in its order, whatever became of it."""
        return self._server.requests

    @property
    def most_at_once(self) -> int:
        """How many requests were being answered at the same time, at most."""
        return self._server.most_at_once

    @property
    def callbacks(self) -> list[Callback]:
        """Every result that was posted, in its order, with what the eMSP said to it."""
        return self._callbacks.posted

    @property
    def now(self) -> datetime:
        """The simulated moment."""
        return datetime.now(UTC) + self._ahead

    def _credentials(self, version: Version) -> JsonObject:
        country_code, party_id = self._party
        told: JsonObject = {"token": self.token, "url": self.versions_url}
        business: JsonObject = {"name": "Open Operator"}
        if version.old:
            return told | {"business_details": business, "country_code": country_code, "party_id": party_id}
        role: JsonObject = {
            "role": "CPO",
            "business_details": business,
            "country_code": country_code,
            "party_id": party_id,
        }
        return told | {"roles": [role]}

    # Its life

    async def start(self) -> None:
        """Listen."""
        self._callbacks.start()
        await self._server.start()
        if self._speed > 0:
            self._running.start()

    async def stop(self) -> None:
        """Break all connections, and post nothing more; `start` goes on from there, on the same port."""
        await self._running.stop()
        await self._callbacks.stop()
        await self._server.stop()

    async def refuse_connections(self) -> None:
        """Break all connections and refuse new ones on the port, until `accept_connections`. Its sites go on."""
        await self._server.refuse()

    async def accept_connections(self) -> None:
        """Listen again."""
        await self._server.accept()

    async def settle(self) -> None:
        """Wait until every result that is due was posted, and every command done."""
        await self._callbacks.settle()

    def heal(self) -> None:
        """Let nothing go wrong any more, and answer every command as is the case. Quirks stay."""
        self.knobs.heal()
        self.scripts |= {command: Script() for command in Command}

    def tick(self, seconds: float = 1.0) -> None:
        """Let simulated time pass at once: cars charge, reservations and waits run out."""
        self._ahead += timedelta(seconds=seconds)
        self._operator.run(seconds)

    def _run(self, elapsed: float) -> None:
        # The clock itself goes on by what has really passed.
        if not self._on_time:
            self._ahead += timedelta(seconds=elapsed * (self._speed - 1))
        self._operator.run(elapsed * self._speed)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # Its sites

    @property
    def locations(self) -> list[Location]:
        """The sites; may be changed at any time."""
        return self._operator.locations

    @property
    def tariff(self) -> Tariff:
        """What a session costs; may be changed."""
        return self._operator.tariff

    def evse(self, uid: str = "EVSE1") -> Evse:
        """Find an EVSE by its uid.

        Raises:
            KeyError: there is none.
        """
        return self._operator.evse(uid)[1]

    def status(self, uid: str = "EVSE1") -> str:
        """Tell the status of an EVSE, afresh."""
        self._operator.settle()
        return self.evse(uid).status

    @property
    def sessions(self) -> list[Session]:
        """All, the oldest first."""
        return self._operator.sessions

    def session(self, uid: str = "EVSE1") -> Session | None:
        """Find the session that goes on at an EVSE, or else the last that was there."""
        here = [session for session in self.sessions if session.evse is self.evse(uid)]
        return self._operator.session_at(self.evse(uid)) or (here[-1] if here else None)

    def charging(self, uid: str = "EVSE1") -> bool:
        """Whether a session is active at an EVSE."""
        session = self.session(uid)
        return session is not None and session.status == SessionStatus.ACTIVE

    @property
    def reservations(self) -> list[Reservation]:
        """Those in force."""
        self._operator.settle()
        return list(self._operator.reservations.values())

    # What people and cars do

    def plug_in(self, uid: str = "EVSE1", car: Car | None = None) -> None:
        """Plug in a car; a start that waited for it goes on."""
        self._operator.plug_in(self.evse(uid), car or Car())

    def unplug(self, uid: str = "EVSE1") -> None:
        """Take the cable out of the car, which ends its session."""
        self._operator.unplug(self.evse(uid))

    def car_full(self, uid: str = "EVSE1") -> None:
        """The car is full; its session stays open, and gains nothing."""
        if (car := self.evse(uid).car) is not None:
            car.soc = FULL

    def swipe(self, uid: str = "EVSE1", driver: str = "SOMEBODY", *, listed: bool = True) -> Session:
        """Start a session at the EVSE itself with a card; one of another eMSP is not listed."""
        other = Driver(uid=driver, contract_id=f"NL-HOM-{driver}", type="RFID")
        return self._operator.swipe(self.evse(uid), other, listed=listed)

    def out_of_order(self, uid: str = "EVSE1", status: str = Status.OUT_OF_ORDER) -> None:
        """Give an EVSE a status whatever is the case: what makes it useless ends what goes on, and is told."""
        evse = self.evse(uid)
        held = self._operator.reservation_of(evse)
        self._operator.break_down(evse, status)
        if held is not None and not evse.works:
            self._tell_cancelled(held)

    def repair(self, uid: str = "EVSE1") -> None:
        """Let an EVSE have the status that is the case."""
        self._operator.repair(self.evse(uid))

    def stop_session(self, uid: str = "EVSE1") -> None:
        """End a session from the operator's desk, or at the EVSE."""
        if (session := self._operator.session_at(self.evse(uid))) is not None:
            self._operator.stop(session)

    def cancel_reservation(self, id_: str, *, fault: CallbackFault | None = None) -> None:
        """Cancel a reservation from the operator's desk, and post that to where the reservation's result went.

        2.1.1 has no word for it, so nothing is posted.

        Raises:
            KeyError: there is none.
        """
        reservation = self._operator.reservation(id_)
        if reservation is None:
            raise KeyError(id_)
        self._operator.end_reservation(reservation)
        self._tell_cancelled(reservation, fault)

    def _tell_cancelled(self, reservation: Reservation, fault: CallbackFault | None = None) -> None:
        if not reservation.version.old:
            self._callbacks.tell(
                Command.RESERVE_NOW,
                reservation.version,
                reservation.response_url,
                Result.CANCELED_RESERVATION,
                Script(fault=fault),
            )


def _made_up() -> str:
    """Make up a token, which happens not to be Base64."""
    return f"made-up-{secrets.token_hex(16)}"
