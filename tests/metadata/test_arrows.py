"""Imports run one way: platforms, descriptions, coordinator, clients. Whoever moves a module sees here what it may know."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from homeassistant.const import Platform
import pytest

from .files import INTEGRATION

CLIENTS = ("ocpi", "openevse", "ovms")
PLATFORMS = [path.stem for path in INTEGRATION.glob("*.py") if path.stem in list(Platform)]


def module_of(path: Path) -> str:
    """The dotted name of a module below the integration's folder; an empty one for the integration itself."""
    return ".".join(path.relative_to(INTEGRATION).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


MODULES = {module_of(path): path for path in sorted(INTEGRATION.rglob("*.py"))}


def imported(module: str) -> Iterator[str]:
    """The modules of the integration that this one imports."""
    path = MODULES[module]
    here = path.parent.relative_to(INTEGRATION).parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        package = (*here[: len(here) + 1 - node.level], *(node.module or "").split("."))
        base = ".".join(filter(None, package))
        for alias in node.names:
            submodule = f"{base}.{alias.name}".removeprefix(".")
            yield submodule if submodule in MODULES else base


IMPORTS = {module: sorted(set(imported(module))) for module in MODULES}


def below(*folders: str) -> list[str]:
    """The modules in these folders or files."""
    return [each for each in MODULES if any(each == folder or each.startswith(f"{folder}.") for folder in folders)]


def test_all_imports_are_seen() -> None:
    """Each names a module that there is; else what follows would prove nothing."""
    assert {target for targets in IMPORTS.values() for target in targets} <= MODULES.keys()
    assert IMPORTS["sensor"]


def test_no_circle() -> None:
    """No module needs one that needs it."""
    TopologicalSorter(IMPORTS).prepare()


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_know_neither_home_assistant_nor_each_other(client: str) -> None:
    """Each can be moved to a place of its own, with the little that they share."""
    allowed = {
        *below(f"clients.{client}"),
        "clients.known",
        "clients.listeners",
        "clients.plain",
        "clients.web_address",
    }
    for module in below(f"clients.{client}"):
        assert set(IMPORTS[module]) <= allowed, module


def test_descriptions_know_only_clients() -> None:
    """They are tables, which whoever sets entities up reads."""
    allowed = {*below("descriptions", "clients"), "const"}
    for module in below("descriptions"):
        assert set(IMPORTS[module]) <= allowed, module


def test_settings_know_only_clients() -> None:
    """What stands in an entry becomes a client, before there is anything that runs."""
    for module in below("settings"):
        assert set(IMPORTS[module]) <= {*below("clients"), "const"}, module


def test_issues_know_no_entries() -> None:
    """They look at a device that runs, whoever has started it."""
    for module in below("issues"):
        assert not set(IMPORTS[module]) & {*below("entries", "flows")}, module


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platforms_know_no_product(platform: str) -> None:
    """Cars, chargers and charge points differ in their tables."""
    assert set(IMPORTS[platform]) <= {"const", "coordinator", "descriptions", "entity"}


def test_nobody_knows_a_platform() -> None:
    """Home Assistant alone calls them."""
    for module, targets in IMPORTS.items():
        assert not set(targets) & set(PLATFORMS), module


def test_devices_come_before_dialogs_and_entries() -> None:
    """What a loaded device is knows neither how it was set up nor how it is shown."""
    for module in below("coordinator", "entity", "actions", "diagnostics", "entries"):
        assert not set(IMPORTS[module]) & {*below("flows"), "config_flow"}, module
