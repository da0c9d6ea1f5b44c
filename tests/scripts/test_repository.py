"""What the repository tells GitHub, HACS and Home Assistant about itself fits together."""

import json
from pathlib import Path
import re

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from PIL import Image
import pytest
import yaml

from scripts.package import INTEGRATION, ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
BRAND = ROOT / INTEGRATION / "brand"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_to_what_was_read(workflow: Path) -> None:
    """A tag can be moved to other code; a commit cannot."""
    uses = re.findall(r"uses: (\S+)( # \S+)?$", workflow.read_text("utf-8"), re.MULTILINE)
    assert uses
    for action, version in uses:
        assert action.startswith("./") or (re.search(r"@[0-9a-f]{40}$", action) and version)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_do_nothing_that_a_job_does_not_ask_for(workflow: Path) -> None:
    """The default is often everything."""
    content = yaml.safe_load(workflow.read_text("utf-8"))
    assert content["permissions"] == {}
    assert all("permissions" in job for job in content["jobs"].values())


def test_hacs_knows_the_archive_and_a_home_assistant_that_was_tested() -> None:
    """Users are promised the month that the tests run on, from its first release."""
    hacs = json.loads((ROOT / "hacs.json").read_text("utf-8"))
    release = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    assert hacs["zip_release"] is True
    assert f'scripts/package.py "${{GITHUB_REF_NAME}}" {hacs["filename"]}' in release
    assert hacs["homeassistant"] == f"{MAJOR_VERSION}.{MINOR_VERSION}.0"


@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize(("suffix", "height"), [("", 256), ("@2x", 512)])
def test_brand_has_the_sizes_that_home_assistant_wants(theme: str, suffix: str, height: int) -> None:
    """A square icon, a logo whose shorter side is as long as it may be, both on no background and without an empty rim."""
    with Image.open(BRAND / f"{theme}icon{suffix}.png") as icon:
        assert icon.size == (height, height)
        assert icon.mode == "RGBA"
    with Image.open(BRAND / f"{theme}logo{suffix}.png") as logo:
        assert logo.height == height < logo.width
        assert logo.getbbox() == (0, 0, *logo.size)
