"""A simulated OpenEVSE: a car on its cable, a controller that speaks RAPI, and a gateway that speaks HTTP."""

from .controllers import Model
from .generations import Firmware, Generation
from .knobs import Knobs, RapiFault
from .openevse import OpenEvse
from .traffic import Request

__all__ = ["Firmware", "Generation", "Knobs", "Model", "OpenEvse", "RapiFault", "Request"]
