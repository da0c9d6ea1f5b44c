"""What is shown of charge points, and what can be done there."""

import asyncio
from dataclasses import replace

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from simulators.cpo import (
    ANCESTOR,
    CITRINE_OS,
    LIBRARY,
    CallbackFault,
    Capability,
    Command,
    Evse,
    Location,
    Quirk,
    Script,
    Version,
)
from tests.operator_pace import QUICK, WATCHFUL

from .garage import eventually
from .plaza import DRIVER_UID, Plaza, operated, reserve, uses_webhooks

pytestmark = uses_webhooks

SLOW = replace(QUICK, session=30, expecting=30)


def shown(plaza: Plaza, evse: str = "EVSE1") -> dict[str, str]:
    """What is enabled of a charge point, with its states."""
    registry = er.async_get(plaza.hass)
    subentry_id = plaza.place(evse).subentry_id
    found = {}
    for entry in er.async_entries_for_config_entry(registry, plaza.entry.entry_id):
        if entry.config_subentry_id == subentry_id and (state := plaza.hass.states.get(entry.entity_id)) is not None:
            found[f"{entry.domain}.{entry.unique_id.removeprefix(f'{subentry_id}_')}"] = state.state
    return found


# What there is


async def test_what_a_charge_point_starts_with(hass: HomeAssistant) -> None:
    """All that a driver needs, and not what drivers may not do."""
    async with operated(hass) as plaza:
        assert shown(plaza) == {
            "sensor.status": "available",
            "sensor.session_energy": "unknown",
            "sensor.session_cost": "unknown",
            "sensor.session_start": "unknown",
            "sensor.session_status": "unknown",
            "sensor.maximum_power": "11.04",
            "switch.session": "off",
            "event.reservation": "unknown",
        }
        registry = er.async_get(hass)
        unlock = registry.async_get(plaza.place().entity_id("unlock_connector", "button"))
        assert unlock is not None
        assert unlock.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        power = registry.async_get(plaza.place().entity_id("maximum_power", "sensor"))
        assert power is not None
        assert power.entity_category is EntityCategory.DIAGNOSTIC


async def test_one_that_cannot_be_told_anything(hass: HomeAssistant) -> None:
    """A fast charger without a remote only shows."""
    async with operated(hass, "EVSE3") as plaza:
        assert {name.partition(".")[0] for name in shown(plaza, "EVSE3")} == {"sensor"}
        assert not plaza.place("EVSE3").has("unlock_connector", "button")
        assert plaza.place("EVSE3").state("maximum_power") == "50.0"


async def test_the_page_of_a_charge_point(hass: HomeAssistant) -> None:
    """It is called as the user called it, and has the number that is printed on it."""
    async with operated(hass) as plaza:
        device = plaza.place().device
        assert (device.name, device.manufacturer, device.serial_number) == ("EVSE1", "Open Operator", "NL*OPE*E1")
        assert device.config_subentry_id == plaza.place().subentry_id


async def test_the_page_after_an_exchange(hass: HomeAssistant) -> None:
    """Nobody reads the number of the former one to the hotline; one that is not told of keeps its own."""
    async with operated(hass, "EVSE1") as plaza:
        plaza.cpo.evse("EVSE2").evse_id = None
        plaza.cpo.locations[0].evses.remove(plaza.cpo.evse("EVSE1"))
        assert await hass.config_entries.async_reload(plaza.entry.entry_id)
        assert plaza.place().point.evse is None
        assert plaza.place().device.serial_number == "NL*OPE*E1"
        operator, subentry = plaza.operator, plaza.entry.subentries[plaza.place().subentry_id]
        other = {"location_id": "LOC1", "evse_uid": "EVSE2"}
        hass.config_entries.async_update_subentry(plaza.entry, subentry, data=other)
        await plaza.loaded_again(operator)
        assert plaza.place("EVSE2").point.evse is not None
        assert plaza.place("EVSE2").device.serial_number is None


