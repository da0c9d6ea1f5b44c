"""Who may come in."""

import base64
from collections.abc import Callable, Mapping
import hmac
import secrets
from typing import Final

from .claims import Json
from .gateway import Gateway
from .http import NO_JSON, Answer, Asked, message

COOKIE: Final = "oevse_session"
_DEFAULT_USER: Final = "openevseadmin"
_HOURS = 6 * 3600
_DAYS = 30 * 24 * 3600
_MOST_FAILURES = 10
_FORGIVES_ONE_EVERY = 60.0
_OPEN: Final = frozenset({"/emoncms/describe", "/login"})
_TOUCHY: Final = frozenset({"/reset", "/restart", "/apoff"})
"""Paths that a GET alone does not move any more."""


class Access:
    """Basic authentication and, in the development snapshot, sessions by cookie."""

    def __init__(self, gateway: Gateway, seconds: Callable[[], float]) -> None:
        """Watch over a gateway; `seconds` is its clock."""
        self._gateway = gateway
        self._sessions_known = gateway.firmware.sessions
        self._seconds = seconds
        self._sessions: dict[str, float] = {}
        """When each ends."""
        self._failures: list[float] = []

    def refuses(self, asked: Asked) -> Answer | None:
        """Refuse, or let pass."""
        if self._gateway.network.access_point or not self._is_locked or asked.path in _OPEN:
            return self._refuses_touch(asked)
        credentials = _credentials(asked.headers)
        if credentials is not None:
            return self._refuses_touch(asked) if self._fits(*credentials) else self._wrong()
        if not self._has_session(asked.cookies):
            return self.unauthorized()
        if asked.method != "GET" and not _is_own_page(asked.headers):
            return message("csrf", 403)
        return self._refuses_touch(asked)

    def _refuses_touch(self, asked: Asked) -> Answer | None:
        if self._gateway.firmware.restarts_when_asked or asked.path not in _TOUCHY:
            return None
        return None if asked.method != "GET" or _is_own_page(asked.headers) else message("csrf", 403)

    def lets_listen(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Tell whether a websocket may be opened: up to 5.1 by anybody."""
        if not self._sessions_known or not self._is_locked:
            return True
        credentials = _credentials(headers)
        return self._fits(*credentials) if credentials is not None else self._has_session(cookies)

    def login(self, asked: Asked) -> Answer:
        """Open a session."""
        said = asked.object()
        if said is None:
            return NO_JSON
        if not self._fits(str(said.get("user", "")), str(said.get("pass", ""))):
            return self._wrong()
        lasts = _DAYS if said.get("remember") else _HOURS
        session = secrets.token_hex(16)
        self._sessions[session] = self._seconds() + lasts
        cookie = f"{COOKIE}={session}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict"
        return Answer(body=b'{"msg":"ok"}', headers={"Set-Cookie": cookie})

    def restart(self) -> None:
        """Forget all sessions."""
        self._sessions.clear()
        self._failures.clear()

    def expire_sessions(self) -> None:
        """End all sessions, as if their time had come."""
        self._sessions.clear()

    def _setting(self, name: str) -> str:
        value: Json = self._gateway.config.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def _is_locked(self) -> bool:
        return bool(self._setting("www_password" if self._sessions_known else "www_username"))

    def _fits(self, user: str, password: str) -> bool:
        name = self._setting("www_username") or (_DEFAULT_USER if self._sessions_known else "")
        given, known = f"{user}\0{password}", f"{name}\0{self._setting('www_password')}"
        return hmac.compare_digest(given.encode(), known.encode())

    def _has_session(self, cookies: Mapping[str, str]) -> bool:
        return self._sessions_known and self._sessions.get(cookies.get(COOKIE, ""), -1.0) > self._seconds()

    def _wrong(self) -> Answer:
        """Refuse wrong credentials, after ten of them without a look; one is forgiven each minute."""
        if not self._sessions_known:
            return self.unauthorized()
        now = self._seconds()
        recent = [moment for moment in self._failures if now - moment < _MOST_FAILURES * _FORGIVES_ONE_EVERY]
        forgiven = int((now - recent[0]) / _FORGIVES_ONE_EVERY) if recent else 0
        self._failures = recent
        if len(recent) - forgiven >= _MOST_FAILURES:
            return Answer(status=429)
        self._failures.append(now)
        return self.unauthorized()

    def unauthorized(self) -> Answer:
        """Ask for credentials."""
        # The realm is not quoted, which is no proper header.
        realm = self._setting("hostname") or "openevse"
        return Answer(status=401, headers={"WWW-Authenticate": f"Basic realm={realm}"})


def _credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    kind, _, encoded = headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def _is_own_page(headers: Mapping[str, str]) -> bool:
    return headers.get("X-Requested-With") == "OpenEVSE"
