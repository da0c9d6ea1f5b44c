"""How closely a vehicle is followed, whatever the link: a module that knows that somebody looks sends more."""

from enum import StrEnum
from typing import Final

# How long somebody who just did something goes on looking.
ATTENTION_SECONDS: Final = 300.0

# While one of these holds, the car does something worth following.
REASONS_TO_LOOK: Final = ("v.e.on", "v.c.charging", "v.e.awake")


class Mode(StrEnum):
    """When a vehicle is followed closely, which costs mobile data."""

    AUTOMATIC = "automatic"
    """While it is on, charging or awake, and for five minutes after the user did something; at a server also for five
    minutes after that."""
    LIVE = "live"
    """Always."""
    ECONOMY = "economy"
    """Never."""
