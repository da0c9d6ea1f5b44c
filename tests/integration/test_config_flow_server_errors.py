"""What can be wrong when a car at an OVMS server is added by hand, and that each can be mended where it was made."""

import ssl

from homeassistant.core import HomeAssistant
import pytest

from simulators.ovms_server import OvmsServer

from .certificates import Authority
from .dialog import assert_error, choose, shown, start, submit
from .server_dialog import ACCOUNT, SECRET, at, created, own
from .server_garage import PASSWORD, VEHICLE_ID, server_entry


@pytest.mark.parametrize("typed", [{"password": "wrong"}, {"vehicle_id": "NOBODY"}])
async def test_a_refused_vehicle(hass: HomeAssistant, server: OvmsServer, typed: dict[str, str]) -> None:
    """The server says nothing, so the text lists what it can be."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    right = {"vehicle_id": VEHICLE_ID, "password": PASSWORD}
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, right | typed)
    assert_error(result, "server_vehicle", {"base": "server_refused"})
    assert shown(result["data_schema"]) == {"vehicle_id": (right | typed)["vehicle_id"]}
    assert len(server.logins) == 1
    await created(hass, await submit(hass, result, right))


@pytest.mark.parametrize(
    ("account", "secret"),
    [("nobody", SECRET), (ACCOUNT, "wrong"), (ACCOUNT, "token-without-permit"), ("empty", "handed")],
)
async def test_a_refused_account(hass: HomeAssistant, server: OvmsServer, account: str, secret: str) -> None:
    """A wrong name, password or token, or for some servers an account without a vehicle: all look the same."""
    server.knobs.refuse_without_vehicle = True
    server.add_account(ACCOUNT, SECRET, {"token-without-permit": ["auth"]})
    server.add_account("empty", "handed")
    server.add_vehicle(VEHICLE_ID, PASSWORD, owner=ACCOUNT)
    result = await at(hass, server, "server_account")
    result = await submit(hass, result, {"username": account, "password": secret, "unencrypted": True})
    assert_error(result, "server_account", {"base": "account_refused"})
    assert shown(result["data_schema"]) == {"username": account, "unencrypted": True}
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    await created(hass, result)


async def test_who_agreed_did_so_for_one_server(hass: HomeAssistant, server: OvmsServer, unused_tcp_port: int) -> None:
    """Another address is another way, and others sit on it."""
    typed = {"username": ACCOUNT, "password": SECRET, "unencrypted": True}
    result = await submit(hass, await at(hass, server, "server_account", port=unused_tcp_port), typed)
    assert_error(result, "own_server", {"base": "server_unreachable"})
    again = await choose(hass, await submit(hass, result, own(server, port=unused_tcp_port)), "server_account")
    assert shown(again["data_schema"]) == {"username": ACCOUNT, "unencrypted": True}
    result = await submit(hass, again, typed)
    again = await choose(hass, await submit(hass, result, own(server)), "server_account")
    assert shown(again["data_schema"]) == {"username": ACCOUNT, "unencrypted": False}


async def test_an_account_without_a_car(hass: HomeAssistant, server: OvmsServer) -> None:
    """It is told from a wrong password where the server tells it, and can be tried again once it has one."""
    server.add_account(ACCOUNT, SECRET)
    typed = {"username": ACCOUNT, "password": SECRET, "unencrypted": True}
    result = await submit(hass, await at(hass, server, "server_account"), typed)
    assert_error(result, "server_account", {"base": "no_vehicle"})
    server.add_vehicle(VEHICLE_ID, PASSWORD, owner=ACCOUNT)
    data = await created(hass, await submit(hass, result, typed))
    assert data["vehicle_id"] == VEHICLE_ID


async def test_an_account_whose_cars_are_all_there(hass: HomeAssistant, server: OvmsServer) -> None:
    """Nothing is left to choose; another account may have more."""
    server.add_account(ACCOUNT, SECRET)
    server.add_vehicle(VEHICLE_ID, PASSWORD, owner=ACCOUNT)
    server_entry(server, None).add_to_hass(hass)
    result = await at(hass, server, "server_account")
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    assert_error(result, "server_account", {"base": "no_other_vehicle"})


async def test_an_account_s_password_is_not_sent_unencrypted_unless_that_is_wanted(
    hass: HomeAssistant, server: OvmsServer
) -> None:
    """It would be readable on the way; nothing is sent before somebody agrees."""
    server.add_account(ACCOUNT, SECRET)
    result = await at(hass, server, "server_account")
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": False})
    assert_error(result, "server_account", {"unencrypted": "not_unencrypted"})
    assert not server.logins


@pytest.mark.parametrize(
    ("login", "typed", "error"),
    [
        ("server_vehicle", {"vehicle_id": "MY CAR", "password": PASSWORD}, {"vehicle_id": "invalid_vehicle_id"}),
        ("server_vehicle", {"vehicle_id": " ", "password": PASSWORD}, {"vehicle_id": "invalid_vehicle_id"}),
        ("server_vehicle", {"vehicle_id": VEHICLE_ID, "password": ""}, {"password": "password_needed"}),
        ("server_account", {"username": "me and you", "password": SECRET}, {"username": "invalid_account"}),
        ("server_account", {"username": ACCOUNT, "password": "a blank"}, {"password": "blank_in_password"}),
        ("server_account", {"username": ACCOUNT, "password": "end "}, {"password": "blank_in_password"}),
        ("server_account", {"username": ACCOUNT, "password": ""}, {"password": "password_needed"}),
    ],
)
async def test_what_cannot_be_sent(
    hass: HomeAssistant, server: OvmsServer, login: str, typed: dict[str, str], error: dict[str, str]
) -> None:
    """A blank would end a name or a password; that is said before anything is tried."""
    result = await at(hass, server, login)
    agreed = {"unencrypted": True} if login == "server_account" else {}
    assert_error(await submit(hass, result, typed | agreed), login, error)
    assert not server.logins


async def test_a_vehicle_s_own_password_may_have_blanks(hass: HomeAssistant, server: OvmsServer) -> None:
    """It is never sent."""
    server.add_vehicle(VEHICLE_ID, "two words")
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": "two words"})
    await created(hass, result)


async def test_a_server_that_is_not_there(hass: HomeAssistant, server: OvmsServer, unused_tcp_port: int) -> None:
    """Its address is asked for again, with what was typed; the login is still known but for its password."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    login = {"vehicle_id": VEHICLE_ID, "password": PASSWORD}
    result = await at(hass, server, "server_vehicle", port=unused_tcp_port)
    result = await submit(hass, result, login)
    assert_error(result, "own_server", {"base": "server_unreachable"})
    assert shown(result["data_schema"]) == own(server, port=unused_tcp_port)
    result = await choose(hass, await submit(hass, result, own(server)), "server_vehicle")
    assert shown(result["data_schema"]) == {"vehicle_id": VEHICLE_ID}
    await created(hass, await submit(hass, result, login))


