"""An operator's config entry from its first try to its removal."""

import asyncio
from datetime import timedelta
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import link_watch
from custom_components.open_ev.issues.operator import CHARGE_POINTS_GONE
from custom_components.open_ev.settings.operator import pace_of
from simulators.cpo import CallbackFault, Command, Module, Script, Version
from tests.operator_pace import WATCHFUL

from .garage import eventually, reauthentications
from .plaza import TOKEN, Plaza, operated, reserve, uses_webhooks, webhooks_of

pytestmark = uses_webhooks

LOGGER = "custom_components.open_ev.entries.link_watch"


def break_down(plaza: Plaza, **faults: object) -> None:
    """Let something go wrong with the operator's answers."""
    plaza.cpo.heal()
    for name, value in faults.items():
        setattr(plaza.cpo.knobs, name, value)


def gone(plaza: Plaza) -> ir.IssueEntry | None:
    """What is said of charge points that are gone."""
    return ir.async_get(plaza.hass).async_get_issue(DOMAIN, f"{CHARGE_POINTS_GONE}_{plaza.entry.entry_id}")


# Before it works


@pytest.mark.parametrize(
    ("faults", "key"),
    [
        ({"hang_up": True}, "operator_unreachable"),
        ({"html": True}, "not_ocpi"),
        ({"cut_off": True}, "operator_bad_answer"),
        ({"status": 500}, "operator_status"),
        ({"code": 3000}, "operator_status_saying"),
    ],
)
async def test_an_operator_that_is_down_at_first(hass: HomeAssistant, faults: dict[str, object], key: str) -> None:
    """It is tried again, and its charge points are there when it is."""
    async with operated(hass, set_up=False) as plaza:
        break_down(plaza, **faults)
        await plaza.set_up()
        assert plaza.entry.state is ConfigEntryState.SETUP_RETRY
        assert plaza.entry.error_reason_translation_key == key
        assert str(plaza.entry.reason)
        plaza.cpo.heal()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2), fire_all=True)
        await eventually(lambda: plaza.entry.state is ConfigEntryState.LOADED, "it is tried again")
        await hass.async_block_till_done()
        assert plaza.place().state("status") == "available"


async def test_a_token_that_is_not_known_at_first(hass: HomeAssistant) -> None:
    """A person is asked for another one, and it is not tried again before."""
    async with operated(hass, set_up=False) as plaza:
        plaza.cpo.token = "another"
        await plaza.set_up()
        assert plaza.entry.state is ConfigEntryState.SETUP_ERROR
        assert reauthentications(hass) == 1


# While it works


async def test_an_operator_that_goes_and_comes_back(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """One bad look changes nothing. Then nothing is believed any more, which is said once, until it is back."""
    caplog.set_level(logging.INFO, LOGGER)
    async with operated(hass, pace=WATCHFUL) as plaza:
        place = plaza.place()
        await plaza.cpo.refuse_connections()
        for platform, key in (("sensor", "status"), ("switch", "session"), ("event", "reservation")):
            await place.shows(key, "unavailable", platform)
        await asyncio.sleep(0.1)
        await plaza.cpo.accept_connections()
        await place.shows("status", "available")
        await place.shows("session", "off", "switch")
    said = [record.getMessage().split(": ")[0] for record in caplog.records if record.name == LOGGER]
    assert said == ["The connection to Open Operator was lost", "The connection to Open Operator is back"]


async def test_one_bad_look(hass: HomeAssistant) -> None:
    """A busy server is no reason to believe nothing."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        break_down(plaza, status=503, for_requests=1)
        await eventually(lambda: not plaza.cpo.knobs.for_requests, "it was asked")
        await asyncio.sleep(0.1)
        assert plaza.place().state("status") == "available"


async def test_a_token_that_is_taken_back(hass: HomeAssistant) -> None:
    """A person is asked once, and what was loaded goes on when it is known again."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        plaza.cpo.token = "another"
        await plaza.place().shows("status", "unavailable")
        await asyncio.sleep(0.2)
        assert reauthentications(hass) == 1
        plaza.cpo.token = TOKEN
        await plaza.place().shows("status", "available")


@pytest.mark.parametrize("action", ["switch.turn_on", "switch.turn_off"])
async def test_a_token_that_is_taken_back_between_two_looks(hass: HomeAssistant, action: str) -> None:
    """Who is told so by a switch is asked for another one at once, and not at the next look in half an hour."""
    async with operated(hass) as plaza:
        plaza.cpo.token = "another"
        with pytest.raises(HomeAssistantError) as raised:
            await plaza.place().call("session", action)
        assert raised.value.translation_key == "operator_unauthorized"
        await eventually(lambda: reauthentications(hass) == 1, "another token is asked for")


async def test_an_operator_that_learns_another_version(hass: HomeAssistant) -> None:
    """Nobody has to do anything."""
    async with operated(hass, versions=[Version.V2_1_1, Version.V2_2_1]) as plaza:
        assert plaza.operator.client.version == "2.2.1"


async def test_charge_points_that_are_gone(hass: HomeAssistant) -> None:
    """What the operator shows no more is not shown here, and a person is told which; its entities stay for when it is back."""
    async with operated(hass, "EVSE1", "EVSE2", pace=WATCHFUL) as plaza:
        assert gone(plaza) is None
        taken = plaza.cpo.locations[0].evses.pop(0)
        for platform, key in (("sensor", "status"), ("switch", "session"), ("event", "reservation")):
            await plaza.place().shows(key, "unavailable", platform)
        assert plaza.place("EVSE2").state("status") == "available"
        await eventually(lambda: gone(plaza) is not None, "it is told")
        issue = gone(plaza)
        assert issue is not None
        assert issue.translation_placeholders == {"name": "Open Operator", "charge_points": "EVSE1"}
        with pytest.raises(HomeAssistantError) as caught:
            await reserve(plaza.place())
        assert await hass.config_entries.async_reload(plaza.entry.entry_id)
        await hass.async_block_till_done()
        assert plaza.place().state("session", "switch") == "unavailable"
        assert gone(plaza) is not None
        assert caught.value.translation_key == "charge_point_gone"
        plaza.cpo.locations[0].evses.insert(0, taken)
        await plaza.place().shows("session", "off", "switch")
        await eventually(lambda: gone(plaza) is None, "it is back")


# Its end


async def test_loading_again_in_the_midst_of_a_command(hass: HomeAssistant) -> None:
    """Who waits for the result is told that nobody waits for it any more; no webhook stays."""
    async with operated(hass) as plaza:
        plaza.cpo.plug_in()
        plaza.cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER, does_after=0.3)
        starting = asyncio.create_task(plaza.place().start())
        await eventually(lambda: bool(plaza.webhooks), "the command is under way")
        assert await hass.config_entries.async_reload(plaza.entry.entry_id)
        with pytest.raises(HomeAssistantError) as caught:
            await starting
        assert caught.value.translation_key == "command_unsure"
        await hass.async_block_till_done()
        assert plaza.webhooks == []
        # It began all the same, and is found.
        await eventually(plaza.cpo.charging, "it began")
        await plaza.look()
        assert plaza.place().state("session", "switch") == "on"


