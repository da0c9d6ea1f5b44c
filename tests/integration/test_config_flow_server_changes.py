"""A car at a server that is set up is reached in another way, with another password, or followed more or less closely."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.flows import server_forms
from simulators.ovms_server import Kind, OvmsServer

from .dialog import assert_error, choose, shown, submit
from .garage import eventually
from .server_dialog import ACCOUNT, SECRET, own
from .server_garage import PASSWORD, VEHICLE_ID, at_server, server_entry

NEW = "new-secret"


def account_entry(server: OvmsServer, vehicle_id: str = VEHICLE_ID, **data: Any) -> MockConfigEntry:
    """The entry of a car that is reached with its owner's account."""
    return server_entry(server, vehicle_id=vehicle_id, password=SECRET, username=ACCOUNT, **data)


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, login: str, server: OvmsServer, **typed: Any
) -> ConfigFlowResult:
    """Begin to change how a car is reached, up to a login."""
    result = await entry.start_reconfigure_flow(hass)
    assert_error(result, "server", {})
    result = await submit(hass, result, {"server": "own"})
    assert_error(result, "own_server", {})
    return await choose(hass, await submit(hass, result, own(server, **typed)), login)


async def changed(hass: HomeAssistant, result: ConfigFlowResult) -> None:
    """Check that a change was made, and let it be loaded."""
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()


