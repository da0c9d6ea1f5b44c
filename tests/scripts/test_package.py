"""The archive that a release carries is what Home Assistant can load."""

import json
from pathlib import Path
import zipfile

import pytest

from scripts.package import INTEGRATION, ROOT, build, version_of, with_version

MANIFEST = (ROOT / INTEGRATION / "manifest.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("tag", "version"),
    [("v1.2.3", "1.2.3"), ("1.2.3", "1.2.3"), ("v0.10.0b1", "0.10.0b1"), ("v2.0.0rc12", "2.0.0rc12")],
)
def test_a_tag_names_a_version(tag: str, version: str) -> None:
    """The v that tags wear by custom is no part of the version."""
    assert version_of(tag) == version


@pytest.mark.parametrize("tag", ["", "main", "v1.2", "v1.2.3-beta", "vv1.2.3", "v1.2.3\n", "v1.2.3 "])
def test_another_tag_is_refused(tag: str) -> None:
    """A release whose version cannot be compared would never be offered to users."""
    with pytest.raises(ValueError, match="names no version"):
        version_of(tag)


def test_only_the_version_of_the_manifest_changes() -> None:
    """Hassfest wants the keys in their order."""
    changed = json.loads(with_version(MANIFEST, "9.8.7"))
    assert changed == json.loads(MANIFEST) | {"version": "9.8.7"}
    assert list(changed) == list(json.loads(MANIFEST))


def test_the_archive_holds_the_integration_at_its_root(tmp_path: Path) -> None:
    """HACS unpacks it into the integration's own folder; what the interpreter left behind stays at home."""
    build("v9.8.7", tmp_path / "open_ev.zip")
    with zipfile.ZipFile(tmp_path / "open_ev.zip") as archive:
        names = archive.namelist()
        assert json.loads(archive.read("manifest.json"))["version"] == "9.8.7"
        assert archive.read("brand/icon.png") == (ROOT / INTEGRATION / "brand/icon.png").read_bytes()
    assert {"__init__.py", "clients/py.typed", "translations/en.json", "config_flow.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith(("/", ".."))]


def test_the_same_checkout_gives_the_same_archive(tmp_path: Path) -> None:
    """Anybody can build it again and compare."""
    for name in ("one.zip", "two.zip"):
        build("v9.8.7", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
