"""Everything outside Home Assistant: a broker, two cars, an OVMS server, a charger and an operator."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import logging
from typing import Final

from simulators.broker import EmbeddedBroker
from simulators.cpo import Cpo
from simulators.openevse import OpenEvse
from simulators.ovms_module import OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

CAR_ID: Final = "SOAK1"
CAR_PREFIX: Final = f"ovms/soak/{CAR_ID}/"
CAR_TYPE: Final = "NL"
SERVER_CAR_ID: Final = "SOAK2"
SERVER_CAR_TYPE: Final = "VWUP"
PIN: Final = "8642"
# Not secrets: who listens does so on loopback only.
SERVER_LOGIN: Final = "soak"
OPERATOR_TOKEN: Final = "soak-operator"
OWN_TOKEN: Final = "soak-own"
EVSE: Final = "EVSE1"

# Seconds of theirs in one of ours, so that half an hour has drives, charges and sessions; in a check they have time to be looked at.
FAST: Final = 10.0
SLOW: Final = 1.0

_BEAT: Final = 0.25
_CONNECTED_WITHIN: Final = 60.0


@dataclass(kw_only=True)
class World:
    """The devices, which share one clock that can be slowed down."""

    broker: EmbeddedBroker
    server: OvmsServer
    car: OvmsModule
    server_car: OvmsModule
    server_link: ServerV2
    charger: OpenEvse
    operator: Cpo
    speed: float = FAST

    @property
    def addresses(self) -> dict[str, int | str]:
        """What Home Assistant has to know."""
        return {
            "broker": self.broker.port,
            "server": self.server.port,
            "charger": self.charger.url,
            "operator": self.operator.versions_url,
        }

    async def run(self) -> None:
        """Let time pass, until cancelled."""
        loop = asyncio.get_running_loop()
        then = loop.time()
        while True:
            await asyncio.sleep(_BEAT)
            now = loop.time()
            seconds, then = (now - then) * self.speed, now
            self.charger.tick(seconds)
            self.operator.tick(seconds)
            # Both at once: one that waits for its network holds up nobody else.
            await asyncio.gather(self.car.clock.advance(seconds), self.server_car.clock.advance(seconds))
            self._forget()

    def _forget(self) -> None:
        """Throw away what the simulators write down for tests to look at."""
        for written in (
            self.car.received,
            self.car.executed,
            self.server_car.received,
            self.server_car.executed,
            self.server_link.sent,
            self.server.heard,
            self.server.logins,
            self.charger.requests,
            self.charger.rapi,
            self.operator.requests,
            self.operator.callbacks,
        ):
            written.clear()

    def hurry(self) -> None:
        """Let time pass fast."""
        self.speed = FAST

    async def calm(self) -> None:
        """Bring both cars back to their servers, have them tell what has changed, and let time pass slowly.

        Raises:
            TimeoutError: a car does not find its server, which would be a fault of the simulators.
        """
        self.hurry()
        async with asyncio.timeout(_CONNECTED_WITHIN):
            while not (self.car.connected and self.server_link.connected):
                # As time passes both try by themselves, unless a server that ended in the midst of a login seemed to refuse: then the
                # owner does it, in the shell.
                if self.server_link.refused:
                    await self.server_link.connect()
                await self._passed(_BEAT)
        # What was done last has its effect a second later.
        await self._passed(2 * _BEAT)
        self.speed = SLOW
        await self.tell()

    @staticmethod
    async def _passed(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def tell(self) -> None:
        """Have the cars tell what has changed, as they do by themselves after a minute of theirs."""
        await self.car.send_modified()
        await self.server_link.send_changed()


@asynccontextmanager
async def world() -> AsyncGenerator[World]:
    """Switch everything on."""
    # Who hangs up on them is no surprise here.
    for name in ("amqtt", "aiohttp.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    async with AsyncExitStack() as on:
        broker = await on.enter_async_context(EmbeddedBroker())
        server = await on.enter_async_context(OvmsServer())
        server.add_vehicle(SERVER_CAR_ID, SERVER_LOGIN)
        car = OvmsModule(
            port=broker.port, prefix=CAR_PREFIX, vehicle_type=CAR_TYPE, vehicle_id=CAR_ID, pin=PIN, speed=0
        )
        car.config["xnl", "canwrite"] = "yes"
        server_car = OvmsModule(vehicle_type=SERVER_CAR_TYPE, vehicle_id=SERVER_CAR_ID, pin=PIN, speed=0)
        server_car.config["auto", "server.v3"] = "no"
        server_car.config["xvu", "canwrite"] = "yes"
        server_link = ServerV2(server_car, server.port, password=SERVER_LOGIN)
        made = World(
            broker=broker,
            server=server,
            car=await on.enter_async_context(car),
            server_car=await on.enter_async_context(server_car),
            server_link=server_link,
            charger=await on.enter_async_context(OpenEvse(on_time=True)),
            operator=await on.enter_async_context(Cpo(token=OPERATOR_TOKEN, callback_token=OWN_TOKEN)),
        )
        async with asyncio.TaskGroup() as running:
            time = running.create_task(made.run())
            yield made
            time.cancel()
