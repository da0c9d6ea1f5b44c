"""The life of a vehicle's config entry, whatever link it is reached by: its first connection, and its device page."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Coroutine
import re
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.typing import UNDEFINED
from homeassistant.util import dt as dt_util

from ..clients.ovms.errors import CannotConnect, LinkError
from ..clients.ovms.vehicle import Vehicle
from ..clients.ovms.vehicle_types import vehicle_type
from ..const import CONF_EXTRA_METRICS, CONF_VEHICLE_TYPE, DOMAIN
from .link_watch import LinkWatch

# A try to connect takes at most 5 s for the TCP connection and 8 s for a broker's answer. A server has 10 s for each of
# three steps; one that needs as long is not waited for here, but tried again.
FIRST_CONNECTION_TIMEOUT = 20.0

# What else is sent in its place is no reason to load everything again.
_TYPE_CODE = re.compile(r"[A-Z0-9]{1,16}")

type Run = Callable[[Callable[[LinkError | None], None]], Coroutine[Any, Any, None]]


@callback
def make_vehicle(entry: ConfigEntry) -> Vehicle:
    """Make the vehicle that an entry is about, with what is known of it before it is heard."""
    return Vehicle(
        type_code=entry.data.get(CONF_VEHICLE_TYPE),
        extra_metrics=entry.options.get(CONF_EXTRA_METRICS, ()),
        zone=dt_util.get_default_time_zone(),
    )


def reported_type(vehicle: Vehicle) -> str | None:
    """The code of the type that a vehicle reports, None if it is not known or no code."""
    code = vehicle.text("v.type") or ""
    return code if _TYPE_CODE.fullmatch(code) else None


async def async_connect(
    hass: HomeAssistant, entry: ConfigEntry, vehicle: Vehicle, watch: VehicleWatch, run: Run
) -> DevicePage:
    """Keep a vehicle connected by its link's `run` until the entry is unloaded, and show its device page.

    Raises:
        ConfigEntryAuthFailed: the login in the entry is not wanted.
        ConfigEntryNotReady: there is no way to the vehicle now.
    """
    running = entry.async_create_background_task(hass, run(watch.changed), f"{DOMAIN} link of {entry.title}")
    running.add_done_callback(watch.ended)
    # Not before: until its end, a link goes on receiving.
    running.add_done_callback(lambda _: vehicle.close())
    await watch.first_connection()
    page = DevicePage(hass, entry, vehicle)
    # What the way had kept of the car is told by now, to nobody.
    page.learn_type()
    page.show()
    entry.async_on_unload(vehicle.subscribe(("v.type", "m.version", "m.hardware"), page.changed))
    return page


class VehicleWatch(LinkWatch[LinkError]):
    """Follows a vehicle's link, and lets the set-up wait for its first try."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with a link that has not been tried yet."""
        super().__init__(hass, entry)
        self._first: asyncio.Future[LinkError | None] = hass.loop.create_future()

    @abstractmethod
    def _error_key(self, error: LinkError) -> str:
        """The translation key of what is wrong with the link."""

    @property
    def _believes_refusals(self) -> bool:
        """Whether who refuses now would refuse later too."""
        return True

    async def first_connection(self) -> None:
        """Wait for the first try."""
        try:
            async with asyncio.timeout(FIRST_CONNECTION_TIMEOUT):
                error = await self._first
        except TimeoutError:
            error = CannotConnect("no answer")
        if error is not None:
            wrong = self._is_refusal(error) and self._believes_refusals
            failed = ConfigEntryAuthFailed if wrong else ConfigEntryNotReady
            raise failed(translation_domain=DOMAIN, translation_key=self._error_key(error)) from error
        self._ask_no_more()
        self.found()

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


class DevicePage:
    """Keeps the device page true when the module reports another type, firmware or hardware."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, vehicle: Vehicle) -> None:
        """Take what the page is made of."""
        self._hass = hass
        self._entry = entry
        self._vehicle = vehicle

    def info(self) -> DeviceInfo:
        """What leads an entity to the page."""
        return DeviceInfo(identifiers={(DOMAIN, str(self._entry.unique_id))})

    def show(self) -> None:
        """Put on the page what is known. What is not known yet stays as it was when Home Assistant last ran."""
        known = vehicle_type(reported_type(self._vehicle) or self._entry.data.get(CONF_VEHICLE_TYPE))
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, str(self._entry.unique_id))},
            name=self._entry.title,
            manufacturer="Open Vehicles",
            model=known.name,
            model_id=known.code or None,
            sw_version=_release(self._vehicle.text("m.version")) or UNDEFINED,
            hw_version=self._vehicle.text("m.hardware") or UNDEFINED,
        )

    @callback
    def changed(self) -> None:
        """Show the new facts; another type of car has other controls, so the entry is loaded again."""
        if self.learn_type():
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        else:
            self.show()

    def learn_type(self) -> bool:
        """Keep the type that the car reports for the next start, and say whether it is another than before."""
        code = reported_type(self._vehicle)
        if code is None or code == self._entry.data.get(CONF_VEHICLE_TYPE):
            return False
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, CONF_VEHICLE_TYPE: code})
        return True


def _release(version: str | None) -> str | None:
    """The release in a module's version, which goes on with its partition, its update channel and its build."""
    return None if version is None else version.partition("/")[0]
