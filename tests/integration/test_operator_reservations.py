"""Reservations that outlive Home Assistant: they are known after a restart, and given up or lost as before."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from simulators.cpo import CallbackFault, Command, Script
from tests.operator_pace import WATCHFUL

from .garage import eventually
from .plaza import Plaza, cancel, operated, reserve, uses_webhooks

pytestmark = uses_webhooks

HOUR = timedelta(hours=1)


async def restarted(plaza: Plaza) -> None:
    """Load the entry again, which keeps no more than a restart does."""
    assert await plaza.hass.config_entries.async_reload(plaza.entry.entry_id)
    await plaza.hass.async_block_till_done()


def kept(plaza: Plaza, hass_storage: dict[str, Any]) -> Any:
    """What is in the file."""
    return hass_storage[f"open_ev.reservations.{plaza.entry.entry_id}"]["data"]


async def test_one_is_given_up_after_a_restart(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """It need not be named. No webhook is opened for it again: that it was told before, and to whom, is not kept."""
    async with operated(hass) as plaza:
        place = plaza.place()
        told = await reserve(place)
        [url] = [json.loads(each.body)["response_url"] for each in plaza.cpo.requests if each.method == "POST"]
        await restarted(plaza)
        assert plaza.webhooks == []
        assert place.point.text("reservation") == told["reservation_id"]
        until = place.point.moment("reserved_until")
        assert until is not None
        assert until.isoformat(timespec="seconds") == told["until"]
        assert str(url).rpartition("/")[2] not in json.dumps(kept(plaza, hass_storage))
        assert await cancel(place) == {"reservation_id": told["reservation_id"]}
        assert plaza.cpo.reservations == []
        await restarted(plaza)
        assert place.point.text("reservation") is None
        assert place.state("reservation", "event") == "unknown"


async def test_each_at_its_charge_point(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """And none at another one that was put in its place."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        told = await reserve(plaza.place("EVSE2"))
        await restarted(plaza)
        assert plaza.place("EVSE1").point.text("reservation") is None
        assert plaza.place("EVSE2").point.text("reservation") == told["reservation_id"]
        operator, subentry = plaza.operator, plaza.entry.subentries[plaza.place("EVSE2").subentry_id]
        data = {"location_id": "LOC2", "evse_uid": "EVSE3"}
        hass.config_entries.async_update_subentry(plaza.entry, subentry, data=data)
        await plaza.loaded_again(operator)
        assert plaza.place("EVSE3").point.text("reservation") is None


async def test_one_that_is_taken_back_after_a_restart(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """The operator cannot tell any more; that the place is free shows it."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        place = plaza.place()
        told = await reserve(place)
        await restarted(plaza)
        await eventually(lambda: place.state("status") == "reserved")
        plaza.cpo.cancel_reservation(told["reservation_id"])
        await plaza.cpo.settle()
        await eventually(lambda: place.state("reservation", "event") != "unknown", "it is told")
        assert place.look("reservation", "event").attributes["reservation_id"] == told["reservation_id"]
        assert place.point.text("reservation") is None


async def test_one_that_was_granted_meanwhile(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Home Assistant restarts before it hears: somebody has to know what is paid for."""
    async with operated(hass, pace=WATCHFUL) as plaza:
        plaza.cpo.scripts[Command.RESERVE_NOW] = Script(fault=CallbackFault.NEVER, does_after=1)
        action = hass.async_create_task(reserve(plaza.place()))
        await eventually(lambda: any(each.method == "POST" for each in plaza.cpo.requests))
        action.cancel()
        await restarted(plaza)
        assert plaza.place().point.text("reservation") is None
        await eventually(lambda: bool(plaza.cpo.reservations), "it is granted")
        await eventually(lambda: plaza.place().point.text("reservation") == plaza.cpo.reservations[0].id, "it is known")
        await hass.async_block_till_done()
        [only] = kept(plaza, hass_storage)
        assert only.keys() == {"location_id", "evse_uid", "reservation_id", "until"}


async def test_one_that_ran_out_meanwhile(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """It is not known any more."""
    async with operated(hass, set_up=False) as plaza:
        over = (dt_util.utcnow() - HOUR).isoformat()
        one = {"location_id": "LOC1", "evse_uid": "EVSE1", "reservation_id": "OLD", "until": over}
        key = f"open_ev.reservations.{plaza.entry.entry_id}"
        hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": [one]}
        await plaza.set_up()
        assert plaza.place().point.text("reservation") is None


async def test_one_that_is_used(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """It is forgotten when the session begins, and not before a restart only."""
    async with operated(hass) as plaza:
        place = plaza.place()
        await reserve(place)
        await restarted(plaza)
        plaza.cpo.plug_in()
        await place.start()
        await place.shows("session", "on", "switch")
        await hass.async_block_till_done()
        assert kept(plaza, hass_storage) == []


async def test_nothing_is_kept_of_an_operator_that_goes(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Nor is anything written for one at which nothing was reserved."""
    async with operated(hass) as plaza:
        key = f"open_ev.reservations.{plaza.entry.entry_id}"
        assert key not in hass_storage
        await reserve(plaza.place())
        await hass.async_block_till_done()
        assert key in hass_storage
        assert await hass.config_entries.async_remove(plaza.entry.entry_id)
        assert key not in hass_storage
