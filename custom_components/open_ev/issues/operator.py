"""What a user should mend about an operator."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..clients.ocpi.charge_point import CONNECTION
from ..coordinator import OperatorConfigEntry
from . import Issues, show_issue

CHARGE_POINTS_GONE: Final = "charge_points_gone"


class OperatorIssues(Issues):
    """Keeps the repair issues of one operator true while its entry is loaded."""

    def __init__(self, hass: HomeAssistant, entry: OperatorConfigEntry) -> None:
        """Take the loaded entry whose operator is looked at."""
        super().__init__(hass, entry)
        self._entry = entry

    @callback
    def start(self) -> None:
        """Look now, and when something changes."""
        for runtime in self._entry.runtime_data.devices:
            self._entry.async_on_unload(runtime.device.subscribe((CONNECTION,), self._look))
        self._look()

    @callback
    def _look(self) -> None:
        """Show which charge points the operator has no more, or tells nothing of."""
        runtime = self._entry.runtime_data
        if not runtime.operator.link_connected:
            return
        missing = {each.subentry_id for each in runtime.devices if each.device.evse is None}
        gone = [subentry.title for key, subentry in self._entry.subentries.items() if key in missing]
        if gone:
            show_issue(self._hass, self._entry, CHARGE_POINTS_GONE, charge_points=", ".join(gone))
        else:
            self._show(CHARGE_POINTS_GONE, wanted=False)
