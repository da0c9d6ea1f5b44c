"""Fail when a module of the integration is less covered by tests than it should be.

A total hides the one module that nobody tested, so every module has to answer for itself. Reads the JSON report of
coverage, whose path is the only argument.
"""

import json
from pathlib import Path
import sys
from typing import Final

INTEGRATION: Final = "custom_components/open_ev/"
WHOLE: Final = ("config_flow.py", "flows/", "clients/")
"""What must be covered to the last line: all that talks to the user while setting up, and all that talks to a device."""
MOST: Final = 97.0


def wanted(module: str) -> float:
    """Return the least coverage of a module, in percent."""
    return 100.0 if module.removeprefix(INTEGRATION).startswith(WHOLE) else MOST


def shortfalls(report: Path) -> list[str]:
    """Return a sentence for each module that is covered too little.

    Raises OSError or ValueError when the report cannot be read, or holds no module of the integration.
    """
    modules = {
        name: summary["summary"]
        for name, summary in json.loads(report.read_text("utf-8"))["files"].items()
        if name.startswith(INTEGRATION)
    }
    if not modules:
        raise ValueError(f"{report} says nothing about {INTEGRATION}")
    return [
        f"{name}: {summary['percent_covered']:.1f} % covered, {summary['missing_lines']} lines missing; "
        f"at least {wanted(name):.0f} % wanted"
        for name, summary in sorted(modules.items())
        if summary["percent_covered"] < wanted(name)
    ]


def main() -> int:
    """Print the shortfalls; return how many there are, as an exit code of 0 or 1."""
    found = shortfalls(Path(sys.argv[1]))
    for sentence in found:
        print(sentence)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
