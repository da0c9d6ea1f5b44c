"""Measures what is claimed to be fast, prints it as a table and writes it beside this file.

Ends with 1 if a bound is broken. Every figure stands beside what it is held against, measured in turns with it in the
same run.
"""

from pathlib import Path
import sys
import time

from .broker import broker_process
from .cost import cost
from .figures import Figure, table
from .fleet import fleets
from .home import run
from .hours import hours
from .large import large
from .latency import latency
from .machine import machine
from .polls import polls
from .server import servers
from .stage import stage
from .start import start

_RESULTS = Path(__file__).with_name("results.md")
_EXPLANATION = """\
Written by `scripts/benchmark`: medians, with the middle half of the values in brackets. What stands beside a figure was
measured in turns with it, in the same run. A *bare loop* is a program on aiomqtt that puts each message into a
dictionary and does nothing else; a *floor* also writes a state for each, with `hass.states.async_set`. An *update* is a
message that changes the state of one enabled entity. A *poll* is a look at a charger without a websocket, with all that
comes of it; ten seconds of charging lie between two of them. *Decrypt and split* is a loop that reads each line of an OVMS
server from a socket, decodes and decrypts it, splits it at its commas and puts each field into a dictionary; the messages come
one at a time, those of an hour parked, charging or driving while an app looks, and a day is 22, 1 and 1 of these. Its *floor* also
writes a state for each field that changed and is shown, past all entities: what Home Assistant does for an entity before it
writes its state, such as finding the zone that a car is in, is in the other figure only. Processor time is that of the event loop; broker and charger
are other processes. The hours are as the client's clock has it, which runs fast."""


async def _measure() -> tuple[list[Figure], str]:
    async with broker_process() as (address, broker):
        async with stage(address) as one:
            _say("messages")
            figures = await cost(one)
            _say("latency")
            figures.append(await latency(one))
            _say("a payload of 1 MB")
            figures.append(await large(one))
            _say("starting")
            figures.append(await start(one))
        _say("1, 10 and 100 cars, which takes a minute or two")
        figures += await fleets(address)
        _say("a car at an OVMS server")
        figures += await servers()
        _say("a charger")
        figures += await polls()
        _say("an hour of a charger, which takes half a minute")
        figures += await hours()
        return figures, machine(broker)


def _say(what: str) -> None:
    print(f"Measuring {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure; returns the exit code."""
    began = time.monotonic()
    figures, where = run(_measure())
    lines = table(figures)
    broken = [figure.name for figure in figures if not figure.kept]
    print(f"\n{lines}\n\n{where}; {time.monotonic() - began:.0f} s")
    _RESULTS.write_text(
        f"# What Open EV costs\n\n{_EXPLANATION}\n\n{lines}\n\nMeasured on {where}.\n",
        encoding="utf-8",
    )
    for name in broken:
        print(f"Broken: {name}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
