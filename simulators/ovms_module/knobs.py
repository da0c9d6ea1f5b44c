"""What a test can make go wrong with a simulated module's answers."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Knobs:
    """Settings that may be changed at any time; times are seconds of the simulated clock."""

    reply_delay: float = 0.0
    """How long a command takes. Commands run one after the other, and nothing else is sent meanwhile."""
    lose_replies: bool = False
    """The command runs, its answer never arrives."""
    troubled: str = ""
    """Only command lines that begin with this are slow or lose their answers."""
    reply_copies: int = 1
    """How often each answer is sent (a QoS 1 redelivery looks like this)."""
    reply_override: str | None = None
    """Answer this to every command, and run none."""
    refuse: bool = False
    """The car refuses every vehicle command: the firmware's "could not be ..." answers."""
    confirm: bool = True
    """False: the car says that it did it, and nothing changes."""
    confirm_delay: float = 0.0
    """How long after the answer the metrics follow."""
