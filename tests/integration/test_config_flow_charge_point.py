"""A person chooses charge points of an operator."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.open_ev.clients.ocpi.models import Evse as KnownEvse, EvseStatus, Location as KnownLocation
from custom_components.open_ev.flows.charge_point import charge_point_id
from simulators.cpo import Connector, Evse, Location, Status

from .operator_dialog import change_choice, choices, choose, start_choice
from .plaza import Plaza, operated, uses_webhooks

pytestmark = uses_webhooks


def titles(plaza: Plaza) -> list[str]:
    """The charge points that are chosen."""
    return [subentry.title for subentry in plaza.entry.subentries.values()]


async def test_first_the_place_then_the_charge_point(hass: HomeAssistant) -> None:
    """Those that are here already are left out, and so is a place without others. The new one is there at once."""
    async with operated(hass, "EVSE1") as plaza:
        operator = plaza.operator
        result = await start_choice(hass, plaza.entry)
        assert choices(result, "location") == {
            "LOC1": "Garage, Harbour Street 1, Utrecht",
            "LOC2": "Street, Harbour Street 3, Utrecht",
        }
        result = await choose(hass, result, location="LOC1")
        assert result["description_placeholders"] == {"location": "Garage, Harbour Street 1, Utrecht"}
        assert choices(result, "charge_point") == {"EVSE2": "2 · NL*OPE*E2 · 22.08 kW"}
        result = await choose(hass, result, charge_point="EVSE2")
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Garage 2")
        await plaza.loaded_again(operator)
        assert plaza.place("EVSE2").state("status") == "available"
        result = await start_choice(hass, plaza.entry)
        # There is one place left.
        assert choices(result, "charge_point") == {"EVSE3": "NL*OPE*E3 · 50 kW"}
        result = await choose(hass, result, charge_point="EVSE3")
        await hass.async_block_till_done()
        assert titles(plaza) == ["EVSE1", "Garage 2", "Street NL*OPE*E3"]
        assert (await start_choice(hass, plaza.entry))["reason"] == "no_charge_points"


async def test_the_forms_by_themselves(hass: HomeAssistant) -> None:
    """A browser that goes back gets them again."""
    async with operated(hass, "EVSE1") as plaza:
        result = await start_choice(hass, plaza.entry)
        flow_id = result["flow_id"]
        manager = hass.config_entries.subentries
        assert choices(await manager.async_configure(flow_id), "location")
        result = await choose(hass, result, location="LOC1")
        assert choices(await manager.async_configure(flow_id), "charge_point")


async def test_nothing_to_choose(hass: HomeAssistant) -> None:
    """What is removed cannot be chosen."""
    async with operated(hass, "EVSE1") as plaza:
        plaza.cpo.locations[1].evses.clear()
        plaza.cpo.evse("EVSE2").instead = Status.REMOVED
        assert (await start_choice(hass, plaza.entry))["reason"] == "no_charge_points"


async def test_a_place_and_charge_points_of_which_little_is_told(hass: HomeAssistant) -> None:
    """Ids are all that there must be."""
    async with operated(hass, "EVSE1") as plaza:
        bare = Evse(uid="BARE", connectors=[Connector(amperage=0)])
        plaza.cpo.locations[:] = [Location(id="L", address="", city="", evses=[bare])]
        result = await start_choice(hass, plaza.entry)
        assert choices(result, "charge_point") == {"BARE": "BARE"}
        result = await choose(hass, result, charge_point="BARE")
        assert result["title"] == "L BARE"


async def test_many_of_them(hass: HomeAssistant) -> None:
    """Then one can search."""
    async with operated(hass, "EVSE1") as plaza:
        many = [Evse(uid=f"E{number}") for number in range(200)]
        plaza.cpo.locations[:] = [Location(id="BIG", name="Arena", evses=many)]
        result = await start_choice(hass, plaza.entry)
        assert len(choices(result, "charge_point")) == 200
        schema = result["data_schema"]
        assert schema is not None
        assert schema.schema["charge_point"].config["mode"] == "dropdown"


async def test_an_operator_that_is_down(hass: HomeAssistant) -> None:
    """Whether or not its entry is loaded."""
    async with operated(hass) as plaza:
        plaza.cpo.knobs.status = 500
        assert (await start_choice(hass, plaza.entry))["reason"] == "operator_status"
        assert await hass.config_entries.async_unload(plaza.entry.entry_id)
        assert (await start_choice(hass, plaza.entry))["reason"] == "operator_status"
        plaza.cpo.heal()
        result = await start_choice(hass, plaza.entry)
        assert choices(result, "location")
        assert plaza.entry.state is ConfigEntryState.NOT_LOADED


async def test_two_windows(hass: HomeAssistant) -> None:
    """What was chosen in the one cannot be chosen in the other any more."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        operator = plaza.operator
        first, second = [await start_choice(hass, plaza.entry) for _ in range(2)]
        await choose(hass, first, charge_point="EVSE3")
        await plaza.loaded_again(operator)
        result = await choose(hass, second, charge_point="EVSE3")
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_charge_points")
        assert len(titles(plaza)) == 3


async def test_another_one_in_its_place(hass: HomeAssistant) -> None:
    """Operators exchange hardware: the entities stay, with their history."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        operator, place = plaza.operator, plaza.place("EVSE1")
        subentry_id, switch = place.subentry_id, place.entity_id("session", "switch")
        plaza.cpo.evse("EVSE1").uid = "EVSE1-NEW"
        result = await change_choice(hass, plaza.entry, subentry_id)
        result = await choose(hass, result, location="LOC1")
        assert choices(result, "charge_point") == {"EVSE1-NEW": "1 · NL*OPE*E1 · 11.04 kW"}
        result = await choose(hass, result, charge_point="EVSE1-NEW")
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        await plaza.loaded_again(operator)
        place = plaza.place("EVSE1-NEW")
        assert (place.subentry_id, place.entity_id("session", "switch")) == (subentry_id, switch)
        assert place.state("status") == "available"
        assert er.async_get(hass).async_get(switch) is not None
        assert plaza.entry.subentries[subentry_id].unique_id == "loc1/evse1-new"


async def test_the_same_one_in_its_place(hass: HomeAssistant) -> None:
    """It is among those to choose from, and is called anew."""
    async with operated(hass, "EVSE1") as plaza:
        operator = plaza.operator
        result = await change_choice(hass, plaza.entry, plaza.place().subentry_id)
        result = await choose(hass, result, location="LOC1")
        assert "EVSE1" in choices(result, "charge_point")
        await choose(hass, result, charge_point="EVSE1")
        await plaza.loaded_again(operator)
        assert titles(plaza) == ["Garage 1"]
        assert plaza.place().device.name == "Garage 1"


async def test_only_operators_have_charge_points(hass: HomeAssistant) -> None:
    """Nothing can be added to a car or a charger."""
    async with operated(hass) as plaza:
        assert set(plaza.entry.supported_subentry_types) == {"charge_point"}


@pytest.mark.parametrize(
    ("one", "other"), [(("A/B", "C"), ("A", "B/C")), (("A b", "C"), ("A", "b C")), (("A%2FB", "C"), ("A/B", "C"))]
)
def test_ids_that_look_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Ids may contain anything, and are the same whatever their case."""

    def told(location: str, evse: str) -> str:
        return charge_point_id(KnownLocation(id=location), KnownEvse(uid=evse, status=EvseStatus.AVAILABLE))

    assert told(*one) != told(*other)
    assert told(*one) == told(one[0].lower(), one[1].upper())
