"""What a soak looks at is seen: a wrong state, a leak, a word too many in the log, memory that grows."""

import asyncio
from collections.abc import Callable
import logging

from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from soak.checks import CHECKS, Check
from soak.logs import Listener
from soak.memory import Memory
from soak.traces import traces

LEVEL = Check(platform=Platform.SENSOR, key="level", truth="level", read=lambda state: float(state.state), within=1.0)
DOOR = Check(platform=Platform.BINARY_SENSOR, key="door", truth="door", read=lambda state: state.state == "on")


@pytest.mark.parametrize(
    ("check", "state", "truth", "right"),
    [
        (LEVEL, "50", 50.9, True),
        (LEVEL, "50", 51.1, False),
        (LEVEL, STATE_UNAVAILABLE, 50.0, False),
        (LEVEL, STATE_UNAVAILABLE, None, True),
        (DOOR, "on", True, True),
        (DOOR, "on", False, False),
    ],
)
def test_a_state_that_is_not_the_case_is_wrong(
    check: Check, state: str, truth: float | bool | None, right: bool
) -> None:
    """What nobody knows is not wrong."""
    assert (check.wrong(State("sensor.something", state), truth) is None) is right


def test_no_entity_is_checked_against_what_the_devices_do_not_say() -> None:
    """Each check of a device has a key of its own on its platform."""
    for checks in CHECKS.values():
        keys = [(check.platform, check.key) for check in checks]
        assert len(set(keys)) == len(keys)


async def _sleep() -> None:
    await asyncio.sleep(60)


def _leave_task(hass: HomeAssistant) -> Callable[[], object]:
    return hass.async_create_background_task(_sleep(), "left").cancel


def _leave_listener(hass: HomeAssistant) -> Callable[[], object]:
    return hass.bus.async_listen("left", print)


def _leave_signal(hass: HomeAssistant) -> Callable[[], object]:
    return async_dispatcher_connect(hass, "left", print)


def _leave_tracker(hass: HomeAssistant) -> Callable[[], object]:
    return async_track_state_change_event(hass, ["sensor.left"], print)


def _leave_object(_: HomeAssistant) -> Callable[[], object]:
    return Vehicle().close


@pytest.mark.parametrize(
    ("leave", "what"),
    [
        (_leave_task, "task _sleep"),
        (_leave_listener, "listener to left"),
        (_leave_signal, "target of the signal left"),
        (_leave_tracker, "tracker track_state_change_data"),
        (_leave_object, "object .clients.ovms.vehicle.Vehicle"),
    ],
)
async def test_what_is_left_is_seen(
    hass: HomeAssistant, leave: Callable[[HomeAssistant], Callable[[], object]], what: str
) -> None:
    """And no longer when it is gone."""
    before = traces(hass)
    take_away = leave(hass)
    await asyncio.sleep(0)
    assert (traces(hass) - before)[what] == 1
    take_away()
    del take_away
    await asyncio.sleep(0)
    assert (traces(hass) - before)[what] == 0


def test_what_should_not_be_said_is_heard() -> None:
    """A device that is lost may be told of; an error may not happen, whoever's it is."""
    listener = Listener()
    lost = "The connection to %s was lost: %s"
    for level, text, unexpected in (
        (logging.WARNING, lost, 0),
        (logging.ERROR, lost, 1),
        (logging.WARNING, "Something else was lost: %s %s", 2),
    ):
        listener.handle(logging.LogRecord("custom_components.open_ev", level, "", 1, text, ("Car", "gone"), None))
        assert len(listener.unexpected) == unexpected


def test_memory_that_grows_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand blocks a round are too many, and a few are chance."""
    for each, wrong in ((100, 0), (10_000, 1)):
        held = iter(range(0, 100 * each, each))
        monkeypatch.setattr("soak.memory.live_blocks", lambda held=held: next(held))
        memory = Memory()
        for _ in range(18):
            memory.note()
        assert len(memory.problems()) == wrong
