"""Run a simulated OVMS module by hand, and tell it on standard input what its car does.

With --broker, a broker is started too.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
import signal
import sys
import threading

from simulators.broker import EmbeddedBroker

from .encoding import read
from .firmware import Firmware
from .module import OvmsModule
from .vehicles import CAR_TYPES

_HELP = """\
  set METRIC VALUE      give a metric a value
  clear METRIC          make it undefined
  drive [KM/H]  park    plug  unplug    charge  stop    sleep  wake
  off  on  reboot       lose power, get it back, restart
  lose  regain          coverage
  notify KIND SUBTYPE TEXT     event NAME
  run COMMAND           a command on the module's own shell
  tick SECONDS          let time pass at once
  quit"""


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
        await _obey(module)


async def _obey(module: OvmsModule) -> None:
    """Do what the lines of standard input say; after their end, wait for a signal."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    stopped = asyncio.current_task()
    if stopped is not None:
        loop.add_signal_handler(signal.SIGTERM, stopped.cancel)

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())

    # A thread that waits for input cannot be stopped, and must not keep the process from ending.
    threading.Thread(target=listen, daemon=True).start()
    while (line := await lines.get()) != "quit":
        if line:
            await _say(module, line)


async def _say(module: OvmsModule, line: str) -> None:
    word, *words = line.split(maxsplit=1)
    rest = words[0] if words else ""
    plain: dict[str, Callable[[], Awaitable[None]]] = {
        "park": module.park,
        "plug": module.plug_in,
        "unplug": module.unplug,
        "charge": module.start_charging,
        "stop": module.stop_charging,
        "sleep": module.sleep,
        "wake": module.wake,
        "off": module.power_off,
        "on": module.boot,
        "reboot": module.reboot,
        "lose": module.lose_coverage,
        "regain": module.regain_coverage,
    }
    try:
        if word in plain:
            await plain[word]()
        else:
            await _say_more(module, word, rest)
    except (ValueError, KeyError, TypeError) as err:
        print(f"That cannot be done: {err}")


async def _say_more(module: OvmsModule, word: str, rest: str) -> None:
    match word:
        case "set":
            name, value = rest.split(maxsplit=1)
            await module.set(name, read(module.metrics[name].definition.kind, value))
        case "clear":
            await module.clear(rest)
        case "drive":
            await module.drive(float(rest or 50))
        case "notify":
            kind, subtype, text = rest.split(maxsplit=2)
            await module.notify(kind, subtype, text)
        case "event":
            await module.emit_event(rest)
        case "run":
            print(module.run(rest), end="")
        case "tick":
            await module.tick(float(rest or 1))
        case _:
            print(_HELP)


if __name__ == "__main__":
    main()