def open_reauth(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """The flows that ask for a password."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


# Reauthentication


async def test_a_new_password(hass: HomeAssistant, server: OvmsServer) -> None:
    """A refused login is asked for; what is entered is proved before it is kept, and the car is back."""
    async with at_server(hass, server, set_up=False) as car:
        server.add_vehicle(VEHICLE_ID, NEW)
        car.entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(car.entry.entry_id)
        await hass.async_block_till_done()
        (flow,) = open_reauth(hass)
        result = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert_error(result, "server_reauth", {})
        assert result["description_placeholders"] == {"host": server.host, "name": "VW e-Golf DEMO1"}

        result = await submit(hass, result, {"password": "wrong"})
        assert_error(result, "server_reauth", {"base": "server_reauth_refused"})
        assert shown(result["data_schema"]) == {}
        await server.stop()
        result = await submit(hass, result, {"password": NEW})
        assert_error(result, "server_reauth", {"base": "server_unreachable"})
        await server.start()
        result = await submit(hass, result, {"password": NEW})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
        await hass.async_block_till_done()
        assert car.entry.state is ConfigEntryState.LOADED
        assert car.entry.data["password"] == NEW


async def test_a_new_token(hass: HomeAssistant, server: OvmsServer) -> None:
    """Of an account: refused in its own words, and never with a blank."""
    server.add_account(ACCOUNT, SECRET, {"fresh": ["*"]})
    server.add_vehicle(VEHICLE_ID, PASSWORD, owner=ACCOUNT)
    entry = account_entry(server)
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    result = await submit(hass, result, {"password": "two words"})
    assert_error(result, "server_account_reauth", {"password": "blank_in_password"})
    result = await submit(hass, result, {"password": "wrong"})
    assert_error(result, "server_account_reauth", {"base": "account_reauth_refused"})
    result = await submit(hass, result, {"password": "fresh"})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.data == account_entry(server).data | {"password": "fresh"}
    assert await hass.config_entries.async_unload(entry.entry_id)


# Reconfiguration


async def test_to_another_server(hass: HomeAssistant, server: OvmsServer) -> None:
    """The car moves with its entities; the password is typed anew, because the other server was never told it."""
    async with at_server(hass, server) as car, OvmsServer(speed=0) as other:
        other.add_vehicle("ELSEWHERE", NEW)
        before = [each.entity_id for each in er.async_entries_for_config_entry(er.async_get(hass), car.entry.entry_id)]
        result = await reconfigure(hass, car.entry, "server_vehicle", other, host="localhost")
        assert_error(result, "server_vehicle", {})
        assert shown(result["data_schema"]) == {"vehicle_id": VEHICLE_ID}
        with pytest.raises(InvalidData):
            await submit(hass, result, {"vehicle_id": VEHICLE_ID})
        result = await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": ""})
        assert_error(result, "server_vehicle", {"password": "password_needed"})
        assert not other.logins
        await changed(hass, await submit(hass, result, {"vehicle_id": "ELSEWHERE", "password": NEW}))
        assert car.entry.data == server_entry(other, host="localhost", vehicle_id="ELSEWHERE", password=NEW).data
        assert car.entry.unique_id == f"{VEHICLE_ID}@{server.host}"
        await eventually(lambda: other.connected("ELSEWHERE", Kind.APP) == 1, "it is connected there")
        after = [each.entity_id for each in er.async_entries_for_config_entry(er.async_get(hass), car.entry.entry_id)]
        assert after == before


@pytest.mark.parametrize("typed", [{"host": "localhost"}, {"port": 1}, {"verify_tls": False}, {"tls": True}])
async def test_a_stored_password_is_for_the_server_that_it_was_typed_for(
    hass: HomeAssistant, server: OvmsServer, typed: dict[str, Any]
) -> None:
    """Nor is it sent in another way."""
    server.add_account(ACCOUNT, SECRET)
    entry = account_entry(server)
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "server_account", server, **typed)
    agreed = {} if typed.get("tls") else {"unencrypted": True}
    result = await submit(hass, result, {"username": ACCOUNT, "password": ""} | agreed)
    assert_error(result, "server_account", {"password": "password_needed"})
    assert not server.logins


async def test_a_stored_password_stays_for_the_same_login(hass: HomeAssistant, server: OvmsServer) -> None:
    """There is nothing to type; another vehicle or another account has another password."""
    async with at_server(hass, server) as car:
        data = car.entry.data
        result = await reconfigure(hass, car.entry, "server_vehicle", server)
        assert_error(result, "server_vehicle_reconfigure", {})
        result = await submit(hass, result, {"vehicle_id": "OTHER"})
        assert_error(result, "server_vehicle_reconfigure", {"password": "password_needed"})
        await changed(hass, await submit(hass, result, {"vehicle_id": VEHICLE_ID}))
        assert car.entry.data == data


async def test_from_the_vehicle_s_login_to_an_account(hass: HomeAssistant, server: OvmsServer) -> None:
    """And back. The account's cars are not asked for: it is clear which one is meant."""
    server.add_account(ACCOUNT, SECRET)
    server.add_vehicle("CAR0", PASSWORD, owner=ACCOUNT)
    async with at_server(hass, server, owner=ACCOUNT) as car:
        result = await reconfigure(hass, car.entry, "server_account", server)
        assert_error(result, "server_account", {})
        needed = await submit(hass, result, {"username": ACCOUNT, "password": "", "unencrypted": True})
        assert_error(needed, "server_account", {"password": "password_needed"})
        await changed(hass, await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True}))
        assert car.entry.data == account_entry(server).data
        await car.shows("doors", "lock", "locked")

        result = await reconfigure(hass, car.entry, "server_account", server)
        assert_error(result, "server_account_reconfigure", {})
        assert shown(result["data_schema"]) == {"username": ACCOUNT, "unencrypted": False}
        await changed(hass, await submit(hass, result, {"username": ACCOUNT, "unencrypted": True}))
        assert car.entry.data == account_entry(server).data

        result = await reconfigure(hass, car.entry, "server_vehicle", server)
        assert_error(result, "server_vehicle", {})
        await changed(hass, await submit(hass, result, {"vehicle_id": VEHICLE_ID, "password": PASSWORD}))
        assert "username" not in car.entry.data


