"""How often what is done with an operator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds from one time to the next, and how long to wait."""

    # Looking at everything. The standard advises hours; who wants to see whether a place is free chooses less.
    idle: float = 1800.0
    # Looking at where a session of ours is open, and at where one should begin or end any moment.
    session: float = 60.0
    expecting: float = 10.0
    # And while a command is under way, because its result may never come.
    command: float = 3.0

    # How long to expect what an accepted command may lead to: the driver may still have to plug in.
    expect_for: float = 300.0
    # How long to wait for a result where the operator does not say, and at most.
    result: float = 30.0
    longest_result: float = 120.0

    # Looking at what did not answer. Who is refused will be refused again.
    first_retry: float = 15.0
    last_retry: float = 300.0
    refused: float = 600.0
