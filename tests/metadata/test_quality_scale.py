"""Every rule of Home Assistant's quality scale is kept or cannot apply, and whatever of that can be checked is checked.

A check is named as its rule is; the rules of a kind are together in a module.
"""

import ast
from pathlib import Path
from typing import Final

import pytest

from .files import QUALITY_SCALE, ROOT
from .test_rules_of_documentation import SECTIONS

# As of Home Assistant 2026.11.
BRONZE: Final = """
    action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage dependency-transparency
    docs-actions docs-conditions docs-high-level-description docs-installation-instructions docs-removal-instructions
    docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data test-before-configure
    test-before-setup unique-config-entry
""".split()
SILVER: Final = """
    action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
    entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage
""".split()
GOLD: Final = """
    devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations
    docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices entity-category
    entity-device-class entity-disabled-by-default entity-translations exception-translations icon-translations
    reconfiguration-flow repair-issues stale-devices
""".split()
PLATINUM: Final = "async-dependency inject-websession strict-typing".split()
RULES: Final = (*BRONZE, *SILVER, *GOLD, *PLATINUM)

# What a device does can only be seen where one is: these are kept by tests with real connections.
SEEN_WITH_A_DEVICE: Final = {
    "discovery-update-info": "test_config_flow_charger_moved.py",
    "dynamic-devices": None,
    "entity-disabled-by-default": "test_entities.py",
    "log-when-unavailable": "test_link.py",
    "stale-devices": None,
    "test-before-configure": "test_config_flow.py",
    "test-before-setup": "test_setup.py",
}


def checks() -> set[str]:
    """The names of the tests beside this one."""
    return {
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_rule_is_answered_and_none_else() -> None:
    """In the order of the tiers, each with its alphabet."""
    assert len(RULES) == len(set(RULES)) == 54
    assert tuple(QUALITY_SCALE["rules"]) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_kept_or_cannot_apply(rule: str) -> None:
    """An exemption says why; a rule that is yet to be kept is neither."""
    answer = QUALITY_SCALE["rules"][rule]
    if answer != "done":
        assert answer.keys() == {"status", "comment"}
        assert answer["status"] == "exempt"
        assert answer["comment"].strip().endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_check(rule: str) -> None:
    """Here, or with a device."""
    name = f"test_{rule.replace('-', '_')}"
    if rule not in SEEN_WITH_A_DEVICE:
        assert name in checks() or rule in SECTIONS
    elif (file := SEEN_WITH_A_DEVICE[rule]) is None:
        assert QUALITY_SCALE["rules"][rule] != "done", "what is done can be seen"
    else:
        assert name not in checks()
        assert (ROOT / "tests/integration" / file).is_file()
