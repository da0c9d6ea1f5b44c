"""Adding a car at an OVMS server by hand: every way through the dialog, and every way out of it."""

import asyncio
import ssl
from typing import Any, cast

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.open_ev.clients.ovms.server import Login, Server
from custom_components.open_ev.entries.known_vehicles import look_at
from custom_components.open_ev.flows import server_forms
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import OvmsServer

from .certificates import Authority
from .dialog import assert_error, choose, shown, start, submit
from .garage import parked
from .server_garage import PASSWORD, VEHICLE_ID, at_server, server_entry

ACCOUNT, SECRET, TOKEN = "anna", "correct-horse", "tokentokentoken"
VIN = "WVWZZZAUZGW000815"


def own(server: OvmsServer, **typed: Any) -> dict[str, Any]:
    """What is typed to reach a server."""
    return {"host": server.host, "port": server.port, "tls": False, "verify_tls": True, **typed}


async def at(hass: HomeAssistant, server: OvmsServer, login: str, **typed: Any) -> ConfigFlowResult:
    """Go as far as a login at a server of one's own."""
    result = await start(hass, "server")
    result = await submit(hass, result, {"server": "own"})
    result = await submit(hass, result, own(server, **typed))
    return await choose(hass, result, login)


async def created(hass: HomeAssistant, result: ConfigFlowResult) -> dict[str, Any]:
    """The data of the entry that a flow has made, once it is unloaded again."""
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(result["result"].entry_id)
    return dict(result["data"])


def choices(result: ConfigFlowResult) -> list[str]:
    """The cars to choose from."""
    schema = result["data_schema"]
    assert schema is not None
    options: list[str] = schema.schema["vehicle_id"].config["options"]
    return options


# Ways through


async def test_with_the_vehicle_s_own_login(hass: HomeAssistant, server: OvmsServer) -> None:
    """The car is called by what it is; its id is written as the server writes it."""
    async with at_server(hass, server, "NL", set_up=False):
        result = await at(hass, server, "server_vehicle")
        assert (result["step_id"], result["errors"]) == ("server_vehicle", {})
        result = await submit(hass, result, {"vehicle_id": " demo1 ", "password": PASSWORD})
        assert result["title"] == "Nissan Leaf DEMO1"
        assert result["result"].unique_id == f"DEMO1@{server.host}"
        assert await created(hass, result) == {
            "kind": "vehicle_server",
            **own(server),
            "vehicle_id": "DEMO1",
            "password": PASSWORD,
            "vehicle_type": "NL",
        }


