"""Adding a car at an OVMS server, as far as its login and to its end, and who is known there."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from simulators.ovms_server import OvmsServer

from .dialog import choose, start, submit

ACCOUNT, SECRET = "anna", "correct-horse"


def own(server: OvmsServer, **typed: Any) -> dict[str, Any]:
    """What is typed to reach a server."""
    return {"host": server.host, "port": server.port, "tls": False, "verify_tls": True, **typed}


async def at(hass: HomeAssistant, server: OvmsServer, login: str, **typed: Any) -> ConfigFlowResult:
    """Go as far as a login at a server of one's own."""
    result = await start(hass, "server")
    result = await submit(hass, result, {"server": "own"})
    result = await submit(hass, result, own(server, **typed))
    return await choose(hass, result, login)


async def created(hass: HomeAssistant, result: ConfigFlowResult) -> dict[str, Any]:
    """The data of the entry that a flow has made, once it is unloaded again."""
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(result["result"].entry_id)
    return dict(result["data"])
