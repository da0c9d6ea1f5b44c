"""What its user calls a device."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN


@callback
def name_of(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """The name that a user has given to the device of an entry, else the entry's title.

    An entry of several devices goes by its title.
    """
    own = (DOMAIN, entry.unique_id or entry.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next((each.name_by_user for each in devices if own in each.identifiers), None) or entry.title