async def test_stopping_in_the_midst_of_a_command(hass: HomeAssistant) -> None:
    """Home Assistant does not wait for what becomes of it, and nobody can tell it any more."""
    async with operated(hass) as plaza:
        await reserve(plaza.place())
        plaza.cpo.scripts[Command.START_SESSION] = Script(fault=CallbackFault.NEVER, does=False)
        starting = asyncio.create_task(plaza.place().start())
        await eventually(lambda: len(plaza.webhooks) == 2, "the command is under way")
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        with pytest.raises(HomeAssistantError):
            await starting
        assert plaza.webhooks == []


async def test_unloading_leaves_nothing(hass: HomeAssistant) -> None:
    """Neither a webhook nor a task nor a timer, also not that of a reservation in force; the operator is left in peace."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        await reserve(plaza.place())
        assert len(plaza.webhooks) == 1
        assert await hass.config_entries.async_unload(plaza.entry.entry_id)
        await hass.async_block_till_done()
        assert webhooks_of(hass) == []
        asked = len(plaza.cpo.requests)
        await asyncio.sleep(0.2)
        assert len(plaza.cpo.requests) == asked
        assert len(plaza.cpo.reservations) == 1


async def test_a_fault_of_ours_does_not_leave_it_dead(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows it is started again."""
    monkeypatch.setattr(link_watch, "STEADY_SECONDS", 0.0)
    async with operated(hass, pace=WATCHFUL) as plaza:
        operator = plaza.operator

        def broken(_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(operator.charge_points[0], "take_evse", broken)
        await plaza.loaded_again(operator)
        await hass.async_block_till_done()
        assert plaza.place().state("status") == "available"


async def test_a_charge_point_that_is_deleted(hass: HomeAssistant) -> None:
    """It goes with its device and its entities, and is not asked for any more."""
    async with operated(hass, "EVSE1", "EVSE2", pace=WATCHFUL) as plaza:
        operator = plaza.operator
        hass.config_entries.async_remove_subentry(plaza.entry, plaza.place().subentry_id)
        await plaza.loaded_again(operator)
        await hass.async_block_till_done()
        [device] = dr.async_entries_for_config_entry(dr.async_get(hass), plaza.entry.entry_id)
        assert device == plaza.place("EVSE2").device
        entities = er.async_entries_for_config_entry(er.async_get(hass), plaza.entry.entry_id)
        assert {entity.config_subentry_id for entity in entities} == {plaza.place("EVSE2").subentry_id}
        plaza.cpo.requests.clear()
        await plaza.look()
        assert not [request for request in plaza.cpo.requests if "EVSE1" in request.path]


async def test_removing_an_operator(hass: HomeAssistant) -> None:
    """Nothing is left of it, and of what was to be mended there."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        plaza.cpo.locations[0].evses.clear()
        await eventually(lambda: gone(plaza) is not None, "it is told")
        assert await hass.config_entries.async_remove(plaza.entry.entry_id)
        await hass.async_block_till_done()
        assert gone(plaza) is None
        assert webhooks_of(hass) == []


# How often it is asked


@pytest.mark.parametrize(
    ("options", "seconds"), [({}, 1800), ({"poll_minutes": 5}, 300), ({"poll_minutes": 1440}, 86400)]
)
def test_how_often_it_is_asked(options: dict[str, int], seconds: float) -> None:
    """Rarely, unless somebody chose otherwise."""
    assert pace_of(options).idle == seconds


async def test_modules_that_break_one_by_one(hass: HomeAssistant) -> None:
    """Whichever of them fails, the operator is not there."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        for module in (Module.SESSIONS, Module.LOCATIONS):
            break_down(plaza, status=500, modules=frozenset({module}))
            await plaza.place().shows("status", "unavailable")
            plaza.cpo.heal()
            await plaza.place().shows("status", "available")
