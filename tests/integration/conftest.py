"""A Home Assistant in this process, a broker with real sockets, and its MQTT integration."""

from collections.abc import AsyncGenerator, Generator
import logging
import socket
from typing import override
from unittest.mock import PropertyMock, patch

from aiohttp.abc import AbstractResolver, ResolveResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import aiohttp_client
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.open_ev import lock
from custom_components.open_ev.clients.ovms import commands, discovery, mqtt as ovms_mqtt, server as ovms_server
from custom_components.open_ev.entries import server_vehicle as server_vehicle_entry
from custom_components.open_ev.flows import broker as broker_flow, broker_options
from simulators.broker import EmbeddedBroker
from simulators.ovms_server import OvmsServer

from .certificates import Authority
from .texts import Texts, watch_flows


@pytest.fixture(autouse=True)
def _custom_integration(broker: EmbeddedBroker, enable_custom_integrations: None) -> None:
    """Let Home Assistant load what is under test, and end before its broker does."""


@pytest.fixture
async def broker(socket_enabled: None) -> AsyncGenerator[EmbeddedBroker]:
    """A broker that lets everybody in."""
    async with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[OvmsServer]:
    """An OVMS server without vehicles, whose clock stands still."""
    async with OvmsServer(speed=0) as server:
        yield server


@pytest.fixture
def mqtt_entry(hass: HomeAssistant, broker: EmbeddedBroker) -> MockConfigEntry:
    """Home Assistant's MQTT integration with the broker in its settings, not set up."""
    entry = MockConfigEntry(
        domain="mqtt",
        title="broker",
        data={"broker": broker.host, "port": broker.port, "protocol": "3.1.1"},
        version=2,
        minor_version=1,
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def mqtt(hass: HomeAssistant, mqtt_entry: MockConfigEntry, mock_hass_config: None) -> MockConfigEntry:
    """Home Assistant's MQTT integration, connected to the broker.

    A test with it has to be marked with `dialog.uses_home_assistants_server`: the integration brings that along.
    """
    assert await hass.config_entries.async_setup(mqtt_entry.entry_id)
    await hass.async_block_till_done()
    return mqtt_entry


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs certificates that nobody trusts without being told."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one, whom nothing trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
async def tls_broker(authority: Authority, socket_enabled: None) -> AsyncGenerator[EmbeddedBroker]:
    """A broker with a certificate of that authority, who looks at the certificates of its clients."""
    certificate = authority.sign("localhost")
    async with EmbeddedBroker(
        certificate=(certificate.chain_file, certificate.key_file), client_ca=authority.file
    ) as broker:
        yield broker


class _Loopback(AbstractResolver):
    """Leads every name to this machine."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    @override
    async def close(self) -> None:
        pass

    async def real_close(self) -> None:
        """Close, as Home Assistant closes its own when it stops."""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have names of devices that lead to simulated ones."""
    monkeypatch.setattr(aiohttp_client, "_async_make_resolver", lambda _: _Loopback())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search for cars no longer than a broker on loopback needs."""
    monkeypatch.setattr(broker_flow, "SEARCH_SECONDS", 1.0)
    monkeypatch.setattr(broker_options, "OPTIONS_SECONDS", 0.5)
    monkeypatch.setattr(discovery, "QUIET_SECONDS", 0.25)


@pytest.fixture(autouse=True)
def texts(monkeypatch: pytest.MonkeyPatch) -> Texts:
    """The translations, which every form, menu and abort that a test sees has to be in."""
    return watch_flows(monkeypatch)


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the event loop's debug mode off: it notes a stack for each of the brokers' thousands of tasks."""


@pytest.fixture(autouse=True)
def _quiet_broker() -> Generator[None]:
    """Keep what the broker says to itself out of the log: it is much, and not under test."""
    loggers = [logging.getLogger(name) for name in ("amqtt", "transitions")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def everything_enabled() -> Generator[None]:
    """Enable every entity, also those that a user would have to enable."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new_callable=PropertyMock,
        return_value=True,
    ):
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a silent car for a moment only, in which one that is there has answered on a busy machine too."""
    moment = 0.5
    defaults = commands.Command.__init__.__kwdefaults__
    monkeypatch.setattr(commands.Command.__init__, "__kwdefaults__", {**(defaults or {}), "timeout": moment})
    monkeypatch.setattr(commands, "SLOW_ANSWER_TIMEOUT", moment)
    monkeypatch.setattr(ovms_mqtt, "SIGN_OF_LIFE_TIMEOUT", moment)
    monkeypatch.setattr(ovms_mqtt, "CONFIG_TIMEOUT", moment)
    monkeypatch.setattr(lock, "CONFIRMATION_SECONDS", 0.1)


@pytest.fixture
def impatient_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon, and wait for a silent module for a moment only."""
    monkeypatch.setattr(ovms_server, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(ovms_server, "LAST_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(ovms_server, "REFUSED_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(ovms_server, "SIGN_OF_LIFE_TIMEOUT", 0.5)
    monkeypatch.setattr(server_vehicle_entry, "FIRST_KNOCK_SECONDS", 0.05)
    monkeypatch.setattr(server_vehicle_entry, "LAST_KNOCK_SECONDS", 0.1)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Write snapshots down as Home Assistant does: without what differs from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)
