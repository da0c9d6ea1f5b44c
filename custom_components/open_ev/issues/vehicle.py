"""What a user should mend about a vehicle."""

from datetime import datetime, timedelta
from typing import ClassVar, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..clients.ovms.commands import FIRMWARE_3_3_006
from ..clients.ovms.mqtt import MqttLink
from ..clients.ovms.vehicle import Aspect, Link, Vehicle
from ..const import CONF_LOGIN_CHANGED
from ..coordinator import MqttVehicleConfigEntry, VehicleConfigEntry
from . import Issues

# A car that stands without network for a holiday is no fault; one that drives is heard of every day.
SILENCE_WORTH_A_WORD = timedelta(days=14)
# Less patience where there is a reason to expect it.
REFUSAL_WORTH_A_WORD = timedelta(days=1)
LOOK_AGAIN = timedelta(hours=12)

STORED_COMMANDS = "stored_commands"
OPEN_BROKER = "open_broker"
FIRMWARE_TOO_OLD = "firmware_too_old"
MODULE_SILENT = "module_silent"
MODULE_MAYBE_REFUSED = "module_maybe_refused"


class VehicleIssues[LinkT: Link](Issues):
    """Keeps the repair issues of one vehicle true while its entry is loaded, whatever its link."""

    silent_key: ClassVar = MODULE_SILENT

    def __init__(self, hass: HomeAssistant, entry: VehicleConfigEntry[LinkT]) -> None:
        """Take the loaded entry whose vehicle is looked at."""
        super().__init__(hass, entry)
        self._entry = entry

    @callback
    def start(self) -> None:
        """Look now, when something changes, and now and then."""
        vehicle = self._entry.runtime_data.device
        names = ("m.version", Aspect.CONNECTION, Aspect.HEARD)
        self._entry.async_on_unload(vehicle.subscribe(names, self._look))
        self._entry.async_on_unload(async_track_time_interval(self._hass, self._look_again, LOOK_AGAIN))
        self._look()

    @callback
    def _look(self) -> None:
        vehicle = self._entry.runtime_data.device
        self._show(FIRMWARE_TOO_OLD, _firmware_lacks_something(vehicle))
        self._show(self.silent_key, self._silent_for_long())

    @callback
    def _look_again(self, now: datetime) -> None:
        self._look()

    def _silent_for_long(self) -> bool | None:
        vehicle = self._entry.runtime_data.device
        if vehicle.online is None or vehicle.last_heard is None:
            return None
        return not vehicle.online and dt_util.utcnow() - vehicle.last_heard > SILENCE_WORTH_A_WORD


class BrokerIssues(VehicleIssues[MqttLink]):
    """Those of a vehicle on a broker, which has some of its own."""

    def __init__(self, hass: HomeAssistant, entry: MqttVehicleConfigEntry) -> None:
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


def _firmware_lacks_something(vehicle: Vehicle) -> bool | None:
    return None if vehicle.firmware is None else vehicle.firmware < FIRMWARE_3_3_006
