"""The versions of controller firmware that are told apart, and what differs between them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What one controller firmware does differently."""

    version: str