async def test_a_car_that_has_never_been_there(hass: HomeAssistant, server: OvmsServer) -> None:
    """The server knows no more than its id, and the rest comes with its first message."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert result["title"] == VEHICLE_ID
    assert (await created(hass, result))["vehicle_type"] is None


async def test_a_car_whose_type_is_none(hass: HomeAssistant, server: OvmsServer) -> None:
    """What no module sends as its type does not become a part of the entry; what it is comes with the next message."""
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    server.store(VEHICLE_ID, "F3.3.006,,18,1,<b>no type</b>,,0,0")
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert result["title"] == VEHICLE_ID
    assert (await created(hass, result))["vehicle_type"] is None


@pytest.mark.parametrize("secret", [SECRET, TOKEN])
async def test_with_an_account(hass: HomeAssistant, server: OvmsServer, secret: str) -> None:
    """One of its cars is chosen; who is set up already is not among them."""
    server.add_account(ACCOUNT, SECRET, {TOKEN: ["v2"]})
    for vehicle_id in ("CAR1", "CAR2", "CAR3"):
        server.add_vehicle(vehicle_id, PASSWORD, owner=ACCOUNT)
    server_entry(server, None, vehicle_id="CAR2").add_to_hass(hass)
    async with at_server(hass, server, "KS", vehicle_id="CAR3", owner=ACCOUNT, set_up=False):
        result = await at(hass, server, "server_account")
        result = await submit(hass, result, {"username": f" {ACCOUNT} ", "password": secret, "unencrypted": True})
        assert result["step_id"] == "account_vehicle"
        assert choices(result) == ["CAR1", "CAR3"]
        # As when the dialog is opened again.
        result = await hass.config_entries.flow.async_configure(result["flow_id"])
        assert choices(result) == ["CAR1", "CAR3"]
        result = await submit(hass, result, {"vehicle_id": "CAR3"})
        assert result["title"] == "Kia Soul EV CAR3"
        assert await created(hass, result) == {
            "kind": "vehicle_server",
            **own(server),
            "username": ACCOUNT,
            "password": secret,
            "vehicle_id": "CAR3",
            "vehicle_type": "KS",
        }


async def test_whatever_a_server_lists(hass: HomeAssistant, server: OvmsServer) -> None:
    """Each car once, by the id that it has with its own login too; what cannot be read is none."""
    server.add_account(ACCOUNT, SECRET)
    server.add_vehicle("CAR1", PASSWORD, owner=ACCOUNT)
    server_entry(server, None, vehicle_id="CAR2").add_to_hass(hass)
    server.knobs.welcome = b"MP-S 1 anna CAR1 Car1 car2 CAR1 \xff\x1b[31m Car3 \xe2\x80\xaeCAR4\r\n"
    result = await at(hass, server, "server_account")
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    assert choices(result) == ["CAR1", "CAR3"]


async def test_an_account_with_one_car(hass: HomeAssistant, server: OvmsServer) -> None:
    """There is nothing to choose."""
    server.add_account(ACCOUNT, SECRET)
    server.add_vehicle("ONLY", PASSWORD, owner=ACCOUNT)
    result = await at(hass, server, "server_account")
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    assert (await created(hass, result))["vehicle_id"] == "ONLY"


@pytest.mark.parametrize("public", server_forms.PUBLIC_SERVERS)
async def test_a_public_server(
    hass: HomeAssistant, server: OvmsServer, public: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chosen from a list, and always encrypted; none is at hand here, so one is put in its place."""
    assert server_forms.public_address(public)["tls"] is True
    assert server_forms.public_address(public)["verify_tls"] is True
    assert server_forms.public_address(public)["port"] == 6870
    monkeypatch.setattr("custom_components.open_ev.flows.server.public_address", lambda _: own(server))
    server.add_vehicle(VEHICLE_ID, PASSWORD)
    result = await submit(hass, await start(hass, "server"), {"server": public})
    result = await choose(hass, result, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    await created(hass, result)


async def test_only_a_server_of_the_list_can_be_chosen(hass: HomeAssistant, server: OvmsServer) -> None:
    """Or one's own."""
    result = await start(hass, "server")
    assert shown(result["data_schema"]) == {"server": "europe"}
    with pytest.raises(InvalidData):
        await submit(hass, result, {"server": "moon"})


@pytest.mark.parametrize(("tls", "port"), [(True, 6870), (False, 6867)])
def test_the_usual_port(tls: bool, port: int) -> None:
    """Which it is depends on the encryption."""
    typed = {"host": " [0:0::1] ", "tls": tls, "verify_tls": True}
    assert server_forms.own_address(typed) == {"host": "::1", "port": port, "tls": tls, "verify_tls": True}


# Ways out


async def test_the_same_car_twice(hass: HomeAssistant, server: OvmsServer) -> None:
    """Its id at this server is known, however it is written."""
    async with at_server(hass, server):
        result = await at(hass, server, "server_vehicle")
        result = await submit(hass, result, {"vehicle_id": "demo1", "password": "never sent"})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert "never sent" not in str(server.heard)


async def test_a_car_whose_id_was_changed_since(hass: HomeAssistant, server: OvmsServer) -> None:
    """Its entities go by the id that it had first."""
    moved = server_entry(server, None)
    moved.add_to_hass(hass)
    hass.config_entries.async_update_entry(moved, data={**moved.data, "vehicle_id": "OTHER"})
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_the_same_car_on_a_broker(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer) -> None:
    """A car has one entry; which car it is, its identification number tells."""
    async with (
        parked(hass, broker, metrics={"v.vin": VIN}) as car,
        at_server(hass, server, module=car.module, boot=False, set_up=False) as same,
    ):
        await same.link.start()
        await same.link.send_all()
        await server.until(lambda: any(VIN in message for message in server.messages(VEHICLE_ID)))
        result = await at(hass, server, "server_vehicle")
        result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_known")


async def test_another_car_is_not_taken_for_it(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer) -> None:
    """Also not if one of the two does not tell its number."""
    async with (
        parked(hass, broker, metrics={"v.vin": VIN}),
        at_server(hass, server, metrics={"v.vin": f"{VIN[:-1]}6"}, set_up=False),
    ):
        result = await at(hass, server, "server_vehicle")
        result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
        await created(hass, result)


# Errors, each of which can be mended where it was made


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


async def test_a_fault_of_our_own_is_not_waited_for(server: OvmsServer) -> None:
    """A link that broke never tells how its first try went."""
    async with asyncio.timeout(5):
        with pytest.raises(AttributeError):
            await look_at(Server(host=server.host, port=server.port, tls=False, login=cast("Login", "nonsense")))
