"""Where what is."""

from typing import Final, NamedTuple

from .knobs import Module
from .versions import Version

VERSIONS: Final = "/ocpi/versions"


class Place(NamedTuple):
    """What a path leads to."""

    module: Module
    version: Version | None
    """None for the versions endpoint."""
    rest: tuple[str, ...]
    """What comes after the module's own path."""
    slash: bool
    """Whether the path ends with a slash."""


def locate(path: str) -> Place | None:
    """Find out what a path leads to; None if there is nothing."""
    slash = path.endswith("/")
    match path.strip("/").split("/"):
        case ["ocpi", "versions"]:
            return Place(Module.VERSIONS, None, (), slash)
        case ["ocpi", version] if version in {*Version}:
            return Place(Module.DETAILS, Version(version), (), slash)
        case ["ocpi", "cpo", version, module, *rest] if version in {*Version} and module in _OWN:
            return Place(Module(module), Version(version), tuple(rest), slash)
        case _:
            return None


def details_path(version: Version) -> str:
    """Where a version's details are."""
    return f"/ocpi/{version}"


def module_path(version: Version, module: Module) -> str:
    """Where a module is."""
    return f"/ocpi/cpo/{version}/{module}"


_OWN: Final = {*Module} - {Module.VERSIONS, Module.DETAILS}
