"""Run a simulated OVMS server by hand, with a simulated car connected to it, and tell it on standard input what to do.

The car is on no MQTT broker, unless one is named.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import fields
import ssl

from simulators.console import spoken
from simulators.ovms_module import Firmware, OvmsModule
from simulators.ovms_module.console import HELP, say
from simulators.ovms_module.vehicles import CAR_TYPES

from .car_link import ServerV2
from .knobs import Knobs
from .server import OvmsServer

_HELP = """\
  server stop|start|restart
  server fault NAME [VALUE]    heal
  server say MESSAGE           as the car, such as S50.0,K
  server show                  who is connected, and what is stored"""

_ON_THE_WAY = 0.1


def main() -> None:
    """Read the arguments and run until the end of the input's `quit`, or a signal."""
    parser = argparse.ArgumentParser(prog="python -m simulators.ovms_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6867)
    parser.add_argument("--certificate", help="a file in PEM form; with it the server speaks TLS only")
    parser.add_argument("--key", help="the key of the certificate, where it is in another file")
    parser.add_argument("--id", default="DEMO1", help="the vehicle's id")
    parser.add_argument("--password", default="secret", help="the vehicle's server password")
    parser.add_argument("--account", default="demo", help="the account that owns the vehicle")
    parser.add_argument("--account-password", default="demo")
    parser.add_argument("--no-car", action="store_true", help="the car is switched off at first")
    parser.add_argument("--type", default="NL", choices=list(CAR_TYPES), metavar="CODE", help="e.g. NL, VWUP, RT")
    parser.add_argument("--firmware", default="3.3.006", choices=[firmware.value.version for firmware in Firmware])
    parser.add_argument("--pin", default="1234")
    parser.add_argument("--miles", action="store_true", help="the car's owner counts in miles")
    parser.add_argument("--broker-port", type=int, help="of an MQTT broker on this machine that the car is on as well")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast simulated time runs")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    tls: ssl.SSLContext | None = None
    if arguments.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.certificate, arguments.key)
    server = OvmsServer(arguments.port, host=arguments.host, tls=tls, speed=arguments.speed)
    server.add_account(arguments.account, arguments.account_password)
    server.add_vehicle(arguments.id, arguments.password, owner=arguments.account)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        car = _make_car(arguments, server.port)
        stack.push_async_callback(car.power_off)
        if not arguments.no_car:
            await car.boot()
        print(f"{server.host}:{server.port} is an OVMS server that knows {arguments.id}; `help` tells what to say.")
        async with aclosing(spoken()) as lines:
            async for line in lines:
                await _obey(server, car, arguments.id, line)


def _make_car(arguments: argparse.Namespace, port: int) -> OvmsModule:
    car = OvmsModule(
        port=arguments.broker_port or 0,
        prefix=f"ovms/{arguments.account}/{arguments.id}/",
        vehicle_type=arguments.type,
        firmware=next(firmware for firmware in Firmware if firmware.value.version == arguments.firmware),
        vehicle_id=arguments.id,
        pin=arguments.pin,
        speed=arguments.speed,
    )
    car.config["auto", "server.v3"] = "yes" if arguments.broker_port else "no"
    if arguments.miles:
        car.config["vehicle", "units.distance"] = "M"
    trusting: ssl.SSLContext | None = None
    if arguments.certificate:
        trusting = ssl.create_default_context(cafile=arguments.certificate)
    ServerV2(car, port, host=arguments.host, password=arguments.password, tls=trusting)
    return car


async def _obey(server: OvmsServer, car: OvmsModule, vehicle_id: str, line: str) -> None:
    match line.split(maxsplit=2):
        case ["heal"]:
            server.knobs.heal()
        case ["server", "start"]:
            await server.start()
        case ["server", "stop"]:
            await server.stop()
        case ["server", "restart"]:
            await server.restart()
        case ["server", "fault", fault]:
            _break(server.knobs, *fault.split(maxsplit=1))
        case ["server", "say", message]:
            server.car_says(vehicle_id, message)
        case ["server", "show"]:
            # What the car has just said is still on its way.
            await asyncio.sleep(_ON_THE_WAY)
            _show(server, vehicle_id)
        case _ if not await say(car, line):
            print(f"{HELP}\n{_HELP}")


def _break(knobs: Knobs, name: str, value: str = "1") -> None:
    """Let something go wrong: a fault is on, or is a number."""
    known = {field.name: getattr(knobs, field.name) for field in fields(knobs) if field.name != "welcome"}
    if name not in known:
        print(f"There are: {', '.join(known)}")
        return
    try:
        match known[name]:
            case bool():
                setattr(knobs, name, True)
            case int():
                setattr(knobs, name, int(value))
            case _:
                setattr(knobs, name, float(value))
    except ValueError as err:
        print(f"That cannot be done: {err}")


def _show(server: OvmsServer, vehicle_id: str) -> None:
    vehicle = server.database.find(vehicle_id)
    if vehicle is None:
        return
    print(f"{server.connected(vehicle_id)} connections")
    for code, stored in vehicle.in_order():
        print(f"{code}{stored.data}")


if __name__ == "__main__":
    main()
