"""A real Home Assistant as a process of its own, for the demo and the end-to-end tests."""

from .api import Api, ApiError, Json
from .process import RESTART_EXIT_CODE, HomeAssistant, NotStarted, free_port
from .setup import SetupFailed, confirm_discovered, use_broker

__all__ = [
    "RESTART_EXIT_CODE",
    "Api",
    "ApiError",
    "HomeAssistant",
    "Json",
    "NotStarted",
    "SetupFailed",
    "confirm_discovered",
    "free_port",
    "use_broker",
]
