"""Frames of RAPI, the controller's serial protocol, as its firmware reads and writes them.

A command is `$cc p p :ss^xk` and a carriage return. The checksum is the XOR of all bytes before `^`, or their sum before `*`;
either is accepted, and none. The sequence id `:ss` is echoed, unless it is 00. An answer always carries an XOR checksum.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor
import string

BUFFER = 31
"""Bytes of the longest command that fits, its checksum included; the controller is silent to a longer one."""
MOST_TOKENS = 10
_HEX = frozenset(string.hexdigits)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that arrived whole."""

    name: str
    """Two letters or digits, without the `$`."""
    arguments: tuple[str, ...] = ()
    sequence: int = 0


def exclusive_or(text: str) -> int:
    """Compute the XOR checksum of what is before the `^`."""
    return reduce(xor, text.encode("latin-1"), 0)


def sealed(text: str) -> str:
    """Append the XOR checksum."""
    return f"{text}^{exclusive_or(text):02X}"


def answer(command: Command | None, text: str) -> str:
    """Write an answer: `$OK ...` or `$NK ...` with the sequence id of the command, and sealed."""
    if command is not None and command.sequence:
        text = f"{text} :{command.sequence:02X}"
    return sealed(f"${text}")


def read(line: str) -> Command | None:
    """Read a command; None if its checksum is wrong or cut off, or it is no command at all."""
    for mark in "^*":
        body, found, checksum = line.partition(mark)
        if found:
            # The gateway adds a checksum of its own to one that is there already: only the first two digits count.
            if len(checksum) < 2 or not _HEX.issuperset(checksum[:2]):
                return None
            expected = exclusive_or(body) if mark == "^" else sum(body.encode("latin-1")) % 256
            if int(checksum[:2], 16) != expected:
                return None
            line = body
            break
    # Each blank begins an argument, be it an empty one.
    name, *arguments = line.removeprefix("$").split(" ")
    sequence = 0
    if arguments and arguments[-1].startswith(":") and _HEX.issuperset(arguments[-1][1:3]):
        sequence = int(arguments.pop()[1:3] or "0", 16)
    if len(arguments) >= MOST_TOKENS:
        return None
    return Command(name, tuple(arguments), sequence)


def digits(text: str) -> int:
    """Read a decimal as the controller does, which takes any byte for a digit: `abc` is 5451, and `-5` is -25."""
    return reduce(lambda number, byte: number * 10 + byte - ord("0"), text.encode("latin-1"), 0)


def unsigned_byte(text: str) -> int:
    """Read a decimal into 8 bits: 300 is 44."""
    return digits(text) & 0xFF


def signed_word(text: str) -> int:
    """Read a decimal into 16 bits with a sign."""
    return (digits(text) + 0x8000 & 0xFFFF) - 0x8000
