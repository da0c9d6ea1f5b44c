"""Cars and chargers by voice: Home Assistant's own agent, with its own sentences."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import re

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity, async_should_expose
from homeassistant.components.lock import LockState
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.intent import IntentResponseType
from homeassistant.setup import async_setup_component
import pytest

from scripts.document import README
from simulators.broker import EmbeddedBroker
from simulators.openevse import Generation
from simulators.ovms_server import OvmsServer

from .dialog import uses_home_assistants_server
from .driveway import Station, charging
from .garage import PIN, Car, becomes, parked
from .server_garage import at_server

pytestmark = uses_home_assistants_server

VEHICLE_TYPE = "NL"
LINKS = pytest.mark.parametrize("link", ["broker", "server"])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Assist says, and of which entities."""

    kind: IntentResponseType
    text: str
    entities: tuple[str, ...]


async def say(hass: HomeAssistant, sentence: str) -> Answer:
    """Say something to Assist."""
    result = await conversation.async_converse(hass, sentence, None, Context(), "en")
    response = result.response
    return Answer(
        kind=response.response_type,
        text=response.speech["plain"]["speech"],
        entities=tuple(target.id for target in response.success_results if target.id is not None),
    )


async def listening(hass: HomeAssistant) -> None:
    """Have somebody who listens."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})


def expose(hass: HomeAssistant, entry_id: str) -> None:
    """Expose everything that is enabled to Assist, as a user does with a switch for each entity."""
    for entry in er.async_entries_for_config_entry(er.async_get(hass), entry_id):
        async_expose_entity(hass, conversation.DOMAIN, entry.entity_id, should_expose=not entry.disabled)


def call_it(hass: HomeAssistant, entry_id: str, name: str) -> None:
    """Rename a device as its owner does."""
    registry = dr.async_get(hass)
    [device] = dr.async_entries_for_config_entry(registry, entry_id)
    registry.async_update_device(device.id, name_by_user=name)


def also_call(hass: HomeAssistant, entity_id: str, alias: str) -> None:
    """Give an entity an alias, as a user does in its settings for voice assistants."""
    er.async_get(hass).async_update_entity(entity_id, aliases=[er.COMPUTED_NAME, alias])


def set_default_code(hass: HomeAssistant, car: Car) -> None:
    """Store the PIN with the doors, as a user does who wants to be asked for it no more."""
    er.async_get(hass).async_update_entity_options(car.entity_id("doors", "lock"), "lock", {"default_code": PIN})


@asynccontextmanager
async def leaf(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str) -> AsyncGenerator[Car]:
    """A car that its owner calls Leaf."""
    await listening(hass)
    setting = parked(hass, broker, VEHICLE_TYPE) if link == "broker" else at_server(hass, server, VEHICLE_TYPE)
    async with setting as car:
        call_it(hass, car.entry.entry_id, "Leaf")
        expose(hass, car.entry.entry_id)
        await hass.async_block_till_done()
        yield car


@asynccontextmanager
async def openevse(hass: HomeAssistant) -> AsyncGenerator[Station]:
    """A charger in the middle of a session."""
    await listening(hass)
    async with charging(hass, Generation.V5_1) as station:
        expose(hass, station.entry.entry_id)
        yield station


@LINKS
@pytest.mark.parametrize(
    ("question", "platform", "key", "answer"),
    [
        ("are the Leaf doors locked", "lock", "doors", "Yes"),
        ("are the Leaf's doors locked", "lock", "doors", "Yes"),
        ("are all the doors locked", "lock", "doors", "Yes"),
        ("what is the Leaf's state of charge", "sensor", "state_of_charge", "62 %"),
        ("what's the Leaf's estimated range", "sensor", "range_estimated", "152 km"),
        ("what is the Leaf odometer", "sensor", "odometer", "48210 km"),
        ("what is the Leaf cabin temperature", "sensor", "cabin_temperature", "14.5 °C"),
        ("is the Leaf charging", "switch", "charging", "off"),
        ("is the Leaf trunk open", "binary_sensor", "trunk", "No"),
        ("is the Leaf's charge port open", "binary_sensor", "charge_port", "No"),
        ("is the Leaf front left door open", "binary_sensor", "door_front_left", "No"),
    ],
)
async def test_what_one_asks_of_a_car(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    server: OvmsServer,
    link: str,
    question: str,
    platform: str,
    key: str,
    answer: str,
) -> None:
    """By the names that are on the page of its device."""
    async with leaf(hass, broker, server, link) as car:
        said = await say(hass, question)
        assert said.kind is IntentResponseType.QUERY_ANSWER
        assert said.entities == (car.entity_id(key, platform),)
        assert answer in said.text


@pytest.mark.parametrize(
    ("question", "key", "answer"),
    [
        ("what is the OpenEVSE charge power", "charge_power", "3.8 kW"),
        ("what is the OpenEVSE's session energy", "session_energy", "1.9 kWh"),
        ("what is the OpenEVSE total energy", "total_energy", "kWh"),
        ("what is the OpenEVSE state", "state", "charging"),
        ("what is the OpenEVSE state reason", "why", "charging"),
        ("what is the OpenEVSE temperature", "temperature", "°C"),
    ],
)
async def test_what_one_asks_of_a_charger(hass: HomeAssistant, question: str, key: str, answer: str) -> None:
    """In the same way."""
    async with openevse(hass) as station:
        said = await say(hass, question)
        assert said.kind is IntentResponseType.QUERY_ANSWER
        assert said.entities == (station.entity_id(key, "sensor"),)
        assert answer in said.text


@LINKS
async def test_charging_is_switched(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str) -> None:
    """The switch is what is found, not what only shows whether the car charges."""
    async with leaf(hass, broker, server, link) as car:
        await car.module.plug_in()
        said = await say(hass, "turn on Leaf charging")
        assert said.kind is IntentResponseType.ACTION_DONE
        assert said.entities == (car.entity_id("charging", "switch"),)
        assert car.told[-1] == "charge start"
        await car.settled()
        await car.shows("charging", "switch", "on")
        said = await say(hass, "turn off the Leaf's charging")
        assert said.kind is IntentResponseType.ACTION_DONE
        assert car.told[-1] == "charge stop"
        await car.settled()
        await car.shows("charging", "switch", "off")


async def test_a_charger_is_switched(hass: HomeAssistant) -> None:
    """In the same words."""
    async with openevse(hass) as station:
        for word, closed in (("off", False), ("on", True)):
            said = await say(hass, f"turn {word} OpenEVSE charging")
            assert said.kind is IntentResponseType.ACTION_DONE
            assert said.entities == (station.entity_id("charging_enabled", "switch"),)
            await becomes(lambda: station.evse.relay_closed, closed)


@LINKS
async def test_the_cabin_is_warmed(hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str) -> None:
    """Before one leaves."""
    async with leaf(hass, broker, server, link) as car:
        said = await say(hass, "turn on the Leaf's climate")
        assert said.kind is IntentResponseType.ACTION_DONE
        assert said.entities == (car.entity_id("cabin", "climate"),)
        assert car.told[-1] == "climatecontrol on"


# What the README says


def sentences(*, of_charger: bool) -> list[str]:
    """What the README says that can be said: those with a charger's name, or the others."""
    [examples] = re.findall(r"<!-- voice -->(.+)<!-- /voice -->", README.read_text(encoding="utf-8"), re.DOTALL)
    return [sentence for sentence in re.findall(r'"([^"]+)"', examples) if ("OpenEVSE" in sentence) is of_charger]


