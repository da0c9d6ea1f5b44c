"""Finds the vehicles whose modules publish to a broker.

Modules keep their metrics at the broker (retained), so a vehicle is found within a second even while it sleeps. What
arrives is anybody's: nothing of it is believed before it looks like what a module publishes, and no more than a fixed
number of vehicles is kept.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
import contextlib
from dataclasses import dataclass, field, replace
import re
import secrets

from ..plain import is_plain
from .broker import Broker, connection, is_refusal
from .errors import ConnectionRefused
from .metrics import STANDARD_METRICS

# More cars than any household has; a broker that offers more is either a fleet's or somebody's joke.
MAX_VEHICLES = 50
# The firmware's default, `ovms/<user>/<vehicle id>/`, has three levels; a prefix with more has to be typed.
SEARCHED_LEVELS = 3
MAX_PREFIX_LENGTH = 200
# Stored metrics come in one burst. A gap this long after the last news means that the broker has told all it knows.
QUIET_SECONDS = 0.7

# What tells a module from other things that publish: its link, its type, its firmware, and two metrics that every
# vehicle has. Brokers send what they have stored in the order of the subscription, and a search waits for the last two.
_TELLING = ("s.v3.connected", "v.b.soc", "v.vin", "v.type", "m.version")

_TYPE_CODE = re.compile(r"[A-Za-z0-9._+-]{1,16}")
# ISO 3779: 17 characters without I, O and Q.
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundVehicle:
    """A vehicle that publishes to a broker.

    Attributes:
        prefix: All that stands before `metric/`, as the module uses it: with its slash, if it has one.
        type_code: What it publishes as `v.type`, None while it was not heard.
        firmware: What it publishes as `m.version`, None while it was not heard.
        vin: The vehicle identification number, None if it was not heard or is none.
    """

    prefix: str
    type_code: str | None = None
    firmware: str | None = None
    vin: str | None = field(default=None, repr=False)

    @property
    def vehicle_id(self) -> str:
        """The last level of the prefix, which is the vehicle id in the firmware's default prefix."""
        return self.prefix.rstrip("/").rpartition("/")[2]


def is_prefix(text: str) -> bool:
    """Whether a module could have this prefix.

    The firmware takes any text. Brokers do not: `+` and `#` are wildcards, and what begins with `$` is the broker's own.
    """
    return (
        bool(text.strip("/"))
        and len(text) <= MAX_PREFIX_LENGTH
        and not text.startswith("$")
        and text.isprintable()
        and not set("+#") & set(text)
    )


def is_harmless_prefix(text: str) -> bool:
    """Whether a prefix that was heard can be shown to a person. Whoever has another one can type it."""
    return is_prefix(text) and text.endswith("/") and is_plain(text)


async def find_vehicles(
    broker: Broker,
    *,
    prefix: str | None,
    seconds: float,
    found: Callable[[FoundVehicle], None] | None = None,
    known: Collection[str] = (),
) -> list[FoundVehicle]:
    """Listen to a broker until it has told what it knows, `seconds` at most.

    Without a prefix, every vehicle with a prefix of one to three levels is found. With one, only those that have it,
    and whether it ends with a slash is found out: the firmware uses it as it was typed there. `seconds` may be 0, which
    still proves that the broker can be reached and lets the prefix be read.

    `found` is called whenever a vehicle is first heard and whenever more is known of it. `known` are prefixes of vehicles
    that do not count towards how many are kept, so that they keep no other from being found.

    Raises:
        ValueError: no module can have this prefix.
        ConnectionRefused, TlsFailed, CannotConnect: as it is. A broker that merely does not allow to search everywhere
            has no vehicles to tell.
    """
    search = _Search(prefix, found, known)
    if not await _listen(broker, search.topics, seconds, search.take) and prefix is not None:
        raise ConnectionRefused("the broker does not let this user read the vehicle's topics")
    return search.vehicles


async def published_metrics(broker: Broker, *, prefix: str, names: Iterable[str], seconds: float) -> set[str]:
    """Which of these metrics a module has published: those that the broker has stored, or that come within `seconds`.

    Raises:
        ConnectionRefused, TlsFailed, CannotConnect: as it is.
    """
    topics = {f"{prefix}metric/{name.replace('.', '/')}": name for name in names}
    published: set[str] = set()

    def take(topic: str, payload: object) -> bool:
        if payload and topic in topics:
            published.add(topics[topic])
        return True

    await _listen(broker, list(topics), seconds, take)
    return published


