"""Lets four devices live in one Home Assistant while one fault after another befalls them; ends with 1 if anything was wrong.

Every minute two of the ways to the devices break, and now and then an entry is reloaded or unloaded in the midst of it, while
cars drive, charge and rest, and commands are sent. Then all is mended, and everything that is shown has to be what is the case.
In the end, nothing of ours may be left.
"""

import argparse
import asyncio
import random
import sys

from homeassistant.runner import create_event_loop

from .logs import Listener
from .run import Plan, Verdict, soak


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--interval", type=float, default=60.0, help="seconds from fault to fault (default: 60)")
    parser.add_argument("--seed", type=int, help="what happens by chance happens again with the same seed")
    options = parser.parse_args()
    seed = random.randrange(10_000) if options.seed is None else options.seed
    return Plan(minutes=options.minutes, interval=options.interval, seed=seed)


def main() -> int:
    """Soak; returns the exit code."""
    plan = _plan()
    print(f"{plan.minutes:g} minutes, faults every {plan.interval:g} s, --seed {plan.seed}", flush=True)
    listener = Listener()
    listener.listen()
    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        verdict = runner.run(soak(plan, listener))
    _tell(verdict)
    return 1 if verdict.problems else 0


def _tell(verdict: Verdict) -> None:
    print(f"\n{verdict.faults} faults in {verdict.rounds} rounds; {verdict.memory}")
    for title, counts in (("Commands", verdict.outcomes), ("Said", verdict.said)):
        print(f"{title}: {', '.join(f'{what} {count}' for what, count in counts.most_common())}")
    for problem in verdict.problems:
        print(f"Wrong: {problem}")
    print("Nothing was wrong." if not verdict.problems else f"{len(verdict.problems)} things were wrong.")


if __name__ == "__main__":
    sys.exit(main())
