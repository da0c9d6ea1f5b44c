"""Run a simulated OVMS module by hand, and tell it on standard input what its car does.

With --broker, a broker is started too.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack, aclosing, suppress

from simulators.broker import EmbeddedBroker
from simulators.console import spoken

from .console import HELP, say
from .firmware import Firmware
from .module import OvmsModule
from .vehicles import CAR_TYPES


def main() -> None:
    """Read the arguments and run until the end of the input's `quit`, or a signal."""
    parser = argparse.ArgumentParser(prog="python -m simulators.ovms_module", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--prefix", default="ovms/demo/DEMO1/")
    parser.add_argument("--id", default="DEMO1", help="the vehicle's id")
    parser.add_argument("--type", default="NL", choices=list(CAR_TYPES), metavar="CODE", help="e.g. NL, VWUP, RT")
    parser.add_argument("--firmware", default="3.3.006", choices=[firmware.value.version for firmware in Firmware])
    parser.add_argument("--pin", default="1234")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast simulated time runs")
    parser.add_argument("--broker", action="store_true", help="start a broker on the port, too")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        if arguments.broker:
            await stack.enter_async_context(EmbeddedBroker(arguments.port))
        module = OvmsModule(
            arguments.host,
            arguments.port,
            prefix=arguments.prefix,
            vehicle_type=arguments.type,
            firmware=next(firmware for firmware in Firmware if firmware.value.version == arguments.firmware),
            vehicle_id=arguments.id,
            pin=arguments.pin,
            username=arguments.username,
            password=arguments.password,
            speed=arguments.speed,
        )
        await stack.enter_async_context(module)
        print(
            f"{arguments.id} {'is connected' if module.connected else 'has no broker yet'}; `help` tells what to say."
        )
        async with aclosing(spoken()) as lines:
            async for line in lines:
                if not await say(module, line):
                    print(HELP)


if __name__ == "__main__":
    main()
