"""The firmware generations that are told apart, and what differs between them.

Every row is a fact read from the firmware's tagged sources (server v3 and the metrics, notify and shell code it uses).
"""

from dataclasses import dataclass
from enum import Enum, auto


class IntervalRule(Enum):
    """How the update interval is chosen when several states apply."""

    PEERS_FIRST = auto()
    """3.2.016 to 3.3.003: connected, then on, charging, awake, idle."""
    SHORTEST = auto()
    """3.3.004 and 3.3.005: the shortest of all that apply."""
    STATE_FIRST = auto()
    """3.3.006: on, then charging, connected, awake, idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Update intervals in seconds, the defaults of `server.v3 updatetime.*`; None means "as idle"."""

    idle: int = 600
    connected: int = 60
    on: int | None = None
    charging: int | None = None
    awake: int | None = None
    sendall: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What one generation does differently. The defaults are those of the oldest one."""

    version: str
    build: str
    keepalive: int = 60
    intervals: Intervals = Intervals()
    rule: IntervalRule = IntervalRule.PEERS_FIRST
    dates_as_text: bool = False
    """Date metrics are text from 3.3.004, integers before."""
    fixed_degrees: bool = False
    """Latitude and longitude have six decimals from 3.3.005, six significant digits before."""
    event_topics: bool = False
    """`event/<name with slashes>` beside the plain `event` topic, and no `clock.*` events, from 3.3.005."""
    notify_slashes: bool = False
    """Dots of a notification's subtype become topic levels, and the text goes out unchanged, from 3.3.005."""
    notify_limit: int = 1024
    """Bytes of the longest notification that is delivered at all."""
    requests: bool = False
    """`request/metric` and `request/config` are subscribed to from 3.3.006."""
    publishes_cleared: bool = True
    """A cleared metric goes out as an empty retained payload up to 3.3.005, and not at all from 3.3.006."""
    update_kinds: tuple[str, ...] = ()
    """What `server v3 update` accepts; an empty tuple means that the command does not exist."""
    metrics_get: bool = False
    """`metrics get` exists from 3.3.004."""
    chunk_all: int | None = None
    """Metrics sent at most in one second of a full transmission; None is no limit."""
    chunk_modified: int | None = None
    state_events_send: bool = False
    """Events of the car's state (locked, on, charging...) have the modified metrics sent at once from 3.3.006. Before,
    server v3 listens to changes of its configuration only, and what changed waits for the interval."""
    full_send_for_new_client: bool = False
    """A newly connected app is sent every defined metric (3.3.006)."""
    climate_schedule: bool = False
    """`climatecontrol schedule` exists from 3.3.006."""

    @property
    def number(self) -> tuple[int, int, int]:
        """The version as numbers, to compare with the release that introduced a metric."""
        major, minor, patch = self.version.split(".")
        return int(major), int(minor), int(patch)


class Firmware(Enum):
    """The simulated releases."""

    V3_2_016 = Generation(version="3.2.016", build="Mar  5 2021 18:02:14")
    V3_3_003 = Generation(
        version="3.3.003",
        build="Sep 14 2022 07:41:33",
        update_kinds=("all", "modified"),
    )
    V3_3_005 = Generation(
        version="3.3.005",
        build="Jul 18 2025 16:20:09",
        keepalive=1740,
        rule=IntervalRule.SHORTEST,
        dates_as_text=True,
        fixed_degrees=True,
        event_topics=True,
        notify_slashes=True,
        update_kinds=("all", "modified"),
        metrics_get=True,
    )
    V3_3_006 = Generation(
        version="3.3.006",
        build="Jul 18 2026 11:05:57",
        keepalive=1740,
        intervals=Intervals(connected=10, on=5, charging=10, awake=60, sendall=1200),
        rule=IntervalRule.STATE_FIRST,
        dates_as_text=True,
        fixed_degrees=True,
        event_topics=True,
        notify_slashes=True,
        notify_limit=65535,
        requests=True,
        publishes_cleared=False,
        update_kinds=("all", "modified", "priority"),
        metrics_get=True,
        chunk_all=100,
        chunk_modified=150,
        state_events_send=True,
        full_send_for_new_client=True,
        climate_schedule=True,
    )
