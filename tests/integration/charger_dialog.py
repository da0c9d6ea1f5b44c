"""Chargers in front of a flow: how they are added by hand, discovered, and what their entries hold."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, Protocol

from homeassistant.config_entries import SOURCE_DHCP, SOURCE_ZEROCONF, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.const import DOMAIN
from simulators.openevse import Generation, OpenEvse

from .dialog import start, submit

SERIAL = "aabbccddee01"
NOWHERE = "http://127.0.0.1:9"
"""An address that nothing listens at."""

generations = pytest.mark.parametrize("generation", list(Generation))
with_serial = pytest.mark.parametrize("generation", [Generation.V4_1_7, Generation.V5_1, Generation.HEAD])
without_serial = pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V3_3, Generation.V4_1_0])
with_password = pytest.mark.parametrize("generation", [Generation.V2_7, Generation.V5_1, Generation.HEAD])


@asynccontextmanager
async def standing(
    hass: HomeAssistant, generation: Generation = Generation.V5_1, *, serial: str = SERIAL, **settings: Any
) -> AsyncGenerator[OpenEvse]:
    """Put a charger up, and take it away once no entry needs it any more."""
    async with OpenEvse(generation, serial=serial, **settings) as charger:
        yield charger
        await hass.async_block_till_done()
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)


def unique_id(charger: OpenEvse) -> str:
    """What a charger's entry is known by, when it was added by hand at its present address."""
    return charger.serial if charger.generation.firmware.number >= (4, 1, 2) else charger.url.removeprefix("http://")


def name_of(charger: OpenEvse) -> str:
    """What a charger is called."""
    return str(charger.config.get("hostname", "OpenEVSE"))


def data(charger: OpenEvse, **more: Any) -> dict[str, Any]:
    """What a charger's entry holds."""
    return {"kind": "charger", "url": charger.url, "verify_tls": True, **more}


def entry_for(charger: OpenEvse, **changes: Any) -> MockConfigEntry:
    """The entry of a charger; `unique_id` may be another one, and so may its data."""
    known = changes.pop("unique_id", unique_id(charger))
    return MockConfigEntry(domain=DOMAIN, title="openevse", unique_id=known, data=data(charger, **changes))


async def add(hass: HomeAssistant, address: str) -> ConfigFlowResult:
    """Type a charger's address."""
    return await submit(hass, await start(hass, "charger"), {"host": address})


class Announced(Protocol):
    """What announces itself as a charger, whatever it is."""

    @property
    def port(self) -> int:
        """Where its web server listens."""

    @property
    def announcement(self) -> dict[str, str]:
        """What it says beside its address."""


async def announce(
    hass: HomeAssistant,
    charger: Announced,
    *,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    name: str = "openevse-ee01",
    **properties: Any,
) -> ConfigFlowResult:
    """Hand a charger's announcement to the flow, as zeroconf does."""
    addresses = [ip_address(host) for host in hosts]
    service = ZeroconfServiceInfo(
        ip_address=addresses[0],
        ip_addresses=addresses,
        port=charger.port,
        hostname="openevse-ee01.local.",
        type="_openevse._tcp.local.",
        name=f"{name}._openevse._tcp.local.",
        properties={**charger.announcement, **properties},
    )
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=service)


async def lease(
    hass: HomeAssistant, ip: str = "127.0.0.1", serial: str = SERIAL, name: str = "openevse-ee01"
) -> ConfigFlowResult:
    """Hand an address that was given to a device to the flow, as DHCP discovery does."""
    device = DhcpServiceInfo(ip=ip, hostname=name, macaddress=serial)
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_DHCP}, data=device)


def assert_aborted(result: ConfigFlowResult, reason: str) -> None:
    """Check that a flow has ended, and why."""
    assert (result["type"], result.get("reason")) == (FlowResultType.ABORT, reason)


def assert_created(result: ConfigFlowResult, charger: OpenEvse, **more: Any) -> None:
    """Check that a charger was set up, by all that its entry is to hold."""
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == name_of(charger)
    assert result["data"] == data(charger, **more)
