"""Home Assistant in this process, with the four devices as a user has set them up."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import fields, replace
from functools import partial, partialmethod
import socket
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

from homeassistant.auth import auth_manager_from_config
from homeassistant.components.http.config import async_get_and_load_store
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_TOKEN, CONF_URL, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import HomeAssistantTCPConnector
from homeassistant.setup import async_setup_component

from benchmarks.home import home_assistant
from custom_components.open_ev import const
from custom_components.open_ev.clients.ocpi.pace import Pace as OperatorPace
from custom_components.open_ev.clients.openevse.charger import Charger, Pace as ChargerPace
from custom_components.open_ev.clients.ovms import server as server_link
from custom_components.open_ev.entries import charger as charger_entry, operator as operator_entry

from . import world

_SUBENTRY: Final = "soak-charge-point"
_CHARGER_ID: Final = "aabbccddee01"
# As aiohttp has it.
_KEPT: Final = 15.0
# An operator is looked at every half an hour, which is as long as all this takes.
_OPERATOR_PACE = OperatorPace(idle=15, session=5, expecting=3, first_retry=3, last_retry=15, refused=15)


@contextmanager
def hurried(factor: float) -> Generator[None]:
    """Have everything that is done again and again be done so many times as often.

    1 is as in a house, but for the operator.
    """

    def faster[PaceT: (OperatorPace, ChargerPace)](pace: PaceT) -> PaceT:
        return replace(pace, **{each.name: getattr(pace, each.name) / factor for each in fields(pace)})

    operator_pace = faster(_OPERATOR_PACE)
    with ExitStack() as patched:
        patched.enter_context(patch.object(operator_entry, "pace_of", lambda _: operator_pace))
        patched.enter_context(patch.object(charger_entry, "Charger", partial(Charger, pace=faster(ChargerPace()))))
        for name in ("FIRST_RETRY_SECONDS", "LAST_RETRY_SECONDS", "REFUSED_RETRY_SECONDS"):
            patched.enter_context(patch.object(server_link, name, getattr(server_link, name) / factor))
        # Connections that nobody uses are Home Assistant's to keep; what is left is looked for when they are closed.
        keeping = partialmethod(HomeAssistantTCPConnector.__init__, keepalive_timeout=_KEPT / factor)
        patched.enter_context(patch.object(HomeAssistantTCPConnector, "__init__", keeping))
        yield


def _entry(title: str, unique_id: str, data: Mapping[str, Any], *parts: ConfigSubentryDataWithId) -> ConfigEntry:
    return ConfigEntry(
        data=data,
        discovery_keys=MappingProxyType({}),
        domain=const.DOMAIN,
        minor_version=1,
        options=None,
        source=SOURCE_USER,
        subentries_data=parts or None,
        title=title,
        unique_id=unique_id,
        version=1,
    )


def entries(addresses: Mapping[str, Any]) -> dict[str, ConfigEntry]:
    """The config entries of the devices, by their names, as the config flow makes them."""
    return {
        "car": _entry(
            "Car",
            f"ovms/soak/{world.CAR_ID}",
            {
                const.CONF_KIND: const.Kind.VEHICLE_MQTT.value,
                const.CONF_BROKER: const.BrokerSource.OWN.value,
                CONF_HOST: "127.0.0.1",
                CONF_PORT: addresses["broker"],
                const.CONF_PREFIX: world.CAR_PREFIX,
                const.CONF_VEHICLE_TYPE: world.CAR_TYPE,
            },
        ),
        "server_car": _entry(
            "Car at a server",
            f"{world.SERVER_CAR_ID}@127.0.0.1",
            {
                const.CONF_KIND: const.Kind.VEHICLE_SERVER.value,
                CONF_HOST: "127.0.0.1",
                CONF_PORT: addresses["server"],
                const.CONF_TLS: False,
                const.CONF_VERIFY_TLS: True,
                const.CONF_VEHICLE_ID: world.SERVER_CAR_ID,
                CONF_PASSWORD: world.SERVER_LOGIN,
                const.CONF_VEHICLE_TYPE: world.SERVER_CAR_TYPE,
            },
        ),
        "charger": _entry(
            "Charger",
            _CHARGER_ID,
            {const.CONF_KIND: const.Kind.CHARGER.value, CONF_URL: addresses["charger"], const.CONF_VERIFY_TLS: True},
        ),
        "operator": _entry(
            "Operator",
            f"{addresses['operator']} NL HOM",
            {
                const.CONF_KIND: const.Kind.OPERATOR.value,
                const.CONF_VERSIONS_URL: addresses["operator"],
                CONF_TOKEN: world.OPERATOR_TOKEN,
                const.CONF_FOR_OPERATOR: world.OWN_TOKEN,
                const.CONF_COUNTRY_CODE: "NL",
                const.CONF_PARTY_ID: "HOM",
                const.CONF_ENCODING: "auto",
                const.CONF_DRIVER_UID: "SOAK-DRIVER",
                const.CONF_CONTRACT_ID: "NL-HOM-SOAK",
                const.CONF_DRIVER_TYPE: "APP_USER",
                const.CONF_ISSUER: "Home",
            },
            ConfigSubentryDataWithId(
                subentry_id=_SUBENTRY,
                subentry_type=const.SUBENTRY_CHARGE_POINT,
                title="Charge point",
                unique_id=f"loc1/{world.EVSE}".lower(),
                data={const.CONF_LOCATION_ID: "LOC1", const.CONF_EVSE_UID: world.EVSE},
            ),
        ),
    }


class Home:
    """The devices' config entries and entities."""

    def __init__(self, hass: HomeAssistant, addresses: Mapping[str, Any]) -> None:
        """Make the entries, without adding them."""
        self.hass = hass
        self.entries = entries(addresses)

    async def add(self) -> None:
        """Add all of them."""
        for entry in self.entries.values():
            await self.hass.config_entries.async_add(entry)

    async def load(self) -> None:
        """Load all of them."""
        for entry in self.entries.values():
            await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()

    async def unload(self) -> None:
        """Unload all of them; what still waits for its next try is unloaded too."""
        for entry in self.entries.values():
            await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_block_till_done()

    async def remove(self) -> None:
        """Remove all of them, as a user does."""
        for entry in self.entries.values():
            await self.hass.config_entries.async_remove(entry.entry_id)
        await self.hass.async_block_till_done()
        self.entries.clear()

    @property
    def not_loaded(self) -> list[str]:
        """The devices whose entry is not loaded now."""
        return [name for name, entry in self.entries.items() if entry.state is not ConfigEntryState.LOADED]

    def enabled(self) -> dict[str, list[str]]:
        """The ids of the enabled entities by device."""
        registry = er.async_get(self.hass)
        return {
            name: [
                each.entity_id
                for each in er.async_entries_for_config_entry(registry, entry.entry_id)
                if each.disabled_by is None
            ]
            for name, entry in self.entries.items()
        }

    def entity_id(self, device: str, platform: str, key: str) -> str | None:
        """The id of an entity of a device."""
        unique_id = _SUBENTRY if device == "operator" else self.entries[device].unique_id
        return er.async_get(self.hass).async_get_entity_id(platform, const.DOMAIN, f"{unique_id}_{key}")

    def state(self, device: str, platform: str, key: str) -> State | None:
        """What an entity of a device shows."""
        entity_id = self.entity_id(device, platform, key)
        return None if entity_id is None else self.hass.states.get(entity_id)

    def unavailable(self) -> list[str]:
        """The enabled entities without a state, and those that are unavailable."""
        found = {entity_id: self.hass.states.get(entity_id) for ids in self.enabled().values() for entity_id in ids}
        return [entity_id for entity_id, state in found.items() if state is None or state.state == STATE_UNAVAILABLE]

    def shown(self) -> dict[str, str]:
        """What all enabled entities show, but for those that tell what has happened or is to be pressed."""
        left_out = (f"{Platform.EVENT}.", f"{Platform.BUTTON}.")
        ids = (entity_id for found in self.enabled().values() for entity_id in found)
        states = (self.hass.states.get(entity_id) for entity_id in ids if not entity_id.startswith(left_out))
        return {state.entity_id: state.state for state in states if state is not None}


@asynccontextmanager
async def home(addresses: Mapping[str, Any]) -> AsyncGenerator[Home]:
    """Run Home Assistant with a web server on loopback, where operators post results."""
    async with home_assistant() as hass:
        hass.auth = await auth_manager_from_config(hass, [{"type": "homeassistant"}], [])
        port = _free_port()
        config = {"http": {"server_host": ["127.0.0.1"], "server_port": port}}
        assert await async_setup_component(hass, "http", config)
        # Settings that nobody confirms are taken back after five minutes, by a restart.
        await (await async_get_and_load_store(hass)).async_promote_pending()
        # It would wait for the front end, or for Home Assistant to start.
        await hass.http.start()
        hass.config.internal_url = f"http://127.0.0.1:{port}"
        yield Home(hass, addresses)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
