"""The binary sensors of a charger."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ...clients.openevse.charger import Charger
from ...clients.openevse.models import Ability, Check
from .. import BinarySensorRow
from .reading_rows import flag
from .sensors import diverts, shapes


def check_reading(check: Check) -> str:
    """The reading, and the entity's key, of a safety check."""
    return f"check_{check}"


def can_limit(charger: Charger) -> bool:
    """Whether sessions of this charger can have a limit."""
    return charger.can(Ability.ENERGY_LIMIT) or charger.can(Ability.TIME_LIMIT)


def _socket_unlocked(charger: Charger) -> bool | None:
    """Home Assistant's binary lock is on when it is open."""
    locked = charger.flag("socket_locked")
    return None if locked is None else not locked


CHARGING: tuple[BinarySensorRow[Charger], ...] = (
    flag("vehicle_connected", "vehicle_connected", BinarySensorDeviceClass.PLUG, enabled=True),
    # The relay is closed for a car. Beside the switch, because Home Assistant's triggers for charging look at this class.
    flag("charging", "charging", BinarySensorDeviceClass.BATTERY_CHARGING, enabled=True),
    flag("fault", "fault", BinarySensorDeviceClass.PROBLEM, enabled=True),
    # Where it can be locked, the lock shows it. Controllers tell of a lock whether or not there is a socket.
    BinarySensorRow(
        key="socket",
        listens=("socket_locked",),
        device_class=BinarySensorDeviceClass.LOCK,
        entity_registry_enabled_default=False,
        exists_fn=lambda charger: not charger.can(Ability.SOCKET_LOCK),
        value_fn=_socket_unlocked,
    ),
    flag("manual_override", "manual_override"),
    flag("limit_set", "limit_set", exists_fn=can_limit),
    flag("divert_active", "divert_active", BinarySensorDeviceClass.RUNNING, enabled_fn=diverts),
    flag(
        "shaper_active",
        "shaper_active",
        BinarySensorDeviceClass.RUNNING,
        enabled_fn=shapes,
        exists_fn=lambda charger: not charger.can(Ability.SHAPER),
    ),
    flag("shaper_fed", "shaper_fed", diagnostic=True),
    flag("ohm_hour", "ohm_hour", diagnostic=True),
)

# Where they can be set, the switches show them.
CHECKS: tuple[BinarySensorRow[Charger], ...] = tuple(
    flag(
        check_reading(check),
        check_reading(check),
        diagnostic=True,
        exists_fn=lambda charger: not charger.can(Ability.CHECKS),
    )
    for check in Check
)

GATEWAY: tuple[BinarySensorRow[Charger], ...] = (
    # True whether or not there is a way to the charger now, so it listens to nothing else.
    BinarySensorRow(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        needs_link=False,
        value_fn=lambda charger: charger.link_connected,
    ),
    flag("controller_connected", "controller_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("heartbeat_missed", "heartbeat_missed", BinarySensorDeviceClass.PROBLEM, diagnostic=True),
    flag("wifi_connected", "wifi_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("ethernet_connected", "ethernet_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("mqtt_connected", "mqtt_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("emoncms_connected", "emoncms_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("ocpp_connected", "ocpp_connected", BinarySensorDeviceClass.CONNECTIVITY, diagnostic=True),
    flag("firmware_updating", "updating", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    flag("rfid_failure", "rfid_failure", BinarySensorDeviceClass.PROBLEM, diagnostic=True),
    flag("energy_history_ready", "history_ready", diagnostic=True),
)

BINARY_SENSORS: tuple[BinarySensorRow[Charger], ...] = (*CHARGING, *CHECKS, *GATEWAY)
