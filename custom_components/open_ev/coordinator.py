"""What a loaded config entry is: the device behind it, how it lives, and what its errors mean to Home Assistant."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo

from .clients.ovms import errors
from .clients.ovms.mqtt import MqttLink
from .clients.ovms.vehicle import Vehicle
from .const import DOMAIN
from .descriptions import Device, Rows


@dataclass(frozen=True, kw_only=True)
class Runtime[DeviceT: Device]:
    """A device while its config entry is loaded."""

    device: DeviceT
    unique_id: str
    device_info: DeviceInfo
    rows: Rows[DeviceT]

    def unique_id_of(self, key: str) -> str:
        """The unique id of the entity with this key."""
        return f"{self.unique_id}_{key}"


@dataclass(frozen=True, kw_only=True)
class VehicleRuntime(Runtime[Vehicle]):
    """A vehicle with the link that it is reached by."""

    link: MqttLink


type OpenEvConfigEntry[DeviceT: Device] = ConfigEntry[Runtime[DeviceT]]
type VehicleConfigEntry = ConfigEntry[VehicleRuntime]


@asynccontextmanager
async def acting() -> AsyncGenerator[None]:
    """Turn what a device says to a command into what Home Assistant tells the user."""
    try:
        yield
    except errors.InvalidArgument as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"invalid_{error.reason}",
            translation_placeholders={"argument": error.argument},
        ) from error
    except errors.OvmsError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key=_ERROR_KEYS[type(error)], translation_placeholders=_said(error)
        ) from error


_ERROR_KEYS: dict[type[errors.OvmsError], str] = {
    errors.Unsupported: "unsupported",
    errors.Failed: "failed",
    errors.UsageError: "usage_error",
    errors.UnknownCommand: "unknown_command",
    errors.NoAnswer: "no_answer",
    errors.VehicleOffline: "vehicle_offline",
    errors.FirmwareTooOld: "firmware_too_old",
    errors.LinkError: "link_down",
    errors.CannotConnect: "link_down",
    errors.ConnectionRefused: "link_down",
    errors.TlsFailed: "link_down",
}


def _said(error: errors.OvmsError) -> dict[str, str]:
    match error:
        case errors.CommandRefused():
            return {"reply": error.reply}
        case errors.FirmwareTooOld():
            return {"needed": error.needed}
    return {}
