"""What a module says in words, as it can be shown to a person and written into a log."""

import re
from typing import Final

# What a terminal takes for a colour or a movement of its cursor (ECMA-48). Without the escape the rest would stay as noise.
_TERMINAL: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


def readable(text: str) -> str:
    """Its lines, however they end, without anything that is not to be seen; what is no plain blank becomes one."""
    if text.isprintable():
        return text
    lines = _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_shown, lines))


def _shown(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    return " " if character.isspace() else ""
