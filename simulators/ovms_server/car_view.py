"""How the module reads its metrics for the v2 messages, and how it writes them (firmware 3.3.006).

A metric that is undefined is written as 0 or as a text of the field's own. Numbers are computed in single precision,
which shows where they are cut off. Not the client's arithmetic, on purpose.
"""

from collections.abc import Container

from simulators.ovms_module.configuration import Configuration
from simulators.ovms_module.encoding import single_precision
from simulators.ovms_module.metrics import Metrics

KM_PER_MILE = 1.609347
_PSI_PER_KPA = 0.14503773773020923
_SIGNAL_BASE, _SIGNAL_STEP = -113, 2
_GPS_STALE_AFTER = 10


class View:
    """A module's metrics in the units that its owner has chosen."""

    def __init__(self, metrics: Metrics, config: Configuration, stale: Container[str] = (), now: float = 0.0) -> None:
        """Look at the metrics at a moment (Unix time); those named in `stale` have not been heard of for too long."""
        self._metrics = metrics
        self._config = config
        self._stale = stale
        self._now = now
        self.miles = config.text("vehicle", "units.distance", "K") == "M"

    def defined(self, name: str) -> bool:
        """Whether a metric exists and is defined."""
        return name in self._metrics and self._metrics[name].defined

    def setting(self, param: str, instance: str, default: str) -> str:
        """The module's configuration."""
        return self._config.text(param, instance) or default

    # Values

    def flag(self, name: str) -> bool:
        """A yes-no metric."""
        return self._metrics.boolean(name)

    def value(self, name: str) -> float:
        """A number in its metric's unit."""
        return self._metrics.number(name)

    def distance(self, name: str) -> float:
        """Kilometres or miles; the same for speeds."""
        return self._distance(self.value(name))

    def text(self, name: str, default: str = "") -> str:
        """A text as it is, commas and all."""
        return self._metrics.text(name) if self.defined(name) else default

    def encoded(self, name: str) -> str:
        """A text made fit for a field."""
        return encode(self.text(name))

    # Numbers as text

    def integer(self, name: str, default: int = 0) -> str:
        """Cut off, not rounded."""
        return str(int(self.value(name))) if self.defined(name) else str(default)

    def plain(self, name: str) -> str:
        """Six significant digits, as a metric is written without saying more."""
        return _plain(self.value(name)) if self.defined(name) else "0"

    def short(self, name: str, digits: int) -> str:
        """Rounded to so many decimals; an undefined one is a bare 0."""
        return f"{self.value(name):.{digits}f}" if self.defined(name) else "0"

    def fixed(self, name: str, digits: int = 2) -> str:
        """Rounded to so many decimals, also where it is undefined."""
        return f"{self.value(name):.{digits}f}"

    def whole_distance(self, name: str) -> str:
        """Kilometres or miles, cut off."""
        return str(int(self.distance(name)))

    def short_distance(self, name: str) -> str:
        """Kilometres or miles, or those an hour, with one decimal."""
        return f"{self.distance(name):.1f}" if self.defined(name) else "0"

    def tenths_of_distance(self, name: str) -> str:
        """Tenths of a kilometre or a mile, cut off."""
        return str(int(single_precision(self.distance(name) * 10)))

    def tenths(self, name: str) -> str:
        """Tenths of the unit, cut off."""
        return str(int(single_precision(self.value(name) * 10)))

    def moment(self, name: str) -> str:
        """Unix time that has been through a single precision number: only each 128th second is left; -1 undefined."""
        return str(int(single_precision(self.value(name)))) if self.defined(name) else "-1"

    def signal(self) -> str:
        """The modem's own measure, 0 to 31, of what is defined in dBm."""
        if not self.defined("m.net.sq"):
            return "0"
        return str(max(0, int((self.value("m.net.sq") - _SIGNAL_BASE) / _SIGNAL_STEP)))

    def _distance(self, km: float) -> float:
        return single_precision(km / KM_PER_MILE) if self.miles else km

    # Lists

    def elements(self, name: str) -> list[float]:
        """The elements of a vector."""
        if not self.defined(name):
            return []
        value = self._metrics[name].value
        return list(value) if isinstance(value, tuple) else []

    def pressure_psi(self, wheel: int) -> str:
        """A tyre's pressure."""
        found = self.elements("v.t.pressure")[wheel : wheel + 1]
        return _plain(found[0] * _PSI_PER_KPA) if found else "0"

    # Age

    def stale(self, name: str) -> bool:
        """Whether a metric has not been heard of for long, or never."""
        return not self.defined(name) or name in self._stale

    def validity(self, *names: str) -> str:
        """-1 where none is defined, 0 where one has not been heard of for long, 1 where all is well."""
        if not any(self.defined(name) for name in names):
            return "-1"
        return str(int(not any(self.defined(name) and self.stale(name) for name in names)))

    def gps_validity(self) -> str:
        """The same for the position, by the satellites' own time."""
        if not self.defined("v.p.gpstime"):
            return "-1"
        old = self._now - self.value("v.p.gpstime") > _GPS_STALE_AFTER
        return str(int(not old and not self.stale("v.p.gpstime")))


def encode(text: str) -> str:
    """Make a text fit for a field: lines end with CR, and no comma is left."""
    return text.replace("\r\n", "\r").replace("\n", "\r").replace(",", ";")


def _plain(value: float) -> str:
    return f"{value:g}"
