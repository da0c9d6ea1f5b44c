"""A car with a simulated module on a real broker, and its config entry in Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import time
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Context, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from custom_components.open_ev.clients.ovms.vehicle_types import vehicle_type as type_of
from custom_components.open_ev.const import DOMAIN
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import OvmsModule

MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# No timestamp and no id can contain it by chance.
SIGN_OF_LIFE = "server v3 update modified"
PIN = "Zk73519"
EMPTY: tuple[object, ...] = (None, "", (), frozenset())

# Far above what anything here takes, also on a busy machine; who waits so long has failed.
PATIENCE = 30.0


async def eventually(condition: Callable[[], bool], what: str = "") -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never came true: {what or condition}"
        await asyncio.sleep(0.002)


async def becomes(read: Callable[[], object], wanted: object) -> None:
    """Wait until something that is read has a value."""
    await eventually(lambda: read() == wanted, f"it becomes {wanted}")


def reauthentications(hass: HomeAssistant) -> int:
    """How many flows ask for new credentials."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return sum(flow["context"]["source"] == SOURCE_REAUTH for flow in flows)


def remember(hass: HomeAssistant, entity_id: str) -> list[State]:
    """Write down every state that an entity has from now on."""
    states: list[State] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == entity_id and (state := event.data["new_state"]) is not None:
            states.append(state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    return states


def vehicle_entry(
    broker: EmbeddedBroker,
    /,
    vehicle_type: str | None = "VWEG",
    *,
    vehicle_id: str = "DEMO1",
    options: Mapping[str, Any] | None = None,
    **data: Any,
) -> MockConfigEntry:
    """The config entry of a vehicle on a broker of its own."""
    known_type = {} if vehicle_type is None else {"vehicle_type": vehicle_type}
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"{type_of(vehicle_type).name} {vehicle_id}",
        unique_id=f"ovms/demo/{vehicle_id}",
        data={
            "kind": "vehicle_mqtt",
            "broker": "own",
            "host": broker.host,
            "port": broker.port,
            "prefix": f"ovms/demo/{vehicle_id}/",
            **known_type,
            **data,
        },
        options=options or {},
    )


@dataclass(frozen=True, kw_only=True)
class InHomeAssistant:
    """A device's entities, as Home Assistant shows them."""

    hass: HomeAssistant
    entry: MockConfigEntry

    def entity_id(self, key: str, platform: str) -> str:
        """The id of an entity of this device."""
        entity_id = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{self.entry.unique_id}_{key}")
        assert entity_id is not None, f"there is no {platform} {key}"
        return entity_id

    def has(self, key: str, platform: str) -> bool:
        """Whether there is such an entity, enabled or not."""
        unique_id = f"{self.entry.unique_id}_{key}"
        return er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, unique_id) is not None

    def look(self, key: str, platform: str) -> State:
        """An entity's state with its attributes."""
        state = self.hass.states.get(self.entity_id(key, platform))
        assert state is not None, f"{platform} {key} has no state"
        return state

    def state(self, key: str, platform: str) -> str:
        """An entity's state."""
        return self.look(key, platform).state

    async def shows(self, key: str, platform: str, state: str) -> None:
        """Wait until an entity has a state."""
        await eventually(lambda: self.state(key, platform) == state, f"{platform} {key} shows {state}")

    async def call(self, key: str, action: str, *, context: Context | None = None, **data: Any) -> None:
        """Perform an action, such as `lock.unlock`, on an entity."""
        platform, _, service = action.partition(".")
        target = {"entity_id": self.entity_id(key, platform)}
        await self.hass.services.async_call(platform, service, data, target=target, blocking=True, context=context)


@dataclass(frozen=True, kw_only=True)
class Car(InHomeAssistant):
    """A module, and what Home Assistant has of it."""

    module: OvmsModule

    @property
    def vehicle(self) -> Vehicle:
        """The client's vehicle, while the entry is loaded."""
        vehicle: Vehicle = self.entry.runtime_data.device
        return vehicle

    @property
    def told(self) -> list[str]:
        """The command lines that the module was sent, but for those that only ask whether it is there."""
        return [line for line in self.module.received if line != SIGN_OF_LIFE]

    @property
    def done(self) -> list[str]:
        """The command lines that the car followed."""
        return [line for line in self.module.executed if line != SIGN_OF_LIFE]

    async def set_up(self) -> None:
        """Load the entry, and wait until everything that the module has published is there."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settled()

    async def settled(self) -> None:
        """Have the module publish all it knows, and wait until the last of it has arrived."""
        await self.module.send_all()
        # One connection keeps its order: what is published last arrives last.
        beat = int((self.vehicle.number("m.monotonic") or 0) + 1)
        await self.module.set("m.monotonic", beat)
        await eventually(lambda: self.vehicle.number("m.monotonic") == beat, "the module was heard")
        await self.hass.async_block_till_done()


def stored_topics(module: OvmsModule) -> set[str]:
    """The topics of the values that a module has told its broker. What is empty is not kept there."""
    names = [metric.definition.name for metric in module.metrics if module[metric.definition.name] not in EMPTY]
    return {f"{module.prefix}metric/{name.replace('.', '/')}" for name in names}


@asynccontextmanager
async def parked(
    hass: HomeAssistant,
    broker: EmbeddedBroker,
    vehicle_type: str = "VWEG",
    *,
    vehicle_id: str = "DEMO1",
    entry: MockConfigEntry | None = None,
    boot: bool = True,
    set_up: bool = True,
    **module_settings: Any,
) -> AsyncGenerator[Car]:
    """Park a car: boot its module, and set its entry up. The module's clock stands still unless it is pushed."""
    module = OvmsModule(
        broker.host,
        broker.port,
        prefix=f"ovms/demo/{vehicle_id}/",
        vehicle_type=vehicle_type,
        vehicle_id=vehicle_id,
        pin=PIN,
        **{"speed": 0, "start": MOMENT, **module_settings},
    )
    car = Car(hass=hass, module=module, entry=entry or vehicle_entry(broker, vehicle_type, vehicle_id=vehicle_id))
    async with AsyncExitStack() as stack:
        stack.push_async_exit(module)
        try:
            if boot:
                await module.boot()
                await eventually(lambda: stored_topics(module) <= broker.retained.keys(), "the broker has all of it")
            if set_up:
                await car.set_up()
            yield car
        finally:
            if car.entry.state is ConfigEntryState.LOADED:
                assert await hass.config_entries.async_unload(car.entry.entry_id)
            await hass.async_block_till_done()
