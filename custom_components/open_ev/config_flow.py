"""Setting a vehicle up, and changing how it is reached.

Whatever starts it (a person, discovery by Home Assistant's MQTT integration, a changed broker), it ends in one step.
"""

import asyncio
import re
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
import probatio as vol

from .broker_settings import broker_of, home_assistant_broker_entry, link_error_key
from .clients.ovms.discovery import FoundVehicle, find_vehicles, is_prefix
from .clients.ovms.errors import LinkError
from .clients.ovms.metrics import vehicle_metrics
from .clients.ovms.vehicle_types import VEHICLE_TYPES
from .const import CONF_BROKER, CONF_KIND, CONF_PREFIX, CONF_VEHICLE_TYPE, DOMAIN, BrokerSource, Kind
from .coordinator import OpenEvConfigEntry
from .flow_schemas import (
    CONF_VEHICLE,
    OTHER_PREFIX,
    OWN_BROKER_SCHEMA,
    PREFIX_SCHEMA,
    choice_schema,
    options_schema,
    own_broker_data,
    own_broker_errors,
    without_secrets,
)

# Stored metrics arrive within a second; a module in a moving car sends every few seconds at most.
SEARCH_SECONDS = 6.0
# A discovered car has just been heard, and nobody waits for its name.
NAMING_SECONDS = 3.0

_CONNECTED_TOPIC = re.compile(r"(?P<prefix>.+/)metric/s/v3/connected")
_NO_FORM = vol.Schema({})


class OpenEvConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up one vehicle."""

    VERSION = 1

    def __init__(self) -> None:
        """Know nothing yet."""
        self._broker: dict[str, Any] = {}
        self._prefix: str | None = None
        self._search: asyncio.Task[list[FoundVehicle]] | None = None
        self._heard: set[str] = set()
        self._vehicles: dict[str, FoundVehicle] = {}
        # The form that a failed search leads back to, what was typed there, and what is wrong with it.
        self._form = ""
        self._typed: dict[str, Any] = {}
        self._errors: dict[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Get the flow of a vehicle's options."""
        return OpenEvOptionsFlow()

    # What starts a flow

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the car is reached."""
        return self._broker_menu("user")

    @override
    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """Take a car that was heard on Home Assistant's broker; one that is away (`no`) is a car too."""
        topic = _CONNECTED_TOPIC.fullmatch(discovery_info.topic)
        if topic is None or not is_prefix(topic["prefix"]) or discovery_info.payload not in {"yes", "no"}:
            return self.async_abort(reason="not_a_vehicle")
        self._prefix = topic["prefix"]
        vehicle = FoundVehicle(prefix=self._prefix)
        await self.async_set_unique_id(_unique_id(self._prefix))
        self._abort_if_set_up(vehicle)
        self._broker = {CONF_BROKER: BrokerSource.HOME_ASSISTANT.value}
        try:
            vehicles = await self._find(NAMING_SECONDS)
        except LinkError:
            # The confirmation tries again, and has somebody to tell.
            vehicles = []
        self._vehicles = {each.prefix: each for each in vehicles}
        vehicle = self._vehicles.get(self._prefix, vehicle)
        self._abort_if_set_up(vehicle)
        self.context["title_placeholders"] = {"name": _title(vehicle)}
        return await self.async_step_mqtt_confirm()

    async def async_step_mqtt_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a discovered car confirmed."""
        self._form = "mqtt_confirm"
        prefix = str(self._prefix)
        if user_input is not None:
            if vehicle := self._vehicles.get(prefix):
                return await self._finish(vehicle)
            return await self.async_step_search()
        self._set_confirm_only()
        return self.async_show_form(
            step_id="mqtt_confirm",
            data_schema=_NO_FORM,
            errors=self._errors,
            description_placeholders={**self.context["title_placeholders"], "prefix": prefix},
        )

    # Which broker

    def _broker_menu(self, step_id: str) -> ConfigFlowResult:
        brokers = ["home_assistant_broker", "own_broker"]
        if home_assistant_broker_entry(self.hass) is None:
            brokers = brokers[1:]
        return self.async_show_menu(step_id=step_id, menu_options=brokers)

    async def async_step_home_assistant_broker(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Use Home Assistant's broker; there is nothing to type, so this is seen only when it failed."""
        failed = self._form == "home_assistant_broker"
        self._form = "home_assistant_broker"
        self._broker = {CONF_BROKER: BrokerSource.HOME_ASSISTANT.value}
        if user_input is not None or not failed:
            return await self.async_step_search()
        return self.async_show_form(step_id="home_assistant_broker", data_schema=_NO_FORM, errors=self._errors)

    async def async_step_own_broker(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another broker."""
        self._form = "own_broker"
        if user_input is not None:
            self._typed = without_secrets(user_input)
            self._broker = own_broker_data(user_input, {})
            self._errors = await self.hass.async_add_executor_job(own_broker_errors, self._broker)
            if not self._errors:
                return await self.async_step_search()
        return self.async_show_form(
            step_id="own_broker",
            data_schema=self.add_suggested_values_to_schema(OWN_BROKER_SCHEMA, self._typed),
            errors=self._errors,
        )

    # Which car

    async def async_step_search(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Listen to the broker, and show that this takes a moment."""
        if self._search is None:
            self._errors = {}
            self._heard.clear()
            self._search = self.hass.async_create_task(self._find(SEARCH_SECONDS), f"{DOMAIN} search")
        if not self._search.done():
            return self.async_show_progress(
                step_id="search",
                progress_action="search" if self._prefix is None else "listen",
                description_placeholders={"count": str(len(self._heard)), "prefix": self._prefix or ""},
                progress_task=self._search,
            )
        search, self._search = self._search, None
        return self.async_show_progress_done(next_step_id=self._after(search))

    async def _find(self, seconds: float) -> list[FoundVehicle]:
        return await find_vehicles(
            broker_of(self.hass, self._broker), prefix=self._prefix, seconds=seconds, found=self._hear
        )

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
            vehicles = [vehicle for vehicle in vehicles if self._entry_of(vehicle) is None]
        self._vehicles = {vehicle.prefix: vehicle for vehicle in vehicles}
        if vehicles:
            return "vehicle"
        if self._prefix is None:
            return "nothing_new" if self._heard else "nothing_heard"
        self._errors = {"base" if self._form == "mqtt_confirm" else CONF_PREFIX: "no_car_heard"}
        return self._form

    async def async_step_nothing_heard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """No car was heard: search again, or say where it is."""
        return self.async_show_menu(step_id="nothing_heard", menu_options=["search", "prefix"])

    async def async_step_nothing_new(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """All cars that were heard are set up: search again, or say where another one is."""
        return self.async_show_menu(step_id="nothing_new", menu_options=["search", "prefix"])

    async def async_step_vehicle(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take the only car that fits, or let one be chosen."""
        if self._prefix is not None and len(self._vehicles) == 1:
            return await self._finish(next(iter(self._vehicles.values())))
        if user_input is None:
            labels = {vehicle.prefix: f"{_title(vehicle)} ({vehicle.prefix})" for vehicle in self._vehicles.values()}
            return self.async_show_form(step_id="vehicle", data_schema=choice_schema(labels))
        if user_input[CONF_VEHICLE] == OTHER_PREFIX:
            return await self.async_step_prefix()
        return await self._finish(self._vehicles[user_input[CONF_VEHICLE]])

    async def async_step_prefix(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the prefix of a car that was not found."""
        self._form = "prefix"
        if user_input is not None:
            self._typed = user_input
            self._prefix = user_input[CONF_PREFIX].strip()
            if is_prefix(self._prefix):
                return await self.async_step_search()
            self._errors = {CONF_PREFIX: "invalid_prefix"}
        return self.async_show_form(
            step_id="prefix",
            data_schema=self.add_suggested_values_to_schema(PREFIX_SCHEMA, self._typed),
            errors=self._errors,
        )

    # The end

    async def _finish(self, vehicle: FoundVehicle) -> ConfigFlowResult:
        """Make the config entry."""
        await self.async_set_unique_id(_unique_id(vehicle.prefix), raise_on_progress=False)
        self._abort_if_set_up(vehicle)
        return self.async_create_entry(
            title=_title(vehicle),
            data={
                CONF_KIND: Kind.VEHICLE_MQTT.value,
                **self._broker,
                CONF_PREFIX: vehicle.prefix,
                CONF_VEHICLE_TYPE: vehicle.type_code,
            },
        )

    def _abort_if_set_up(self, vehicle: FoundVehicle) -> None:
        """End the flow if the car is set up already.

        Raises:
            AbortFlow: it is.
        """
        self._abort_if_unique_id_configured()
        if (entry := self._entry_of(vehicle)) is not None:
            raise AbortFlow("already_configured", {"name": entry.title})

    def _entry_of(self, vehicle: FoundVehicle) -> OpenEvConfigEntry | None:
        """The config entry that a car has: by its first prefix, by today's, or because it is on the road with its VIN."""
        unique_id = _unique_id(vehicle.prefix)
        for entry in self._async_current_entries(include_ignore=False):
            if entry.entry_id == self.context.get("entry_id"):
                continue
            if unique_id in {entry.unique_id, _unique_id(entry.data[CONF_PREFIX])}:
                return entry
            if vehicle.vin is not None and vehicle.vin == _vin(entry):
                return entry
        return None


class OpenEvOptionsFlow(OptionsFlowWithReload):
    """Changes a vehicle's options."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of them."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        metrics = sorted(vehicle_metrics(self.config_entry.data.get(CONF_VEHICLE_TYPE) or ""))
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(options_schema(metrics), self.config_entry.options),
        )


def _unique_id(prefix: str) -> str:
    return prefix.removesuffix("/")


def _title(vehicle: FoundVehicle) -> str:
    vehicle_type = VEHICLE_TYPES.get(vehicle.type_code or "")
    return vehicle.vehicle_id if vehicle_type is None else f"{vehicle_type.name} {vehicle.vehicle_id}"


def _vin(entry: OpenEvConfigEntry) -> str | None:
    """The vehicle identification number that a loaded entry's car reports now; it is stored nowhere."""
    return entry.runtime_data.device.text("v.vin") if entry.state is ConfigEntryState.LOADED else None
