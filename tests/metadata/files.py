"""The files that tell Home Assistant about the integration, and its code, read once."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
import json
from pathlib import Path
from string import Formatter
from typing import Any, Final

from homeassistant.const import Platform
import yaml

import custom_components.open_ev

INTEGRATION: Final = Path(custom_components.open_ev.__file__).parent
ROOT: Final = INTEGRATION.parents[1]
PACKAGE: Final = custom_components.open_ev.__name__

type Tree = Mapping[str, Any]


def _json(path: Path) -> Tree:
    content: Tree = json.loads(path.read_text(encoding="utf-8"))
    return content


def _yaml(path: Path) -> Tree:
    content: Tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


MANIFEST: Final = _json(INTEGRATION / "manifest.json")
HACS: Final = _json(ROOT / "hacs.json")
ICONS: Final = _json(INTEGRATION / "icons.json")
ACTION_FORMS: Final = _yaml(INTEGRATION / "services.yaml")
QUALITY_SCALE: Final = _yaml(INTEGRATION / "quality_scale.yaml")
LANGUAGES: Final[Mapping[str, Tree]] = {
    path.stem: _json(path) for path in (INTEGRATION / "translations").glob("*.json")
}
ENGLISH: Final = LANGUAGES["en"]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def leaves(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The texts of a tree with the ways to them."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def placeholders(text: str) -> set[str]:
    """What a text names, as Home Assistant finds it.

    Raises:
        ValueError: a brace is open.
    """
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def code(*, clients: bool = False) -> Mapping[Path, ast.Module]:
    """The modules of the integration by their paths in it; those of the clients if they are asked for."""
    paths = sorted(path.relative_to(INTEGRATION) for path in INTEGRATION.rglob("*.py"))
    return {
        path: ast.parse((INTEGRATION / path).read_text(encoding="utf-8"))
        for path in paths
        if (path.parts[0] == "clients") is clients
    }


def platform_files() -> set[Platform]:
    """The platforms that have a file."""
    return {platform for platform in Platform if (INTEGRATION / f"{platform}.py").is_file()}


def name_of(node: ast.expr) -> str:
    """The last part of a name: `c` of `a.b.c`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return name_of(value)
    return ""


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a piece of code, with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield name_of(node.func), node


def imports_of(tree: ast.AST) -> set[str]:
    """The modules that a module imports by their full names; relative imports are its own house."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found |= {module, *(f"{module}.{alias.name}" for alias in names)}
    return found
