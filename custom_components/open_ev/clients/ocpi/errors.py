"""What can go wrong between a client and an operator, one class for each thing that a user would do differently.

No message carries a token or a body: these texts end in logs.
"""

from .models import Result


class OcpiError(Exception):
    """Base of every error of this package."""


class CannotConnect(OcpiError):
    """Nothing answers at the address, the connection was lost, or the answer took too long."""


class NotReached(CannotConnect):
    """No connection was made, so nothing was sent."""


class TlsFailed(NotReached):
    """No trusted encrypted connection could be made: an unknown certificate, another name, or no TLS on that port."""


class Unauthorized(OcpiError):
    """The operator knows no such token (HTTP 401, or 403 as some answer)."""


class NotOcpi(OcpiError):
    """Something answers, and it does not speak OCPI: a page, a text, JSON of another kind.

    `reason` is a slug that says which.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason, never the answer."""
        super().__init__(f"not OCPI: {reason}")
        self.reason = reason


class BadAnswer(OcpiError):
    """OCPI that cannot be used: cut off, too long, of another type, or it would lead elsewhere with our token.

    `reason` is a slug that says which.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason, never the answer."""
        super().__init__(f"unusable answer: {reason}")
        self.reason = reason


class UnsupportedVersion(OcpiError):
    """The operator offers no version that is spoken here. `offered` names what it does offer."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        """Keep the versions."""
        super().__init__(f"no common version of OCPI; offered: {', '.join(offered) or 'none'}")
        self.offered = offered


class NotAvailable(OcpiError):
    """The operator, or its version of OCPI, has no way to do that; nothing was sent. `what` names it."""

    def __init__(self, what: str) -> None:
        """Keep what is missing."""
        super().__init__(f"not available: {what}")
        self.what = what


class StatusError(OcpiError):
    """The operator says that something is wrong.

    `code` is OCPI's status code (2000 to 3999), or the HTTP status where there was none; `reply` holds the operator's own words,
    and `retry_after` for how many seconds it does not want to be asked again.
    """

    def __init__(self, code: int, reply: str = "", *, retry_after: float = 0.0) -> None:
        """Keep what it said."""
        super().__init__(f"status {code}" + (f": {reply}" if reply else ""))
        self.code = code
        self.reply = reply
        self.retry_after = retry_after


class UnknownObject(StatusError):
    """The operator has no such location or EVSE (2003, or HTTP 404)."""


class CommandRefused(OcpiError):
    """A command was not carried out; `result` says why, `reply` holds the operator's own words, if it gave any."""

    def __init__(self, result: Result, reply: str = "") -> None:
        """Keep what it said."""
        super().__init__(f"the command was not carried out: {result}" + (f": {reply}" if reply else ""))
        self.result = result
        self.reply = reply


class ResultTimeout(OcpiError):
    """The operator took the command, and neither a result nor an effect was seen in time; it may still happen."""


class Unanswered(OcpiError):
    """A command was sent, and the connection was lost or the answer cannot be used; it may have been taken all the same."""


class InvalidArgument(OcpiError):
    """An argument cannot be sent; nothing was sent.

    `argument` names it, `reason` is a slug that a caller can translate.
    """

    def __init__(self, argument: str, reason: str) -> None:
        """Keep the argument's name, and not its value."""
        super().__init__(f"{argument}: {reason}")
        self.argument = argument
        self.reason = reason
