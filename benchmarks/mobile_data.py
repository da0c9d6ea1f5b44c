"""How many bytes an hour of presence costs on the module's mobile link.

A simulated module publishes through a TCP relay that counts. What is counted is MQTT, or the protocol of an OVMS server, in
both directions, without the headers of TCP and IP and without TLS, which together add 60 to 100 bytes for each packet.

    python -m benchmarks.mobile_data
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiomqtt

from custom_components.open_ev.clients.ovms.server import REFRESH_SECONDS, Mode, Server, ServerLink, VehicleLogin
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2, Timeouts

HOUR = 3600
# Open EV says once a minute that somebody looks.
ANNOUNCEMENT_SECONDS = 60
# What was sent is there after so many real seconds.
ARRIVAL_SECONDS = 0.01
PREFIX = "ovms/demo/DEMO1/"
VEHICLE_ID, PASSWORD = "DEMO1", "secret"
BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the car does for an hour."""

    name: str
    prepare: Callable[[OvmsModule], Awaitable[None]]


async def _stay(module: OvmsModule) -> None:
    await module.sleep()


async def _charge(module: OvmsModule) -> None:
    await module.start_charging()


async def _drive(module: OvmsModule) -> None:
    await module.drive(50.0)


SCENES = (Scene("parked", _stay), Scene("charging", _charge), Scene("driving", _drive))


class CountingRelay:
    """Passes bytes between a module and a broker, and counts them."""

    def __init__(self, port: int) -> None:
        """Aim at a broker on this machine."""
        self.port = port
        self.bytes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection."""
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pass(reader, onward_writer), self._pass(onward_reader, writer))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                self.bytes += len(data)
                sink.write(data)
        except ConnectionError:
            pass
        finally:
            sink.close()


async def bytes_in_an_hour(scene: Scene, firmware: Firmware, *, present: bool) -> int:
    """Let an hour pass in the car, and count what its module sends and receives meanwhile."""
    async with EmbeddedBroker() as broker:
        relay = CountingRelay(broker.port)
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        module = OvmsModule(port=server.sockets[0].getsockname()[1], prefix=PREFIX, firmware=firmware, speed=0)
        await module.boot()
        await scene.prepare(module)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            before = relay.bytes
            for _ in range(0, HOUR, ANNOUNCEMENT_SECONDS):
                if present:
                    await client.publish(f"{PREFIX}client/benchmark/active", "1")
                await asyncio.sleep(ARRIVAL_SECONDS)
                await module.tick(ANNOUNCEMENT_SECONDS)
            await asyncio.sleep(ARRIVAL_SECONDS)
            counted = relay.bytes - before
        await module.power_off()
        server.close()
    return counted


async def bytes_at_a_server(scene: Scene, mode: Mode) -> int:
    """The same at an OVMS server, by how closely the car is followed.

    The hour passes at once, so what Open EV does by the clock is done here: a charging car that is followed in economy is
    asked to send, and the server does not miss the pings of Open EV, which go by another clock than its own.
    """
    async with OvmsServer(speed=0, timeouts=Timeouts(app=2 * HOUR, batch=2 * HOUR)) as server:
        server.add_vehicle(VEHICLE_ID, PASSWORD)
        relay = CountingRelay(server.port)
        passing = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        module = OvmsModule(vehicle_id=VEHICLE_ID, firmware=Firmware.V3_3_006, speed=0)
        module.config["auto", "server.v3"] = "no"
        ServerV2(module, passing.sockets[0].getsockname()[1], password=PASSWORD)
        await module.boot()
        await scene.prepare(module)
        login = VehicleLogin(vehicle_id=VEHICLE_ID, password=PASSWORD)
        where = Server(host=server.host, port=server.port, tls=False, login=login)
        # By a clock that goes as the module's, so that a module that was silent for two minutes is asked whether it is there.
        passed = 0
        vehicle = Vehicle(now=lambda: BEGIN + timedelta(seconds=passed))
        link = ServerLink(vehicle, server=lambda: where, mode=mode)
        up = asyncio.Event()
        running = asyncio.create_task(link.run(lambda _: up.set()))
        await up.wait()
        before = relay.bytes
        for passed in range(ANNOUNCEMENT_SECONDS, HOUR + 1, ANNOUNCEMENT_SECONDS):
            await module.tick(ANNOUNCEMENT_SECONDS)
            await server.tick(ANNOUNCEMENT_SECONDS)
            await asyncio.sleep(ARRIVAL_SECONDS)
            if mode is Mode.ECONOMY and vehicle.flag("v.c.charging") and passed % REFRESH_SECONDS == 0:
                await link.request(())
        counted = relay.bytes - before
        assert link.connected
        running.cancel()
        await asyncio.wait([running])
        await module.power_off()
        passing.close()
    return counted


async def main() -> None:
    """Print the table."""
    print("| the car is | firmware | nobody looks | somebody looks |")
    print("| --- | --- | --- | --- |")
    for scene in SCENES:
        for firmware in (Firmware.V3_3_006, Firmware.V3_3_005):
            alone = await bytes_in_an_hour(scene, firmware, present=False)
            watched = await bytes_in_an_hour(scene, firmware, present=True)
            print(
                f"| {scene.name} | {firmware.value.version} | {alone / 1024:.0f} KiB/h | {watched / 1024:.0f} KiB/h |",
                flush=True,
            )
    # A car that does something is followed as if always, and one that does nothing as if never.
    print("| the car is | at an OVMS server | economy | live |")
    print("| --- | --- | --- | --- |")
    for scene in SCENES:
        sizes = [await bytes_at_a_server(scene, mode) / 1024 for mode in (Mode.ECONOMY, Mode.LIVE)]
        print(f"| {scene.name} | 3.3.006 | " + " | ".join(f"{size:.1f} KiB/h" for size in sizes) + " |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
