"""A simulated operator on loopback, which reaches Home Assistant, and its config entry there."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestServer
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.clients.ocpi.charge_point import ChargePoint
from custom_components.open_ev.clients.ocpi.operator import Operator
from custom_components.open_ev.clients.ocpi.pace import Pace
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.entries import operator as operator_entry_module
from simulators.cpo import Cpo, Quirk, Version
from tests.operator_pace import QUICK

from .garage import eventually

# aiohttp asks Home Assistant's server to name its data in another way, also that of a request.
uses_webhooks = pytest.mark.filterwarnings("ignore:It is recommended to use web:aiohttp.web.NotAppKeyWarning")

TOKEN, OWN_TOKEN = "operator-secret-1", "own-secret-2"
DRIVER_UID, CONTRACT_ID = "DRIVER-1", "NL-HOM-DRIVER-1"
TITLE = "Open Operator"


def operator_data(cpo: Cpo, **changes: Any) -> dict[str, Any]:
    """What an operator's entry holds."""
    return {
        "kind": "operator",
        "versions_url": cpo.versions_url,
        "token": TOKEN,
        "own_token": OWN_TOKEN,
        "country_code": "NL",
        "party_id": "HOM",
        "encoding": "auto",
        "driver_uid": DRIVER_UID,
        "contract_id": CONTRACT_ID,
        "driver_type": "APP_USER",
        "issuer": "Home",
        **changes,
    }


def chosen(cpo: Cpo, evse: str) -> ConfigSubentryDataWithId:
    """A charge point of the simulated operator, as a subentry."""
    location = "LOC2" if evse == "EVSE3" else "LOC1"
    return ConfigSubentryDataWithId(
        subentry_id=f"{evse}-of-{cpo.port}",
        subentry_type="charge_point",
        title=evse,
        unique_id=f"{location}/{evse}".lower(),
        data={"location_id": location, "evse_uid": evse},
    )


def operator_entry(
    cpo: Cpo, *evses: str, options: Mapping[str, Any] | None = None, title: str = TITLE, **data: Any
) -> MockConfigEntry:
    """The config entry of an operator with some of its charge points."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=f"{cpo.versions_url} NL HOM {DRIVER_UID}",
        data=operator_data(cpo, **data),
        options=options or {},
        subentries_data=[chosen(cpo, evse) for evse in evses],
    )


@dataclass(frozen=True, kw_only=True)
class Place:
    """A charge point, as Home Assistant shows it."""

    hass: HomeAssistant
    entry: MockConfigEntry
    evse: str

    @property
    def subentry_id(self) -> str:
        """What the entry calls it."""
        [found] = [key for key, each in self.entry.subentries.items() if each.data["evse_uid"] == self.evse]
        return found

    @property
    def point(self) -> ChargePoint:
        """The client's charge point, while the entry is loaded."""
        [found] = [each.device for each in self.entry.runtime_data.devices if each.subentry_id == self.subentry_id]
        assert isinstance(found, ChargePoint)
        return found

    @property
    def device(self) -> dr.DeviceEntry:
        """Its device."""
        device = dr.async_get(self.hass).async_get_device_by_identifier((DOMAIN, self.subentry_id), self.entry.entry_id)
        assert device is not None
        return device

    def entity_id(self, key: str, platform: str) -> str:
        """The id of an entity of it."""
        entity_id = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{self.subentry_id}_{key}")
        assert entity_id is not None, f"there is no {platform} {key}"
        return entity_id

    def has(self, key: str, platform: str) -> bool:
        """Whether there is such an entity, enabled or not."""
        return er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{self.subentry_id}_{key}") is not None

    def look(self, key: str, platform: str) -> State:
        """An entity's state with its attributes."""
        state = self.hass.states.get(self.entity_id(key, platform))
        assert state is not None, f"{platform} {key} has no state"
        return state

    def state(self, key: str, platform: str = "sensor") -> str:
        """An entity's state."""
        return self.look(key, platform).state

    async def shows(self, key: str, state: str, platform: str = "sensor") -> None:
        """Wait until an entity has a state."""
        await eventually(lambda: self.state(key, platform) == state, f"{platform} {key} shows {state}")

    async def call(self, key: str, action: str) -> None:
        """Perform an action, such as `switch.turn_on`, on an entity."""
        platform, _, service = action.partition(".")
        target = {"entity_id": self.entity_id(key, platform)}
        await self.hass.services.async_call(platform, service, {}, target=target, blocking=True)

    async def start(self) -> None:
        """Switch the session on."""
        await self.call("session", "switch.turn_on")

    async def stop(self) -> None:
        """Switch the session off."""
        await self.call("session", "switch.turn_off")


