"""The sensors of a charge point: the EVSE itself, and the session of ours that is open there, or else was the last."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower

from ...clients.ocpi.charge_point import ChargePoint
from ...clients.ocpi.models import EvseStatus, SessionStatus
from .. import CountRow, SensorRow

# Where there has been no session there is nothing to show, which is known all the same.
_SESSION = ("session_start", "status")

SENSORS: tuple[SensorRow[ChargePoint], ...] = (
    SensorRow(
        key="status",
        listens=("status",),
        device_class=SensorDeviceClass.ENUM,
        options=list(EvseStatus),
        value_fn=lambda point: point.text("status"),
    ),
    CountRow(
        key="session_energy",
        listens=("session_energy", *_SESSION),
        device_class=SensorDeviceClass.ENERGY,
        # An operator may correct it downwards, and the next session may be longer at its first look than this one was.
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda point: point.number("session_energy"),
        since_fn=lambda point: point.moment("session_start"),
    ),
    CountRow(
        key="session_cost",
        listens=("session_cost", "session_currency", *_SESSION),
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value_fn=lambda point: point.number("session_cost"),
        since_fn=lambda point: point.moment("session_start"),
        unit_fn=lambda point: point.text("session_currency"),
    ),
    SensorRow(
        key="session_start",
        listens=_SESSION,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda point: point.moment("session_start"),
    ),
    # Enabled, for a start that waits for the cable shows nowhere else.
    SensorRow(
        key="session_status",
        listens=("session_status", "status"),
        device_class=SensorDeviceClass.ENUM,
        options=list(SessionStatus),
        value_fn=lambda point: point.text("session_status"),
    ),
    SensorRow(
        key="reserved_until",
        listens=("reserved_until", "status"),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda point: point.moment("reserved_until"),
    ),
    SensorRow(
        key="maximum_power",
        listens=("max_power", "status"),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda point: point.number("max_power"),
    ),
)
