"""The actions: what no entity can express."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from homeassistant.core import ServiceResponse, SupportsResponse
from homeassistant.helpers.typing import VolDictType

from ..descriptions import Device

type Handler[DeviceT: Device] = Callable[[DeviceT, dict[str, Any]], Coroutine[Any, Any, ServiceResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action[DeviceT: Device]:
    """One action: its fields beside the device, and what it does."""

    handler: Handler[DeviceT]
    fields: VolDictType
    response: SupportsResponse = SupportsResponse.NONE
    admin: bool = False
