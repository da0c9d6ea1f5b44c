"""What a table of commands is made of: a row is a name, its arguments with their limits, and a parser of the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
import re
from typing import Final, Protocol

from .errors import InvalidArgument
from .rapi import Answer, build

type Value = float | str
"""What a caller has for an argument; a text where it comes from a raw line."""

_DIGITS: Final = re.compile(r"[0-9]{1,10}")
# ASCII that can be shown, without what RAPI or the gateway would take for its own.
_TEXT: Final = re.compile(r"[ !#%-)+-\[\]_-~]+")


class Argument(Protocol):
    """One argument of a command."""

    def word(self, value: Value) -> str:
        """Write a value; raise InvalidArgument if it cannot be sent."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits, both of them included."""

    name: str
    low: int
    high: int

    def word(self, value: Value) -> str:
        """Write a number, of whatever type the caller's is."""
        if isinstance(value, str):
            if not _DIGITS.fullmatch(value):
                raise InvalidArgument(self.name, "not_a_number")
            value = int(value)
        if not self.low <= value <= self.high or value != int(value):
            raise InvalidArgument(self.name, "out_of_range")
        return str(int(value))


@dataclass(frozen=True, slots=True)
class Letter:
    """One of some letters or digits."""

    name: str
    letters: str

    def word(self, value: Value) -> str:
        """Write a letter."""
        letter = str(value)
        if len(letter) != 1 or letter not in self.letters:
            raise InvalidArgument(self.name, "unknown")
        return letter


@dataclass(frozen=True, slots=True)
class Text:
    """A text up to a length; blanks are allowed, and the last argument may be one."""

    name: str
    length: int
    blanks: int
    """How many, because the controller takes a text apart at them and has little room for the parts."""

    def word(self, value: Value) -> str:
        """Write a text that arrives as it is."""
        text = str(value)
        if not text:
            raise InvalidArgument(self.name, "empty")
        if len(text) > self.length:
            raise InvalidArgument(self.name, "too_long")
        if text.count(" ") > self.blanks:
            raise InvalidArgument(self.name, "too_many_words")
        # The controller takes a last word with a colon for a sequence id.
        if not _TEXT.fullmatch(text) or text.rpartition(" ")[2].startswith(":"):
            raise InvalidArgument(self.name, "not_showable")
        return text


@dataclass(frozen=True, slots=True)
class Command[T]:
    """One command, and what its answer means."""

    text: str
    """With its arguments, and without checksum: `$SC 16 V`."""
    parse: Callable[[Answer], T] = field(repr=False)

    @property
    def frame(self) -> str:
        """What is sent."""
        return build(self.text)

    @property
    def asks(self) -> bool:
        """Whether it only asks, so that a gateway that blocks commands lets it through."""
        return self.text.startswith("$G")

    def result(self, answer: Answer) -> T:
        """Return what an answer says.

        Raises:
            RapiRefused: The controller does not have the command, or not now, or not with these arguments.
            BadAnswer: No firmware answers that.
        """
        return self.parse(answer)


@dataclass(frozen=True, slots=True)
class Row[T]:
    """One row of the table."""

    name: str
    parse: Callable[[Answer], T] = field(repr=False)
    arguments: tuple[Argument, ...] = ()
    optional: int = 0
    """How many of the last arguments can be left out."""

    def command(self, *values: Value) -> Command[T]:
        """Make a command; raise InvalidArgument if it cannot be sent."""
        most = len(self.arguments)
        if not most - self.optional <= len(values) <= most:
            raise InvalidArgument("command", "wrong_number_of_arguments")
        words = [argument.word(value) for argument, value in zip(self.arguments, values, strict=False)]
        return Command(" ".join((f"${self.name}", *words)), self.parse)

    def from_text(self, text: str) -> Command[T]:
        """Make a command of the text behind its name; the last argument takes all the rest."""
        return self.command(*text.split(" ", max(len(self.arguments) - 1, 0)) if text else ())
