"""Home Assistant's core in this process, and the integration loaded as a user's is: from config entries."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import chain
import logging
import tempfile
import time
from types import MappingProxyType
from typing import Any

from homeassistant import loader
from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.config_entries import SOURCE_USER, ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.runner import create_event_loop

from custom_components.open_ev import const
from custom_components.open_ev.clients.ovms.metrics import STANDARD_METRICS, Metric
from custom_components.open_ev.clients.ovms.values import Kind
from custom_components.open_ev.coordinator import VehicleConfigEntry

from .broker import Address
from .traffic import MARK, RETAINED_METRICS, VEHICLE_TYPE, Receiver

_TIMEOUT = 60.0
_LISTS = frozenset({Kind.FLOATS, Kind.INTS, Kind.BITS})
# When these change, there is more to do than to show it: the module is told that somebody looks, the device page
# changes, a place is put together.
_DOES_MORE = frozenset(
    {
        "m.hardware",
        "m.time.utc",
        "m.version",
        "s.v3.connected",
        "v.c.charging",
        "v.e.awake",
        "v.e.on",
        "v.p.latitude",
        "v.p.longitude",
        "v.type",
    }
)


def run[ResultT](main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run something in an event loop as Home Assistant makes it."""
    logging.basicConfig(level=logging.ERROR)
    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        return runner.run(main)


async def until(condition: Callable[[], bool], *, every: float) -> None:
    """Wait for a condition, looked at every so many seconds; looking costs too."""
    patience = time.monotonic() + _TIMEOUT
    while not condition():
        assert time.monotonic() < patience, "never came true"
        await asyncio.sleep(every)


@asynccontextmanager
async def home_assistant() -> AsyncGenerator[HomeAssistant]:
    """Run Home Assistant's core: registries, storage and services, without front end and recorder."""
    with tempfile.TemporaryDirectory() as directory:
        hass = HomeAssistant(directory)
        hass.config.skip_pip = True
        loader.async_setup(hass)
        hass.config_entries = ConfigEntries(hass, {})
        await loader.async_get_custom_components(hass)
        await async_load_base_functionality(hass)
        await hass.async_start()
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


class Car(Receiver):
    """A car as the integration has it."""

    def __init__(self, hass: HomeAssistant, address: Address, prefix: str) -> None:
        """Make the config entry, as the config flow makes it."""
        super().__init__(prefix)
        self._hass = hass
        self.entry: VehicleConfigEntry = ConfigEntry(
            data={
                const.CONF_KIND: const.Kind.VEHICLE_MQTT.value,
                const.CONF_BROKER: const.BrokerSource.OWN.value,
                CONF_HOST: address.host,
                CONF_PORT: address.port,
                const.CONF_PREFIX: prefix,
                const.CONF_VEHICLE_TYPE: VEHICLE_TYPE,
            },
            discovery_keys=MappingProxyType({}),
            domain=const.DOMAIN,
            minor_version=1,
            options=None,
            source=SOURCE_USER,
            subentries_data=None,
            title=prefix.strip("/").rpartition("/")[2],
            unique_id=prefix.removesuffix("/"),
            version=1,
        )

    async def add(self) -> None:
        """Add it to Home Assistant, and wait until all that the broker keeps has been read."""
        await self._hass.config_entries.async_add(self.entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.entry.reason
        vehicle = self.entry.runtime_data.device
        await until(lambda: len(vehicle.readings) + vehicle.unknown_metrics >= RETAINED_METRICS, every=0.1)
        assert not vehicle.unreadable
        mark = next(row for row in self.entry.runtime_data.rows.sensors if row.listens == (MARK,))
        entity_id = self._entity_id(Platform.SENSOR, mark.key)
        async_track_state_change_event(self._hass, [entity_id], self._mark_changed)

    async def load(self) -> None:
        """Load the entry."""
        assert await self._hass.config_entries.async_setup(self.entry.entry_id)

    async def unload(self) -> None:
        """Unload the entry."""
        assert await self._hass.config_entries.async_unload(self.entry.entry_id)

    def entities_with_state(self) -> list[str]:
        """The enabled entities that show something now; buttons and news show nothing until they are used."""
        entries = er.async_entries_for_config_entry(er.async_get(self._hass), self.entry.entry_id)
        return [entry.entity_id for entry in entries if self.shows(entry.entity_id)]

    def shows(self, entity_id: str) -> bool:
        """Whether an entity shows something."""
        state = self._hass.states.get(entity_id)
        return state is not None and state.state not in {STATE_UNAVAILABLE, STATE_UNKNOWN}

    def metrics_of_one_entity(self) -> list[Metric]:
        """The metrics whose change makes one entity write one state, and does nothing else."""
        woken = self._woken()
        left_out = self._controls_listen_to() | _DOES_MORE | {MARK}
        return [
            metric
            for name, metric in STANDARD_METRICS.items()
            if woken[name] == 1 and name not in left_out and metric.kind not in _LISTS
        ]

    def metrics_of_no_entity(self) -> list[Metric]:
        """The metrics whose entities are all disabled."""
        watched = self._woken().keys() | self._controls_listen_to() | _DOES_MORE
        return [metric for name, metric in STANDARD_METRICS.items() if name not in watched]

    def _woken(self) -> Counter[str]:
        """How many enabled sensors and binary sensors a metric wakes."""
        rows = self.entry.runtime_data.rows
        tables = ((Platform.SENSOR, rows.sensors), (Platform.BINARY_SENSOR, rows.binary_sensors))
        enabled = [row for platform, table in tables for row in table if self._entity_exists(platform, row.key)]
        return Counter(str(name) for row in enabled for name in row.listens)

    def _controls_listen_to(self) -> set[str]:
        tables = vars(self.entry.runtime_data.rows)
        controls = chain.from_iterable(tables[name] for name in tables.keys() - {"sensors", "binary_sensors"})
        return {str(name) for row in controls for name in row.listens}

    def _entity_exists(self, platform: Platform, key: str) -> bool:
        return self._hass.states.get(self._entity_id(platform, key)) is not None

    def _entity_id(self, platform: Platform, key: str) -> str:
        unique_id = f"{self.entry.unique_id}_{key}"
        entity_id = er.async_get(self._hass).async_get_entity_id(platform, const.DOMAIN, unique_id)
        assert entity_id is not None
        return entity_id

    @callback
    def _mark_changed(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            self.dealt_with(state.state)
