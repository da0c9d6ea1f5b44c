"""The reservations at an operator, kept over restarts: who does not know the id of one cannot give it up."""

from collections.abc import Iterator
from datetime import datetime
from typing import NotRequired, TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..clients.ocpi.charge_point import ChargePoint
from ..clients.ocpi.operator import Operator
from ..const import DOMAIN

_VERSION = 1


class _Kept(TypedDict):
    """A reservation in the file."""

    location_id: str
    evse_uid: str
    reservation_id: str
    until: str
    unsure_reference: NotRequired[str]
    """What it will be known by if it was granted, where nobody knows that."""


class Reservations:
    """Keeps the reservations of one operator's charge points in a file while its entry is loaded."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take the entry of the operator."""
        self._hass = hass
        self._entry = entry
        self._points: tuple[ChargePoint, ...] = ()
        self._kept: list[_Kept] = []
        self._store = _store(hass, entry)

    async def recall(self, operator: Operator) -> None:
        """Have the charge points hold what was kept, and keep what they hold from now on."""
        self._points = operator.charge_points
        self._kept = await self._store.async_load() or []
        for kept in self._kept:
            until = dt_util.parse_datetime(kept["until"])
            for point in self._points:
                if until is not None and (point.location_id, point.evse_uid) == (kept["location_id"], kept["evse_uid"]):
                    reference = kept.get("unsure_reference")
                    point.recall_reservation(kept["reservation_id"], until, unsure_reference=reference)
        for point in self._points:
            self._entry.async_on_unload(point.subscribe(("reservation", "reserved_until"), self._changed))
        # What changed just before has not been told yet.
        self._entry.async_on_unload(self._changed)

    @callback
    def _changed(self) -> None:
        """Write the file now: the entry may be loaded again the next moment, which waits for no more than its tasks."""
        kept = [found for point in self._points for found in _reservations_of(point)]
        if kept != self._kept:
            self._kept = kept
            _ = self._entry.async_create_task(self._hass, self._store.async_save(kept))


async def async_forget_reservations(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take the file away."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[list[_Kept]]:
    return Store(hass, _VERSION, f"{DOMAIN}.reservations.{entry.entry_id}", private=True, atomic_writes=True)


def _reservations_of(point: ChargePoint) -> Iterator[_Kept]:
    reservation_id, until = point.text("reservation"), point.moment("reserved_until")
    if reservation_id is not None and until is not None:
        yield _kept(point, reservation_id, until)
    if (unsure := point.unsure_reservation) is not None:
        yield {**_kept(point, unsure.id, unsure.expiry), "unsure_reference": unsure.reference}


def _kept(point: ChargePoint, reservation_id: str, until: datetime) -> _Kept:
    return _Kept(
        location_id=point.location_id,
        evse_uid=point.evse_uid,
        reservation_id=reservation_id,
        until=until.isoformat(),
    )
