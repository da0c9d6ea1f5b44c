"""A person chooses charge points of an operator."""

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.open_ev.clients.ocpi.models import Evse as KnownEvse, EvseStatus, Location as KnownLocation
from custom_components.open_ev.flows.charge_point import charge_point_id
from simulators.cpo import Capability, Connector, Evse, Location, Status, Version

from .operator_dialog import change_choice, choices, choose, start_choice
from .plaza import Place, Plaza, operated, uses_webhooks

pytestmark = uses_webhooks


def titles(plaza: Plaza) -> list[str]:
    """The charge points that are chosen."""
    return [subentry.title for subentry in plaza.entry.subentries.values()]


def assert_all_there(result: SubentryFlowResult) -> None:
    """There is nothing left to choose, and it is said where the others are."""
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_other_charge_point")
    assert result["description_placeholders"] == {"name": "Open Operator"}


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
        assert_all_there(await start_choice(hass, plaza.entry))


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
        assert_all_there(await start_choice(hass, plaza.entry))
        plaza.cpo.evse("EVSE1").instead = Status.REMOVED
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


async def test_what_an_operator_calls_a_place_is_no_link(hass: HomeAssistant) -> None:
    """Neither in a form nor in what is said later of a charge point that is there no more."""
    async with operated(hass, "EVSE1") as plaza:
        points = [Evse(uid=uid, physical_reference=uid) for uid in ("E1", "E2")]
        plaza.cpo.locations[:] = [Location(id="L", name="Plaza [A](https://evil.example)", city="", evses=points)]
        result = await start_choice(hass, plaza.entry)
        placeholders = result["description_placeholders"] or {}
        assert placeholders["location"].startswith("Plaza A https evil.example ,")
        result = await choose(hass, result, charge_point="E1")
        assert result["title"] == "Plaza A https evil.example E1"


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
        assert_all_there(result)
        assert len(titles(plaza)) == 3


async def test_two_windows_with_connectors(hass: HomeAssistant) -> None:
    """Nor can a connector of it."""
    async with operated(hass, "EVSE1", "EVSE3") as plaza:
        operator = plaza.operator
        double(plaza)
        first, second = [
            await choose(hass, await start_choice(hass, plaza.entry), charge_point="EVSE2") for _ in range(2)
        ]
        await choose(hass, first, connector="2")
        await plaza.loaded_again(operator)
        assert_all_there(await choose(hass, second, connector="1"))
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


# Connectors


def double(plaza: Plaza, uid: str = "EVSE2") -> Evse:
    """An EVSE with two connectors, which starts nothing without being told which one."""
    evse = plaza.cpo.evse(uid)
    fast = Connector(id="2", standard="IEC_62196_T2_COMBO", format="CABLE", power_type="DC", voltage=400, amperage=125)
    evse.connectors = [Connector(id="1"), fast]
    evse.capabilities.append(Capability.START_SESSION_CONNECTOR_REQUIRED)
    return evse


async def test_a_connector_is_chosen_where_one_is_asked_for(hass: HomeAssistant) -> None:
    """And that one is started, and unlocked."""
    async with operated(hass, "EVSE1") as plaza:
        operator, evse = plaza.operator, double(plaza)
        result = await choose(hass, await start_choice(hass, plaza.entry), location="LOC1")
        result = await choose(hass, result, charge_point="EVSE2")
        assert result["description_placeholders"] == {"charge_point": "Garage 2"}
        assert choices(result, "connector") == {"1": "1 · Type 2 · 11.04 kW", "2": "2 · CCS 2 · 50 kW"}
        assert choices(await hass.config_entries.subentries.async_configure(result["flow_id"]), "connector")
        result = await choose(hass, result, connector="2")
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Garage 2")
        await plaza.loaded_again(operator)
        place = plaza.place("EVSE2")
        assert plaza.entry.subentries[place.subentry_id].data["connector_id"] == "2"
        plaza.cpo.plug_in("EVSE2")
        await place.start()
        session = plaza.cpo.session("EVSE2")
        assert session is not None
        assert session.connector.id == "2"
        await place.point.unlock()
        assert evse.unlocked == ["2"]


async def test_no_connector_is_asked_for_without_need(hass: HomeAssistant) -> None:
    """Where there is only one, or no command names one."""
    async with operated(hass, "EVSE1") as plaza:
        evse = double(plaza)
        for connectors, capabilities in (
            (evse.connectors[:1], evse.capabilities),
            (evse.connectors, ["REMOTE_START_STOP_CAPABLE"]),
        ):
            evse.connectors, evse.capabilities = connectors, capabilities
            result = await choose(hass, await start_choice(hass, plaza.entry), location="LOC1")
            result = await choose(hass, result, charge_point="EVSE2")
            assert result["type"] is FlowResultType.CREATE_ENTRY
            assert "connector_id" not in result["data"]
            subentry_id = plaza.place("EVSE2").subentry_id
            hass.config_entries.async_remove_subentry(plaza.entry, subentry_id)
            await hass.async_block_till_done()


@pytest.mark.parametrize("version", [Version.V2_2_1, Version.V2_3_0])
async def test_a_connector_that_was_never_chosen(hass: HomeAssistant, version: Version) -> None:
    """The error says where to choose it; the choice has what is there already as its first."""
    async with operated(hass, "EVSE2", versions=version) as plaza:
        operator, place = plaza.operator, plaza.place("EVSE2")
        double(plaza)
        await plaza.look()
        plaza.cpo.plug_in("EVSE2")
        with pytest.raises(ServiceValidationError) as caught:
            await place.start()
        assert caught.value.translation_key == "invalid_which_connector"
        assert await choose_connector(hass, place, "2") == {"location": "LOC1", "evse": "EVSE2", "connector": "1"}
        await plaza.loaded_again(operator)
        await place.start()
        assert plaza.cpo.charging("EVSE2")


async def test_a_connector_that_is_gone(hass: HomeAssistant) -> None:
    """Another one is chosen in the same way, from what is there now."""
    async with operated(hass, "EVSE2") as plaza:
        operator, place = plaza.operator, plaza.place("EVSE2")
        evse = double(plaza)
        await choose_connector(hass, place, "2")
        await plaza.loaded_again(operator)
        operator = plaza.operator
        evse.connectors = [Connector(id="1"), Connector(id="3")]
        await plaza.look()
        with pytest.raises(ServiceValidationError) as caught:
            await place.start()
        assert caught.value.translation_key == "invalid_no_such_connector"
        assert (await choose_connector(hass, place, "3"))["connector"] == "1"
        await plaza.loaded_again(operator)
        assert (await choose_connector(hass, place, "1"))["connector"] == "3"


async def choose_connector(hass: HomeAssistant, place: Place, connector: str) -> dict[str, str]:
    """Choose another connector of a charge point; returns what the forms had as chosen before."""
    result = await change_choice(hass, place.entry, place.subentry_id)
    before = {"location": default(result, "location")}
    result = await choose(hass, result, location="LOC1")
    before["evse"] = default(result, "charge_point")
    result = await choose(hass, result, charge_point=place.evse)
    before["connector"] = default(result, "connector")
    result = await choose(hass, result, connector=connector)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    return before


def default(result: SubentryFlowResult, field: str) -> str:
    """What is chosen if nothing else is."""
    schema = result["data_schema"]
    assert schema is not None
    [found] = [key.default() for key in schema.schema if key == field]
    return str(found)


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
