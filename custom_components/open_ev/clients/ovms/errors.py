"""What can go wrong between a client and a vehicle, one class for each thing that a user would do differently.

No message carries a payload, a password or a PIN: these texts end in logs.
"""


class OvmsError(Exception):
    """Base of every error of this package."""


class LinkError(OvmsError):
    """The way to the vehicle cannot be had."""


class CannotConnect(LinkError):
    """Nothing answers at the address, or the connection was lost."""


class NoBroker(LinkError):
    """There are no settings that tell where the broker is."""


class ConnectionRefused(LinkError):
    """The broker or server knows the client and does not want it: wrong user, password or rights."""


class TlsFailed(LinkError):
    """No trusted encrypted connection could be made: wrong certificate, wrong name, or no TLS on that port."""


class CommandError(OvmsError):
    """A command did not do what was asked."""


class InvalidArgument(CommandError):
    """An argument cannot be sent; nothing was sent.

    `argument` names it, `reason` is a slug that a caller can translate.
    """

    def __init__(self, argument: str, reason: str) -> None:
        """Keep the argument's name, never its value: it can be a PIN."""
        super().__init__(f"{argument}: {reason}")
        self.argument = argument
        self.reason = reason


class VehicleOffline(CommandError):
    """The module is known to be away, or gave no sign of life; nothing was sent."""


class Busy(CommandError):
    """Commands that were given before take so long that this one was not sent."""


class NoAnswer(CommandError):
    """The command was sent and no answer came: it may or may not have run."""


class EmptyAnswer(CommandError):
    """The module answered without a word, where it has one for each outcome: the command may or may not have run."""


class FirmwareTooOld(CommandError):
    """The module's firmware has no such function; nothing was sent."""

    def __init__(self, needed: str) -> None:
        """`needed` is the first firmware version that has it."""
        super().__init__(f"firmware {needed} or newer is needed")
        self.needed = needed


class CommandRefused(CommandError):
    """The module answered, and the answer is not a success; `reply` holds the module's own words."""

    def __init__(self, reply: str) -> None:
        """Keep the module's words, on one line."""
        super().__init__(reply)
        self.reply = reply


class Unsupported(CommandRefused):
    """This type of vehicle has no such function ("functionality not available")."""


class Failed(CommandRefused):
    """The vehicle has the function and it did not work ("Error: ...")."""


class FailedWithPin(Failed):
    """It did not work, and the module compares a PIN for it: it says the same whether that was wrong or the car could not."""


class UsageError(CommandRefused):
    """The module understood the command but not its arguments ("Usage: ...")."""


class UnknownCommand(CommandRefused):
    """This firmware or vehicle type has no such command ("Unrecognised command")."""
