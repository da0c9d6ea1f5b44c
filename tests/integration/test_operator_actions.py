"""The actions of charge points: which one is meant, until when, and what is answered."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN

from .driveway import installed
from .plaza import Place, act, cancel, operated, reserve, uses_webhooks

pytestmark = uses_webhooks

HOUR = timedelta(hours=1)


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Perform an action without naming a charge point."""
    told = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    return dict(told or {})


async def mistaken(hass: HomeAssistant, action: str, **data: Any) -> ServiceValidationError:
    """Perform an action that was asked for in a wrong way, and return what is said, which has a text."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(hass, action, **data)
    assert str(caught.value) != caught.value.translation_key
    return caught.value


def reserved_until(place: Place) -> datetime:
    """When the reservation ends."""
    until = place.point.moment("reserved_until")
    assert until is not None
    return until


# Which one is meant


async def test_the_only_one_need_not_be_named(hass: HomeAssistant) -> None:
    """Nor its operator."""
    async with operated(hass) as plaza:
        told = await ask(hass, "reserve", duration={"hours": 1})
        assert [reservation.id for reservation in plaza.cpo.reservations] == [told["reservation_id"]]
        await ask(hass, "cancel_reservation", config_entry_id=plaza.entry.entry_id)
        assert plaza.cpo.reservations == []


async def test_one_of_several_is_named(hass: HomeAssistant) -> None:
    """Its operator need not be."""
    async with operated(hass, "EVSE1", "EVSE2") as plaza:
        error = await mistaken(hass, "reserve", duration={"hours": 1})
        assert error.translation_key == "which_charge_point"
        await reserve(plaza.place("EVSE2"))
        assert (plaza.cpo.status("EVSE1"), plaza.cpo.status("EVSE2")) == ("AVAILABLE", "RESERVED")


async def test_the_charge_point_of_another_operator(hass: HomeAssistant) -> None:
    """Nobody can know which of the two was meant; the right one of both is taken."""
    async with operated(hass) as plaza, operated(hass, inbound=False) as other:
        device = plaza.place().device
        for action in ("reserve", "cancel_reservation"):
            wanted = {"duration": {"hours": 1}} if action == "reserve" else {"reservation_id": "MINE"}
            error = await mistaken(hass, action, config_entry_id=other.entry.entry_id, charge_point=device.id, **wanted)
            assert error.translation_key == "not_of_this_operator"
            assert error.translation_placeholders == {"charge_point": device.name, "name": other.entry.title}
        await mistaken(hass, "reserve", config_entry_id="no-such-entry", charge_point=device.id, duration={"hours": 1})
        assert plaza.cpo.reservations == other.cpo.reservations == []
        right = {"config_entry_id": plaza.entry.entry_id, "charge_point": device.id}
        await ask(hass, "reserve", **right, duration={"hours": 1})
        assert len(plaza.cpo.reservations) == 1
        await ask(hass, "cancel_reservation", **right)
        assert plaza.cpo.reservations == []


async def test_devices_that_are_no_charge_points(hass: HomeAssistant) -> None:
    """Of somebody else, of nobody, or a charger."""
    async with operated(hass) as plaza:
        stranger = MockConfigEntry(domain="elsewhere")
        charger = MockConfigEntry(domain=DOMAIN, title="Wallbox", data={"kind": "charger", "url": "http://127.0.0.1:1"})
        devices = dr.async_get(hass)
        for entry in (stranger, charger):
            entry.add_to_hass(hass)
            devices.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("test", entry.entry_id)})
        own = devices.async_get_or_create(config_entry_id=plaza.entry.entry_id, identifiers={("test", "own")})
        [strange] = dr.async_entries_for_config_entry(devices, stranger.entry_id)
        [wallbox] = dr.async_entries_for_config_entry(devices, charger.entry_id)
        for device_id in ("no-such-device", strange.id, own.id):
            error = await mistaken(hass, "reserve", charge_point=device_id, duration={"hours": 1})
            assert error.translation_key == "which_charge_point"
        for data in ({"charge_point": wallbox.id}, {"config_entry_id": charger.entry_id}):
            await mistaken(hass, "reserve", **data, duration={"hours": 1})
        assert plaza.cpo.reservations == []


async def test_other_devices_have_other_actions(hass: HomeAssistant) -> None:
    """An operator shows no text and has no command shell, and a car is no operator."""
    async with operated(hass) as plaza:
        entry_id = plaza.entry.entry_id
        with pytest.raises(ServiceValidationError) as caught:
            await hass.services.async_call(
                DOMAIN, "show_text", {"config_entry_id": entry_id, "line_1": "Hi"}, blocking=True
            )
        assert caught.value.translation_key == "not_a_charger"


async def test_a_charger_that_is_loaded(hass: HomeAssistant) -> None:
    """It cannot be reserved, by its entry or by its device."""
    async with operated(hass), installed(hass) as station:
        [device] = dr.async_entries_for_config_entry(dr.async_get(hass), station.entry.entry_id)
        for data in ({"config_entry_id": station.entry.entry_id}, {"charge_point": device.id}):
            error = await mistaken(hass, "reserve", **data, duration={"hours": 1})
            assert error.translation_key == "not_an_operator"


async def test_an_operator_that_is_not_loaded(hass: HomeAssistant) -> None:
    """Nobody can be asked."""
    async with operated(hass) as plaza:
        device_id = plaza.place().device.id
        assert await hass.config_entries.async_unload(plaza.entry.entry_id)
        await mistaken(hass, "reserve", charge_point=device_id, duration={"hours": 1})


# Until when


async def test_for_a_while(hass: HomeAssistant) -> None:
    """From now on."""
    async with operated(hass) as plaza:
        told = await reserve(plaza.place(), duration={"minutes": 90})
        left = datetime.fromisoformat(told["until"]) - dt_util.utcnow()
        assert timedelta(minutes=89) < left <= timedelta(minutes=90)
        [reservation] = plaza.cpo.reservations
        assert abs(reservation.expiry - reserved_until(plaza.place())) < timedelta(seconds=1)


@pytest.mark.parametrize("zone", [True, False])
async def test_until_a_moment(hass: HomeAssistant, zone: bool) -> None:
    """On the clock on the wall, unless it says otherwise."""
    async with operated(hass) as plaza:
        until = (dt_util.now() + 3 * HOUR).replace(microsecond=0)
        typed = until if zone else until.replace(tzinfo=None)
        await reserve(plaza.place(), until=typed.isoformat())
        assert reserved_until(plaza.place()) == until


@pytest.mark.parametrize("data", [{}, {"duration": {"hours": 1}, "until": "2099-01-01 12:00:00"}])
async def test_neither_or_both(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """Then it is not clear until when."""
    async with operated(hass) as plaza:
        assert (await mistaken(hass, "reserve", **data)).translation_key == "one_expiry"
        assert plaza.cpo.reservations == []


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"until": "2020-01-01 12:00:00"}, "invalid_past"),
        ({"duration": {"seconds": 0}}, "invalid_past"),
        ({"duration": {"days": 32}}, "invalid_out_of_range"),
        ({"duration": {"days": 999_999_999}}, "invalid_out_of_range"),
        ({"until": "9999-12-31 23:59:59-12:00"}, "invalid_out_of_range"),
        ({"duration": {"hours": 1}, "reservation_id": "x" * 37}, "invalid_malformed"),
    ],
)
async def test_moments_and_ids_that_cannot_be(hass: HomeAssistant, data: dict[str, Any], key: str) -> None:
    """Nothing is sent."""
    async with operated(hass) as plaza:
        assert (await mistaken(hass, "reserve", **data)).translation_key == key
        assert not [request for request in plaza.cpo.requests if request.method == "POST"]


# Reservations


async def test_a_reservation_is_replaced(hass: HomeAssistant) -> None:
    """By one with its id."""
    async with operated(hass) as plaza:
        place = plaza.place()
        first = await reserve(place, reservation_id="MINE")
        second = await reserve(place, reservation_id="MINE", duration={"hours": 2})
        assert first["reservation_id"] == second["reservation_id"] == "MINE"
        assert len(plaza.cpo.reservations) == 1
        assert len(plaza.webhooks) == 1
        assert reserved_until(place) > dt_util.utcnow() + HOUR


async def test_one_that_is_used(hass: HomeAssistant) -> None:
    """It is over when the session begins."""
    async with operated(hass) as plaza:
        place = plaza.place()
        await reserve(place)
        plaza.cpo.plug_in()
        await place.start()
        await place.shows("session", "on", "switch")
        assert place.point.text("reservation") is None
        assert place.state("reservation", "event") == "unknown"


async def test_nothing_to_give_up(hass: HomeAssistant) -> None:
    """A reservation that was made elsewhere has to be named."""
    async with operated(hass) as plaza:
        place = plaza.place()
        assert (await mistaken(hass, "cancel_reservation")).translation_key == "no_reservation"
        reservation_id = (await reserve(place))["reservation_id"]
        assert await cancel(place, reservation_id=reservation_id) == {"reservation_id": reservation_id}
        assert plaza.cpo.reservations == []
        assert (await mistaken(hass, "cancel_reservation")).translation_key == "no_reservation"


async def test_a_charge_point_that_cannot_be_reserved(hass: HomeAssistant) -> None:
    """The operator is not asked on the off chance."""
    async with operated(hass, "EVSE3") as plaza:
        with pytest.raises(Exception, match="has no way to do that") as caught:
            await act(plaza.place("EVSE3"), "reserve", duration={"hours": 1})
        assert getattr(caught.value, "translation_key", None) == "operator_cannot"
        assert not [request for request in plaza.cpo.requests if request.method == "POST"]
