"""A simulated charge point operator: its sites, and the OCPI interface that it offers to an eMSP."""

from .cpo import Cpo
from .knobs import Knobs, Module
from .quirks import ANCESTOR, CITRINE_OS, LIBRARY, Quirk
from .reservations import Reservation
from .scripts import CallbackFault, Command, Order, Result, Script
from .sessions import Session, SessionStatus, Tariff
from .sites import Capability, Car, Connector, Evse, Location, Status
from .traffic import Callback, Json, Request
from .versions import Encoding, Version

__all__ = [
    "ANCESTOR",
    "CITRINE_OS",
    "LIBRARY",
    "Callback",
    "CallbackFault",
    "Capability",
    "Car",
    "Command",
    "Connector",
    "Cpo",
    "Encoding",
    "Evse",
    "Json",
    "Knobs",
    "Location",
    "Module",
    "Order",
    "Quirk",
    "Request",
    "Reservation",
    "Result",
    "Script",
    "Session",
    "SessionStatus",
    "Status",
    "Tariff",
    "Version",
]
