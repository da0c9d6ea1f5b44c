"""Bringing a charger that has no network yet into one."""

import asyncio
from dataclasses import dataclass
from typing import Final

from .gateway import Gateway, Resource
from .report import JsonObject, flag, number, text

# The first answer to /scan is mostly empty: it begins a scan, which takes a few seconds.
_TRIES: Final = 8
SCAN_PAUSE: Final = 1.5
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network that a charger can see."""

    ssid: str
    signal: float
    """dBm."""


def is_access_point(status: JsonObject) -> bool:
    """Whether the gateway is in no network, and offers one of its own."""
    return text(status, "mode") == "AP"


async def scan(gateway: Gateway) -> list[Network]:
    """Find the networks that a charger can see, the strongest first; none if there is none.

    Raises:
        OpenEvseError: what any request raises.
    """
    found: dict[str, Network] = {}
    for attempt in range(_TRIES):
        if attempt:
            await asyncio.sleep(SCAN_PAUSE)
        for row in await gateway.get_list(Resource.SCAN):
            network = _network(row) if isinstance(row, dict) else None
            if network is None:
                continue
            # Several stations may make up one network.
            known = found.get(network.ssid)
            if known is None or known.signal < network.signal:
                found[network.ssid] = network
        if found:
            break
    return sorted(found.values(), key=lambda network: -network.signal)


def _network(row: JsonObject) -> Network | None:
    ssid = text(row, "ssid")
    return None if ssid is None or flag(row, "hidden") else Network(ssid=ssid, signal=number(row, "rssi") or -100.0)


async def join(gateway: Gateway, status: JsonObject, ssid: str, password: str) -> None:
    """Have a charger join a network. It says yes before it tries, and is gone from its own network when that works.

    Up to firmware 4.1.7 a network is joined by /savenetwork, which 4.1.9 does not have any more; it has the session's
    limit in its status, which the other has not.

    Raises:
        OpenEvseError: what any request raises. After CannotConnect it may be on its way all the same.
    """
    if "limit" in status:
        await gateway.post("/config", {"ssid": ssid, "pass": password})
    else:
        await gateway.post_form("/savenetwork", {"ssid": ssid, "pass": password})
