"""A car appears by itself."""

import asyncio
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_MQTT, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.flows import broker as broker_flow, discovered_vehicles
from custom_components.open_ev.flows.discovered_vehicles import MOST_DISCOVERED, WAITING
from simulators.broker import EmbeddedBroker

from .dialog import PREFIX, assert_error, car, labels, start, submit, uses_home_assistants_server
from .garage import eventually, vehicle_entry

pytestmark = pytest.mark.usefixtures("hurried")


async def discover(
    hass: HomeAssistant, topic: str = f"{PREFIX}metric/s/v3/connected", payload: Any = "yes"
) -> ConfigFlowResult:
    """Hand a message to the flow, as the MQTT integration does."""
    message = MqttServiceInfo(
        topic=topic, payload=payload, qos=0, retain=True, subscribed_topic="+/+/+/metric/s/v3/connected", timestamp=0.0
    )
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_MQTT}, data=message)


def open_flows(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """The flows that a user sees."""
    return hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@uses_home_assistants_server
async def test_a_module_boots_and_its_car_is_there(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt: MockConfigEntry
) -> None:
    """From the module's first connection to its state of charge with one click."""
    async with car(broker) as module:
        await eventually(lambda: bool(open_flows(hass)), "the car was discovered")
        (flow,) = open_flows(hass)
        assert flow["context"]["title_placeholders"] == {"name": "Nissan Leaf LEAF1"}
        assert flow["context"]["unique_id"] == "ovms/demo/LEAF1"
        assert flow["context"]["confirm_only"]

        result = await submit(hass, flow)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == "Nissan Leaf LEAF1"
        assert result["data"] == {
            "kind": "vehicle_mqtt",
            "broker": "home_assistant",
            "prefix": PREFIX,
            "vehicle_type": "NL",
        }
        assert result["result"].state is ConfigEntryState.LOADED
        entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, "ovms/demo/LEAF1_state_of_charge")
        assert entity_id is not None
        await module.set("v.b.soc", 63.5)
        await eventually(lambda: hass.states.is_state(entity_id, "63.5"), "the state of charge is shown")

    # Its will is another message on the same topic, and the car is none that is new.
    await eventually(
        lambda: broker.retained[f"{PREFIX}metric/s/v3/connected"] == b"no", "the broker has published the module's will"
    )
    await hass.async_block_till_done()
    assert open_flows(hass) == []


@pytest.mark.parametrize("payload", ["yes", "no"])
async def test_a_car_is_confirmed(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, payload: str
) -> None:
    """Nothing is asked; a car that is away is a car too."""
    async with car(broker):
        result = await discover(hass, payload=payload)
        assert_error(result, "mqtt_confirm", {})
        assert result["description_placeholders"] == {"name": "Nissan Leaf LEAF1", "prefix": PREFIX}
        assert result["data_schema"] is not None
        assert result["data_schema"].schema == {}
        assert (await submit(hass, result))["type"] is FlowResultType.CREATE_ENTRY


def flows_of(hass: HomeAssistant, unique_id: str) -> list[ConfigFlowResult]:
    """Those about one car."""
    return [flow for flow in open_flows(hass) if flow["context"]["unique_id"] == unique_id]


def made_up_topics(number: int) -> list[str]:
    """What somebody publishes to whom there is no car."""
    return [f"made/up/CAR{car}/metric/s/v3/connected" for car in range(number)]


