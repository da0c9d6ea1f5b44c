"""What must not be in Home Assistant's log."""

from base64 import b64encode
import re

from .conftest import (
    CAR_PASSWORD,
    CHARGER,
    CHARGER_PASSWORD,
    HOME_ASSISTANT_PASSWORD,
    NETWORK_PASSWORD,
    OPERATOR_SECRET,
    OWN_SECRET,
    PIN,
    POSITION,
    SERVER_PASSWORD,
    VIN,
)

_EXPECTED = (
    # At every start like ours: of any custom integration, and of an environment that is complete.
    "We found a custom integration open_ev which has not been tested by Home Assistant",
    "Skipping pip installation of required modules",
    # Of Home Assistant's own websocket, where the browser opens the next page in the middle of a long answer: that is the
    # only connection whose messages are compressed, and only those are sent in a shielded future.
    "Error doing job: ClientConnectionResetError exception in shielded future",
)
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\S* (?P<level>[A-Z]+) \(", re.MULTILINE)
_COMPLAINTS = {"WARNING", "ERROR", "CRITICAL"}


def complaints(log: str, *expected: str) -> list[str]:
    """Return the warnings and errors, each with the traceback that follows it, but for those with an expected text."""
    starts = list(_LINE.finditer(log))
    ends = [start.start() for start in starts[1:]] + [len(log)]
    lines = [(start["level"], log[start.start() : end]) for start, end in zip(starts, ends, strict=True)]
    return [
        text
        for level, text in lines
        if level in _COMPLAINTS and not any(known in text for known in (*_EXPECTED, *expected))
    ]


def secrets_in(text: str) -> list[str]:
    """Return the secrets that somebody with the text would know; of the position, to about ten metres."""
    position = [str(degrees)[:7] for degrees in POSITION]
    passwords = [HOME_ASSISTANT_PASSWORD, CAR_PASSWORD, CHARGER_PASSWORD, NETWORK_PASSWORD, SERVER_PASSWORD]
    tokens = [OPERATOR_SECRET, OWN_SECRET]
    # As HTTP carries them.
    encoded = [b64encode(text.encode()).decode() for text in (f"{CHARGER}:{CHARGER_PASSWORD}", *tokens)]
    return [secret for secret in (PIN, VIN, *encoded, *tokens, *passwords, *position) if secret in text]
