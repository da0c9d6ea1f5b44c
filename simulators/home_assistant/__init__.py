"""A real Home Assistant as a process of its own, for the demo and the end-to-end tests."""

from .api import Api, ApiError, Json
from .process import HomeAssistant, NotStarted, free_port

__all__ = ["Api", "ApiError", "HomeAssistant", "Json", "NotStarted", "free_port"]
