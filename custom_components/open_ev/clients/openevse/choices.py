"""Telling what somebody else has chosen from what we have: with the front button, on the charger's pages, over MQTT."""

from ..known import Readings
from .models import Mode
from .parts import Part
from .reader import Reader
from .report import Report


class Choices:
    """Knows whose choice another mode is."""

    def __init__(self, report: Report, reader: Reader) -> None:
        """Take what tells of the mode."""
        self._report = report
        self._reader = reader
        self._in_doubt = False

    def doubt(self) -> None:
        """Take note that something was asked for and nobody saw what came of it: it may show with the next look."""
        self._in_doubt = True
        self._reader.read_next((Part.OVERRIDE,))

    def is_anothers(self, before: Readings, now: Readings) -> bool:
        """Whether somebody else has chosen another mode.

        Only a manager tells of that. An override may end with its session, and that is nobody's choice.
        """
        if not self._report.has_manager:
            return False
        if self._in_doubt:
            self._in_doubt = not self._reader.has_read(Part.OVERRIDE)
            return False
        mode, former = now.get("mode"), before.get("mode")
        if mode is None or former is None or mode == former:
            return False
        return mode != Mode.AUTO or now.get("vehicle_connected") is not False
