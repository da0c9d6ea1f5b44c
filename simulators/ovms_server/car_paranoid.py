"""Paranoid mode: messages hidden from the server, too, with the module's own password.

As the protocol describes it. The firmware's own way of doing it (3.3.006) looks broken both ways, so this is what a car
would say whose firmware did what it is meant to do.
"""

from .cipher import hide, new_token, reveal

_NEVER_HIDDEN = frozenset("EAaghP")


class Paranoid:
    """Hides what a car says, and reads what it is told."""

    def __init__(self) -> None:
        """Begin without."""
        self._password = ""
        self._token = ""

    def begin(self, password: str) -> str | None:
        """Start with a fresh token, which is what the server is to be told; an empty password ends the mode."""
        self._password = password
        self._token = new_token() if password else ""
        return f"ET{self._token}" if password else None

    def hidden(self, message: str) -> str:
        """Hide a message's data, if the mode is on and the message is of a kind that is ever hidden."""
        if not self._token or message[0] in _NEVER_HIDDEN:
            return message
        return f"EM{message[0]}{hide(self._password, self._token, message[1:])}"

    def revealed(self, data: str) -> str:
        """Read what was hidden; what cannot be read is empty."""
        return reveal(self._password, self._token, data) or ""
