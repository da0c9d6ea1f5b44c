"""What every blueprint has to be, and that the README offers it."""

from collections.abc import Generator
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.importer import GITHUB_FILE_PATTERN
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.helpers.selector import selector
from homeassistant.util.yaml import load_yaml_dict
import probatio as vol
import pytest

from .automations import BLUEPRINTS

ROOT = BLUEPRINTS.parent
FILES = sorted(BLUEPRINTS.rglob("*.yaml"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST = json.loads((ROOT / "custom_components/open_ev/manifest.json").read_text(encoding="utf-8"))
TRANSLATIONS = json.loads((ROOT / "custom_components/open_ev/translations/en.json").read_text(encoding="utf-8"))
HACS = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))

EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def read(file: Path) -> Blueprint:
    """Read a blueprint as Home Assistant does."""
    return Blueprint(
        load_yaml_dict(str(file)), path=file.name, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )


def fields(blueprint: Blueprint) -> Generator[tuple[str, dict[str, Any]]]:
    """Sections and inputs, as a user sees them."""
    for name, said in blueprint.metadata["input"].items():
        yield name, said
        yield from said.get("input", {}).items()


def test_there_are_eight() -> None:
    """One that is in no folder of Home Assistant's would not be tested either."""
    assert len(FILES) == 8
    assert {file.parent for file in FILES} == {BLUEPRINTS / "automation" / "open_ev"}


@EACH
def test_home_assistant_takes_it(file: Path) -> None:
    """And imports it from where it says it is, from the version on that the integration needs."""
    blueprint = read(file)
    assert blueprint.validate() is None
    source = f"{MANIFEST['documentation']}/blob/main/{file.relative_to(ROOT)}"
    assert blueprint.metadata["source_url"] == source
    assert GITHUB_FILE_PATTERN.match(source)
    assert blueprint.metadata["homeassistant"]["min_version"] == HACS["homeassistant"]


@EACH
def test_every_input_is_explained_and_has_a_sensible_default(file: Path) -> None:
    """A field without a name shows its key; a default that its own field refuses could not be saved."""
    blueprint = read(file)
    for name, said in fields(blueprint):
        assert said["name"], name
        if "input" in said:
            assert said["icon"].startswith("mdi:")
            continue
        field = vol.Schema(selector(said["selector"]))
        if (default := said.get("default")) not in (None, []):
            assert field(default) == default, name
    assert blueprint.metadata["description"].endswith(".")


@EACH
def test_every_input_is_used(file: Path) -> None:
    """One that does nothing would be worse than none."""
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"!input (\w+)", text)) == set(read(file).inputs)


@EACH
def test_entities_are_named_as_in_home_assistant(file: Path) -> None:
    """What is quoted in a description is the name that a user looks for."""
    names = {entity["name"] for platform in TRANSLATIONS["entity"].values() for entity in platform.values()}
    for name, said in fields(read(file)):
        if "entity" in said.get("selector", {}):
            assert set(re.findall(r'"([^"]+)"', said.get("description", ""))) <= names, name


@EACH
def test_it_is_written_as_of_today(file: Path) -> None:
    """Old words still work, and are not what to learn from."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"^\s*-? ?(platform|service|data_template|trigger_variables):", text, re.MULTILINE)
    assert not re.search(r"^(trigger|condition|action):", text, re.MULTILINE)
    assert re.search(r"^triggers:$", text, re.MULTILINE)
    assert re.search(r"^actions:$", text, re.MULTILINE)


@EACH
def test_no_pin_is_in_it(file: Path) -> None:
    """What is filled into a blueprint is stored in plain text, and shown in every trace."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"\b(code|pin):", text)


def test_the_readme_has_a_button_for_each() -> None:
    """Which leads to the file."""
    links = re.findall(r"\((https://my\.home-assistant\.io/redirect/blueprint_import/\?[^)]+)\)", README)
    offered = [parse_qs(urlsplit(link).query)["blueprint_url"][0] for link in links]
    assert sorted(offered) == sorted(read(file).metadata["source_url"] for file in FILES)


@EACH
def test_the_readme_calls_it_by_its_name(file: Path) -> None:
    """So that it is found again in Home Assistant."""
    brand, _, name = read(file).name.partition(": ")
    assert brand == "Open EV"
    assert f"**{name[0].upper()}{name[1:]}**" in README
