"""Where an OVMS server (v2 protocol) is, who asks for which vehicle, and how one is let in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .cipher import digest, is_digest, new_token, session_key
from .errors import CannotConnect, ConnectionRefused

PLAIN_PORT = 6867
TLS_PORT = 6870
_ANY_VEHICLE = "*"


class ClientKind(StrEnum):
    """What a client says it is."""

    APP = "A"
    """The module is told that somebody looks: it sends every minute, and at once what matters."""
    BATCH = "B"
    """The module is told nothing, and goes on sending every ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLogin:
    """A vehicle's id and its own server password (the module's `password/server.v2`); what follows is encrypted."""

    vehicle_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLogin:
    """A user's account at the server with its password, or an API token; sent in clear, so only for TLS.

    `vehicle_id` chooses one of the account's vehicles; without one the server takes the first.
    """

    account: str
    secret: str = field(repr=False)
    vehicle_id: str = _ANY_VEHICLE


type Login = VehicleLogin | AccountLogin


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An OVMS server, and the login for one vehicle.

    Without `verify_tls` any certificate of any name is taken: own servers often sign their own.
    """

    host: str
    login: Login
    port: int = TLS_PORT
    tls: bool = True
    verify_tls: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a server that let us in said of it.

    `key` is that of the ciphers, None if what follows is plain. `vehicle_id` is the vehicle the connection is for, empty
    for an account without any, and `vehicles` all that the account has.
    """

    vehicle_id: str
    vehicles: tuple[str, ...] = ()
    key: bytes | None = field(default=None, repr=False)


class Hello(Protocol):
    """One login: the line to send, and what the line that comes back means."""

    line: str

    def welcome(self, answer: str) -> Welcome:
        """Read the server's answer.

        Raises:
            CannotConnect: it is not an OVMS server's, or not that of one that knows the password.
        """
        ...


class _VehicleHello:
    """Scheme 0."""

    def __init__(self, login: VehicleLogin, kind: ClientKind) -> None:
        self._login = login
        self._token = new_token()
        self.line = f"MP-{kind} 0 {self._token} {digest(login.password, self._token)} {login.vehicle_id}"

    def welcome(self, answer: str) -> Welcome:
        match answer.split():
            case ["MP-S", "0", token, proof]:
                pass
            case _:
                raise CannotConnect("no OVMS server answers there")
        password = self._login.password
        # Who sends our own token back has our digest of it as well, without knowing the password.
        if token == self._token or not is_digest(password, token, proof):
            raise CannotConnect("the server does not know the vehicle's password")
        key = session_key(password, token, self._token)
        # The server finds a vehicle whatever the case of its id, and has it in upper case.
        return Welcome(vehicle_id=self._login.vehicle_id.upper(), key=key)


class _AccountHello:
    """Scheme 1."""

    def __init__(self, login: AccountLogin, kind: ClientKind) -> None:
        self._wanted = login.vehicle_id.upper()
        self.line = f"MP-{kind} 1 {login.account} {login.secret} {login.vehicle_id}"

    def welcome(self, answer: str) -> Welcome:
        match answer.split():
            case ["MP-S", "1", _, chosen, *vehicles]:
                pass
            case ["MP-S", "1", _] if self._wanted == _ANY_VEHICLE:
                # So an account is greeted that has none (server 3.0.001).
                return Welcome(vehicle_id="")
            case _:
                raise CannotConnect("no OVMS server answers there")
        if self._wanted not in {_ANY_VEHICLE, chosen.upper()}:
            # All that it says now would be of another car, which would get the commands as well.
            raise CannotConnect("the server offers another vehicle")
        return Welcome(vehicle_id=chosen, vehicles=tuple(vehicles))


def hello(login: Login, kind: ClientKind) -> Hello:
    """Begin to log in.

    Raises:
        ConnectionRefused: a blank in what must be one word, which no server could let in.
    """
    if isinstance(login, VehicleLogin):
        _require_words(login.vehicle_id)
        return _VehicleHello(login, kind)
    _require_words(login.account, login.secret, login.vehicle_id)
    return _AccountHello(login, kind)


def _require_words(*texts: str) -> None:
    for text in texts:
        if not text.isprintable() or len(text.split()) != 1 or text != text.strip():
            raise ConnectionRefused("what must be one word is not")
