"""A car that is set up is reached in another way, or with another password."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker

from .certificates import Authority
from .dialog import PREFIX, assert_error, car, choose, labels, own, shown, submit
from .garage import eventually, vehicle_entry

pytestmark = pytest.mark.usefixtures("hurried")


def leaf(broker: EmbeddedBroker, **data: Any) -> MockConfigEntry:
    """The entry of the car at the usual prefix, on a broker of its own."""
    return vehicle_entry(broker, "NL", vehicle_id="LEAF1", **data)


async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up, and wait until its car has told its number."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: entry.runtime_data.device.text("v.vin") is not None, "the number is known")


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, *choices: str) -> ConfigFlowResult:
    """Begin to change how a car is reached."""
    return await choose(hass, await entry.start_reconfigure_flow(hass), *choices)


def assert_changed(result: ConfigFlowResult) -> None:
    """Check that a change was made."""
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


def without_change(entry: MockConfigEntry) -> dict[str, Any]:
    """The data of an entry whose login was just changed, without the time of that."""
    data = dict(entry.data)
    changed = dt_util.parse_datetime(data.pop("login_changed"), raise_on_error=True)
    assert timedelta(0) <= dt_util.utcnow() - changed < timedelta(minutes=1)
    return data


def open_reauth(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """The flows that ask for a password."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


# Reauthentication


async def test_a_new_password(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A refused user is asked for; what is entered is proved before it is kept, and the car is back."""
    broker.accounts["me"] = "new"
    await broker.restart()
    entry = leaf(broker, username="me", password="old")
    entry.add_to_hass(hass)
    async with car(broker, username="me", password="new"):
        assert not await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        (flow,) = open_reauth(hass)
        result = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert_error(result, "reauth_confirm", {})
        assert result["description_placeholders"] == {"host": broker.host, "name": "Nissan Leaf LEAF1"}
        assert shown(result["data_schema"]) == {"username": "me"}

        for typed in ({"username": "you", "password": "new"}, {"username": "me"}, {}):
            result = await submit(hass, result, typed)
            assert_error(result, "reauth_confirm", {"base": "refused"})
            assert shown(result["data_schema"]) == {key: typed[key] for key in typed if key == "username"}
        await broker.stop()
        result = await submit(hass, result, {"username": "me", "password": "new"})
        assert_error(result, "reauth_confirm", {"base": "cannot_connect"})
        await broker.start()

        result = await submit(hass, result, {"username": "me", "password": "new"})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
        assert without_change(entry) == leaf(broker, username="me", password="new").data
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED


async def test_no_user_any_more(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A broker may have been opened: then no user is a right answer, and none is kept."""
    entry = leaf(broker, username="me", password="old")
    entry.add_to_hass(hass)
    result = await submit(hass, await entry.start_reauth_flow(hass), {})
    assert result["reason"] == "reauth_successful"
    assert without_change(entry) == leaf(broker).data
    await hass.async_block_till_done()


async def test_a_certificate_is_wrong_meanwhile(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority, stranger: Authority
) -> None:
    """It is told apart from a wrong password."""
    entry = leaf(tls_broker, tls=True, ca_certificate="none")
    entry.add_to_hass(hass)
    result = await submit(hass, await entry.start_reauth_flow(hass), {"username": "me"})
    assert_error(result, "reauth_confirm", {"base": "tls_failed"})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "ca_certificate": authority.pem})
    assert (await submit(hass, result, {"username": "me"}))["reason"] == "reauth_successful"
    await hass.async_block_till_done()


# Reconfiguration


