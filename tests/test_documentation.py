"""The README says what the code does."""

from pathlib import Path
import re

import pytest

from scripts.document import README, SECTIONS, with_tables

TEXT = README.read_text(encoding="utf-8")


def test_tables_are_those_of_the_code() -> None:
    """`scripts/document` writes them; a new row in the code wants it to be called."""
    assert with_tables(TEXT) == TEXT


@pytest.mark.parametrize("name", SECTIONS)
def test_every_table_has_its_place(name: str) -> None:
    """A place that somebody removed would leave its table out without a word."""
    assert re.search(rf"<!-- {name} -->\n\n[|<].+<!-- /{name} -->", TEXT, re.DOTALL)


def test_every_link_into_the_repository_leads_somewhere() -> None:
    """Pictures and files that are named are there."""
    links = re.findall(r"(?:\]\(|srcset=\"|src=\")(?!https?:|#)([^)\"]+)", TEXT)
    assert links
    missing = [link for link in links if not (Path(README.parent) / link).is_file()]
    assert missing == []


def test_every_link_to_a_heading_has_one() -> None:
    """A heading that was renamed takes its links with it."""
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-")
        for line in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings
