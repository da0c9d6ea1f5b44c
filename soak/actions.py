"""What is done in Home Assistant meanwhile: commands, at any moment, and entries that come and go."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
import random
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
import probatio as vol

from .home import Home
from .world import PIN


@dataclass(frozen=True, kw_only=True)
class Command:
    """An action on an entity of a device."""

    device: str
    action: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)


def _switched(device: str, platform: str, key: str) -> tuple[Command, Command]:
    on, off = (Command(device=device, action=f"{platform}.turn_{which}", key=key) for which in ("on", "off"))
    return on, off


# What we hold at a charger, a claim and a current, ends when its entry is unloaded; so does this.
_SET_FREE: Final = (
    Command(device="charger", action="select.select_option", key="mode", data={"option": "auto"}),
    Command(device="charger", action="number.set_value", key="charge_current", data={"value": 24}),
)
COMMANDS: Final = (
    Command(device="car", action="lock.lock", key="doors", data={"code": PIN}),
    Command(device="car", action="lock.unlock", key="doors", data={"code": PIN}),
    *_switched("car", "switch", "charging"),
    *_switched("car", "climate", "cabin"),
    Command(device="car", action="number.set_value", key="target_state_of_charge", data={"value": 70}),
    Command(device="car", action="button.press", key="refresh"),
    *_switched("server_car", "switch", "charging"),
    *_switched("server_car", "climate", "cabin"),
    Command(device="server_car", action="number.set_value", key="target_state_of_charge", data={"value": 90}),
    Command(device="server_car", action="button.press", key="refresh"),
    *_switched("charger", "switch", "charging_enabled"),
    Command(device="charger", action="number.set_value", key="charge_current", data={"value": 10}),
    *_SET_FREE,
    *_switched("operator", "switch", "session"),
    *_switched("operator", "switch", "session"),
    Command(device="operator", action="button.press", key="unlock_connector"),
)


class Household:
    """Whoever uses Home Assistant while everything else goes wrong."""

    def __init__(self, home: Home, chance: random.Random) -> None:
        """Use this home."""
        self._home = home
        self._chance = chance
        self._tasks: set[asyncio.Task[None]] = set()
        self.outcomes: Counter[str] = Counter()
        """How often commands came to what."""

    async def command_now_and_then(self, every: float) -> None:
        """Send a command every so many seconds on average, until cancelled."""
        while True:
            await asyncio.sleep(every * self._chance.uniform(0.5, 1.5))
            self.send(self._chance.choice(COMMANDS))

    def send(self, command: Command) -> None:
        """Send a command, without waiting for what becomes of it."""
        self._spawn(self._send(command))

    def send_all(self, device: str) -> None:
        """Send everything that there is to a device, at once."""
        for command in COMMANDS:
            if command.device == device:
                self.send(command)

    async def set_charger_free(self) -> None:
        """Hold nothing at the charger any more."""
        for command in _SET_FREE:
            await self._send(command)

    async def finish(self, patience: float) -> None:
        """Wait for what is under way; what takes longer is given up, as an automation that is stopped gives up."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=patience)
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)
            self.outcomes["given up"] += len(pending)

    async def _send(self, command: Command) -> None:
        platform, _, service = command.action.partition(".")
        state = self._home.state(command.device, platform, command.key)
        if state is None or state.state == STATE_UNAVAILABLE:
            self.outcomes["unavailable"] += 1
            return
        try:
            await self._home.hass.services.async_call(
                platform, service, {**command.data, "entity_id": state.entity_id}, blocking=True
            )
        except (HomeAssistantError, vol.Invalid) as error:
            self.outcomes[getattr(error, "translation_key", None) or type(error).__name__] += 1
        else:
            self.outcomes["done"] += 1

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nothing but Home Assistant's own errors may reach whoever calls an action.
            task.get_loop().call_exception_handler({"message": "A command ended by a fault", "exception": error})


@dataclass(frozen=True, kw_only=True)
class HomeFault:
    """Something that is done in Home Assistant to the entry of a device."""

    text: str
    happens: Callable[[Home, str], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _reloaded(times: int, home: Home, device: str) -> AsyncGenerator[None]:
    for _ in range(times):
        await home.hass.config_entries.async_reload(home.entries[device].entry_id)
    yield


@asynccontextmanager
async def _reloaded_at_once(home: Home, device: str) -> AsyncGenerator[None]:
    entries = home.entries.values()
    await asyncio.gather(*(home.hass.config_entries.async_reload(entry.entry_id) for entry in entries))
    yield


@asynccontextmanager
async def _unloaded(home: Home, device: str) -> AsyncGenerator[None]:
    await home.hass.config_entries.async_unload(home.entries[device].entry_id)
    yield
    if home.entries[device].state is ConfigEntryState.NOT_LOADED:
        await home.hass.config_entries.async_setup(home.entries[device].entry_id)


@asynccontextmanager
async def _disabled(home: Home, device: str) -> AsyncGenerator[None]:
    entry_id = home.entries[device].entry_id
    await home.hass.config_entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    yield
    await home.hass.config_entries.async_set_disabled_by(entry_id, None)


HOME_FAULTS: Final = (
    HomeFault(text="is reloaded", happens=partial(_reloaded, 1)),
    HomeFault(text="is reloaded three times", happens=partial(_reloaded, 3)),
    HomeFault(text="is reloaded with all others at once", happens=_reloaded_at_once),
    HomeFault(text="is unloaded, and loaded again", happens=_unloaded),
    HomeFault(text="is disabled, and enabled again", happens=_disabled),
)
