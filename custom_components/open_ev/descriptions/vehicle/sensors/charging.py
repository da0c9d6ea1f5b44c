"""The sensors of charging, and of the way back: the car as a generator that feeds a house or the grid."""

from homeassistant.const import UnitOfTime

from ....clients.ovms.vehicle import Vehicle
from ....clients.ovms.vehicle_types import Support
from ... import SensorRow
from ..metric_rows import choice, moment, not_negative, quantity, time_of_day


def remaining(key: str, metric: str, *, enabled: bool = False) -> SensorRow[Vehicle]:
    """A time that remains. Home Assistant writes hours with decimals as hours and minutes, and minutes as they are."""
    return quantity(key, metric, value_fn=not_negative(metric), shown_in=UnitOfTime.HOURS, decimals=2, enabled=enabled)


CHARGING_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    # Vehicle modules that have no state for a car that is not charging publish an empty one.
    choice("charge_state", "v.c.state", empty="not_charging", enabled=True),
    choice("charge_substate", "v.c.substate"),
    choice("charge_mode", "v.c.mode", enabled_fn=lambda vehicle: vehicle.type.charge_mode is Support.NO),
    choice("charge_type", "v.c.type"),
    quantity("charge_power", "v.c.power", enabled=True),
    quantity("charge_current", "v.c.current", enabled=True),
    quantity("charge_voltage", "v.c.voltage", enabled=True, decimals=0),
    quantity("charge_current_limit", "v.c.climit"),
    quantity("charge_efficiency", "v.c.efficiency"),
    quantity("charge_energy", "v.c.kwh", counts_up=True, enabled=True),
    quantity("charge_energy_from_grid", "v.c.kwh.grid", counts_up=True),
    quantity("charge_energy_from_grid_total", "v.c.kwh.grid.total", counts_up=True),
    quantity("charge_duration", "v.c.time", counts_up=True, shown_in=UnitOfTime.MINUTES),
    remaining("time_to_full", "v.c.duration.full", enabled=True),
    remaining("time_to_target_range", "v.c.duration.range"),
    remaining("time_to_target_state_of_charge", "v.c.duration.soc"),
    quantity("target_range", "v.c.limit.range"),
    quantity("target_state_of_charge", "v.c.limit.soc"),
    time_of_day("charge_timer_start", "v.c.timerstart"),
    moment("charge_end", "v.c.timestamp"),
    quantity("charger_temperature", "v.c.temp"),
    quantity("dc_converter_current", "v.c.12v.current", diagnostic=True),
    quantity("dc_converter_power", "v.c.12v.power", diagnostic=True),
    quantity("dc_converter_temperature", "v.c.12v.temp", diagnostic=True),
    quantity("dc_converter_voltage", "v.c.12v.voltage", diagnostic=True),
)

GENERATOR_SENSORS: tuple[SensorRow[Vehicle], ...] = (
    choice("generator_state", "v.g.state"),
    choice("generator_substate", "v.g.substate"),
    choice("generator_mode", "v.g.mode"),
    choice("generator_type", "v.g.type"),
    quantity("generator_power", "v.g.power"),
    quantity("generator_current", "v.g.current"),
    quantity("generator_voltage", "v.g.voltage", decimals=0),
    quantity("generator_current_limit", "v.g.climit"),
    quantity("generator_efficiency", "v.g.efficiency"),
    quantity("generator_energy", "v.g.kwh", counts_up=True),
    quantity("generator_energy_to_grid", "v.g.kwh.grid", counts_up=True),
    quantity("generator_energy_to_grid_total", "v.g.kwh.grid.total", counts_up=True),
    quantity("generator_duration", "v.g.time", counts_up=True, shown_in=UnitOfTime.MINUTES),
    remaining("time_to_empty", "v.g.duration.empty"),
    remaining("time_to_minimum_range", "v.g.duration.range"),
    remaining("time_to_minimum_state_of_charge", "v.g.duration.soc"),
    quantity("generator_minimum_range", "v.g.limit.range"),
    quantity("generator_minimum_state_of_charge", "v.g.limit.soc"),
    time_of_day("generator_timer_start", "v.g.timerstart"),
    moment("generator_end", "v.g.timestamp"),
    quantity("generator_temperature", "v.g.temp"),
)
