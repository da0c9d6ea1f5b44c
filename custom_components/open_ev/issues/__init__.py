"""What a user should mend: how it is shown, and how it goes."""

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN
from ..names import name_of


class Issues:
    """Keeps the repair issues of one device true while its entry is loaded.

    An issue goes when it is known to be mended, and not while nothing is known: who has ignored it would see it again
    after each restart.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take the entry of the device."""
        self._hass = hass
        self._of = entry

    def _show(self, key: str, wanted: bool | None, *, fixable: bool = False) -> None:
        if wanted:
            show_issue(self._hass, self._of, key, fixable=fixable)
        elif wanted is not None:
            ir.async_delete_issue(self._hass, DOMAIN, _issue_id(key, self._of))


@callback
def show_issue(hass: HomeAssistant, entry: ConfigEntry, key: str, *, fixable: bool = False, **told: str) -> None:
    """Show an issue of a device. Its text may name what is `told`, and its mending gets it."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(key, entry),
        data={"entry_id": entry.entry_id, "key": key, **told},
        is_fixable=fixable,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={CONF_NAME: name_of(hass, entry), **told},
    )


@callback
def async_forget_issues_of_disabled(hass: HomeAssistant) -> None:
    """Take the issues of a device away when it is switched off, loaded or not: nobody can mend what is not there."""

    @callback
    def changed(_: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.disabled_by is not None and entry.state is ConfigEntryState.NOT_LOADED:
            forget_issues(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)


@callback
def forget_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take the issues of a device away, mended or not."""
    ending = _issue_id("", entry)
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.endswith(ending):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_id(key: str, entry: ConfigEntry) -> str:
    return f"{key}_{entry.entry_id}"
