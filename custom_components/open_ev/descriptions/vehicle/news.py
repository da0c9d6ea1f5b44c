"""Where a vehicle is, and what it says of its own accord."""

from collections.abc import Callable, Mapping
from dataclasses import replace
import re

from ...clients.ovms.notifications import NotificationKind
from ...clients.ovms.vehicle import Aspect, Unsubscribe, Vehicle
from .. import OTHER_EVENT, EventRow, FireEvent, TrackerRow

# A satellite receiver under the open sky is right within about 5 m; poor geometry of the satellites multiplies that.
GPS_ERROR_METRES = 5.0


def _accuracy(vehicle: Vehicle) -> float:
    return GPS_ERROR_METRES * max(1.0, vehicle.number("v.p.gpshdop") or 1.0)


def _position(vehicle: Vehicle) -> tuple[float, float] | None:
    position = vehicle.position
    return None if position is None else (position.latitude, position.longitude)


TRACKERS: tuple[TrackerRow[Vehicle], ...] = (
    TrackerRow(
        key="location",
        listens=(Aspect.POSITION,),
        position_fn=_position,
        accuracy_fn=_accuracy,
    ),
)

ALERTS = (
    "alarm.sounding",
    "alarm.stopped",
    "batt.12v.alert",
    "batt.12v.recovered",
    "batt.12v.shutdown",
    "batt.bms.alert",
    "batt.soc.alert",
    "charge.stopped",
    "flatbed.moved",
    "modem.no_pincode",
    "modem.wrongpincode",
    "tpms.alert",
    "valet.bounds",
    "valet.hood",
    "valet.trunk",
    "vehicle.idle",
)

NOTIFICATIONS = (
    "charge.done",
    "charge.started",
    "charge.stopped",
    "charge.toppingoff",
    "climatecontrol.schedule",
    "drive.trip.report",
    "heating.started",
    "ota.update",
    "tpms.warning",
    "valet.disabled",
    "valet.enabled",
)

# What carries readings and messages for people need not carry these.
MODULE_EVENTS = "events"

VEHICLE_EVENTS = (
    "vehicle.alarm.off",
    "vehicle.alarm.on",
    "vehicle.asleep",
    "vehicle.awake",
    "vehicle.charge.finish",
    "vehicle.charge.pilot.off",
    "vehicle.charge.pilot.on",
    "vehicle.charge.prepare",
    "vehicle.charge.start",
    "vehicle.charge.stop",
    "vehicle.locked",
    "vehicle.off",
    "vehicle.on",
    "vehicle.unlocked",
    "vehicle.valet.off",
    "vehicle.valet.on",
)

# Events without anything to them but what the news above, a sensor or the connection tells already.
_ECHOES = (
    "app.",
    "notify.",
    "server.",
    "vehicle.alert.",
    "vehicle.aux.12v.",
    "vehicle.charge.12v.",
    "vehicle.charge.mode",
    "vehicle.charge.state",
    "vehicle.charge.timermode.",
    "vehicle.charge.type",
    "vehicle.gear.",
    "vehicle.headlights.",
)


def _slug(name: str) -> str:
    return name.replace(".", "_")


def _slugs(names: tuple[str, ...]) -> list[str]:
    return [*map(_slug, names), OTHER_EVENT]


def _tell(*kinds: NotificationKind) -> Callable[[Vehicle, FireEvent], Unsubscribe]:
    """Pass on the notifications of some kinds."""

    def listen(vehicle: Vehicle, fire: FireEvent) -> Unsubscribe:
        return vehicle.subscribe_notifications(
            lambda news: (
                fire(_slug(news.subtype), {"subtype": news.subtype, "text": news.text}) if news.kind in kinds else None
            )
        )

    return listen


def _tell_events(vehicle: Vehicle, fire: FireEvent) -> Unsubscribe:
    """Pass on the module's events but for those that would fill the activity with what is known."""
    return vehicle.subscribe_events(
        lambda name: None if name.startswith(_ECHOES) else fire(_slug(name), {"event": name})
    )


EVENTS: tuple[EventRow[Vehicle], ...] = (
    EventRow(
        key="alert",
        event_types=_slugs(ALERTS),
        listen_fn=_tell(NotificationKind.ALERT, NotificationKind.ERROR),
    ),
    EventRow(
        key="notification",
        event_types=_slugs(NOTIFICATIONS),
        listen_fn=_tell(NotificationKind.INFO),
    ),
    EventRow(
        key="vehicle_event",
        event_types=_slugs(VEHICLE_EVENTS),
        source=MODULE_EVENTS,
        listen_fn=_tell_events,
    ),
)

# The module's own places, by name; and how a text of firmware 3.3.006 tells a position: `(@52.516275,13.377704)`.
_PLACE_EVENTS = ("location.enter.", "location.leave.")
_POSITION = re.compile(r"@?-?\d{1,3}\.\d{4,}, ?-?\d{1,3}\.\d{4,}")


def without_places(row: EventRow[Vehicle]) -> EventRow[Vehicle]:
    """The same news with what tells a place left out, for a user who does not show where the car is."""

    def listen(vehicle: Vehicle, fire: FireEvent) -> Unsubscribe:
        def fire_without_place(event_type: str, attributes: Mapping[str, str | float]) -> None:
            if not str(attributes.get("event", "")).startswith(_PLACE_EVENTS):
                fire(event_type, {name: _POSITION.sub("...", str(value)) for name, value in attributes.items()})

        return row.listen_fn(vehicle, fire_without_place)

    return replace(row, listen_fn=listen)
