"""A module that tests do not reach is found, however good the total is."""

import json
from pathlib import Path

import pytest

from scripts.check_coverage import shortfalls


def report(folder: Path, **covered: float) -> Path:
    """Write a report; the keys are modules, the values what is covered of them in percent."""
    path = folder / "coverage.json"
    files = {
        f"custom_components/open_ev/{name.replace('__', '/')}.py": {
            "summary": {"percent_covered": percent, "missing_lines": 3}
        }
        for name, percent in covered.items()
    }
    path.write_text(json.dumps({"files": files}))
    return path


def test_every_module_well_covered_is_no_shortfall(tmp_path: Path) -> None:
    """The bounds themselves are good enough."""
    assert shortfalls(report(tmp_path, sensor=97.0, config_flow=100.0, clients__ovms__vehicle=100.0)) == []


def test_one_bad_module_among_good_ones_is_named(tmp_path: Path) -> None:
    """With what is missing, so that one knows where to look."""
    [sentence] = shortfalls(report(tmp_path, sensor=96.9, lock=100.0, climate=100.0))
    assert sentence.startswith("custom_components/open_ev/sensor.py: 96.9 % covered, 3 lines missing")


@pytest.mark.parametrize("module", ["config_flow", "flows__vehicle", "clients__ovms__vehicle", "clients____init__"])
def test_what_must_be_whole_is_not_forgiven_a_line(tmp_path: Path, module: str) -> None:
    """97 % is not enough for these."""
    [sentence] = shortfalls(report(tmp_path, **{module: 99.9}))
    assert sentence.endswith("at least 100 % wanted")


def test_a_report_about_nothing_is_no_success(tmp_path: Path) -> None:
    """As when coverage was told to watch the wrong folder."""
    with pytest.raises(ValueError, match="says nothing about"):
        shortfalls(report(tmp_path))
