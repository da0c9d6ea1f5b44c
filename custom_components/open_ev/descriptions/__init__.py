"""The tables that say which entities exist, and the shapes of their rows.

A row is an entity: its key names it, its unit and class say what it is, and its functions say where its value comes
from and how it is set. Names, state texts and icons are in `translations/` and `icons.json` under the row's key.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.button import ButtonEntityDescription
from homeassistant.components.climate import ClimateEntityDescription
from homeassistant.components.device_tracker import TrackerEntityDescription
from homeassistant.components.event import EventEntityDescription
from homeassistant.components.lock import LockEntityDescription
from homeassistant.components.number import NumberEntityDescription
from homeassistant.components.select import SelectEntityDescription
from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.components.time import TimeEntityDescription
from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

# What every device calls the coming and going of the way to it, and of itself.
CONNECTION = "connection"


class Device(Protocol):
    """What an entity needs to know of the thing behind it, be it a vehicle, a charger or a charge point."""

    @property
    def link_connected(self) -> bool:
        """Whether there is a way to the device now."""

    def knows(self, names: Iterable[str]) -> bool:
        """Whether anything is known of what these names stand for."""

    def subscribe(self, names: Iterable[str], listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener when one of the named values changed."""

    async def wait_until(self, condition: Callable[[], bool], names: Iterable[str], *, seconds: float) -> bool:
        """Wait until a condition on the named values holds; False if it did not in time."""


