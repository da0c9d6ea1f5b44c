"""What can be known of a charger, and listened to."""

from typing import Final

from ..known import CONNECTION, Known
from .rapi_commands import MAXIMUM_CURRENT, MINIMUM_CURRENT
from .readings import FIELDS

BUTTON: Final = "button"
"""What can be listened to beside readings: somebody else has chosen another mode."""

WHY: Final = "why"
NAMES: Final = frozenset({*(field.name for field in FIELDS), WHY, CONNECTION, BUTTON})


class KnownCharger(Known):
    """A charger as far as it is known."""

    def __init__(self) -> None:
        """Begin with nothing known. Needs a running event loop."""
        super().__init__(NAMES)

    @property
    def current_range(self) -> tuple[int, int]:
        """The least and the most current in A that can be asked for."""
        bounds = [self.number(name) for name in ("current_soft_max", "current_max")]
        # Whatever a charger says of itself, there is no more in the standard.
        most = min((MAXIMUM_CURRENT, *(bound for bound in bounds if bound)))
        return max(MINIMUM_CURRENT, int(self.number("current_min") or MINIMUM_CURRENT)), int(most)
