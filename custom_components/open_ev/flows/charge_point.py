"""Choosing a charge point of an operator: first where it is, then which one."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio as vol

from ..clients.ocpi.client import OcpiClient
from ..clients.ocpi.errors import OcpiError
from ..clients.ocpi.models import Evse, EvseStatus, Location
from ..const import CONF_EVSE_UID, CONF_LOCATION_ID
from ..coordinator import OperatorRuntime
from ..settings.operator import client_of, operator_error_key, operator_said

CONF_LOCATION: Final = "location"
CONF_CHARGE_POINT: Final = "charge_point"

_WATTS_PER_KILOWATT = 1000


# So many can be overlooked; more want to be searched.
_MOST_IN_A_LIST = 8


class ChargePointFlow(ConfigSubentryFlow):
    """Adds a charge point to an operator, or puts another one in its place."""

    # The places to choose from, and the one that was chosen, each once it is known.
    _places: dict[str, Location]
    _place: Location

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Read what the operator has, and go on with the place if there is only one."""
        try:
            found = await (await self._client()).locations()
        except OcpiError as error:
            return self.async_abort(reason=operator_error_key(error), description_placeholders=operator_said(error))
        self._places = {place.id: place for place in found if self._free(place)}
        match list(self._places.values()):
            case []:
                return self.async_abort(reason="no_charge_points")
            case [place]:
                return self._show_charge_points(place)
        return self._show_places()

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Choose what the entities are about from now on: operators exchange hardware, and rename it."""
        return await self.async_step_user()

    async def async_step_location(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Have a place chosen."""
        if user_input is None:
            return self._show_places()
        return self._show_charge_points(self._places[user_input[CONF_LOCATION]])

    async def async_step_charge_point(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Have a charge point of that place chosen."""
        place = self._place
        if user_input is None:
            return self._show_charge_points(place)
        evse = self._free(place).get(user_input[CONF_CHARGE_POINT])
        if evse is None:
            # Chosen in another window meanwhile.
            return self._show_charge_points(place)
        title, unique_id = title_of(place, evse), charge_point_id(place, evse)
        data = {CONF_LOCATION_ID: place.id, CONF_EVSE_UID: evse.uid}
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), title=title, unique_id=unique_id, data=data
            )
        return self.async_create_entry(title=title, unique_id=unique_id, data=data)

    # How

    async def _client(self) -> OcpiClient:
        """The way to the operator: that of the entry, or a new one where the entry has none now."""
        entry = self._get_entry()
        if entry.state is ConfigEntryState.LOADED:
            loaded: OperatorRuntime = entry.runtime_data
            return loaded.operator.client
        client = client_of(self.hass, entry.data)
        await client.connect()
        return client

    def _free(self, place: Location) -> dict[str, Evse]:
        """The charge points of a place that are there, and that are not chosen already."""
        changed = self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        chosen = {
            subentry.unique_id for subentry in self._get_entry().subentries.values() if subentry.subentry_id != changed
        }
        return {
            evse.uid: evse
            for evse in place.evses
            if evse.status is not EvseStatus.REMOVED and charge_point_id(place, evse) not in chosen
        }

    def _show_places(self) -> SubentryFlowResult:
        labels = {place.id: _label_of(place) for place in self._places.values()}
        return self.async_show_form(step_id="location", data_schema=choice_schema(CONF_LOCATION, labels))

    def _show_charge_points(self, place: Location) -> SubentryFlowResult:
        self._place = place
        names = {uid: _name_of(evse) for uid, evse in self._free(place).items()}
        if not names:
            # So was the last one there.
            return self.async_abort(reason="no_charge_points")
        return self.async_show_form(
            step_id="charge_point",
            data_schema=choice_schema(CONF_CHARGE_POINT, names),
            description_placeholders={CONF_LOCATION: _label_of(place)},
        )


def charge_point_id(place: Location, evse: Evse) -> str:
    """What tells a charge point from all others of its operator; ids are caseless, and may contain anything."""
    return "/".join(quote(part.casefold(), safe="") for part in (place.id, evse.uid))


def title_of(place: Location, evse: Evse) -> str:
    """What a charge point is called: by where it is, and by what stands on it."""
    return f"{place.name or place.address or place.id} {evse.physical_reference or evse.evse_id or evse.uid}"


def _label_of(place: Location) -> str:
    return ", ".join(part for part in (place.name, place.address, place.city) if part) or place.id


def _name_of(evse: Evse) -> str:
    parts = [part for part in (evse.physical_reference, evse.evse_id) if part] or [evse.uid]
    if evse.max_power is not None:
        parts.append(f"{evse.max_power / _WATTS_PER_KILOWATT:g} kW")
    return " · ".join(parts)


def choice_schema(field: str, labels: Mapping[str, str]) -> vol.Schema:
    """The form to choose one of these."""
    options = [SelectOptionDict(value=value, label=label) for value, label in labels.items()]
    mode = SelectSelectorMode.LIST if len(options) <= _MOST_IN_A_LIST else SelectSelectorMode.DROPDOWN
    selector = SelectSelector(SelectSelectorConfig(options=options, mode=mode))
    return vol.Schema({vol.Required(field, default=options[0]["value"]): selector})
