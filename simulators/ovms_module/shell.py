"""The module's command shell: how a line becomes a command, and what the framework itself answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_LINE_BUFFER = 799
"""Characters of a command line; what is longer is dropped without a word."""
_MAX_TOKENS = 128
_MAX_QUOTED = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints, and whether it did what it says."""

    text: str
    done: bool = True
    seconds: float = 0.0
    """How long the command keeps the module busy."""


def failed(text: str) -> Answer:
    """Answer without having done anything."""
    return Answer(text, done=False)


type Handler = Callable[[list[str]], Answer]


@dataclass(slots=True)
class Command:
    """One word of the command tree."""

    name: str
    handler: Handler | None = None
    arguments: str = ""
    """How the usage line describes the arguments."""
    minimum: int = 0
    maximum: int = 0
    children: dict[str, Command] = field(default_factory=dict)
    parent: Command | None = None

    def add(
        self,
        name: str,
        handler: Handler | None = None,
        arguments: str = "",
        minimum: int = 0,
        maximum: int | None = None,
    ) -> Command:
        """Register a word below this one."""
        child = Command(name, handler, arguments, minimum, minimum if maximum is None else maximum, parent=self)
        self.children[name] = child
        return child

    def find(self, word: str) -> Command | None:
        """Find a word by its name or a unique beginning of it."""
        if word in self.children:
            return self.children[word]
        found = [child for name, child in self.children.items() if name.startswith(word)]
        return found[0] if len(found) == 1 else None

    def usage(self) -> str:
        """Return the line that explains the command; the root has none."""
        if self.parent is None:
            return ""
        words = [self.name]
        above = self.parent
        while above.parent is not None:
            words.insert(0, above.name)
            above = above.parent
        arguments = self.arguments or "|".join(sorted(self.children))
        return f"Usage: {' '.join(words)} {arguments}".rstrip() + "\n"

    def execute(self, words: list[str]) -> Answer:
        """Run what the words say, or answer as the framework does."""
        if self.handler is not None and (not self.children or not words):
            if not self.minimum <= len(words) <= self.maximum or words[-1:] == ["?"]:
                return failed(self.usage())
            return self.handler(words)
        if not words:
            return failed(f"Subcommand required\n{self.usage()}")
        if words[0] == "?":
            return failed("".join(f"{name:<20}\n" for name in sorted(self.children)))
        if (child := self.find(words[0])) is None:
            return failed(f"Unrecognised command\n{self.usage()}")
        return child.execute(words[1:])


class BadQuoting(ValueError):
    """A line that the shell cannot split."""


def split(line: str) -> list[str]:
    """Split a line into words; single or double quotes keep blanks together.

    Raises:
        BadQuoting: a quote is left open, or there are too many words.
    """
    words: list[str] = []
    quoted = 0
    rest = line.lstrip()
    while rest:
        if rest[0] in "'\"":
            end = rest.find(rest[0], 1)
            quoted += 1
            if end < 0 or quoted > _MAX_QUOTED:
                raise BadQuoting
            word, rest = rest[1:end], rest[end + 1 :]
        else:
            word, _, rest = rest.partition(" ")
        words.append(word)
        rest = rest.lstrip()
    if len(words) > _MAX_TOKENS:
        raise BadQuoting
    return words


class Shell:
    """The command tree with its memory of what it was given and what it did."""

    def __init__(self) -> None:
        """Start without commands."""
        self.root = Command("")
        self.received: list[str] = []
        self.executed: list[str] = []

    def execute(self, payload: str, override: str | None = None) -> Answer:
        """Run a payload of one or more lines and return all their output as one answer.

        With `override` nothing runs and that is the answer.
        """
        output: list[str] = []
        seconds = 0.0
        for line in payload[:_LINE_BUFFER].splitlines():
            if not line.strip():
                continue
            self.received.append(line)
            if override is not None:
                output.append(f"{override}\n")
                continue
            answer = self._execute_line(line)
            if answer.done:
                self.executed.append(line)
            seconds += answer.seconds
            output.append(answer.text if answer.text.endswith("\n") else f"{answer.text}\n")
        return Answer("".join(output), seconds=seconds)

    def _execute_line(self, line: str) -> Answer:
        try:
            words = split(line)
        except BadQuoting:
            return failed("ERROR:too many tokens or invalid quoting")
        return self.root.execute(words)


def leading_integer(text: str) -> int:
    """Read a number as C's atoi does: what is not one is 0."""
    text = text.strip()
    digits = len(text) - len(text.lstrip("+-"))
    end = digits
    while end < len(text) and text[end].isdigit():
        end += 1
    return int(text[:end]) if digits <= 1 and end > digits else 0


def lines(rows: Mapping[str, object]) -> str:
    """Print rows of a label and a value under each other, as the status commands do."""
    return "".join(f"{f'{label}:':<19}{value}\n" for label, value in rows.items())
