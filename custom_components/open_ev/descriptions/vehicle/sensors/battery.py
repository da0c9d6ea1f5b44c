"""The sensors of the traction battery, its cells, and the 12 V battery."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import PERCENTAGE, UnitOfEnergy

from ....clients.ovms.vehicle import Vehicle
from ... import SensorRow
from ...measure import Measure
from ..metric_rows import cells, furthest, highest, levels, lowest, mean, quantity, text

_BATTERY_LEVEL = Measure(SensorDeviceClass.BATTERY, PERCENTAGE, 0)
_STORED_ENERGY = Measure(SensorDeviceClass.ENERGY_STORAGE, UnitOfEnergy.KILO_WATT_HOUR, 1)

# Power and current keep the firmware's sign: what leaves the battery is positive, so charging and recuperation are
# negative.
BATTERY_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    quantity("state_of_charge", "v.b.soc", measure=_BATTERY_LEVEL, enabled=True),
    quantity("battery_health", "v.b.soh", enabled=True),
    text("battery_condition", "v.b.health", diagnostic=True),
    quantity("battery_temperature", "v.b.temp", enabled=True),
    quantity("battery_voltage", "v.b.voltage"),
    quantity("battery_current", "v.b.current"),
    quantity("battery_power", "v.b.power", enabled=True),
    quantity("battery_capacity", "v.b.capacity", measure=_STORED_ENERGY),
    quantity("battery_charge_capacity", "v.b.cac"),
    quantity("range_estimated", "v.b.range.est", enabled=True),
    quantity("range_ideal", "v.b.range.ideal", enabled=True),
    quantity("range_full", "v.b.range.full"),
    quantity("range_gain", "v.b.range.speed"),
    quantity("consumption", "v.b.consumption"),
    # A trip's counters start again with the next trip, and those of recovered energy also with the next charge.
    quantity("energy_used", "v.b.energy.used", counts_up=True),
    quantity("energy_used_total", "v.b.energy.used.total", counts_up=True),
    quantity("energy_recovered", "v.b.energy.recd", counts_up=True),
    quantity("energy_recovered_total", "v.b.energy.recd.total", counts_up=True),
    quantity("ampere_hours_used", "v.b.coulomb.used", counts_up=True),
    quantity("ampere_hours_used_total", "v.b.coulomb.used.total", counts_up=True),
    quantity("ampere_hours_recovered", "v.b.coulomb.recd", counts_up=True),
    quantity("ampere_hours_recovered_total", "v.b.coulomb.recd.total", counts_up=True),
    quantity("battery_12v_voltage", "v.b.12v.voltage", enabled=True),
    quantity("battery_12v_reference_voltage", "v.b.12v.voltage.ref", diagnostic=True),
    quantity("battery_12v_current", "v.b.12v.current"),
)

CELL_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    quantity("cell_level_average", "v.b.p.level.avg", decimals=1, diagnostic=True),
    quantity("cell_level_highest", "v.b.p.level.max", decimals=1, diagnostic=True),
    quantity("cell_level_lowest", "v.b.p.level.min", decimals=1, diagnostic=True),
    quantity("cell_level_deviation", "v.b.p.level.stddev", decimals=2, diagnostic=True),
    quantity("cell_voltage_average", "v.b.p.voltage.avg", decimals=3, diagnostic=True),
    quantity("cell_voltage_highest", "v.b.p.voltage.max", decimals=3, diagnostic=True),
    quantity("cell_voltage_lowest", "v.b.p.voltage.min", decimals=3, diagnostic=True),
    quantity("cell_voltage_gradient", "v.b.p.voltage.grad", decimals=4, diagnostic=True),
    quantity("cell_voltage_deviation", "v.b.p.voltage.stddev", decimals=4, diagnostic=True),
    quantity("cell_voltage_deviation_highest", "v.b.p.voltage.stddev.max", decimals=4, diagnostic=True),
    cells("cell_voltages", "v.b.c.voltage", mean, decimals=3),
    cells("cell_voltages_highest", "v.b.c.voltage.max", highest, decimals=3),
    cells("cell_voltages_lowest", "v.b.c.voltage.min", lowest, decimals=3),
    cells("cell_voltages_deviation", "v.b.c.voltage.dev.max", furthest, decimals=4),
    levels("cell_voltages_alert", "v.b.c.voltage.alert"),
    quantity("cell_temperature_average", "v.b.p.temp.avg", diagnostic=True),
    quantity("cell_temperature_highest", "v.b.p.temp.max", diagnostic=True),
    quantity("cell_temperature_lowest", "v.b.p.temp.min", diagnostic=True),
    quantity("cell_temperature_deviation", "v.b.p.temp.stddev", decimals=2, diagnostic=True),
    quantity("cell_temperature_deviation_highest", "v.b.p.temp.stddev.max", decimals=2, diagnostic=True),
    cells("cell_temperatures", "v.b.c.temp", mean),
    cells("cell_temperatures_highest", "v.b.c.temp.max", highest),
    cells("cell_temperatures_lowest", "v.b.c.temp.min", lowest),
    cells("cell_temperatures_deviation", "v.b.c.temp.dev.max", furthest, decimals=2),
    levels("cell_temperatures_alert", "v.b.c.temp.alert"),
)
