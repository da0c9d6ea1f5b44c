"""What numbers measure, in Home Assistant's terms."""

from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number measures, and how many decimals are worth showing."""

    device_class: SensorDeviceClass | None
    unit: str | None
    decimals: int | None = None
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


# What is counted has no unit in Home Assistant, and a number that is a code has no state class either.
COUNT: Final = Measure(None, None, 0)
CODE: Final = Measure(None, None, None, None)
