"""A simulated OVMS module, as its firmware's server v3 (MQTT) shows it."""

from .firmware import Firmware, Generation, IntervalRule, Intervals
from .knobs import Knobs
from .module import OvmsModule

__all__ = ["Firmware", "Generation", "IntervalRule", "Intervals", "Knobs", "OvmsModule"]
