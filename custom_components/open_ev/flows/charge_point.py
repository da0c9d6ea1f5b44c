"""Choosing a charge point of an operator: first where it is, then which one, then which connector where that is asked."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio as vol

from ..clients.ocpi.client import OcpiClient
from ..clients.ocpi.errors import OcpiError
from ..clients.ocpi.models import Connector, Evse, EvseStatus, Location, same
from ..clients.plain import plain
from ..const import CONF_CONNECTOR_ID, CONF_EVSE_UID, CONF_LOCATION_ID
from ..coordinator import OperatorRuntime
from ..settings.operator import client_of, operator_error_key, operator_said

CONF_LOCATION: Final = "location"
CONF_CHARGE_POINT: Final = "charge_point"
CONF_CONNECTOR: Final = "connector"

_WATTS_PER_KILOWATT = 1000


# So many can be overlooked; more want to be searched.
_MOST_IN_A_LIST = 8

# What OCPI's connectors are called on the street; of the others their name in the standard.
_STANDARDS: Final = {
    "CHADEMO": "CHAdeMO",
    "DOMESTIC_E": "Type E",
    "DOMESTIC_F": "Schuko",
    "DOMESTIC_G": "Type G",
    "GBT_AC": "GB/T AC",
    "GBT_DC": "GB/T DC",
    "IEC_62196_T1": "Type 1",
    "IEC_62196_T1_COMBO": "CCS 1",
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T2_COMBO": "CCS 2",
    "SAE_J3400": "NACS",
}


class ChargePointFlow(ConfigSubentryFlow):
    """Adds a charge point to an operator, or puts another one in its place."""

    # The places to choose from, and what was chosen, each once it is known.
    _places: dict[str, Location]
    _place: Location
    _evse: Evse

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Read what the operator has, and go on with the place if there is only one."""
        try:
            found = await (await self._client()).locations()
        except OcpiError as error:
            return self.async_abort(reason=operator_error_key(error), description_placeholders=operator_said(error))
        self._places = {place.id: place for place in found if self._free(place)}
        match list(self._places.values()):
            case [] if any(_present(place) for place in found):
                return self._end_without_others()
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
        self._evse = evse
        return self._show_connectors() if evse.wants_connector else self._end()

    async def async_step_connector(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Have one of its connectors chosen."""
        if user_input is None:
            return self._show_connectors()
        if self._evse.uid not in self._free(self._place):
            # As above.
            return self._show_charge_points(self._place)
        return self._end({CONF_CONNECTOR_ID: user_input[CONF_CONNECTOR]})

    def _end(self, connector: Mapping[str, str] | None = None) -> SubentryFlowResult:
        """Keep what was chosen."""
        place, evse = self._place, self._evse
        title, unique_id = title_of(place, evse), charge_point_id(place, evse)
        data = {CONF_LOCATION_ID: place.id, CONF_EVSE_UID: evse.uid, **(connector or {})}
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
        return {evse.uid: evse for evse in _present(place) if charge_point_id(place, evse) not in chosen}

    def _end_without_others(self) -> SubentryFlowResult:
        name = self._get_entry().title
        return self.async_abort(reason="no_other_charge_point", description_placeholders={CONF_NAME: name})

    def _show_places(self) -> SubentryFlowResult:
        labels = {place.id: _label_of(place) for place in self._places.values()}
        schema = choice_schema(CONF_LOCATION, labels, self._chosen(CONF_LOCATION_ID))
        return self.async_show_form(step_id="location", data_schema=schema)

    def _show_charge_points(self, place: Location) -> SubentryFlowResult:
        self._place = place
        names = {uid: _name_of(evse) for uid, evse in self._free(place).items()}
        if not names:
            # So was the last one there.
            return self._end_without_others()
        return self.async_show_form(
            step_id="charge_point",
            data_schema=choice_schema(CONF_CHARGE_POINT, names, self._chosen(CONF_EVSE_UID)),
            description_placeholders={CONF_LOCATION: plain(_label_of(place))},
        )

    def _show_connectors(self) -> SubentryFlowResult:
        labels = {connector.id: _label_of_connector(connector) for connector in self._evse.connectors}
        return self.async_show_form(
            step_id="connector",
            data_schema=choice_schema(CONF_CONNECTOR, labels, self._chosen(CONF_CONNECTOR_ID)),
            description_placeholders={CONF_CHARGE_POINT: title_of(self._place, self._evse)},
        )

    def _chosen(self, key: str) -> str | None:
        """What was chosen before, where something else may be chosen now."""
        return self._get_reconfigure_subentry().data.get(key) if self.source == SOURCE_RECONFIGURE else None


def _present(place: Location) -> list[Evse]:
    return [evse for evse in place.evses if evse.status is not EvseStatus.REMOVED]


def charge_point_id(place: Location, evse: Evse) -> str:
    """What tells a charge point from all others of its operator; ids are caseless, and may contain anything."""
    return "/".join(quote(part.casefold(), safe="") for part in (place.id, evse.uid))


def title_of(place: Location, evse: Evse) -> str:
    """What a charge point is called: by where it is, and by what stands on it."""
    return plain(f"{place.name or place.address or place.id} {evse.physical_reference or evse.evse_id or evse.uid}")


def _label_of(place: Location) -> str:
    return ", ".join(part for part in (place.name, place.address, place.city) if part) or place.id


def _name_of(evse: Evse) -> str:
    return _told([part for part in (evse.physical_reference, evse.evse_id) if part] or [evse.uid], evse.max_power)


def _label_of_connector(connector: Connector) -> str:
    standard = connector.standard or ""
    return _told([connector.id, _STANDARDS.get(standard, standard.replace("_", " "))], connector.max_power)


def _told(parts: list[str], watts: float | None) -> str:
    """What tells something from its neighbours, and how strong it is."""
    power = "" if watts is None else f"{watts / _WATTS_PER_KILOWATT:g} kW"
    return " · ".join(part for part in (*parts, power) if part)


def choice_schema(field: str, labels: Mapping[str, str], chosen: str | None = None) -> vol.Schema:
    """The form to choose one of these, where one may be chosen already."""
    options = [SelectOptionDict(value=value, label=label) for value, label in labels.items()]
    mode = SelectSelectorMode.LIST if len(options) <= _MOST_IN_A_LIST else SelectSelectorMode.DROPDOWN
    selector = SelectSelector(SelectSelectorConfig(options=options, mode=mode))
    default = next((value for value in labels if same(value, chosen)), options[0]["value"])
    return vol.Schema({vol.Required(field, default=default): selector})
