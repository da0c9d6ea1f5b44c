"""Setting a vehicle on a broker up, and changing how it is reached.

Whatever starts it (a person, discovery by Home Assistant's MQTT integration, a change), the broker is asked for the car
before anything is kept, and it ends in one step.
"""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
import re
from typing import Any, override

from homeassistant.config_entries import SOURCE_MQTT, SOURCE_RECONFIGURE, ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.util.hass_dict import HassKey
import probatio as vol

from ..clients.ovms.discovery import FoundVehicle, find_vehicles, is_harmless_prefix, is_prefix
from ..clients.ovms.errors import LinkError
from ..clients.ovms.vehicle_types import VEHICLE_TYPES
from ..const import CONF_BROKER, CONF_KIND, CONF_PREFIX, CONF_VEHICLE_TYPE, DOMAIN, BrokerSource, Kind
from ..entries.known_vehicles import Seen, entry_with_vin
from ..names import name_of
from ..settings.broker import broker_of, home_assistant_broker_entry, link_error_key
from .broker_forms import (
    CONF_VEHICLE,
    OTHER_PREFIX,
    OWN_BROKER_AND_PREFIX_SCHEMA,
    OWN_BROKER_SCHEMA,
    PREFIX_SCHEMA,
    choice_schema,
    credentials_data,
    login_change,
    own_broker_data,
    own_broker_errors,
    own_broker_form,
)
from .discovered_vehicles import MOST_DISCOVERED, have_wait, let_next_in
from .fields import CREDENTIALS_SCHEMA, NO_FIELDS, OTHER_NAME, without_secrets

# Stored metrics arrive within a second. A module whose metrics are not stored is heard while its car is on: then it
# sends every five seconds.
SEARCH_SECONDS = 6.0
# A discovered car has just been heard, and nobody waits for its name.
NAMING_SECONDS = 3.0
# Each is asked for on a connection of its own, and a broker can have hundreds of cars discovered at once.
NAMED_AT_ONCE = 4

_NAMING: HassKey[asyncio.Semaphore] = HassKey(f"{DOMAIN}_naming")
_CONNECTED_TOPIC = re.compile(r"(?P<prefix>.+/)metric/s/v3/connected")


