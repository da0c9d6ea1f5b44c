"""The rules of the quality scale that can be seen in the code, each checked by a test of its name."""

import ast
from collections.abc import Iterator
import importlib
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path
import tomllib
from types import ModuleType
from typing import Final

from homeassistant.components import diagnostics
from homeassistant.config_entries import ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowError
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.entity import Entity
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest

import custom_components.open_ev
from custom_components.open_ev.config_flow import OpenEvConfigFlow
from custom_components.open_ev.const import DOMAIN
from custom_components.open_ev.descriptions import Rows
from custom_components.open_ev.entity import OpenEvEntity
from scripts.check_coverage import MOST, wanted
from tests.actions import ACTIONS

from .files import (
    ACTION_FORMS,
    INTEGRATION,
    MANIFEST,
    PACKAGE,
    ROOT,
    calls_in,
    code,
    imports_of,
    name_of,
    platform_files,
)

PLATFORM_FILES: Final = tuple(Path(f"{platform}.py") for platform in sorted(platform_files()))
# These show what comes by itself, so nothing is done one after the other.
SHOWING: Final = {
    Platform.BINARY_SENSOR,
    Platform.CALENDAR,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.SENSOR,
}
# What there is before an entry, and what has to be known still when it was loaded again.
OF_NO_LOADED_ENTRY: Final = {
    Path("entries/link_watch.py"),
    Path("flows/broker.py"),
    Path("flows/discovered_vehicles.py"),
}
# An operator has many charge points, of which none waits for what another one does.
OF_CHARGE_POINTS: Final = {Platform.BUTTON, Platform.SWITCH}


def module_of(path: Path) -> ModuleType:
    """The module of a file."""
    parts = path.with_suffix("").parts
    return importlib.import_module(".".join([PACKAGE, *parts]).removesuffix(".__init__"))


def entity_classes() -> set[type[Entity]]:
    """The classes of all entities."""
    return {
        kind
        for path in PLATFORM_FILES
        for kind in vars(module_of(path)).values()
        if isinstance(kind, type) and issubclass(kind, Entity) and kind.__module__ == module_of(path).__name__
    }


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a piece of code."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


# Set-up


