"""The dialogs that set a device up and change it: what starts one, and which kind of device it is about."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback

from .const import CONF_KIND, DOMAIN, Kind
from .flows.charger import ChargerFlow
from .flows.charger_options import ChargerOptionsFlow
from .flows.server import ServerFlow, ServerOptionsFlow
from .flows.vehicle import VehicleFlow, VehicleOptionsFlow

_OPTIONS_FLOWS: Mapping[Kind, type[OptionsFlow]] = {
    Kind.VEHICLE_MQTT: VehicleOptionsFlow,
    Kind.VEHICLE_SERVER: ServerOptionsFlow,
    Kind.CHARGER: ChargerOptionsFlow,
}


class OpenEvConfigFlow(VehicleFlow, ServerFlow, ChargerFlow, domain=DOMAIN):
    """Sets up one device, or changes how it is reached."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Get the flow of a device's options."""
        return _OPTIONS_FLOWS[Kind(config_entry.data[CONF_KIND])]()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be added, and how it is reached."""
        return self.async_show_menu(step_id="user", menu_options=[*self.brokers, "server", "charger"])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the device is to be reached from now on."""
        match self._get_reconfigure_entry().data[CONF_KIND]:
            case Kind.CHARGER:
                return await self.reconfigure_charger()
            case Kind.VEHICLE_SERVER:
                return await self.reconfigure_server_vehicle()
        return await self.reconfigure_vehicle()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Take note that the stored user is refused."""
        match entry_data[CONF_KIND]:
            case Kind.CHARGER:
                return await self.reauthenticate_charger()
            case Kind.VEHICLE_SERVER:
                return await self.async_step_server_reauth()
        return await self.async_step_reauth_confirm()
