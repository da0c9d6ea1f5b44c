"""What HACS, and Home Assistant's Marketplace, read of the repository."""

from typing import Final

from awesomeversion import AwesomeVersion
from homeassistant.const import __version__
import probatio as vol

from .files import HACS, INTEGRATION, MANIFEST, README, ROOT

# Both refuse what they do not know; what they no longer read is left out here.
SCHEMA: Final = vol.Schema(
    {
        vol.Required("name"): MANIFEST["name"],
        vol.Required("homeassistant"): vol.Match(r"^20\d\d\.(?:[1-9]|1[0-2])\.\d+$"),
        vol.Required("hacs"): vol.Match(r"^\d+\.\d+\.\d+$"),
        vol.Optional("zip_release"): bool,
        vol.Optional("filename"): vol.Match(r"^[a-z_]+\.zip$"),
        vol.Optional("hide_default_branch"): bool,
    }
)


def test_hacs_json_is_valid() -> None:
    """An archive has to be named, or HACS takes the source."""
    SCHEMA(dict(HACS))
    assert HACS.get("zip_release", False) is ("filename" in HACS)


def test_the_least_home_assistant_is_one_that_exists_and_was_tested() -> None:
    """Users of an older one are not offered what they cannot run."""
    assert AwesomeVersion(HACS["homeassistant"]) <= AwesomeVersion(__version__)
    assert HACS["homeassistant"].rpartition(".")[0] in README


def test_one_integration_with_what_both_look_at_is_here() -> None:
    """The Marketplace manages the first folder that it finds."""
    folders = [path.name for path in INTEGRATION.parent.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert folders == [MANIFEST["domain"]]
    for file in ("README.md", "LICENSE", "hacs.json"):
        assert (ROOT / file).is_file()
    assert (INTEGRATION / "brand/icon.png").is_file()
