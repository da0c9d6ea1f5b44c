"""What can be known of one charge point, and listened to."""

from typing import Final

from ..known import CONNECTION

RESERVATION_CANCELLED: Final = "reservation_cancelled"
"""A reading that is news: the id of the reservation that the operator took back last."""

ABILITIES: Final = "abilities"
"""What can be listened to beside readings: what can be done there is another."""

NAMES: Final = frozenset(
    {
        # Slugs.
        "status",
        "session_status",
        # kWh, and in the currency beside it.
        "session_energy",
        "session_cost",
        "session_currency",
        "session_start",
        # W.
        "max_power",
        # Whether a session of ours is active.
        "charging",
        # An id of ours.
        "reservation",
        "reserved_until",
        RESERVATION_CANCELLED,
        CONNECTION,
        ABILITIES,
    }
)
