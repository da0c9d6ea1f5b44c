"""The sensors of the module and its networks."""

from datetime import datetime, timedelta

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfInformation

from ....clients.ovms.vehicle import Aspect, Vehicle
from ... import SensorRow
from ...measure import COUNT, Measure
from ..metric_rows import bits, choice, moment, quantity, text

_MEMORY = Measure(SensorDeviceClass.DATA_SIZE, UnitOfInformation.BYTES, 0)

# Uptime is counted in a signed 32-bit integer.
_MAX_UPTIME_SECONDS = 2**31


def _restarted(vehicle: Vehicle) -> datetime | None:
    """The moment the module started, which stays the same while its uptime grows."""
    seconds = vehicle.number("m.monotonic")
    read_at = vehicle.read_at("m.monotonic")
    if seconds is None or read_at is None or not 0 <= seconds < _MAX_UPTIME_SECONDS:
        return None
    return read_at - timedelta(seconds=seconds)


MODULE_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    # True whether or not there is a way to the car now.
    SensorRow(
        key="last_heard",
        listens=(Aspect.HEARD,),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        needs_link=False,
        value_fn=lambda vehicle: vehicle.last_heard,
    ),
    # A value that the link had stored is as old as the module's stored clock.
    SensorRow(
        key="module_restarted",
        listens=("m.monotonic", "m.time.utc"),
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_restarted,
    ),
    moment("module_clock", "m.time.utc", diagnostic=True),
    text("module_firmware", "m.version", diagnostic=True),
    text("module_hardware", "m.hardware", diagnostic=True),
    text("module_serial_number", "m.serial", diagnostic=True),
    quantity(
        "module_free_memory",
        "m.freeram",
        measure=_MEMORY,
        shown_in=UnitOfInformation.KIBIBYTES,
        diagnostic=True,
    ),
    quantity("module_tasks", "m.tasks", measure=COUNT, diagnostic=True),
    bits("module_inputs", "m.egpio.input"),
    bits("module_inputs_monitored", "m.egpio.monitor"),
    bits("module_outputs", "m.egpio.output"),
    text("vehicle_type", "v.type", diagnostic=True),
    choice("network_type", "m.net.type", diagnostic=True),
    text("network_provider", "m.net.provider", diagnostic=True),
    quantity("network_signal", "m.net.sq", diagnostic=True),
    text("wifi_network", "m.net.wifi.network", diagnostic=True),
    quantity("wifi_signal", "m.net.wifi.sq", diagnostic=True),
    text("modem_network", "m.net.mdm.network", diagnostic=True),
    quantity("modem_signal", "m.net.mdm.sq", diagnostic=True),
    choice("modem_registration", "m.net.mdm.netreg", diagnostic=True),
    text("modem_mode", "m.net.mdm.mode", diagnostic=True),
    text("modem_model", "m.net.mdm.model", diagnostic=True),
    quantity("server_v2_clients", "s.v2.peers", measure=COUNT, diagnostic=True),
    quantity("server_v3_clients", "s.v3.peers", measure=COUNT, diagnostic=True),
)