class BrokerFlow(ConfigFlow):
    """The steps that set up one vehicle on a broker, or change how it is reached."""

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._broker: dict[str, Any] = {}
        # The prefix that is listened to; without one, any is searched for.
        self._prefix: str | None = None
        self._search: asyncio.Task[list[FoundVehicle]] | None = None
        self._heard: set[str] = set()
        self._vehicles: dict[str, FoundVehicle] = {}
        # The form that a search in vain leads back to, what was typed there, and what is wrong with it.
        self._form = ""
        self._typed: Mapping[str, Any] = {}
        self._errors: dict[str, str] = {}
        # What their texts name.
        self._told: dict[str, str] = {}
        # Forms do not show a password again, and who sees the field empty may think that it is kept.
        self._has_password = False

    # What starts a flow

    @override
    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """Take a car that was heard on Home Assistant's broker; one that is away (`no`) is a car too."""
        topic = _CONNECTED_TOPIC.fullmatch(discovery_info.topic)
        if topic is None or not is_harmless_prefix(topic["prefix"]) or discovery_info.payload not in ("yes", "no"):
            return self.async_abort(reason="not_a_vehicle")
        self._prefix = prefix = topic["prefix"]
        vehicle = FoundVehicle(prefix=prefix)
        await self.async_set_unique_id(_unique_id(prefix))
        self._abort_if_set_up(vehicle)
        if self._is_crowded:
            have_wait(self.hass, self.context, discovery_info)
            return self.async_abort(reason="too_many_discovered")
        self._broker = {CONF_BROKER: BrokerSource.HOME_ASSISTANT.value}
        # Where this fails, the confirmation tries again: then there is somebody to tell.
        turn = self.hass.data.setdefault(_NAMING, asyncio.Semaphore(NAMED_AT_ONCE))
        with contextlib.suppress(LinkError):
            async with turn:
                found = await self._find(NAMING_SECONDS)
            self._vehicles = {each.prefix: each for each in found if each.prefix == prefix}
        vehicle = self._vehicles.get(prefix, vehicle)
        self._abort_if_set_up(vehicle)
        self.context["title_placeholders"] = {CONF_NAME: _title(vehicle)}
        return await self.async_step_mqtt_confirm()

    @property
    def _is_crowded(self) -> bool:
        """Whether too many other cars that were discovered wait to be added."""
        others = self._async_in_progress(include_uninitialized=True, match_context={"source": SOURCE_MQTT})
        return len(others) >= MOST_DISCOVERED

    @callback
    @override
    def async_remove(self) -> None:
        """Make room for a car that was discovered and had to wait."""
        super().async_remove()
        if self.source == SOURCE_MQTT and not self._is_crowded:
            let_next_in(self.hass)

    async def async_step_mqtt_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a discovered car confirmed."""
        if user_input is None:
            self._set_confirm_only()
            return self.async_show_form(
                step_id="mqtt_confirm",
                data_schema=NO_FIELDS,
                errors=self._errors,
                description_placeholders={**self.context["title_placeholders"], CONF_PREFIX: str(self._prefix)},
            )
        if self._vehicles:
            return await self.async_step_vehicle()
        return await self._search_from("mqtt_confirm")

    async def reconfigure_vehicle(self) -> ConfigFlowResult:
        """Ask how the car is to be reached from now on."""
        entry = self._get_reconfigure_entry()
        self._typed = own_broker_form(entry.data)
        if len(self.brokers) == 1:
            return await self.async_step_own_broker()
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=self.brokers,
            description_placeholders={CONF_NAME: name_of(self.hass, entry)},
        )

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a user that the broker lets in."""
        entry = self._get_reauth_entry()
        errors = {}
        if user_input is not None:
            rest = {key: value for key, value in entry.data.items() if key not in {CONF_USERNAME, CONF_PASSWORD}}
            data = rest | credentials_data(user_input, entry.data)
            try:
                # No time to listen: a car may be asleep. That the broker is connected and subscribed is enough.
                await find_vehicles(broker_of(self.hass, data), prefix=data[CONF_PREFIX], seconds=0)
            except LinkError as error:
                errors["base"] = link_error_key(error)
            else:
                return self.async_update_reload_and_abort(entry, data=data | login_change(data, entry.data))
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                CREDENTIALS_SCHEMA, without_secrets(entry.data if user_input is None else user_input)
            ),
            errors=errors,
            description_placeholders={CONF_NAME: name_of(self.hass, entry), CONF_HOST: entry.data[CONF_HOST]},
        )

    # Which broker

    @property
    def brokers(self) -> list[str]:
        """The steps for the brokers there are."""
        if home_assistant_broker_entry(self.hass) is None:
            return ["own_broker"]
        return ["home_assistant_broker", "own_broker"]

    async def async_step_home_assistant_broker(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Use Home Assistant's broker. To add a car there is nothing to ask, so that is shown only after it failed."""
        changes = self.source == SOURCE_RECONFIGURE
        if user_input is not None or not (changes or self._errors):
            self._broker = {CONF_BROKER: BrokerSource.HOME_ASSISTANT.value}
            self._typed = user_input or {}
            self._errors = self._take_prefix(self._typed)
            if not self._errors:
                return await self._search_from("home_assistant_broker")
        schema = PREFIX_SCHEMA if changes else NO_FIELDS
        return self._show_typed("home_assistant_broker", schema)

    async def async_step_own_broker_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: there may be a password and a key already."""
        return await self.async_step_own_broker(user_input)

    async def async_step_own_broker(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another broker."""
        changes = self.source == SOURCE_RECONFIGURE
        stored = self._get_reconfigure_entry().data if changes else {}
        if user_input is not None:
            self._typed = without_secrets(user_input)
            self._broker = own_broker_data(user_input, stored)
            wrong = await self.hass.async_add_executor_job(own_broker_errors, self._broker)
            self._errors = wrong | self._miss_password(user_input, stored) | self._take_prefix(user_input)
            if not self._errors:
                return await self._search_from("own_broker")
        step_id = "own_broker_reconfigure" if stored.get(CONF_BROKER) == BrokerSource.OWN else "own_broker"
        return self._show_typed(step_id, OWN_BROKER_AND_PREFIX_SCHEMA if changes else OWN_BROKER_SCHEMA)

    def _show_typed(self, step_id: str, schema: vol.Schema) -> ConfigFlowResult:
        changes = self.source == SOURCE_RECONFIGURE
        named = {CONF_NAME: name_of(self.hass, self._get_reconfigure_entry())} if changes else {}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, self._typed),
            errors=self._errors,
            description_placeholders={**named, **self._told},
        )

    def _miss_password(self, typed: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, str]:
        """Say so if there was a password before, and there is none now."""
        self._has_password |= CONF_PASSWORD in {*typed, *stored}
        if not self._has_password or CONF_USERNAME not in self._broker or CONF_PASSWORD in self._broker:
            return {}
        return {CONF_PASSWORD: "broker_password_not_stored" if CONF_PASSWORD in stored else "broker_password_needed"}

    def _take_prefix(self, typed: Mapping[str, Any]) -> dict[str, str]:
        """Listen to the prefix that was typed, if one was; return what is wrong with it."""
        if CONF_PREFIX not in typed:
            return {}
        self._prefix = typed[CONF_PREFIX].strip()
        return {} if is_prefix(self._prefix) else {CONF_PREFIX: "invalid_prefix"}

    # Which car

    async def _search_from(self, form: str) -> ConfigFlowResult:
        self._form = form
        return await self.async_step_search()

    async def async_step_search(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Listen to the broker, and show that this takes a moment."""
        if self._search is None:
            self._errors = {}
            self._heard.clear()
            # A search that failed before its progress was shown would hand what was just submitted to the next form.
            self._search = self.hass.async_create_task(
                self._find(SEARCH_SECONDS, self._hear), f"{DOMAIN} search for vehicles", eager_start=False
            )
        if not self._search.done():
            return self.async_show_progress(
                step_id="search",
                progress_action="search" if self._prefix is None else "listen",
                description_placeholders={"count": str(len(self._heard)), CONF_PREFIX: self._prefix or ""},
                progress_task=self._search,
            )
        search, self._search = self._search, None
        return self.async_show_progress_done(next_step_id=self._after(search))

    async def _find(self, seconds: float, found: Callable[[FoundVehicle], None] | None = None) -> list[FoundVehicle]:
        broker = broker_of(self.hass, self._broker)
        entries = self._async_current_entries(include_ignore=False)
        known = {entry.data[CONF_PREFIX] for entry in entries if CONF_PREFIX in entry.data}
        return await find_vehicles(broker, prefix=self._prefix, seconds=seconds, found=found, known=known)

    @callback
    def _hear(self, vehicle: FoundVehicle) -> None:
        if vehicle.prefix not in self._heard:
            self._heard.add(vehicle.prefix)
            self.async_notify_flow_changed()

    def _after(self, search: asyncio.Task[list[FoundVehicle]]) -> str:
        """The step that a search leads to."""
        try:
            vehicles = search.result()
        except LinkError as error:
            self._errors = {"base": link_error_key(error)}
            return self._form
        if self._prefix is None:
            self._vehicles = {each.prefix: each for each in vehicles if self._entry_of(each) is None}
            return "vehicle" if self._vehicles else "nothing_new" if vehicles else "nothing_heard"
        self._vehicles = {each.prefix: each for each in vehicles if self._obstacle(each) is None}
        if self._vehicles:
            return "vehicle"
        wrong = next(filter(None, map(self._obstacle, vehicles)), "no_car_heard")
        self._errors = {"base" if self._form == "mqtt_confirm" else CONF_PREFIX: wrong}
        return self._form

    def _obstacle(self, vehicle: FoundVehicle) -> str | None:
        """Why the entry that is to be changed cannot have this car, if it is so."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        if (entry := self._entry_of(vehicle)) is not None:
            self._told = {OTHER_NAME: entry.title}
            return "vehicle_taken"
        heard = Seen(type_code=vehicle.type_code, vin=vehicle.vin)
        return "other_car" if heard.is_other_than(Seen.of_entry(self._get_reconfigure_entry())) else None

    async def async_step_nothing_heard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """No car was heard: search again, or be told where it is."""
        return self.async_show_menu(step_id="nothing_heard", menu_options=["search", "prefix"])

    async def async_step_nothing_new(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """All cars that were heard are set up: search again, or be told where another one is."""
        return self.async_show_menu(step_id="nothing_new", menu_options=["search", "prefix"])

    async def async_step_prefix(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the prefix of a car that is not found by searching."""
        if user_input is not None:
            self._typed = user_input
            self._errors = self._take_prefix(user_input)
            if not self._errors:
                return await self._search_from("prefix")
        return self._show_typed("prefix", PREFIX_SCHEMA)

    async def async_step_vehicle(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have one of the cars chosen; one that was asked for by its prefix is chosen already."""
        if user_input is not None and user_input[CONF_VEHICLE] == OTHER_PREFIX:
            return await self.async_step_prefix()
        if user_input is not None:
            return await self._finish(self._vehicles[user_input[CONF_VEHICLE]])
        if self._prefix is not None and len(self._vehicles) == 1:
            return await self._finish(*self._vehicles.values())
        labels = {prefix: f"{_title(vehicle)} ({prefix})" for prefix, vehicle in self._vehicles.items()}
        return self.async_show_form(step_id="vehicle", data_schema=choice_schema(labels))

    # The end

    async def _finish(self, vehicle: FoundVehicle) -> ConfigFlowResult:
        """Make or change the config entry."""
        data = {
            CONF_KIND: Kind.VEHICLE_MQTT.value,
            **self._broker,
            CONF_PREFIX: vehicle.prefix,
            CONF_VEHICLE_TYPE: vehicle.type_code,
        }
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            data[CONF_VEHICLE_TYPE] = vehicle.type_code or entry.data.get(CONF_VEHICLE_TYPE)
            return self.async_update_reload_and_abort(entry, data=data | login_change(data, entry.data))
        await self.async_set_unique_id(_unique_id(vehicle.prefix), raise_on_progress=False)
        self._abort_if_set_up(vehicle)
        return self.async_create_entry(title=_title(vehicle), data=data)

    def _abort_if_set_up(self, vehicle: FoundVehicle) -> None:
        """End the flow if the car is set up already.

        Raises:
            AbortFlow: it is.
        """
        if (entry := self._entry_at(vehicle.prefix)) is not None:
            named = {CONF_NAME: entry.title}
            self._abort_if_unique_id_configured(error="car_set_up", description_placeholders=named)
            raise AbortFlow("car_set_up", named)
        # What is left is one that was ignored.
        self._abort_if_unique_id_configured()
        if (entry := self._entry_of(vehicle)) is not None:
            reason = "car_at_other_prefix" if CONF_PREFIX in entry.data else "car_known"
            raise AbortFlow(reason, {CONF_NAME: entry.title})

    def _entry_of(self, vehicle: FoundVehicle) -> ConfigEntry | None:
        """The other config entry that a car has: by its prefix, or because it reports this VIN."""
        return self._entry_at(vehicle.prefix) or entry_with_vin(self._other_entries, vehicle.vin)

    def _entry_at(self, prefix: str) -> ConfigEntry | None:
        """The other config entry with this prefix, today or when it was set up."""
        unique_id = _unique_id(prefix)
        for entry in self._other_entries:
            if unique_id in {entry.unique_id, _unique_id(entry.data.get(CONF_PREFIX, ""))}:
                return entry
        return None

    @property
    def _other_entries(self) -> list[ConfigEntry]:
        entries = self._async_current_entries(include_ignore=False)
        return [entry for entry in entries if entry.entry_id != self.context.get("entry_id")]


def _unique_id(prefix: str) -> str:
    return prefix.removesuffix("/")


def _title(vehicle: FoundVehicle) -> str:
    vehicle_type = VEHICLE_TYPES.get(vehicle.type_code or "")
    return vehicle.vehicle_id if vehicle_type is None else f"{vehicle_type.name} {vehicle.vehicle_id}"