@dataclass(frozen=True, kw_only=True)
class Plaza:
    """An operator, and what Home Assistant has of it."""

    hass: HomeAssistant
    cpo: Cpo
    entry: MockConfigEntry

    @property
    def operator(self) -> Operator:
        """The client's operator, while the entry is loaded."""
        operator: Operator = self.entry.runtime_data.operator
        return operator

    def place(self, evse: str = "EVSE1") -> Place:
        """One of its charge points."""
        return Place(hass=self.hass, entry=self.entry, evse=evse)

    async def set_up(self) -> None:
        """Load the entry."""
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def look(self) -> None:
        """Look at everything now, and let everybody be told."""
        await self.operator.look()
        await self.hass.async_block_till_done()

    async def loaded_again(self, operator: Operator) -> None:
        """Wait until the entry has another operator than this one."""
        await eventually(lambda: self.entry.state is ConfigEntryState.LOADED and self.operator is not operator)
        await self.hass.async_block_till_done()

    @property
    def webhooks(self) -> list[str]:
        """The ids of the webhooks that are open."""
        return webhooks_of(self.hass)


def webhooks_of(hass: HomeAssistant) -> list[str]:
    """The ids of all of the integration's webhooks."""
    handlers: Mapping[str, webhook.WebhookData] = hass.data.get(webhook.DOMAIN, {})
    return [webhook_id for webhook_id, data in handlers.items() if data.domain == DOMAIN]


@asynccontextmanager
async def reachable(hass: HomeAssistant) -> AsyncGenerator[TestServer]:
    """Have Home Assistant's web server listen on loopback, where its network settings say that it is."""
    assert await async_setup_component(hass, "webhook", {})
    server = TestServer(hass.http.app, skip_url_asserts=True)
    await server.start_server()
    hass.config.internal_url = str(server.make_url("")).rstrip("/")
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def operated(
    hass: HomeAssistant,
    *evses: str,
    versions: Version | Iterable[Version] = Version.V2_2_1,
    quirks: Iterable[Quirk] = (),
    pace: Pace = QUICK,
    inbound: bool = True,
    set_up: bool = True,
    options: Mapping[str, Any] | None = None,
    **data: Any,
) -> AsyncGenerator[Plaza]:
    """Run an operator, and set its entry up with some of its charge points, EVSE1 if none is named."""
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(operator_entry_module, "pace_of", lambda _: pace))
        if inbound:
            await stack.enter_async_context(reachable(hass))
        else:
            # Elsewhere than on this machine there is no way in without https.
            stack.enter_context(patch.object(operator_entry_module, "is_loopback", lambda _: False))
        cpo = Cpo(versions, token=TOKEN, callback_token=OWN_TOKEN, quirks=quirks)
        await stack.enter_async_context(cpo)
        plaza = Plaza(hass=hass, cpo=cpo, entry=operator_entry(cpo, *(evses or ("EVSE1",)), options=options, **data))
        try:
            if set_up:
                await plaza.set_up()
            yield plaza
        finally:
            if plaza.entry.state is ConfigEntryState.LOADED:
                assert await hass.config_entries.async_unload(plaza.entry.entry_id)
            await hass.async_block_till_done()
            assert webhooks_of(hass) == []


async def reserve(place: Place, **data: Any) -> dict[str, Any]:
    """Reserve a charge point for an hour, or as `data` has it; returns the response."""
    wanted = {"duration": {"hours": 1}} if not {"duration", "until"} & data.keys() else {}
    return await act(place, "reserve", **wanted, **data)


async def cancel(place: Place, **data: Any) -> dict[str, Any]:
    """Give a reservation up; returns the response."""
    return await act(place, "cancel_reservation", **data)


async def act(place: Place, action: str, **data: Any) -> dict[str, Any]:
    """Perform an action on a charge point."""
    told = await place.hass.services.async_call(
        DOMAIN, action, {"charge_point": place.device.id, **data}, blocking=True, return_response=True
    )
    return dict(told or {})
