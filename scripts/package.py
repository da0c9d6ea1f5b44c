"""Build the archive that a release carries: the integration's folder, with the version that the tag names.

The same checkout gives the same bytes: only what is under version control goes in, in order, dated alike.
Needs git, and any Python 3.
"""

import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Final
import zipfile

ROOT: Final = Path(__file__).resolve().parent.parent
INTEGRATION: Final = Path("custom_components/open_ev")
VERSION: Final = re.compile(r"v?(?P<version>\d+\.\d+\.\d+((a|b|rc)\d+)?)")
FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip archive can hold."""


def version_of(tag: str) -> str:
    """Return the version that a tag names, with or without its v.

    Raises ValueError for a tag that names none: 1.2.3, 1.2.3b1, 1.2.3rc1.
    """
    if (match := VERSION.fullmatch(tag)) is None:
        raise ValueError(f"'{tag}' names no version; a tag looks like v1.2.3, or v1.2.3b1 for a beta")
    return match["version"]


def with_version(manifest: str, version: str) -> str:
    """Return the manifest's text with another version, everything else as it was."""
    if json.loads(manifest)["version"] == version:
        return manifest
    return re.sub(r'("version":\s*)"[^"]*"', rf'\g<1>"{version}"', manifest)


def files() -> list[Path]:
    """Return the integration's files that are under version control, relative to its folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "."], cwd=ROOT / INTEGRATION, check=True, capture_output=True, text=True
    ).stdout
    return sorted(Path(name) for name in listed.split("\0") if name)


def build(tag: str, archive: Path) -> None:
    """Write the archive for a tag. HACS unpacks it into the integration's folder, so the files are at its root."""
    version = version_of(tag)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for file in files():
            content = (ROOT / INTEGRATION / file).read_bytes()
            if file == Path("manifest.json"):
                content = with_version(content.decode(), version).encode()
            entry = zipfile.ZipInfo(file.as_posix(), FIRST_DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)


def main() -> None:
    """Build the archive named by the second argument for the tag named by the first."""
    if len(sys.argv) != 3:
        sys.exit("Say the tag and the archive: scripts/package.py v1.2.3 open_ev.zip")
    try:
        build(sys.argv[1], Path(sys.argv[2]))
    except ValueError as err:
        sys.exit(str(err))


if __name__ == "__main__":
    main()
