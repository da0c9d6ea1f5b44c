"""What can go wrong between a client and a charger, one class for each thing that a user would do differently.

No message carries a password, a token or a body: these texts end in logs.
"""


class OpenEvseError(Exception):
    """Base of every error of this package."""


class CannotConnect(OpenEvseError):
    """Nothing answers at the address, the connection was lost, or the answer took too long.

    `sent` says that the request may have been on its way before that.
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        """Keep whether something was sent."""
        super().__init__(message)
        self.sent = sent


class TlsFailed(CannotConnect):
    """No trusted encrypted connection could be made: an unknown certificate, another name, or no TLS on that port."""


class Unauthorized(OpenEvseError):
    """The charger asks for a user name and a password, or for others.

    `retry_later` says that it has seen too many wrong ones: it refuses all but right ones for some minutes (status 429, after
    firmware 5.1.5).
    """

    def __init__(self, message: str, *, retry_later: bool = False) -> None:
        """Keep whether to wait before the next try."""
        super().__init__(message)
        self.retry_later = retry_later


class NotAnOpenEvse(OpenEvseError):
    """Something answers, and it is no OpenEVSE."""


class WrongCharger(NotAnOpenEvse):
    """An OpenEVSE answers, and it is another one than before."""


class FirmwareTooOld(OpenEvseError):
    """An OpenEVSE, with a gateway firmware from before 2.3, which does not tell the charger's state."""


class BadAnswer(OpenEvseError):
    """An answer that cannot be used: HTML in place of JSON, cut off, too long, or of another type.

    `reason` is a slug that says which.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason, never the answer."""
        super().__init__(f"unusable answer: {reason}")
        self.reason = reason


class TlsWanted(BadAnswer):
    """It speaks https only, at `url`: firmware that was given a certificate leads there whoever asks by http."""

    def __init__(self, url: str) -> None:
        """Keep where it leads."""
        super().__init__("tls_wanted")
        self.url = url


class Refused(OpenEvseError):
    """The charger understood and said no; `reply` holds its own words."""

    def __init__(self, reply: str) -> None:
        """Keep what it said."""
        super().__init__(reply)
        self.reply = reply


class RapiError(OpenEvseError):
    """A RAPI command did not do what was asked."""


class RapiBlocked(RapiError):
    """This build of the gateway hands no such command on (RAPI_RESPONSE_BLOCKED, firmware 4.1 and later)."""


class RapiRefused(Refused, RapiError):
    """The controller answered `$NK`: it does not have the command, not with these arguments, or not in this state."""


class RapiFailed(RapiError):
    """The gateway had no usable answer from the controller; the command may have run.

    `reason` is a slug: `timeout`, `queue_full`, `buffer_overflow`, `invalid_response`, `bad_checksum`,
    `bad_sequence_id`, `cmd_too_long`, `async_event`, or `no_answer` where the firmware does not say (up to 2.7).
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(f"no usable answer from the controller: {reason}")
        self.reason = reason


class InvalidArgument(OpenEvseError):
    """An argument cannot be sent; nothing was sent.

    `argument` names it, `reason` is a slug that a caller can translate.
    """

    def __init__(self, argument: str, reason: str) -> None:
        """Keep the argument's name, and not its value."""
        super().__init__(f"{argument}: {reason}")
        self.argument = argument
        self.reason = reason


class NotAvailable(OpenEvseError):
    """This firmware has no way to do that; nothing was sent."""


class TimerDecides(NotAvailable):
    """The charger has a timer, and the controller (before 5.0) has no command that starts it outside of that."""


class DisplayBlocked(NotAvailable):
    """This build of the gateway lets nobody write on the display (most from 5.0 on); nothing was sent."""


class VehicleSourceNotSet(NotAvailable):
    """The gateway would take the car's data from elsewhere, answer that all is well, and ignore them (5.0 and later)."""


class Unconfirmed(OpenEvseError):
    """It was sent and taken, and the charger shows something else.

    `claim` is a slug of who has the say on the charger, None where that is not known.
    """

    def __init__(self, what: str, claim: str | None = None) -> None:
        """`what` names what was asked for."""
        super().__init__(f"the charger did not follow: {what}" + (f"; {claim} has the say" if claim else ""))
        self.what = what
        self.claim = claim


class Unseen(OpenEvseError):
    """It was sent, and the charger was gone before it could be seen what came of it. It may have followed."""

    def __init__(self, what: str) -> None:
        """`what` names what was asked for."""
        super().__init__(f"sent, and nobody saw what came of it: {what}")
        self.what = what
