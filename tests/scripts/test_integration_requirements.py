"""The environments get what the built-in integrations would install for themselves."""

import pytest

from scripts.integration_requirements import always_loaded, requirements


def names(*domains: str) -> set[str]:
    """Return the names of the packages that the domains need."""
    return {requirement.partition("==")[0] for requirement in requirements(domains)}


def test_requirements_are_pinned_as_the_release_pins_them() -> None:
    """An unpinned one would make every installation another."""
    assert [requirement for requirement in requirements(always_loaded()) if "==" not in requirement] == []


def test_requirements_of_dependencies_are_among_them() -> None:
    """History has none of its own, and is nothing without the recorder's database."""
    assert "SQLAlchemy" in names("history")


def test_an_unknown_domain_is_an_error() -> None:
    """A misspelt one would leave its packages out without a word."""
    with pytest.raises(FileNotFoundError):
        requirements(["no_such_integration"])
