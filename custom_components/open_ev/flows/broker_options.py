"""The options of a vehicle on a broker."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from ..clients.ovms.discovery import published_metrics
from ..clients.ovms.errors import LinkError
from ..clients.ovms.metrics import vehicle_metrics
from ..const import CONF_EXTRA_METRICS, CONF_PREFIX, CONF_VEHICLE_TYPE
from ..descriptions.vehicle.own_metrics import SECRET_METRICS
from ..settings.broker import broker_of
from .broker_forms import options_schema

# Which metrics a car has sent is good to know before some are chosen, and not worth a longer wait.
OPTIONS_SECONDS = 2.0


class BrokerOptionsFlow(OptionsFlowWithReload):
    """Changes the options of a vehicle on a broker."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of them."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        own = vehicle_metrics(self.config_entry.data.get(CONF_VEHICLE_TYPE) or "")
        metrics = [name for name in own if name not in SECRET_METRICS]
        # Those of another type, chosen before the module was told its right one, cannot be chosen any more.
        chosen = [name for name in self.config_entry.options.get(CONF_EXTRA_METRICS, ()) if name in metrics]
        options = {**self.config_entry.options, CONF_EXTRA_METRICS: chosen}
        schema = options_schema(metrics, await self._published(metrics))
        return self.async_show_form(step_id="init", data_schema=self.add_suggested_values_to_schema(schema, options))

    async def _published(self, metrics: list[str]) -> set[str]:
        """Which of these metrics the car has sent; a broker that is away does not keep the options from being changed."""
        if not metrics:
            return set()
        data = self.config_entry.data
        try:
            broker = broker_of(self.hass, data)
            return await published_metrics(broker, prefix=data[CONF_PREFIX], names=metrics, seconds=OPTIONS_SECONDS)
        except LinkError:
            return set()
