"""A person adds a car by hand."""

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED, FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import OvmsServer

from .certificates import Authority
from .dialog import PREFIX, assert_error, car, choose, labels, own, settled, shown, start, submit
from .driveway import installed
from .garage import eventually, vehicle_entry
from .plaza import operated, uses_webhooks
from .server_garage import at_server

pytestmark = pytest.mark.usefixtures("hurried")


async def test_two_clicks(hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry) -> None:
    """With Home Assistant's broker there is nothing to type: one menu, one car, done."""
    async with car(broker):
        result = await start(hass, "home_assistant_broker")
        assert result["step_id"] == "vehicle"
        assert labels(result) == {PREFIX: f"Nissan Leaf LEAF1 ({PREFIX})", "other": "other"}
        assert shown(result["data_schema"]) == {"vehicle": PREFIX}

        result = await submit(hass, result, shown(result["data_schema"]))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == "Nissan Leaf LEAF1"
        assert result["data"] == {
            "kind": "vehicle_mqtt",
            "broker": "home_assistant",
            "prefix": PREFIX,
            "vehicle_type": "NL",
        }
        entry = result["result"]
        assert entry.unique_id == "ovms/demo/LEAF1"
        assert entry.state is ConfigEntryState.LOADED
        entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, "ovms/demo/LEAF1_state_of_charge")
        assert entity_id is not None
        await eventually(lambda: hass.states.is_state(entity_id, "62.5"), "the car's state of charge is shown")


@uses_webhooks
async def test_devices_of_other_kinds_are_no_obstacle(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt: MockConfigEntry
) -> None:
    """A household with a charger and an operator adds a car, which tells its identification number."""
    async with installed(hass), operated(hass), car(broker):
        result = await start(hass, "home_assistant_broker")
        assert labels(result).keys() == {PREFIX, "other"}
        assert (await submit(hass, result, {"vehicle": PREFIX}))["type"] is FlowResultType.CREATE_ENTRY
        assert (await start(hass, "home_assistant_broker"))["step_id"] == "nothing_new"


