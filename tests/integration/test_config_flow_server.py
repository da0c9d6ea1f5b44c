"""Adding a car at an OVMS server by hand: every way through the dialog, and where it ends without a car."""

import asyncio
from typing import cast

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.open_ev.clients.ovms.server import Login, Server
from custom_components.open_ev.entries.known_vehicles import look_at
from custom_components.open_ev.flows import server_forms
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import OvmsServer

from .dialog import choose, shown, start, submit
from .garage import parked
from .server_dialog import ACCOUNT, SECRET, at, created, own
from .server_garage import PASSWORD, VEHICLE_ID, at_server, server_entry

TOKEN = "tokentokentoken"
VIN = "WVWZZZAUZGW000815"


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
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_set_up")
        assert result["description_placeholders"] == {"name": "VW e-Golf DEMO1"}
        assert "never sent" not in str(server.heard)


async def test_a_car_whose_id_was_changed_since(hass: HomeAssistant, server: OvmsServer) -> None:
    """Its entities go by the id that it had first."""
    moved = server_entry(server, None)
    moved.add_to_hass(hass)
    hass.config_entries.async_update_entry(moved, data={**moved.data, "vehicle_id": "OTHER"})
    result = await at(hass, server, "server_vehicle")
    result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_set_up")


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
        assert result["description_placeholders"] == {"name": car.entry.title}


async def test_another_car_is_not_taken_for_it(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer) -> None:
    """Also not if one of the two does not tell its number."""
    async with (
        parked(hass, broker, metrics={"v.vin": VIN}),
        at_server(hass, server, metrics={"v.vin": f"{VIN[:-1]}6"}, set_up=False),
    ):
        result = await at(hass, server, "server_vehicle")
        result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD})
        await created(hass, result)


async def test_a_fault_of_our_own_is_not_waited_for(server: OvmsServer) -> None:
    """A link that broke never tells how its first try went."""
    async with asyncio.timeout(5):
        with pytest.raises(AttributeError):
            await look_at(Server(host=server.host, port=server.port, tls=False, login=cast("Login", "nonsense")))
