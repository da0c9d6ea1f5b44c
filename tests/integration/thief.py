"""Somebody who announces itself as a charger, to be sent what is the charger's."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

from simulators.openevse import OpenEvse

from .charger_dialog import SERIAL

CREDENTIALS: dict[str, Any] = {"username": "me", "password": "correct-horse"}


@dataclass
class Thief:
    """Somebody who announces itself as a charger, and writes down what it is sent."""

    url: str
    answer: Callable[[str], web.Response]
    heard: list[str] = field(default_factory=list)
    """Paths, headers and bodies of all requests."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return URL(self.url).port or 0

    @property
    def announcement(self) -> dict[str, str]:
        """What it says it is."""
        return {"type": "openevse_wifi_v1", "version": "v5.1.2", "id": SERIAL}

    def assert_knows_nothing(self) -> None:
        """Check that nobody has told it a name or a password, or has tried a session."""
        for said in self.heard:
            assert "Authorization" not in said
            assert "Cookie" not in said
            assert "/login" not in said
            assert CREDENTIALS["password"] not in said


def asks_for_a_password(_: str) -> web.Response:
    """Answer everything as a charger with a password does."""
    return web.Response(status=401, headers={"WWW-Authenticate": "Basic realm=openevse"})


def says_it_is(charger: OpenEvse) -> Callable[[str], web.Response]:
    """Answer what anybody can know of a charger, its number among it."""
    answers: dict[str, dict[str, Any]] = {
        "/status": {"srssi": -60, "ohm_hour": "NotConnected", "free_heap": 100_000, "state": 1, "vehicle": 0},
        "/config": {"wifi_serial": charger.serial.upper(), "hostname": "openevse", "version": "v5.1.2"},
    }
    return lambda path: web.json_response(answers[path]) if path in answers else web.Response(status=404)


@asynccontextmanager
async def thieving(answer: Callable[[str], web.Response] = asks_for_a_password) -> AsyncGenerator[Thief]:
    """Listen where no charger is."""
    application = web.Application()
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    thief = Thief("", answer)

    async def hear(request: web.Request) -> web.Response:
        thief.heard.append(f"{request.path} {dict(request.headers)} {await request.text()}")
        return thief.answer(request.path)

    application.router.add_route("*", "/{path:.*}", hear)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        thief.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield thief
    finally:
        await runner.cleanup()
