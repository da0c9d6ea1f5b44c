"""Setting an operator up, and changing how it is reached, or who charges there.

The operator is asked before anything is kept. Which of its charge points matter is asked next, in a flow of its own.
"""

from collections.abc import Mapping
import hashlib
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
)
from homeassistant.const import CONF_NAME, CONF_TOKEN
from homeassistant.data_entry_flow import FlowResultType
from yarl import URL

from ..clients.ocpi.addresses import operator_url
from ..clients.ocpi.errors import OcpiError
from ..clients.plain import plain
from ..clients.web_address import web_address
from ..const import (
    CONF_COUNTRY_CODE,
    CONF_DRIVER_UID,
    CONF_FOR_OPERATOR,
    CONF_KIND,
    CONF_PARTY_ID,
    CONF_POLL_MINUTES,
    CONF_VERSIONS_URL,
    SUBENTRY_CHARGE_POINT,
    Kind,
)
from ..settings.operator import client_of, operator_error_key, operator_said
from .operator_forms import (
    CONNECTION_FIELDS,
    CONNECTION_SCHEMA,
    DRIVER_FIELDS,
    DRIVER_SCHEMA,
    OPERATOR_OPTIONS_SCHEMA,
    RECONNECTION_SCHEMA,
    TOKEN_SCHEMA,
    connection,
    driver,
    malformed,
    new_own_token,
    normal_url,
    shown_connection,
    shown_driver,
    with_any_driver,
)

EXAMPLE_URL: Final = "https://ocpi.example.com/ocpi/versions"

# What makes an operator another one here: where it is, who asks, and who charges.
_IDENTITY = (CONF_VERSIONS_URL, CONF_COUNTRY_CODE, CONF_PARTY_ID, CONF_DRIVER_UID)


