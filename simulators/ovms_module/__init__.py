"""A simulated OVMS module, as its firmware's server v3 (MQTT) shows it."""

from .encoding import MetricValue
from .firmware import Firmware, Generation, IntervalRule, Intervals
from .knobs import Knobs
from .module import OvmsModule

__all__ = ["Firmware", "Generation", "IntervalRule", "Intervals", "Knobs", "MetricValue", "OvmsModule"]
