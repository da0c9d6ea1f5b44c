"""How often what is done with a charger."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds from one time to the next."""

    # Looking, while the charger tells of changes by itself; and without a websocket, when every change is seen by looking only.
    idle: float = 30.0
    charging: float = 10.0
    alone_idle: float = 5.0
    alone_charging: float = 3.0
    # After what was told unasked, or was done: all that changes with it has changed by then.
    soon: float = 1.0

    # Looking at what did not answer. Who is refused will be refused again, and newer firmware counts.
    again: float = 2.0
    first_retry: float = 3.0
    last_retry: float = 15.0
    refused: float = 60.0

    # Opening a websocket. A proxy may have hidden it for a while.
    first_listening: float = 1.0
    last_listening: float = 60.0
    no_websocket: float = 600.0

    # Reading what no counter tells the changes of.
    uncounted: float = 60.0
    settings: float = 300.0

    # Asking the controller what it tells only itself. The gateway sees to its heartbeat.
    question: float = 30.0
    stored: float = 60.0
    lock: float = 60.0
    heartbeat: float = 300.0
