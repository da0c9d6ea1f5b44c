"""Which charger is which: what discovery tells of one, and whether it has a config entry already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
import re

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_MAC, CONF_URL
from yarl import URL

from ..const import CONF_KIND, Kind

# Where a charger's web server is, unless it is told otherwise.
HTTP_PORT = 80

_SERIAL = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What discovery tells of a charger."""

    serial: str
    """Its MAC in lower-case hexadecimal digits."""
    name: str
    hosts: Sequence[str]
    """Its addresses, the best first."""
    port: int | None = None
    """The port of its web server, where that is told."""

    @property
    def url(self) -> str:
        """Where to read it."""
        return str(URL.build(scheme="http", host=self.hosts[0], port=self.port or HTTP_PORT).origin())


def is_serial(text: str) -> bool:
    """Whether this is a serial number, which is a MAC in lower case."""
    return _SERIAL.fullmatch(text) is not None


def known_serial(entry: ConfigEntry) -> str | None:
    """The serial number of an entry's charger.

    Firmware before 4.1.2 tells none. The unique id of such an entry says nothing, and stays as it is when discovery or newer
    firmware has told the number: the entities go by it.
    """
    if entry.unique_id is not None and is_serial(entry.unique_id):
        return entry.unique_id
    serial: str | None = entry.data.get(CONF_MAC)
    return serial


def entry_of(entries: Iterable[ConfigEntry], serial: str | None, hosts: Collection[str]) -> ConfigEntry | None:
    """The config entry that a charger has: by its serial number, or by its address where one of the two has no number."""
    for entry in entries:
        if entry.data.get(CONF_KIND) != Kind.CHARGER:
            continue
        known = known_serial(entry)
        if serial == known if serial and known else not _hosts_of(entry).isdisjoint(hosts):
            return entry
    return None


def _hosts_of(entry: ConfigEntry) -> set[str | None]:
    """Where an entry's charger is: what its URL says and, where that is a name, what the charger itself says."""
    hosts = {URL(entry.data[CONF_URL]).host}
    return hosts | {entry.runtime_data.device.text("ip_address")} if entry.state is ConfigEntryState.LOADED else hosts