async def test_many_cars_are_not_all_asked_for_their_names_at_once(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may publish can make up hundreds, and each would be a connection."""
    monkeypatch.setattr(broker_flow, "NAMING_SECONDS", 0.1)
    discovering = asyncio.gather(*(discover(hass, topic) for topic in made_up_topics(12)))
    most = 0
    while not discovering.done():
        most = max(most, len(broker.clients))
        await asyncio.sleep(0.005)
    assert 0 < most <= broker_flow.NAMED_AT_ONCE
    assert {result["step_id"] for result in await discovering} == {"mqtt_confirm"}


async def test_made_up_cars_are_not_offered_without_end(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many come at once; whoever adds a car by hand is not in their way."""
    monkeypatch.setattr(broker_flow, "NAMING_SECONDS", 0.05)
    topics = made_up_topics(MOST_DISCOVERED + 10)
    results = await asyncio.gather(*(discover(hass, topic) for topic in topics))
    refused = [result for result in results if result["type"] is FlowResultType.ABORT]
    assert [result["reason"] for result in refused] == ["too_many_discovered"] * 10
    assert len(open_flows(hass)) == MOST_DISCOVERED
    # Those that wait already are no new ones.
    assert (await discover(hass, topics[0]))["reason"] == "already_in_progress"

    async with car(broker):
        by_hand = await start(hass, "home_assistant_broker")
        assert by_hand["type"] is FlowResultType.FORM
        assert (await discover(hass))["reason"] == "too_many_discovered"
        assert (await submit(hass, by_hand, {"vehicle": PREFIX}))["type"] is FlowResultType.CREATE_ENTRY


@uses_home_assistants_server
async def test_a_car_that_came_behind_made_up_ones_is_discovered_when_they_are_gone(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on being connected, and says nothing new of that. What was set up meanwhile is not offered again."""
    with monkeypatch.context() as impatient:
        impatient.setattr(broker_flow, "NAMING_SECONDS", 0.05)
        for topic in made_up_topics(MOST_DISCOVERED):
            await discover(hass, topic)
    async with car(broker, "ovms/demo/LEAF0/", "SE"), car(broker):
        await eventually(lambda: len(hass.data.get(WAITING, {})) == 2, "both cars wait")
        by_hand = await start(hass, "home_assistant_broker")
        assert (await submit(hass, by_hand, {"vehicle": "ovms/demo/LEAF0/"}))["type"] is FlowResultType.CREATE_ENTRY

        hass.config_entries.flow.async_abort(open_flows(hass)[0]["flow_id"])
        await eventually(lambda: bool(flows_of(hass, "ovms/demo/LEAF1")), "it is offered")
        assert len(open_flows(hass)) == MOST_DISCOVERED
        assert not hass.data[WAITING]
        (flow,) = flows_of(hass, "ovms/demo/LEAF1")
        result = await submit(hass, flow)
        assert result["title"] == "Nissan Leaf LEAF1"
        assert result["result"].discovery_keys["mqtt"]


async def test_no_more_cars_wait_than_a_street_holds(
    hass: HomeAssistant, mqtt_entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that wait already wait with what they said last."""
    monkeypatch.setattr(broker_flow, "NAMING_SECONDS", 0.05)
    monkeypatch.setattr(discovered_vehicles, "MOST_WAITING", 2)
    *others, first, second, third = made_up_topics(MOST_DISCOVERED + 3)
    for topic in others:
        await discover(hass, topic)
    for topic, payload in ((first, "yes"), (second, "yes"), (third, "yes"), (first, "no")):
        assert (await discover(hass, topic, payload))["reason"] == "too_many_discovered"
    assert {topic: told.payload for topic, (_, told) in hass.data[WAITING].items()} == {first: "no", second: "yes"}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (f"{PREFIX}metric/s/v3/connected", ""),
        (f"{PREFIX}metric/s/v3/connected", "on"),
        (f"{PREFIX}metric/s/v3/connected", b"yes"),
        (f"{PREFIX}metric/s/v3/connected", bytearray(b"yes")),
        (f"{PREFIX}metric/s/v3/connected/x", "yes"),
        ("metric/s/v3/connected", "yes"),
        ("/metric/s/v3/connected", "yes"),
        ("$SYS/metric/s/v3/connected", "yes"),
        ("[click](http://evil)/metric/s/v3/connected", "yes"),
        ("http://evil.example/metric/s/v3/connected", "yes"),
        ("ovms/WWW.evil.example/metric/s/v3/connected", "yes"),
        ("homeassistant/status", "yes"),
    ],
)
async def test_something_else_is_discovered(
    hass: HomeAssistant, mqtt_entry: MockConfigEntry, topic: str, payload: Any
) -> None:
    """What is no module's connection, or was deleted, is no car."""
    result = await discover(hass, topic, payload)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_a_vehicle")


