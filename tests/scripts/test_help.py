"""Whoever asks a script for help gets it at once."""

import os
from pathlib import Path
import subprocess

import pytest

from scripts.package import ROOT

SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_a_script_tells_what_it_does_before_it_builds_anything(script: Path, option: str, tmp_path: Path) -> None:
    """What stands at its top, without the signs of a comment; an environment takes minutes the first time."""
    cache = tmp_path / "cache"
    told = subprocess.run(
        [script, option], env={**os.environ, "OPEN_EV_CACHE": str(cache)}, capture_output=True, text=True, check=True
    )
    assert told.stdout[0].isupper()
    assert "#" not in told.stdout
    assert told.stderr == ""
    assert not cache.exists()
