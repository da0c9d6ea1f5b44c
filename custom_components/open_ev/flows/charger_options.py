"""Choosing how a charger is told what can be done in two ways."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlowWithReload

from ..descriptions.charger.controls import is_told_by_rapi
from .charger_forms import habits_schema


class ChargerOptionsFlow(OptionsFlowWithReload):
    """Changes a charger's options."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for those that the charger's firmware can have; for all while that is not known."""
        entry = self.config_entry
        if user_input is not None:
            return self.async_create_entry(data={**entry.options, **user_input})
        schema = habits_schema()
        if entry.state is ConfigEntryState.LOADED:
            by_rapi = is_told_by_rapi(entry.runtime_data.device)
            schema = habits_schema(managed=not by_rapi, unmanaged=by_rapi)
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(schema, entry.options)
        )
