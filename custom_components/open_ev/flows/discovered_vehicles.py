"""Cars that were discovered while too many others wait to be added.

Home Assistant's MQTT integration hands the same message of a topic on only once, so a car that was turned away and stays
connected would not be heard of again before the next start.
"""

from homeassistant.config_entries import SOURCE_MQTT, ConfigFlowContext
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.discovery_flow import async_create_flow
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

# Whoever may publish can make up cars without end, each an open flow in memory and on the page of what was discovered.
# Nobody buys more cars at once, and by hand another one can be added at any time.
MOST_DISCOVERED = 20
# Those that come later are as cheap as their topics, and still without end.
MOST_WAITING = 500

WAITING: HassKey[dict[str, tuple[ConfigFlowContext, MqttServiceInfo]]] = HassKey(f"{DOMAIN}_waiting_vehicles")


@callback
def have_wait(hass: HomeAssistant, context: ConfigFlowContext, told: MqttServiceInfo) -> None:
    """Keep in mind what started a flow, until there is room for it."""
    waiting = hass.data.setdefault(WAITING, {})
    if told.topic in waiting or len(waiting) < MOST_WAITING:
        again = ConfigFlowContext(source=SOURCE_MQTT)
        if "discovery_key" in context:
            again["discovery_key"] = context["discovery_key"]
        waiting[told.topic] = (again, told)


@callback
def let_next_in(hass: HomeAssistant) -> None:
    """Start the flow that has waited longest, in a turn of its own: it may end at once, and lead to the next one."""
    waiting = hass.data.get(WAITING)
    if waiting:
        context, told = waiting.pop(next(iter(waiting)))
        hass.loop.call_soon(lambda: async_create_flow(hass, DOMAIN, context, told))
