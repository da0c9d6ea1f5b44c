"""What becomes of a command: what it does, or what a test wants to be answered."""

from dataclasses import dataclass
from enum import StrEnum, auto


class Command(StrEnum):
    """The commands; CANCEL_RESERVATION since 2.2."""

    START_SESSION = "START_SESSION"
    STOP_SESSION = "STOP_SESSION"
    RESERVE_NOW = "RESERVE_NOW"
    CANCEL_RESERVATION = "CANCEL_RESERVATION"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR"


class Result(StrEnum):
    """All that an operator may answer to a command, at once or later."""

    ACCEPTED = "ACCEPTED"
    CANCELED_RESERVATION = "CANCELED_RESERVATION"
    EVSE_INOPERATIVE = "EVSE_INOPERATIVE"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    FAILED = "FAILED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    REJECTED = "REJECTED"
    TIMEOUT = "TIMEOUT"
    UNKNOWN_RESERVATION = "UNKNOWN_RESERVATION"
    UNKNOWN_SESSION = "UNKNOWN_SESSION"

    @property
    def old(self) -> Result:
        """The next best that 2.1.1 knows: it has one short list for both answers."""
        known = {Result.ACCEPTED, Result.NOT_SUPPORTED, Result.REJECTED, Result.TIMEOUT, Result.UNKNOWN_SESSION}
        return self if self in known else Result.REJECTED


class Order(StrEnum):
    """When the result is posted."""

    AFTER = "after"
    BEFORE = "before"
    """Before the command is answered, which waits for the eMSP to have heard the result."""


class CallbackFault(StrEnum):
    """What may be wrong with the post of a result."""

    NEVER = auto()
    """None is made. What the command asks for is done all the same."""
    TWICE = auto()
    WRONG_TOKEN = auto()
    NO_TOKEN = auto()
    """As an eMSP library's own helper does."""
    WRONG_TOKEN_FIRST = auto()
    """Somebody else guesses, and is refused; then the real one comes."""
    OTHER_ENCODING = auto()
    """Raw where Base64 is due, and the other way round."""
    OTHER_SCHEME = auto()
    """Bearer."""
    HUGE = auto()
    GARBAGE = auto()
    """Bytes that are no JSON."""
    NOT_AN_OBJECT = auto()
    NO_RESULT = auto()
    WRAPPED = auto()
    """In an envelope, as every other body is."""
    LISTED = auto()
    """A list with the one result."""
    LOWER_CASE = auto()


@dataclass(slots=True, kw_only=True)
class Script:
    """How a command is answered; may be changed at any time."""

    immediate: str | None = None
    """The answer to the command; None is what is the case. Only what was ACCEPTED has a result."""
    result: str | None = None
    """The result that is posted; None is what is the case. Only what is ACCEPTED is done."""
    does: bool = True
    """False: nothing is done, whatever was answered."""
    does_after: float = 0.0
    """Seconds of real time from the result until it is done; 0 is just before the result is posted."""
    timeout: int = 30
    """Seconds until which a result is promised (since 2.2)."""
    delay: float = 0.01
    """Seconds of real time from the answer to the result."""
    order: Order = Order.AFTER
    fault: CallbackFault | None = None
    message: str | None = None
    """A text for the driver, with both (since 2.2)."""
