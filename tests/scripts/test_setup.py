"""What is said when an environment cannot be built."""

import os
from pathlib import Path
import shutil
import subprocess

import pytest

from scripts.package import ROOT

# All that the script needs, so that a machine of another system can be played on this one.
_TOOLS = ("bash", "cat", "cmp", "dirname", "echo", "flock", "grep", "mkdir", "sed", "tr")

_UV = """#!/bin/sh
case "$*" in
    --version) echo "uv 0.13.8" ;;
    *install*) echo "cause: invalid peer certificate: UnknownIssuer" >&2; exit 2 ;;
    *) exit 2 ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The programs of a machine without Python, in a network whose certificates uv does not trust."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in _TOOLS:
        path = shutil.which(tool)
        assert path is not None, f"{tool} is missing"
        (programs / tool).symlink_to(path)
    uv = programs / "uv"
    uv.write_text(_UV, encoding="utf-8")
    uv.chmod(0o755)
    return programs


def test_a_certificate_that_is_not_trusted_is_not_blamed_on_python(machine: Path, tmp_path: Path) -> None:
    """What uv said is shown, and the settings that it has for this are named before anything else is advised."""
    told = subprocess.run(
        [ROOT / "scripts" / "setup", "test"],
        env={"HOME": os.environ["HOME"], "PATH": str(machine), "OPEN_EV_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    said, _, advice = told.stderr.partition("Failed:")
    assert "invalid peer certificate: UnknownIssuer" in said
    assert 0 < advice.index("UV_SYSTEM_CERTS=1") < advice.index("SSL_CERT_FILE") < advice.index("Install Python 3.14")
