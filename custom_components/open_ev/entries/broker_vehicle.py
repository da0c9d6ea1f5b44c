"""The life of the config entry of a vehicle on an MQTT broker: its link, and whose settings it follows."""

import secrets
from typing import override

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..clients.ovms.broker import Broker
from ..clients.ovms.errors import ConnectionRefused, LinkError
from ..clients.ovms.mqtt import REFUSALS_OF_A_START, Mode, MqttLink
from ..const import CONF_BROKER, CONF_EXPOSE_LOCATION, CONF_PREFIX, CONF_PRESENCE, DOMAIN, BrokerSource
from ..coordinator import BrokerVehicleConfigEntry, VehicleRuntime
from ..descriptions.vehicle import vehicle_rows
from ..issues.broker import BrokerIssues
from ..settings.broker import broker_of, link_error_key
from .vehicle import VehicleWatch, async_connect, make_vehicle

# A broker that has just started refuses everybody until its list of users is there. The link tries again soon until then,
# and a person is asked some time after it has given that up.
REFUSALS_BEFORE_REAUTH = REFUSALS_OF_A_START + 2


async def async_start_broker_vehicle(hass: HomeAssistant, entry: BrokerVehicleConfigEntry) -> None:
    """Connect a vehicle on a broker, and keep it connected until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the broker does not want the user and password in the entry.
        ConfigEntryNotReady: the broker cannot be had now.
    """
    vehicle = make_vehicle(entry)

    async def broker() -> Broker:
        return broker_of(hass, entry.data)

    link = MqttLink(
        vehicle,
        prefix=entry.data[CONF_PREFIX],
        # Another one each time: two Home Assistants that grew from one backup would push each other out of the broker.
        client_id=f"{DOMAIN}-{secrets.token_hex(6)}",
        broker=broker,
        mode=Mode(entry.options.get(CONF_PRESENCE, Mode.AUTOMATIC)),
    )
    page = await async_connect(hass, entry, vehicle, BrokerWatch(hass, entry), link.run)
    entry.runtime_data = VehicleRuntime(
        device=vehicle,
        link=link,
        unique_id=str(entry.unique_id),
        device_info=page.info(),
        rows=vehicle_rows(vehicle, expose_location=entry.options.get(CONF_EXPOSE_LOCATION, True)),
    )
    BrokerIssues(hass, entry).start()
    _follow_settings(hass, entry, link)


@callback
def _follow_settings(hass: HomeAssistant, entry: BrokerVehicleConfigEntry, link: MqttLink) -> None:
    """Load the entry again when the broker that is connected is not the one in the settings any more.

    They may be another integration's, which changes them without a word to a vehicle.
    """

    def configured() -> Broker | None:
        try:
            return broker_of(hass, entry.data)
        except LinkError:
            return None

    @callback
    def changed(change: ConfigEntryChange, changed_entry: ConfigEntry) -> None:
        # Who changes the vehicle's own entry has it loaded again.
        if changed_entry is entry or entry.state is not ConfigEntryState.LOADED:
            return
        if link.connected_to not in (None, configured()):
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed))


class BrokerWatch(VehicleWatch):
    """Follows a link to a broker."""

    refusals_before_reauth = REFUSALS_BEFORE_REAUTH

    @property
    @override
    def _target(self) -> str:
        return f"the broker of {super()._target}"

    @property
    @override
    def _believes_refusals(self) -> bool:
        # While Home Assistant starts, a broker that asks it who may connect (its own Mosquitto app) refuses everybody.
        return self._hass.state is CoreState.running

    @override
    def _is_refusal(self, error: LinkError) -> bool:
        return isinstance(error, ConnectionRefused) and self._entry.data[CONF_BROKER] == BrokerSource.OWN

    @override
    def _error_key(self, error: LinkError) -> str:
        return link_error_key(error)
