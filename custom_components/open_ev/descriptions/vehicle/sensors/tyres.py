"""The sensors of the tyres: four of each kind."""

from collections.abc import Callable

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfPressure

from ....clients.ovms.vehicle import Vehicle
from ... import SensorRow
from ...measure import Measure
from ..metric_rows import LEVELS, level, numbers, quantity

# The order of the elements in every list of the firmware that is about wheels.
WHEELS = ("front_left", "front_right", "rear_left", "rear_right")

# Published in kilopascals, which no tyre shop uses; Home Assistant makes pounds per square inch of bars where those
# are used.
_TYRE_PRESSURE = Measure(SensorDeviceClass.PRESSURE, UnitOfPressure.BAR, 1)
_KILOPASCALS_PER_BAR = 100


def _at(metric: str, wheel: int) -> Callable[[Vehicle], float | None]:
    """Show one wheel.

    A list grows as wheels are heard, so a shorter one knows nothing of the wheels after its end.
    """

    def value(vehicle: Vehicle) -> float | None:
        values = numbers(vehicle, metric)
        return values[wheel] if wheel < len(values) else None

    return value


def _pressure_at(wheel: int) -> Callable[[Vehicle], float | None]:
    """Show a wheel's pressure; 0 stands for a wheel that was not heard yet but is listed before one that was."""
    pressure = _at("v.t.pressure", wheel)

    def value(vehicle: Vehicle) -> float | None:
        kilopascals = pressure(vehicle)
        return kilopascals / _KILOPASCALS_PER_BAR if kilopascals else None

    return value


def _alert(wheel: int, name: str) -> SensorRow[Vehicle]:
    return SensorRow(
        key=f"tyre_alert_{name}",
        listens=("v.t.alert",),
        device_class=SensorDeviceClass.ENUM,
        options=list(LEVELS),
        entity_registry_enabled_default=False,
        value_fn=level(_at("v.t.alert", wheel)),
    )


def _wheel(wheel: int, name: str) -> tuple[SensorRow[Vehicle], ...]:
    return (
        quantity(
            f"tyre_pressure_{name}",
            "v.t.pressure",
            measure=_TYRE_PRESSURE,
            enabled=True,
            value_fn=_pressure_at(wheel),
        ),
        quantity(f"tyre_temperature_{name}", "v.t.temp", value_fn=_at("v.t.temp", wheel)),
        quantity(f"tyre_health_{name}", "v.t.health", value_fn=_at("v.t.health", wheel)),
        _alert(wheel, name),
    )


TYRE_SENSORS: tuple[SensorRow[Vehicle], ...] = tuple(
    row for wheel, name in enumerate(WHEELS) for row in _wheel(wheel, name)
)
