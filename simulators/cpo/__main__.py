"""Run a simulated operator of charge points by hand, and tell it on standard input what happens at its sites."""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
import ssl

from simulators.console import spoken

from .cpo import Cpo
from .quirks import Quirk
from .scripts import Command
from .versions import Encoding, Version

_HELP = """\
  plug [EVSE]  unplug [EVSE]  full [EVSE]    a car comes, goes, is full
  swipe [EVSE]          somebody starts a session with a card
  stop [EVSE]           the operator ends the session
  break [EVSE [STATUS]]  repair [EVSE]       an EVSE is out of order, or has another status
  cancel RESERVATION    the operator cancels a reservation
  answer COMMAND RESULT    result COMMAND RESULT    what a command is answered at once, and later
  heal                  commands are answered as is the case again
  tick SECONDS          let time pass at once
  show                  what there is
  quit"""


def main() -> None:
    """Read the arguments and run until `quit`, or a signal."""
    parser = argparse.ArgumentParser(prog="python -m simulators.cpo", description=__doc__)
    versions = list(Version)
    parser.add_argument("--versions", nargs="+", default=[Version.V2_2_1], type=Version, choices=versions)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--token", help="what the eMSP shows; made up if not given")
    parser.add_argument("--callback-token", help="what the operator shows the eMSP; made up if not given")
    parser.add_argument(
        "--encoding", type=Encoding, choices=list(Encoding), help="of tokens, if not as the versions say"
    )
    parser.add_argument("--quirk", action="append", default=[], type=Quirk, choices=list(Quirk), metavar="QUIRK")
    parser.add_argument("--page", type=int, default=50, help="objects on a page")
    parser.add_argument("--certificate", type=Path, help="speak https with this chain")
    parser.add_argument("--key", type=Path, help="the certificate's key")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast simulated time runs")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> None:
    tls = None
    if arguments.certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.certificate, arguments.key)
    cpo = Cpo(
        arguments.versions,
        arguments.port,
        host=arguments.host,
        tls=tls,
        token=arguments.token,
        callback_token=arguments.callback_token,
        encoding=arguments.encoding,
        quirks=arguments.quirk,
        page=arguments.page,
        speed=arguments.speed,
    )
    async with cpo:
        print(f"{cpo.versions_url} is an operator; `help` tells what to say.")
        print(f"It knows the eMSP by {cpo.token}, and shows it {cpo.callback_token}.", flush=True)
        await _obey(cpo)


async def _obey(cpo: Cpo) -> None:
    """Do what the lines of standard input say."""
    async with aclosing(spoken()) as lines:
        async for line in lines:
            try:
                _do(cpo, line.split())
            except (ValueError, KeyError, TypeError) as err:
                print(f"That cannot be done: {err}")


def _do(cpo: Cpo, words: list[str]) -> None:
    at_an_evse: dict[str, Callable[[str], object]] = {
        "plug": cpo.plug_in,
        "unplug": cpo.unplug,
        "full": cpo.car_full,
        "swipe": cpo.swipe,
        "stop": cpo.stop_session,
        "break": cpo.out_of_order,
        "repair": cpo.repair,
    }
    match words:
        case [word] if word in at_an_evse:
            at_an_evse[word]("EVSE1")
        case [word, uid] if word in at_an_evse:
            at_an_evse[word](uid)
        case ["break", uid, status]:
            cpo.out_of_order(uid, status)
        case ["cancel", reservation]:
            cpo.cancel_reservation(reservation)
        case ["answer", command, result]:
            cpo.scripts[Command(command)].immediate = result
        case ["result", command, result]:
            cpo.scripts[Command(command)].result = result
        case ["heal"]:
            cpo.heal()
        case ["tick", seconds]:
            cpo.tick(float(seconds))
        case ["show"]:
            pass
        case _:
            print(_HELP)
            return
    print(_told(cpo))


def _told(cpo: Cpo) -> str:
    """Tell what there is, in a line."""
    evses = [evse.uid for location in cpo.locations for evse in location.evses]
    told = [f"{uid} {cpo.status(uid)}" for uid in evses]
    told += [f"{session.id} {session.status} {session.energy:.3f} kWh" for session in cpo.sessions]
    told += [f"reservation {reservation.id} of {reservation.evse.uid}" for reservation in cpo.reservations]
    return ", ".join(told)


if __name__ == "__main__":
    main()
