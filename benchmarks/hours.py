"""How many requests an hour a charger has to answer: an hour in which it charges, and one in which it waits.

An hour passes in half a minute, in an event loop whose clock runs fast: whatever waits there for seconds waits as many of
its own. Charger and client are as they are anywhere else.
"""

import asyncio
from collections import Counter
import json
import selectors
import sys
from typing import override

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from custom_components.open_ev.clients.openevse.charger import Charger
from custom_components.open_ev.clients.openevse.errors import OpenEvseError
from custom_components.open_ev.clients.openevse.gateway import Gateway

from .figures import Figure, Unit
from .station import station

_HOUR = 3600.0
_SPEED = 120.0
_STATUS = "/status"
# What the small web server of a gateway has on its hands is little: one request in five seconds.
_MOST = _HOUR / 5

type Requests = Counter[str]
"""How often each path was asked for."""


async def hours() -> list[Figure]:
    """Measure both hours, in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, "an hour could not be measured"
    return [_figure(name, requests) for name, requests in json.loads(output).items()]


def _figure(name: str, requests: dict[str, int]) -> Figure:
    return Figure(
        name=f"requests in an hour of {name}",
        unit=Unit.REQUESTS,
        measured=[sum(requests.values())],
        beside=[requests[_STATUS]],
        beside_name=_STATUS,
        most=_MOST,
    )


# From here on: what runs in the process of its own


class _FastSelector(selectors.DefaultSelector):
    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / _SPEED)


class _FastLoop(asyncio.SelectorEventLoop):
    @override
    def time(self) -> float:
        return super().time() * _SPEED


class _Counter(aiohttp.TCPConnector):
    """Counts the requests where all of them come by: a charger's session is its own, and the connections are shared."""

    def __init__(self, requests: Requests) -> None:
        super().__init__()
        self._requests = requests

    @override
    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        self._requests[req.url.path] += 1
        return await super().connect(req, traces, timeout)


async def _both() -> dict[str, Requests]:
    charging, waiting = await asyncio.gather(_hour(charging=True), _hour(charging=False))
    return {"charging": charging, "waiting": waiting}


async def _hour(*, charging: bool) -> Requests:
    """Follow a charger for an hour; what is asked of it once, at the start, is not of that hour."""
    requests: Requests = Counter()
    errors: list[OpenEvseError] = []

    def changed(error: OpenEvseError | None) -> None:
        if error is not None:
            errors.append(error)

    async with station(speed=_SPEED) as evse, aiohttp.ClientSession(connector=_Counter(requests)) as session:
        if not charging:
            await evse.tell("unplug")
        charger = Charger(Gateway(session, evse.url))
        await charger.connect()
        requests.clear()
        running = asyncio.create_task(charger.run(changed))
        await asyncio.sleep(_HOUR)
        assert charger.live
        assert charger.flag("charging") is charging
        running.cancel()
        await asyncio.wait([running])
        counted = requests.copy()
        await charger.close()
    assert not errors, errors
    return counted


def main() -> None:
    """Measure, and print what was asked for in each hour."""
    with asyncio.Runner(loop_factory=lambda: _FastLoop(_FastSelector())) as runner:
        print(json.dumps(runner.run(_both())))


if __name__ == "__main__":
    main()
