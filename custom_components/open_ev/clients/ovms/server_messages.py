"""What a server says, one message after the other, put to the vehicle that it is about (v2 protocol, server v3)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import time
from typing import Final

from .notifications import Notification, NotificationKind, readable
from .server_fields import Fields
from .server_table import ROWS, Units
from .server_tyres import METRICS as TYRE_METRICS, Tyres
from .vehicle import Vehicle

# The longest that a module sends of itself has some 300 characters.
MAX_STATUS: Final = 16 * 1024

# The protocol's word for never, or for more than five weeks: 838:59:59, the most that the server's database can say.
NEVER_SECONDS: Final = 3_020_399

_STATUS: Final = "SDLFX"
_ANSWERED_BY_SERVER: Final = frozenset({"30", "31", "32"})
_UNITS_INDEX: Final = 1
_IN_UNITS: Final = "SDLX"
_KINDS: Final = {"I": NotificationKind.INFO, "A": NotificationKind.ALERT, "E": NotificationKind.ERROR}
# Errors are numbers for the type of vehicle; over MQTT, too, all of them have this one name.
_ERROR_SUBTYPE: Final = "code"

CARRIED: Final = frozenset({*(row.metric for row in ROWS), *TYRE_METRICS})
"""The metrics that the protocol carries."""


class Messages:
    """Reads the messages of one connection after the other; what was known before a connection stays known."""

    def __init__(self, vehicle: Vehicle, answered: Callable[[str, str], None], left: Callable[[], None]) -> None:
        """`answered` is called with the code of each command that was answered, and with the answer.

        `left` is called when the car goes, and its answers with it.
        """
        self._vehicle = vehicle
        self._answered = answered
        self._left = left
        units = Units()
        self._units = units
        self._fields = {code: Fields(code, vehicle, units) for code in _STATUS}
        self._tyres = Tyres(vehicle)
        # The last live message of each kind.
        self._last: dict[str, str] = {}
        self._heard_again_at = 0.0
        self.told = asyncio.Event()
        """Set once the server has told all that it had stored."""
        self.car_connected: bool | None = None
        """Whether the server has a connection to the car; None before it said so."""
        self.paranoid = False
        """Whether the module hides what it sends with a password of its own."""

    @property
    def _stored(self) -> bool:
        return not self.told.is_set()

    def begin(self) -> None:
        """A connection begins: first the server tells what it has stored."""
        self.told.clear()
        self._last.clear()
        self.paranoid = False
        self.car_connected = None
        self._tyres.begin()
        for fields in self._fields.values():
            fields.begin()

    def take(self, message: str) -> None:
        """Take a message; what is not known is left out."""
        code = message[:1]
        if self._last.get(code) == message and not self._in_doubt(code):
            # What a car at rest says every minute, and at no more cost than this.
            self._heard()
            return
        match code:
            case "T":
                self._age(message[1:])
            case "Z":
                self._peers(message[1:])
            case "c":
                self._reply(message[1:])
            case "P":
                self._notification(message[1:])
            case "E":
                self._hidden()
            case "W" | "Y":
                self._status(code, message, self._wheels)
            case _ if code in self._fields:
                self._status(code, message, self._take_fields)

    def _status(self, code: str, message: str, take: Callable[[str, str], None]) -> None:
        """Take a message of those that are stored, and told again if they are live."""
        if len(message) > MAX_STATUS:
            self._vehicle.unreadable += 1
            return
        self._heard()
        take(code, message[1:])
        if not self._stored:
            self._last[code] = message

    def _in_doubt(self, code: str) -> bool:
        """Whether a message that was taken already has something to say once more."""
        return code in self._fields and self._fields[code].in_doubt

    def _heard(self) -> None:
        """Note a sign of life of the car; one a second is enough."""
        now = time.monotonic()
        if not self._stored and (now >= self._heard_again_at or not self._vehicle.online):
            self._heard_again_at = now + 1
            self._vehicle.report_heard()

    def _take_fields(self, code: str, payload: str) -> None:
        fields = self._fields[code]
        texts = payload.split(",", fields.count)
        news = code == "S" and len(texts) > _UNITS_INDEX and self._units.take(texts[_UNITS_INDEX])
        fields.take(texts, stored=self._stored)
        if news:
            for other in _IN_UNITS:
                self._fields[other].again()

    def _wheels(self, code: str, payload: str) -> None:
        take = self._tyres.take_groups if code == "Y" else self._tyres.take_pairs
        take(payload, stored=self._stored)

    def _age(self, payload: str) -> None:
        """Take the age of the newest message. The first such message says, too, that all that was stored has been told."""
        if not self._stored:
            return
        self.told.set()
        if payload.isdecimal() and len(payload) < 8 and int(payload) < NEVER_SECONDS:
            self._vehicle.report_stored(timedelta(seconds=int(payload)))

    def _peers(self, payload: str) -> None:
        self.car_connected = payload != "0"
        if not self.car_connected:
            # What comes back may have started anew, and then it knows nothing.
            for fields in self._fields.values():
                fields.forget()
            self._left()
        self._vehicle.report_online(online=self.car_connected)

    def _reply(self, payload: str) -> None:
        code, _, answer = payload.partition(",")
        if code not in _ANSWERED_BY_SERVER:
            self._vehicle.report_heard()
        self._answered(code, answer)

    def _notification(self, payload: str) -> None:
        self._vehicle.report_heard()
        if (kind := _KINDS.get(payload[:1])) is None:
            return
        # The protocol leaves out what the news is about; only the text tells.
        subtype = _ERROR_SUBTYPE if kind is NotificationKind.ERROR else ""
        self._vehicle.report_notification(Notification(kind=kind, subtype=subtype, text=readable(payload[1:])))

    def _hidden(self) -> None:
        if not self.paranoid:
            self.paranoid = True
            self._vehicle.report_link()
