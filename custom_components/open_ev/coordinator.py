"""What a loaded config entry is: the device behind it, how it lives, and what its errors mean to Home Assistant."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo

from .clients.ocpi import errors as ocpi
from .clients.ocpi.charge_point import ChargePoint
from .clients.ocpi.operator import Operator
from .clients.openevse import errors as openevse
from .clients.openevse.charger import Charger
from .clients.openevse.models import NOBODY, OWN
from .clients.ovms import errors as ovms
from .clients.ovms.mqtt import MqttLink
from .clients.ovms.server import ServerLink
from .clients.ovms.vehicle import Link, Vehicle
from .const import DOMAIN
from .descriptions import Device, Rows
from .settings.charger import charger_error_key
from .settings.operator import operator_acting_key, operator_said

type ClientError = ovms.OvmsError | openevse.OpenEvseError | ocpi.OcpiError


@callback
def _forget(_: ClientError) -> None:
    """Take no note of an error."""


@dataclass(frozen=True, kw_only=True)
class Runtime[DeviceT: Device]:
    """A device while its config entry is loaded.

    `note` is told of what an action of the user's ended in. `subentry_id` says which part of the entry the device is, where the
    entry is more than one device.
    """

    device: DeviceT
    unique_id: str
    device_info: DeviceInfo
    rows: Rows[DeviceT]
    note: Callable[[ClientError], None] = _forget
    subentry_id: str | None = None

    @property
    def devices(self) -> tuple[Runtime[DeviceT], ...]:
        """The devices of an entry that is one device."""
        return (self,)

    def unique_id_of(self, key: str) -> str:
        """The unique id of the entity with this key."""
        return f"{self.unique_id}_{key}"


@dataclass(frozen=True, kw_only=True)
class VehicleRuntime[LinkT: Link](Runtime[Vehicle]):
    """A vehicle with the link that it is reached by."""

    link: LinkT


@dataclass(frozen=True, kw_only=True)
class OperatorRuntime:
    """An operator while its config entry is loaded, with the charge points that are chosen there."""

    operator: Operator
    devices: tuple[Runtime[ChargePoint], ...]


class Loaded[DeviceT: Device](Protocol):
    """What a config entry has while it is loaded, whatever it is."""

    @property
    def devices(self) -> tuple[Runtime[DeviceT], ...]:
        """The devices that have entities."""


type OpenEvConfigEntry[DeviceT: Device] = ConfigEntry[Loaded[DeviceT]]
type DeviceConfigEntry[DeviceT: Device] = ConfigEntry[Runtime[DeviceT]]
type VehicleConfigEntry[LinkT: Link = Link] = ConfigEntry[VehicleRuntime[LinkT]]
type BrokerVehicleConfigEntry = VehicleConfigEntry[MqttLink]
type ServerVehicleConfigEntry = VehicleConfigEntry[ServerLink]
type ChargerConfigEntry = DeviceConfigEntry[Charger]
type OperatorConfigEntry = ConfigEntry[OperatorRuntime]


@asynccontextmanager
async def acting(note: Callable[[ClientError], None] = _forget) -> AsyncGenerator[None]:
    """Turn what a device says to a command into what Home Assistant tells the user."""
    try:
        yield
    except (ovms.InvalidArgument, openevse.InvalidArgument, ocpi.InvalidArgument) as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"invalid_{error.reason}",
            translation_placeholders={"argument": error.argument},
        ) from error
    except (ovms.OvmsError, openevse.OpenEvseError, ocpi.OcpiError) as error:
        note(error)
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key=_error_key(error), translation_placeholders=said(error)
        ) from error


def _error_key(error: ClientError) -> str:
    match error:
        case ovms.OvmsError():
            return _vehicle_error_key(error)
        case openevse.OpenEvseError():
            return _charger_error_key(error)
    return operator_acting_key(error)


_VEHICLE_ERROR_KEYS: dict[type[ovms.OvmsError], str] = {
    ovms.Unsupported: "unsupported",
    ovms.Failed: "failed",
    ovms.FailedWithPin: "failed_with_pin",
    ovms.UsageError: "usage_error",
    ovms.UnknownCommand: "unknown_command",
    ovms.Busy: "vehicle_busy",
    ovms.NoAnswer: "no_answer",
    ovms.EmptyAnswer: "empty_answer",
    ovms.VehicleOffline: "vehicle_offline",
    ovms.FirmwareTooOld: "firmware_too_old",
    ovms.LinkError: "link_down",
    ovms.CannotConnect: "link_down",
    ovms.NoBroker: "link_down",
    ovms.ConnectionRefused: "link_down",
    ovms.TlsFailed: "link_down",
}


# Who cannot be in the way: nobody, we ourselves, or who is not known.
_NOBODY_ELSE = {None, OWN, NOBODY}


def _vehicle_error_key(error: ovms.OvmsError) -> str:
    return _VEHICLE_ERROR_KEYS[type(error)]


def _charger_error_key(error: openevse.OpenEvseError) -> str:
    """The translation key of what a charger did not do; what is wrong with the way to it has the same text everywhere."""
    match error:
        case openevse.WrongCharger():
            return "another_charger"
        case openevse.RapiBlocked():
            return "rapi_blocked"
        case openevse.RapiRefused():
            return "rapi_refused"
        case openevse.RapiFailed():
            return "rapi_failed"
        case openevse.TimerDecides():
            return "charger_timer_decides"
        case openevse.DisplayBlocked():
            return "charger_display_blocked"
        case openevse.VehicleSourceNotSet():
            return "vehicle_source_not_set"
        case openevse.NotAvailable():
            return "charger_not_available"
        case openevse.Unconfirmed() if error.claim in _NOBODY_ELSE:
            return "charger_unconfirmed"
        case openevse.Unconfirmed():
            return "charger_overruled"
        case openevse.Unseen():
            return "charger_unseen"
    return charger_error_key(error)


def said(error: ClientError) -> dict[str, str]:
    """What the text of an error names."""
    match error:
        case ovms.CommandRefused() | openevse.Refused():
            return {"reply": error.reply}
        case ovms.FirmwareTooOld():
            return {"needed": error.needed}
        case openevse.RapiFailed():
            return {"reason": error.reason}
        case openevse.Unconfirmed():
            return {"claim": error.claim or ""}
        case ocpi.OcpiError():
            return operator_said(error)
    return {}
