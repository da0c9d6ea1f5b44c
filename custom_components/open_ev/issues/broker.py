"""What a user should mend about a vehicle on a broker."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..clients.ovms.mqtt import MqttLink
from ..const import CONF_LOGIN_CHANGED
from ..coordinator import BrokerVehicleConfigEntry
from .vehicle import VehicleIssues

STORED_COMMANDS: Final = "stored_commands"
OPEN_BROKER: Final = "open_broker"
MODULE_MAYBE_REFUSED: Final = "module_maybe_refused"

# Less patience than with silence alone, where there is a reason to expect it.
REFUSAL_WORTH_A_WORD: Final = timedelta(days=1)


class BrokerIssues(VehicleIssues[MqttLink]):
    """Keeps the repair issues of one vehicle on a broker true while its entry is loaded."""

    def __init__(self, hass: HomeAssistant, entry: BrokerVehicleConfigEntry) -> None:
        """Take the loaded entry whose vehicle and broker are looked at."""
        super().__init__(hass, entry)
        self._link = entry.runtime_data.link

    @callback
    @override
    def _look(self) -> None:
        # That there are none is known only some time after each connection.
        self._show(STORED_COMMANDS, self._link.has_stored_commands or None, fixable=True)
        self._show(OPEN_BROKER, self._broker_is_open())
        self._show(MODULE_MAYBE_REFUSED, self._maybe_refused())
        super()._look()

    @callback
    @override
    def _look_again(self, now: datetime) -> None:
        if self._link.connected and not self._link.has_stored_commands:
            self._show(STORED_COMMANDS, wanted=False)
        super()._look_again(now)

    @override
    def _silent_for_long(self) -> bool | None:
        silent = super()._silent_for_long()
        return silent and not self._maybe_refused()

    def _maybe_refused(self) -> bool | None:
        """Whether the module is silent since the login at the broker was changed here.

        A broker tells nobody whom it refuses, so that is as much as can be known.
        """
        vehicle = self._entry.runtime_data.device
        if vehicle.online is None or vehicle.last_heard is None:
            return None
        changed = dt_util.parse_datetime(self._entry.data.get(CONF_LOGIN_CHANGED, ""))
        if vehicle.online or changed is None:
            return False
        return vehicle.last_heard < changed < dt_util.utcnow() - REFUSAL_WORTH_A_WORD

    def _broker_is_open(self) -> bool | None:
        """Whether the broker let this connection in without knowing who it is: then it lets in everybody."""
        broker = self._link.connected_to
        if broker is None:
            return None
        # Headers are for a proxy before the broker, which may ask who comes.
        certified = broker.tls is not None and broker.tls.certificate is not None
        return not (broker.username or broker.websocket_headers or certified)
