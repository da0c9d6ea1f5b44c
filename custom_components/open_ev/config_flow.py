"""The dialogs that set a device up and change it: what starts one, and which kind of device it is about."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, ConfigSubentryFlow, OptionsFlow
from homeassistant.core import callback

from .const import CONF_KIND, DOMAIN, SUBENTRY_CHARGE_POINT, Kind
from .flows.broker import BrokerFlow
from .flows.broker_options import BrokerOptionsFlow
from .flows.charge_point import ChargePointFlow
from .flows.charger import ChargerFlow
from .flows.charger_options import ChargerOptionsFlow
from .flows.operator import OperatorFlow, OperatorOptionsFlow
from .flows.server import ServerFlow, ServerOptionsFlow

_OPTIONS_FLOWS: Mapping[Kind, type[OptionsFlow]] = {
    Kind.VEHICLE_MQTT: BrokerOptionsFlow,
    Kind.VEHICLE_SERVER: ServerOptionsFlow,
    Kind.CHARGER: ChargerOptionsFlow,
    Kind.OPERATOR: OperatorOptionsFlow,
}


class OpenEvConfigFlow(BrokerFlow, ServerFlow, ChargerFlow, OperatorFlow, domain=DOMAIN):
    """Sets up one device, or changes how it is reached."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Get the flow of a device's options."""
        return _OPTIONS_FLOWS[Kind(config_entry.data[CONF_KIND])]()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Get the flows of what can be added to a device."""
        return {SUBENTRY_CHARGE_POINT: ChargePointFlow} if config_entry.data.get(CONF_KIND) == Kind.OPERATOR else {}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is to be added, and how it is reached."""
        return self.async_show_menu(step_id="user", menu_options=[*self.brokers, "server", "charger", "operator"])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the device is to be reached from now on."""
        match self._get_reconfigure_entry().data[CONF_KIND]:
            case Kind.CHARGER:
                return await self.reconfigure_charger()
            case Kind.VEHICLE_SERVER:
                return await self.reconfigure_server_vehicle()
            case Kind.OPERATOR:
                return await self.reconfigure_operator()
        return await self.reconfigure_vehicle()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Take note that the stored user is refused."""
        match entry_data[CONF_KIND]:
            case Kind.CHARGER:
                return await self.reauthenticate_charger()
            case Kind.VEHICLE_SERVER:
                return await self.async_step_server_reauth()
            case Kind.OPERATOR:
                return await self.async_step_operator_reauth()
        return await self.async_step_reauth_confirm()