async def test_an_account_that_does_not_have_the_car(hass: HomeAssistant, server: OvmsServer) -> None:
    """One of its others can be chosen, for the car may have been given another id."""
    server.add_account(ACCOUNT, SECRET)
    for vehicle_id in ("CAR1", "CAR2"):
        server.add_vehicle(vehicle_id, PASSWORD, owner=ACCOUNT)
    entry = server_entry(server)
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "server_account", server)
    result = await submit(hass, result, {"username": ACCOUNT, "password": SECRET, "unencrypted": True})
    assert result["step_id"] == "account_vehicle"
    await changed(hass, await submit(hass, result, {"vehicle_id": "CAR2"}))
    assert entry.data == account_entry(server, "CAR2").data
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_another_car_is_not_put_in_the_place_of_one(hass: HomeAssistant, server: OvmsServer) -> None:
    """Its values would go on in the history of the first; its number or its type tells."""
    async with (
        at_server(hass, server, metrics={"v.vin": "WVWZZZAUZGW000815"}) as car,
        at_server(hass, server, vehicle_id="DEMO2", metrics={"v.vin": "WVWZZZAUZGW000816"}, set_up=False),
        at_server(hass, server, "NL", vehicle_id="DEMO3", set_up=False),
    ):
        for vehicle_id in ("DEMO2", "DEMO3"):
            result = await reconfigure(hass, car.entry, "server_vehicle", server)
            result = await submit(hass, result, {"vehicle_id": vehicle_id, "password": PASSWORD})
            assert_error(result, "server_vehicle_reconfigure", {"base": "other_vehicle"})
        assert await hass.config_entries.async_unload(car.entry.entry_id)
        result = await reconfigure(hass, car.entry, "server_vehicle", server)
        result = await submit(hass, result, {"vehicle_id": "DEMO3", "password": PASSWORD})
        assert_error(result, "server_vehicle_reconfigure", {"base": "other_vehicle"})


async def test_a_car_that_has_an_entry_is_not_put_in_the_place_of_another(
    hass: HomeAssistant, server: OvmsServer
) -> None:
    """Its id at the server is known."""
    server_entry(server, vehicle_id="DEMO2").add_to_hass(hass)
    entry = server_entry(server)
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "server_vehicle", server)
    result = await submit(hass, result, {"vehicle_id": "DEMO2", "password": PASSWORD})
    assert_error(result, "server_vehicle_reconfigure", {"base": "vehicle_taken"})
    assert result["description_placeholders"] == {"other": "VW e-Golf DEMO2"}


def test_which_server_an_entry_has() -> None:
    """The form shows the one of the list that it is."""
    for server in server_forms.PUBLIC_SERVERS:
        assert server_forms.server_choice(server_forms.public_address(server)) == server
    unverified = server_forms.public_address("europe") | {"verify_tls": False}
    assert server_forms.server_choice(unverified) == "own"


# Options


async def test_options_count_at_once(hass: HomeAssistant, server: OvmsServer) -> None:
    """How closely the car is followed, and whether it is shown on the map."""
    async with at_server(hass, server) as car:
        assert server.connected(VEHICLE_ID, Kind.APP) == 1
        assert car.has("location", "device_tracker")
        result = await hass.config_entries.options.async_init(car.entry.entry_id)
        assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
        assert shown(result["data_schema"]) == {"mode": "automatic", "expose_location": True}
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(result["flow_id"], {"mode": "always"})

        chosen = {"mode": "economy", "expose_location": False}
        result = await hass.config_entries.options.async_configure(result["flow_id"], chosen)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        assert car.entry.state is ConfigEntryState.LOADED
        await eventually(lambda: server.connected(VEHICLE_ID, Kind.BATCH) == 1, "the module is not told of us")
        assert server.connected(VEHICLE_ID, Kind.APP) == 0
        assert not car.has("location", "device_tracker")
        result = await hass.config_entries.options.async_init(car.entry.entry_id)
        assert shown(result["data_schema"]) == chosen
