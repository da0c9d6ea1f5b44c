"""Checksums of RAPI, computed here once more: a mistake of the client's would not be seen with its own."""

from custom_components.open_ev.clients.openevse.rapi import Answer


def xor_of(text: str) -> int:
    """What stands behind `^`."""
    checksum = 0
    for byte in text.encode("latin-1"):
        checksum ^= byte
    return checksum


def sealed(text: str) -> str:
    """Write a line as the controller does."""
    return f"{text}^{xor_of(text):02X}"


def summed(text: str) -> str:
    """Write a line with the older checksum."""
    return f"{text}*{sum(text.encode('latin-1')) % 256:02X}"


def ok(text: str = "", *, sequence: int | None = None) -> Answer:
    """What is read of a success."""
    return Answer(accepted=True, text=text, sequence=sequence)


def nk(text: str = "", *, sequence: int | None = None) -> Answer:
    """What is read of a refusal."""
    return Answer(accepted=False, text=text, sequence=sequence)