@pytest.mark.usefixtures("everything_enabled")
async def test_the_cable_is_let_go(hass: HomeAssistant) -> None:
    """By who has enabled that."""
    async with operated(hass) as plaza:
        await plaza.place().call("unlock_connector", "button.press")
        assert plaza.cpo.evse().unlocked == ["1"]


# Sessions


async def test_accepted_is_not_charging(hass: HomeAssistant) -> None:
    """The switch goes on when the cable is plugged in and the session is active, and not before."""
    async with operated(hass) as plaza:
        place = plaza.place()
        await place.start()
        await plaza.look()
        assert place.state("session", "switch") == "off"
        plaza.cpo.plug_in()
        await place.shows("session", "on", "switch")
        await place.shows("status", "charging")


async def test_a_session_that_is_pending(hass: HomeAssistant) -> None:
    """It is shown as that without anything being enabled first, and is not on."""
    async with operated(hass, quirks=[Quirk.PENDING_SESSIONS]) as plaza:
        place = plaza.place()
        await place.start()
        await place.shows("session_status", "pending")
        assert place.state("session", "switch") == "off"
        plaza.cpo.plug_in()
        await place.shows("session_status", "active")
        await place.shows("session", "on", "switch")


@pytest.mark.parametrize("version", Version)
async def test_the_next_session_begins_anew(hass: HomeAssistant, version: Version) -> None:
    """Statistics see that by the moment from which it counts, even where it is longer than the one before."""
    async with operated(hass, versions=version) as plaza:
        place = plaza.place()
        seen = []
        for seconds in (1800, 3600):
            plaza.cpo.plug_in()
            await place.start()
            await place.shows("session", "on", "switch")
            plaza.cpo.tick(seconds)
            await place.stop()
            await place.shows("session", "off", "switch")
            await plaza.look()
            energy, cost = (place.look(key, "sensor") for key in ("session_energy", "session_cost"))
            assert energy.attributes["state_class"] == cost.attributes["state_class"] == "total"
            assert energy.attributes["last_reset"] == cost.attributes["last_reset"]
            seen.append((float(energy.state), float(cost.state), energy.attributes["last_reset"]))
            plaza.cpo.unplug()
        (first, price, since), (second, higher_price, later) = seen
        assert first == pytest.approx(5.5, abs=0.1)
        assert second == pytest.approx(11, abs=0.1)
        assert 0 < price < higher_price
        assert since < later


async def test_a_cost_that_is_not_told(hass: HomeAssistant) -> None:
    """It is not known, which is not nothing."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        plaza.cpo.tariff.told = False
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        plaza.cpo.tick(600)
        await plaza.look()
        cost = plaza.place().look("session_cost", "sensor")
        assert cost.state == "unknown"
        assert cost.attributes["unit_of_measurement"] == "EUR"


async def test_a_cost_in_another_currency(hass: HomeAssistant) -> None:
    """The operator's."""
    async with operated(hass) as plaza:
        plaza.cpo.tariff.currency = "CHF"
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        assert plaza.place().look("session_cost", "sensor").attributes["unit_of_measurement"] == "CHF"


async def test_a_session_that_was_started_with_the_card(hass: HomeAssistant) -> None:
    """It is ours all the same, and can be stopped from here. That of somebody else is not shown."""
    async with operated(hass, "EVSE1", "EVSE2", pace=WATCHFUL) as plaza:
        for evse, driver in (("EVSE1", DRIVER_UID.lower()), ("EVSE2", "SOMEBODY")):
            plaza.cpo.plug_in(evse)
            plaza.cpo.swipe(evse, driver)
        await plaza.place().shows("session", "on", "switch")
        await plaza.place("EVSE2").shows("status", "charging")
        assert plaza.place("EVSE2").state("session", "switch") == "off"
        assert plaza.place("EVSE2").state("session_energy") == "unknown"
        await plaza.place().stop()
        assert not plaza.cpo.charging("EVSE1")
        assert plaza.cpo.charging("EVSE2")


