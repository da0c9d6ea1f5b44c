"""Which metrics tell who a car is or where it is: those are handed to nobody who helps, nor to a script."""

import re
from typing import Final

from .clients.ovms.metrics import STANDARD_METRICS, vehicle_metrics
from .descriptions.vehicle import own_metrics

# Who the car is, where it is and was, and which networks it meets.
SECRET_METRICS: Final = frozenset(
    {
        "m.net.mdm.iccid",
        "m.net.mdm.network",
        "m.net.provider",
        "m.net.wifi.network",
        "m.serial",
        "v.p.altitude",
        "v.p.direction",
        "v.p.latitude",
        "v.p.location",
        "v.p.longitude",
        "v.p.valet.distance",
        "v.p.valet.latitude",
        "v.p.valet.longitude",
        "v.vin",
    }
)
PRIVATE_METRICS: Final = SECRET_METRICS | own_metrics.SECRET_METRICS | own_metrics.PLACE_METRICS

# How a metric that no catalogue knows may be called if it is one of that kind. Rather one too many.
_PRIVATE_NAME = re.compile(
    r"vin|lat|lon|pos|gps|loc|street|addr|iccid|ims?i|imei|ssid|serial|net|user|pass|key", re.IGNORECASE
)
# What a list has in place of a name where a text of several lines goes on, and that may be an address.
_NAME = re.compile(r"[a-z]\w*(?:\.[\w-]+)+", re.ASCII)


def is_private(name: str, type_code: str) -> bool:
    """Whether a metric of a car of this type must not be told; one that a plugin or a script made is judged by its name."""
    if name in STANDARD_METRICS or name in vehicle_metrics(type_code):
        return name in PRIVATE_METRICS
    return _NAME.fullmatch(name) is None or _PRIVATE_NAME.search(name) is not None