class OperatorFlow(ConfigFlow):
    """The steps that set up one operator, or change how it is reached."""

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        # How the operator is reached, as the entry is going to hold it, and what it calls itself.
        self._connection: dict[str, Any] = {CONF_FOR_OPERATOR: new_own_token()}
        self._operator_name = ""
        self._driver: dict[str, Any] = {}

    async def reconfigure_operator(self) -> ConfigFlowResult:
        """Ask how the operator is to be reached from now on, and who charges."""
        stored = self._get_reconfigure_entry().data
        self._connection = {key: stored[key] for key in CONNECTION_FIELDS}
        self._driver = {key: stored[key] for key in DRIVER_FIELDS}
        return await self.async_step_operator_reconfigure()

    async def async_step_operator_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask the same as at first, in other words: there is a token already."""
        return await self.async_step_operator(user_input)

    async def async_step_operator(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for what the operator has handed out, and show what it is to be handed."""
        if user_input is None:
            return self._show_connection()
        self._connection = self._with_stored_token(connection(user_input))
        if errors := malformed(self._connection, had_token=self.source == SOURCE_RECONFIGURE):
            return self._show_connection(errors)
        self._connection[CONF_VERSIONS_URL] = normal_url(self._connection[CONF_VERSIONS_URL])
        if (error := await self._ask(self._connection)) is not None:
            return self._show_connection({"base": operator_error_key(error)}, operator_said(error))
        return await self.async_step_operator_driver()

    async def async_step_operator_driver(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask who charges, and pays."""
        if user_input is None:
            return self._show_driver()
        self._driver = driver(user_input)
        data = {CONF_KIND: Kind.OPERATOR.value, **self._connection, **self._driver}
        if errors := malformed(data):
            return self._show_driver(errors)
        if (other := self._same_entry(data)) is not None:
            return self._show_driver({"base": "operator_taken"}, {CONF_NAME: other.title})
        if self.source == SOURCE_RECONFIGURE:
            return self._change_operator(self._get_reconfigure_entry(), data)
        await self.async_set_unique_id(self._new_operator_id(data), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=self._operator_name, data=data)

    async def async_step_operator_reauth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a token that the operator knows."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        told: dict[str, str] = {}
        if user_input is not None:
            data = {**entry.data, CONF_TOKEN: user_input[CONF_TOKEN].strip()}
            errors = malformed(data)
            if not errors:
                if (error := await self._ask(data)) is None:
                    return self._change_operator(entry, data)
                errors, told = {"base": operator_error_key(error)}, operator_said(error)
        return self.async_show_form(
            step_id="operator_reauth",
            data_schema=TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={CONF_NAME: entry.title, **told},
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with the choice of a charge point: without any, an operator is of no use."""
        result = await super().async_on_create_entry(result)
        if result["data"][CONF_KIND] == Kind.OPERATOR:
            choice = await self.hass.config_entries.subentries.async_init(
                (result["result"].entry_id, SUBENTRY_CHARGE_POINT), context=SubentryFlowContext(source=SOURCE_USER)
            )
            if choice["type"] is FlowResultType.FORM:
                result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, choice["flow_id"])
        return result

    # How

    def _show_connection(
        self, errors: dict[str, str] | None = None, told: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        step_id, schema, named = "operator", CONNECTION_SCHEMA, {"example": EXAMPLE_URL}
        if self.source == SOURCE_RECONFIGURE:
            step_id, schema = "operator_reconfigure", RECONNECTION_SCHEMA
            named[CONF_NAME] = self._get_reconfigure_entry().title
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown_connection(self._connection)),
            errors=errors or {},
            description_placeholders={**named, **(told or {})},
        )

    def _show_driver(
        self, errors: dict[str, str] | None = None, told: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="operator_driver",
            data_schema=self.add_suggested_values_to_schema(DRIVER_SCHEMA, shown_driver(self._driver)),
            errors=errors or {},
            description_placeholders=told,
        )

    async def _ask(self, data: Mapping[str, Any]) -> OcpiError | None:
        """Ask the operator for a version and what it serves; return what is wrong, None if nothing is."""
        client = client_of(self.hass, with_any_driver(data))
        try:
            await client.connect()
        except OcpiError as error:
            return error
        self._operator_name = plain(client.name or "") or operator_url(data[CONF_VERSIONS_URL]).host or ""
        return None

    def _with_stored_token(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep the token of the entry that is changed, if none was typed, and only for the server that it was meant for."""
        if CONF_TOKEN in data or self.source != SOURCE_RECONFIGURE:
            return data
        stored = self._get_reconfigure_entry().data
        same = _origin(data.get(CONF_VERSIONS_URL, "")) == _origin(stored[CONF_VERSIONS_URL])
        return {**data, CONF_TOKEN: stored[CONF_TOKEN]} if same else data

    def _same_entry(self, data: Mapping[str, Any]) -> ConfigEntry | None:
        """Another entry that is the same connection, for the same driver."""
        changed = self.context.get("entry_id")
        same = (
            entry
            for entry in self._async_current_entries()
            if entry.data.get(CONF_KIND) == Kind.OPERATOR
            and entry.entry_id != changed
            and all(entry.data[key] == data[key] for key in _IDENTITY)
        )
        return next(same, None)

    def _new_operator_id(self, data: Mapping[str, Any]) -> str:
        """What the connection was at first; or anything, if one that has moved away since was the same then."""
        # Ids are written in many places, and who charges is for few of them.
        unique_id = hashlib.sha256(" ".join(data[key] for key in _IDENTITY).encode()).hexdigest()
        taken = self.hass.config_entries.async_entry_for_domain_unique_id(self.handler, unique_id)
        return unique_id if taken is None else self.flow_id

    def _change_operator(self, entry: ConfigEntry, data: dict[str, Any]) -> ConfigFlowResult:
        """Have an entry hold this from now on. A loaded one is loaded again by itself when that is something else."""
        if data == entry.data or not entry.update_listeners:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_update_and_abort(entry, data=data)


class OperatorOptionsFlow(OptionsFlow):
    """Changes the options of an operator, whose entry is then loaded again by itself."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of them."""
        if user_input is not None:
            return self.async_create_entry(data={CONF_POLL_MINUTES: int(user_input[CONF_POLL_MINUTES])})
        schema = self.add_suggested_values_to_schema(OPERATOR_OPTIONS_SCHEMA, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)


def _origin(url: str) -> URL | None:
    """The server of an address, None if it is none."""
    read = web_address(url)
    return None if read is None else read.origin()
