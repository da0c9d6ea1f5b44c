"""What devices and operators say of themselves, before it is shown to a person.

Anybody can announce a device, and a text in a form can hold links and formatting.
"""

import re
from typing import Final

# What Home Assistant's forms make links and formatting of, bare addresses included.
_MARKUP: Final = re.compile(r"[<>\[\]()`\\]|://|www\.", re.IGNORECASE)


def is_plain(text: str) -> bool:
    """Whether a text has nothing in it but what it says."""
    return text.isprintable() and not _MARKUP.search(text)


def plain(text: str) -> str:
    """The same text with nothing in it but what it says: words that somebody is asked to know something by."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(_MARKUP.sub(" ", printable).split())
