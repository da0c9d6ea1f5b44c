"""Events and notifications on their way out."""

from collections import deque
from dataclasses import dataclass

from .firmware import Generation

_EVENT_QUEUE = 100
_NEVER_SENT = ("ticker.", "system.event", "system.wifi.scan.done")
KINDS = ("info", "alert", "error", "data")
"""The notification types that go out over MQTT; streams never do."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification that waits for the link."""

    number: int
    kind: str
    subtype: str
    text: str
    created: float


def event_topics(name: str, generation: Generation) -> list[tuple[str, str]]:
    """Topic and payload of each message that an event makes; none for those that stay in the module."""
    if name.startswith(_NEVER_SENT) or (generation.event_topics and name.startswith("clock.")):
        return []
    messages = [("event", name)]
    if generation.event_topics:
        messages.append((f"event/{name.replace('.', '/')}", ""))
    return messages


def notification_topic(notification: Notification, now: float, generation: Generation) -> str:
    """Where a notification goes."""
    subtype = notification.subtype.replace(".", "/") if generation.notify_slashes else notification.subtype
    topic = f"notify/{notification.kind}/{subtype}"
    if notification.kind != "data":
        return topic
    age = int(now - notification.created)
    return f"{topic}/{notification.number}/{f'-{age}' if age else '0'}"


def notification_text(notification: Notification, generation: Generation) -> str:
    """What a notification says: older releases prepare it for the records of server v2."""
    if notification.kind == "data":
        return notification.text.partition("\n")[0]
    if generation.notify_slashes:
        return notification.text
    return notification.text.replace("\n", "\r").replace(",", ";")


class Outbox:
    """Keeps events up to a number, and notifications without one, until there is a link."""

    def __init__(self, generation: Generation) -> None:
        """Start empty."""
        self._generation = generation
        self._events: deque[str] = deque()
        self._notifications: dict[str, deque[Notification]] = {kind: deque() for kind in KINDS}
        self._sent_at: dict[str, int] = {}
        self._count = 0

    def add_event(self, name: str) -> None:
        """Queue an event; a full queue drops it."""
        if len(self._events) < _EVENT_QUEUE:
            self._events.append(name)

    def add_notification(self, kind: str, subtype: str, text: str, now: float) -> None:
        """Queue a notification; one that is too long is never delivered."""
        if len(text.encode()) <= self._generation.notify_limit:
            self._count += 1
            self._notifications[kind].append(Notification(self._count, kind, subtype, text, now))

    def events(self) -> list[str]:
        """Take the waiting events."""
        taken = list(self._events)
        self._events.clear()
        return taken

    def notifications(self, now: float, *, hold_data: bool) -> list[Notification]:
        """Take the notifications that may go now: one of each type a second."""
        second = int(now)
        taken: list[Notification] = []
        for kind, waiting in self._notifications.items():
            if waiting and self._sent_at.get(kind) != second and not (kind == "data" and hold_data):
                self._sent_at[kind] = second
                taken.append(waiting.popleft())
        return taken

    def put_back(self, notification: Notification) -> None:
        """Keep one that could not be delivered."""
        self._notifications[notification.kind].appendleft(notification)

    def reset(self) -> None:
        """Forget all: the module restarts."""
        self._events.clear()
        for waiting in self._notifications.values():
            waiting.clear()
