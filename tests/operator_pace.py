"""How often the tests have an operator asked."""

from dataclasses import replace
from typing import Final

from custom_components.open_ev.clients.ocpi.pace import Pace

# Far above what anything takes over loopback, also on a busy machine.
_LONGEST: Final = 10.0

# Faster than in a house, and in the same order.
QUICK: Final = Pace(
    idle=30,
    session=0.05,
    expecting=0.03,
    command=0.02,
    expect_for=2,
    result=_LONGEST,
    longest_result=_LONGEST,
    first_retry=0.02,
    last_retry=0.05,
    refused=0.05,
)
# Not for long, where nothing is to come; and where somebody at the site does something, that is seen soon.
IMPATIENT: Final = replace(QUICK, result=0.3, longest_result=0.3)
WATCHFUL: Final = replace(QUICK, idle=0.05)