async def test_from_an_own_broker_to_home_assistants(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The car moves with its entities, and nothing of the old broker stays behind."""
    entry = leaf(broker, username="me", password="secret")
    async with car(broker):
        await loaded(hass, entry)
        entities = [each.entity_id for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)]
        menu = await reconfigure(hass, entry)
        assert menu["description_placeholders"] == {"name": "Nissan Leaf LEAF1"}
        result = await choose(hass, menu, "home_assistant_broker")
        assert_error(result, "home_assistant_broker", {})
        assert shown(result["data_schema"]) == {"prefix": PREFIX}
        assert_changed(await submit(hass, result, {"prefix": "ovms/demo/LEAF1"}))
        await hass.async_block_till_done()
    assert entry.data == {
        "kind": "vehicle_mqtt",
        "broker": "home_assistant",
        "prefix": PREFIX,
        "vehicle_type": "NL",
    }
    assert entry.unique_id == "ovms/demo/LEAF1"
    assert entry.title == "Nissan Leaf LEAF1"
    assert entities == [
        each.entity_id for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    ]
    assert len(entities) > 10


async def test_from_home_assistants_broker_to_another(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Module and car change the broker together; the old one may be gone already."""
    entry = leaf(broker)
    data = {"kind": "vehicle_mqtt", "broker": "home_assistant", "prefix": PREFIX, "vehicle_type": "NL"}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=data)
    await broker.stop()
    async with EmbeddedBroker(accounts={"me": "secret"}) as other, car(other, username="me", password="secret"):
        result = await reconfigure(hass, entry, "own_broker")
        typed = own(other, username="me", password="wrong", prefix=PREFIX)
        assert_error(result, "own_broker", {})
        assert "host" not in shown(result["data_schema"])
        assert_error(await submit(hass, result, typed), "own_broker", {"base": "refused"})
        assert_changed(await submit(hass, result, {**typed, "password": "secret"}))
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert entry.data == {
            "kind": "vehicle_mqtt",
            "broker": "own",
            "host": other.host,
            "port": other.port,
            "username": "me",
            "password": "secret",
            "tls": False,
            "transport": "tcp",
            "protocol": "3.1.1",
            "prefix": PREFIX,
            "vehicle_type": "NL",
        }
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_new_prefix_on_the_same_broker(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Everything else stays, the stored password among it; with one broker there is no menu."""
    broker.accounts["me"] = "secret"
    await broker.restart()
    credentials = {"username": "me", "password": "secret"}
    changed = {"login_changed": "2026-11-01T12:00:00+00:00"}
    entry = leaf(broker, **credentials, **changed, tls=False, transport="tcp", protocol="3.1.1")
    async with car(broker, **credentials):
        await loaded(hass, entry)
    result = await reconfigure(hass, entry)
    assert_error(result, "own_broker_reconfigure", {})
    assert result["description_placeholders"] == {"name": "Nissan Leaf LEAF1"}
    form = shown(result["data_schema"])
    assert (form["prefix"], form["host"], form["username"]) == (PREFIX, broker.host, "me")
    assert "password" not in form

    typed = own(broker, username="me")
    for prefix, error in (("ovms/#", "invalid_prefix"), ("garage/leaf", "no_car_heard")):
        result = await submit(hass, result, {**typed, "prefix": prefix})
        assert_error(result, "own_broker_reconfigure", {"prefix": error})
        assert shown(result["data_schema"])["prefix"] == prefix
    async with car(broker, "garage/leaf", **credentials):
        assert_changed(await submit(hass, result, {**typed, "prefix": "garage/leaf"}))
        await hass.async_block_till_done()
    assert entry.data == leaf(broker, **credentials, **changed, tls=False, transport="tcp", protocol="3.1.1").data | {
        "prefix": "garage/leaf"
    }
    assert entry.unique_id == "ovms/demo/LEAF1"


async def test_a_new_broker_is_not_sent_the_stored_password(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It is another's; that it has to be typed is said, and nothing is tried."""
    entry = leaf(broker, username="me", password="secret", tls=False, transport="tcp", protocol="3.1.1")
    entry.add_to_hass(hass)
    async with EmbeddedBroker(accounts={"me": "secret"}) as other, car(other, username="me", password="secret"):
        result = await reconfigure(hass, entry)
        result = await submit(hass, result, own(other, username="me", prefix=PREFIX))
        assert_error(result, "own_broker_reconfigure", {"password": "broker_password_not_stored"})
        assert_changed(await submit(hass, result, own(other, username="me", password="secret", prefix=PREFIX)))
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_new_login_at_the_same_broker(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """When that was is kept, because the module may not have been told yet."""
    broker.accounts["me"] = "new"
    await broker.restart()
    entry = leaf(broker, username="me", password="old", tls=False, transport="tcp", protocol="3.1.1")
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry)
    async with car(broker, username="me", password="new"):
        assert_changed(await submit(hass, result, own(broker, username="me", password="new", prefix=PREFIX)))
        await hass.async_block_till_done()
    data = leaf(broker, username="me", password="new", tls=False, transport="tcp", protocol="3.1.1").data
    assert without_change(entry) == data


async def test_another_car_is_there(hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry) -> None:
    """An entry is one car: it does not become another one, told apart by its number or, without, by its type."""
    entry, other = leaf(broker), vehicle_entry(broker, "VWUP", vehicle_id="UP1")
    other.add_to_hass(hass)
    number = {"v.vin": "SJNFAAZE1U0999999"}
    async with (
        car(broker),
        car(broker, "ovms/demo/UP1/", "VWUP"),
        car(broker, "ovms/demo/LEAF2/", metrics=number),
        car(broker, "ovms/demo/SMART1/", "SE"),
    ):
        await loaded(hass, entry)
        result = await reconfigure(hass, entry, "home_assistant_broker")
        for prefix, error in (
            ("ovms/demo/UP1", "vehicle_taken"),
            ("ovms/demo/LEAF2", "other_car"),
            ("ovms/demo/SMART1", "other_car"),
        ):
            result = await submit(hass, result, {"prefix": prefix})
            assert_error(result, "home_assistant_broker", {"prefix": error})
            assert result["description_placeholders"] == {"name": entry.title, "other": other.title}

        await hass.config_entries.async_unload(entry.entry_id)
        result = await submit(hass, result, {"prefix": "ovms/demo/SMART1"})
        assert_error(result, "home_assistant_broker", {"prefix": "other_car"})
        assert_changed(await submit(hass, result, {"prefix": "ovms/demo/LEAF2"}))
        await hass.async_block_till_done()


async def test_a_car_keeps_its_type_while_it_tells_none(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """A module without its vehicle module loaded is no other car; and a type that becomes known is kept."""
    entry = leaf(broker)
    entry.add_to_hass(hass)
    async with car(broker, vehicle_type=""):
        result = await reconfigure(hass, entry, "home_assistant_broker")
        assert_changed(await submit(hass, result, {"prefix": PREFIX}))
        await hass.async_block_till_done()
        assert entry.data["vehicle_type"] == "NL"
        await hass.config_entries.async_unload(entry.entry_id)

    hass.config_entries.async_update_entry(entry, data={**entry.data, "vehicle_type": None})
    async with car(broker, vehicle_type="SE"):
        result = await reconfigure(hass, entry, "home_assistant_broker")
        assert_changed(await submit(hass, result, {"prefix": PREFIX}))
        await hass.async_block_till_done()
        assert entry.data["vehicle_type"] == "SE"


async def test_both_spellings_are_heard(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Who once changed the slash at the module chooses."""
    entry = leaf(broker)
    entry.add_to_hass(hass)
    async with car(broker, "garage/leaf"):
        pass
    async with car(broker, "garage/leaf/"):
        result = await reconfigure(hass, entry, "home_assistant_broker")
        result = await submit(hass, result, {"prefix": "garage/leaf/"})
        assert list(labels(result)) == ["garage/leaf", "garage/leaf/", "other"]
        assert_changed(await submit(hass, result, {"vehicle": "garage/leaf/"}))
        await hass.async_block_till_done()
    assert entry.data["prefix"] == "garage/leaf/"
