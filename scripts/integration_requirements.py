"""Print what the built-in integrations of a Home Assistant need from PyPI.

Home Assistant installs an integration's requirements when it first loads it. The environments of this project are
complete before Home Assistant starts (it runs with ``--skip-pip``), so the requirements are read from the manifests of
the installed release instead of being repeated, and outdated, in a file of ours.

Run it with the Python of the environment in question; arguments are the domains wanted beside those that always load.
"""

from collections.abc import Iterable
from importlib.resources import files
import json
import sys

from homeassistant import bootstrap

# Not a dependency of anything, but imported by what always loads.
IMPORTED_BY_ALL = ("hassio", "recorder")


def always_loaded() -> set[str]:
    """Return the domains that every start of Home Assistant sets up."""
    return bootstrap.CORE_INTEGRATIONS | bootstrap.DEFAULT_INTEGRATIONS


def requirements(domains: Iterable[str]) -> set[str]:
    """Return the requirements of the domains and of all that they depend on.

    Raises FileNotFoundError for a domain that this release does not have.
    """
    components = files("homeassistant.components")
    found: set[str] = set()
    seen: set[str] = set()
    waiting = set(domains)
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        manifest = json.loads(components.joinpath(domain, "manifest.json").read_text("utf-8"))
        found.update(manifest.get("requirements", ()))
        waiting.update(set(manifest.get("dependencies", ())) - seen)
    return found


def main() -> None:
    """Print one requirement a line."""
    domains = {*always_loaded(), *IMPORTED_BY_ALL, *sys.argv[1:]}
    sys.stdout.writelines(f"{requirement}\n" for requirement in sorted(requirements(domains)))


if __name__ == "__main__":
    main()