async def test_a_session_that_was_there_before(hass: HomeAssistant) -> None:
    """A restart of Home Assistant loses none."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        assert await hass.config_entries.async_reload(plaza.entry.entry_id)
        await hass.async_block_till_done()
        assert plaza.place().state("session", "switch") == "on"
        await plaza.place().stop()
        assert not plaza.cpo.charging()


@pytest.mark.parametrize(
    ("version", "quirks"),
    [
        *((version, LIBRARY) for version in Version),
        (Version.V2_1_1, ANCESTOR),
        (Version.V2_2_1, ANCESTOR),
        (Version.V2_2_1, CITRINE_OS),
    ],
)
async def test_operators_of_the_field(hass: HomeAssistant, version: Version, quirks: frozenset[Quirk]) -> None:
    """With all that is odd about them."""
    async with operated(hass, versions=version, quirks=quirks) as plaza:
        plaza.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        await plaza.place().stop()
        await plaza.place().shows("session", "off", "switch")


async def test_a_session_that_others_end(hass: HomeAssistant) -> None:
    """The driver at the cable, or the operator: it is off when the operator says so, with what it came to."""
    async with operated(hass) as plaza:
        place = plaza.place()
        plaza.cpo.plug_in()
        await place.start()
        await place.shows("session", "on", "switch")
        plaza.cpo.tick(1800)
        plaza.cpo.unplug()
        await place.shows("session", "off", "switch")
        await plaza.look()
        assert float(place.state("session_energy")) == pytest.approx(5.5, abs=0.1)
        with pytest.raises(HomeAssistantError) as caught:
            await place.stop()
        assert caught.value.translation_key == "command_unknown_session"


async def test_a_session_of_somebody_else_cannot_be_stopped(hass: HomeAssistant) -> None:
    """Nothing is sent."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        place = plaza.place()
        plaza.cpo.plug_in()
        plaza.cpo.swipe(driver="SOMEBODY")
        await place.shows("status", "charging")
        with pytest.raises(HomeAssistantError):
            await place.stop()
        assert plaza.cpo.charging()
        assert place.state("session", "switch") == "off"


async def test_a_status_that_is_in_no_version(hass: HomeAssistant) -> None:
    """It is not known, and everything else is."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        plaza.cpo.evse().instead = "ON_HOLIDAY"
        await plaza.place().shows("status", "unknown")
        assert plaza.place().state("maximum_power") == "11.04"
        assert plaza.place().state("session", "switch") == "off"


async def test_a_currency_that_changes(hass: HomeAssistant) -> None:
    """The cost has that of its session."""
    async with operated(hass) as plaza:
        for currency in ("EUR", "CHF"):
            plaza.cpo.tariff.currency = currency
            plaza.cpo.plug_in()
            await plaza.place().start()
            await plaza.place().shows("session", "on", "switch")
            assert plaza.place().look("session_cost", "sensor").attributes["unit_of_measurement"] == currency
            await plaza.place().stop()
            await plaza.place().shows("session", "off", "switch")
            plaza.cpo.unplug()


# Two at once


async def test_two_charge_points_never_mix(hass: HomeAssistant) -> None:
    """Neither their states, nor their sessions, nor their reservations."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        first, second = plaza.place("EVSE1"), plaza.place("EVSE2")
        assert first.device.id != second.device.id
        plaza.cpo.plug_in("EVSE1")
        await first.start()
        await first.shows("session", "on", "switch")
        plaza.cpo.tick(3600)
        told = await reserve(second, duration={"hours": 3})
        await plaza.look()
        assert (first.state("status"), second.state("status")) == ("charging", "reserved")
        assert float(first.state("session_energy")) == pytest.approx(11, abs=0.1)
        assert second.state("session", "switch") == "off"
        assert (first.point.text("reservation"), second.point.text("reservation")) == (None, told["reservation_id"])
        plaza.cpo.cancel_reservation(told["reservation_id"])
        await eventually(lambda: second.state("reservation", "event") != "unknown", "it is told")
        assert first.state("reservation", "event") == "unknown"
        await first.stop()
        await first.shows("session", "off", "switch")


