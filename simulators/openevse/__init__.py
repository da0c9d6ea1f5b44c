"""A simulated OpenEVSE: a car on its cable, a controller that speaks RAPI, and a gateway that speaks HTTP."""

from .car import Car
from .claims import Client, Priority
from .controllers import MODELS
from .generations import Firmware, Generation
from .knobs import Knobs, RapiFault
from .openevse import OpenEvse
from .states import State
from .traffic import Request

__all__ = [
    "MODELS",
    "Car",
    "Client",
    "Firmware",
    "Generation",
    "Knobs",
    "OpenEvse",
    "Priority",
    "RapiFault",
    "Request",
    "State",
]
