"""What is said in the log while everything goes wrong, and what of it should not have been said."""

from collections import Counter
import logging
from typing import Final, override
import warnings

from homeassistant import loader

# What a user may well read when a device cannot be had: once when it is lost, and when it cannot be set up.
_EXPECTED: Final = frozenset(
    {
        "The connection to %s was lost: %s",
        "Config entry '%s' for %s integration %s",
        # Of every custom integration.
        loader.CUSTOM_WARNING,
    }
)
# A command that is given up while an entity is busy with another one: Home Assistant never begins what it has put together.
_NEVER_BEGUN: Final = ("_async_handle_entity_calls", "_handle_single_entity_call")
_LONGEST: Final = 3000
_SHORT: Final = 60


class Listener(logging.Handler):
    """Hears everything from warnings on, and keeps what should not be there: any error, and warnings about us."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.expected: Counter[str] = Counter()
        self.unexpected: Counter[str] = Counter()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Sort a record."""
        text = self.format(record)
        if record.levelno < logging.ERROR and record.msg in _EXPECTED:
            self.expected[str(record.msg)[:_SHORT]] += 1
        elif record.name == "py.warnings" and any(name in text for name in _NEVER_BEGUN):
            self.expected["a command that was given up before it began"] += 1
        elif "open_ev" in text or record.levelno >= logging.ERROR or record.name == "py.warnings":
            self.unexpected[text[:_LONGEST]] += 1

    def listen(self) -> None:
        """Hear the whole process from now on: also what the interpreter complains of, such as a socket that nobody closed."""
        root = logging.getLogger()
        root.handlers = [self]
        root.setLevel(logging.WARNING)
        logging.captureWarnings(capture=True)
        for category in (ResourceWarning, RuntimeWarning):
            warnings.simplefilter("always", category)