@dataclass(frozen=True, kw_only=True)
class Row[DeviceT: Device](EntityDescription):
    """What every row says.

    `listens` are the metrics and aspects that the entity shows: it is woken by them only, and it is unavailable while
    nothing is known of any of them; the first of them is the one that it cannot do without. `needs_link` is False for
    what stays true when the way to the device is lost. `enabled_fn` decides whether it is among the entities a new
    device starts with, where that depends on the device.
    """

    listens: tuple[str, ...] = ()
    needs_link: bool = True
    exists_fn: Callable[[DeviceT], bool] = lambda _: True
    enabled_fn: Callable[[DeviceT], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class SensorRow[DeviceT: Device](Row[DeviceT], SensorEntityDescription):
    """A sensor. `open_options` lets an enumeration show what the firmware came to publish after this table was written."""

    value_fn: Callable[[DeviceT], str | float | datetime | None]
    attributes_fn: Callable[[DeviceT], Mapping[str, object]] | None = None
    open_options: bool = False


@dataclass(frozen=True, kw_only=True)
class CountRow[DeviceT: Device](SensorRow[DeviceT]):
    """A sensor that counts from a moment on, which is told, as is its unit where the row has none."""

    since_fn: Callable[[DeviceT], datetime | None]
    unit_fn: Callable[[DeviceT], str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class BinarySensorRow[DeviceT: Device](Row[DeviceT], BinarySensorEntityDescription):
    """A binary sensor."""

    value_fn: Callable[[DeviceT], bool | None]


@dataclass(frozen=True, kw_only=True)
class LockRow[DeviceT: Device](Row[DeviceT], LockEntityDescription):
    """A lock. With a format, its code is asked for at each use and goes to the device, which is who knows the right one.

    Without a format nobody is asked, and the functions get an empty code.
    """

    locked_fn: Callable[[DeviceT], bool | None]
    lock_fn: Callable[[DeviceT, str], Awaitable[object]]
    unlock_fn: Callable[[DeviceT, str], Awaitable[object]]
    code_format: str | None = None


@dataclass(frozen=True, kw_only=True)
class SwitchRow[DeviceT: Device](Row[DeviceT], SwitchEntityDescription):
    """A switch."""

    on_fn: Callable[[DeviceT], bool | None]
    turn_on_fn: Callable[[DeviceT], Awaitable[object]]
    turn_off_fn: Callable[[DeviceT], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class ClimateRow[DeviceT: Device](Row[DeviceT], ClimateEntityDescription):
    """A cabin's climate control that can be started and stopped but not told a temperature."""

    on_fn: Callable[[DeviceT], bool | None]
    heating_fn: Callable[[DeviceT], bool | None]
    cooling_fn: Callable[[DeviceT], bool | None]
    temperature_fn: Callable[[DeviceT], float | None]
    turn_on_fn: Callable[[DeviceT], Awaitable[object]]
    turn_off_fn: Callable[[DeviceT], Awaitable[object]]
    can_turn_off_fn: Callable[[DeviceT], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class NumberRow[DeviceT: Device](Row[DeviceT], NumberEntityDescription):
    """A number to set. `min_fn`, `max_fn` and `step_fn` narrow the row's range to that of the device, where it tells one."""

    value_fn: Callable[[DeviceT], float | None]
    set_fn: Callable[[DeviceT, float], Awaitable[object]]
    min_fn: Callable[[DeviceT], float | None] = lambda _: None
    max_fn: Callable[[DeviceT], float | None] = lambda _: None
    step_fn: Callable[[DeviceT], float | None] = lambda _: None


@dataclass(frozen=True, kw_only=True)
class SelectRow[DeviceT: Device](Row[DeviceT], SelectEntityDescription):
    """A choice. `options_fn` leaves of the row's options those that the device knows, where it tells them."""

    value_fn: Callable[[DeviceT], str | None]
    select_fn: Callable[[DeviceT, str], Awaitable[object]]
    options_fn: Callable[[DeviceT], Sequence[str]] | None = None


@dataclass(frozen=True, kw_only=True)
class TimeRow[DeviceT: Device](Row[DeviceT], TimeEntityDescription):
    """A time of day to set, on the device's own clock."""

    value_fn: Callable[[DeviceT], time | None]
    set_fn: Callable[[DeviceT, time], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class ButtonRow[DeviceT: Device](Row[DeviceT], ButtonEntityDescription):
    """A button."""

    press_fn: Callable[[DeviceT], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class TrackerRow[DeviceT: Device](Row[DeviceT], TrackerEntityDescription):
    """A place on the map: degrees, and the radius in metres within which the device really is."""

    position_fn: Callable[[DeviceT], tuple[float, float] | None]
    accuracy_fn: Callable[[DeviceT], float]


type FireEvent = Callable[[str, Mapping[str, str | float]], None]

# The type of an event that the table does not list; its attributes say which it is.
OTHER_EVENT = "other"


@dataclass(frozen=True, kw_only=True)
class EventRow[DeviceT: Device](Row[DeviceT], EventEntityDescription):
    """Something that happens: `listen_fn` connects the device's news to the entity, with an event type and attributes.

    What the table does not list is shown as `OTHER_EVENT`. `source` is what the way to the device must carry for it,
    where not every way does.
    """

    listen_fn: Callable[[DeviceT, FireEvent], Callable[[], None]]
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rows[DeviceT: Device]:
    """The rows of one device, by platform."""

    sensors: tuple[SensorRow[DeviceT], ...] = ()
    binary_sensors: tuple[BinarySensorRow[DeviceT], ...] = ()
    locks: tuple[LockRow[DeviceT], ...] = ()
    switches: tuple[SwitchRow[DeviceT], ...] = ()
    climates: tuple[ClimateRow[DeviceT], ...] = ()
    numbers: tuple[NumberRow[DeviceT], ...] = ()
    selects: tuple[SelectRow[DeviceT], ...] = ()
    times: tuple[TimeRow[DeviceT], ...] = ()
    buttons: tuple[ButtonRow[DeviceT], ...] = ()
    trackers: tuple[TrackerRow[DeviceT], ...] = ()
    events: tuple[EventRow[DeviceT], ...] = ()

    def entities(self) -> set[tuple[str, str]]:
        """The platform and the key of every entity of the device."""
        by_platform: dict[Platform, tuple[Row[DeviceT], ...]] = {
            Platform.SENSOR: self.sensors,
            Platform.BINARY_SENSOR: self.binary_sensors,
            Platform.LOCK: self.locks,
            Platform.SWITCH: self.switches,
            Platform.CLIMATE: self.climates,
            Platform.NUMBER: self.numbers,
            Platform.SELECT: self.selects,
            Platform.TIME: self.times,
            Platform.BUTTON: self.buttons,
            Platform.DEVICE_TRACKER: self.trackers,
            Platform.EVENT: self.events,
        }
        return {(platform, row.key) for platform, rows in by_platform.items() for row in rows}
