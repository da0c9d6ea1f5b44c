"""Rows that show one reading each, as any device has it that is known by the names of its readings."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory

from . import BinarySensorRow, Device, SensorRow


class Readable(Device, Protocol):
    """A device whose readings have names."""

    def value(self, name: str, /) -> object:
        """A reading, None if it is not known."""

    def flag(self, name: str, /) -> bool | None:
        """A reading that is yes or no."""

    def text(self, name: str, /) -> str | None:
        """A reading that is a text."""


def _always(_: Device) -> bool:
    return True


class ReadingRows[DeviceT: Readable]:
    """Makes rows of one kind of device."""

    def flag(
        self,
        key: str,
        reading: str,
        device_class: BinarySensorDeviceClass | None = None,
        *,
        enabled: bool = False,
        enabled_fn: Callable[[DeviceT], bool] | None = None,
        diagnostic: bool = False,
        exists_fn: Callable[[DeviceT], bool] = _always,
    ) -> BinarySensorRow[DeviceT]:
        """A binary sensor of a yes or no."""
        return BinarySensorRow(
            key=key,
            listens=(reading,),
            device_class=device_class,
            entity_category=_category(diagnostic=diagnostic),
            entity_registry_enabled_default=enabled,
            enabled_fn=enabled_fn,
            exists_fn=exists_fn,
            value_fn=lambda device: device.flag(reading),
        )

    def text(self, key: str, reading: str, *, diagnostic: bool = False) -> SensorRow[DeviceT]:
        """A sensor of a free text."""
        return SensorRow(
            key=key,
            listens=(reading,),
            entity_category=_category(diagnostic=diagnostic),
            entity_registry_enabled_default=False,
            value_fn=lambda device: device.text(reading),
        )

    def moment_of(self, reading: str) -> Callable[[DeviceT], datetime | None]:
        """Show a date and time."""

        def value(device: DeviceT) -> datetime | None:
            moment = device.value(reading)
            return moment if isinstance(moment, datetime) else None

        return value

    def moment(self, key: str, reading: str, *, diagnostic: bool = False) -> SensorRow[DeviceT]:
        """A sensor of a date and time."""
        return SensorRow(
            key=key,
            listens=(reading,),
            device_class=SensorDeviceClass.TIMESTAMP,
            entity_category=_category(diagnostic=diagnostic),
            entity_registry_enabled_default=False,
            value_fn=self.moment_of(reading),
        )


def _category(*, diagnostic: bool) -> EntityCategory | None:
    return EntityCategory.DIAGNOSTIC if diagnostic else None
