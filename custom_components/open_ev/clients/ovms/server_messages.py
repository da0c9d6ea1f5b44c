"""What a server says, one message after the other, put to the vehicle that it is about (v2 protocol, server v3)."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
import time
from typing import Final

from .notifications import Notification, NotificationKind, notification_text
from .server_fields import Evidence, Fields
from .server_table import ROWS, Units
from .server_tyres import METRICS as TYRE_METRICS, Tyres
from .vehicle import Vehicle

# The longest that a module sends of itself has some 300 characters.
MAX_STATUS: Final = 16 * 1024

# The protocol's word for never, or for more than five weeks: 838:59:59, the most that the server's database can say.
NEVER_SECONDS: Final = 3_020_399

_STATUS: Final = "SDLFX"
_WHEELS: Final = frozenset("WY")
_ANSWERED_BY_SERVER: Final = frozenset({"30", "31", "32"})
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
        self._evidence = Evidence()
        self._fields = {code: Fields(code, vehicle, units, self._evidence) for code in _STATUS}
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

    def begin(self, *, again: bool = False) -> None:
        """A connection begins: first the server tells what it has stored.

        `again` is for one that takes over from another without a gap: then the module did not start anew meanwhile.
        """
        self.told.clear()
        self.paranoid = False
        self.car_connected = None
        self._tyres.begin()
        if again:
            self._begin_anew(self._fields)
        else:
            self._forget()

    def take(self, message: str) -> None:
        """Take a message; what is not known is left out."""
        code = message[:1]
        if self._last.get(code) == message and not self._wants_again(code):
            # What a car at rest says every minute, and at no more cost than this.
            self._heard()
        elif code in self._fields:
            self._status(code, message, self._take_fields)
        elif code in _WHEELS:
            self._status(code, message, self._wheels)
        else:
            self._other(code, message[1:])

    def _other(self, code: str, payload: str) -> None:
        """Take a message that is not about how the car is."""
        match code:
            case "T":
                self._age(payload)
            case "Z":
                self._peers(payload)
            case "c":
                self._reply(payload)
            case "P":
                self._notification(payload)
            case "E":
                # What is read after that is news, also if it is what was read before.
                self._last.clear()
                self._report_hidden(hidden=True)

    def _status(self, code: str, message: str, take: Callable[[str, str], None]) -> None:
        """Take a message of those that are stored, and told again if they are live."""
        if len(message) > MAX_STATUS:
            self._vehicle.unreadable += 1
            return
        take(code, message[1:])
        if not self._stored:
            self._last[code] = message
            self._report_hidden(hidden=False)

    def _wants_again(self, code: str) -> bool:
        """Whether a message that was taken already has something to say once more."""
        return code in self._fields and self._fields[code].wants_again

    def _heard(self) -> None:
        """Note a sign of life of the car; one a second is enough."""
        now = time.monotonic()
        if now >= self._heard_again_at or not self._vehicle.online:
            self._heard_again_at = now + 1
            self._vehicle.report_heard()

    def _take_fields(self, code: str, payload: str) -> None:
        at = None if self._stored else self._vehicle.report_heard()
        more_is_known = code == "S" and self._take_units(payload)
        self._fields[code].take(payload, at)
        if self._evidence.is_news() or more_is_known:
            for fields in self._fields.values():
                fields.again()

    def _take_units(self, payload: str) -> bool:
        """Take the units that an S names; return whether what was said before can be read by them.

        What was said before its owner chose others cannot: the numbers are still those of the former ones.
        """
        former = self._units.label
        _, _, rest = payload.partition(",")
        news = self._units.take(rest.partition(",")[0])
        if news and former:
            self._begin_anew(_IN_UNITS)
        return news and not former

    def _begin_anew(self, codes: Iterable[str]) -> None:
        """What was said until now is not what the next messages are to be compared with."""
        self._last.clear()
        for code in codes:
            self._fields[code].begin_anew()

    def _forget(self) -> None:
        """The module may start anew, and then it knows nothing."""
        self._last.clear()
        self._evidence.forget()
        for fields in self._fields.values():
            fields.forget()

    def _wheels(self, code: str, payload: str) -> None:
        if not self._stored:
            self._heard()
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
        if not payload.isdecimal():
            return
        was_away, self.car_connected = self.car_connected is False, payload != "0"
        if was_away or not self.car_connected:
            # What was stored of one that was away is of its former life, so also when it comes.
            self._forget()
        if not self.car_connected:
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
        self._vehicle.report_notification(Notification(kind=kind, subtype=subtype, text=notification_text(payload[1:])))

    def _report_hidden(self, *, hidden: bool) -> None:
        if self.paranoid is not hidden:
            self.paranoid = hidden
            self._vehicle.report_link()