async def _listen(
    broker: Broker, topics: Sequence[str], seconds: float, take: Callable[[str, object], bool | None]
) -> bool:
    """Hand topic and payload of each message to `take`, until the broker has told all, `seconds` at most.

    It has told all when nothing comes any more after `take` returned True. None says that the message told nothing new,
    False that something is still missing.

    Returns:
        Whether the broker lets any of the topics be read.
    """
    loop = asyncio.get_running_loop()
    async with connection(broker, client_id=f"ovms-search-{secrets.token_hex(4)}") as client:
        granted = await client.subscribe([(topic, 0) for topic in topics])
        if all(is_refusal(code) for code in granted):
            return False
        end = loop.time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end) as limit:
                # Their only end is a lost connection, which raises.
                while True:
                    message = await anext(client.messages)
                    if (complete := take(message.topic.value, message.payload)) is not None:
                        limit.reschedule(min(end, loop.time() + QUIET_SECONDS) if complete else end)
    return True


class _Search:
    """What was heard so far."""

    def __init__(
        self, prefix: str | None, found: Callable[[FoundVehicle], None] | None, known: Collection[str]
    ) -> None:
        self._known = known
        self._wanted = None if prefix is None else _spellings(prefix)
        self._found = found
        self._vehicles: dict[str, FoundVehicle] = {}

    @property
    def topics(self) -> Sequence[str]:
        """What to subscribe to."""
        if self._wanted is not None:
            return [f"{prefix}metric/#" for prefix in self._wanted]
        return [
            f"{'+/' * levels}metric/{name.replace('.', '/')}"
            for levels in range(1, SEARCHED_LEVELS + 1)
            for name in _TELLING
        ]

    @property
    def vehicles(self) -> list[FoundVehicle]:
        """The vehicles, sorted by prefix."""
        return sorted(self._vehicles.values(), key=lambda vehicle: vehicle.prefix)

    def take(self, topic: str, payload: object) -> bool | None:
        """Take a message; return whether type and firmware of every vehicle are known, None if it told nothing new."""
        prefix, _, path = topic.rpartition("metric/")
        before = self._vehicles.get(prefix)
        if before is None and not self._may_be_added(prefix):
            return None
        after = _told(before or FoundVehicle(prefix=prefix), path.replace("/", "."), payload)
        if after is None or after == before:
            return None
        self._vehicles[prefix] = after
        if self._found is not None:
            self._found(after)
        return all(vehicle.type_code and vehicle.firmware for vehicle in self._vehicles.values())

    def _may_be_added(self, prefix: str) -> bool:
        if self._wanted is not None:
            return prefix in self._wanted
        if prefix in self._known:
            return True
        return len(self._vehicles.keys() - self._known) < MAX_VEHICLES and is_harmless_prefix(prefix)


def _spellings(prefix: str) -> tuple[str, str]:
    """A prefix with and without the slash that its owner may or may not have typed, here or at the module."""
    if not is_prefix(prefix):
        raise ValueError("no module can have this prefix")
    bare = prefix.removesuffix("/")
    return f"{bare}/", bare


def _told(vehicle: FoundVehicle, name: str, payload: object) -> FoundVehicle | None:
    """What a metric adds to what is known of a vehicle; None if no module publishes this."""
    text = _text(payload)
    if text is None or name not in STANDARD_METRICS:
        return None
    match name:
        case "s.v3.connected":
            return vehicle if text in {"yes", "no"} else None
        case "v.type":
            return replace(vehicle, type_code=text) if _TYPE_CODE.fullmatch(text) else None
        case "m.version":
            return replace(vehicle, firmware=text)
        case "v.vin" if _VIN.fullmatch(text):
            return replace(vehicle, vin=text)
        case "v.b.soc":
            return vehicle if _is_number(text) else None
    return vehicle


def _text(payload: object) -> str | None:
    """A payload's text; None for what is not worth looking at."""
    if not isinstance(payload, bytes | bytearray) or not 0 < len(payload) <= _LONGEST_TEXT:
        return None
    text = payload.decode(errors="replace").strip()
    return text if text and text.isprintable() else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
