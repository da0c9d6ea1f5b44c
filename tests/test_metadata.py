"""What Home Assistant's own checks (hassfest) ask of an integration, as far as they can be asked offline."""

from collections.abc import Iterator, Mapping
import importlib
import json
from pathlib import Path
import re
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
import pytest
import yaml

import custom_components.open_ev
from custom_components.open_ev import PLATFORMS_BY_KIND
from custom_components.open_ev.const import DOMAIN

INTEGRATION = Path(custom_components.open_ev.__file__).parent
ROOT = INTEGRATION.parents[1]
MANIFEST: Mapping[str, Any] = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
LANGUAGES: Mapping[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (INTEGRATION / "translations").glob("*.json")
}

MANIFEST_KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "dhcp",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "mqtt",
    "name",
    "requirements",
    "version",
    "zeroconf",
}
TRANSLATION_KEY = re.compile(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
QUALITY_RULES = {
    # Bronze
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    # Silver
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    # Gold
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    # Platinum
    "async-dependency",
    "inject-websession",
    "strict-typing",
}

type Leaves = Mapping[tuple[str, ...], str]


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of a tree with the ways to them."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def placeholders(text: str) -> set[str]:
    """What a text names."""
    return set(re.findall(r"{(\w+)}", text))


# The manifest


def test_the_manifest_is_sorted_and_known() -> None:
    """Domain and name first, then the alphabet."""
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert set(keys) <= MANIFEST_KEYS


def test_the_manifest_names_what_is_here() -> None:
    """A custom integration needs a version and an owner."""
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    version = AwesomeVersion(MANIFEST["version"], ensure_strategy=AwesomeVersionStrategy.SEMVER)
    assert version.valid
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    assert MANIFEST["integration_type"] in {"device", "hub"}
    assert MANIFEST["iot_class"] in {"local_push", "local_polling"}
    assert MANIFEST["config_flow"] is True
    assert (INTEGRATION / "config_flow.py").is_file()


def test_links_are_encrypted() -> None:
    """And lead to the same place."""
    for key in ("documentation", "issue_tracker"):
        assert MANIFEST[key].startswith("https://")
    assert MANIFEST["issue_tracker"] == f"{MANIFEST['documentation']}/issues"


def test_requirements_are_pinned() -> None:
    """Another version was not tested."""
    assert MANIFEST["requirements"]
    for requirement in MANIFEST["requirements"]:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", requirement)


def test_loggers_are_those_of_requirements() -> None:
    """They are silenced with the integration."""
    packages = {requirement.partition("==")[0] for requirement in MANIFEST["requirements"]}
    assert set(MANIFEST["loggers"]) <= packages


def test_discovery_listens_to_prefixes_of_one_to_three_levels() -> None:
    """Deeper ones are typed."""
    assert MANIFEST["mqtt"] == [f"{'+/' * levels}metric/s/v3/connected" for levels in (1, 2, 3)]


# The translations


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_keys_are_slugs(language: str) -> None:
    """Home Assistant does not find others."""
    for path, _ in leaves(LANGUAGES[language]):
        assert all(TRANSLATION_KEY.fullmatch(key) for key in path), path
    assert LANGUAGES[language].keys() <= {
        "config",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
    }


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_texts_are_plain(language: str) -> None:
    """Without HTML, blanks at an end, and quotes around a placeholder, which swallow it."""
    for path, text in leaves(LANGUAGES[language]):
        assert text, path
        assert text == text.strip(), path
        assert not re.search(r"<[a-zA-Z/][^>]*>", text), path
        assert not re.search(r"'{\w+}'", text), path
        assert text.count("{") == text.count("}"), path
        assert "  " not in text, path


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_a_field_is_for_is_said_of_fields_that_exist(language: str) -> None:
    """A description without its field is shown nowhere."""
    for part in ("config", "options"):
        for name, step in LANGUAGES[language].get(part, {}).get("step", {}).items():
            assert set(step.get("data_description", {})) <= set(step.get("data", {})), name
            for section in step.get("sections", {}).values():
                assert set(section.get("data_description", {})) <= set(section.get("data", {})), name


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_says_the_same(language: str) -> None:
    """With the same placeholders, and nothing that English does not say."""
    english: Leaves = dict(leaves(LANGUAGES["en"]))
    for path, text in leaves(LANGUAGES[language]):
        assert path in english
        assert placeholders(text) == placeholders(english[path]), path


# The rest


def test_hacs_knows_every_key() -> None:
    """It refuses what it does not know."""
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    assert hacs["name"] == MANIFEST["name"]
    known = {"content_in_root", "country", "filename", "hacs", "hide_default_branch", "homeassistant", "name"}
    assert set(hacs) <= known | {"persistent_directory", "render_readme", "zip_release"}


def test_every_quality_rule_is_kept_or_cannot_apply() -> None:
    """Each exemption says why."""
    rules = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]
    assert len(QUALITY_RULES) == 54
    assert set(rules) == QUALITY_RULES
    for name, rule in rules.items():
        if rule != "done":
            assert rule["status"] == "exempt", name
            assert rule["comment"].strip(), name


@pytest.mark.parametrize("platform", sorted({each for platforms in PLATFORMS_BY_KIND.values() for each in platforms}))
def test_every_platform_says_how_much_it_does_at_once(platform: Platform) -> None:
    """What only shows has no limit; what acts on a car does one thing after the other."""
    module = importlib.import_module(f"custom_components.open_ev.{platform}")
    acts = platform not in {Platform.BINARY_SENSOR, Platform.DEVICE_TRACKER, Platform.EVENT, Platform.SENSOR}
    assert (1 if acts else 0) == module.PARALLEL_UPDATES


def test_platforms_are_sorted() -> None:
    """So that one that is missing is seen."""
    for platforms in PLATFORMS_BY_KIND.values():
        assert list(platforms) == sorted(platforms)


def test_the_client_is_marked_as_typed() -> None:
    """For who uses it from a script."""
    assert (INTEGRATION / "clients/py.typed").is_file()
