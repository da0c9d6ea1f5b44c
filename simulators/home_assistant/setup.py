"""What a user does once with a new Home Assistant, done through the same config flows."""

import asyncio
from typing import Any

from .api import Api, Json

_POLL = 0.1


class SetupFailed(RuntimeError):
    """A config flow did not end as it should; the text is what it said."""


async def use_broker(api: Api, port: int, username: str, password: str, *, protocol: str = "5") -> None:
    """Make Home Assistant's MQTT integration use the broker on loopback, whichever it used before.

    Args:
        api: the owner's session.
        port: the broker's port.
        username: for the broker.
        password: for the broker.
        protocol: the version of MQTT, "5" or "3.1.1".

    Raises:
        SetupFailed: the broker cannot be reached, or refuses.
    """
    entries = await api.entries("mqtt")
    answers: dict[str, Any] = {
        "broker": "127.0.0.1",
        "port": port,
        "protocol": protocol,
        "username": username,
        "password": password,
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"},
    }
    step = await api.start_flow("mqtt", entries[0]["entry_id"] if entries else None)
    step = await api.flow_step(step["flow_id"], answers)
    if step["type"] == "form":
        raise SetupFailed(f"Home Assistant cannot use the broker: {step['errors']}")


async def confirm_discovered(api: Api, domain: str, *, seconds: float = 30.0) -> Json:
    """Wait until something is discovered, confirm it, and return its config entry.

    Raises:
        SetupFailed: nothing was discovered in time, or it cannot be set up.
    """
    try:
        async with asyncio.timeout(seconds):
            flow = await _discovered(api, domain)
    except TimeoutError:
        raise SetupFailed(f"nothing was discovered for {domain} within {seconds:.0f} s") from None
    step = await api.flow_step(flow["flow_id"], {})
    if step["type"] != "create_entry":
        raise SetupFailed(f"what was discovered for {domain} cannot be set up: {step}")
    entry: Json = step["result"]
    return entry


async def _discovered(api: Api, domain: str) -> Json:
    while True:
        if flows := await api.flows(domain):
            return flows[0]
        await asyncio.sleep(_POLL)
