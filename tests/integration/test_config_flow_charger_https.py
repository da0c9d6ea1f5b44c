"""A charger speaks https: by choice, or nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import ssl

from aiohttp import web
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.util import ssl as ssl_util
import pytest
from yarl import URL

from custom_components.open_ev.flows import charger as charger_flow
from simulators.openevse import Generation, OpenEvse

from .certificates import Authority
from .charger_dialog import SERIAL, add, announce, assert_aborted, assert_created, entry_for, standing, with_password
from .dialog import assert_error, shown, submit

CREDENTIALS: dict[str, str] = {"username": "me", "password": "correct horse"}


@pytest.fixture
def own_certificate(authority: Authority) -> ssl.SSLContext:
    """What a charger speaks https with: a certificate that nobody vouches for."""
    certificate = authority.sign("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain_file, certificate.key_file)
    return context


async def test_a_certificate_of_its_own_making(hass: HomeAssistant, own_certificate: ssl.SSLContext) -> None:
    """It is trusted only by who says so; the question comes up with the problem."""
    async with standing(hass, tls=own_certificate) as charger:
        result = await add(hass, charger.url)
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        assert shown(result["data_schema"]) == {"host": charger.url, "verify_tls": True}
        result = await submit(hass, result, {"host": charger.url, "verify_tls": True})
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        assert charger.requests == []
        result = await submit(hass, result, {"host": charger.url, "verify_tls": False})
        assert_created(result, charger, verify_tls=False)


async def test_a_charger_that_speaks_no_https(hass: HomeAssistant) -> None:
    """It is set up without; what was chosen for https is not kept for http."""
    async with standing(hass) as charger:
        typed = {"host": charger.url.replace("http:", "https:")}
        result = await add(hass, typed["host"])
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        result = await submit(hass, result, {**typed, "verify_tls": False})
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        assert shown(result["data_schema"]) == {**typed, "verify_tls": False}
        result = await submit(hass, result, {"host": charger.url, "verify_tls": False})
        assert_created(result, charger)


# One that leads there whoever asks by http


@dataclass(frozen=True)
class Door:
    """The port of http of a charger that was given a certificate."""

    url: str
    charger: OpenEvse

    @property
    def port(self) -> int:
        """Where it listens, which is what the charger announces."""
        return URL(self.url).port or 0

    @property
    def announcement(self) -> dict[str, str]:
        """What the charger says beside its address."""
        return self.charger.announcement


@asynccontextmanager
async def door_to(charger: OpenEvse) -> AsyncGenerator[Door]:
    """Answer as firmware 5.0 and later does on port 80, once it has a certificate."""

    async def lead(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": f"{charger.url}{request.path}"}, text="<html></html>")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", lead)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Door(f"http://127.0.0.1:{runner.addresses[0][1]}", charger)
    finally:
        await runner.cleanup()


async def test_a_charger_that_speaks_nothing_else(hass: HomeAssistant, own_certificate: ssl.SSLContext) -> None:
    """Whoever types its address finds it, and is asked whether to trust it."""
    async with standing(hass, tls=own_certificate) as charger, door_to(charger) as door:
        result = await add(hass, door.url)
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        assert shown(result["data_schema"]) == {"host": charger.url, "verify_tls": True}
        result = await submit(hass, result, {"host": charger.url, "verify_tls": False})
        assert_created(result, charger, verify_tls=False)


async def test_it_is_discovered(hass: HomeAssistant, own_certificate: ssl.SSLContext) -> None:
    """It announces its port of http, and its certificate is no reason not to offer it."""
    async with standing(hass, tls=own_certificate) as charger, door_to(charger) as door:
        result = await announce(hass, door)
        assert_error(result, "charger_confirm", {})
        result = await submit(hass, result)
        assert_error(result, "charger", {"base": "charger_tls_failed"})
        assert shown(result["data_schema"]) == {"host": charger.url, "verify_tls": True}
        result = await submit(hass, result, {"host": charger.url, "verify_tls": False})
        assert_created(result, charger, verify_tls=False)
        assert result["result"].unique_id == SERIAL


async def test_it_has_got_a_certificate(hass: HomeAssistant, own_certificate: ssl.SSLContext) -> None:
    """An entry does not follow to https by itself, and says what to do."""
    async with standing(hass, tls=own_certificate) as charger, door_to(charger) as door:
        entry = entry_for(charger, unique_id=SERIAL, url=door.url)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "charger_wants_tls"


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is one that everybody trusts."""
    monkeypatch.setattr(ssl_util, "client_context", lambda *_: authority.context())


@with_password
@pytest.mark.usefixtures("trusted")
async def test_a_password_does_not_follow_to_https(
    hass: HomeAssistant, own_certificate: ssl.SSLContext, generation: Generation
) -> None:
    """Whoever is there may have any port: it is asked for again, with the address that it is for."""
    async with standing(hass, generation, tls=own_certificate, **CREDENTIALS) as charger, door_to(charger) as door:
        entry = entry_for(charger, unique_id=SERIAL, url=door.url, **CREDENTIALS)
        entry.add_to_hass(hass)
        result = await submit(hass, await entry.start_reconfigure_flow(hass), {"host": door.url})
        assert_asked(result, charger)
        assert_aborted(await submit(hass, result, CREDENTIALS), "reconfigure_successful")
        assert entry.data == entry_for(charger, **CREDENTIALS).data
        await hass.async_block_till_done()


@with_password
@pytest.mark.usefixtures("trusted")
async def test_a_password_that_is_typed_does_not_follow_either(
    hass: HomeAssistant, own_certificate: ssl.SSLContext, generation: Generation
) -> None:
    """It was typed for another address than where it would go."""
    async with standing(hass, generation, tls=own_certificate, **CREDENTIALS) as charger, door_to(charger) as door:
        entry = entry_for(charger, unique_id=SERIAL, url=door.url, **CREDENTIALS)
        entry.add_to_hass(hass)
        result = await submit(hass, await entry.start_reauth_flow(hass), CREDENTIALS)
        assert_asked(result, charger)
        assert_aborted(await submit(hass, result, CREDENTIALS), "reauth_successful")
        assert entry.data == entry_for(charger, **CREDENTIALS).data
        await hass.async_block_till_done()


def assert_asked(result: ConfigFlowResult, charger: OpenEvse) -> None:
    """Check that a password is asked for, and that the charger has been told none."""
    assert_error(result, "charger_credentials", {})
    assert (result["description_placeholders"] or {})["host"] == charger.url.removeprefix("https://")
    assert shown(result["data_schema"]) == {"username": CREDENTIALS["username"]}
    assert all(request.path == "/status" for request in charger.requests), charger.requests


async def test_its_old_address_leads_to_https_of_something_else(
    hass: HomeAssistant, own_certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is not there any more, and its new one is followed."""
    monkeypatch.setattr(charger_flow, "DISCOVERY_PAUSE_SECONDS", 0.05)
    async with standing(hass) as charger, OpenEvse(tls=own_certificate) as other, door_to(other) as door:
        entry = entry_for(charger, url=door.url)
        entry.add_to_hass(hass)
        await announce(hass, charger)
        await hass.async_block_till_done()
        assert entry.data["url"] == charger.url


async def test_the_usual_port_is_not_named(hass: HomeAssistant) -> None:
    """Nobody has typed it."""
    result = await add(hass, "127.0.0.1")
    assert result["description_placeholders"] == {"host": "127.0.0.1"}
