"""Frames of RAPI, the serial protocol of an OpenEVSE's controller: commands written, answers read.

A command is `$cc p p :ss^xk`, an answer `$OK v v :ss^xk`: the sequence id `:ss` only if the command had one, and the
checksum, which is the XOR of all before the `^`, always (RAPI 2 and later; firmware 4.5.1 to 8.2.3 were seen). Older
tools write the sum of all bytes behind a `*` instead.

One character stands for one byte here, as in ISO 8859-1: the controller's serial number holds any byte, and what was
decoded otherwise no longer fits its checksum.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor
import re
from typing import Final

from .errors import BadAnswer, InvalidArgument

# The controller's buffer has 32 bytes, one of them for the end. It is silent to a longer command.
MAX_BYTES: Final = 31
# The gateway puts a checksum of its own behind every command, and does not look whether it has one.
_BYTES_OF_GATEWAY: Final = 3
# The name, the arguments and the sequence id. One more and the controller takes the checksum to be wrong.
MAX_WORDS: Final = 10
# As long as the longest answer that a gateway's buffer holds.
MAX_ANSWER: Final = 100

_NAME: Final = re.compile(r"\$?([A-Z][A-Z0-9])(?: |$)")
_CHECKSUM: Final = re.compile(r"([*^])([0-9A-Fa-f]{2})")
_SEQUENCE: Final = re.compile(r" :([0-9A-Fa-f]{2})\Z")
# A `$` anywhere starts another command, `^` and `*` end this one. The gateway puts the command into JSON unescaped.
_RESERVED: Final = re.compile(r'[$^*"\\]')
# After `$FF E`, and `$SE` before it, everything is echoed, in between the answers. `$FF E 0` does not end it but begins
# it (firmware 4.6 to 8.2.3); only a restart of the controller does. It looks at nothing but the first letter.
_ECHO: Final = re.compile(r"FF +E|SE", re.IGNORECASE)
# What the controller says unasked, also between a command and its answer: that it started, its state (`ST` up to firmware
# 5), its button, and the WiFi mode that somebody wants.
_UNASKED: Final = frozenset({"AB", "AT", "ST", "AN", "WF"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the controller answered, its checksum verified and removed.

    Not every refusal is one: `$SC` is answered `$NK 6` when 6 A is what was set in place of what was asked for.
    """

    accepted: bool
    text: str = ""
    """What follows `$OK` or `$NK` and one blank, without the sequence id."""
    sequence: int | None = None

    @property
    def tokens(self) -> tuple[str, ...]:
        """What follows, in single words."""
        return tuple(self.text.split(" ")) if self.text else ()

    @property
    def line(self) -> str:
        """The answer as it is written, without what belongs to the frame."""
        word = "$OK" if self.accepted else "$NK"
        return f"{word} {self.text}" if self.text else word


def xor_checksum(text: str) -> int:
    """Compute the checksum that stands behind a `^`."""
    return reduce(xor, text.encode("latin-1"), 0)


def additive_checksum(text: str) -> int:
    """Compute the checksum that stands behind a `*`."""
    return sum(text.encode("latin-1")) % 256


def build(command: str, *, sequence: int | None = None) -> str:
    """Write a command's frame; the `$` may be missing.

    Args:
        command: The name in upper case and the arguments, with single blanks between.
        sequence: An id from 1 to 255 that the answer repeats; RAPI 3 and later. Gateways use none.

    Raises:
        InvalidArgument: It is not one whole command, or the one that is never sent: `$FF E` leaves the gateway without
            an answer it understands until the controller is restarted.
    """
    body = f"${command.removeprefix('$')}"
    _check(body)
    if sequence is not None:
        if not 1 <= sequence <= 255:
            raise InvalidArgument("sequence", "out_of_range")
        body += f" :{sequence:02X}"
    frame = f"{body}^{xor_checksum(body):02X}"
    if len(frame) + _BYTES_OF_GATEWAY > MAX_BYTES:
        raise InvalidArgument("command", "too_long")
    if body.count(" ") >= MAX_WORDS:
        raise InvalidArgument("command", "too_many_words")
    return frame


def _check(body: str) -> None:
    """Refuse what the controller would take for something else, or for two things."""
    if len(body) > MAX_BYTES:
        raise InvalidArgument("command", "too_long")
    if not body.isprintable():
        raise InvalidArgument("command", "control_characters")
    if not body.isascii():
        raise InvalidArgument("command", "not_ascii")
    # The controller takes a last word with a colon for the sequence id.
    if _RESERVED.search(body, 1) or body.rpartition(" ")[2].startswith(":"):
        raise InvalidArgument("command", "reserved_characters")
    if _ECHO.match(body, 1):
        raise InvalidArgument("command", "echo")
    if not _NAME.match(body):
        raise InvalidArgument("command", "not_a_command")


def read(line: str, *, sequence: int | None = None) -> Answer:
    """Read the answer to a command.

    Args:
        line: The line, with or without the carriage return that ends it.
        sequence: The id the command had; the answer must have the same, or likewise none.

    Raises:
        BadAnswer: It is not a whole answer with a right checksum, or not the answer to this command.
    """
    word, _, text = _verified(line.removesuffix("\n").removesuffix("\r")).partition(" ")
    name = word.removeprefix("$")
    if name in _UNASKED:
        raise BadAnswer("asynchronous")
    if name not in {"OK", "NK"}:
        raise BadAnswer("not_an_answer")
    answer = _answer(name == "OK", f" {text}" if text else "")
    if answer.sequence != sequence:
        raise BadAnswer("wrong_sequence_id")
    return answer


def _answer(accepted: bool, rest: str) -> Answer:
    sequence = None
    if match := _SEQUENCE.search(rest):
        sequence, rest = int(match[1], 16), rest[: match.start()]
    return Answer(accepted, rest.removeprefix(" "), sequence)


def _verified(line: str) -> str:
    """Return what is before the checksum. The checksum is the last: the text before can hold any byte, a `^` too."""
    if not line.startswith("$"):
        raise BadAnswer("not_an_answer")
    if len(line) > MAX_ANSWER:
        raise BadAnswer("too_long")
    body, checksum = line[:-3], _CHECKSUM.fullmatch(line[-3:])
    if checksum is None:
        raise BadAnswer("no_checksum")
    try:
        expected = xor_checksum(body) if checksum[1] == "^" else additive_checksum(body)
    except UnicodeEncodeError as err:
        raise BadAnswer("not_bytes") from err
    if int(checksum[2], 16) != expected:
        raise BadAnswer("wrong_checksum")
    return body