async def test_a_port_that_was_not_typed_is_not_shown(hass: HomeAssistant, server: OvmsServer) -> None:
    """It follows the encryption, which may be switched off in the same form."""
    result = await submit(hass, await start(hass, "server"), {"server": "own"})
    typed = {"host": "my server", "tls": True, "verify_tls": True}
    result = await submit(hass, result, typed)
    assert_error(result, "own_server", {"host": "invalid_server_host"})
    assert shown(result["data_schema"]) == typed


async def test_an_account_at_a_server_that_is_not_there(
    hass: HomeAssistant, server: OvmsServer, unused_tcp_port: int
) -> None:
    """The same."""
    result = await at(hass, server, "server_account", port=unused_tcp_port)
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    assert_error(result, "own_server", {"base": "server_unreachable"})


async def test_a_public_server_that_is_not_there(
    hass: HomeAssistant, server: OvmsServer, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one can be chosen."""
    away = own(server, port=unused_tcp_port)
    for module in ("server", "server_forms"):
        monkeypatch.setattr(f"custom_components.open_ev.flows.{module}.public_address", lambda _: away)
    result = await submit(hass, await start(hass, "server"), {"server": "asia_pacific"})
    result = await choose(hass, result, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert_error(result, "server", {"base": "server_unreachable"})
    assert (await submit(hass, result, {"server": "own"}))["step_id"] == "own_server"


async def test_something_else_that_answers(hass: HomeAssistant, server: OvmsServer) -> None:
    """It is said to be none."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    server.knobs.welcome = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert_error(result, "own_server", {"base": "server_unreachable"})


@pytest.mark.parametrize("host", ["https://server", "server:6867", "a b", ""])
async def test_what_is_no_host(hass: HomeAssistant, server: OvmsServer, host: str) -> None:
    """It is not tried."""
    result = await submit(hass, await start(hass, "server"), {"server": "own"})
    result = await submit(hass, result, own(server, host=host))
    assert_error(result, "own_server", {"host": "invalid_server_host"})


async def test_a_certificate_that_nobody_vouches_for(
    hass: HomeAssistant, authority: Authority, socket_enabled: None
) -> None:
    """It is refused unless its check is switched off, which nobody does by accident."""
    certificate = authority.sign("localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.chain_file, certificate.key_file)
    async with OvmsServer(speed=0, tls=tls) as encrypted:
        encrypted.add_account(ACCOUNT, SECRET)
        encrypted.add_vehicle(VEHICLE_ID, PASSWORD, owner=ACCOUNT)
        result = await at(hass, encrypted, "server_account", tls=True)
        assert "unencrypted" not in shown(result["data_schema"])
        result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET})
        assert_error(result, "own_server", {"base": "server_tls_failed"})
        result = await submit(hass, result, own(encrypted, tls=True, verify_tls=False))
        result = await choose(hass, result, "server_account")
        result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET})
        data = await created(hass, result)
        assert (data["tls"], data["verify_tls"]) == (True, False)
