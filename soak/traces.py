"""What a process holds on to: tasks, timers, listeners, webhooks, sockets, objects of ours, and memory."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
import gc
from pathlib import Path
import re
import resource
import sys
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import DATA_DISPATCHER
from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.open_ev.const import DOMAIN

_OURS: Final = "custom_components.open_ev"
_WHEN: Final = re.compile(r"when=\S+ |created at .*| at 0x[0-9a-f]+")
_KIND: Final = re.compile(r":?\[\w+\]|\(deleted\)")
_ESTABLISHED: Final = "01"
# Home Assistant's: its web server keeps the connections of who posts there, and what it has not written yet is written in the end.
_NOT_OURS: Final = frozenset({"RequestHandler.start", EVENT_HOMEASSISTANT_FINAL_WRITE})


def traces(hass: HomeAssistant) -> Counter[str]:
    """How many of what there are now."""
    gc.collect()
    return Counter(_all(hass))


def _all(hass: HomeAssistant) -> Iterator[str]:
    yield from _running()
    for event, count in hass.bus.async_listeners().items():
        if event not in _NOT_OURS:
            yield from [f"listener to {event}"] * count
    yield from _subscriptions(hass.data)
    for data in hass.data.get(webhook.DOMAIN, {}).values():
        if data.domain == DOMAIN:
            yield f"webhook {data.name}"
    for local, remote in _connections():
        if local != hass.http.server_port:
            yield f"connection to {remote}"
    yield from (_KIND.sub("", target) for target in _open_files() if not target.startswith("socket:"))
    yield from _objects()


def _running() -> Iterator[str]:
    for task in asyncio.all_tasks():
        name = getattr(task.get_coro(), "__qualname__", "")
        if task is not asyncio.current_task() and name not in _NOT_OURS:
            yield f"task {name}"
    for handle in get_scheduled_timer_handles(asyncio.get_running_loop()):
        # Home Assistant's own timers come and go; a timer that leads to our code is ours.
        if not handle.cancelled() and "open_ev" in (text := repr(handle)):
            yield f"timer {_WHEN.sub('', text)}"


def _objects() -> Iterator[str]:
    for each in gc.get_objects():
        kind = type(each)
        if str(kind.__module__).startswith(_OURS):
            yield f"object {kind.__module__.removeprefix(_OURS)}.{kind.__qualname__}"


def _subscriptions(data: Mapping[Any, Any]) -> Iterator[str]:
    """Whoever listens to a signal, or to the states of certain entities or the entries of certain devices."""
    for signal, targets in data.get(DATA_DISPATCHER, {}).items():
        yield from [f"target of the signal {signal}"] * len(targets)
    for key, value in data.items():
        for found in getattr(value, "callbacks", {}).values() if hasattr(value, "listener") else ():
            yield from [f"tracker {key}"] * len(found)


def _open_files() -> Iterator[str]:
    for link in Path("/proc/self/fd").iterdir():
        try:
            yield str(link.readlink())
        except FileNotFoundError:
            # It was the one that lists the others.
            continue


def _connections() -> Iterator[tuple[int, int]]:
    """The connections of this process, by the ports at both ends."""
    own = {target for target in _open_files() if target.startswith("socket:")}
    for line in Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
        if fields[3] == _ESTABLISHED and f"socket:[{fields[9]}]" in own:
            yield local, remote


def connections_to(ports: set[int]) -> int:
    """How many connections this process has to any of these ports."""
    return sum(remote in ports for _, remote in _connections())


def live_blocks() -> int:
    """How many blocks of memory the interpreter has given out: what is really held, however memory is laid out."""
    gc.collect()
    return sys.getallocatedblocks()


def resident_bytes() -> int:
    """How much memory the process has."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize()
