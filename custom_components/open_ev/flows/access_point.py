"""A charger that is in no network yet: it offers one of its own, and is brought into another from there."""

import asyncio
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_NAME, CONF_PASSWORD

from ..clients.openevse.errors import CannotConnect, OpenEvseError
from ..clients.openevse.gateway import Gateway
from ..clients.openevse.models import Identity
from ..clients.openevse.networks import Network, join, scan
from ..clients.openevse.report import JsonObject
from ..clients.plain import plain
from ..const import DOMAIN
from ..settings.charger import charger_error_key
from .charger_forms import CONF_SSID, network_errors, network_schema
from .fields import without_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCharger:
    """A charger that was read, and what it said."""

    gateway: Gateway
    identity: Identity
    status: JsonObject


class AccessPointFlow(ConfigFlow):
    """The steps that bring a charger into a network."""

    charger: FoundCharger
    """The charger, as it was last read."""

    def __init__(self) -> None:
        """Know no network yet."""
        super().__init__()
        self._looking: asyncio.Task[list[Network]] | None = None
        self._networks: list[Network] = []
        self._network_errors: dict[str, str] = {}

    async def async_step_access_point(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to become of a charger that Home Assistant can lose at any time."""
        return self.async_show_menu(
            step_id="access_point",
            menu_options=["networks", "as_it_is"],
            description_placeholders={CONF_NAME: self.charger.identity.name},
        )

    async def async_step_networks(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have the charger look for networks, and show that this takes a moment."""
        if self._looking is None:
            # One that failed before its progress was shown would hand what was just chosen to the form.
            self._looking = self.hass.async_create_task(
                scan(self.charger.gateway), f"{DOMAIN} scan for networks", eager_start=False
            )
        if not self._looking.done():
            return self.async_show_progress(step_id="networks", progress_action="networks", progress_task=self._looking)
        looking, self._looking = self._looking, None
        try:
            self._networks = looking.result()
        except OpenEvseError as error:
            self._network_errors = {"base": charger_error_key(error)}
        return self.async_show_progress_done(next_step_id="network")

    async def async_step_network(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a network chosen, or the name of a hidden one typed, and its password."""
        errors = self._network_errors
        if user_input is not None:
            errors = network_errors(user_input) or await self._join(user_input)
            if not errors:
                # Whoever is near has named it.
                named = {CONF_SSID: plain(user_input[CONF_SSID])}
                return self.async_abort(reason="network_given", description_placeholders=named)
        strongest = {CONF_SSID: self._networks[0].ssid} if self._networks else {}
        return self.async_show_form(
            step_id="network",
            data_schema=self.add_suggested_values_to_schema(
                network_schema(self._networks), without_secrets(user_input or strongest)
            ),
            errors=errors,
        )

    async def _join(self, typed: dict[str, Any]) -> dict[str, str]:
        try:
            await join(self.charger.gateway, self.charger.status, typed[CONF_SSID], typed.get(CONF_PASSWORD, ""))
        except CannotConnect:
            return {"base": "join_unconfirmed"}
        except OpenEvseError as error:
            return {"base": charger_error_key(error)}
        return {}
