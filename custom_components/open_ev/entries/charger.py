"""The life of a charger's config entry: its connection, its device page, and what is said when it comes and goes."""

import asyncio
from typing import override

from homeassistant.const import CONF_URL, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr, instance_id
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.typing import UNDEFINED
from homeassistant.util import dt as dt_util

from ..clients.openevse.charger import Charger
from ..clients.openevse.errors import OpenEvseError, Unauthorized, WrongCharger
from ..clients.openevse.models import client_number_of
from ..const import DOMAIN
from ..coordinator import ChargerConfigEntry, Runtime, said
from ..descriptions.charger import charger_rows
from ..entity import former_entities
from ..issues.charger import ChargerIssues
from ..settings.charger import charger_error_key, gateway_of, habits_of
from .known_chargers import known_serial, told_serial
from .link_watch import LinkWatch

# The claim is released and the display handed back in a few requests; a charger that has left answers none of them.
FAREWELL_TIMEOUT = 5.0


async def async_start_charger(hass: HomeAssistant, entry: ChargerConfigEntry) -> None:
    """Connect a charger, and follow it until the entry is unloaded.

    Raises:
        ConfigEntryAuthFailed: the charger wants another user and password than those in the entry.
        ConfigEntryNotReady: the charger cannot be had now, or something else answers in its place.
    """
    charger = Charger(
        gateway_of(hass, entry.data),
        zone=dt_util.get_default_time_zone(),
        # Another Home Assistant may speak to the same charger.
        client=client_number_of(await instance_id.async_get(hass)),
        serial=known_serial(entry),
        habits=habits_of(entry.options),
    )

    async def leave(_: Event | None = None) -> None:
        try:
            async with asyncio.timeout(FAREWELL_TIMEOUT):
                await charger.close()
        except TimeoutError:
            pass

    entry.async_on_unload(leave)
    # No entry is unloaded when Home Assistant stops, and a claim that nobody speaks for any more would hold for ever.
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, leave))
    await _connect(charger)
    _learn_serial(hass, entry, charger)
    page = DevicePage(hass, entry, charger)
    page.show()
    entry.async_on_unload(charger.subscribe(("gateway_version", "controller_version"), page.changed))
    issues = ChargerIssues(hass, entry, charger)
    entry.runtime_data = Runtime(
        device=charger,
        unique_id=page.unique_id,
        device_info=page.info(),
        rows=charger_rows(charger, had=former_entities(hass, entry, page.unique_id)),
        note=issues.note,
    )
    issues.start()
    watch = ChargerWatch(hass, entry, issues)
    watch.found()
    running = entry.async_create_background_task(hass, charger.run(watch.changed), f"{DOMAIN} watch of {entry.title}")
    running.add_done_callback(watch.ended)


async def _connect(charger: Charger) -> None:
    try:
        await charger.connect()
    except OpenEvseError as error:
        # A charger that counts wrong passwords takes the right one again by itself.
        failed = ConfigEntryAuthFailed if _wants_credentials(error) else ConfigEntryNotReady
        key = "another_charger" if isinstance(error, WrongCharger) else charger_error_key(error)
        raise failed(translation_domain=DOMAIN, translation_key=key, translation_placeholders=said(error)) from error


def _wants_credentials(error: OpenEvseError) -> bool:
    return isinstance(error, Unauthorized) and not error.retry_later


@callback
def _learn_serial(hass: HomeAssistant, entry: ChargerConfigEntry, charger: Charger) -> None:
    """Know a charger by its number once its firmware tells it."""
    serial = charger.identity.serial
    if serial is not None and known_serial(entry) is None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, **told_serial(entry, serial)})


class ChargerWatch(LinkWatch[OpenEvseError]):
    """Follows the connection to a charger."""

    def __init__(self, hass: HomeAssistant, entry: ChargerConfigEntry, issues: ChargerIssues) -> None:
        """Take who shows what the user should mend."""
        super().__init__(hass, entry)
        self._issues = issues

    @callback
    @override
    def changed(self, error: OpenEvseError | None) -> None:
        super().changed(error)
        if isinstance(error, WrongCharger):
            self._issues.note(error)

    @override
    def _is_refusal(self, error: OpenEvseError) -> bool:
        return _wants_credentials(error)


class DevicePage:
    """Keeps the device page true when a firmware is updated."""

    def __init__(self, hass: HomeAssistant, entry: ChargerConfigEntry, charger: Charger) -> None:
        """Take what the page is made of."""
        self._hass = hass
        self._entry = entry
        self._charger = charger
        self._versions = self._read_versions()
        self.unique_id = entry.unique_id or entry.entry_id

    def info(self) -> DeviceInfo:
        """What leads an entity to the page."""
        return DeviceInfo(identifiers={(DOMAIN, self.unique_id)})

    def show(self) -> None:
        """Put on the page what is known. What is not known now stays as it was when Home Assistant last ran."""
        identity = self._charger.identity
        serial = identity.serial or known_serial(self._entry)
        gateway, controller = self._versions
        dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, self.unique_id)},
            connections=set() if serial is None else {(dr.CONNECTION_NETWORK_MAC, dr.format_mac(serial))},
            configuration_url=self._entry.data[CONF_URL],
            name=self._entry.title,
            manufacturer="OpenEVSE",
            model=identity.model,
            serial_number=serial or UNDEFINED,
            sw_version=gateway or UNDEFINED,
            hw_version=controller or UNDEFINED,
        )

    @callback
    def changed(self) -> None:
        """Load the entry again if it is another firmware, which has other controls, or one that could not be read before."""
        if any(now not in {None, before} for now, before in zip(self._read_versions(), self._versions, strict=True)):
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)

    def _read_versions(self) -> tuple[str | None, str | None]:
        """The versions of gateway and controller."""
        return self._charger.text("gateway_version"), self._charger.text("controller_version")
