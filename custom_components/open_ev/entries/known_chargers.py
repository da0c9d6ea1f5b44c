"""Which charger is which: what discovery tells of one, and whether it has a config entry already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
import re

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_MAC, CONF_URL
from homeassistant.core import HomeAssistant
from yarl import URL

from ..clients.openevse.errors import CannotConnect, FirmwareTooOld, NotAnOpenEvse, OpenEvseError, TlsWanted
from ..clients.openevse.identity import identify, read_charger
from ..const import CONF_KIND, CONF_VERIFY_TLS, Kind
from ..settings.charger import gateway_of

# Where a charger's web server is, unless it is told otherwise.
HTTP_PORT = 80
_USUAL_PORTS = frozenset({HTTP_PORT, 443})

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
    def urls(self) -> list[str]:
        """Where to read it, the best first."""
        port = self.port or HTTP_PORT
        return [str(URL.build(scheme="http", host=host, port=port).origin()) for host in dict.fromkeys(self.hosts)]


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


def told_serial(entry: ConfigEntry, serial: str | None) -> dict[str, str]:
    """What an entry keeps of a serial number that is not its unique id."""
    return {} if serial is None or serial == entry.unique_id else {CONF_MAC: serial}


def entry_of(
    entries: Iterable[ConfigEntry], serial: str | None, hosts: Collection[str], port: int | None = None
) -> ConfigEntry | None:
    """The config entry that a charger has: by its serial number, or by its address where one of the two has no number.

    Who types a `port` means no other: a router can hand on several chargers by it. Discovery means the machine.
    """
    for entry in entries:
        if entry.data.get(CONF_KIND) != Kind.CHARGER:
            continue
        known = known_serial(entry)
        if serial == known if serial and known else _is_at(entry, hosts, port):
            return entry
    return None


def _is_at(entry: ConfigEntry, hosts: Collection[str], port: int | None) -> bool:
    """Whether an entry's charger is there: by what its URL says, or by what the charger itself says of its address."""
    url = URL(entry.data[CONF_URL])
    own = entry.runtime_data.device.text("ip_address") if entry.state is ConfigEntryState.LOADED else None
    if {url.host, own}.isdisjoint(hosts):
        return False
    # At its own address it has the usual ports, whatever its URL says of a router's.
    is_usual = port in _USUAL_PORTS and (url.port in _USUAL_PORTS or own in hosts)
    return port is None or port == url.port or is_usual


# A charger that does not answer once has a busy radio.
_TRIES = 2


async def still_answers(hass: HomeAssistant, entry: ConfigEntry, *, needs_number: bool = False) -> bool:
    """Whether an entry's charger is where the entry looks for it, asked without its password.

    One that does not tell its number is believed to be it, unless it `needs_number`. Who asks for one, or says that
    something is wrong, is believed to be the charger: it is there that the password is known.
    """
    gateway = gateway_of(hass, {key: entry.data[key] for key in (CONF_URL, CONF_VERIFY_TLS) if key in entry.data})
    for _ in range(_TRIES):
        try:
            report = await read_charger(gateway)
        except CannotConnect:
            continue
        except NotAnOpenEvse, FirmwareTooOld, TlsWanted:
            return False
        except OpenEvseError:
            return True
        told, known = identify(report).serial, known_serial(entry)
        if told is None:
            return not needs_number
        return known is None or told == known
    return False
