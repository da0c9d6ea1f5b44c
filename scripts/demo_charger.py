"""The demo's charger, the cable between it and the car, and how it is added: as a user adds it, by its address."""

import asyncio

from simulators.home_assistant import Api, Json, SetupFailed
from simulators.openevse import Generation, OpenEvse
from simulators.ovms_module import OvmsModule

from .demo_car import SPEED

SERIAL = "aabbccddee42"

_BEAT = 0.25
_LOADING_SECONDS = 60.0
# What the car's own charger can take, in A.
_MOST_CURRENT = 16
_CURRENT_LIMIT = "v.c.climit"


def make_charger(port: int) -> OpenEvse:
    """Make the charger, with the newest released firmware. Its clock is right: a wrong one is what Open EV warns of."""
    return OpenEvse(Generation.V5_1, port=port, serial=SERIAL, speed=SPEED, on_time=True)


async def add_charger(api: Api, domain: str, url: str) -> None:
    """Add the charger by its address; where it was added before and has another one now, lead Home Assistant there.

    Raises:
        SetupFailed: it cannot be set up; the text is what the config flow said.
    """
    known = [device for device in await api.devices() if [domain, SERIAL] in device["identifiers"]]
    if known and known[0]["configuration_url"] == url:
        return
    if known:
        step = await api.start_flow(domain, known[0]["primary_config_entry"])
    else:
        menu = await api.start_flow(domain)
        step = await api.flow_step(menu["flow_id"], {"next_step_id": "charger"})
    step = await api.flow_step(step["flow_id"], {"host": url})
    if step["type"] != "create_entry" and step.get("reason") != "reconfigure_successful":
        raise SetupFailed(f"the charger cannot be set up: {step}")
    await _wait_until_loaded(api, domain, known[0]["primary_config_entry"] if known else step["result"]["entry_id"])


async def _wait_until_loaded(api: Api, domain: str, entry_id: str) -> None:
    """Wait for a charger that was just added or led somewhere else.

    Whatever has its former port may answer nothing for as long as the entry has patience. One that the user has disabled
    is not waited for.
    """
    entry: Json = {}
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            while entry.get("state") != "loaded":
                entry = next(each for each in await api.entries(domain) if each["entry_id"] == entry_id)
                if entry["disabled_by"] is not None:
                    return
                await asyncio.sleep(_BEAT)
    except TimeoutError:
        raise SetupFailed(f"the charger is not loaded: {entry.get('reason')}") from None


async def share_cable(car: OvmsModule, charger: OpenEvse) -> None:
    """Let either end of the cable feel what the other one does, until cancelled.

    The charger may let the car charge or not, and says how much it may take. The car may want to or not, which is up to its
    day, to whoever switches it, and to its battery.
    """
    cable = _Cable(car, charger)
    while True:
        await cable.beat()
        await asyncio.sleep(_BEAT)


class _Cable:
    def __init__(self, car: OvmsModule, charger: OpenEvse) -> None:
        self._car = car
        self._charger = charger
        self._wanted = False
        self._charged = False
        self._offered = 0

    async def beat(self) -> None:
        """Look at both ends."""
        if not self._car.metrics.boolean("v.c.pilot"):
            self._wanted = self._charged = False
            self._offered = 0
            if self._charger.car is not None:
                self._charger.unplug()
            return
        if self._charger.car is None:
            self._charger.plug_in(ready=False)
        await self._tell_current()
        await self._tell_wish()

    async def _tell_current(self) -> None:
        """Tell the car of another current that is offered, and the charger of what the car makes of it."""
        if self._offered != self._charger.pilot:
            self._offered = self._charger.pilot
            await self._car.set(_CURRENT_LIMIT, min(self._offered, _MOST_CURRENT))
        if (plug := self._charger.car) is not None:
            plug.limit = self._car.metrics.number(_CURRENT_LIMIT)

    async def _tell_wish(self) -> None:
        """Tell the charger whether the car wants to charge, and the car whether it may."""
        charging, plug = self._car.metrics.boolean("v.c.charging"), self._charger.car
        wanted_before = self._wanted
        if charging != self._charged:
            self._wanted = charging
        if plug is not None:
            plug.ready = self._wanted
        if self._wanted and wanted_before and charging != self._charger.relay_closed:
            if charging:
                await self._car.stop_charging()
            else:
                await self._car.start_charging()
        self._charged = self._car.metrics.boolean("v.c.charging")