@pytest.mark.usefixtures("everything_enabled")
async def test_two_charge_points_never_wait_for_each_other(hass: HomeAssistant) -> None:
    """An operator may take minutes to say what became of a command; one charge point does one thing at a time."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        first, second = plaza.place("EVSE1"), plaza.place("EVSE2")
        plaza.cpo.plug_in("EVSE2")
        plaza.cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER, does=False)
        starting = asyncio.create_task(first.start())
        await eventually(lambda: len(plaza.webhooks) == 1, "the first is under way")
        unlocking = [asyncio.create_task(place.call("unlock_connector", "button.press")) for place in (first, second)]
        await unlocking[1]
        assert plaza.cpo.evse("EVSE2").unlocked == ["1"]
        plaza.cpo.scripts[Command.START_SESSION] = Script()
        await second.start()
        assert plaza.cpo.charging("EVSE2")
        assert plaza.cpo.evse("EVSE1").unlocked == []
        assert not starting.done()
        assert await hass.config_entries.async_unload(plaza.entry.entry_id)
        for waiting in (starting, unlocking[0]):
            with pytest.raises(HomeAssistantError):
                await waiting


async def test_two_operators_never_mix(hass: HomeAssistant) -> None:
    """Even where their ids are the same."""
    async with operated(hass) as plaza, operated(hass, inbound=False) as other:
        for each in (plaza, other):
            each.cpo.plug_in()
        await plaza.place().start()
        await plaza.place().shows("session", "on", "switch")
        assert (plaza.cpo.charging(), other.cpo.charging()) == (True, False)
        await other.look()
        assert other.place().state("session", "switch") == "off"
        assert plaza.place().device.id != other.place().device.id


# What changes


async def test_an_evse_that_learns_something(hass: HomeAssistant) -> None:
    """Its controls come, and go again."""
    async with operated(hass, "EVSE3", pace=WATCHFUL) as plaza:
        place = plaza.place("EVSE3")
        assert not place.has("session", "switch")
        plaza.cpo.evse("EVSE3").capabilities.append(Capability.REMOTE_START_STOP_CAPABLE)
        await eventually(lambda: place.has("session", "switch"), "there is a switch")
        await hass.async_block_till_done()
        plaza.cpo.evse("EVSE3").capabilities.remove(Capability.REMOTE_START_STOP_CAPABLE)
        await eventually(lambda: not place.has("session", "switch"), "there is none")
        await hass.async_block_till_done()


async def test_another_name(hass: HomeAssistant) -> None:
    """Its page is called as the charge point is called now, and its entities stay the same."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        place, operator = plaza.place(), plaza.operator
        switch = place.entity_id("session", "switch")
        subentry = plaza.entry.subentries[place.subentry_id]
        hass.config_entries.async_update_subentry(plaza.entry, subentry, title="By the stairs")
        await plaza.loaded_again(operator)
        assert (place.device.name, plaza.place("EVSE2").device.name) == ("By the stairs", "EVSE2")
        assert place.entity_id("session", "switch") == switch


async def test_many_charge_points(hass: HomeAssistant) -> None:
    """Each is looked at once when they are loaded, and sessions are asked for once for all of them."""
    names = [f"E{number}" for number in range(50)]
    async with operated(hass, *names, set_up=False) as plaza:
        plaza.cpo.locations[:] = [Location(id="LOC1", evses=[Evse(uid=name) for name in names])]
        await plaza.set_up()
        plaza.cpo.requests.clear()
        assert await hass.config_entries.async_reload(plaza.entry.entry_id)
        await hass.async_block_till_done()
        assert {plaza.place(name).state("status") for name in names} == {"available"}
        asked = [request.path for request in plaza.cpo.requests]
        assert sum("/locations" in path for path in asked) == 50
        assert sum("/sessions" in path for path in asked) <= 2


async def test_it_is_asked_rarely_while_nothing_goes_on(hass: HomeAssistant) -> None:
    """And often while something does."""
    async with operated(hass, pace=SLOW) as plaza:
        asked = len(plaza.cpo.requests)
        await hass.async_block_till_done()
        assert len(plaza.cpo.requests) == asked
        assert asked < 12
