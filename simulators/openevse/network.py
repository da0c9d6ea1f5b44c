"""The gateway's WiFi."""

from collections.abc import Sequence
from dataclasses import dataclass

from .claims import Json

_JOINS_AFTER = 2.0
_OWN_ADDRESS = "192.168.4.1"
_ADDRESS = "192.168.1.67"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A network that a scan finds."""

    ssid: str
    rssi: int = -60
    bssid: str = "02:00:00:00:00:01"
    channel: int = 6
    secure: int = 3

    def as_json(self, *, hidden: bool) -> dict[str, Json]:
        """Write it; an ESP8266 adds whether it is hidden."""
        told: dict[str, Json] = {
            "rssi": self.rssi,
            "ssid": self.ssid,
            "bssid": self.bssid,
            "channel": self.channel,
            "secure": self.secure,
        }
        if hidden:
            told["hidden"] = False
        return told


class Network:
    """A station in somebody's network, or an access point of its own."""

    def __init__(self, *, access_point: bool) -> None:
        """Begin in a network, or without one."""
        self.access_point = access_point
        self.ethernet = False
        self.rssi = -56
        """dBm."""
        self.neighbours: Sequence[Neighbour] = (
            Neighbour(ssid="Home"),
            Neighbour(ssid="Neighbour", rssi=-81, bssid="02:00:00:00:00:02", channel=11),
        )
        self._scanned = False
        self._joins: float | None = None

    @property
    def mode(self) -> str:
        """As /status tells it."""
        if self.ethernet:
            return "Wired"
        return "AP" if self.access_point else "STA"

    @property
    def address(self) -> str:
        """Its address, which is not the one it can be reached at here."""
        return _OWN_ADDRESS if self.access_point else _ADDRESS

    def scan(self, *, hidden: bool) -> list[Json]:
        """Tell of the networks around; the first time only that a scan has begun, by an empty list."""
        if not self._scanned:
            self._scanned = True
            return []
        return [found.as_json(hidden=hidden) for found in self.neighbours]

    def join(self) -> None:
        """Join another network in two seconds."""
        self._joins = _JOINS_AFTER

    def run(self, seconds: float) -> None:
        """Let time pass."""
        if self._joins is not None:
            self._joins -= seconds
            if self._joins <= 0:
                self._joins = None
                self.access_point = False
