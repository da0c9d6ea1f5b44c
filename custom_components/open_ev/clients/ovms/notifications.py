"""What a vehicle says of its own accord: notifications for people, and events for machines."""

from dataclasses import dataclass
from enum import StrEnum

from .readable import readable

# A person reads these; what is longer is a report, and is cut.
MAX_TEXT = 1000
# The longest name in the firmware has about 40 characters.
MAX_NAME = 100


class NotificationKind(StrEnum):
    """The kinds that are meant for people; `data` and `stream` are records for machines."""

    INFO = "info"
    ALERT = "alert"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification: `subtype` in the firmware's dotted form (`charge.done`), `text` as a person reads it."""

    kind: NotificationKind
    subtype: str
    text: str


def parse_notification(path: str, text: str) -> Notification | None:
    """Read a notification from its topic below `notify/` and its payload; None if it is not for people.

    Firmware up to 3.3.004 keeps the dots of the subtype and sends carriage returns for line feeds; later firmware puts
    each part of the subtype on a topic level of its own.
    """
    kind, _, subtype = path.partition("/")
    if kind not in NotificationKind or not subtype or not _is_name(subtype):
        return None
    return Notification(
        kind=NotificationKind(kind),
        subtype=subtype.replace("/", "."),
        text=notification_text(text),
    )


def parse_event(path: str) -> str | None:
    """Read an event's name, dotted, from its topic below `event/` or from the payload of the older `event` topic."""
    return path.replace("/", ".") if path and _is_name(path) else None


def _is_name(text: str) -> bool:
    return len(text) <= MAX_NAME and text.isprintable()


def notification_text(text: str) -> str:
    """Make of a notification's text what a person reads, which is no report."""
    return readable(text[: 2 * MAX_TEXT]).strip()[:MAX_TEXT]
