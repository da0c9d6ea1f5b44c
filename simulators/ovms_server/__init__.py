"""A simulated OVMS server (the v2 protocol), and the link that a simulated module has to it."""

from .car_link import ServerV2
from .cipher import CipherLines, digest, session_key
from .connection import Kind
from .database import NEVER, VehicleRecord
from .knobs import Knobs
from .server import Heard, Login, OvmsServer, Timeouts

__all__ = [
    "NEVER",
    "CipherLines",
    "Heard",
    "Kind",
    "Knobs",
    "Login",
    "OvmsServer",
    "ServerV2",
    "Timeouts",
    "VehicleRecord",
    "digest",
    "session_key",
]
