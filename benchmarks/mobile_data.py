"""How many bytes an hour of presence costs on the module's mobile link.

A simulated module publishes through a TCP relay that counts. What is counted is MQTT, or the protocol of an OVMS server, in
both directions, without the headers of TCP and IP and without TLS, which together add 60 to 100 bytes for each packet.

    python -m benchmarks.mobile_data
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiomqtt

from custom_components.open_ev.clients.ovms.server import Mode, Server, ServerLink, VehicleLogin
from custom_components.open_ev.clients.ovms.vehicle import Vehicle
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_server import OvmsServer, ServerV2

HOUR = 3600
# Open EV says once a minute that somebody looks.
ANNOUNCEMENT_SECONDS = 60
PREFIX = "ovms/demo/DEMO1/"
VEHICLE_ID, PASSWORD = "DEMO1", "secret"


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
                await module.tick(ANNOUNCEMENT_SECONDS)
            counted = relay.bytes - before
        await module.power_off()
        server.close()
    return counted


async def bytes_at_a_server(scene: Scene, *, present: bool) -> int:
    """The same at an OVMS server, where somebody looks who has logged in as an app."""
    async with OvmsServer(speed=0) as server:
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
        link = ServerLink(Vehicle(), server=lambda: where, mode=Mode.LIVE if present else Mode.ECONOMY)
        up = asyncio.Event()
        running = asyncio.create_task(link.run(lambda _: up.set()))
        await up.wait()
        before = relay.bytes
        for _ in range(0, HOUR, ANNOUNCEMENT_SECONDS):
            await module.tick(ANNOUNCEMENT_SECONDS)
            await server.tick(ANNOUNCEMENT_SECONDS)
        counted = relay.bytes - before
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
    print("| the car is | at an OVMS server | nobody looks | an app looks |")
    print("| --- | --- | --- | --- |")
    for scene in SCENES:
        alone = await bytes_at_a_server(scene, present=False)
        watched = await bytes_at_a_server(scene, present=True)
        print(f"| {scene.name} | 3.3.006 | {alone / 1024:.1f} KiB/h | {watched / 1024:.1f} KiB/h |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