async def test_the_discovered_spelling_counts(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """What was left under the same prefix without its slash is not what was discovered."""
    async with car(broker, "garage/mycar", "SE"):
        pass
    async with car(broker, "garage/mycar/"):
        result = await discover(hass, "garage/mycar/metric/s/v3/connected")
        result = await submit(hass, result)
        assert (result["title"], result["data"]["prefix"]) == ("Nissan Leaf mycar", "garage/mycar/")


async def test_a_car_that_says_no_more_is_named_by_its_id(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """It can be confirmed as soon as more than its will is heard."""
    result = await discover(hass, payload="no")
    assert result["description_placeholders"] == {"name": "LEAF1", "prefix": PREFIX}
    assert_error(await submit(hass, result), "mqtt_confirm", {"base": "no_car_heard"})
    async with car(broker):
        assert (await submit(hass, result))["title"] == "Nissan Leaf LEAF1"


async def test_the_mqtt_integration_is_gone_meanwhile(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """That is what is said, and no doubt is cast on the broker."""
    result = await discover(hass, payload="no")
    await hass.config_entries.async_remove(mqtt_entry.entry_id)
    assert_error(await submit(hass, result), "mqtt_confirm", {"base": "mqtt_not_set_up"})


async def test_the_broker_is_gone_meanwhile(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """The discovery stays open, says what is wrong, and can be confirmed later."""
    await broker.stop()
    result = await discover(hass)
    assert result["description_placeholders"] == {"name": "LEAF1", "prefix": PREFIX}
    assert_error(await submit(hass, result), "mqtt_confirm", {"base": "cannot_connect"})
    broker.accounts["me"] = "secret"
    await broker.start()
    assert_error(await submit(hass, result), "mqtt_confirm", {"base": "refused"})
    broker.accounts.clear()
    await broker.restart()
    async with car(broker):
        assert (await submit(hass, result))["type"] is FlowResultType.CREATE_ENTRY


async def test_a_car_is_discovered_once(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Not while it waits to be confirmed, not when it is set up or ignored, also not by what it left elsewhere."""
    async with car(broker), car(broker, "ovms/demo/OLD/"):
        result = await discover(hass)
        assert (await discover(hass, payload="no"))["reason"] == "already_in_progress"
        result = await submit(hass, result)
        assert (await discover(hass))["reason"] == "car_set_up"

        hass.config_entries.async_update_entry(result["result"], data={**result["data"], "prefix": "ovms/demo/OLD/"})
        assert (await discover(hass))["reason"] == "car_set_up"
        assert (await discover(hass, "ovms/demo/OLD/metric/s/v3/connected"))["reason"] == "car_set_up"

        MockConfigEntry(domain=DOMAIN, unique_id="ovms/demo/IGNORED", source=SOURCE_IGNORE).add_to_hass(hass)
        assert (await discover(hass, "ovms/demo/IGNORED/metric/s/v3/connected"))["reason"] == "already_configured"


async def test_a_second_prefix_is_no_second_car(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """A loaded car is known by its number."""
    entry = vehicle_entry(broker, "NL", vehicle_id="LEAF1")
    entry.add_to_hass(hass)
    async with car(broker), car(broker, "ovms/second/LEAF1/", vehicle_id="LEAF2"):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await eventually(lambda: entry.runtime_data.device.text("v.vin") is not None, "the number is known")
        result = await discover(hass, "ovms/second/LEAF1/metric/s/v3/connected")
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "car_at_other_prefix")


async def test_two_ways_to_the_same_car(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """Added by hand while its discovery waits, or the other way round: the later one ends."""
    async with car(broker), car(broker, "ovms/demo/UP1/", "VWUP"):
        discovered = await discover(hass)
        by_hand = await start(hass, "home_assistant_broker")
        assert list(labels(by_hand)) == [PREFIX, "ovms/demo/UP1/", "other"]
        assert (await submit(hass, by_hand, {"vehicle": PREFIX}))["type"] is FlowResultType.CREATE_ENTRY
        assert discovered["flow_id"] not in {flow["flow_id"] for flow in open_flows(hass)}

        discovered = await discover(hass, "ovms/demo/UP1/metric/s/v3/connected")
        by_hand = await start(hass, "home_assistant_broker")
        assert (await submit(hass, discovered))["type"] is FlowResultType.CREATE_ENTRY
        assert (await submit(hass, by_hand, {"vehicle": "ovms/demo/UP1/"}))["reason"] == "car_set_up"


async def test_a_discovered_car_wakes_an_entry_that_waits(
    hass: HomeAssistant, broker: EmbeddedBroker, mqtt_entry: MockConfigEntry
) -> None:
    """An entry that could not be set up is tried at once when its car is heard."""
    entry = vehicle_entry(broker, "NL", vehicle_id="LEAF1")
    entry.add_to_hass(hass)
    await broker.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await broker.start()
    await discover(hass)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
