"""The rules of the quality scale about documentation: that the README says it, and says it of all there is."""

import re
from typing import Final

import pytest

from .files import ACTION_FORMS, ENGLISH, INTEGRATION, QUALITY_SCALE, README, ROOT

WORDS_OF_A_SECTION: Final = 25
# The rules that a section of the README keeps.
SECTIONS: Final = {
    "docs-data-update": "How data is updated",
    "docs-examples": "Examples",
    "docs-installation-instructions": "Installation",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Removal",
    "docs-supported-devices": "Supported cars",
    "docs-supported-functions": "What you get",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "What you can do with it",
}


def section(title: str) -> str:
    """What stands below the heading with these words, up to the next heading of the same rank."""
    found = re.search(rf"^(#+) [^\n]*\b{title}\b[^\n]*\n(.*?)(?=^#{{1,2}} |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"there is nothing about {title}"
    return found[2]


def test_docs_high_level_description() -> None:
    """Before anything else: what it is, for which brands, and what it is good for."""
    introduction = README.partition("\n## ")[0]
    assert len(introduction.split()) > 100
    for brand in ("OVMS", "OpenEVSE", "Home Assistant"):
        assert brand in introduction


@pytest.mark.parametrize(("rule", "title"), SECTIONS.items(), ids=list(SECTIONS))
def test_a_rule_has_its_section(rule: str, title: str) -> None:
    """Under a heading that somebody who looks for it would read."""
    assert QUALITY_SCALE["rules"][rule] == "done"
    assert len(section(title).split()) >= WORDS_OF_A_SECTION


def test_docs_actions() -> None:
    """Each of them, with each of its fields."""
    actions = section("Actions")
    for name, action in ACTION_FORMS.items():
        [row] = [line for line in actions.splitlines() if line.startswith(f"| `open_ev.{name}`")]
        for field in action["fields"]:
            assert f"`{field}`" in (row if field != "config_entry_id" else actions), (name, field)


def labels(part: str) -> set[str]:
    """What the fields of a part's forms are called."""
    steps = ENGLISH[part]["step"].values()
    forms = [*steps, *(each for step in steps for each in step.get("sections", {}).values())]
    return {label for form in forms for label in form.get("data", {}).values()}


def test_docs_configuration_parameters() -> None:
    """Every option, in a table."""
    assert {label for label in labels("options") if f"| {label} |" not in README} == set()


def test_docs_installation_parameters() -> None:
    """Every field of every form that sets a device up, by the name that it has there."""
    told = README.lower()
    assert {label for label in labels("config") if label.lower() not in told} == set()


def has(what: str) -> bool:
    """Whether there is a platform of that name."""
    return any((INTEGRATION / file).exists() for file in (f"{what}.py", f"{what}s.yaml"))


def test_docs_conditions() -> None:
    """Who adds a condition has to document it."""
    assert (QUALITY_SCALE["rules"]["docs-conditions"] == "done") is has("condition")


def test_docs_triggers() -> None:
    """Who adds a trigger has to document it."""
    assert (QUALITY_SCALE["rules"]["docs-triggers"] == "done") is has("trigger")


# For who wants to change something

CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# Where what is named may be, from the outside in.
FOLDERS: Final = (
    ROOT,
    INTEGRATION,
    INTEGRATION / "clients/ovms",
    INTEGRATION / "clients/openevse",
)
# They are named as what is yet to be written.
EXAMPLES: Final = {"translations/fi.json", "translations/pt-BR.json"}


# What goes red for who leaves it out.
ASKED_FOR: Final = {
    "a metric": {"translations/", "simulators/ovms_module/cars/standard.csv", "scripts/document", "--snapshot-update"},
    "a vehicle type": {"simulators/ovms_module/vehicles.py", "test_vehicle_types.py", "scripts/document"},
    "a RAPI command": {"simulators/openevse/controllers.py", "test_openevse_matrix.py"},
    "a language": {"test_translation_files.py"},
}


@pytest.mark.parametrize(("what", "asked"), ASKED_FOR.items(), ids=list(ASKED_FOR))
def test_contributing_says_how_to_add(what: str, asked: set[str]) -> None:
    """What people come with most, step by step, with all that the tests will ask of them."""
    steps = CONTRIBUTING.partition(f"## How to add {what}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^(\d)\. ", steps, re.MULTILINE)[:3] == ["1", "2", "3"]
    assert {name for name in asked if name not in steps} == set()


def test_what_contributing_names_is_there() -> None:
    """A file that was moved leaves whoever follows the steps alone."""
    named = set(re.findall(r"`([\w./-]+(?:/|\.(?:csv|json|md|py|txt|yaml)))`", CONTRIBUTING)) - EXAMPLES
    assert len(named) > 20
    missing = {name for name in named if not any((folder / name).exists() for folder in FOLDERS)}
    assert missing == set()
