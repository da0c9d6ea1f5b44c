"""The life of a vehicle's config entry: its link, its device page, and what is said when the link comes and goes."""

import asyncio
import re
import secrets
from typing import override

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import UNDEFINED
from homeassistant.util import dt as dt_util

from .broker_settings import broker_of, link_error_key
from .clients.ovms.broker import Broker
from .clients.ovms.errors import CannotConnect, ConnectionRefused, LinkError
from .clients.ovms.mqtt import MqttLink, Presence
from .clients.ovms.vehicle import Vehicle
from .const import (
    CONF_BROKER,
    CONF_EXPOSE_LOCATION,
    CONF_EXTRA_METRICS,
    CONF_PREFIX,
    CONF_PRESENCE,
    CONF_VEHICLE_TYPE,
    DOMAIN,
    BrokerSource,
)
from .coordinator import VehicleConfigEntry, VehicleRuntime
from .descriptions.vehicle import vehicle_rows
from .link_watch import LinkWatch
from .vehicle_issues import VehicleIssues

# A try to connect takes at most 5 s for the TCP connection and 8 s for the broker's answer.
FIRST_CONNECTION_TIMEOUT = 20.0
# A broker that has just started refuses everybody until its list of users is there.
REFUSALS_BEFORE_REAUTH = 3

# What else lands on that topic is no reason to load everything again.
_TYPE_CODE = re.compile(r"[A-Z0-9]{1,16}")


async def async_start_vehicle(hass: HomeAssistant, entry: VehicleConfigEntry) -> None:
    """Connect a vehicle, and keep it connected until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the broker does not want the user and password in the entry.
        ConfigEntryNotReady: the broker cannot be had now.
    """
    vehicle = Vehicle(
        type_code=entry.data.get(CONF_VEHICLE_TYPE),
        extra_metrics=entry.options.get(CONF_EXTRA_METRICS, ()),
        zone=dt_util.get_default_time_zone(),
    )

    async def broker() -> Broker:
        return broker_of(hass, entry.data)

    link = MqttLink(
        vehicle,
        prefix=entry.data[CONF_PREFIX],
        # Another one each time: two Home Assistants that grew from one backup would push each other out of the broker.
        client_id=f"{DOMAIN}-{secrets.token_hex(6)}",
        broker=broker,
        presence=Presence(entry.options.get(CONF_PRESENCE, Presence.AUTOMATIC)),
    )
    watch = BrokerWatch(hass, entry)
    running = entry.async_create_background_task(hass, link.run(watch.changed), f"{DOMAIN} link of {entry.title}")
    running.add_done_callback(watch.ended)
    # Not before: until its end, a link goes on receiving.
    running.add_done_callback(lambda _: vehicle.close())
    await watch.first_connection()
    page = DevicePage(hass, entry, vehicle)
    page.show()
    entry.async_on_unload(vehicle.subscribe(("v.type", "m.version", "m.hardware"), page.changed))
    entry.runtime_data = VehicleRuntime(
        device=vehicle,
        link=link,
        unique_id=str(entry.unique_id),
        device_info=page.info(),
        rows=vehicle_rows(vehicle, expose_location=entry.options.get(CONF_EXPOSE_LOCATION, True)),
    )
    VehicleIssues(hass, entry).start()
    _follow_settings(hass, entry, link)


@callback
def _follow_settings(hass: HomeAssistant, entry: VehicleConfigEntry, link: MqttLink) -> None:
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


class BrokerWatch(LinkWatch[LinkError]):
    """Follows a link to a broker, and lets the set-up wait for its first try."""

    refusals_before_reauth = REFUSALS_BEFORE_REAUTH

    def __init__(self, hass: HomeAssistant, entry: VehicleConfigEntry) -> None:
        """Start with a link that has not been tried yet."""
        super().__init__(hass, entry)
        self._first: asyncio.Future[LinkError | None] = hass.loop.create_future()

    async def first_connection(self) -> None:
        """Wait for the first try."""
        try:
            async with asyncio.timeout(FIRST_CONNECTION_TIMEOUT):
                error = await self._first
        except TimeoutError:
            error = CannotConnect("no answer")
        # While Home Assistant starts, a broker that asks it who may connect (its own Mosquitto app) refuses everybody.
        if error is not None and self._is_refusal(error) and self._hass.state is CoreState.running:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="refused") from error
        if error is not None:
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=link_error_key(error)) from error

    @callback
    @override
    def ended(self, running: asyncio.Task[None]) -> None:
        """Fail the set-up, if it still waits."""
        if not self._first.done() and not running.cancelled() and (fault := running.exception()) is not None:
            self._first.set_exception(fault)
        else:
            super().ended(running)

    @callback
    @override
    def changed(self, error: LinkError | None) -> None:
        """Hand the outcome of the first try to the set-up."""
        if not self._first.done():
            self._first.set_result(error)
        else:
            super().changed(error)

    @property
    @override
    def _target(self) -> str:
        return f"the broker of {self._entry.title}"

    @override
    def _is_refusal(self, error: LinkError) -> bool:
        return isinstance(error, ConnectionRefused) and self._entry.data[CONF_BROKER] == BrokerSource.OWN


class DevicePage:
    """Keeps the device page true when the module reports another type, firmware or hardware."""

    def __init__(self, hass: HomeAssistant, entry: VehicleConfigEntry, vehicle: Vehicle) -> None:
        """Take what the page is made of."""
        self._hass = hass
        self._entry = entry
        self._vehicle = vehicle

    def info(self) -> DeviceInfo:
        """What leads an entity to the page."""
        return DeviceInfo(identifiers={(DOMAIN, str(self._entry.unique_id))})

    def show(self) -> None:
        """Put on the page what is known. What is not known yet stays as it was when Home Assistant last ran."""
        vehicle_type = self._vehicle.type
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, str(self._entry.unique_id))},
            name=self._entry.title,
            manufacturer="Open Vehicles",
            model=vehicle_type.name,
            model_id=vehicle_type.code or None,
            sw_version=_release(self._vehicle.text("m.version")) or UNDEFINED,
            hw_version=self._vehicle.text("m.hardware") or UNDEFINED,
        )

    @callback
    def changed(self) -> None:
        """Show the new facts; another type of car has other controls, so the entry is loaded again."""
        code = self._vehicle.text("v.type") or ""
        if _TYPE_CODE.fullmatch(code) and code != self._entry.data.get(CONF_VEHICLE_TYPE):
            self._hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_VEHICLE_TYPE: code}
            )
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        else:
            self.show()


def _release(version: str | None) -> str | None:
    """The release in a module's version, which goes on with its partition, its update channel and its build."""
    return None if version is None else version.partition("/")[0]