async def test_action_setup(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Without any device the actions are there, so that an automation with one can be checked."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(ACTIONS) == set(ACTION_FORMS)


async def test_brands(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Home Assistant shows the pictures in the integration's folder."""
    assert (await async_get_integration(hass, DOMAIN)).has_branding
    for name in ("icon", "logo"):
        assert (INTEGRATION / f"brand/{name}.png").is_file()


def test_common_modules() -> None:
    """The base of all entities and what runs are where everybody looks for them."""
    for name in ("entity.py", "coordinator.py"):
        assert (INTEGRATION / name).is_file()
    assert entity_classes()
    assert all(issubclass(kind, OpenEvEntity) for kind in entity_classes())


def test_config_flow_test_coverage() -> None:
    """The dialogs are covered to the last line, or `scripts/test` fails."""
    flows = [path for path in code() if path.parts[0] in {"config_flow.py", "flows"}]
    assert len(flows) > 1
    for path in flows:
        assert wanted(f"custom_components/open_ev/{path.as_posix()}") == 100.0


def test_test_coverage() -> None:
    """Every module, not their average."""
    assert MOST > 95
    for path in (*code(), *code(clients=True)):
        assert wanted(f"custom_components/open_ev/{path.as_posix()}") >= MOST


def test_config_entry_unloading() -> None:
    """Home Assistant can let go of a device without a restart."""
    assert callable(custom_components.open_ev.async_unload_entry)


def test_diagnostics() -> None:
    """Of a config entry."""
    module = module_of(Path("diagnostics.py"))
    assert callable(module.async_get_config_entry_diagnostics)
    redacted = {name for name, _ in calls_in(code()[Path("diagnostics.py")])}
    assert diagnostics.async_redact_data.__name__ in redacted, "secrets are left out"


def test_integration_owner() -> None:
    """Somebody is asked when something is wrong."""
    assert MANIFEST["codeowners"]


def uses_common_data(tree: ast.AST) -> bool:
    """Whether a module looks into what Home Assistant keeps for everybody, `hass.data`."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "data" and name_of(node.value) in {"hass", "_hass"}
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("use", ["hass.data[x]", "self.hass.data.get(x)", "self._hass.data.setdefault(x, y)"])
def test_any_use_of_common_data_is_seen(use: str) -> None:
    """So that the test below tells something."""
    assert uses_common_data(ast.parse(use))


def test_runtime_data() -> None:
    """What runs belongs to its entry, is typed, and is gone with it."""
    for path, tree in code().items():
        aliases = [node.name.id for node in ast.walk(tree) if isinstance(node, ast.TypeAlias)]
        assert all(alias.endswith("ConfigEntry") for alias in aliases if "Entry" in alias), path
        assert not uses_common_data(tree) or path in OF_NO_LOADED_ENTRY, path
    starts = [
        (path, each)
        for path, tree in code().items()
        for each in functions_of(tree)
        if each.name.startswith("async_start_") and path.parent == Path("entries")
    ]
    assert starts
    for path, start in starts:
        assigned = {
            name_of(target) for node in ast.walk(start) if isinstance(node, ast.Assign) for target in node.targets
        }
        assert "runtime_data" in assigned, path


# Dialogs


def test_unique_config_entry() -> None:
    """A class that creates entries has looked whether there is one already."""
    creating = set()
    for path, tree in code().items():
        for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            made = [call for name, call in calls_in(kind) if name == "async_create_entry"]
            # What an options flow creates is its options, which have no title; a subentry is given its unique id here.
            keywords = [{keyword.arg for keyword in call.keywords} for call in made]
            if any("title" in names and "unique_id" not in names for names in keywords):
                creating.add(kind.name)
                called = {name for name, _ in calls_in(kind)}
                assert {"async_set_unique_id", "_abort_if_unique_id_configured"} <= called, (path, kind.name)
    assert creating


def steps_of(flow: type[ConfigFlow]) -> set[str]:
    """The steps that a flow has of its own, without those that Home Assistant's base only refuses with."""
    return {
        name.removeprefix("async_step_")
        for base in flow.__mro__
        if base.__module__.startswith(PACKAGE)
        for name in vars(base)
        if name.startswith("async_step_")
    }


def test_discovery() -> None:
    """Cars on Home Assistant's broker and chargers in its network appear by themselves."""
    assert {"mqtt", "zeroconf", "dhcp"} <= steps_of(OpenEvConfigFlow) & MANIFEST.keys()


def test_reauthentication_flow() -> None:
    """Whoever fails for credentials is asked for others."""
    assert "reauth" in steps_of(OpenEvConfigFlow)
    names = {name for tree in code().values() for name, _ in calls_in(tree)}
    assert "async_start_reauth" in names


def test_reconfiguration_flow() -> None:
    """An address that has changed can be changed here."""
    assert "reconfigure" in steps_of(OpenEvConfigFlow)


# Entities


def test_appropriate_polling() -> None:
    """Every device says by itself when something is new, or is asked by its client; no entity asks."""
    for kind in entity_classes():
        assert kind.__new__(kind).should_poll is False


def test_has_entity_name() -> None:
    """Home Assistant puts the device's name before it where that is needed."""
    for kind in entity_classes():
        assert kind.__new__(kind).has_entity_name is True


def test_entity_event_setup() -> None:
    """What an entity listens to begins when it is added and ends when it is removed."""
    listening = {"subscribe", "listen_fn", "async_listen", "async_dispatcher_connect"}
    for path in (Path("entity.py"), *PLATFORM_FILES):
        tree = code()[path]
        ended = [call.args[0] for name, call in calls_in(tree) if name == "async_on_remove"]
        within = [
            call for each in functions_of(tree) if each.name == "async_added_to_hass" for _, call in calls_in(each)
        ]
        for name, call in calls_in(tree):
            if name in listening or name.startswith("async_track_"):
                assert call in within, (path, name)
                assert call in ended, (path, name)


def test_entity_unavailable() -> None:
    """A device that is away, or has told nothing, is not shown as if it were there."""
    for kind in entity_classes():
        own = [base for base in kind.__mro__ if "available" in vars(base)]
        assert own[0].__module__.startswith(PACKAGE), kind


def test_devices() -> None:
    """Every entity is on the page of its device."""
    [made] = [each for each in functions_of(code()[Path("entity.py")]) if each.name == "__init__"]
    assigned = {name_of(target) for node in ast.walk(made) if isinstance(node, ast.Assign) for target in node.targets}
    assert {"_attr_device_info", "_attr_unique_id"} <= assigned


@pytest.mark.parametrize("path", PLATFORM_FILES, ids=lambda path: path.stem)
def test_parallel_updates(path: Path) -> None:
    """What only shows has no limit, nor has what charge points have; what else acts does one thing after the other."""
    assert (0 if path.stem in SHOWING | OF_CHARGE_POINTS else 1) == module_of(path).PARALLEL_UPDATES


def test_every_table_of_rows_has_a_platform() -> None:
    """A table that nothing is made from is shown nowhere."""
    read = {
        name_of(node) for path in PLATFORM_FILES for node in ast.walk(code()[path]) if isinstance(node, ast.Attribute)
    }
    assert set(Rows.__dataclass_fields__) <= read


# Errors


def test_action_exceptions() -> None:
    """Whatever is asked of a device is asked where its errors become Home Assistant's."""
    for path in (*PLATFORM_FILES, Path("services.py")):
        tree = code()[path]
        safe = [
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.AsyncWith)
            if any(name == "acting" for item in node.items for name, _ in calls_in(item))
            for inner in ast.walk(node)
        ]
        for node in ast.walk(tree):
            match node:
                case ast.Await(value=ast.Call(func=called)) if asks_a_device(called):
                    assert node in safe, f"{path}:{node.lineno}"


def asks_a_device(called: ast.expr) -> bool:
    """Whether a call is that of a row's function, or of an action."""
    names = {name_of(each) for each in ast.walk(called) if isinstance(each, ast.expr)}
    return "handler" in names or any(name.endswith("_fn") for name in names)


def test_exception_translations() -> None:
    """Whatever Home Assistant shows of an error is in the user's language.

    The reason why a dialog ends is translated with the dialog.
    """
    for path, tree in code().items():
        module = module_of(path)
        for node in ast.walk(tree):
            match node:
                case ast.Raise(exc=ast.Call(func=made, keywords=keywords)):
                    told = {keyword.arg for keyword in keywords}
                    assert {"translation_domain", "translation_key"} <= told or speaks_otherwise(module, made), (
                        f"{path}:{node.lineno}"
                    )
                case ast.Raise(exc=ast.Name(id=name)):
                    kind = getattr(module, name, None)
                    assert not (isinstance(kind, type) and issubclass(kind, HomeAssistantError)), (
                        f"{path}:{node.lineno}"
                    )


def speaks_otherwise(module: ModuleType, made: ast.expr) -> bool:
    """Whether an error is none that Home Assistant shows to the user as it is; who may do what it tells in words of its own."""
    kind = getattr(module, name_of(made), None)
    return isinstance(kind, type) and (
        not issubclass(kind, HomeAssistantError) or issubclass(kind, (FlowError, Unauthorized))
    )


# What it leans on


def test_dependency_transparency() -> None:
    """Open source, at an address that is named, in a version that cannot change."""
    for requirement in MANIFEST["requirements"]:
        name, pinned, version = requirement.partition("==")
        about = metadata(name)
        assert pinned
        assert about["Version"] == version
        licences = [about.get("License-Expression"), *about.get_all("Classifier", ())]
        assert any(str(each).startswith(("License :: OSI Approved", "Apache", "BSD", "MIT")) for each in licences)
        assert any("https://" in url for url in about.get_all("Project-URL", ()))


def test_async_dependency() -> None:
    """Nothing holds Home Assistant up: what leads to the outside is asynchronous, and nobody sleeps."""
    blocking = {"ftplib", "http.client", "requests", "smtplib", "subprocess", "telnetlib", "urllib.request", "urllib3"}
    for path, tree in (*code().items(), *code(clients=True).items()):
        assert not imports_of(tree) & {*blocking, "time.sleep", "socket.create_connection"}, path


def test_inject_websession() -> None:
    """Every request goes over the connections of Home Assistant's session; one that is made shares them."""
    for path, tree in (*code().items(), *code(clients=True).items()):
        for name, call in calls_in(tree):
            if name == "ClientSession":
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                assert path.parts[0] == "clients"
                assert name_of(given["connector"]) == "connector", path
                assert isinstance(owner := given["connector_owner"], ast.Constant)
                assert owner.value is False, path


def test_strict_typing() -> None:
    """Of the integration by mypy, strictly and without exceptions, and of what it leans on."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert settings["strict"] is True
    assert "custom_components" in settings["files"]
    assert not [each for each in settings["overrides"] if "custom_components" in str(each["module"])]
    for path in INTEGRATION.rglob("*.py"):
        assert "# type: ignore" not in path.read_text(encoding="utf-8"), path
    assert (INTEGRATION / "clients/py.typed").is_file()
    for requirement in MANIFEST["requirements"]:
        assert is_typed(requirement.partition("==")[0]), requirement


def is_typed(package: str) -> bool:
    """Whether a package says that its annotations can be relied on."""
    try:
        return any(file.name == "py.typed" for file in files(package) or ())
    except PackageNotFoundError:
        return False
