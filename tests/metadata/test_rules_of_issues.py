"""What is to be mended, and what went wrong, is told with texts that fit what the code gives them."""

import ast
from collections.abc import Iterator, Mapping
import importlib
from pathlib import Path

from .files import ENGLISH, PACKAGE, calls_in, code, leaves, name_of, placeholders

# Every issue names its device.
ALWAYS_TOLD = {"name"}


def issue_modules() -> Mapping[str, ast.Module]:
    """The modules that say what is to be mended."""
    return {
        f"issues.{path.stem}": tree
        for path, tree in code().items()
        if path.parent == Path("issues") and path.stem != "__init__"
    }


def keys_of(module: str) -> set[str]:
    """The keys of the issues of a module: its constants, and those that it has by something else."""
    found: set[str] = set()
    for name, value in vars(importlib.import_module(f"{PACKAGE}.{module}")).items():
        if name.isupper():
            match value:
                case str():
                    found.add(value)
                case Mapping():
                    found |= {each for each in value.values() if isinstance(each, str)}
    return found


def shown() -> Iterator[tuple[str, str, ast.Call]]:
    """Every showing of an issue whose key is written there: the key, its module, and the call."""
    for name, tree in issue_modules().items():
        module = importlib.import_module(f"{PACKAGE}.{name}")
        for called, call in calls_in(tree):
            if called in {"_show", "show_issue"}:
                for argument in call.args:
                    key = getattr(module, name_of(argument), None)
                    if isinstance(key, str):
                        yield key, name, call


def test_repair_issues() -> None:
    """Each has its texts, and no text is left of one that is gone."""
    keys = {key for module in issue_modules() for key in keys_of(module)}
    assert keys
    assert {key for key in keys if key in ENGLISH["issues"]} == set(ENGLISH["issues"])
    assert {key for key, _, _ in shown()} <= set(ENGLISH["issues"])


def test_what_can_be_mended_here_says_how() -> None:
    """And what cannot be explains itself: a button that does nothing helps nobody."""
    fixable = {
        key
        for key, _, call in shown()
        for keyword in call.keywords
        if keyword.arg == "fixable" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    }
    assert fixable
    explained = {key for key, texts in ENGLISH["issues"].items() if "description" in texts}
    assert not fixable & explained
    for key, _, _ in shown():
        assert key in fixable | explained, key


def test_what_an_issue_names_is_given() -> None:
    """A placeholder that nobody fills is shown as it is written."""
    given = {key: set(ALWAYS_TOLD) for key in ENGLISH["issues"]}
    for key, _, call in shown():
        given[key] |= {keyword.arg for keyword in call.keywords if keyword.arg is not None} - {"fixable", "wanted"}
    for key, texts in ENGLISH["issues"].items():
        for path, text in leaves(texts):
            assert placeholders(text) <= given[key], (key, path)


def errors() -> Iterator[tuple[str, ast.Call, ast.Module]]:
    """Every error that is made with a translation key that is written there."""
    for tree in code().values():
        for _, call in calls_in(tree):
            match {keyword.arg: keyword.value for keyword in call.keywords}:
                case {"translation_domain": _, "translation_key": ast.Constant(value=str(key))}:
                    yield key, call, tree


def given_by(call: ast.Call, tree: ast.Module) -> set[str]:
    """The names of the placeholders that an error is made with."""
    [value] = [keyword.value for keyword in call.keywords if keyword.arg == "translation_placeholders"] or [
        ast.Dict([], [])
    ]
    if isinstance(value, ast.Name):
        [value] = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and [name_of(target) for target in node.targets] == [value.id]
        ]
    assert isinstance(value, ast.Dict), ast.unparse(call)
    return {key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_what_an_error_names_is_given() -> None:
    """Home Assistant shows the key in place of a text that cannot be filled in."""
    found = list(errors())
    assert found
    for key, call, tree in found:
        assert placeholders(ENGLISH["exceptions"][key]["message"]) == given_by(call, tree), key
