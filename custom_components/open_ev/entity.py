"""The base of every entity: who it is, when it can be believed, and what wakes it."""

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from .coordinator import OpenEvConfigEntry, Runtime
from .descriptions import CONNECTION, Device, Row


class OpenEvEntity[DeviceT: Device](Entity):
    """An entity made from one row of a table."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: Runtime[DeviceT], row: Row[DeviceT]) -> None:
        """Take the identity from the config entry's runtime and everything else from the row."""
        self.entity_description = row
        self._listens = row.listens
        self._needs_link = row.needs_link
        self.device = runtime.device
        self._attr_translation_key = row.translation_key or row.key
        self._attr_unique_id = runtime.unique_id_of(row.key)
        self._attr_device_info = runtime.device_info
        if row.enabled_fn is not None:
            self._attr_entity_registry_enabled_default = row.enabled_fn(runtime.device)

    @property
    @override
    def available(self) -> bool:
        """A device that is silent keeps its last values; only without any, or without a way to it, there is nothing."""
        return (self.device.link_connected or not self._needs_link) and (
            not self._listens or self.device.knows(self._listens)
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what the row names, and to the link's coming and going."""
        self.async_on_remove(self.device.subscribe((*self._listens, CONNECTION), self._changed))

    @callback
    def _changed(self) -> None:
        self.async_write_ha_state()


class OpenEvControl[DeviceT: Device](OpenEvEntity[DeviceT]):
    """An entity that can be used before the device has reported anything about it."""

    @property
    @override
    def available(self) -> bool:
        """A command needs a way to the device and no more."""
        return self.device.link_connected


@callback
def former_entities(hass: HomeAssistant, entry: ConfigEntry, unique_id: str) -> set[tuple[str, str]]:
    """The platforms and keys of the entities that a device had when it was last loaded."""
    prefix = f"{unique_id}_"
    return {
        (former.domain, former.unique_id.removeprefix(prefix))
        for former in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }


@callback
def forget_former_entities[DeviceT: Device](hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT]) -> None:
    """Take from the registry what the device no longer has: another type has other controls, an option took some away."""
    registry = er.async_get(hass)
    present = {
        (platform, runtime.unique_id_of(key))
        for runtime in entry.runtime_data.devices
        for platform, key in runtime.rows.entities()
    }
    for former in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (former.domain, former.unique_id) not in present:
            registry.async_remove(former.entity_id)
