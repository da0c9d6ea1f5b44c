"""Automations made from the repository's blueprints, and a clock that can be put forward."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
import time
from unittest.mock import patch

import freezegun
from freezegun.api import TickingDateTimeFactory
from homeassistant.components.blueprint import models
from homeassistant.components.persistent_notification import (
    DOMAIN as PERSISTENT_NOTIFICATION,
    Notification,
    UpdateType,
    async_register_callback,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CoreState, HomeAssistant, State, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component import common

from .garage import eventually

BLUEPRINTS = Path(__file__).absolute().parents[2] / "blueprints"
AUTOMATION = "automation.under_test"

# Who waits for as long as a step takes waits for one step. Home Assistant's own helper for tests allows as much.
ABOUT = timedelta(seconds=0.5)

# Real seconds that a run may take to talk to a device between two steps of the clock.
MOMENT_TO_ACT = 0.02


@dataclass(frozen=True)
class Clock:
    """The time that Home Assistant knows. Devices and their links live in real time."""

    hass: HomeAssistant
    factory: TickingDateTimeFactory
    deadlines: dict[asyncio.TimerHandle, datetime] = field(default_factory=dict)

    async def forward(self, seconds: float, *, step: float = 30) -> None:
        """Let time pass, in steps, so that what Home Assistant does at a time is done at about that time."""
        end = dt_util.utcnow() + timedelta(seconds=seconds)
        while (now := dt_util.utcnow()) < end:
            await self._step(min(now + timedelta(seconds=step), end))

    async def until(self, hour: int, minute: int = 0, *, step: float = 60) -> None:
        """Let time pass until clocks on the wall show this, and a second more."""
        now = dt_util.now()
        end = now.replace(hour=hour, minute=minute, second=1, microsecond=0)
        await self.forward((end - now).total_seconds() % 86400, step=step)

    async def _step(self, to: datetime) -> None:
        self._note_timers()
        self.factory.move_to(to)
        due = [handle for handle, deadline in self.deadlines.items() if deadline <= to + ABOUT]
        with patch.object(common, "get_scheduled_timer_handles", lambda _: due):
            common.async_fire_time_changed(self.hass, fire_all=True)
        # A run that waits for a later time would be waited for in vain.
        with suppress(TimeoutError):
            async with asyncio.timeout(MOMENT_TO_ACT):
                await self.hass.async_block_till_done()

    def _note_timers(self) -> None:
        """Note when Home Assistant's timers are due on this clock. The loop, which counts real seconds, does not know.

        Clients, simulators and the broker have timers in the same loop, which are none of Home Assistant's.
        """
        loop = self.hass.loop
        now = dt_util.utcnow()
        handles = get_scheduled_timer_handles(loop)
        pending = [handle for handle in handles if not handle.cancelled() and "homeassistant" in repr(handle).lower()]
        known = {handle: self.deadlines.get(handle) for handle in pending}
        self.deadlines.clear()
        for handle, deadline in known.items():
            self.deadlines[handle] = deadline or now + timedelta(seconds=handle.when() - loop.time())


@contextmanager
def clock(hass: HomeAssistant, start: datetime) -> Generator[Clock]:
    """Have Home Assistant live at another time, which goes on from there. The loop and MQTT count real seconds."""
    real_loop = patch.object(hass.loop, "time", time.monotonic)
    with real_loop, freezegun.freeze_time(start.astimezone(UTC), tick=True, ignore=["paho"]) as factory:
        assert isinstance(factory, TickingDateTimeFactory)
        yield Clock(hass, factory)


@dataclass(frozen=True)
class Automation:
    """An automation made of a blueprint."""

    hass: HomeAssistant

    @property
    def running(self) -> int:
        """How many of its runs have not ended."""
        state = self.hass.states.get(AUTOMATION)
        assert state is not None
        return int(state.attributes["current"])

    async def rests(self) -> None:
        """Wait until it has done what it does."""
        await eventually(lambda: not self.running, "the automation has ended")
        await self.hass.async_block_till_done()


@asynccontextmanager
async def automated(hass: HomeAssistant, blueprint: str, /, **inputs: object) -> AsyncGenerator[Automation]:
    """Make an automation of a blueprint, which is read from the repository; it ends before its devices do."""
    config = {
        "id": "under_test",
        "alias": "Under test",
        "use_blueprint": {"path": f"open_ev/{blueprint}.yaml", "input": inputs},
    }
    # An absolute folder is not looked for below the configuration.
    with patch.object(models, "BLUEPRINT_FOLDER", str(BLUEPRINTS)):
        assert await async_setup_component(hass, "automation", {"automation": config})
    state = hass.states.get(AUTOMATION)
    assert state is not None
    assert state.state == "on"
    try:
        yield Automation(hass)
    finally:
        target = {ATTR_ENTITY_ID: AUTOMATION}
        await hass.services.async_call("automation", "turn_off", target, blocking=True)


@callback
def begin_to_start(hass: HomeAssistant, last_triggered: datetime | None = None) -> None:
    """Be a Home Assistant that has not started yet, and that may remember when it last ran the automation.

    What is remembered has to be there before the first entity.
    """
    if last_triggered is not None:
        state = State(AUTOMATION, "on", {"last_triggered": last_triggered.isoformat()})
        common.mock_restore_cache(hass, [state])
    hass.set_state(CoreState.not_running)


async def listen(hass: HomeAssistant) -> list[str]:
    """Write down what Home Assistant tells its users from now on."""
    assert await async_setup_component(hass, PERSISTENT_NOTIFICATION, {})
    told: list[str] = []

    @callback
    def tell(update: UpdateType, notifications: dict[str, Notification]) -> None:
        if update is not UpdateType.REMOVED:
            told.extend(notification["message"] for notification in notifications.values())

    async_register_callback(hass, tell)
    return told
