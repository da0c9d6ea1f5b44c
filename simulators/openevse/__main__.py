"""Run a simulated OpenEVSE by hand, and tell it on standard input what happens to it."""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress

from simulators.console import spoken

from .controllers import MODELS
from .generations import Generation
from .openevse import OpenEvse

_HELP = """\
  plug  unplug  full    a car comes, goes, is full
  wait                  a car comes that asks for nothing
  press                 the front button
  fault CODE  clear     a fault of the controller: 4 to 11, 14 to 17
  claim CLIENT active|disabled [AMPERES]    release CLIENT
  solar WATTS  grid WATTS                   feed the divert mode
  restart gateway|controller
  absent  present       the controller falls silent, and answers again
  tick SECONDS          let time pass at once
  show                  what it does
  quit"""


def main() -> None:
    """Read the arguments and run until `quit`, or a signal."""
    parser = argparse.ArgumentParser(prog="python -m simulators.openevse", description=__doc__)
    parser.add_argument("--generation", default=Generation.V5_1, type=Generation, choices=list(Generation))
    parser.add_argument("--controller", default="8.2.3", choices=list(MODELS))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--serial", default="aabbccddee01", help="the MAC, in lower-case hex")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast simulated time runs")
    parser.add_argument("--on-time", action="store_true", help="its clock shows the real time, however fast it lives")
    parser.add_argument("--access-point", action="store_true", help="the gateway has no network yet")
    blocking = parser.add_mutually_exclusive_group()
    blocking.add_argument("--blocked", dest="blocked", action="store_true", default=None, help="RAPI may only ask")
    blocking.add_argument("--unblocked", dest="blocked", action="store_false", help="RAPI may do anything")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    evse = OpenEvse(
        arguments.generation,
        arguments.controller,
        arguments.port,
        host=arguments.host,
        username=arguments.username,
        password=arguments.password,
        blocked=arguments.blocked,
        serial=arguments.serial,
        access_point=arguments.access_point,
        speed=arguments.speed,
        on_time=arguments.on_time,
    )
    async with evse:
        print(f"{evse.url} is an OpenEVSE; `help` tells what to say.")
        await _obey(evse)


async def _obey(evse: OpenEvse) -> None:
    """Do what the lines of standard input say."""
    async with aclosing(spoken()) as lines:
        async for line in lines:
            try:
                _do(evse, line.split())
            except (ValueError, IndexError) as err:
                print(f"That cannot be done: {err}")


def _do(evse: OpenEvse, words: list[str]) -> None:
    plain: dict[str, Callable[[], None]] = {
        "plug": evse.plug_in,
        "unplug": evse.unplug,
        "full": evse.car_full,
        "wait": lambda: evse.plug_in(ready=False),
        "press": evse.press_button,
        "clear": evse.clear_fault,
        "show": lambda: None,
    }
    match words:
        case [word] if word in plain:
            plain[word]()
        case [word, *rest]:
            if not _do_more(evse, word, rest):
                print(_HELP)
                return
    print(f"{evse.state.name.lower()}, {evse.current:g} of {evse.pilot} A, {evse.session_energy:.0f} Wh, {evse.lcd}")


def _do_more(evse: OpenEvse, word: str, rest: list[str]) -> bool:
    """Do what takes a word more; false if nobody knows it."""
    match word, rest:
        case "fault", [code]:
            evse.fault(int(code))
        case "claim", [client, "active" | "disabled" as state, *amperes]:
            evse.claim(int(client), state=state, charge_current=int(amperes[0]) if amperes else None)
        case "release", [client]:
            evse.release(int(client))
        case "solar", [watts]:
            evse.feed(solar=int(watts))
        case "grid", [watts]:
            evse.feed(grid=int(watts))
        case "restart", ["gateway"]:
            evse.restart_gateway()
        case "restart", ["controller"]:
            evse.restart_controller()
        case "absent" | "present", []:
            evse.knobs.controller_absent = word == "absent"
        case "tick", [seconds]:
            evse.tick(float(seconds))
        case _:
            return False
    return True


if __name__ == "__main__":
    main()