@LINKS
async def test_a_car_understands_the_sentences_of_the_readme(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str
) -> None:
    """All of them, one after the other."""
    async with leaf(hass, broker, server, link) as car:
        set_default_code(hass, car)
        also_call(hass, car.entity_id("state_of_charge", "sensor"), "Leaf battery")
        for sentence in [*sentences(of_charger=False), "what is the Leaf battery"]:
            said = await say(hass, sentence)
            assert said.kind is not IntentResponseType.ERROR, sentence
            assert said.entities, sentence
            await car.settled()


async def test_a_charger_understands_the_sentences_of_the_readme(hass: HomeAssistant) -> None:
    """In the same way."""
    async with openevse(hass):
        for sentence in sentences(of_charger=True):
            said = await say(hass, sentence)
            assert said.kind is not IntentResponseType.ERROR, sentence
            assert said.entities, sentence


# The doors


@LINKS
@pytest.mark.parametrize(
    "order", ["unlock the Leaf doors", "unlock the Leaf", "turn off the Leaf", "lock the Leaf doors"]
)
async def test_nobody_without_the_pin_moves_the_doors(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str, order: str
) -> None:
    """A voice outside the window knows no PIN. The module is not even asked, by whatever name the doors are known."""
    async with leaf(hass, broker, server, link) as car:
        also_call(hass, car.entity_id("doors", "lock"), "Leaf")
        said = await say(hass, order)
        assert said.kind is IntentResponseType.ERROR
        assert car.told == []
        assert car.state("doors", "lock") == LockState.LOCKED


@LINKS
async def test_who_has_set_a_default_code_has_meant_it(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str
) -> None:
    """Then doors are locked and unlocked by voice as well."""
    async with leaf(hass, broker, server, link) as car:
        set_default_code(hass, car)
        for order, state in (("unlock", LockState.UNLOCKED), ("lock", LockState.LOCKED)):
            said = await say(hass, f"{order} the Leaf doors")
            assert said.kind is IntentResponseType.ACTION_DONE
            assert said.entities == (car.entity_id("doors", "lock"),)
            await car.settled()
            await car.shows("doors", "lock", state)


@LINKS
@pytest.mark.parametrize("order", ["unlock the Leaf", "turn off the Leaf"])
async def test_the_doors_do_not_have_the_name_of_the_car(
    hass: HomeAssistant, broker: EmbeddedBroker, server: OvmsServer, link: str, order: str
) -> None:
    """Or who wants charging or the climate off would unlock it: to Assist, turning off a lock is to unlock it."""
    async with leaf(hass, broker, server, link) as car:
        set_default_code(hass, car)
        said = await say(hass, order)
        assert said.kind is IntentResponseType.ERROR
        assert car.told == []


async def test_doors_are_not_exposed_by_default(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Who wants them to hear has to say so."""
    await listening(hass)
    async with parked(hass, broker, VEHICLE_TYPE) as car:
        assert not async_should_expose(hass, conversation.DOMAIN, car.entity_id("doors", "lock"))
        assert async_should_expose(hass, conversation.DOMAIN, car.entity_id("trunk", "binary_sensor"))