async def test_own_broker(hass: HomeAssistant) -> None:
    """Another broker is typed; only what says something is kept."""
    async with EmbeddedBroker(accounts={"me": "secret"}) as broker, car(broker, username="me", password="secret"):
        result = await start(hass, "own_broker")
        typed = own(broker, host=f" {broker.host} ", username=" me ", password="secret")
        result = await submit(hass, result, typed)
        result = await submit(hass, result, {"vehicle": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {
            "kind": "vehicle_mqtt",
            "broker": "own",
            "host": broker.host,
            "port": broker.port,
            "username": "me",
            "password": "secret",
            "tls": False,
            "transport": "tcp",
            "protocol": "3.1.1",
            "prefix": PREFIX,
            "vehicle_type": "NL",
        }
        assert isinstance(result["data"]["port"], int)
        assert result["result"].state is ConfigEntryState.LOADED
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(result["result"].entry_id)


async def test_only_brokers_that_exist_are_offered(hass: HomeAssistant, mqtt_entry: MockConfigEntry) -> None:
    """Home Assistant's broker is offered only where its MQTT integration is set up."""
    result = await start(hass)
    assert result["menu_options"] == ["home_assistant_broker", "own_broker", "server", "charger", "operator"]
    await hass.config_entries.async_remove(mqtt_entry.entry_id)
    result = await start(hass)
    assert result["menu_options"] == ["own_broker", "server", "charger", "operator"]


async def test_progress_is_shown(hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry) -> None:
    """While the broker is searched, the frontend is told, and told again for each car that is heard."""
    events = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    async with car(broker):
        menu = await start(hass)
        result = await hass.config_entries.flow.async_configure(
            menu["flow_id"], {"next_step_id": "home_assistant_broker"}
        )
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        assert result["progress_action"] == "search"
        assert result["description_placeholders"] == {"count": "0", "prefix": ""}
        await eventually(lambda: bool(events), "the frontend was told")
        result = await hass.config_entries.flow.async_configure(menu["flow_id"])
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        assert result["description_placeholders"] == {"count": "1", "prefix": ""}
        assert (await settled(hass, result))["step_id"] == "vehicle"


async def test_a_search_ends_with_its_dialog(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Who closes the dialog leaves no connection behind."""
    menu = await start(hass)
    result = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "home_assistant_broker"})
    await eventually(lambda: bool(broker.clients), "the search is connected")
    hass.config_entries.flow.async_abort(result["flow_id"])
    await eventually(lambda: not broker.clients, "the search is disconnected")


async def test_home_assistants_broker_is_down(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The dialog stays open, and goes on when the broker is back."""
    await broker.stop()
    result = await start(hass, "home_assistant_broker")
    assert_error(result, "home_assistant_broker", {"base": "cannot_connect"})
    assert_error(await submit(hass, result), "home_assistant_broker", {"base": "cannot_connect"})
    await broker.start()
    async with car(broker):
        assert (await submit(hass, result))["step_id"] == "vehicle"


async def test_home_assistants_broker_refuses(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The settings of the MQTT integration count as they are at the time: mended there, they work here."""
    broker.accounts["me"] = "secret"
    await broker.restart()
    result = await start(hass, "home_assistant_broker")
    assert_error(result, "home_assistant_broker", {"base": "refused"})
    credentials = {"username": "me", "password": "secret"}
    hass.config_entries.async_update_entry(mqtt_entry, data={**mqtt_entry.data, **credentials})
    async with car(broker, **credentials):
        assert (await submit(hass, result))["step_id"] == "vehicle"


async def test_home_assistants_broker_is_not_trusted(
    hass: HomeAssistant, tls_broker: EmbeddedBroker, authority: Authority, mqtt_entry: MockConfigEntry
) -> None:
    """A certificate of an unknown authority is no connection problem, and is named for what it is."""
    settings = {**mqtt_entry.data, "port": tls_broker.port}
    hass.config_entries.async_update_entry(mqtt_entry, data={**settings, "certificate": "auto"})
    result = await start(hass, "home_assistant_broker")
    assert_error(result, "home_assistant_broker", {"base": "tls_failed"})
    hass.config_entries.async_update_entry(mqtt_entry, data={**settings, "certificate": authority.pem})
    assert (await submit(hass, result))["step_id"] == "nothing_heard"


async def test_home_assistants_broker_goes_away_meanwhile(hass: HomeAssistant, mqtt_entry: MockConfigEntry) -> None:
    """Who removes the MQTT integration between two clicks is told so."""
    menu = await start(hass)
    await hass.config_entries.async_remove(mqtt_entry.entry_id)
    result = await choose(hass, menu, "home_assistant_broker")
    assert_error(result, "home_assistant_broker", {"base": "mqtt_not_set_up"})


# Which car


async def test_nothing_is_heard(hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry) -> None:
    """A module may still be starting: one click searches again."""
    result = await start(hass, "home_assistant_broker")
    assert result["step_id"] == "nothing_heard"
    async with car(broker):
        result = await choose(hass, result, "search")
        assert result["step_id"] == "vehicle"


async def test_cars_that_are_set_up_are_left_out(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Only what can be added is offered, sorted, each named by what is known of it."""
    vehicle_entry(broker, "NL", vehicle_id="LEAF1").add_to_hass(hass)
    async with car(broker):
        result = await start(hass, "home_assistant_broker")
        assert result["step_id"] == "nothing_new"
        async with car(broker, "ovms/demo/UP1/", "VWUP"), car(broker, "ovms/demo/NEW1/", "NEW1"):
            result = await choose(hass, result, "search")
    assert list(labels(result).items())[:-1] == [
        ("ovms/demo/NEW1/", "NEW1 (ovms/demo/NEW1/)"),
        ("ovms/demo/UP1/", "VW e-Up UP1 (ovms/demo/UP1/)"),
    ]
    with pytest.raises(InvalidData):
        await submit(hass, result, {"vehicle": PREFIX})
    result = await submit(hass, result, {"vehicle": "ovms/demo/NEW1/"})
    assert (result["title"], result["data"]["vehicle_type"]) == ("NEW1", "NEW1")


async def test_a_car_without_a_type_is_added_by_its_id(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """A module without a vehicle module loaded has no type yet, and is a car all the same."""
    async with car(broker, vehicle_type=""):
        result = await submit(hass, await start(hass, "home_assistant_broker"), {"vehicle": PREFIX})
        assert (result["title"], result["data"]["vehicle_type"]) == ("LEAF1", None)


@pytest.mark.parametrize("typed", ["very/long/way/to/LEAF1", " very/long/way/to/LEAF1/ "])
@pytest.mark.parametrize("used", ["very/long/way/to/LEAF1", "very/long/way/to/LEAF1/"])
async def test_a_prefix_is_typed(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, typed: str, used: str
) -> None:
    """With or without its slash: what the module uses is found out and kept."""
    async with car(broker, used):
        result = await start(hass, "home_assistant_broker", "prefix")
        result = await submit(hass, result, {"prefix": typed})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert (result["title"], result["data"]["prefix"]) == ("Nissan Leaf LEAF1", used)
        assert result["result"].unique_id == "very/long/way/to/LEAF1"


async def test_both_spellings_of_a_prefix_are_heard(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Who once changed the slash at the module chooses."""
    async with car(broker, "garage/mycar"):
        pass
    async with car(broker, "garage/mycar/"):
        result = await start(hass, "home_assistant_broker")
        result = await submit(hass, result, {"vehicle": "other"})
        result = await submit(hass, result, {"prefix": "garage/mycar"})
        assert list(labels(result)) == ["garage/mycar", "garage/mycar/", "other"]
        result = await submit(hass, result, {"vehicle": "garage/mycar/"})
        assert result["data"]["prefix"] == "garage/mycar/"


@pytest.mark.parametrize("prefix", ["", "  ", "/", "#", "ovms/+/LEAF1/", "$SYS/broker/", "a\nb"])
async def test_a_prefix_that_no_module_can_have(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, prefix: str
) -> None:
    """It is refused at once, stays in the form, and can be mended."""
    result = await start(hass, "home_assistant_broker", "prefix")
    result = await submit(hass, result, {"prefix": prefix})
    assert_error(result, "prefix", {"prefix": "invalid_prefix"})
    assert shown(result["data_schema"]) == {"prefix": prefix}
    async with car(broker):
        result = await submit(hass, result, {"prefix": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_prefix_that_nobody_uses(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """It may be misspelt, or the broker may be gone: each is said, and can be mended."""
    result = await start(hass, "home_assistant_broker", "prefix")
    async with car(broker):
        result = await submit(hass, result, {"prefix": "ovms/demo/LEAF"})
        assert_error(result, "prefix", {"prefix": "no_car_heard"})
    await broker.stop()
    assert_error(await submit(hass, result, {"prefix": PREFIX}), "prefix", {"base": "cannot_connect"})
    await broker.start()
    async with car(broker):
        result = await submit(hass, result, {"prefix": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY


# The same car twice


async def test_a_typed_prefix_is_set_up_already(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """However its slash is typed, and also when the car moved to this prefix later."""
    moved = MockConfigEntry(
        domain=DOMAIN,
        title="Their Leaf",
        unique_id="ovms/demo/OLD",
        data=vehicle_entry(broker, vehicle_id="LEAF1").data,
    )
    moved.add_to_hass(hass)
    async with car(broker), car(broker, "ovms/demo/OLD/"):
        for prefix in (PREFIX, PREFIX.removesuffix("/"), "ovms/demo/OLD"):
            result = await start(hass, "home_assistant_broker", "prefix")
            result = await submit(hass, result, {"prefix": prefix})
            assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_set_up")
            assert result["description_placeholders"] == {"name": "Their Leaf"}


async def test_a_car_is_known_by_its_number(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """A second prefix does not make a second car; a car that is not loaded cannot be compared."""
    entry = vehicle_entry(broker, "NL", vehicle_id="LEAF1")
    entry.add_to_hass(hass)
    async with car(broker), car(broker, "ovms/second/LEAF1/", vehicle_id="LEAF2"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await eventually(lambda: entry.runtime_data.device.text("v.vin") is not None, "the number is known")
        result = await start(hass, "home_assistant_broker")
        assert result["step_id"] == "nothing_new"
        typed = await submit(hass, await choose(hass, result, "prefix"), {"prefix": "ovms/second/LEAF1/"})
        assert (typed["type"], typed["reason"]) == (FlowResultType.ABORT, "car_at_other_prefix")
        assert typed["description_placeholders"] == {"name": entry.title}
        result = await start(hass, "home_assistant_broker")
        await hass.config_entries.async_unload(entry.entry_id)
        result = await choose(hass, result, "search")
        assert list(labels(result)) == ["ovms/second/LEAF1/", "other"]


async def test_a_car_at_a_server_is_known_by_its_number(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, server: OvmsServer
) -> None:
    """To change the link, its entry there has to go first."""
    async with at_server(hass, server, metrics={"v.vin": "SJNFAAZE1U0123456"}), car(broker):
        result = await submit(hass, await start(hass, "home_assistant_broker", "prefix"), {"prefix": PREFIX})
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_known")
        assert result["description_placeholders"] == {"name": "VW e-Golf DEMO1"}


async def test_an_ignored_car_can_be_added(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Who ignored a discovery may change their mind."""
    MockConfigEntry(domain=DOMAIN, unique_id="ovms/demo/LEAF1", source=SOURCE_IGNORE).add_to_hass(hass)
    async with car(broker):
        result = await submit(hass, await start(hass, "home_assistant_broker"), {"vehicle": PREFIX})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_the_same_car_in_two_dialogs(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The first to finish has it."""
    async with car(broker):
        first, second = [await start(hass, "home_assistant_broker") for _ in range(2)]
        assert (await submit(hass, first, {"vehicle": PREFIX}))["type"] is FlowResultType.CREATE_ENTRY
        assert (await submit(hass, second, {"vehicle": PREFIX}))["reason"] == "car_set_up"
